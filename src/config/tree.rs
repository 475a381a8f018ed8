//! Settings before they have types: what the file and the environment say, and taking it out key by key.
//!
//! Taking is strict: what nobody took is unknown, and refused by name. Values of secrets never enter an error.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use super::ConfigError;

/// What environment variables begin with.
pub(super) const PREFIX: &str = "PARTNERLOG_";

/// A value that somebody wrote.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Section(BTreeMap<String, Node>),
    List(Vec<Node>),
    /// Text, and the environment variable that it came from, if any.
    Text(String, Option<String>),
    Number(i64),
    Flag(bool),
    /// Some other kind of value, named.
    Other(&'static str),
}

impl From<toml::Value> for Node {
    fn from(value: toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Self::Text(text, None),
            toml::Value::Integer(number) => Self::Number(number),
            toml::Value::Float(_) => Self::Other("a fraction"),
            toml::Value::Boolean(flag) => Self::Flag(flag),
            toml::Value::Datetime(_) => Self::Other("a date"),
            toml::Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            toml::Value::Table(table) => Self::Section(
                table
                    .into_iter()
                    .map(|(key, value)| (key, Self::from(value)))
                    .collect(),
            ),
        }
    }
}

/// Puts environment variables over what the file says; `PARTNERLOG_A__0__B` is `b` in the first `[[a]]`.
pub(super) fn overlay(
    root: &mut BTreeMap<String, Node>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    let mut overrides: Vec<(Vec<Step>, String, String)> = variables
        .filter_map(|(name, text)| {
            let path = name.strip_prefix(PREFIX)?.split("__").map(Step::from).collect();
            Some((path, name, text))
        })
        .collect();
    // Numbers in their order, so that account 2 finds account 1 there.
    overrides.sort();
    for (path, name, text) in overrides {
        let [first, rest @ ..] = path.as_slice() else {
            continue;
        };
        let slot = root.entry(first.text()).or_insert_with(|| empty_for(rest));
        place(slot, rest, &name, text)?;
    }
    Ok(())
}

/// A part of an environment variable's name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Index(usize),
    Key(String),
}

impl From<&str> for Step {
    fn from(part: &str) -> Self {
        part.parse()
            .map_or_else(|_| Self::Key(part.to_ascii_lowercase()), Self::Index)
    }
}

impl Step {
    fn text(&self) -> String {
        match self {
            Self::Index(index) => index.to_string(),
            Self::Key(key) => key.clone(),
        }
    }
}

fn empty_for(path: &[Step]) -> Node {
    match path.first() {
        Some(Step::Index(_)) => Node::List(Vec::new()),
        _ => Node::Section(BTreeMap::new()),
    }
}

fn place(node: &mut Node, path: &[Step], name: &str, text: String) -> Result<(), ConfigError> {
    let [first, rest @ ..] = path else {
        *node = Node::Text(text, Some(name.to_owned()));
        return Ok(());
    };
    match (node, first) {
        (Node::Section(entries), step) => place(
            entries.entry(step.text()).or_insert_with(|| empty_for(rest)),
            rest,
            name,
            text,
        ),
        (Node::List(items), Step::Index(index)) if *index <= items.len() => {
            if *index == items.len() {
                items.push(empty_for(rest));
            }
            place(&mut items[*index], rest, name, text)
        }
        (Node::List(items), Step::Index(_)) => Err(setting(
            name,
            format!(
                "the next one has the number {}; they count from 0 without gaps",
                items.len()
            ),
        )),
        _ => Err(setting(name, "names no setting".to_owned())),
    }
}

/// A fault of one setting.
pub(super) fn setting(key: impl Into<String>, problem: impl Into<String>) -> ConfigError {
    ConfigError::Setting {
        key: key.into(),
        problem: problem.into(),
    }
}

