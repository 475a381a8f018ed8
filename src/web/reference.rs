//! `GET /help/api`: the document of the API as a page. What it says is in the document; nothing is said here again.

use askama::Template;
use axum::{extract::State, response::Html};
use serde_json::Value;
use utoipa::openapi::{
    Components, Content, OpenApi, RefOr, Required, Response, Schema,
    path::{Operation, Parameter, ParameterIn},
    schema::Object,
    security::SecurityScheme,
};

use super::{AppState, Error, PageContext, Viewer, page::html};
use crate::{
    api::document,
    config::{Settings, SignIn},
};

/// `GET /help/api`.
pub async fn show(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
) -> Result<Html<String>, Error> {
    html(&ReferencePage::new(
        &document(context.lang),
        &state.settings,
        &context,
    ))
}

/// A text of the document in pieces: names of the API stand in backticks.
struct Text(Vec<(bool, String)>);

impl Text {
    fn of(text: Option<&str>) -> Self {
        let pieces = text.unwrap_or_default().split('`').enumerate();
        Self(
            pieces
                .filter(|(_, piece)| !piece.is_empty())
                .map(|(n, piece)| (n % 2 == 1, piece.to_owned()))
                .collect(),
        )
    }
}

#[derive(Template)]
#[template(path = "help/api.html")]
struct ReferencePage<'a> {
    ctx: &'a PageContext,
    intro: Text,
    /// Name, and what it is.
    schemes: Vec<(String, Text)>,
    /// How an application gets a token of Entra's, where that is the provider.
    entra: Option<String>,
    operations: Vec<Asked>,
    faults: Vec<Answered>,
    /// Fields, and the operators that they take.
    filters: Vec<(Vec<String>, Vec<String>)>,
    record: Text,
    members: Vec<Member>,
}

/// Something that can be asked for.
struct Asked {
    id: String,
    summary: String,
    path: String,
    text: Text,
    curl: String,
    parameters: Vec<Taken>,
    answers: Vec<Answered>,
}

struct Taken {
    name: String,
    place: String,
    /// Values that it can have, each a name or a number.
    values: Vec<String>,
    /// What holds where it is left out, or that it cannot be.
    remark: Option<String>,
    meaning: Text,
}

struct Answered {
    status: String,
    meaning: Text,
    headers: Vec<String>,
    examples: Vec<String>,
}

struct Member {
    name: String,
    meaning: Text,
    example: Option<String>,
}

impl<'a> ReferencePage<'a> {
    fn new(document: &OpenApi, settings: &Settings, ctx: &'a PageContext) -> Self {
        let none = Components::new();
        let components = document.components.as_ref().unwrap_or(&none);
        let operations = document.paths.paths.iter();
        let operations: Vec<_> = operations
            .filter_map(|(path, item)| Some((path, item.get.as_ref()?)))
            .collect();
        let refused = |operation: &&Operation| {
            let all = &operation.responses.responses;
            all.values().any(|answer| matches!(answer, RefOr::Ref(_)))
        };
        let refusing = operations
            .iter()
            .map(|(_, operation)| *operation)
            .find(|operation| refused(operation));
        let faults = refusing
            .into_iter()
            .flat_map(|operation| &operation.responses.responses);
        let record = object(components, "AuditRecord");
        Self {
            intro: Text::of(document.info.description.as_deref()),
            schemes: components
                .security_schemes
                .iter()
                .rev()
                .filter_map(|(name, scheme)| match scheme {
                    RefOr::T(SecurityScheme::Http(scheme)) => Some((
                        ctx.t(&format!("api-scheme-name-{name}")),
                        Text::of(scheme.description.as_deref()),
                    )),
                    _ => None,
                })
                .collect(),
            entra: asking_entra(&settings.sign_in),
            faults: faults
                .filter_map(|(status, answer)| match answer {
                    RefOr::Ref(of) => {
                        let name = of.ref_location.rsplit('/').next()?;
                        let RefOr::T(answer) = components.responses.get(name)? else {
                            return None;
                        };
                        Some(Answered::of(status, answer))
                    }
                    RefOr::T(_) => None,
                })
                .collect(),
            operations: operations
                .into_iter()
                .map(|(path, operation)| Asked::of(path, operation, &settings.server.public_url, ctx))
                .collect(),
            filters: filters(components),
            record: Text::of(record.and_then(|record| record.description.as_deref())),
            members: record
                .into_iter()
                .flat_map(|record| &record.properties)
                .filter_map(|(name, schema)| match schema {
                    RefOr::T(Schema::Object(member)) => Some(Member {
                        name: name.clone(),
                        meaning: Text::of(member.description.as_deref()),
                        example: member.examples.first().map(written),
                    }),
                    _ => None,
                })
                .collect(),
            ctx,
        }
    }
}

fn object<'a>(components: &'a Components, name: &str) -> Option<&'a Object> {
    match components.schemas.get(name)? {
        RefOr::T(Schema::Object(object)) => Some(object),
        _ => None,
    }
}

/// Fields of the filter with the operators that they take.
fn filters(components: &Components) -> Vec<(Vec<String>, Vec<String>)> {
    let Some(RefOr::T(Schema::AnyOf(sets))) = components.schemas.get("Filter") else {
        return Vec::new();
    };
    let names = |set: &Object, property: &str| match set.properties.get(property) {
        Some(RefOr::T(Schema::Object(property))) => choices(property),
        _ => Vec::new(),
    };
    sets.items
        .iter()
        .filter_map(|set| match set {
            RefOr::T(Schema::Object(set)) => Some((names(set, "Field"), names(set, "Operator"))),
            _ => None,
        })
        .collect()
}

