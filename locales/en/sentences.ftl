# What happened, in a sentence: who did what to what, for whom. `tried-…` is for what failed or was declined.
# $for, $of, $with, $at and $to have the customer and the blank before it, or nothing; $object, $target and $other
# are things, $subject is the object at the start; $changes, $more, $terms, $state are what else is told, or nothing.

## Customers

deed-add_customer = { $who } added { $object }{ $domain }.
tried-add_customer = { $who } tried to add { $object }{ $domain }.
deed-delete_customer = { $who } deleted { $object } from the sandbox.
tried-delete_customer = { $who } tried to delete { $object } from the sandbox.
deed-delete_tip_customer = { $who } deleted the test-in-production customer { $customer }.
tried-delete_tip_customer = { $who } tried to delete the test-in-production customer { $customer }.
deed-update_customer_qualification = { $who } updated the qualification{ $of }.
tried-update_customer_qualification = { $who } tried to update the qualification{ $of }.
deed-set_customer_qualification = { $who } set the qualification{ $of } to { $value }.
tried-set_customer_qualification = { $who } tried to set the qualification{ $of } to { $value }.
deed-update_customer_billing_profile = { $who } updated the billing profile{ $of }{ $changes }.
tried-update_customer_billing_profile = { $who } tried to update the billing profile{ $of }{ $changes }.
deed-update_customer_partner_contract_company_name = { $who } updated the company name on the partner contract{ $of }{ $changes }.
tried-update_customer_partner_contract_company_name = { $who } tried to update the company name on the partner contract{ $of }{ $changes }.
deed-rename_customer_on_contract = { $who } changed the company name on the partner contract{ $of } from { $old } to { $new }.
tried-rename_customer_on_contract = { $who } tried to change the company name on the partner contract{ $of } from { $old } to { $new }.
deed-update_customer_spending_budget = { $who } updated the spending budget{ $of }.
tried-update_customer_spending_budget = { $who } tried to update the spending budget{ $of }.
deed-set_customer_spending_budget = { $who } set the spending budget{ $of } to { $value }.
tried-set_customer_spending_budget = { $who } tried to set the spending budget{ $of } to { $value }.
deed-increase_spending_limit = { $who } increased the spending limit{ $of }.
tried-increase_spending_limit = { $who } tried to increase the spending limit{ $of }.
deed-increase_spending_limit_to = { $who } increased the spending limit{ $of } to { $value }.
tried-increase_spending_limit_to = { $who } tried to increase the spending limit{ $of } to { $value }.
deed-remove_partner_customer_relationship = { $who } removed the reseller relationship{ $with }.
tried-remove_partner_customer_relationship = { $who } tried to remove the reseller relationship{ $with }.
deed-extend_relationship = { $who } extended the relationship{ $with }.
tried-extend_relationship = { $who } tried to extend the relationship{ $with }.
deed-create_agreement = { $who } recorded { $object }{ $for }.
tried-create_agreement = { $who } tried to record { $object }{ $for }.
deed-update_company_info = { $who } updated the company information{ $of }{ $changes }.
tried-update_company_info = { $who } tried to update the company information{ $of }{ $changes }.

## Orders and subscriptions

