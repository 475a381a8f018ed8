//! What a record says of the company that it is about, beside its name.
//!
//! Knows a record alone: which of several is the newest is the business of those who ask.

use super::{AuditRecord, json::Json};

/// Where the value of a customer's record names its primary domain.
const IN_VALUE: &[&[&str]] = &[&["CompanyProfile", "Domain"], &["Domain"], &["PrimaryDomainName"]];
/// No domain is longer, in characters.
const LONGEST: usize = 253;

/// The customer's primary domain, where a record of the customer itself (and not of an order, say) names it.
pub fn primary_domain(record: &AuditRecord) -> Option<String> {
    if &*record.resource_type.0 != "customer" {
        return None;
    }
    let value = || Json::of_value(record.resource_new_value.as_deref()?);
    let in_value = || {
        let value = value()?;
        let at = |path: &&[&str]| path.iter().try_fold(&value, |value, name| value.get(name));
        IN_VALUE.iter().find_map(|path| domain(at(path)?.text()?))
    };
    let told = record
        .customized_data
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("PrimaryDomainName"));
    told.and_then(|(_, text)| domain(text.as_deref()?))
        .or_else(in_value)
}

fn domain(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST && text.contains('.');
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(resource: &str, data: &str, value: &str) -> Option<String> {
        let record = serde_json::json!({
            "resourceType": resource,
            "customizedData": [{"key": "PrimaryDomainName", "value": data}],
            "resourceNewValue": value,
        });
        primary_domain(&AuditRecord::read(record.to_string()))
    }

    #[test]
    fn the_domain_is_taken_from_the_data_or_the_value_of_a_customers_record() {
        let profile = r#"{"CompanyProfile":{"Domain":"relecloud.example"}}"#;
        assert_eq!(of("customer", "a.example", profile).as_deref(), Some("a.example"));
        assert_eq!(of("customer", "", profile).as_deref(), Some("relecloud.example"));
        assert_eq!(
            of("customer", "", r#"{"domain":" b.example "}"#).as_deref(),
            Some("b.example")
        );
        assert_eq!(of("order", "a.example", profile), None);
        for odd in [
            "",
            "null",
            "[]",
            "{",
            r#"{"CompanyProfile":7}"#,
            r#"{"Domain":"nodot"}"#,
        ] {
            assert_eq!(of("customer", " ", odd), None, "{odd}");
        }
    }
}
