//! The document of the API against the API: what it says is so.

use std::collections::BTreeSet;

use super::*;

struct Document(Value);

impl Document {
    async fn of(api: &Api) -> Self {
        let got = api.get_as(None, "/api/openapi.json", &[]).await;
        assert_eq!(got.status, StatusCode::OK);
        assert_eq!(got.headers["content-type"], "application/json; charset=utf-8");
        Self(got.json())
    }

    /// The answer of an operation for a status, references followed.
    fn answer(&self, path: &str, status: StatusCode) -> &Value {
        let answer = &self.0["paths"][path]["get"]["responses"][status.as_str()];
        match answer["$ref"].as_str() {
            Some(to) => self.0.pointer(to.strip_prefix('#').unwrap()).unwrap(),
            None => answer,
        }
    }

    /// Holds what came against what the document says of that operation.
    fn holds(&self, path: &str, got: &Got) {
        let answer = self.answer(path, got.status);
        assert!(answer.is_object(), "{path} does not name {}", got.status);
        for (name, _) in answer["headers"].as_object().into_iter().flatten() {
            // Each fault of a status has the one that fits.
            let is_own = !["Retry-After", "WWW-Authenticate"].contains(&&**name);
            assert!(
                !is_own || got.headers.contains_key(name.to_ascii_lowercase()),
                "{path} {}: no {name}",
                got.status
            );
        }
        for name in ["retry-after", "www-authenticate", "etag"] {
            let named = answer["headers"]
                .as_object()
                .is_some_and(|headers| headers.keys().any(|other| other.eq_ignore_ascii_case(name)));
            assert!(
                named || !got.headers.contains_key(name),
                "{path} {}: {name} is not named",
                got.status
            );
        }
        let Some(content) = answer.get("content") else {
            assert_eq!(got.text, "", "{path} {}", got.status);
            return;
        };
        let mut schema = content["application/json"]["schema"].clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let json = got.json();
        let errors: Vec<_> = validator
            .iter_errors(&json)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "{path} {}: {}", got.status, got.text);
    }

    fn paths(&self) -> Vec<String> {
        self.0["paths"].as_object().unwrap().keys().cloned().collect()
    }

    fn parameters(&self, path: &str) -> &[Value] {
        let parameters = &self.0["paths"][path]["get"]["parameters"];
        parameters.as_array().map_or(&[], Vec::as_slice)
    }
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

