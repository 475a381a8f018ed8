//! The words of the audit service: open sets, because Microsoft adds to them without notice.

/// What was done, as on the wire (`create_order`). Unknown values are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationType(pub Box<str>);

/// What it was done to, as on the wire (`customer_user`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceType(pub Box<str>);

/// How it ended, as on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationStatus(pub Box<str>);

/// The statuses that have a look of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    Failed,
    Progress,
    Declined,
    /// A status that this version does not know.
    Other,
}

impl OperationStatus {
    /// The meaning of the wire value.
    pub fn outcome(&self) -> Outcome {
        match &*self.0 {
            "succeeded" => Outcome::Succeeded,
            "failed" => Outcome::Failed,
            "progress" => Outcome::Progress,
            "decline" => Outcome::Declined,
            _ => Outcome::Other,
        }
    }
}

impl OperationStatus {
    /// Whether what the record tells came to pass: not what failed, was declined, or is still under way.
    pub fn came_to_pass(&self) -> bool {
        match self.outcome() {
            Outcome::Succeeded | Outcome::Other => true,
            Outcome::Failed | Outcome::Declined | Outcome::Progress => false,
        }
    }
}

/// The areas by which actions are grouped for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    Customers,
    Orders,
    Users,
    DelegatedAdmin,
    PartnerAccount,
    /// Operation types that this version does not know.
    Other,
}

impl Area {
    pub const ALL: [Self; 6] = [
        Self::Customers,
        Self::Orders,
        Self::Users,
        Self::DelegatedAdmin,
        Self::PartnerAccount,
        Self::Other,
    ];
}

impl OperationType {
    /// The area this action belongs to; [`Area::Other`] for one that this version does not know.
    pub fn area(&self) -> Area {
        KNOWN_OPERATIONS
            .iter()
            .find(|(wire, _)| *wire == &*self.0)
            .map_or(Area::Other, |(_, area)| *area)
    }
}

/// The operation types that this version has words for, by area, in the order a reader is shown them.
pub const KNOWN_OPERATIONS: &[(&str, Area)] = &[
    ("add_customer", Area::Customers),
    ("delete_customer", Area::Customers),
    ("delete_tip_customer", Area::Customers),
    ("update_customer_qualification", Area::Customers),
    ("update_customer_billing_profile", Area::Customers),
    ("update_customer_partner_contract_company_name", Area::Customers),
    ("update_customer_spending_budget", Area::Customers),
    ("increase_spending_limit", Area::Customers),
    ("remove_partner_customer_relationship", Area::Customers),
    ("extend_relationship", Area::Customers),
    ("create_agreement", Area::Customers),
    ("update_company_info", Area::Customers),
    ("create_order", Area::Orders),
    ("update_order", Area::Orders),
    ("update_subscription", Area::Orders),
    ("upgrade_subscription", Area::Orders),
    ("convert_trial_subscription", Area::Orders),
    ("create_new_commerce_migration", Area::Orders),
    ("manage_overage", Area::Orders),
    ("create_transfer", Area::Orders),
    ("update_transfer", Area::Orders),
    ("create_credit", Area::Orders),
    ("update_credit", Area::Orders),
    ("cancel_credit", Area::Orders),
    ("ready_invoice", Area::Orders),
    ("create_self_serve_policy", Area::Orders),
    ("update_self_serve_policy", Area::Orders),
    ("delete_self_serve_policy", Area::Orders),
    ("get_software_key", Area::Orders),
    ("get_software_download_link", Area::Orders),
    ("software_attestation", Area::Orders),
    ("create_customer_user", Area::Users),
    ("update_customer_user", Area::Users),
    ("delete_customer_user", Area::Users),
    ("restore_customer_user", Area::Users),
    ("update_customer_user_principal_name", Area::Users),
    ("update_customer_user_licenses", Area::Users),
    ("update_sfb_customer_user_licenses", Area::Users),
    ("reset_customer_user_password", Area::Users),
    ("add_user_member", Area::Users),
    ("remove_user_member", Area::Users),
    ("granular_admin_relationship_approved", Area::DelegatedAdmin),
    ("granular_admin_relationship_activated", Area::DelegatedAdmin),
    (
        "granular_admin_relationship_termination_requested",
        Area::DelegatedAdmin,
    ),
    ("granular_admin_relationship_terminated", Area::DelegatedAdmin),
    ("granular_admin_relationship_expired", Area::DelegatedAdmin),
    ("granular_admin_relationship_cleaned_up", Area::DelegatedAdmin),
    ("granular_admin_access_assignment_created", Area::DelegatedAdmin),
    ("granular_admin_access_assignment_updated", Area::DelegatedAdmin),
    ("granular_admin_access_assignment_deleted", Area::DelegatedAdmin),
    ("granular_admin_access_assignment_activated", Area::DelegatedAdmin),
    ("dap_admin_relationship_approved", Area::DelegatedAdmin),
    ("dap_admin_relationship_terminated", Area::DelegatedAdmin),
    (
        "dap_admin_relationship_terminated_by_microsoft",
        Area::DelegatedAdmin,
    ),
    ("create_partner_user", Area::PartnerAccount),
    ("update_partner_user", Area::PartnerAccount),
    ("remove_partner_user", Area::PartnerAccount),
    ("create_partner_relationship", Area::PartnerAccount),
    ("remove_partner_relationship", Area::PartnerAccount),
    ("create_mpn_association", Area::PartnerAccount),
    ("update_mpn_association", Area::PartnerAccount),
    ("register_application", Area::PartnerAccount),
    ("unregister_application", Area::PartnerAccount),
    ("add_application_credential", Area::PartnerAccount),
    ("remove_application_credential", Area::PartnerAccount),
    ("create_referral", Area::PartnerAccount),
    ("update_referral", Area::PartnerAccount),
    ("create_related_referral", Area::PartnerAccount),
    ("update_related_referral", Area::PartnerAccount),
    ("policy_created", Area::PartnerAccount),
    ("policy_updated", Area::PartnerAccount),
    ("policy_deleted", Area::PartnerAccount),
    ("device_updated", Area::PartnerAccount),
    ("devices_update_attempted", Area::PartnerAccount),
    ("device_deleted", Area::PartnerAccount),
    ("devices_upload_to_new_batch_attempted", Area::PartnerAccount),
    ("devices_upload_to_existing_batch_attempted", Area::PartnerAccount),
    ("azure_fraud_event_detected", Area::PartnerAccount),
];

