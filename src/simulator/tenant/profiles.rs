//! Company and billing profiles, as `add_customer` and profile updates carry them.

use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

use super::{guid, json::Object, names::Customer};

/// A billing profile; the etag changes with every update.
pub(super) fn billing(rng: &mut StdRng, customer: &Customer) -> String {
    const JAPAN: &[(&str, &str, &str)] = &[
        ("千代田区", "東京都", "100-0001"),
        ("北区", "大阪府", "530-0001"),
        ("中区", "愛知県", "460-0008"),
    ];
    const EUROPE: &[(&str, &str, &str)] = &[
        ("München", "Bayern", "80331"),
        ("Łódź", "łódzkie", "90-001"),
        ("Orléans", "Loiret", "45000"),
    ];
    let japanese = customer.country == "JP";
    let (city, state, code) = *if japanese {
        JAPAN.choose(rng)
    } else {
        EUROPE.choose(rng)
    }
    .expect("the lists are not empty");
    let (first, last) = if japanese {
        ("太郎", "山田")
    } else {
        ("Zoë", "D'Angelo")
    };
    let mail = format!("billing@{}", customer.domain);
    let address = Object::new()
        .raw("Id", "null")
        .text("Country", customer.country)
        .raw("Region", "null")
        .text("City", city)
        .text("State", state)
        .raw("District", "null")
        .text(
            "AddressLine1",
            &format!("{}-{}", rng.random_range(1..40), rng.random_range(1..20)),
        )
        .raw("AddressLine2", "null")
        .text("PostalCode", code)
        .text("FirstName", first)
        .text("LastName", last)
        .raw("PhoneNumber", "null")
        .done();
    let etag = Object::new()
        .text("Etag", &rng.random::<i64>().to_string())
        .text("ObjectType", "CustomerBillingProfile");
    Object::new()
        .text("Id", &guid(rng))
        .text("FirstName", first)
        .text("LastName", last)
        .text("Email", &mail)
        .text("Culture", if japanese { "ja-JP" } else { "en-GB" })
        .text("Language", if japanese { "ja" } else { "en" })
        .text("CompanyName", &customer.name)
        .raw("DefaultAddress", address)
        .raw("Attributes", etag.done())
        .done()
}

/// The value of `add_customer`, with the credentials whose password the service leaves empty.
pub(super) fn customer(rng: &mut StdRng, customer: &Customer) -> String {
    let company = Object::new()
        .text("TenantId", &customer.id)
        .text("Domain", &customer.domain)
        .text("CompanyName", &customer.name)
        .raw("Address", "null")
        .raw("Email", "null")
        .raw("OrganizationRegistrationNumber", "null")
        .raw("Attributes", r#"{"ObjectType":"CustomerCompanyProfile"}"#)
        .done();
    Object::new()
        .text("Id", &customer.id)
        .text("CommerceId", &guid(rng))
        .raw("CompanyProfile", company)
        .raw("BillingProfile", billing(rng, customer))
        .text("RelationshipToPartner", "reseller")
        .raw("AllowDelegatedAccess", true)
        .raw("UserCredentials", r#"{"userName":"admin","password":""}"#)
        .raw("AssociatedPartnerId", "null")
        .raw("CustomDomains", "null")
        .raw("Attributes", r#"{"ObjectType":"Customer"}"#)
        .done()
}
