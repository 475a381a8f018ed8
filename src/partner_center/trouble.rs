//! What is wrong between us and Microsoft, as a closed list: each kind has a stable code, and under that code the
//! message catalogue says what happened (`trouble-<code>`) and what to do about it (`remedy-<code>`).
//!
//! Knows Microsoft Entra's and Partner Center's numbers for errors, from Microsoft's documents ("Microsoft Entra
//! authentication and authorization error codes", "Partner Center REST error codes"); knows no page and no language.

use super::{
    error::{Error, TransportKind},
    refresh_tokens::KeepError,
    token_endpoint::TokenError,
};

macro_rules! troubles {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// A kind of trouble. The codes are stable: the archive and scripts may keep them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Trouble {
            $($(#[$doc])* $name,)*
        }

        impl Trouble {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its stable code, the last part of its message keys.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

troubles! {
    /// The application's secret has expired.
    SecretExpired = "secret-expired",
    /// The application's secret is not the one that Entra knows.
    SecretWrong = "secret-wrong",
    /// There is no such tenant.
    TenantUnknown = "tenant-unknown",
    /// The tenant lives in another national cloud.
    CloudWrong = "cloud-wrong",
    /// The tenant has no such application.
    ApplicationUnknown = "application-unknown",
    /// Somebody disabled the application in the tenant.
    ApplicationDisabled = "application-disabled",
    /// Partner Center itself is not set up, or disabled, in the tenant.
    ResourceMissing = "resource-missing",
    /// Nobody consented to the permission, or it is not among the application's.
    ConsentMissing = "consent-missing",
    /// Whoever was asked for consent said no.
    ConsentDeclined = "consent-declined",
    /// The refresh token is expired, revoked or used up.
    ConsentLapsed = "consent-lapsed",
    /// Multifactor authentication is demanded.
    MfaRequired = "mfa-required",
    /// A Conditional Access policy stands in the way.
    ConditionalAccess = "conditional-access",
    /// The user is not of this tenant.
    UserUnknown = "user-unknown",
    /// The user is disabled, locked, or must change the password.
    UserBlocked = "user-blocked",
    /// The application is only for assigned users, and this one is not.
    UserNotAssigned = "user-not-assigned",
    /// The redirect URI is not registered for the application.
    RedirectUnregistered = "redirect-unregistered",
    /// Whoever consented did so for another tenant than the account's.
    TenantMismatch = "tenant-mismatch",
    /// The token is for another service than Partner Center.
    WrongAudience = "wrong-audience",
    /// The question needs a user's consent: App+User.
    AppOnlyUnsupported = "app-only-unsupported",
    /// Partner Center does not accept the token.
    TokenRefused = "token-refused",
    /// The application or the user lacks a role in Partner Center.
    RoleMissing = "role-missing",
    /// The partner has no relationship with the customer.
    NoRelationship = "no-relationship",
    /// What was asked for is not there.
    NotFound = "not-found",
    /// Too many requests.
    Throttled = "throttled",
    /// No answer in time, or none at all.
    Unreachable = "unreachable",
    /// The other side's certificate is not to be trusted.
    Certificate = "certificate",
    /// An answer that must not be used.
    AnswerUnusable = "answer-unusable",
    /// Microsoft's side is in trouble.
    ServerError = "server-error",
    /// This machine's clock is wrong.
    ClockWrong = "clock-wrong",
    /// An address in the settings cannot be used.
    SettingWrong = "setting-wrong",
    /// What is sealed does not open with the keys of the settings.
    KeyUnknown = "key-unknown",
    /// The settings name no key to seal with.
    KeyMissing = "key-missing",
    /// The archive failed.
    ArchiveFailed = "archive-failed",
    /// A day changed each time it was read.
    Unsteady = "unsteady",
    /// Collecting was stopped.
    Stopped = "stopped",
    /// Anything else.
    Other = "other",
}

impl Trouble {
    /// The kind of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|trouble| trouble.code() == code)
    }

    /// What an error of the client means.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Setting { .. } => Self::SettingWrong,
            Error::CustomerId => Self::NotFound,
            Error::Unauthorized { code, description }
            | Error::Forbidden { code, description }
            | Error::Fault {
                code, description, ..
            } => Self::of_fault(error.status(), code.as_deref(), description.as_deref()),
            Error::Throttled { .. } => Self::Throttled,
            Error::Transport { kind, .. } => Self::of_transport(*kind),
            Error::TooLarge | Error::BadAnswer { .. } => Self::AnswerUnusable,
            Error::Token(error) => Self::of_token_error(error),
        }
    }

    /// What it means that there is no access token.
    pub fn of_token_error(error: &TokenError) -> Self {
        match error {
            TokenError::Refused { error, codes, .. } => Self::of_refusal(error, codes),
            TokenError::Unavailable { status: 429, .. } => Self::Throttled,
            TokenError::Unavailable { .. } => Self::ServerError,
            TokenError::Transport { kind, .. } => Self::of_transport(*kind),
            TokenError::BadAnswer { .. } => Self::AnswerUnusable,
            TokenError::Kept(error) => Self::of_keep_error(error),
        }
    }

    /// What it means that a refresh token cannot be read or kept.
    pub fn of_keep_error(error: &KeepError) -> Self {
        match error {
            KeepError::KeyUnknown => Self::KeyUnknown,
            KeepError::KeyMissing => Self::KeyMissing,
            KeepError::Archive(_) => Self::ArchiveFailed,
        }
    }

    /// What Entra's refusal means: by its numbers (`AADSTS7000222`), else by OAuth's word (`invalid_client`).
    pub fn of_refusal(error: &str, codes: &[String]) -> Self {
        codes
            .iter()
            .filter_map(|code| code.strip_prefix("AADSTS")?.parse().ok())
            .find_map(of_number)
            .unwrap_or(match error {
                "invalid_client" => Self::SecretWrong,
                "unauthorized_client" => Self::ApplicationUnknown,
                "invalid_grant" | "login_required" => Self::ConsentLapsed,
                "consent_required" => Self::ConsentMissing,
                "access_denied" => Self::ConsentDeclined,
                "interaction_required" => Self::MfaRequired,
                "invalid_resource" | "invalid_scope" => Self::WrongAudience,
                "temporarily_unavailable" | "server_error" => Self::ServerError,
                _ => Self::Other,
            })
    }

    /// What a fault of Partner Center means: by its code, else by its status.
    fn of_fault(status: u16, code: Option<&str>, description: Option<&str>) -> Self {
        match code.unwrap_or_default() {
            "900420" => return Self::WrongAudience,
            "900329" => return Self::AppOnlyUnsupported,
            "2032" | "900150" | "900308" => return Self::RoleMissing,
            "900309" => return Self::ConditionalAccess,
            "20002" => return Self::NoRelationship,
            "1000" | "60003" | "20003" => return Self::NotFound,
            "800003" | "900192" => return Self::ServerError,
            _ => {}
        }
        // From April 2026 on, Partner Center demands MFA of App+User calls; no number for that is documented.
        let mfa = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| word == "MFA")
        };
        match status {
            401 | 403 if description.is_some_and(mfa) => Self::MfaRequired,
            401 => Self::TokenRefused,
            403 => Self::RoleMissing,
            404 => Self::NotFound,
            408 | 504 => Self::Unreachable,
            500..=599 => Self::ServerError,
            _ => Self::Other,
        }
    }

    fn of_transport(kind: TransportKind) -> Self {
        match kind {
            TransportKind::Certificate => Self::Certificate,
            TransportKind::Connect | TransportKind::Timeout | TransportKind::Cut => Self::Unreachable,
        }
    }
}

