//! The parts of an explanation. Plain data: what puts it into words needs nothing else.

use crate::audit::gap::Gap;

/// A record explained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// What was done, as the parts of a sentence.
    pub deed: Deed,
    /// The gist, most important first: the second line of a row, the details column of the export.
    pub essentials: Vec<Phrase>,
    /// An order's lines, in their order.
    pub items: Vec<LineItem>,
    /// How many lines there are beyond those.
    pub items_left_out: usize,
    pub licences: Option<Licences>,
    /// What changed between the old and the new value.
    pub changes: Changes,
    /// What the record tells about the thing itself (order id, billing cycle, domain, …), in record order.
    pub facts: Vec<Fact>,
    /// How many facts there are beyond those.
    pub facts_left_out: usize,
    /// `customizedData` and unknown members that no other part shows.
    pub other_data: Vec<(String, Option<String>)>,
    /// How many of those there are beyond these.
    pub other_data_left_out: usize,
    /// Values that are not JSON, shown as received.
    pub unreadable: Vec<Unreadable>,
}

/// What a row tells of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gist {
    /// Most important first: the second line of a row, the details column of the export.
    pub essentials: Vec<Phrase>,
    /// An order's lines, in their order.
    pub items: Vec<LineItem>,
    /// How many lines there are beyond those.
    pub items_left_out: usize,
    /// Whether any part of the record could be a secret: where not, nobody has to look again.
    pub may_hold_secrets: bool,
}

/// What was done, as the parts of a sentence. What a record does not tell is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deed {
    /// An operation type, or a closer word for what it did; `None` for an operation type that this version does not
    /// know.
    pub verb: Option<&'static str>,
    /// What it was done to.
    pub object: Option<Thing>,
    /// What it was done to besides, such as the licences that were taken while others were given.
    pub other: Option<Thing>,
    /// To or from whom, or into what.
    pub target: Option<Thing>,
    /// What was set, or what the operation speaks of.
    pub value: Option<Fact>,
    /// The weightiest change, and how many there are besides.
    pub change: Option<Change>,
    pub others: usize,
    /// How an order is billed, and for how long.
    pub terms: Vec<Fact>,
}

/// A thing that something was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    Product {
        name: String,
        quantity: Option<String>,
        more: usize,
    },
    Licences(Vec<String>),
    /// Something of that kind (`user`, `role`: a word of the catalogue), by its name or the start of its id.
    Named {
        noun: &'static str,
        name: Option<String>,
        /// The whole id where it is called by that.
        id: Option<String>,
    },
}

/// A part of the gist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// The first item of an order or the product concerned, and how many more there are.
    Product {
        name: String,
        quantity: Option<String>,
        more: usize,
    },
    /// An order's number, as short as it is told on the phone: `64144d300bde`, `d51a052e…`.
    Order(String),
    LicencesAdded(Vec<String>),
    LicencesRemoved(Vec<String>),
    /// The user account that something was done to: its principal name, or the start of its id.
    ForUser(String),
    Change(Change),
    /// So many changes beyond those already named.
    MoreChanges(usize),
    /// Another field worth telling, such as a domain or the name of a relationship.
    Field {
        field: String,
        value: String,
    },
}

/// One line of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineItem {
    pub number: Option<String>,
    pub name: Option<String>,
    pub offer_id: Option<String>,
    pub subscription_id: Option<String>,
    pub quantity: Option<String>,
    /// `P1M`, `P1Y`, `P3Y`
    pub term: Option<String>,
    pub billing_cycle: Option<String>,
    pub transaction_type: Option<String>,
    pub partner_on_record: Option<String>,
    /// What else the line holds, flattened to paths, without links and nulls.
    pub others: Vec<Fact>,
    /// How many of those there are beyond these.
    pub others_left_out: usize,
    /// Where the order and `customizedData` contradict each other: field and the other value.
    pub conflicts: Vec<Fact>,
}

/// Licences given to and taken from a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licences {
    pub user: Option<String>,
    pub added: Vec<Licence>,
    pub removed: Vec<Licence>,
    pub warnings: Vec<String>,
    /// What else the licences and warnings say.
    pub others: Vec<Fact>,
    /// How many licences, warnings and others there are beyond those.
    pub left_out: usize,
}

/// A licence: its product where the SKU is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licence {
    pub sku_id: String,
    pub product: Option<&'static str>,
    /// Service plans that were left out.
    pub excluded_plans: Vec<String>,
}

/// The difference between the old and the new value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Whether the record holds an old value at all; without one, there is no difference to show.
    pub old_recorded: bool,
    pub changed: Vec<Change>,
    /// How many changes there are beyond those.
    pub changed_left_out: usize,
    /// Paths that are the same on both sides, with their value.
    pub unchanged: Vec<Fact>,
    /// How many such paths there are beyond those.
    pub unchanged_left_out: usize,
}

/// One changed path, such as `Quantity` or `LineItems[2].Quantity`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// The difference of two numbers, with its sign.
    pub delta: Option<String>,
    /// How far two dates are apart.
    pub gap: Option<Gap>,
    /// Of an element that was added or removed as a whole, what it holds.
    pub parts: Vec<Fact>,
    /// How many parts there are beyond those.
    pub parts_left_out: usize,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub field: String,
    pub value: String,
}

/// A value that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub side: Side,
    pub text: String,
    /// How many characters there are beyond those; the raw record has them.
    pub left_out: usize,
}

/// Which of the two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Old,
    New,
}
