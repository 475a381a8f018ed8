//! The places that scheduled exports go to: whether a file can be put there.

use super::{Line, Tell, told};
use crate::{config::Settings, schedule::Destinations};

/// Puts a small file into each, in the place of the one of the last check.
pub(super) async fn check(settings: &Settings, tell: &mut Tell<'_>) {
    for (index, destination) in Destinations::new(&settings.export_destinations)
        .all()
        .iter()
        .enumerate()
    {
        let what = format!("export_destination[{index}]");
        let (name, shown) = (destination.name(), destination.shown());
        tell(match destination.probe().await {
            Ok(file) => Line::ok(what, format!("{name:?}: {file} was put into {shown}")),
            Err(error) => Line::failed(
                what,
                format!("{name:?}: no file can be put into {shown} ({})", told(&error)),
                "Check that it is there, and that partnerlog may write into it: the folder's owner, or the keys and \
                 the rights of the identity that is used.",
            ),
        });
    }
}
