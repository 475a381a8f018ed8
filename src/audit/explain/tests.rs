//! Explanations of whole records, by example and by property.

use serde_json::json;

use super::*;

mod limits;
mod orders;

/// A record with that new value and those pairs.
fn record(
    action: &str,
    resource: &str,
    old: Option<&str>,
    new: Option<&str>,
    data: &[(&str, Option<&str>)],
) -> AuditRecord {
    let data: Vec<_> = data
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    AuditRecord::read(
        json!({
            "partnerId": "3b33e682-00c3-41ee-9dd2-a548adf56438",
            "customerId": "0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
            "operationType": action,
            "resourceType": resource,
            "resourceOldValue": old,
            "resourceNewValue": new,
            "customizedData": data,
        })
        .to_string(),
    )
}

fn field(field: &str, value: &str) -> Phrase {
    Phrase::Field {
        field: field.into(),
        value: value.into(),
    }
}

fn fact(field: &str, value: &str) -> Fact {
    Fact {
        field: field.into(),
        value: value.into(),
    }
}

fn change(field: &str, old: &str, new: &str, delta: Option<&str>) -> Change {
    let some = |text: &str| Some(text.to_owned());
    Change {
        field: field.into(),
        old: some(old),
        new: some(new),
        delta: delta.map(Into::into),
        ..Change::default()
    }
}

#[test]
fn the_documented_licence_change_names_the_product_and_the_user() {
    let new = r#"{"LicensesToAssign":[{"ExcludedPlans":null,"SkuId":"efccb6f7-5641-4e0e-bd10-b4976e1bf68e"}],"LicensesToRemove":null,"LicenseWarnings":[],"Attributes":{"ObjectType":"LicenseUpdate"}}"#;
    let data = [
        ("CustomerUserId", Some("482e2152-4b49-48ec-b715-823365ce3d4c")),
        ("AddedLicenseSkuId", Some("efccb6f7-5641-4e0e-bd10-b4976e1bf68e")),
    ];
    let out = explain(&record(
        "update_customer_user_licenses",
        "license",
        None,
        Some(new),
        &data,
    ));
    assert_eq!(
        out,
        Explanation {
            deed: out.deed.clone(),
            essentials: vec![
                Phrase::LicencesAdded(vec!["Enterprise Mobility + Security E3".into()]),
                Phrase::ForUser("482e2152…".into()),
            ],
            licences: Some(Licences {
                user: Some("482e2152-4b49-48ec-b715-823365ce3d4c".into()),
                added: vec![Licence {
                    sku_id: "efccb6f7-5641-4e0e-bd10-b4976e1bf68e".into(),
                    product: Some("Enterprise Mobility + Security E3"),
                    excluded_plans: Vec::new(),
                }],
                ..Licences::default()
            }),
            ..Explanation::default()
        }
    );
}

#[test]
fn a_licence_change_without_value_still_names_the_user() {
    let data = [("CustomerUserId", Some("933808c7-b165-496c-a24e-1a4b7846fab4"))];
    let out = explain(&record(
        "update_customer_user_licenses",
        "license",
        None,
        None,
        &data,
    ));
    assert_eq!(out.essentials, [Phrase::ForUser("933808c7…".into())]);
    assert!(out.facts.is_empty() && out.other_data.is_empty());
}

#[test]
fn licences_tell_what_was_removed_left_out_and_warned_of() {
    let new = r#"{"licensesToAssign":[{"skuId":"05E9A617-0261-4CEE-BB44-138D3EF5D965","excludedPlans":["p1","p2"]}],
        "licensesToRemove":["6fd2c87f-b296-42f0-b197-1e91e994b900","11111111-2222-3333-4444-555555555555"],
        "licenseWarnings":[{"code":"depends","message":"Depends on another"}]}"#;
    let data = [
        ("UserPrincipalName", Some("taro@contoso.com")),
        ("AddedLicenseSkuId", Some("other")),
    ];
    let out = explain(&record(
        "update_customer_user_licenses",
        "license",
        None,
        Some(new),
        &data,
    ));
    let all = out.licences.unwrap();
    assert_eq!(all.added[0].excluded_plans, ["p1", "p2"]);
    assert_eq!(all.removed[0].product, Some("Office 365 E3"));
    assert_eq!(all.removed[1].product, None);
    assert_eq!(all.warnings, ["Depends on another"]);
    assert_eq!(all.user.as_deref(), Some("taro@contoso.com"));
    assert_eq!(
        out.other_data,
        [("AddedLicenseSkuId".to_owned(), Some("other".to_owned()))]
    );
    assert_eq!(
        out.essentials,
        [
            Phrase::LicencesAdded(vec!["Microsoft 365 E3".into()]),
            Phrase::LicencesRemoved(vec!["Office 365 E3".into(), "11111111…".into()]),
            Phrase::ForUser("taro@contoso.com".into()),
        ]
    );
}

