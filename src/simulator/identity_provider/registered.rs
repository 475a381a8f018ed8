//! Applications that are registered beside the client: programs that call its API in their own name.

/// A program with a secret of its own, and the app roles of the client that an administrator gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub client_id: String,
    pub client_secret: String,
    /// Of its service principal in the tenant.
    pub object_id: String,
    pub app_roles: Vec<String>,
}

/// The demo's: one that may read and export, and one that may read only.
pub fn demo_applications() -> Vec<Application> {
    let application = |n: u8, secret: &str, roles: &[&str]| Application {
        client_id: format!("c5e8d3b2-6f1a-4d4a-9b7c-1a2f3e4d5c{n:02x}"),
        client_secret: secret.to_owned(),
        object_id: format!("d6f9e4c3-7a2b-4e5b-8c8d-2b3a4f5e6d{n:02x}"),
        app_roles: roles.iter().map(|&role| role.to_owned()).collect(),
    };
    vec![
        application(
            1,
            "stand-in-nightly-report",
            &["AuditRecord.Read.All", "AuditRecord.Export.All"],
        ),
        application(2, "stand-in-reader", &["AuditRecord.Read.All"]),
    ]
}
