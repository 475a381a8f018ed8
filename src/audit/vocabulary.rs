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
