//! Operations that need no rules of their own: to what each was done, and by which members that is called.

/// What an operation that has no rules of its own was done to: its word in the catalogue, and the members by which
/// such things are called, best first.
pub(super) struct Plain {
    operation: &'static str,
    pub noun: &'static str,
    pub names: &'static [&'static str],
    /// A member that says what was set or what happened.
    pub value: &'static [&'static str],
}

const fn plain(
    operation: &'static str,
    noun: &'static str,
    names: &'static [&'static str],
    value: &'static [&'static str],
) -> Plain {
    Plain {
        operation,
        noun,
        names,
        value,
    }
}

const RELATIONSHIP: &[&str] = &["DisplayName", "RelationshipName", "AdminRelationshipName", "Name"];
const ASSIGNMENT: &[&str] = &[
    "AccessContainer.DisplayName",
    "AccessContainer.AccessContainerId",
    "AccessContainerId",
];
const APPLICATION: &[&str] = &["DisplayName", "ApplicationName", "AppId", "ApplicationId"];
const TRANSFER: &[&str] = &["TransferId", "Id"];
const CREDIT: &[&str] = &["CreditId", "Id"];
const SELF_SERVE: &[&str] = &["PolicyName", "DisplayName", "PolicyId", "Id"];
const POLICY: &[&str] = &["PolicyName", "DisplayName", "Name", "PolicyId", "Id"];
const DEVICE: &[&str] = &["DeviceName", "SerialNumber", "DeviceId", "Id"];
const BATCH: &[&str] = &["BatchId"];
const PARTNER_USER: &[&str] = &[
    "UserPrincipalName",
    "PartnerUserPrincipalName",
    "DisplayName",
    "PartnerUserId",
    "UserId",
];
const REFERRAL: &[&str] = &["Name", "CustomerName", "CustomerProfile.Name", "ReferralId", "Id"];
const SOFTWARE: &[&str] = &["ProductName", "FriendlyName", "OfferName", "SkuId", "ProductId"];
const STATUS: &[&str] = &["Status"];
const AMOUNT: &[&str] = &["Amount"];

const PLAIN: &[Plain] = &[
    plain("remove_partner_customer_relationship", "", &[], &[]),
    plain("extend_relationship", "", &[], &[]),
    plain("create_agreement", "agreement", &["AgreementType"], &[]),
    plain("update_company_info", "", &[], &[]),
    plain("manage_overage", "", &[], &[]),
    plain("create_transfer", "transfer", TRANSFER, STATUS),
    plain("update_transfer", "transfer", TRANSFER, STATUS),
    plain("create_credit", "credit", CREDIT, AMOUNT),
    plain("update_credit", "credit", CREDIT, AMOUNT),
    plain("cancel_credit", "credit", CREDIT, AMOUNT),
    plain("ready_invoice", "invoice", &["InvoiceId", "Id"], &[]),
    plain("create_self_serve_policy", "self_serve_policy", SELF_SERVE, &[]),
    plain("update_self_serve_policy", "self_serve_policy", SELF_SERVE, &[]),
    plain("delete_self_serve_policy", "self_serve_policy", SELF_SERVE, &[]),
    plain("get_software_key", "software", SOFTWARE, &[]),
    plain("get_software_download_link", "software", SOFTWARE, &[]),
    plain("software_attestation", "software", SOFTWARE, &[]),
    plain(
        "granular_admin_relationship_approved",
        "gdap",
        RELATIONSHIP,
        &["Duration"],
    ),
    plain(
        "granular_admin_relationship_activated",
        "gdap",
        RELATIONSHIP,
        &["Duration"],
    ),
    plain(
        "granular_admin_relationship_termination_requested",
        "gdap",
        RELATIONSHIP,
        &[],
    ),
    plain(
        "granular_admin_relationship_terminated",
        "gdap",
        RELATIONSHIP,
        &[],
    ),
    plain("granular_admin_relationship_expired", "gdap", RELATIONSHIP, &[]),
    plain(
        "granular_admin_relationship_cleaned_up",
        "gdap",
        RELATIONSHIP,
        &[],
    ),
    plain(
        "granular_admin_access_assignment_created",
        "group",
        ASSIGNMENT,
        &[],
    ),
    plain(
        "granular_admin_access_assignment_updated",
        "group",
        ASSIGNMENT,
        &[],
    ),
    plain(
        "granular_admin_access_assignment_deleted",
        "group",
        ASSIGNMENT,
        &[],
    ),
    plain(
        "granular_admin_access_assignment_activated",
        "group",
        ASSIGNMENT,
        &[],
    ),
    plain("dap_admin_relationship_approved", "", &[], &[]),
    plain("dap_admin_relationship_terminated", "", &[], &[]),
    plain("dap_admin_relationship_terminated_by_microsoft", "", &[], &[]),
    plain("create_partner_user", "partner_user", PARTNER_USER, &[]),
    plain("update_partner_user", "partner_user", PARTNER_USER, &[]),
    plain("remove_partner_user", "partner_user", PARTNER_USER, &[]),
    plain("create_partner_relationship", "", &[], &[]),
    plain("remove_partner_relationship", "", &[], &[]),
    plain("create_mpn_association", "mpn", &["MpnId", "PartnerId"], &[]),
    plain("update_mpn_association", "mpn", &["MpnId", "PartnerId"], &[]),
    plain("register_application", "application", APPLICATION, &[]),
    plain("unregister_application", "application", APPLICATION, &[]),
    plain("add_application_credential", "application", APPLICATION, &[]),
    plain("remove_application_credential", "application", APPLICATION, &[]),
    plain("create_referral", "referral", REFERRAL, STATUS),
    plain("update_referral", "referral", REFERRAL, STATUS),
    plain("create_related_referral", "related_referral", REFERRAL, STATUS),
    plain("update_related_referral", "related_referral", REFERRAL, STATUS),
    plain("policy_created", "policy", POLICY, &[]),
    plain("policy_updated", "policy", POLICY, &[]),
    plain("policy_deleted", "policy", POLICY, &[]),
    plain("device_updated", "device", DEVICE, &[]),
    plain("devices_update_attempted", "batch", BATCH, &[]),
    plain("device_deleted", "device", DEVICE, &[]),
    plain("devices_upload_to_new_batch_attempted", "batch", BATCH, &[]),
    plain("devices_upload_to_existing_batch_attempted", "batch", BATCH, &[]),
    plain("azure_fraud_event_detected", "", &[], &["EventType"]),
];

/// What is known of an operation; `None` for one that has rules of its own.
pub(super) fn of(operation: &str) -> Option<&'static Plain> {
    PLAIN.iter().find(|plain| plain.operation == operation)
}