/// The values that a schema lists.
fn choices(schema: &Object) -> Vec<String> {
    let listed = schema.enum_values.iter().flatten().map(written);
    // An empty value is as if it were left out.
    listed.filter(|value| !value.is_empty()).collect()
}

/// A value as it stands in an address: a text without quotation marks.
fn written(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn indented(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// How an application asks the provider for a token, where its address has Entra's form.
fn asking_entra(sign_in: &SignIn) -> Option<String> {
    let base = sign_in.issuer.strip_suffix("/v2.0")?;
    Some(format!(
        "curl -d grant_type=client_credentials -d client_id=… -d client_secret=… \\\n  -d 'scope=api://{}/.default' \\\n  \
         '{base}/oauth2/v2.0/token'",
        sign_in.client_id
    ))
}

impl Asked {
    fn of(path: &str, operation: &Operation, base: &str, ctx: &PageContext) -> Self {
        let parameters: Vec<&Parameter> = operation
            .parameters
            .iter()
            .flatten()
            .filter_map(|parameter| match parameter {
                RefOr::T(parameter) => Some(parameter),
                RefOr::Ref(_) => None,
            })
            .collect();
        Self {
            id: operation.operation_id.clone().unwrap_or_default(),
            summary: operation.summary.clone().unwrap_or_default(),
            path: path.to_owned(),
            text: Text::of(operation.description.as_deref()),
            curl: curl(path, operation, &parameters, base),
            parameters: parameters
                .into_iter()
                .map(|parameter| Taken::of(parameter, ctx))
                .collect(),
            answers: operation
                .responses
                .responses
                .iter()
                .filter_map(|(status, answer)| match answer {
                    RefOr::T(answer) => Some(Answered::of(status, answer)),
                    RefOr::Ref(_) => None,
                })
                .collect(),
        }
    }
}

/// An example of a parameter, where the document has one.
fn example(parameter: &Parameter) -> Option<String> {
    match (&parameter.schema, parameter.content.values().next()) {
        (Some(RefOr::T(Schema::Object(schema))), _) => schema.examples.first().map(written),
        (_, Some(RefOr::T(content))) => content.example.as_ref().map(written),
        _ => None,
    }
}

/// A request with the examples of all parameters.
fn curl(path: &str, operation: &Operation, parameters: &[&Parameter], base: &str) -> String {
    let mut address = format!("{base}{path}");
    let mut data = String::new();
    for parameter in parameters {
        match (&parameter.parameter_in, example(parameter)) {
            (ParameterIn::Path, Some(example)) => {
                address = address.replace(&format!("{{{}}}", parameter.name), &example);
            }
            (ParameterIn::Query, Some(example)) => {
                data.push_str(&format!("  --data-urlencode '{}={example}' \\\n", parameter.name));
            }
            _ => {}
        }
    }
    let is_open = operation
        .security
        .iter()
        .flatten()
        .any(|demand| *demand == utoipa::openapi::SecurityRequirement::default());
    let token = if is_open {
        ""
    } else {
        " -H \"Authorization: Bearer $TOKEN\""
    };
    let get = if data.is_empty() { "" } else { " -G" };
    let lines = if data.is_empty() { " " } else { " \\\n" };
    let gap = if data.is_empty() { "" } else { "  " };
    format!("curl{get} --compressed{token}{lines}{data}{gap}'{address}'")
}

impl Taken {
    fn of(parameter: &Parameter, ctx: &PageContext) -> Self {
        let schema = match &parameter.schema {
            Some(RefOr::T(Schema::Object(schema))) => Some(schema),
            _ => None,
        };
        let number = |bound: &utoipa::Number| serde_json::to_value(bound).map(|n| written(&n));
        let bounds = schema.and_then(|schema| {
            let (least, most) = (schema.minimum.as_ref()?, schema.maximum.as_ref()?);
            Some(format!("{}–{}", number(least).ok()?, number(most).ok()?))
        });
        let default = schema.and_then(|schema| schema.default.as_ref());
        let is_required = matches!(parameter.required, Required::True);
        Self {
            name: parameter.name.clone(),
            place: match parameter.parameter_in {
                ParameterIn::Header => ctx.t("api-place-header"),
                ParameterIn::Path => ctx.t("api-place-path"),
                _ => ctx.t("api-place-query"),
            },
            values: schema.map(choices).into_iter().flatten().chain(bounds).collect(),
            remark: match default {
                Some(value) => Some(ctx.t1("api-default", "value", &written(value))),
                None => is_required.then(|| ctx.t("api-required")),
            },
            meaning: Text::of(parameter.description.as_deref()),
        }
    }
}

impl Answered {
    fn of(status: &str, answer: &Response) -> Self {
        let bodies = answer.content.values().filter_map(|content| match content {
            RefOr::T(content) => Some(content),
            RefOr::Ref(_) => None,
        });
        Self {
            status: status.to_owned(),
            meaning: Text::of(Some(&answer.description)),
            headers: answer.headers.keys().cloned().collect(),
            examples: bodies.flat_map(examples).collect(),
        }
    }
}

fn examples(content: &Content) -> Vec<String> {
    let several = content.examples.values().filter_map(|example| match example {
        RefOr::T(example) => example.value.as_ref(),
        RefOr::Ref(_) => None,
    });
    content.example.iter().chain(several).map(indented).collect()
}
