# What the words of the audit service mean to a reader.

## Customers

action-add_customer = Added a customer
action-delete_customer = Deleted a customer (sandbox)
action-delete_tip_customer = Deleted a test-in-production customer
action-update_customer_qualification = Updated a customer's qualification
action-update_customer_billing_profile = Updated a customer's billing profile
action-update_customer_partner_contract_company_name = Updated the company name on the partner contract
action-update_customer_spending_budget = Updated a customer's spending budget
action-increase_spending_limit = Increased a spending limit
action-remove_partner_customer_relationship = Removed the reseller relationship with a customer
action-extend_relationship = Extended a relationship
action-create_agreement = Recorded a customer agreement
action-update_company_info = Updated company information

## Orders

action-create_order = Created an order
action-update_order = Updated an order
action-update_subscription = Updated a subscription
action-upgrade_subscription = Upgraded a subscription
action-convert_trial_subscription = Converted a trial subscription to paid
action-create_new_commerce_migration = Created a new commerce migration
action-manage_overage = Managed overage
action-create_transfer = Created a transfer
action-update_transfer = Updated a transfer
action-create_credit = Created a credit
action-update_credit = Updated a credit
action-cancel_credit = Cancelled a credit
action-ready_invoice = Invoice ready
action-create_self_serve_policy = Created a self-serve policy
action-update_self_serve_policy = Updated a self-serve policy
action-delete_self_serve_policy = Deleted a self-serve policy
action-get_software_key = Got a software key
action-get_software_download_link = Got a software download link
action-software_attestation = Attested software

## Users

action-create_customer_user = Created a customer user
action-update_customer_user = Updated a customer user
action-delete_customer_user = Deleted a customer user
action-restore_customer_user = Restored a customer user
action-update_customer_user_principal_name = Updated a customer user's principal name
action-update_customer_user_licenses = Updated a customer user's licences
action-update_sfb_customer_user_licenses = Updated Skype for Business licences
action-reset_customer_user_password = Reset a customer user's password
action-add_user_member = Added a user to a role
action-remove_user_member = Removed a user from a role

## DelegatedAdmin

action-granular_admin_relationship_approved = GDAP relationship approved
action-granular_admin_relationship_activated = GDAP relationship activated
action-granular_admin_relationship_termination_requested = GDAP relationship termination requested
action-granular_admin_relationship_terminated = GDAP relationship terminated
action-granular_admin_relationship_expired = GDAP relationship expired
action-granular_admin_relationship_cleaned_up = GDAP relationship cleaned up
action-granular_admin_access_assignment_created = GDAP access assignment created
action-granular_admin_access_assignment_updated = GDAP access assignment updated
action-granular_admin_access_assignment_deleted = GDAP access assignment deleted
action-granular_admin_access_assignment_activated = GDAP access assignment activated
action-dap_admin_relationship_approved = DAP relationship approved
action-dap_admin_relationship_terminated = DAP relationship terminated
action-dap_admin_relationship_terminated_by_microsoft = DAP relationship terminated by Microsoft

## PartnerAccount

action-create_partner_user = Created a partner user
action-update_partner_user = Updated a partner user
action-remove_partner_user = Removed a partner user
action-create_partner_relationship = Created a partner relationship
action-remove_partner_relationship = Removed a partner relationship
action-create_mpn_association = Created an MPN association
action-update_mpn_association = Updated an MPN association
action-register_application = Registered an application
action-unregister_application = Unregistered an application
action-add_application_credential = Added an application credential
action-remove_application_credential = Removed an application credential
action-create_referral = Created a referral
action-update_referral = Updated a referral
action-create_related_referral = Created a related referral
action-update_related_referral = Updated a related referral
action-policy_created = Configuration policy created
action-policy_updated = Configuration policy updated
action-policy_deleted = Configuration policy deleted
action-device_updated = Device updated
action-devices_update_attempted = Device updates attempted
action-device_deleted = Device deleted
action-devices_upload_to_new_batch_attempted = Device upload to a new batch attempted
action-devices_upload_to_existing_batch_attempted = Device upload to an existing batch attempted
action-azure_fraud_event_detected = Azure fraud event detected

## resource types

resource-customer = Customer
resource-customer_user = Customer user
resource-order = Order
resource-subscription = Subscription
resource-license = License
resource-third_party_add_on = Third-party add-on
resource-mpn_association = MPN association
resource-transfer = Transfer
resource-application = Application
resource-application_credential = Application credential
resource-partner_user = Partner user
resource-partner_relationship = Partner relationship
resource-referral = Referral
resource-software_key = Software key
resource-software_download_link = Software download link
resource-spending_limit = Spending limit
resource-invoice = Invoice
resource-agreement = Agreement
resource-partner_customer_relationship = Partner-customer relationship
resource-self_serve_policy = Self-serve policy
resource-granular_admin_relationship = GDAP relationship
resource-granular_admin_access_assignment = GDAP access assignment
resource-partner_customer_dap = Delegated admin privileges (DAP)
resource-credit = Credit
resource-customer_directory_role = Customer directory role
resource-software_page = Software page
resource-device = Device
resource-policy = Configuration policy
resource-overage = Overage
resource-new_commerce_migration = New commerce migration
resource-azure_entitlement = Azure entitlement
resource-indirect_provider_indirect_reseller_dap = Indirect provider–reseller DAP

## statuses

status-succeeded = Succeeded
status-failed = Failed
status-progress = In progress
status-decline = Declined

## areas

area-customers = Customers
area-orders = Orders and subscriptions
area-users = Customer users and licences
area-delegated-admin = Delegated admin (GDAP/DAP)
area-partner-account = Partner account, applications, referrals, devices, security
area-other = Other

## what is not known

unknown-action = (unknown action)
unknown-resource = (unknown resource type)
unknown-status = (unknown status)

## applications

application-portal = Partner Center portal
application-api = Partner Center API
