//! What the forms send, checked.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::Unfit;
use crate::{
    audit::{
        Selection,
        selection::{From, To},
    },
    store::{Place, SavedView, Stream, StreamKind},
    stream::{Asked, Draft, SYSLOG_PORT, selected},
    web::{
        PageContext,
        views::{
            choice::{self, Before, Chosen},
            form::{Trouble, name},
        },
    },
};

/// A field and what is wrong with it; with `streams-fault-` before it, its message.
pub type Fault = (&'static str, &'static str);

/// What a stream sends by default in a message of syslog, in bytes.
const USUAL_LARGEST: u32 = 8_192;

/// The form of a stream, new or not. Check boxes are there or not, whatever they say.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    pub kind: String,
    pub name: String,
    /// `all`, `kept` or the number of a view
    pub filter: String,
    pub url: String,
    pub auth: String,
    pub header: String,
    pub secret: String,
    pub gzip: Option<String>,
    pub index: String,
    pub host: String,
    pub port: String,
    pub largest: String,
    pub ca: String,
    pub new_key: Option<String>,
    /// `now`, `beginning` or `date`
    pub from: String,
    pub since: String,
    /// Of the stream that the form was made of.
    pub revision: String,
}

/// What is done with a stream.
#[derive(Deserialize)]
pub struct Act {
    /// `pause`, `resume`, `test`, `move`, `skip` or `delete`
    pub what: String,
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub since: String,
    /// Where the stream was when its page was made, for `skip`: its moves and its position, with a hyphen between them.
    #[serde(default)]
    pub seen: String,
}

impl Act {
    /// Where the stream was.
    pub fn seen(&self) -> Option<(i64, i64)> {
        let (moves, position) = self.seen.split_once('-')?;
        Some((moves.parse().ok()?, position.parse().ok()?))
    }
}

/// What a stream has sent so far.
pub fn kept(stream: Option<&Stream>, ctx: &PageContext) -> Before {
    let Some(stream) = stream else {
        return Before::Nothing;
    };
    let selection = selected(&stream.content.query, ctx.now, ctx.own_zone);
    let view = stream.content.view.clone();
    Before::of(selection.map(|selection| Chosen { selection, view }))
}

impl Sent {
    /// The form of a new stream as it is found.
    pub fn new(kind: StreamKind, view: Option<String>) -> Self {
        Self {
            kind: kind.name().to_owned(),
            filter: view.unwrap_or_else(|| "all".to_owned()),
            auth: "bearer".to_owned(),
            gzip: Some(String::new()),
            port: SYSLOG_PORT.to_string(),
            largest: USUAL_LARGEST.to_string(),
            from: "now".to_owned(),
            ..Self::default()
        }
    }

    /// The form of a stream that is there.
    pub fn of(stream: &Stream, draft: Draft) -> Self {
        Self {
            kind: stream.content.kind.name().to_owned(),
            name: stream.content.name.clone(),
            filter: "kept".to_owned(),
            auth: draft.auth,
            header: draft.header,
            gzip: draft.gzip.then(String::new),
            index: draft.index,
            host: draft.host,
            port: draft.port,
            largest: draft.largest,
            ca: draft.ca,
            revision: stream.revision.to_string(),
            ..Self::default()
        }
    }

    /// What is asked for, as far as it can be, where it is to begin, and what is wrong with it.
    pub fn read(
        &self,
        kind: StreamKind,
        before: Option<&Stream>,
        views: &[SavedView],
        ctx: &PageContext,
    ) -> (Asked, Place, Vec<Fault>) {
        let mut faults = Vec::new();
        let name = name(&self.name).unwrap_or_else(|trouble| {
            faults.push((
                "name",
                match trouble {
                    Trouble::NameTooLong => "name-long",
                    Trouble::NameOdd => "name-odd",
                    _ => "name-missing",
                },
            ));
            String::new()
        });
        let chosen = choice::read(&self.filter, kept(before, ctx), views, ctx);
        let (query, view) = match chosen {
            Ok(chosen) if choice::is_everything(&chosen.selection) => (String::new(), chosen.view),
            Ok(chosen) => (chosen.selection.query(), chosen.view),
            Err(unchosen) => {
                faults.push(("filter", unchosen.key()));
                (String::new(), None)
            }
        };
        let from = match before {
            // Changing moves nothing.
            Some(_) => Place::Now,
            None => place(&self.from, &self.since, ctx).unwrap_or_else(|| {
                faults.push(("since", "since-odd"));
                Place::Now
            }),
        };
        let draft = Draft {
            url: self.url.clone(),
            auth: self.auth.clone(),
            header: self.header.clone(),
            secret: self.secret.clone(),
            gzip: self.gzip.is_some(),
            index: self.index.clone(),
            host: self.host.clone(),
            port: self.port.clone(),
            largest: self.largest.clone(),
            ca: self.ca.clone(),
            new_key: self.new_key.is_some(),
        };
        let asked = Asked {
            name,
            kind,
            query,
            view,
            draft,
        };
        (asked, from, faults)
    }
}

impl Act {
    pub fn place(&self, ctx: &PageContext) -> Option<Place> {
        place(&self.from, &self.since, ctx)
    }
}

/// Where a stream goes on; days are those of the reader.
fn place(from: &str, since: &str, ctx: &PageContext) -> Option<Place> {
    match from {
        "now" => Some(Place::Now),
        "beginning" => Some(Place::Beginning),
        "date" => {
            let day: NaiveDate = since.trim().parse().ok()?;
            Some(Place::Since(start_of(day, ctx)?))
        }
        _ => None,
    }
}

fn start_of(day: NaiveDate, ctx: &PageContext) -> Option<DateTime<Utc>> {
    let everything = Selection::everything(ctx.own_zone, day);
    everything.over(From::Day(day), To::Day(day)).during().0.to_utc()
}

/// What cannot be prepared, at its fields.
pub fn faults(unfit: Unfit) -> Vec<Fault> {
    match unfit {
        Unfit::Faults(faults) => faults,
        Unfit::NoKey => vec![("name", "no-key")],
    }
}
