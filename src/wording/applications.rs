//! What applications are called: by the partner itself where it gave a name, else as Microsoft calls its own.
//!
//! Knows names alone, as they were at one moment; who reads them and notices changes is somebody else.

use std::{collections::HashMap, sync::Arc};

use super::{application_name, one_line};
use crate::{audit::fold::fold, i18n::Lang};

/// How long a name may get in a line, in characters.
const NAME: usize = 80;

/// The partner's own names of applications. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Applications(Arc<Named>);

#[derive(Debug, Default)]
struct Named {
    version: i64,
    /// By the folded id.
    names: HashMap<String, String>,
}

impl Applications {
    /// `version` is another number wherever the names are others. Ids in any case and width.
    pub fn new(version: i64, names: impl IntoIterator<Item = (String, String)>) -> Self {
        let names = names.into_iter();
        Self(Arc::new(Named {
            version,
            names: names
                .map(|(id, name)| (key(&id), one_line(&name, NAME)))
                .collect(),
        }))
    }

    /// What an application is called; nothing where only its id is known.
    pub fn name(&self, id: &str, lang: Lang) -> Option<String> {
        self.own_name(id)
            .map(ToOwned::to_owned)
            .or_else(|| application_name(id, lang))
    }

    /// The name that the partner gave it.
    pub fn own_name(&self, id: &str) -> Option<&str> {
        match self.0.names.is_empty() {
            true => None,
            false => self.0.names.get(&key(id)).map(String::as_str),
        }
    }

    pub fn version(&self) -> i64 {
        self.0.version
    }
}

fn key(id: &str) -> String {
    fold(id.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = "00000003-0000-0000-C000-000000000000";

    #[test]
    fn the_partners_own_name_comes_before_microsofts_and_ids_are_known_in_any_case() {
        let named = Applications::new(1, [("B6B84568".to_owned(), "請求の\n自動化".to_owned())]);
        assert_eq!(
            named.name(" b6b84568", Lang::En).as_deref(),
            Some("請求の 自動化")
        );
        assert_eq!(named.name(GRAPH, Lang::Ja).as_deref(), Some("Microsoft Graph"));
        assert_eq!(named.name("another", Lang::En), None);
        let named = Applications::new(2, [(GRAPH.to_lowercase(), "Our script".to_owned())]);
        assert_eq!(named.name(GRAPH, Lang::En).as_deref(), Some("Our script"));
    }
}
