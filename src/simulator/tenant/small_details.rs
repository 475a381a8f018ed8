//! The details of operations whose records say little: an id, a status, an amount.

use rand::{Rng, seq::IndexedRandom};

use super::{draft::Draft, generator::Generator, guid, operations::Details};

impl Generator {
    /// Operations whose records say little.
    pub(super) fn small(&mut self, customer: usize, kind: Details) -> Draft {
        let id = guid(&mut self.rng);
        let number = self.rng.random_range(100_000..999_999).to_string();
        let amount = self.rng.random_range(1..200) * 100;
        let (keys, value): (Vec<(&str, String)>, Option<String>) = match kind {
            Details::Qualification => (
                vec![("Qualification", "Education".into())],
                Some(r#"{"Qualification":"Education","VettingStatus":"InReview"}"#.into()),
            ),
            Details::SpendingBudget => (
                vec![("Amount", amount.to_string())],
                Some(format!(r#"{{"Amount":{amount}.0}}"#)),
            ),
            Details::Mpn => (
                vec![("MpnId", number.clone())],
                Some(format!(r#"{{"MpnId":"{number}"}}"#)),
            ),
            Details::Transfer => (
                vec![("TransferId", id.clone()), ("Status", "pending".into())],
                None,
            ),
            Details::Application => (
                vec![("ApplicationId", id.clone())],
                Some(format!(
                    r#"{{"AppId":"{id}","DisplayName":"Licence automation"}}"#
                )),
            ),
            Details::PartnerUser => {
                let person = self.people.choose(&mut self.rng).expect("the partner has people");
                (
                    vec![
                        ("PartnerUserId", id.clone()),
                        ("UserPrincipalName", person.user_principal_name.clone()),
                    ],
                    None,
                )
            }
            Details::Referral => (
                vec![
                    ("ReferralId", id.clone()),
                    ("Status", "Active".into()),
                    ("CustomerName", self.customers[customer].name.clone()),
                ],
                None,
            ),
            Details::Invoice => (
                vec![
                    ("InvoiceId", format!("G{number}")),
                    ("CurrencyCode", "JPY".into()),
                ],
                None,
            ),
            Details::Agreement => (
                vec![
                    ("AgreementType", "MicrosoftCustomerAgreement".into()),
                    ("AgreementId", id.clone()),
                ],
                None,
            ),
            Details::Policy => (vec![("PolicyId", id.clone())], None),
            Details::Credit => (
                vec![("CreditId", id.clone()), ("Amount", amount.to_string())],
                None,
            ),
            Details::RoleMember => {
                let user = self.user_of(customer);
                (
                    vec![
                        ("RoleName", "Helpdesk Administrator".into()),
                        ("MemberId", user.id),
                        ("MemberUserPrincipalName", user.user_principal_name),
                    ],
                    None,
                )
            }
            Details::Device => (
                vec![("BatchId", format!("batch-{number}")), ("DeviceId", id.clone())],
                None,
            ),
            Details::Fraud => (
                vec![
                    ("SubscriptionId", id.clone()),
                    ("EventType", "NetworkConnectionsToCryptoMiningPools".into()),
                ],
                None,
            ),
            Details::Migration => (vec![("MigrationId", id.clone()), ("Quantity", number)], None),
            _ => (Vec::new(), None),
        };
        let data = keys
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Some(value)))
            .collect();
        Draft {
            resource_id: Some(id),
            new_value: value,
            data,
            old_value: None,
        }
    }
}
