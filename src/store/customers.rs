//! The customers that records name: as a list to look through, and each with the names it has had.

use super::LeftOut;
use crate::audit::Ticks;

/// A part of the list of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomersAsked {
    /// A part of a name, of a former one, or of an id; case, width and accents do not count. Empty: all customers.
    pub text: String,
    pub order: CustomerOrder,
    /// So many are before the first that is listed.
    pub skip: usize,
    /// At most so many are listed.
    pub limit: usize,
}

/// What a list of customers is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CustomerOrder {
    /// Whose last activity is the newest comes first.
    #[default]
    LastActivity,
    Name,
    /// Who has the most activities comes first.
    Records,
}

/// Customers as they are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customers {
    /// How many there are altogether, whether listed or not.
    pub found: usize,
    pub listed: Vec<ListedCustomer>,
    /// Why nothing is counted; customers are in the order of their names then.
    pub left_out: Option<LeftOut>,
}

/// A customer of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCustomer {
    /// Nothing where records name the company alone.
    pub id: Option<String>,
    /// The last name known.
    pub name: Option<String>,
    /// The former name that has the text which was asked for, where nothing else of the customer has it.
    pub former: Option<String>,
    /// Nothing where it was not counted.
    pub seen: Option<Seen>,
}

/// How often something was seen, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub records: u64,
    /// To the second.
    pub first: Ticks,
    pub last: Ticks,
}

/// A name that a customer has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerName {
    pub name: String,
    /// The date of the newest record that has it.
    pub last_seen: Ticks,
}