#[tokio::test]
async fn every_path_is_answered_for_get_and_head_alone() {
    let api = Api::with(&records()).await;
    let document = Document::of(&api).await;
    let expected = BTreeSet::from([
        "/v1/auditrecords",
        "/v1/auditrecords/{id}",
        "/auditactivity/v1/auditrecords",
        "/auditactivity/v1/auditrecords/{id}",
        "/activity/export",
        "/api/openapi.json",
    ]);
    let mut paths = document.paths();
    assert_eq!(
        paths.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        expected
    );
    // That one is served beside the pages.
    paths.retain(|path| path != "/activity/export");
    for path in paths {
        let methods: Vec<_> = document.0["paths"][&path].as_object().unwrap().keys().collect();
        assert_eq!(methods, ["get"]);
        let address = format!("{}{}", api.url(), path.replace("{id}", "api-failed-0004"));
        for (method, status) in [
            (http::Method::GET, 200),
            (http::Method::HEAD, 200),
            (http::Method::POST, 405),
            (http::Method::PUT, 405),
            (http::Method::DELETE, 405),
            (http::Method::PATCH, 405),
        ] {
            let answer = http_client::new(PATIENCE)
                .request(method.clone(), &address)
                .bearer_auth(&api.token)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), status, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn real_answers_fit_their_schemas() {
    let all: Vec<_> = (0..5).map(numbered).chain(records()).collect();
    let api = Api::with(&all).await;
    let document = Document::of(&api).await;
    let mut seen = BTreeSet::new();
    let mut check = |path: &str, got: Got| {
        document.holds(path, &got);
        seen.insert((path.to_owned(), got.status.as_u16()));
    };
    let powerless = token(&api.store, |token| NewApiToken {
        rights: vec![Right::Export],
        ..token
    })
    .await;
    for path in document.paths().into_iter().filter(|path| path.contains("v1")) {
        let address = path.replace("{id}", "api-failed-0004");
        let is_list = address == path;
        check(&path, api.get(&address).await);
        check(&path, api.get_as(None, &address, &[]).await);
        check(&path, api.get_as(Some("plog_x"), &address, &[]).await);
        check(&path, api.get_as(Some(&powerless), &address, &[]).await);
        let known = [("If-None-Match", "*")];
        check(&path, api.get_as(Some(&api.token), &address, &known).await);
        if is_list {
            check(&path, api.get(&format!("{address}?size=2")).await);
            check(&path, api.get(&format!("{address}?size=x")).await);
            check(&path, api.get(&format!("{address}?size=0")).await);
        } else {
            check(&path, api.get(&path.replace("{id}", "nothing")).await);
            check(&path, api.get(&path.replace("{id}", "%ff")).await);
        }
    }
    let one = NonZeroU32::new(1).unwrap();
    let hurried = Api::limited(&records(), RateLimits::per_minute(one)).await;
    hurried.get("/v1/auditrecords").await;
    let got = hurried.get("/v1/auditrecords").await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    check("/v1/auditrecords", got);
    let statuses: BTreeSet<u16> = seen
        .iter()
        .filter(|(path, _)| path == "/v1/auditrecords")
        .map(|(_, status)| *status)
        .collect();
    assert_eq!(statuses, BTreeSet::from([200, 304, 400, 401, 403, 429]));
}

#[tokio::test]
async fn every_example_fits_the_schema_beside_it() {
    let api = Api::with(&[]).await;
    let document = Document::of(&api).await;
    let mut checked = 0;
    for path in document.paths() {
        let statuses = document.0["paths"][&path]["get"]["responses"]
            .as_object()
            .unwrap();
        for status in statuses.keys() {
            let answer = document.answer(&path, status.parse().unwrap());
            let content = &answer["content"]["application/json"];
            let several = content["examples"].as_object().into_iter().flatten();
            let examples = several
                .map(|(_, example)| &example["value"])
                .chain(content.get("example"));
            let mut schema = content["schema"].clone();
            schema["components"] = document.0["components"].clone();
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            for example in examples {
                assert!(validator.is_valid(example), "{path} {status}: {example}");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "{checked}");
}

#[tokio::test]
async fn every_parameter_is_read_as_its_schema_says() {
    let all: Vec<_> = (0..5).map(numbered).chain(records()).collect();
    let api = Api::with(&all).await;
    let document = Document::of(&api).await;
    for path in ["/v1/auditrecords", "/auditactivity/v1/auditrecords"] {
        let in_query: Vec<_> = document
            .parameters(path)
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let own = |name: &str| {
            *in_query
                .iter()
                .find(|own| own.rsplit("auditRequest.").next() == Some(name))
                .unwrap_or_else(|| panic!("{path} has no {name}"))
        };
        let (start, end, size) = (own("startDate"), own("endDate"), own("size"));
        let ids = async |pairs: &[(&str, &str)]| api.get(&format!("{path}?{}", query(pairs))).await.ids();
        assert_eq!(
            ids(&[(start, "2016-01-01"), (end, "2018-01-01")]).await,
            ["api-old-0001"]
        );
        assert_eq!(ids(&[(start, "2026-11-09"), (size, "2")]).await.len(), 2);
        let failed = r#"{"Field":"OperationStatus","Value":"failed","Operator":"equals"}"#;
        let filter = match path.starts_with("/v1") {
            true => vec![(own("filter"), failed)],
            false => vec![
                (own("filter.field"), "OperationStatus"),
                (own("filter.value"), "failed"),
                (own("filter.operator"), "equals"),
            ],
        };
        assert_eq!(ids(&filter).await, ["api-failed-0004"]);
        // The place of the next page, in the address and in the header.
        let first = api.get(&format!("{path}?{size}=1")).await;
        let place = first.json()["continuationToken"].as_str().unwrap().to_owned();
        let name = in_query.last().unwrap();
        let seek = own("seekOperation");
        let by_address = ids(&[(size, "1"), (seek, "Next"), (name, &place)]).await;
        let headers = [("MS-ContinuationToken", &*place)];
        let by_header = api
            .get_as(
                Some(&api.token),
                &format!("{path}?{size}=1&{seek}=Next"),
                &headers,
            )
            .await
            .ids();
        assert_eq!(by_address, by_header);
        assert_ne!(by_address, first.ids());
        // Nothing is named that was not tried.
        let tried = BTreeSet::from_iter(
            [start, end, size, seek, *name]
                .into_iter()
                .chain(filter.iter().map(|(name, _)| *name)),
        );
        assert_eq!(BTreeSet::from_iter(in_query.iter().copied()), tried);
    }
}

#[tokio::test]
async fn every_field_and_operator_of_the_filter_is_one_that_is_read() {
    let api = Api::with(&records()).await;
    let document = Document::of(&api).await;
    let mut tried = 0;
    for set in document.0["components"]["schemas"]["Filter"]["anyOf"]
        .as_array()
        .unwrap()
    {
        let names = |property: &str| set["properties"][property]["enum"].as_array().unwrap().clone();
        for field in names("Field") {
            for operator in ["equals", "substring"] {
                let filter = filtered(field.as_str().unwrap(), "relecloud", operator);
                let taken = api.get(&filter).await.status == StatusCode::OK;
                assert_eq!(
                    taken,
                    names("Operator").contains(&json!(operator)),
                    "{field} {operator}"
                );
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 14);
}

#[tokio::test]
async fn the_document_is_there_in_both_languages() {
    let api = Api::with(&[]).await;
    let japanese = [("Accept-Language", "ja-JP,ja;q=0.9,en;q=0.5")];
    let got = api.get_as(None, "/api/openapi.json", &japanese).await;
    assert_eq!(got.headers["content-language"], "ja");
    let summary = "/paths/~1v1~1auditrecords/get/summary";
    assert_eq!(got.json().pointer(summary).unwrap(), "期間内のレコード");
    let document = Document::of(&api).await;
    assert_eq!(document.0.pointer(summary).unwrap(), "Records of some days");
    assert_eq!(document.0["openapi"], "3.1.0");
    let intro = document.0["info"]["description"].as_str().unwrap();
    assert!(intro.contains("may ask 500 times a minute"), "{intro}");
    // A key would stand where a meaning is missing.
    for text in [got.text, document.0.to_string()] {
        assert!(!text.contains("\"api-"), "{text}");
    }
}
