//! Who acted: a person, an application of the partner's, or Microsoft. Person, application and channel are three facts of
//! a record; this is what follows from them.
//!
//! Knows texts only: who asks brings the user, the application and the action of a record.

use super::AuditRecord;

/// Who acted. Its numbers are kept nowhere but in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Actor {
    Person = 1,
    /// An application of the partner's own, on behalf of nobody.
    App = 2,
    Microsoft = 3,
}

impl Actor {
    pub const ALL: [Self; 3] = [Self::Person, Self::App, Self::Microsoft];

    /// As a filter takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::App => "app",
            Self::Microsoft => "microsoft",
        }
    }

    /// The actor of that name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|actor| actor.name().eq_ignore_ascii_case(name))
    }

    /// Who acted, by what a record says; nobody where it names neither a user nor an application.
    pub fn of(record: &AuditRecord) -> Option<Self> {
        let user = record.user_principal_name.as_deref();
        let application = record.application_id.as_deref();
        Self::from(
            user.map(is_system),
            application.map(is_first_party),
            is_by_microsoft(&record.operation_type.0),
        )
    }

    /// The same from what is known of the texts: whether the user, if there is one, is no person; whether the application,
    /// if there is one, is Microsoft's; whether the action says that Microsoft did it.
    pub fn from(
        user_is_system: Option<bool>,
        app_is_first_party: Option<bool>,
        by_microsoft: bool,
    ) -> Option<Self> {
        match (by_microsoft, user_is_system, app_is_first_party) {
            (true, ..) | (_, Some(true), _) | (_, None, Some(true)) => Some(Self::Microsoft),
            (_, Some(false), _) => Some(Self::Person),
            (_, None, Some(false)) => Some(Self::App),
            (_, None, None) => None,
        }
    }
}

/// Whether a user's name is that of no person. The API describes the field as "user principal name or user identifier",
/// so that a name without `@` is a user's as well; only what names Microsoft or its system outright is not.
pub fn is_system(user: &str) -> bool {
    ["microsoft", "system"].contains(&user.trim().to_ascii_lowercase().as_str())
}

/// Whether an application is one of Partner Center's own, as its documentation and samples have them: the portal, the
/// service, its native application and what carries out orders. Where such a one names no user, nobody else acted.
/// Tools that Microsoft makes and anybody runs (Graph, PowerShell, the command line) are not among them: without a user,
/// it is somebody's automation that runs them.
pub fn is_first_party(application: &str) -> bool {
    [
        "4990cffe-04e8-4e8b-808a-1175604b879f",
        "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd",
        "partner center native app",
        "fulfillmentservice",
    ]
    .contains(&application.trim().to_ascii_lowercase().as_str())
}

/// Whether an action says itself who did it, as `dap_admin_relationship_terminated_by_microsoft` does.
pub fn is_by_microsoft(operation: &str) -> bool {
    operation.to_ascii_lowercase().ends_with("_by_microsoft")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(user: &str, application: &str, operation: &str) -> Option<Actor> {
        Actor::of(&AuditRecord::read(
            serde_json::json!({"userPrincipalName": user, "applicationId": application, "operationType": operation})
                .to_string(),
        ))
    }

    #[test]
    fn a_user_is_a_person_through_whatever_application() {
        for application in [
            "",
            "FulfillmentService",
            "4990cffe-04e8-4e8b-808a-1175604b879f",
            "mine",
        ] {
            assert_eq!(
                of("a@x.example", application, "create_order"),
                Some(Actor::Person)
            );
        }
        assert_eq!(
            of("6a9e0b2c-0000-4000-8000-000000000001", "", "create_order"),
            Some(Actor::Person)
        );
    }

    #[test]
    fn an_application_without_a_user_acts_itself_unless_it_is_microsofts() {
        assert_eq!(
            of("", "b6b84568-6c01-4981-a80f-09da9a20bbed", "create_order"),
            Some(Actor::App)
        );
        assert_eq!(
            of("", "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "create_order"),
            Some(Actor::App)
        );
        assert_eq!(
            of(" ", "fulfillmentService", "create_order"),
            Some(Actor::Microsoft)
        );
    }

    #[test]
    fn microsoft_acts_where_the_record_says_so() {
        assert_eq!(
            of(
                "a@x.example",
                "mine",
                "dap_admin_relationship_terminated_by_microsoft"
            ),
            Some(Actor::Microsoft)
        );
        assert_eq!(of("Microsoft", "mine", "create_order"), Some(Actor::Microsoft));
        assert_eq!(of("SYSTEM", "", ""), Some(Actor::Microsoft));
    }

    #[test]
    fn where_nobody_is_named_nobody_is_made_up() {
        assert_eq!(of("", "", "create_order"), None);
    }

    #[test]
    fn names_are_found_in_any_case() {
        for actor in Actor::ALL {
            assert_eq!(Actor::named(&actor.name().to_uppercase()), Some(actor));
        }
        assert_eq!(Actor::named("robot"), None);
    }
}
