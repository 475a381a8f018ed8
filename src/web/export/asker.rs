//! Who asks for a file: somebody who signed in, or a program with a token.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse as _, Response},
};

use crate::{
    api::{Fault, Program},
    identity::{self, Permitted},
    store::{Person, Right},
    web::{AppState, Error, access_log, error::WAIT},
};

const BEARER: &[u8] = b"bearer";
/// Where a person has a tenant.
const PROGRAM: &str = "program";

/// Whoever may export, and what they may have.
pub struct Asker {
    pub person: Person,
    pub name: String,
    /// The ids of the only customers whose records they may have; empty for all.
    pub customers: Vec<String>,
    is_program: bool,
}

impl FromRequestParts<AppState> for Asker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        // Who shows a token is judged by it: a session beside it counts for nothing. What a proxy leaves of a scheme of its
        // own is no token.
        if parts.headers.get_all(header::AUTHORIZATION).iter().any(is_bearer) {
            let program = state.programs.admit(&parts.headers, Right::Export).await;
            return program.map(Self::of).map_err(|fault| fault.into_response());
        }
        let user = Permitted::<identity::Export>::from_request_parts(parts, state)
            .await
            .map_err(|refused| refused.into_response())?;
        let (person, name) = access_log::who(&user);
        Ok(Self {
            person,
            name,
            customers: Vec::new(),
            is_program: false,
        })
    }
}

fn is_bearer(value: &HeaderValue) -> bool {
    let scheme = value.as_bytes().get(..BEARER.len());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(BEARER))
}

impl Asker {
    fn of(program: Program) -> Self {
        Self {
            person: Person {
                tenant: PROGRAM.to_owned(),
                object: program.name.clone(),
            },
            name: program.name,
            customers: program.customers,
            is_program: true,
        }
    }

    /// A refusal as they can read it: a page, or what the API says.
    pub fn refused(&self, error: Error) -> Response {
        if !self.is_program {
            return error.into_response();
        }
        match error {
            Error::TooManyExports(_) => Fault::TooMany(WAIT),
            Error::Unavailable(error) => Fault::Unavailable(error),
            _ => Fault::InvalidRequest,
        }
        .into_response()
    }
}
