//! `POST /settings/import/upload`: a file on its way in, piece by piece onto the disk.

use std::{io, time::Duration};

use axum::{
    extract::{FromRequest as _, Multipart, Request, State, multipart::Field},
    response::{IntoResponse as _, Redirect, Response},
};
use http::{StatusCode, header};
use tokio::io::AsyncWriteExt as _;

use super::{desk::Refused, view};
use crate::{
    identity::{Manage, Permitted},
    web::{AppState, Error, PageContext, page::html},
};

/// What a form adds to the file it sends, in bytes.
const FRAME: u64 = 64 << 10;
/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// Why a file was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Another,
    TooMany,
    TooLarge,
    NoFile,
    NoRoom,
    /// Nothing arrived for too long, or what arrived is no form.
    BrokenOff,
}

impl Trouble {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Another => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoFile => StatusCode::BAD_REQUEST,
            Self::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
            Self::BrokenOff => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// Of the message that says it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Another => "import-trouble-another",
            Self::TooMany => "import-trouble-too-many",
            Self::TooLarge => "import-trouble-too-large",
            Self::NoFile => "import-trouble-no-file",
            Self::NoRoom => "import-trouble-no-room",
            Self::BrokenOff => "import-trouble-broken-off",
        }
    }
}

/// Takes a file in and begins to look at it.
pub async fn upload(
    State(state): State<AppState>,
    user: Permitted<Manage>,
    context: PageContext,
    request: Request,
) -> Result<Response, Error> {
    match receive(&state, &user, request).await {
        Ok(id) => Ok(Redirect::to(&format!("/settings/import/{id}")).into_response()),
        Err(trouble) => {
            let page = view::Start::new(&state, &context, &user.user, Some(trouble)).await?;
            Ok((trouble.status(), html(&page)?).into_response())
        }
    }
}

async fn receive(state: &AppState, user: &Permitted<Manage>, request: Request) -> Result<String, Trouble> {
    let bounds = state.imports.bounds();
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > bounds.largest.saturating_add(FRAME)) {
        return Err(Trouble::TooLarge);
    }
    let by = if user.name.is_empty() {
        &user.username
    } else {
        &user.name
    };
    let place = state
        .imports
        .enter(&user.user, by)
        .map_err(|refused| match refused {
            Refused::Another => Trouble::Another,
            Refused::TooMany => Trouble::TooMany,
        })?;
    let mut form = Multipart::from_request(request, state)
        .await
        .map_err(|_| Trouble::NoFile)?;
    loop {
        let field = in_time(bounds.stall, form.next_field()).await?;
        let Some(field) = field else {
            return Err(Trouble::NoFile);
        };
        if field.name() != Some("file") {
            continue;
        }
        let name: String = field
            .file_name()
            .unwrap_or_default()
            .chars()
            .take(LONGEST_NAME)
            .collect();
        let mut file = state.imports.file().map_err(|error| no_room(&error))?;
        file = write(field, file, bounds.largest, bounds.stall, &name).await?;
        let size = file.metadata().map_err(|error| no_room(&error))?.len();
        return Ok(place.received(name, size, file).id.clone());
    }
}

/// Writes what arrives; each piece has to come in time.
async fn write(
    mut field: Field<'_>,
    file: std::fs::File,
    largest: u64,
    stall: Duration,
    name: &str,
) -> Result<std::fs::File, Trouble> {
    let mut file = tokio::fs::File::from_std(file);
    let mut size = 0_u64;
    while let Some(piece) = in_time(stall, field.chunk()).await? {
        size += piece.len() as u64;
        if size > largest {
            return Err(Trouble::TooLarge);
        }
        file.write_all(&piece).await.map_err(|error| no_room(&error))?;
    }
    // A form that was sent without a choice has a field all the same.
    if name.is_empty() && size == 0 {
        return Err(Trouble::NoFile);
    }
    file.flush().await.map_err(|error| no_room(&error))?;
    Ok(file.into_std().await)
}

async fn in_time<T, E>(stall: Duration, work: impl Future<Output = Result<T, E>>) -> Result<T, Trouble> {
    match tokio::time::timeout(stall, work).await {
        Ok(Ok(done)) => Ok(done),
        _ => Err(Trouble::BrokenOff),
    }
}

fn no_room(error: &io::Error) -> Trouble {
    tracing::error!(%error, "an uploaded file could not be kept");
    Trouble::NoRoom
}