deed-create_order = { $who } ordered { $object }{ $for }{ $terms }.
tried-create_order = { $who } tried to order { $object }{ $for }{ $terms }.
deed-place_order = { $who } placed { $object }{ $for }.
tried-place_order = { $who } tried to place { $object }{ $for }.
deed-update_order = { $who } updated { $object }{ $of }{ $changes }.
tried-update_order = { $who } tried to update { $object }{ $of }{ $changes }.
deed-update_subscription = { $who } updated { $object }{ $at }{ $changes }.
tried-update_subscription = { $who } tried to update { $object }{ $at }{ $changes }.
deed-raise_quantity = { $who } increased the quantity of { $object }{ $at } from { $old } to { $new } ({ $delta }){ $more }.
tried-raise_quantity = { $who } tried to increase the quantity of { $object }{ $at } from { $old } to { $new } ({ $delta }){ $more }.
deed-lower_quantity = { $who } reduced the quantity of { $object }{ $at } from { $old } to { $new } ({ $delta }){ $more }.
tried-lower_quantity = { $who } tried to reduce the quantity of { $object }{ $at } from { $old } to { $new } ({ $delta }){ $more }.
deed-suspend_subscription = { $who } suspended { $object }{ $at }{ $more }.
tried-suspend_subscription = { $who } tried to suspend { $object }{ $at }{ $more }.
deed-reactivate_subscription = { $who } reactivated { $object }{ $at }{ $more }.
tried-reactivate_subscription = { $who } tried to reactivate { $object }{ $at }{ $more }.
deed-activate_subscription = { $who } activated { $object }{ $at }{ $more }.
tried-activate_subscription = { $who } tried to activate { $object }{ $at }{ $more }.
deed-cancel_subscription = { $who } cancelled { $object }{ $at }{ $more }.
tried-cancel_subscription = { $who } tried to cancel { $object }{ $at }{ $more }.
deed-auto_renew_on = { $who } turned on auto-renew for { $object }{ $at }{ $more }.
tried-auto_renew_on = { $who } tried to turn on auto-renew for { $object }{ $at }{ $more }.
deed-auto_renew_off = { $who } turned off auto-renew for { $object }{ $at }{ $more }.
tried-auto_renew_off = { $who } tried to turn off auto-renew for { $object }{ $at }{ $more }.
deed-rename_subscription = { $who } renamed a subscription{ $at } from { $old } to { $new }{ $more }.
tried-rename_subscription = { $who } tried to rename a subscription{ $at } from { $old } to { $new }{ $more }.
deed-upgrade_subscription = { $who } upgraded { $object }{ $at }.
tried-upgrade_subscription = { $who } tried to upgrade { $object }{ $at }.
deed-upgrade_subscription_to = { $who } upgraded { $object }{ $at } to { $target }.
tried-upgrade_subscription_to = { $who } tried to upgrade { $object }{ $at } to { $target }.
deed-convert_trial_subscription = { $who } converted the trial of { $object }{ $at } to a paid subscription.
tried-convert_trial_subscription = { $who } tried to convert the trial of { $object }{ $at } to a paid subscription.
deed-convert_trial_subscription_to = { $who } converted the trial of { $object }{ $at } to { $target }.
tried-convert_trial_subscription_to = { $who } tried to convert the trial of { $object }{ $at } to { $target }.
deed-create_new_commerce_migration = { $who } started the migration of { $object }{ $at } to new commerce.
tried-create_new_commerce_migration = { $who } tried to start the migration of { $object }{ $at } to new commerce.
deed-manage_overage = { $who } managed overage{ $for }.
tried-manage_overage = { $who } tried to manage overage{ $for }.
deed-create_transfer = { $who } created { $object }{ $for }{ $state }.
tried-create_transfer = { $who } tried to create { $object }{ $for }{ $state }.
deed-update_transfer = { $who } updated { $object }{ $of }{ $state }{ $changes }.
tried-update_transfer = { $who } tried to update { $object }{ $of }{ $state }{ $changes }.
deed-create_credit = { $who } created { $object }{ $for }{ $state }.
tried-create_credit = { $who } tried to create { $object }{ $for }{ $state }.
deed-update_credit = { $who } updated { $object }{ $of }{ $state }{ $changes }.
tried-update_credit = { $who } tried to update { $object }{ $of }{ $state }{ $changes }.
deed-cancel_credit = { $who } cancelled { $object }{ $of }{ $state }.
tried-cancel_credit = { $who } tried to cancel { $object }{ $of }{ $state }.
deed-ready_invoice = { $subject } is ready{ $for }.
tried-ready_invoice = { $subject } could not be made ready{ $for }.
deed-create_self_serve_policy = { $who } created { $object }{ $for }.
tried-create_self_serve_policy = { $who } tried to create { $object }{ $for }.
deed-update_self_serve_policy = { $who } updated { $object }{ $of }{ $changes }.
tried-update_self_serve_policy = { $who } tried to update { $object }{ $of }{ $changes }.
deed-delete_self_serve_policy = { $who } deleted { $object }{ $of }.
tried-delete_self_serve_policy = { $who } tried to delete { $object }{ $of }.
deed-get_software_key = { $who } got the key of { $object }{ $for }.
tried-get_software_key = { $who } tried to get the key of { $object }{ $for }.
deed-get_software_download_link = { $who } got the download link of { $object }{ $for }.
tried-get_software_download_link = { $who } tried to get the download link of { $object }{ $for }.
deed-software_attestation = { $who } attested { $object }{ $for }.
tried-software_attestation = { $who } tried to attest { $object }{ $for }.