/// The secret that is the content of a file, without its last newline; nothing where there is nothing in it.
///
/// # Errors
/// When the file cannot be read.
pub fn secret_in(path: &Path) -> io::Result<Option<SecretString>> {
    let mut secret = std::fs::read_to_string(path)?;
    if secret.ends_with('\n') {
        secret.pop();
        if secret.ends_with('\r') {
            secret.pop();
        }
    }
    let is_empty = secret.trim().is_empty();
    let secret = SecretString::from(secret);
    Ok((!is_empty).then_some(secret))
}

/// A section being read: each key is taken once, and [`finish`](Self::finish) refuses the rest.
pub(super) struct Section {
    path: String,
    entries: BTreeMap<String, Node>,
}

impl Section {
    pub(super) fn root(entries: BTreeMap<String, Node>) -> Self {
        Self {
            path: String::new(),
            entries,
        }
    }

    /// The full name of a key here, as errors show it.
    pub(super) fn name(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// A fault of a key here.
    pub(super) fn fault(&self, key: &str, problem: impl Into<String>) -> ConfigError {
        setting(self.name(key), problem)
    }

    /// The section `[key]`; empty when it is not there.
    pub(super) fn section(&mut self, key: &str) -> Result<Section, ConfigError> {
        let path = self.name(key);
        match self.entries.remove(key) {
            None => Ok(Section {
                path,
                entries: BTreeMap::new(),
            }),
            Some(Node::Section(entries)) => Ok(Section { path, entries }),
            Some(_) => Err(setting(
                path,
                format!("must be a section: write `[{key}]` and its keys below it"),
            )),
        }
    }

    /// The sections `[[key]]`.
    pub(super) fn sections(&mut self, key: &str) -> Result<Vec<Section>, ConfigError> {
        let name = self.name(key);
        let wrong = || {
            setting(
                &name,
                format!("must be a list of sections: write `[[{key}]]` above each"),
            )
        };
        let items = match self.entries.remove(key) {
            None => Vec::new(),
            Some(Node::List(items)) => items,
            Some(_) => return Err(wrong()),
        };
        let sections = items.into_iter().enumerate().map(|(index, item)| match item {
            Node::Section(entries) => Ok(Section {
                path: format!("{name}[{index}]"),
                entries,
            }),
            _ => Err(wrong()),
        });
        sections.collect()
    }

    /// A text that is not blank.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, ConfigError> {
        match self.entries.remove(key) {
            None => Ok(None),
            Some(Node::Text(text, _)) if text.trim().is_empty() => {
                Err(self.fault(key, "is empty; give it a value or leave it out"))
            }
            Some(Node::Text(text, _)) => Ok(Some(text)),
            Some(other) => Err(self.fault(key, format!("must be a text in quotes, not {}", other.kind()))),
        }
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, key: &str) -> Result<String, ConfigError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// That a required key is not there.
    pub(super) fn missing(&self, key: &str) -> ConfigError {
        let steps = self.name(key).replace('[', ".").replace(']', "");
        let variable = steps.replace('.', "__").to_ascii_uppercase();
        self.fault(
            key,
            format!("is missing; write it into the settings file or set {PREFIX}{variable}"),
        )
    }

    /// A whole number.
    pub(super) fn number(&mut self, key: &str) -> Result<Option<i64>, ConfigError> {
        match self.entries.remove(key) {
            None => Ok(None),
            Some(Node::Number(number)) => Ok(Some(number)),
            Some(Node::Text(text, Some(_))) => {
                let number = text.trim().parse();
                number
                    .map(Some)
                    .map_err(|_| self.fault(key, "must be a whole number"))
            }
            Some(other) => Err(self.fault(key, format!("must be a whole number, not {}", other.kind()))),
        }
    }

