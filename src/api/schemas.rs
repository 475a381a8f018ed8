//! What goes in and comes out, as JSON Schema: the collection as Partner Center shapes it, a record as documented, faults.
//!
//! Records are answered as they were received. What the documents say of them is told, and nothing is promised.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::{
    Ref, RefOr, Schema, Type,
    schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, SchemaType},
};

use super::query::{DEFAULT_SIZE, LARGEST_SIZE, fields};
use crate::i18n::Lang;

/// A record as the documents show it.
pub(super) fn example_record() -> Value {
    json!({
        "id": "9daaeb1c-4195-4db5-9f1d-509eb70c8c2d_e905b566-4779-4e57-944c-7b1b5312705b_updatecustomeruserlicenses_637346859797753934",
        "partnerId": "9daaeb1c-4195-4db5-9f1d-509eb70c8c2d",
        "customerId": "e905b566-4779-4e57-944c-7b1b5312705b",
        "customerName": "Fabrikam",
        "userPrincipalName": "admin@contoso.onmicrosoft.com",
        "applicationId": "FulfillmentService",
        "resourceType": "license",
        "operationType": "update_customer_user_licenses",
        "originalCorrelationId": "96514ebe-c1b2-4865-cb46-2c2d20a2e911",
        "operationDate": "2020-09-02T23:26:19.7753934Z",
        "operationStatus": "succeeded",
        "customizedData": [{"key": "CustomerUserId", "value": "933808c7-b165-496c-a24e-1a4b7846fab4"}],
        "attributes": {"objectType": "AuditRecord"},
    })
}

/// A page with that record, and a next one.
pub(super) fn example_collection() -> Value {
    let uri = "/auditrecords?startDate=2020-09-02&endDate=2020-09-02&size=1";
    let token = "b0jHmzM0b9gIAAAAAAAAAAE.5f1d2c3b4a5e";
    json!({
        "totalCount": 1,
        "items": [example_record()],
        "links": {
            "self": {"uri": uri, "method": "GET", "headers": []},
            "next": {
                "uri": format!("{uri}&seekOperation=Next"),
                "method": "GET",
                "headers": [{"key": "MS-ContinuationToken", "value": token}],
            },
        },
        "continuationToken": token,
        "attributes": {"objectType": "Collection"},
    })
}

pub(super) fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn typed(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

pub(super) fn string() -> ObjectBuilder {
    typed(Type::String)
}

fn object() -> ObjectBuilder {
    typed(Type::Object)
}

/// Days as they are read: only the date counts, and nothing is as if it were left out.
pub(super) fn day() -> ObjectBuilder {
    string().pattern(Some(
        r"^(\s*([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4})([ Tt].*)?\s*)?$",
    ))
}

/// How many records a page has.
pub(super) fn size() -> ObjectBuilder {
    typed(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(LARGEST_SIZE))
        .default(Some(DEFAULT_SIZE.into()))
}

/// The members of a record that the documents name, in their order, each with its type and an example.
const MEMBERS: [&str; 17] = [
    "id",
    "partnerId",
    "customerId",
    "customerName",
    "userPrincipalName",
    "applicationId",
    "sessionId",
    "participants",
    "resourceType",
    "resourceOldValue",
    "resourceNewValue",
    "operationType",
    "originalCorrelationId",
    "operationDate",
    "operationStatus",
    "customizedData",
    "attributes",
];

pub(super) fn all(lang: Lang) -> BTreeMap<String, RefOr<Schema>> {
    let named = [
        ("Collection", collection(lang)),
        ("AuditRecord", record(lang)),
        ("Links", links(lang)),
        ("Link", link(lang)),
        ("KeyValuePair", pair()),
        ("Filter", filter(lang)),
        ("Fault", fault(lang)),
        ("InvalidRequest", invalid_request()),
        ("Throttled", throttled()),
    ];
    named
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), RefOr::T(schema)))
        .collect()
}

fn collection(lang: Lang) -> Schema {
    let items = ArrayBuilder::new().items(reference("AuditRecord"));
    object()
        .description(Some(lang.t("api-schema-collection")))
        .property(
            "totalCount",
            typed(Type::Integer)
                .minimum(Some(0))
                .description(Some(lang.t("api-member-totalcount"))),
        )
        .property("items", items)
        .property("links", reference("Links"))
        .property(
            "continuationToken",
            string().description(Some(lang.t("api-member-continuationtoken"))),
        )
        .property("attributes", attributes("Collection"))
        .required("totalCount")
        .required("items")
        .required("links")
        .required("attributes")
        .into()
}

fn attributes(kind: &str) -> ObjectBuilder {
    object()
        .property("objectType", string().examples([kind]))
        .required("objectType")
}

fn record(lang: Lang) -> Schema {
    let example = example_record();
    let members = MEMBERS.into_iter().fold(object(), |record, name| {
        let example = example.get(name).cloned();
        let key = format!("api-member-{}", name.to_ascii_lowercase());
        // Any type: what was received is answered.
        let member = ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some(lang.t(&key)))
            .examples(example);
        record.property(name, member)
    });
    members.description(Some(lang.t("api-schema-record"))).into()
}

fn links(lang: Lang) -> Schema {
    object()
        .description(Some(lang.t("api-schema-links")))
        .property("self", reference("Link"))
        .property("next", reference("Link"))
        .required("self")
        .into()
}

fn link(lang: Lang) -> Schema {
    object()
        .description(Some(lang.t("api-schema-link")))
        .property("uri", string())
        .property("method", string().examples(["GET"]))
        .property("headers", ArrayBuilder::new().items(reference("KeyValuePair")))
        .required("uri")
        .required("method")
        .required("headers")
        .into()
}

fn pair() -> Schema {
    object()
        .property("key", string())
        .property("value", string())
        .required("key")
        .required("value")
        .into()
}

/// What can be filtered by: for each set of operators the fields that take it.
fn filter(lang: Lang) -> Schema {
    let mut sets: Vec<(&[&str], Vec<&str>)> = Vec::new();
    for (name, operators) in fields() {
        match sets.iter_mut().find(|(set, _)| *set == operators) {
            Some((_, names)) => names.push(name),
            None => sets.push((operators, vec![name])),
        }
    }
    let any = sets
        .into_iter()
        .fold(AnyOfBuilder::new(), |any, (operators, names)| {
            let one = object()
                .property("Field", string().enum_values(Some(names)))
                .property("Value", string().pattern(Some(r"\S")))
                .property("Operator", string().enum_values(Some(operators.to_vec())))
                .required("Field")
                .required("Value")
                .required("Operator");
            any.item(Schema::from(one))
        });
    any.description(Some(lang.t("api-schema-filter"))).into()
}

fn fault(lang: Lang) -> Schema {
    object()
        .description(Some(lang.t("api-schema-fault")))
        .property("code", string())
        .property("description", string())
        .property("data", ArrayBuilder::new().items(string()))
        .property("source", string())
        .required("code")
        .required("description")
        .required("data")
        .required("source")
        .into()
}

fn invalid_request() -> Schema {
    object().property("message", string()).required("message").into()
}

fn throttled() -> Schema {
    object()
        .property("statusCode", typed(Type::Integer))
        .property("message", string())
        .required("statusCode")
        .required("message")
        .into()
}
