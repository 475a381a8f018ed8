//! What the API can do: a table from which both its routes and its document are made, so that neither has what the other
//! lacks.

use axum::routing::{MethodRouter, get};
use utoipa::openapi::{
    Content, RefOr, Required, Schema, SecurityRequirement,
    path::{Operation as Described, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
    response::{Response as Answer, ResponseBuilder},
};

use super::{
    ApiState, document, log, query,
    query::{CONTINUATION, END_DATE, FILTER, FLAT_FILTER, PREFIX, SEEK, SEEK_OPERATION, SIZE, START_DATE},
    records,
    schemas::{self, day, reference, size, string},
};
use crate::{
    i18n::{Arg, Lang},
    store::Right,
};

/// One thing that can be asked for.
pub(super) struct Operation {
    pub path: &'static str,
    /// Other addresses at which clients ask for the same.
    pub also: &'static [&'static str],
    /// Nothing where it is served beside the pages.
    pub handler: Option<fn() -> MethodRouter<ApiState>>,
    pub describe: fn(Lang) -> Described,
}

pub(super) const OPERATIONS: [Operation; 6] = [
    Operation {
        path: "/v1/auditrecords",
        // A client that joins a base URL ending in a slash with the path asks like this.
        also: &["/v1//auditrecords"],
        handler: Some(|| get(records::list)),
        describe: |lang| list(lang, "listRecords", "api-list", &own_parameters(lang)),
    },
    Operation {
        path: "/v1/auditrecords/{id}",
        also: &[],
        handler: Some(|| get(records::one)),
        describe: |lang| one(lang, "getRecord", "api-one"),
    },
    Operation {
        path: "/auditactivity/v1/auditrecords",
        also: &[],
        handler: Some(|| get(records::list)),
        describe: |lang| list(lang, "listActivity", "api-flat", &flat_parameters(lang)),
    },
    Operation {
        path: "/auditactivity/v1/auditrecords/{id}",
        also: &[],
        handler: Some(|| get(records::one)),
        describe: |lang| one(lang, "getActivity", "api-flat-one"),
    },
    Operation {
        path: log::PATH,
        also: &[],
        handler: None,
        describe: log::describe,
    },
    Operation {
        path: document::PATH,
        also: &[],
        handler: Some(|| get(document::serve)),
        describe: this,
    },
];

/// A parameter that may be left out.
fn parameter(lang: Lang, place: ParameterIn, name: &str, key: &str, schema: impl Into<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(lang.t(key)))
        .schema(Some(schema.into()))
        .build()
}

fn asked(lang: Lang, name: &str, key: &str, schema: impl Into<Schema>) -> Parameter {
    parameter(lang, ParameterIn::Query, name, key, schema)
}

fn first_day(lang: Lang, name: &str) -> Parameter {
    let schema = day().examples(["2024-01-01"]);
    let mut parameter = asked(lang, name, "api-parameter-startdate", schema);
    let days = Arg::Number(query::DEFAULT_DAYS.cast_signed());
    parameter.description = Some(lang.t_with("api-parameter-startdate", &[("n", days)]));
    parameter
}

/// The parameters of `/v1/auditrecords`.
fn own_parameters(lang: Lang) -> Vec<Parameter> {
    let mut filter = Content::new(Some(reference("Filter")));
    filter.example =
        Some(serde_json::json!({"Field": "CompanyName", "Value": "fabrikam", "Operator": "substring"}));
    let filter = ParameterBuilder::new()
        .name(FILTER)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(lang.t("api-parameter-filter")))
        .content("application/json", filter)
        .build();
    vec![
        first_day(lang, START_DATE),
        asked(
            lang,
            END_DATE,
            "api-parameter-enddate",
            day().examples(["2024-12-31"]),
        ),
        asked(lang, SIZE, "api-parameter-size", size().examples([5_000])),
        filter,
        asked(lang, SEEK_OPERATION, "api-parameter-seekoperation", string()),
        asked(lang, CONTINUATION, "api-parameter-continuation", string()),
    ]
}