/// The resource types that this version has words for.
pub const KNOWN_RESOURCES: &[&str] = &[
    "customer",
    "customer_user",
    "order",
    "subscription",
    "license",
    "third_party_add_on",
    "mpn_association",
    "transfer",
    "application",
    "application_credential",
    "partner_user",
    "partner_relationship",
    "referral",
    "software_key",
    "software_download_link",
    "spending_limit",
    "invoice",
    "agreement",
    "partner_customer_relationship",
    "self_serve_policy",
    "granular_admin_relationship",
    "granular_admin_access_assignment",
    "partner_customer_dap",
    "credit",
    "customer_directory_role",
    "software_page",
    "device",
    "policy",
    "overage",
    "new_commerce_migration",
    "azure_entitlement",
    "indirect_provider_indirect_reseller_dap",
];

/// The statuses that this version has words for.
pub const KNOWN_STATUSES: &[&str] = &["succeeded", "failed", "progress", "decline"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names that Microsoft's SDK lists, without its own word for "not set".
    fn listed(kind: &str) -> BTreeSet<String> {
        let all: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/vocabulary.json")).unwrap();
        let names = all[kind].as_array().unwrap().iter();
        names
            .map(|name| name.as_str().unwrap().to_owned())
            .filter(|name| name != "undefined")
            .collect()
    }

    #[test]
    fn every_listed_name_is_known_and_no_other() {
        let operations: BTreeSet<_> = KNOWN_OPERATIONS
            .iter()
            .map(|(wire, _)| (*wire).to_owned())
            .collect();
        assert_eq!(operations, listed("operationType"));
        assert_eq!(operations.len(), KNOWN_OPERATIONS.len());
        let resources: BTreeSet<_> = KNOWN_RESOURCES.iter().map(|wire| (*wire).to_owned()).collect();
        assert_eq!(resources, listed("resourceType"));
        let statuses: BTreeSet<_> = KNOWN_STATUSES.iter().map(|wire| (*wire).to_owned()).collect();
        assert_eq!(statuses, listed("operationStatus"));
    }

    #[test]
    fn an_unknown_action_belongs_to_no_area_of_ours() {
        assert_eq!(OperationType("create_order".into()).area(), Area::Orders);
        assert_eq!(OperationType("some_new_operation".into()).area(), Area::Other);
        assert_eq!(OperationType("".into()).area(), Area::Other);
    }
}