## Users and licences of customers

deed-create_customer_user = { $who } created the account of { $object }{ $at }.
tried-create_customer_user = { $who } tried to create the account of { $object }{ $at }.
deed-update_customer_user = { $who } updated the account of { $object }{ $at }{ $changes }.
tried-update_customer_user = { $who } tried to update the account of { $object }{ $at }{ $changes }.
deed-delete_customer_user = { $who } deleted the account of { $object }{ $at }.
tried-delete_customer_user = { $who } tried to delete the account of { $object }{ $at }.
deed-restore_customer_user = { $who } restored the deleted account of { $object }{ $at }.
tried-restore_customer_user = { $who } tried to restore the deleted account of { $object }{ $at }.
deed-update_customer_user_principal_name = { $who } updated the principal name of { $object }{ $at }{ $changes }.
tried-update_customer_user_principal_name = { $who } tried to update the principal name of { $object }{ $at }{ $changes }.
deed-rename_customer_user = { $who } changed the principal name of a user{ $at } from { $old } to { $new }{ $more }.
tried-rename_customer_user = { $who } tried to change the principal name of a user{ $at } from { $old } to { $new }{ $more }.
deed-update_customer_user_licenses = { $who } updated the licences of { $object }{ $at }.
tried-update_customer_user_licenses = { $who } tried to update the licences of { $object }{ $at }.
deed-assign_licences = { $who } assigned { $object } to { $target }{ $at }.
tried-assign_licences = { $who } tried to assign { $object } to { $target }{ $at }.
deed-remove_licences = { $who } removed { $object } from { $target }{ $at }.
tried-remove_licences = { $who } tried to remove { $object } from { $target }{ $at }.
deed-swap_licences = { $who } assigned { $object } to { $target }{ $at } and removed { $other }.
tried-swap_licences = { $who } tried to assign { $object } to { $target }{ $at } and to remove { $other }.
deed-update_sfb_customer_user_licenses = { $who } updated the Skype for Business licences of { $object }{ $at }.
tried-update_sfb_customer_user_licenses = { $who } tried to update the Skype for Business licences of { $object }{ $at }.
deed-reset_customer_user_password = { $who } reset the password of { $object }{ $at }.
tried-reset_customer_user_password = { $who } tried to reset the password of { $object }{ $at }.
deed-reset_password_to_change = { $who } reset the password of { $object }{ $at }; it has to be changed at the next sign-in.
tried-reset_password_to_change = { $who } tried to reset the password of { $object }{ $at }.
deed-add_user_member = { $who } added { $object }{ $at } to { $target }.
tried-add_user_member = { $who } tried to add { $object }{ $at } to { $target }.
deed-remove_user_member = { $who } removed { $object }{ $at } from { $target }.
tried-remove_user_member = { $who } tried to remove { $object }{ $at } from { $target }.

## Delegated administration

