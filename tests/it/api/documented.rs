//! The API against what Microsoft published: recorded answers, the swagger file of the audit service, a throttled answer.

use std::collections::BTreeSet;

use super::*;

const CUSTOMER: &str = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/documented/",
            $name
        ))
    };
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// An archive of the records of a documented answer.
async fn archive(answer: &Value) -> Api {
    let api = Api::with(&[]).await;
    let account = api.store.account(PARTNER, "Contoso Japan").await.unwrap();
    let items = answer["items"].as_array().unwrap();
    let batch = Batch {
        account,
        source: Source::Collected,
        archived_at: now(),
        records: items.iter().map(|item| incoming(&item.to_string())).collect(),
    };
    api.store.append(batch).await.unwrap();
    api
}

#[tokio::test]
async fn documented_requests_have_the_documented_answers() {
    let request = fixture!("auditrecords-by-customer-2017.request.http");
    let address = request.split_whitespace().nth(1).unwrap();
    let of_customer = address
        .strip_prefix("https://api.partnercenter.microsoft.com")
        .unwrap();
    for (path, fixture) in [
        (of_customer, fixture!("auditrecords-by-customer-2017.json")),
        (
            "/v1/auditrecords?startDate=2020-09-02&endDate=2020-09-02&size=50",
            fixture!("auditrecords-one-day-2020.json"),
        ),
    ] {
        let documented = parsed(fixture);
        let api = archive(&documented).await;
        let got = api.get(path).await.json();
        for member in ["totalCount", "items", "links", "attributes"] {
            if member == "totalCount" && path.contains("2020") {
                continue;
            }
            assert_eq!(got[member], documented[member], "{member} of {path}");
        }
        // The document announces 17 and shows fewer.
        let shown = documented["items"].as_array().unwrap().len();
        assert_eq!(got["totalCount"], shown);
        assert_eq!(
            got.as_object().unwrap().keys().collect::<Vec<_>>(),
            documented.as_object().unwrap().keys().collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn a_call_has_the_ids_of_its_documented_request() {
    let request = fixture!("auditrecords-by-customer-2017.request.http");
    let sent: Vec<(&str, &str)> = request
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.starts_with("MS-") || *name == "X-Locale" || *name == "Accept")
        .collect();
    assert_eq!(sent.len(), 4, "{sent:?}");
    let api = archive(&parsed(fixture!("auditrecords-by-customer-2017.json"))).await;
    let got = api
        .get_as(Some(&api.token), "/v1/auditrecords?startDate=6/1/2017", &sent)
        .await;
    assert_eq!(got.ids_or_dates().len(), 2);
    for (name, value) in sent.iter().filter(|(name, _)| name.starts_with("MS-")) {
        assert_eq!(got.headers[name.to_ascii_lowercase()], *value);
    }
}

impl Got {
    /// What tells records of 2017 apart, which have no id.
    fn ids_or_dates(&self) -> Vec<String> {
        let json = self.json();
        let items = json["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["operationDate"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn a_next_link_is_of_the_documented_form() {
    let documented = parsed(fixture!("paging-links-next.json"));
    let api = archive(&parsed(fixture!("auditrecords-by-customer-2017.json"))).await;
    let got = api
        .get("/v1/auditrecords?startDate=2017-06-01&size=1")
        .await
        .json();
    let (ours, theirs) = (&got["links"]["next"], &documented["links"]["next"]);
    let shape = |link: &Value| {
        let uri = link["uri"].as_str().unwrap();
        let own = link["uri"].as_str().unwrap().strip_suffix("&seekOperation=Next");
        let headers = link["headers"].as_array().unwrap();
        (
            uri.starts_with('/'),
            own.is_some(),
            link["method"].clone(),
            headers
                .iter()
                .map(|header| header["key"].clone())
                .collect::<Vec<_>>(),
            link.as_object().unwrap().keys().cloned().collect::<Vec<_>>(),
        )
    };
    assert_eq!(shape(ours), shape(theirs));
    // The next link is this page's own one, and what it leads to is the other record.
    assert_eq!(
        ours["uri"].as_str().unwrap(),
        format!(
            "{}&seekOperation=Next",
            got["links"]["self"]["uri"].as_str().unwrap()
        )
    );
}

#[tokio::test]
async fn a_throttled_answer_is_the_documented_one() {
    let documented = fixture!("throttled-429.response.http");
    let one = NonZeroU32::new(1).unwrap();
    let api = Api::limited(&[], RateLimits::per_minute(one)).await;
    api.get("/v1/auditrecords").await;
    let got = api.get("/v1/auditrecords").await;
    let (head, body) = documented.trim().rsplit_once('\n').unwrap();
    let after = got.headers["retry-after"].to_str().unwrap();
    assert!(documented.starts_with(&format!("HTTP/1.1 {}", got.status)));
    let theirs = head
        .lines()
        .find_map(|line| line.strip_prefix("Retry-After: "))
        .unwrap()
        .trim();
    assert_eq!(
        got.json(),
        parsed(&body.replace(&format!("in {theirs} seconds"), &format!("in {after} seconds")))
    );
}

/// The members of an object of the swagger file.
fn members(swagger: &Value, definition: &str) -> BTreeSet<String> {
    let properties = &swagger["definitions"][definition]["properties"];
    properties.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn everything_that_the_swagger_file_names_is_taken_and_answered() {
    let swagger = parsed(fixture!("AuditService.swagger.json"));
    let api = Api::with(&[numbered(1), numbered(2)]).await;
    let document = api.get_as(None, "/api/openapi.json", &[]).await.json();
    let base = swagger["basePath"].as_str().unwrap();
    for (path, operations) in swagger["paths"].as_object().unwrap() {
        let ours = format!("{base}{}", path.replace("v{version}", "v1"));
        let described = &document["paths"][&ours]["get"];
        let names = |parameters: &Value| {
            let parameters = parameters.as_array().unwrap().iter();
            let named = parameters.filter(|parameter| {
                // The version stands in our path; the token is a scheme.
                !["version", "Authorization"].contains(&parameter["name"].as_str().unwrap())
            });
            named
                .map(|parameter| {
                    (
                        parameter["in"].as_str().unwrap().to_owned(),
                        parameter["name"].as_str().unwrap().to_ascii_lowercase(),
                    )
                })
                .collect::<BTreeSet<_>>()
        };
        let (theirs, ours_named) = (
            names(&operations["get"]["parameters"]),
            names(&described["parameters"]),
        );
        assert!(theirs.is_subset(&ours_named), "{path}: {theirs:?} {ours_named:?}");
        for status in operations["get"]["responses"].as_object().unwrap().keys() {
            // What is not found is an empty page or null; a server's failure here says when to come back.
            let own = ["404", "500"].contains(&&**status);
            assert!(
                own || described["responses"].get(status).is_some(),
                "{path} {status}"
            );
        }
    }
    let record = &document["components"]["schemas"]["AuditRecord"]["properties"];
    for member in members(&swagger, "AuditRecord") {
        assert!(record.get(&member).is_some(), "{member}");
    }
    let got = api.get("/v1/auditrecords?size=1").await.json();
    let keys = |json: &Value| json.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(
        keys(&got),
        members(&swagger, "PagedResourceCollection[AuditRecord]")
    );
    assert!(keys(&got["links"]).is_subset(&members(&swagger, "ResourceLinks")));
    assert!(keys(&got["links"]["next"]).is_subset(&members(&swagger, "Link")));
    let header = &got["links"]["next"]["headers"][0];
    assert_eq!(keys(header), members(&swagger, "KeyValuePair[String,String]"));
}

#[tokio::test]
async fn values_that_the_swagger_file_lists_are_found_in_every_spelling() {
    let swagger = parsed(fixture!("AuditService.swagger.json"));
    let record_of = |n: usize, kind: &str| {
        numbered(n)
            .customer(CUSTOMER, "Relecloud")
            .with("resourceType", kind)
    };
    let kinds = &swagger["definitions"]["AuditRecord"]["properties"]["resourceType"]["enum"];
    let kinds: Vec<&str> = kinds
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| kind.as_str().unwrap())
        .collect();
    let all: Vec<_> = kinds
        .iter()
        .enumerate()
        .map(|(n, kind)| record_of(n, kind))
        .collect();
    let api = Api::with(&all).await;
    for (n, kind) in kinds.iter().enumerate() {
        let pascal: String = kind
            .split('_')
            .map(|word| word[..1].to_uppercase() + &word[1..])
            .collect();
        for spelled in [*kind, &pascal] {
            let got = api.get(&filtered("ResourceType", spelled, "equals")).await;
            assert_eq!(got.ids(), [format!("api-record-{n:04}")], "{spelled}");
        }
    }
}
