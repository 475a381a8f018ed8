//! The export of the log as the API's document describes it. People and programs ask for it at the same address, so it is
//! served beside the pages.

use utoipa::openapi::{
    Content, RefOr, Required, Response as Answer, Schema, SecurityRequirement,
    path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
    response::ResponseBuilder,
    schema::ObjectBuilder,
};

use super::{
    document::{demands, refusals},
    schemas::{day, string},
};
use crate::{
    audit::selection::FilterKey,
    export::{Columns, Format, Rows},
    i18n::Lang,
    store::Right,
};

/// Where it is.
pub(super) const PATH: &str = "/activity/export";

pub(super) fn describe(lang: Lang) -> Operation {
    let operation = OperationBuilder::new()
        .operation_id(Some("exportLog"))
        .summary(Some(lang.t("api-log")))
        .description(Some(lang.t("api-log-text")))
        .securities(Some(
            demands(Right::Export).map(|(scheme, right)| SecurityRequirement::new(scheme, [right])),
        ))
        .parameters(Some(parameters(lang)))
        .response("200", file(lang))
        .response(
            "303",
            ResponseBuilder::new()
                .description(lang.t("api-status-303"))
                .build(),
        );
    refusals(false)
        .into_iter()
        .fold(operation, |operation, (status, answer)| {
            operation.response(status, answer)
        })
        .build()
}

fn parameters(lang: Lang) -> Vec<Parameter> {
    let one = |name: &str, key: &str, schema: ObjectBuilder| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(lang.t(key)))
            .schema(Some(schema))
            .build()
    };
    let of = |names: &[&'static str]| {
        let first = names.first().copied().unwrap_or_default();
        string()
            .enum_values(Some(names.to_vec()))
            .default(Some(first.into()))
    };
    let mut all = vec![
        one("from", "api-log-from", day().examples(["2024-01-01"])),
        one("to", "api-log-to", day().examples(["2024-12-31"])),
        one("tz", "api-log-tz", string().examples(["Asia/Tokyo"])),
        one("q", "api-log-q", string()),
    ];
    all.extend(FilterKey::ALL.map(|key| one(key.name(), "api-log-filter", string())));
    all.extend([
        one(
            "format",
            "api-log-format",
            of(&Format::ALL.map(Format::name)).examples(["ndjson"]),
        ),
        one("rows", "api-log-rows", of(&Rows::ALL.map(Rows::name))),
        one("columns", "api-log-columns", of(&Columns::ALL.map(Columns::name))),
        one(
            "lang",
            "api-log-lang",
            string().examples(Lang::ALL.map(Lang::tag)),
        ),
    ]);
    all
}

/// A file of one of the formats.
fn file(lang: Lang) -> Answer {
    let bytes = || {
        RefOr::T(Schema::from(string().format(Some(
            utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Binary),
        ))))
    };
    Format::ALL
        .into_iter()
        .fold(
            ResponseBuilder::new().description(lang.t("api-status-200-log")),
            |answer, format| {
                // What stands behind the type is no part of it.
                let kind = format.content_type().split(';').next().unwrap_or_default();
                answer.content(kind, Content::new(Some(bytes())))
            },
        )
        .build()
}