deed-granular_admin_relationship_approved = { $subject }{ $with } was approved{ $duration }{ $by }.
tried-granular_admin_relationship_approved = { $subject }{ $with } was not approved{ $duration }{ $by }.
deed-granular_admin_relationship_activated = { $subject }{ $with } was activated{ $duration }{ $by }.
tried-granular_admin_relationship_activated = { $subject }{ $with } was not activated{ $duration }{ $by }.
deed-granular_admin_relationship_termination_requested = The end of { $object }{ $with } was requested{ $by }.
tried-granular_admin_relationship_termination_requested = The end of { $object }{ $with } could not be requested{ $by }.
deed-granular_admin_relationship_terminated = { $subject }{ $with } was terminated{ $by }.
tried-granular_admin_relationship_terminated = { $subject }{ $with } was not terminated{ $by }.
deed-granular_admin_relationship_expired = { $subject }{ $with } expired.
tried-granular_admin_relationship_expired = { $subject }{ $with } did not expire.
deed-granular_admin_relationship_cleaned_up = { $subject }{ $with } was cleaned up{ $by }.
tried-granular_admin_relationship_cleaned_up = { $subject }{ $with } was not cleaned up{ $by }.
deed-granular_admin_access_assignment_created = { $who } gave access{ $to } to { $object }.
tried-granular_admin_access_assignment_created = { $who } tried to give access{ $to } to { $object }.
deed-granular_admin_access_assignment_updated = { $who } changed the access of { $object }{ $to }.
tried-granular_admin_access_assignment_updated = { $who } tried to change the access of { $object }{ $to }.
deed-granular_admin_access_assignment_deleted = { $who } took access{ $to } from { $object }.
tried-granular_admin_access_assignment_deleted = { $who } tried to take access{ $to } from { $object }.
deed-granular_admin_access_assignment_activated = The access of { $object }{ $to } became active.
tried-granular_admin_access_assignment_activated = The access of { $object }{ $to } did not become active.
deed-dap_admin_relationship_approved = The delegated admin privileges (DAP){ $with } were approved{ $by }.
tried-dap_admin_relationship_approved = The delegated admin privileges (DAP){ $with } were not approved{ $by }.
deed-dap_admin_relationship_terminated = The delegated admin privileges (DAP){ $with } were terminated{ $by }.
tried-dap_admin_relationship_terminated = The delegated admin privileges (DAP){ $with } were not terminated{ $by }.
deed-dap_admin_relationship_terminated_by_microsoft = Microsoft terminated the delegated admin privileges (DAP){ $with }.
tried-dap_admin_relationship_terminated_by_microsoft = Microsoft tried to terminate the delegated admin privileges (DAP){ $with }.

## The partner's account

deed-create_partner_user = { $who } created { $object }.
tried-create_partner_user = { $who } tried to create { $object }.
deed-update_partner_user = { $who } updated { $object }{ $changes }.
tried-update_partner_user = { $who } tried to update { $object }{ $changes }.
deed-remove_partner_user = { $who } removed { $object }.
tried-remove_partner_user = { $who } tried to remove { $object }.
deed-create_partner_relationship = { $who } created a partner relationship{ $with }.
tried-create_partner_relationship = { $who } tried to create a partner relationship{ $with }.
deed-remove_partner_relationship = { $who } removed the partner relationship{ $with }.
tried-remove_partner_relationship = { $who } tried to remove the partner relationship{ $with }.
deed-create_mpn_association = { $who } associated { $object }{ $with }.
tried-create_mpn_association = { $who } tried to associate { $object }{ $with }.
deed-update_mpn_association = { $who } updated the association of { $object }{ $with }.
tried-update_mpn_association = { $who } tried to update the association of { $object }{ $with }.
deed-register_application = { $who } registered { $object }.
tried-register_application = { $who } tried to register { $object }.
deed-unregister_application = { $who } unregistered { $object }.
tried-unregister_application = { $who } tried to unregister { $object }.
deed-add_application_credential = { $who } added a credential to { $object }.
tried-add_application_credential = { $who } tried to add a credential to { $object }.
deed-remove_application_credential = { $who } removed a credential from { $object }.
tried-remove_application_credential = { $who } tried to remove a credential from { $object }.
deed-create_referral = { $who } created { $object }{ $state }.
tried-create_referral = { $who } tried to create { $object }{ $state }.
deed-create_related_referral = { $who } created { $object }{ $state }.
tried-create_related_referral = { $who } tried to create { $object }{ $state }.
deed-update_referral = { $who } updated { $object }{ $state }{ $changes }.
tried-update_referral = { $who } tried to update { $object }{ $state }{ $changes }.
deed-update_related_referral = { $who } updated { $object }{ $state }{ $changes }.
tried-update_related_referral = { $who } tried to update { $object }{ $state }{ $changes }.
deed-policy_created = { $who } created { $object }{ $for }.
tried-policy_created = { $who } tried to create { $object }{ $for }.
deed-policy_updated = { $who } updated { $object }{ $for }{ $changes }.
tried-policy_updated = { $who } tried to update { $object }{ $for }{ $changes }.
deed-policy_deleted = { $who } deleted { $object }{ $for }.
tried-policy_deleted = { $who } tried to delete { $object }{ $for }.
deed-device_updated = { $who } updated { $object }{ $of }{ $changes }.
tried-device_updated = { $who } tried to update { $object }{ $of }{ $changes }.
deed-devices_update_attempted = { $who } started updating the devices of { $object }{ $for }.
tried-devices_update_attempted = { $who } tried to update the devices of { $object }{ $for }.
deed-device_deleted = { $who } deleted { $object }{ $of }.
tried-device_deleted = { $who } tried to delete { $object }{ $of }.
deed-devices_upload_to_new_batch_attempted = { $who } started uploading devices to a new batch, { $object }{ $for }.
tried-devices_upload_to_new_batch_attempted = { $who } tried to upload devices to a new batch, { $object }{ $for }.
deed-devices_upload_to_existing_batch_attempted = { $who } started uploading devices to { $object }{ $for }.
tried-devices_upload_to_existing_batch_attempted = { $who } tried to upload devices to { $object }{ $for }.
deed-azure_fraud_event_detected = An Azure fraud event was detected{ $at }{ $event }.
tried-azure_fraud_event_detected = An Azure fraud event was reported{ $at }{ $event }.

