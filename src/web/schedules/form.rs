//! What the forms send, checked.

use chrono_tz::Tz;
use serde::Deserialize;

use crate::{
    export::{Columns, Form, Format, Rows},
    i18n::Lang,
    schedule::{Asked, Destinations, selected},
    store::{Contents, Rhythm, SavedView, Schedule, ScheduleContent},
    web::{
        PageContext,
        views::{
            choice::{self, Before, Chosen},
            form::{Trouble, name},
        },
    },
};

/// A field and the message of what is wrong with it.
pub type Fault = (&'static str, &'static str);

/// When a file is made unless somebody says otherwise: records of the day before have arrived by then.
const USUAL_HOUR: u32 = 6;

/// The form of a schedule, new or not.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    pub name: String,
    /// `all`, `kept` or the number of a view
    pub filter: String,
    pub rhythm: String,
    pub hour: String,
    pub zone: String,
    /// `period` or `new`
    pub contents: String,
    /// `now` or `beginning`, for what is new
    pub from: String,
    pub destination: String,
    pub format: String,
    pub rows: String,
    pub columns: String,
    /// Of the file.
    pub language: String,
    /// Of the schedule that the form was made of.
    pub revision: String,
}

/// What is done with a schedule.
#[derive(Deserialize)]
pub struct Act {
    /// `pause`, `resume`, `now`, `again`, `give-up` or `delete`
    pub what: String,
    /// The number of a file, for `again` and `give-up`.
    #[serde(default)]
    pub file: String,
}

/// What a schedule has exported so far, and how.
pub fn kept(schedule: &Schedule, ctx: &PageContext) -> Option<(Chosen, Form)> {
    let (selection, form) = selected(&schedule.content.query, ctx.now)?;
    let view = schedule.content.view.clone();
    Some((Chosen { selection, view }, form))
}

/// The filters of a schedule, as a choice.
pub fn chosen_before(schedule: Option<&Schedule>, ctx: &PageContext) -> Before {
    match schedule {
        None => Before::Nothing,
        Some(schedule) => Before::of(kept(schedule, ctx).map(|(chosen, _)| chosen)),
    }
}

impl Sent {
    /// The form of a new schedule as it is found.
    pub fn new(ctx: &PageContext, view: Option<String>, destinations: &Destinations) -> Self {
        let first = destinations.all().first();
        Self {
            filter: view.unwrap_or_else(|| "all".to_owned()),
            rhythm: Rhythm::Daily.name().to_owned(),
            hour: USUAL_HOUR.to_string(),
            zone: ctx.own_zone.name().to_owned(),
            contents: Contents::Period.name().to_owned(),
            from: "now".to_owned(),
            destination: first.map(|it| it.name().to_owned()).unwrap_or_default(),
            format: Format::Csv.name().to_owned(),
            rows: Rows::Activities.name().to_owned(),
            columns: Columns::All.name().to_owned(),
            language: ctx.lang.tag().to_owned(),
            ..Self::default()
        }
    }

    /// The form of a schedule that is there.
    pub fn of(schedule: &Schedule, ctx: &PageContext, destinations: &Destinations) -> Self {
        let content = &schedule.content;
        let new = Self::new(ctx, None, destinations);
        let sent = Self {
            name: content.name.clone(),
            filter: "kept".to_owned(),
            rhythm: content.rhythm.name().to_owned(),
            hour: content.hour.to_string(),
            contents: content.contents.name().to_owned(),
            destination: content.destination.clone(),
            revision: schedule.revision.to_string(),
            ..new
        };
        match kept(schedule, ctx) {
            None => sent,
            Some((chosen, form)) => Self {
                zone: chosen.selection.zone.name().to_owned(),
                format: form.format.name().to_owned(),
                rows: form.rows.name().to_owned(),
                columns: form.columns.name().to_owned(),
                language: form.lang.tag().to_owned(),
                ..sent
            },
        }
    }

    /// What is asked for, or what is wrong with it.
    pub fn read(
        &self,
        before: Option<&Schedule>,
        views: &[SavedView],
        destinations: &Destinations,
        ctx: &PageContext,
    ) -> Result<Asked, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |field, key| faults.push((field, key));
        let name = name(&self.name).map_err(|trouble| {
            let key = match trouble {
                Trouble::NameTooLong => "streams-fault-name-long",
                Trouble::NameOdd => "streams-fault-name-odd",
                _ => "schedules-fault-name-missing",
            };
            fault("name", key);
        });
        let chosen = choice::read(&self.filter, chosen_before(before, ctx), views, ctx)
            .map_err(|unchosen| fault("filter", unchosen.key()));
        let rhythm = Rhythm::named(&self.rhythm).ok_or_else(|| fault("rhythm", "schedules-fault-choose"));
        let contents =
            Contents::named(&self.contents).ok_or_else(|| fault("contents", "schedules-fault-choose"));
        let hour = self.hour.parse().ok().filter(|hour: &u32| *hour < 24);
        let hour = hour.ok_or_else(|| fault("hour", "schedules-fault-choose"));
        let zone = self
            .zone
            .parse::<Tz>()
            .map_err(|_| fault("zone", "schedules-fault-zone"));
        let lang = Lang::from_tag(&self.language).ok_or_else(|| fault("language", "schedules-fault-choose"));
        let destination = destinations
            .named(&self.destination)
            .ok_or_else(|| fault("destination", "schedules-fault-destination"));
        let kind = form_urlencoded::Serializer::new(String::new())
            .append_pair("format", &self.format)
            .append_pair("rows", &self.rows)
            .append_pair("columns", &self.columns)
            .finish();
        let form = Form::parse(&kind, ctx.lang, ctx.own_zone).map_err(|unknown| {
            fault(unknown.field, "schedules-fault-choose");
        });
        let from_beginning = self.from == "beginning";
        match (
            name,
            chosen,
            rhythm,
            contents,
            hour,
            zone,
            lang,
            destination,
            form,
        ) {
            (
                Ok(name),
                Ok(chosen),
                Ok(rhythm),
                Ok(contents),
                Ok(hour),
                Ok(zone),
                Ok(lang),
                Ok(destination),
                Ok(form),
            ) => {
                let selection = crate::audit::Selection {
                    zone,
                    ..chosen.selection
                };
                let form = Form { lang, zone, ..form };
                Ok(Asked {
                    content: ScheduleContent {
                        name,
                        query: form.address_of(&selection),
                        view: chosen.view,
                        rhythm,
                        hour,
                        contents,
                        destination: destination.name().to_owned(),
                    },
                    from_beginning,
                })
            }
            _ => Err(faults),
        }
    }
}
