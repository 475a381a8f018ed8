//! A JSON object written member by member, in order.

use crate::audit::json;

/// An object under construction.
pub(super) struct Object(String);

impl Object {
    pub fn new() -> Self {
        Self(String::from("{"))
    }

    /// A member whose value is a text.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.raw(name, &json::quoted(value))
    }

    /// A member whose value is JSON.
    pub fn raw(&mut self, name: &str, value: &str) -> &mut Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&json::quoted(name));
        self.0.push(':');
        self.0.push_str(value);
        self
    }

    pub fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