#[test]
fn a_subscription_tells_its_changes_weightiest_first() {
    let old = r#"{"Id":"a","FriendlyName":"E3","CommitmentEndDate":"2020","AutoRenewEnabled":true,"Status":"active","Quantity":25}"#;
    let new = r#"{"Id":"a","FriendlyName":"E3","CommitmentEndDate":"2021","AutoRenewEnabled":false,"Status":"suspended","Quantity":30}"#;
    let out = explain(&record(
        "update_subscription",
        "subscription",
        Some(old),
        Some(new),
        &[("Quantity", Some("30"))],
    ));
    assert_eq!(
        out.essentials,
        [
            Phrase::Product {
                name: "E3".into(),
                quantity: None,
                more: 0
            },
            Phrase::Change(change("Quantity", "25", "30", Some("+5"))),
            Phrase::Change(change("Status", "active", "suspended", None)),
            Phrase::Change(change("AutoRenewEnabled", "true", "false", None)),
            Phrase::MoreChanges(1),
        ]
    );
    assert!(out.changes.old_recorded && out.facts.is_empty() && out.other_data.is_empty());
}

#[test]
fn a_subscription_of_pairs_alone_is_told() {
    let data = [
        ("SubscriptionId", Some("488745B5-2086-4912-802C-6ABB9F7C3638")),
        ("SubscriptionName", Some("Office 365 E1")),
        ("Quantity", Some("7")),
        ("Status", Some("suspended")),
        ("PartnerOnRecord", None),
    ];
    let out = explain(&record("update_subscription", "subscription", None, None, &data));
    assert_eq!(
        out.essentials,
        [
            Phrase::Product {
                name: "Office 365 E1".into(),
                quantity: Some("7".into()),
                more: 0
            },
            field("Status", "suspended"),
        ]
    );
    assert_eq!((out.facts.len(), out.other_data.len()), (4, 0));
}

#[test]
fn the_documented_customer_hides_nothing_but_secrets() {
    let new = r#"{"Id":"0c39d6d5-c70d-4c55-bc02-f620844f3fd1","CommerceId":"9dd78b4f","CompanyProfile":{"TenantId":"0c39d6d5-c70d-4c55-bc02-f620844f3fd1","Domain":"Test.onmicrosoft.com","Email":null,"Attributes":{"ObjectType":"p"}},"RelationshipToPartner":"reseller","AllowDelegatedAccess":true,"UserCredentials":{"userName":"admin","password":"hunter2"}}"#;
    let data = [
        ("PrimaryDomainName", Some("Test.onmicrosoft.com")),
        ("Relationship", Some("Reseller")),
    ];
    let out = explain(&record("add_customer", "customer", None, Some(new), &data));
    assert_eq!(
        out.facts,
        [
            fact("CommerceId", "9dd78b4f"),
            fact("CompanyProfile.Domain", "Test.onmicrosoft.com"),
            fact("RelationshipToPartner", "reseller"),
            fact("AllowDelegatedAccess", "true"),
            fact("UserCredentials.userName", "admin"),
            fact("UserCredentials.password", "••••"),
        ]
    );
    assert!(out.other_data.is_empty());
    assert_eq!(
        out.essentials,
        [
            field("PrimaryDomainName", "Test.onmicrosoft.com"),
            field("Relationship", "reseller")
        ]
    );
}

