//! Things through which records leave the archive by themselves: whoever does something with one is noted in the access log
//! first, in one text: its number, what was done, where it leads to, and its name.

use super::{AppState, Error, PageContext, access_log};
use crate::{identity::SignedIn, store::AccessAction, wording::one_line};

/// The longest name on a page, in characters.
pub const NAME: usize = 200;

/// A kind of such things.
pub struct Managed {
    pub action: AccessAction,
    /// The address of their list; a number after it is one of them.
    pub path: &'static str,
    /// What their messages begin with.
    pub messages: &'static str,
    /// What can become of one.
    pub deeds: &'static [&'static str],
}

impl Managed {
    /// Notes what somebody does. What cannot be noted is not done.
    pub async fn note(
        &self,
        state: &AppState,
        who: &SignedIn,
        number: Option<i64>,
        deed: &str,
        shown: &str,
        name: &str,
    ) -> Result<(), Error> {
        let written = number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        // Blanks stand between the parts.
        let shown = shown.replace(char::is_whitespace, "_");
        let subject = format!("{written} {deed} {shown} {name}");
        access_log::note(state, who, self.action, &subject).await?;
        let action = self.action.name();
        tracing::info!(user = %who.user, action, number, deed, "something that sends records is managed");
        Ok(())
    }

    /// The address of what the access log notes.
    pub fn href(&self, subject: &str) -> String {
        match subject.split(' ').next().map(str::parse::<u32>) {
            Some(Ok(number)) => format!("{}/{number}", self.path),
            _ => self.path.to_owned(),
        }
    }

    /// The same in words.
    pub fn words(&self, subject: &str, ctx: &PageContext) -> String {
        let mut parts = subject.splitn(4, ' ').skip(1);
        let (deed, shown, name) = (parts.next(), parts.next(), parts.next());
        let deed = self.deeds.iter().find(|known| Some(**known) == deed);
        let words = deed.map_or_else(
            || ctx.t(&format!("{}-title", self.messages)),
            |deed| ctx.t(&format!("{}-noted-{deed}", self.messages)),
        );
        let joint = ctx.t("label-joint");
        let subject = format!("{} ({})", name.unwrap_or_default(), shown.unwrap_or_default());
        one_line(&format!("{words}{joint}{subject}"), NAME + 300)
    }
}