    /// A list of texts none of which is blank; one text from the environment is split at commas.
    pub(super) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, ConfigError> {
        let items = match self.entries.remove(key) {
            None => return Ok(None),
            Some(Node::List(items)) => items,
            Some(Node::Text(text, Some(_))) if text.trim().is_empty() => Vec::new(),
            Some(Node::Text(text, Some(name))) => text
                .split(',')
                .map(|item| Node::Text(item.to_owned(), Some(name.clone())))
                .collect(),
            Some(other) => {
                return Err(self.fault(
                    key,
                    format!("must be a list such as [\"…\"], not {}", other.kind()),
                ));
            }
        };
        let texts = items.into_iter().map(|item| match item {
            Node::Text(text, _) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
            Node::Text(..) => Err(self.fault(key, "has an empty entry; remove it")),
            other => Err(self.fault(key, format!("must hold texts in quotes, not {}", other.kind()))),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// A secret: `key` itself or the content of the file that `key_file` names, without its last newline.
    pub(super) fn secret(&mut self, key: &str) -> Result<Option<SecretString>, ConfigError> {
        let file_key = format!("{key}_file");
        let secret = match (self.text(key)?, self.text(&file_key)?) {
            (Some(_), Some(_)) => {
                return Err(self.fault(
                    key,
                    format!("is given together with `{file_key}`; keep one of them"),
                ));
            }
            (Some(secret), None) => SecretString::from(secret),
            (None, Some(path)) => self.secret_file(&file_key, PathBuf::from(path))?,
            (None, None) => return Ok(None),
        };
        Ok(Some(secret))
    }

    fn secret_file(&self, key: &str, path: PathBuf) -> Result<SecretString, ConfigError> {
        match secret_in(&path) {
            Ok(Some(secret)) => Ok(secret),
            Ok(None) => Err(self.fault(key, format!("the file {} is empty", path.display()))),
            Err(source) => Err(self.unreadable(key, path, source)),
        }
    }

    /// That the file that `key` names cannot be read.
    pub(super) fn unreadable(&self, key: &str, path: PathBuf, source: io::Error) -> ConfigError {
        ConfigError::Unreadable {
            key: self.name(key),
            path,
            source,
        }
    }

    /// The path of a file with a secret in it that will be read again.
    pub(super) fn kept_secret_file(&mut self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        let Some(path) = self.text(key)?.map(PathBuf::from) else {
            return Ok(None);
        };
        self.secret_file(key, path.clone())?;
        Ok(Some(path))
    }

    /// The first of `keys` that is there.
    pub(super) fn any_of(&self, keys: &[&'static str]) -> Option<&'static str> {
        keys.iter().copied().find(|key| self.entries.contains_key(*key))
    }

    /// `true`, as a text, or a text; nothing for `false`.
    pub(super) fn flag_or_text(&mut self, key: &str) -> Result<Option<String>, ConfigError> {
        match self.entries.get(key) {
            Some(Node::Flag(flag)) => {
                let flag = *flag;
                self.entries.remove(key);
                Ok(flag.then(|| true.to_string()))
            }
            Some(Node::Text(..)) | None => Ok(self.text(key)?.filter(|text| text != "false")),
            Some(other) => Err(self.fault(
                key,
                format!("must be true or a text in quotes, not {}", other.kind()),
            )),
        }
    }

    /// Refuses what was not taken.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        let Some((key, node)) = self.entries.first_key_value() else {
            return Ok(());
        };
        Err(match node.variable() {
            Some(name) => setting(
                name,
                "names no setting; remove it, or check its spelling: section and key are joined by two underscores",
            ),
            None => self.fault(
                key,
                "is no setting; remove it, or check its spelling and its section",
            ),
        })
    }
}

impl Node {
    fn kind(&self) -> &'static str {
        match self {
            Self::Section(_) => "a section",
            Self::List(_) => "a list",
            Self::Text(..) => "a text",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Other(kind) => kind,
        }
    }

    /// The environment variable that this came from, when nothing of it came from the file.
    fn variable(&self) -> Option<&str> {
        match self {
            Self::Text(_, variable) => variable.as_deref(),
            Self::Section(entries) => entries.values().find_map(Self::variable),
            Self::List(items) => items.iter().find_map(Self::variable),
            Self::Number(_) | Self::Flag(_) | Self::Other(_) => None,
        }
    }
}
