//! From the claims of an ID token to roles, and from roles to permissions. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config;

/// Entra's built-in directory roles that stand for three of the six: they are template ids, never groups.
const DIRECTORY_ROLES: [&str; 3] = [
    "62e90394-69f5-4237-9190-012177145e10",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
];

/// The roles that Microsoft's page lets see the activity log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    GlobalAdmin,
    BillingAdmin,
    UserManagementAdmin,
    AdminAgent,
    SalesAgent,
    HelpdeskAgent,
}

/// What a signed-in user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See the activity log.
    View,
    /// Take it away as a file.
    Export,
    /// Change what is collected, who has tokens, what raises an alert.
    Manage,
}

impl Role {
    /// All six, in the order in which pages name them.
    pub const ALL: [Self; 6] = [
        Self::GlobalAdmin,
        Self::BillingAdmin,
        Self::UserManagementAdmin,
        Self::AdminAgent,
        Self::SalesAgent,
        Self::HelpdeskAgent,
    ];

    /// Whether this role alone suffices for `permission`.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::View | Permission::Export => true,
            Permission::Manage => matches!(self, Self::GlobalAdmin | Self::AdminAgent),
        }
    }

    /// The name of the role's setting; also the last part of its message key.
    pub fn key(self) -> &'static str {
        match self {
            Self::GlobalAdmin => "global_admin",
            Self::BillingAdmin => "billing_admin",
            Self::UserManagementAdmin => "user_management_admin",
            Self::AdminAgent => "admin_agent",
            Self::SalesAgent => "sales_agent",
            Self::HelpdeskAgent => "helpdesk_agent",
        }
    }

    fn granted_by(self, roles: &config::Roles) -> &[String] {
        match self {
            Self::GlobalAdmin => &roles.global_admin,
            Self::BillingAdmin => &roles.billing_admin,
            Self::UserManagementAdmin => &roles.user_management_admin,
            Self::AdminAgent => &roles.admin_agent,
            Self::SalesAgent => &roles.sales_agent,
            Self::HelpdeskAgent => &roles.helpdesk_agent,
        }
    }
}