#[test]
fn users_relationships_and_unknown_things_are_called_by_their_names() {
    let gist = |action: &str, resource: &str, new: &str, data: &[(&str, Option<&str>)]| {
        explain(&record(action, resource, None, Some(new), data)).essentials
    };
    assert_eq!(
        gist(
            "create_customer_user",
            "customer_user",
            r#"{"UserPrincipalName":"a@b.c","DisplayName":"A"}"#,
            &[]
        ),
        [field("UserPrincipalName", "a@b.c")]
    );
    assert_eq!(
        gist(
            "reset_customer_user_password",
            "customer_user",
            "{}",
            &[("CustomerUserId", Some("482e2152-4b49-48ec-b715-823365ce3d4c"))]
        ),
        [Phrase::ForUser("482e2152…".into())]
    );
    assert_eq!(
        gist(
            "granular_admin_relationship_approved",
            "granular_admin_relationship",
            r#"{"id":"x","displayName":"Contoso GDAP","duration":"P730D","accessDetails":{"unifiedRoles":[{"roleDefinitionId":"a"},{"roleDefinitionId":"b"}]}}"#,
            &[],
        ),
        [
            field("RelationshipName", "Contoso GDAP"),
            field("Duration", "P730D"),
            field("UnifiedRoles", "2")
        ]
    );
    assert_eq!(
        gist(
            "some_new_operation",
            "some_new_thing",
            r#"{"Zeta":{"Eta":1}}"#,
            &[("Theta", Some("x"))]
        ),
        [field("Zeta.Eta", "1"), field("Theta", "x")]
    );
}

#[test]
fn secrets_are_masked_everywhere_and_their_change_is_told() {
    let (old, new) = (
        r#"{"ClientSecret":"one-secret","KeyId":"k1"}"#,
        r#"{"ClientSecret":"two-secret","KeyId":"k1"}"#,
    );
    let data = [
        ("Password", Some("three-secret")),
        ("Note", Some(r#"{"KeyValue":"four-secret"}"#)),
    ];
    let out = explain(&record(
        "add_application_credential",
        "application_credential",
        Some(old),
        Some(new),
        &data,
    ));
    assert_eq!(
        out.changes.changed,
        [change("ClientSecret", "••••", "••••", None)]
    );
    assert!(!format!("{out:?}").contains("-secret"));
    let cut = explain(&record("x", "y", None, Some(r#"{"Password":"five-secret"#), &[]));
    assert!(!format!("{cut:?}").contains("five-secret"));
}

#[test]
fn what_is_told_as_old_or_as_the_row_itself_is_not_told_again() {
    let (old, new) = (
        r#"{"UserPrincipalName":"a@b.c"}"#,
        r#"{"UserPrincipalName":"new.a@b.c"}"#,
    );
    let data = [("UserPrincipalName", Some("a@b.c"))];
    let out = explain(&record(
        "update_customer_user_principal_name",
        "customer_user",
        Some(old),
        Some(new),
        &data,
    ));
    assert_eq!(
        out.essentials,
        [Phrase::Change(change(
            "UserPrincipalName",
            "a@b.c",
            "new.a@b.c",
            None
        ))]
    );
    assert!(out.facts.is_empty() && out.other_data.is_empty());

    let same_name = AuditRecord::read(
        json!({
            "customerName": "Relecloud",
            "operationType": "update_customer_billing_profile",
            "resourceType": "customer",
            "resourceNewValue": r#"{"CompanyName":"Relecloud"}"#,
        })
        .to_string(),
    );
    assert!(explain(&same_name).essentials.is_empty());
}

#[test]
fn members_that_this_version_does_not_know_are_other_data() {
    let out = explain(&AuditRecord::read(
        r#"{"partnerId":"p","participants":["p"],"links":{},"channel":{"Name":"portal","AccessToken":"x"},"apiKey":"y"}"#,
    ));
    assert_eq!(
        out.other_data,
        [
            (
                "channel".to_owned(),
                Some(r#"{"Name":"portal","AccessToken":"••••"}"#.to_owned())
            ),
            ("apiKey".to_owned(), Some("••••".to_owned())),
        ]
    );
}

#[test]
fn a_member_that_one_side_leaves_out_is_not_told_as_switched() {
    let verb = |old: &str, new: &str| {
        explain(&record(
            "update_subscription",
            "subscription",
            Some(old),
            Some(new),
            &[],
        ))
        .deed
        .verb
    };
    let both = verb(r#"{"Status":"pending"}"#, r#"{"Status":"active"}"#);
    assert_eq!(both, Some("activate_subscription"));
    for (old, new) in [
        (r#"{"Id":"s"}"#, r#"{"Id":"s","Status":"active"}"#),
        (r#"{"Id":"s"}"#, r#"{"Id":"s","AutoRenewEnabled":true}"#),
    ] {
        assert_eq!(verb(old, new), Some("update_subscription"), "{new}");
    }
}
