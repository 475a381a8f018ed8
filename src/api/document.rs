//! The API described: an OpenAPI document of the operations that the router has, in either language.
//!
//! Routes, names, bounds and refusals are those of the code; only meanings are words, of the catalogue. The document
//! holds no data, so that it needs no token.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use utoipa::openapi::{
    Components, Content, Info, OpenApi, OpenApiBuilder, PathItem, Paths, Ref, RefOr, Schema, Server, Type,
    example::ExampleBuilder,
    header::{Header, HeaderBuilder},
    path::HttpMethod,
    response::{Response as Answer, ResponseBuilder},
    schema::{AnyOfBuilder, ObjectBuilder},
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{
    bearer::{PER_MINUTE, app_role},
    fault::Fault,
    operations::OPERATIONS,
    schemas,
};
use crate::{
    i18n::{Arg, Lang},
    store::Right,
};

/// Where the document is.
pub const PATH: &str = "/api/openapi.json";
/// The names of the two ways to prove who asks.
pub(super) const SCHEMES: [&str; 2] = ["token", "entra"];

static WRITTEN: LazyLock<[String; 2]> = LazyLock::new(|| {
    Lang::ALL.map(|lang| {
        document(lang)
            .to_pretty_json()
            .expect("the document is of texts and numbers")
    })
});

/// `GET /api/openapi.json`, in the language that is asked for.
pub async fn serve(headers: HeaderMap) -> Response {
    let asked = headers.get(header::ACCEPT_LANGUAGE).map(HeaderValue::to_str);
    let lang = asked.map_or(Lang::En, |asked| {
        Lang::from_accept_language(asked.unwrap_or_default())
    });
    let [english, japanese] = &*WRITTEN;
    let text = match lang {
        Lang::En => english,
        Lang::Ja => japanese,
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CONTENT_LANGUAGE, lang.tag()),
        (header::VARY, "accept-language"),
    ];
    (headers, text.as_str()).into_response()
}

/// The document, its meanings in that language.
pub fn document(lang: Lang) -> OpenApi {
    let paths = OPERATIONS.iter().fold(Paths::new(), |mut paths, operation| {
        let item = PathItem::new(HttpMethod::Get, (operation.describe)(lang));
        paths.paths.insert(operation.path.to_owned(), item);
        paths
    });
    let mut info = Info::new("partnerlog", env!("CARGO_PKG_VERSION"));
    info.description = Some(lang.t_with("api-intro", &[limit()]));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components(lang)))
        .build()
}

fn components(lang: Lang) -> Components {
    let mut components = Components::new();
    components.schemas = schemas::all(lang);
    components.responses = faults(lang)
        .into_iter()
        .map(|(name, answer)| (name, RefOr::T(answer)))
        .collect();
    let [token, entra] = SCHEMES;
    let bearer = |format: &str, key: &str| {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format(format)
            .description(Some(lang.t(key)))
            .build();
        RefOr::T(SecurityScheme::Http(scheme))
    };
    components.security_schemes = BTreeMap::from([
        (token.to_owned(), bearer("plog_…", "api-scheme-token")),
        (entra.to_owned(), bearer("JWT", "api-scheme-entra")),
    ]);
    components
}

/// How often a program may ask in a minute, for a message.
fn limit() -> (&'static str, Arg<'static>) {
    ("n", Arg::Number(PER_MINUTE.get().into()))
}

/// The right that a program needs, as each scheme says it.
pub(super) fn demands(right: Right) -> [(&'static str, &'static str); 2] {
    let [token, entra] = SCHEMES;
    [(token, right.name()), (entra, app_role(right))]
}

/// The name of a fault's component, from its status: `TooManyRequests`.
fn name_of(fault: &Fault) -> String {
    let reason = fault.status().canonical_reason().unwrap_or("Fault");
    reason.split(' ').collect()
}

/// Each status that refuses, with a reference to what it says; those about a record where one is asked for.
pub(super) fn refusals(of_a_record: bool) -> BTreeMap<String, RefOr<Answer>> {
    let refusal = |fault: &Fault| {
        let name = Ref::from_response_name(name_of(fault));
        (fault.status().as_str().to_owned(), RefOr::Ref(name))
    };
    let examples = Fault::examples();
    let fitting = examples
        .iter()
        .filter(|fault| of_a_record || !fault.is_about_a_record());
    fitting.map(refusal).collect()
}

/// What each status says, with all faults of it as examples.
fn faults(lang: Lang) -> BTreeMap<String, Answer> {
    let mut by_name: BTreeMap<String, Vec<Fault>> = BTreeMap::new();
    for fault in Fault::examples() {
        by_name.entry(name_of(&fault)).or_default().push(fault);
    }
    by_name
        .into_iter()
        .map(|(name, faults)| {
            let status = faults[0].status();
            let mut shapes: Vec<&str> = faults.iter().map(|fault| shape(&fault.body())).collect();
            shapes.dedup();
            let schema = match shapes[..] {
                [one] => RefOr::Ref(Ref::from_schema_name(one)),
                _ => {
                    let any = shapes.iter().fold(AnyOfBuilder::new(), |any, name| {
                        any.item(RefOr::<Schema>::Ref(Ref::from_schema_name(*name)))
                    });
                    RefOr::T(Schema::AnyOf(any.build()))
                }
            };
            let mut content = Content::new(Some(schema));
            for (n, fault) in faults.iter().enumerate() {
                let example = ExampleBuilder::new().value(Some(fault.body())).build();
                content.examples.insert(format!("{}", n + 1), RefOr::T(example));
            }
            let mut answer = ResponseBuilder::new()
                .description(lang.t_with(&format!("api-status-{}", status.as_u16()), &[limit()]))
                .content("application/json", content)
                .build();
            let own = faults.iter().filter_map(|fault| fault.header());
            let own: Vec<_> = own.map(|(name, _)| name.as_str().to_owned()).collect();
            answer.headers = headers(lang, &own);
            (name, answer)
        })
        .collect()
}

/// Which of the schemas a fault's body has.
fn shape(body: &Value) -> &'static str {
    if body.get("code").is_some() {
        "Fault"
    } else if body.get("statusCode").is_some() {
        "Throttled"
    } else {
        "InvalidRequest"
    }
}

/// The headers that some answers have, as they are written, and an example of each.
const HEADERS: [(&str, &str); 6] = [
    ("ETag", "W/\"0c39d6d5c70d4c55bc02f620\""),
    ("Cache-Control", "private, no-cache"),
    ("WWW-Authenticate", "Bearer error=\"invalid_token\""),
    ("Retry-After", "57"),
    ("MS-RequestId", "127facaa-e389-41f8-8bb7-1d1af99db893"),
    ("MS-CorrelationId", "de9c2ccc-40dd-4186-9660-65b9b64c3d14"),
];

/// Headers by their names, in any case, and those that every answer has.
pub(super) fn headers(lang: Lang, names: &[impl AsRef<str>]) -> BTreeMap<String, RefOr<Header>> {
    let all = |name: &str| name.starts_with("MS-");
    HEADERS
        .into_iter()
        .filter(|(name, _)| {
            all(name)
                || names
                    .iter()
                    .any(|other| other.as_ref().eq_ignore_ascii_case(name))
        })
        .map(|(name, example)| {
            let schema = ObjectBuilder::new().schema_type(Type::String).build();
            let header = HeaderBuilder::new()
                .schema(Some(schema))
                .description(Some(lang.t(&format!("api-header-{}", name.to_ascii_lowercase()))))
                .example(Some(example.into()))
                .build();
            (name.to_owned(), RefOr::T(header))
        })
        .collect()
}