/// The parameters of `/auditactivity/v1/auditrecords`.
fn flat_parameters(lang: Lang) -> Vec<Parameter> {
    let flat = |name: &str, key: &str, schema: utoipa::openapi::ObjectBuilder| {
        asked(lang, &format!("{PREFIX}{name}"), key, schema)
    };
    // An empty one is as if it were left out.
    let names = query::fields().map(|(name, _)| name).chain([""]);
    let operators = query::OPERATORS.into_iter().chain([""]);
    let [field, value, operator] = FLAT_FILTER;
    vec![
        first_day(lang, &format!("{PREFIX}{START_DATE}")),
        flat(END_DATE, "api-parameter-enddate", day().examples(["2024-12-31"])),
        flat(SIZE, "api-parameter-size", size().examples([5_000])),
        flat(
            field,
            "api-parameter-filter-field",
            string().enum_values(Some(names)).examples(["OperationStatus"]),
        ),
        flat(value, "api-parameter-filter-value", string().examples(["failed"])),
        flat(
            operator,
            "api-parameter-filter-operator",
            string().enum_values(Some(operators)).examples(["equals"]),
        ),
        asked(lang, SEEK_OPERATION, "api-parameter-seekoperation", string()),
        asked(lang, SEEK, "api-parameter-continuation", string()),
    ]
}

/// Headers that every operation on records takes.
fn sent(lang: Lang) -> Vec<Parameter> {
    [
        ("If-None-Match", "api-parameter-if-none-match"),
        ("MS-RequestId", "api-parameter-requestid"),
        ("MS-CorrelationId", "api-parameter-correlationid"),
    ]
    .map(|(name, key)| parameter(lang, ParameterIn::Header, name, key, string()))
    .into()
}

/// What all operations on records have in common.
fn described(lang: Lang, id: &str, key: &str, of_a_record: bool) -> OperationBuilder {
    let unchanged = ResponseBuilder::new().description(lang.t("api-status-304"));
    let mut unchanged: Answer = unchanged.build();
    unchanged.headers = document::headers(lang, &["ETag", "Cache-Control"]);
    let operation = OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some(lang.t(key)))
        .description(Some(lang.t(&format!("{key}-text"))))
        .securities(Some(
            document::demands(Right::Read).map(|(scheme, right)| SecurityRequirement::new(scheme, [right])),
        ))
        .response("304", unchanged);
    document::refusals(of_a_record)
        .into_iter()
        .fold(operation, |operation, (status, answer)| {
            operation.response(status, answer)
        })
}

fn answered(lang: Lang, key: &str, schema: RefOr<Schema>, example: serde_json::Value) -> Answer {
    let mut content = Content::new(Some(schema));
    content.example = Some(example);
    let mut answer = ResponseBuilder::new()
        .description(lang.t(key))
        .content("application/json", content)
        .build();
    answer.headers = document::headers(lang, &["ETag", "Cache-Control"]);
    answer
}

fn list(lang: Lang, id: &str, key: &str, parameters: &[Parameter]) -> Described {
    let collection = answered(
        lang,
        "api-status-200-list",
        reference("Collection"),
        schemas::example_collection(),
    );
    let place = parameter(
        lang,
        ParameterIn::Header,
        CONTINUATION,
        "api-parameter-continuation",
        string(),
    );
    described(lang, id, key, false)
        .parameters(Some(parameters.iter().cloned().chain([place]).chain(sent(lang))))
        .response("200", collection)
        .build()
}

fn one(lang: Lang, id: &str, key: &str) -> Described {
    let schema = utoipa::openapi::schema::AnyOfBuilder::new()
        .item(reference("AuditRecord"))
        .item(utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::Null));
    let schema = RefOr::T(Schema::AnyOf(schema.build()));
    let record = answered(lang, "api-status-200-one", schema, schemas::example_record());
    let id_parameter = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(lang.t("api-parameter-id")))
        .schema(Some(
            string()
                .min_length(Some(1))
                .examples([schemas::example_record()["id"].clone()]),
        ))
        .build();
    described(lang, id, key, true)
        .parameters(Some([id_parameter].into_iter().chain(sent(lang))))
        .response("200", record)
        .build()
}

/// The document itself.
fn this(lang: Lang) -> Described {
    let schema = utoipa::openapi::ObjectBuilder::new();
    let answer = ResponseBuilder::new()
        .description(lang.t("api-document"))
        .content("application/json", Content::new(Some(Schema::from(schema))))
        .build();
    OperationBuilder::new()
        .operation_id(Some("getDocument"))
        .summary(Some(lang.t("api-document")))
        .description(Some(lang.t("api-document-text")))
        .securities(Some([SecurityRequirement::default()]))
        .response("200", answer)
        .build()
}
