//! A record as a block of text that is pasted into a ticket: when, for whom, what, by whom, what changed, and its link.

use crate::{
    audit::explain::{Changes, Phrase},
    i18n::{Arg, Lang, grouped},
    wording,
};

/// So many changes are named.
const CHANGES: usize = 20;

/// What the block says, as finished text.
pub struct Ticket<'a> {
    /// With the zone.
    pub date: &'a str,
    pub customer: &'a str,
    /// With how it ended, where it did not simply succeed.
    pub action: &'a str,
    pub actor: &'a str,
    pub sentence: &'a str,
    pub changes: &'a Changes,
    pub link: &'a str,
    pub lang: Lang,
}

impl Ticket<'_> {
    /// A line for each thing, as `Label: value`.
    pub fn text(&self) -> String {
        let joint = self.lang.t("label-joint");
        let mut out = String::new();
        for (label, value) in self.facts() {
            out.extend([&label, &joint, value, "\n"]);
        }
        let changes = self.changes();
        if !changes.is_empty() {
            out.extend([&self.lang.t("changes-title"), joint.trim_end(), "\n"]);
            for change in changes {
                out.extend(["- ", &change, "\n"]);
            }
        }
        out.extend([&self.lang.t("record-link"), &joint, self.link, "\n"]);
        out
    }

    /// The same in Markdown. What names and values hold is text and nothing else there, too.
    pub fn markdown(&self) -> String {
        let joint = self.lang.t("label-joint");
        let mut out = String::new();
        for (label, value) in self.facts() {
            out.extend(["- **", &label, "**", &joint, &escaped(value), "\n"]);
        }
        let changes = self.changes();
        if !changes.is_empty() {
            out.extend([
                "- **",
                &self.lang.t("changes-title"),
                "**",
                joint.trim_end(),
                "\n",
            ]);
            for change in changes {
                out.extend(["  - ", &escaped(&change), "\n"]);
            }
        }
        out.extend(["- <", self.link, ">\n"]);
        out
    }

    fn facts(&self) -> impl Iterator<Item = (String, &str)> {
        [
            ("column-date", self.date),
            ("column-customer", self.customer),
            ("column-action", self.action),
            ("column-user", self.actor),
            ("record-happened", self.sentence),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (self.lang.t(key), value))
    }

    fn changes(&self) -> Vec<String> {
        let all = &self.changes.changed;
        let named = all.iter().take(CHANGES);
        let mut lines: Vec<String> = named
            .map(|change| wording::phrase(&Phrase::Change(change.clone()), self.lang))
            .collect();
        let more = all.len().saturating_sub(CHANGES) + self.changes.changed_left_out;
        if more > 0 {
            let number = i64::try_from(more).unwrap_or(i64::MAX);
            lines.push(self.lang.t_with(
                "phrase-more-changes",
                &[
                    ("number", Arg::Number(number)),
                    ("count", Arg::Text(&grouped(number))),
                ],
            ));
        }
        lines
    }
}

/// A line of text in which nothing is Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '!' => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::explain::Change;

    #[test]
    fn both_say_the_same_and_names_stay_names() {
        let changes = Changes {
            changed: vec![Change {
                field: "Quantity".into(),
                old: Some("25".into()),
                new: Some("30".into()),
                delta: Some("+5".into()),
                ..Change::default()
            }],
            ..Changes::default()
        };
        let ticket = Ticket {
            date: "14 May 2026, 10:02:03 (JST, UTC+9)",
            customer: "**<b>[A](http://evil)",
            action: "Updated a subscription",
            actor: "taro@contoso.example",
            sentence: "taro did it.",
            changes: &changes,
            link: "https://log.contoso.example/activity/x",
            lang: Lang::En,
        };
        assert_eq!(
            ticket.text(),
            "Date-Time: 14 May 2026, 10:02:03 (JST, UTC+9)\n\
             Affected customer: **<b>[A](http://evil)\n\
             Action: Updated a subscription\n\
             Partner user: taro@contoso.example\n\
             What happened: taro did it.\n\
             Changes:\n\
             - Quantity 25 → 30 (+5)\n\
             Link: https://log.contoso.example/activity/x\n"
        );
        assert_eq!(
            ticket.markdown(),
            "- **Date-Time**: 14 May 2026, 10:02:03 (JST, UTC+9)\n\
             - **Affected customer**: \\*\\*\\<b\\>\\[A\\](http://evil)\n\
             - **Action**: Updated a subscription\n\
             - **Partner user**: taro@contoso.example\n\
             - **What happened**: taro did it.\n\
             - **Changes**:\n\
             \x20 - Quantity 25 → 30 (+5)\n\
             - <https://log.contoso.example/activity/x>\n"
        );
    }
}