/// Entra's number of an error, where it says more than OAuth's word.
fn of_number(number: u64) -> Option<Trouble> {
    Some(match number {
        7_000_222 => Trouble::SecretExpired,
        7_000_215 | 7_000_216 | 7_000_218 | 70_002 | 50_012 | 700_027 | 700_030 => Trouble::SecretWrong,
        90_002 | 90_019 | 900_023 | 50_059 | 50_128 => Trouble::TenantUnknown,
        90_038 | 90_043 | 50_049 | 1_000_104 => Trouble::CloudWrong,
        700_016 | 70_001 | 700_011 => Trouble::ApplicationUnknown,
        7_000_112..=7_000_114 => Trouble::ApplicationDisabled,
        50_001 | 500_011 | 500_014 | 650_052 | 650_054 => Trouble::ResourceMissing,
        65_001 | 65_005 | 650_056 | 650_057 | 90_008 | 90_094 | 90_095 => Trouble::ConsentMissing,
        65_004 => Trouble::ConsentDeclined,
        70_000 | 70_008 | 70_043 | 700_082 | 700_084 | 50_089 | 50_132 | 50_133 | 50_173 | 54_005 => {
            Trouble::ConsentLapsed
        }
        50_072 | 50_074 | 50_076 | 50_078 | 50_079 | 50_158 | 53_004 | 53_010 => Trouble::MfaRequired,
        50_005 | 50_097 | 50_129 | 50_131 | 50_155 | 53_000..=53_003 | 53_011 | 530_000..=530_099 => {
            Trouble::ConditionalAccess
        }
        50_014 | 50_020 | 50_034 | 51_004 | 16_000 | 16_003 | 500_208 => Trouble::UserUnknown,
        50_053 | 50_055 | 50_057 | 50_126 | 50_135 | 50_144 => Trouble::UserBlocked,
        50_105 => Trouble::UserNotAssigned,
        50_011 | 500_113 | 70_004 => Trouble::RedirectUnregistered,
        28_002 | 28_003 | 70_011 | 901_002 | 1_002_012 => Trouble::WrongAudience,
        500_133 | 700_024 | 80_013 => Trouble::ClockWrong,
        50_196 => Trouble::Throttled,
        50_000 | 50_033 | 90_006 | 90_012 | 90_024 | 90_033 => Trouble::ServerError,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(error: &str, codes: &[u64]) -> Trouble {
        let codes: Vec<_> = codes.iter().map(|code| format!("AADSTS{code}")).collect();
        Trouble::of_refusal(error, &codes)
    }

    #[test]
    fn every_code_leads_back_to_its_kind() {
        for trouble in Trouble::ALL {
            assert_eq!(Trouble::from_code(trouble.code()), Some(*trouble));
        }
        let codes: std::collections::HashSet<_> = Trouble::ALL.iter().map(|it| it.code()).collect();
        assert_eq!(codes.len(), Trouble::ALL.len());
        assert_eq!(Trouble::from_code("no-such-thing"), None);
    }

    #[test]
    fn entras_numbers_say_what_is_wrong() {
        for (number, trouble) in [
            (7_000_222, Trouble::SecretExpired),
            (7_000_215, Trouble::SecretWrong),
            (7_000_218, Trouble::SecretWrong),
            (700_016, Trouble::ApplicationUnknown),
            (7_000_112, Trouble::ApplicationDisabled),
            (500_011, Trouble::ResourceMissing),
            (500_014, Trouble::ResourceMissing),
            (90_002, Trouble::TenantUnknown),
            (900_023, Trouble::TenantUnknown),
            (90_038, Trouble::CloudWrong),
            (65_001, Trouble::ConsentMissing),
            (65_004, Trouble::ConsentDeclined),
            (700_082, Trouble::ConsentLapsed),
            (70_008, Trouble::ConsentLapsed),
            (700_084, Trouble::ConsentLapsed),
            (50_173, Trouble::ConsentLapsed),
            (50_076, Trouble::MfaRequired),
            (50_078, Trouble::MfaRequired),
            (50_079, Trouble::MfaRequired),
            (50_158, Trouble::MfaRequired),
            (53_003, Trouble::ConditionalAccess),
            (530_003, Trouble::ConditionalAccess),
            (50_034, Trouble::UserUnknown),
            (50_057, Trouble::UserBlocked),
            (50_105, Trouble::UserNotAssigned),
            (50_011, Trouble::RedirectUnregistered),
        ] {
            assert_eq!(refused("invalid_grant", &[number]), trouble, "{number}");
        }
    }

    #[test]
    fn an_unknown_number_leaves_it_to_oauths_word_and_the_next_number() {
        assert_eq!(refused("invalid_grant", &[1]), Trouble::ConsentLapsed);
        assert_eq!(refused("invalid_client", &[]), Trouble::SecretWrong);
        assert_eq!(
            refused("interaction_required", &[1, 53_003]),
            Trouble::ConditionalAccess
        );
        assert_eq!(refused("whatever", &[1]), Trouble::Other);
        assert_eq!(
            Trouble::of_refusal("x", &["AADSTS".to_owned(), "7000222".to_owned()]),
            Trouble::Other
        );
    }

    #[test]
    fn faults_of_partner_center_say_what_is_wrong() {
        let fault = |status: u16, code: Option<&str>, description: Option<&str>| {
            let (code, description) = (code.map(str::to_owned), description.map(str::to_owned));
            Trouble::of(&match status {
                401 => Error::Unauthorized { code, description },
                403 => Error::Forbidden { code, description },
                _ => Error::Fault {
                    status,
                    code,
                    description,
                },
            })
        };
        for (status, code, trouble) in [
            (401, "900420", Trouble::WrongAudience),
            (401, "800001", Trouble::TokenRefused),
            (401, "400", Trouble::TokenRefused),
            (403, "900329", Trouble::AppOnlyUnsupported),
            (403, "2032", Trouble::RoleMissing),
            (403, "900150", Trouble::RoleMissing),
            (403, "900308", Trouble::RoleMissing),
            (403, "900309", Trouble::ConditionalAccess),
            (403, "20002", Trouble::NoRelationship),
            (404, "1000", Trouble::NotFound),
            (500, "800003", Trouble::ServerError),
            (503, "", Trouble::ServerError),
            (400, "3000", Trouble::Other),
        ] {
            assert_eq!(fault(status, Some(code), None), trouble, "{status} {code}");
        }
        assert_eq!(
            fault(401, Some("900421"), Some("MFA required for this request.")),
            Trouble::MfaRequired
        );
        assert_eq!(fault(403, None, None), Trouble::RoleMissing);
    }
}