impl Permission {
    /// The last part of the permission's message key.
    pub fn key(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Export => "export",
            Self::Manage => "manage",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// What the verified claims say about roles: everything in `wids`, `groups` and `roles` that is a list of texts.
///
/// A claim of another shape counts as absent: a single text `"roles": "…"` grants nothing.
pub(super) fn claimed(claims: &Map<String, Value>) -> Vec<String> {
    ["wids", "groups", "roles"]
        .iter()
        .filter_map(|name| claims.get(*name)?.as_array())
        .filter_map(|items| {
            items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        })
        .flatten()
        .collect()
}

/// The roles that `held` ids (of groups, template ids, app roles) grant by the settings, in the order of [`Role::ALL`].
///
/// An id counts only if it is configured; there is no other way to a role.
pub(super) fn granted(roles: &config::Roles, held: &[String]) -> Vec<Role> {
    let grants =
        |configured: &String| !configured.is_empty() && held.iter().any(|id| same_id(id, configured));
    Role::ALL
        .into_iter()
        .filter(|role| role.granted_by(roles).iter().any(grants))
        .collect()
}

/// The configured ids that can be groups: the ones to ask Microsoft Graph about when the token leaves groups out.
pub(super) fn group_ids(roles: &config::Roles) -> Vec<String> {
    let mut ids: Vec<String> = Role::ALL
        .iter()
        .flat_map(|role| role.granted_by(roles))
        .filter(|id| is_guid(id))
        .map(|id| id.to_ascii_lowercase())
        .filter(|id| !DIRECTORY_ROLES.contains(&id.as_str()))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Whether the token says that the user is in too many groups to list them.
pub(super) fn groups_left_out(claims: &Map<String, Value>) -> bool {
    let named = claims
        .get("_claim_names")
        .and_then(|names| names.get("groups"))
        .is_some();
    let has = match claims.get("hasgroups") {
        Some(Value::Bool(has)) => *has,
        Some(Value::String(has)) => has == "true",
        _ => false,
    };
    named || has
}

/// Whether `text` is a GUID in Microsoft's usual form.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// GUIDs are the same in any case; app roles are compared exactly.
fn same_id(held: &str, configured: &str) -> bool {
    if is_guid(configured) {
        held.eq_ignore_ascii_case(configured)
    } else {
        held == configured
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ADMIN_AGENTS: &str = "0a1b2c3d-0000-4000-8000-00000000000a";
    const HELPDESK_AGENTS: &str = "0a1b2c3d-0000-4000-8000-00000000000b";

    fn settings() -> config::Roles {
        let one = |id: &str| vec![id.to_owned()];
        config::Roles {
            global_admin: one(DIRECTORY_ROLES[0]),
            billing_admin: one(DIRECTORY_ROLES[1]),
            user_management_admin: one(DIRECTORY_ROLES[2]),
            admin_agent: one(ADMIN_AGENTS),
            sales_agent: one("Sales.Read"),
            helpdesk_agent: one(HELPDESK_AGENTS),
        }
    }

    fn roles_of(claims: Value) -> Vec<Role> {
        granted(&settings(), &claimed(claims.as_object().expect("an object")))
    }

    #[test]
    fn each_claim_grants_the_roles_that_are_configured_for_it() {
        assert_eq!(
            roles_of(json!({"wids": [DIRECTORY_ROLES[0]]})),
            [Role::GlobalAdmin]
        );
        assert_eq!(
            roles_of(json!({"wids": [DIRECTORY_ROLES[1]]})),
            [Role::BillingAdmin]
        );
        assert_eq!(
            roles_of(json!({"wids": [DIRECTORY_ROLES[2]]})),
            [Role::UserManagementAdmin]
        );
        assert_eq!(
            roles_of(json!({"groups": [ADMIN_AGENTS.to_uppercase()]})),
            [Role::AdminAgent]
        );
        assert_eq!(roles_of(json!({"roles": ["Sales.Read"]})), [Role::SalesAgent]);
        assert_eq!(
            roles_of(json!({"groups": [HELPDESK_AGENTS, "x"], "wids": [DIRECTORY_ROLES[0]]})),
            [Role::GlobalAdmin, Role::HelpdeskAgent]
        );
    }

    #[test]
    fn directory_roles_that_only_sound_alike_grant_nothing() {
        // Helpdesk Administrator, and the marker that every member of a tenant carries.
        let wids = [
            "729827e3-9c14-49f7-bb1b-9608f156bbb8",
            "b79fbf4d-3ef9-4689-8143-76b194e85509",
        ];
        assert_eq!(roles_of(json!({"wids": wids})), []);
    }

    #[test]
    fn claims_of_a_wrong_shape_grant_nothing() {
        for odd in [
            json!({}),
            json!({"groups": ADMIN_AGENTS}),
            json!({"groups": {"0": ADMIN_AGENTS}}),
            json!({"groups": [[ADMIN_AGENTS]]}),
            json!({"groups": [ADMIN_AGENTS, 7]}),
            json!({"groups": [{"id": ADMIN_AGENTS}]}),
            json!({"groups": null, "wids": true, "roles": 1}),
            json!({"roles": ["sales.read", "Sales.Read ", ""]}),
            json!({"role": ["Sales.Read"], "scp": "Sales.Read"}),
        ] {
            assert_eq!(roles_of(odd.clone()), [], "{odd}");
        }
    }

    #[test]
    fn an_empty_setting_is_not_matched_by_an_empty_claim() {
        let settings = config::Roles {
            admin_agent: vec![String::new()],
            ..config::Roles::default()
        };
        assert_eq!(granted(&settings, &[String::new()]), []);
    }

    #[test]
    fn all_roles_view_and_export_and_two_manage() {
        for role in Role::ALL {
            assert!(role.may(Permission::View) && role.may(Permission::Export));
            assert_eq!(
                role.may(Permission::Manage),
                [Role::GlobalAdmin, Role::AdminAgent].contains(&role)
            );
        }
    }

    #[test]
    fn only_ids_that_can_be_groups_are_asked_for() {
        assert_eq!(group_ids(&settings()), [ADMIN_AGENTS, HELPDESK_AGENTS]);
    }

    #[test]
    fn overage_is_recognised_in_both_notations() {
        for (claims, left_out) in [
            (json!({"_claim_names": {"groups": "src1"}}), true),
            (json!({"hasgroups": true}), true),
            (json!({"hasgroups": "true"}), true),
            (json!({"hasgroups": false}), false),
            (json!({"_claim_names": {"other": "src1"}}), false),
            (json!({"_claim_names": "groups"}), false),
            (json!({}), false),
        ] {
            assert_eq!(
                groups_left_out(claims.as_object().expect("an object")),
                left_out,
                "{claims}"
            );
        }
    }
}
