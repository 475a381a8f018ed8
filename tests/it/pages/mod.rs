//! The pages as a reader gets them: asked through the router, looked at by selector.

mod activity;
mod actors;
mod applications;
mod around;
mod catalogue;
mod coverage;
mod customers;
mod exports;
mod finding;
mod history;
mod record;
mod tokens;

/// Microsoft's documented responses, as records.
fn documented() -> Vec<String> {
    [
        include_str!("../../fixtures/documented/auditrecords-by-customer-2017.json"),
        include_str!("../../fixtures/documented/auditrecords-one-day-2020.json"),
    ]
    .iter()
    .flat_map(|text| {
        let collection: serde_json::Value = serde_json::from_str(text).unwrap();
        let items = collection["items"].as_array().unwrap().clone();
        items.into_iter().map(|item| item.to_string())
    })
    .collect()
}