## Who

who-user-through = { $user } through { $application }
who-application = The application { $application }
who-nobody = Somebody unknown
by = {" "}by { $who }
by-application = the application { $application }

## The customer, in its place in the sentence; nothing where there is none

deed-for = {" "}for { $customer }
deed-of = {" "}of { $customer }
deed-with = {" "}with { $customer }
deed-at = {" "}at { $customer }
deed-to = {" "}to { $customer }
deed-no-customer = (unknown)

## What something was done to, by its name and without

noun-customer = a customer
noun-customer-named = the customer { $name }
noun-user = a user
noun-user-named = the user { $name }
noun-role = a role
noun-role-named = the role { $name }
noun-order = an order
noun-order-named = the order { $name }
noun-subscription = a subscription
noun-subscription-named = { $name }
noun-subscription_id = a subscription
noun-subscription_id-named = the subscription { $name }
noun-agreement = an agreement
noun-agreement-named = the agreement { $name }
noun-transfer = a transfer
noun-transfer-named = the transfer { $name }
noun-credit = a credit
noun-credit-named = the credit { $name }
noun-invoice = an invoice
noun-invoice-named = the invoice { $name }
noun-self_serve_policy = a self-serve policy
noun-self_serve_policy-named = the self-serve policy { $name }
noun-software = software
noun-software-named = { $name }
noun-gdap = a GDAP relationship
noun-gdap-named = the GDAP relationship { $name }
noun-group = a security group
noun-group-named = the security group { $name }
noun-partner_user = a partner user
noun-partner_user-named = the partner user { $name }
noun-mpn = an MPN ID
noun-mpn-named = the MPN ID { $name }
noun-application = an application
noun-application-named = the application { $name }
noun-referral = a referral
noun-referral-named = the referral { $name }
noun-related_referral = a related referral
noun-related_referral-named = the related referral { $name }
noun-policy = a configuration policy
noun-policy-named = the configuration policy { $name }
noun-device = a device
noun-device-named = the device { $name }
noun-batch = a batch
noun-batch-named = the batch { $name }

## Several things

things-two = { $first } and { $second }
things-more = { $list } and { $count } more
things-joint = ,{" "}

## What else is told

deed-domain = {" "}({ $domain })
deed-terms = , { $terms }
terms-term = for { $term }
terms-cycle-monthly = monthly
terms-cycle-annual = annually
terms-cycle-biennial = every two years
terms-cycle-triennial = every three years
terms-cycle-onetime = paid once
terms-joint = ,{" "}
deed-duration = {" "}for { $duration }
deed-state = {" "}({ $field }: { $value })
deed-event = : { $value }
deed-changes = : { $change }
deed-changes-more =
    { $number ->
        [one] : { $change }, and { $count } more change
       *[other] : { $change }, and { $count } more changes
    }
deed-more =
    { $number ->
        [one] , with { $count } more change
       *[other] , with { $count } more changes
    }
