//! Stylesheets, scripts and images: embedded, and addressed by their content.
//!
//! An address holds the content's hash, so caches keep it for a year and a new version is a new address.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};

use super::headers::Immutable;
use crate::export::Format;

/// Where the router mounts [`serve`].
pub const ROUTE: &str = "/static/{*file}";

#[derive(RustEmbed)]
#[folder = "static/"]
struct Embedded;

struct Asset {
    url: String,
    bytes: Cow<'static, [u8]>,
    content_type: &'static str,
    /// Weak, because a compressed answer has other bytes.
    etag: HeaderValue,
}

struct Assets {
    by_name: HashMap<String, Asset>,
    /// From what follows `/static/` to the name.
    names: HashMap<String, String>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let files = Embedded::iter().filter_map(|name| Embedded::get(&name).map(|file| (name, file.data)));
    Assets::new(files.map(|(name, bytes)| (name.into_owned(), bytes)))
});

/// The address of the asset `name`, such as `app.css`; for templates.
///
/// A name that does not exist gives an address that answers 404; a test keeps templates from using one.
pub fn url(name: &str) -> &'static str {
    ASSETS
        .by_name
        .get(name)
        .map_or("/static/missing", |asset| &asset.url)
}

/// The names of all assets, in no order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ASSETS.by_name.keys().map(String::as_str)
}

/// `GET` of an asset; 304 when the reader has it, 404 under any address that [`url`] does not give.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    ASSETS.answer(&file, &headers)
}

/// `GET /robots.txt`: nothing here is for search engines.
pub async fn robots() -> Response {
    match Embedded::get("robots.txt") {
        Some(file) => ([(header::CONTENT_TYPE, content_type("robots.txt"))], file.data).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Compresses every answer that gains by it, fast rather than small: pages are made for one reader each.
pub fn compression() -> CompressionLayer<impl Predicate> {
    // Workbooks are compressed, and their length is known, which compressing would hide.
    let workbook = NotForContentType::const_new(Format::Xlsx.content_type());
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(1))
        .compress_when(DefaultPredicate::new().and(workbook))
}

impl Assets {
    fn new(files: impl Iterator<Item = (String, Cow<'static, [u8]>)>) -> Self {
        let mut assets = Self {
            by_name: HashMap::new(),
            names: HashMap::new(),
        };
        for (name, bytes) in files {
            let hash: String = Sha256::digest(&bytes)
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let address = fingerprinted(&name, &hash);
            let etag = HeaderValue::try_from(format!("W/\"{hash}\"")).expect("hexadecimal digits are ASCII");
            let content_type = content_type(&name);
            let asset = Asset {
                url: format!("/static/{address}"),
                bytes,
                content_type,
                etag,
            };
            assets.names.insert(address, name.clone());
            assets.by_name.insert(name, asset);
        }
        assets
    }

    fn answer(&self, file: &str, headers: &HeaderMap) -> Response {
        let Some(asset) = self.names.get(file).and_then(|name| self.by_name.get(name)) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let known = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim() == "*" || tag.trim().as_bytes() == asset.etag.as_bytes());
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, asset.content_type)], asset.bytes.clone()).into_response()
        };
        response.headers_mut().insert(header::ETAG, asset.etag.clone());
        response.extensions_mut().insert(Immutable);
        response
    }
}

/// `app.css` and `0f` make `app.0f.css`.
fn fingerprinted(name: &str, hash: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains('/') => format!("{stem}.{hash}.{extension}"),
        _ => format!("{name}.{hash}"),
    }
}

/// The types that assets have; browsers are told not to guess others.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(css: &'static str) -> Assets {
        let files = [("app.css", css), ("icons/a.b.svg", "<svg/>")];
        Assets::new(
            files
                .into_iter()
                .map(|(name, text)| (name.to_owned(), Cow::Borrowed(text.as_bytes()))),
        )
    }

    #[test]
    fn another_content_is_another_address() {
        let address = |css| assets(css).by_name["app.css"].url.clone();
        assert_eq!(address("a{}"), address("a{}"));
        assert_ne!(address("a{}"), address("b{}"));
        assert!(address("a{}").starts_with("/static/app.") && address("a{}").ends_with(".css"));
        assert!(
            assets("").by_name["icons/a.b.svg"]
                .url
                .starts_with("/static/icons/a.b.")
        );
    }

    #[test]
    fn an_asset_answers_with_its_type_and_only_under_its_address() {
        let assets = assets("a{}");
        let address = assets.by_name["app.css"]
            .url
            .trim_start_matches("/static/")
            .to_owned();
        let response = assets.answer(&address, &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/css; charset=utf-8");
        assert!(response.extensions().get::<Immutable>().is_some());
        for other in [
            "app.css",
            "app.0000000000000000.css",
            "../Cargo.toml",
            "",
            "missing",
        ] {
            let response = assets.answer(other, &HeaderMap::new());
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{other}");
            assert!(response.extensions().get::<Immutable>().is_none());
        }
    }

    #[test]
    fn a_reader_who_has_the_content_is_told_so() {
        let assets = assets("a{}");
        let asset = &assets.by_name["app.css"];
        let mut headers = HeaderMap::new();
        let tags = format!("\"x\", {}", asset.etag.to_str().unwrap());
        headers.insert(header::IF_NONE_MATCH, tags.parse().unwrap());
        let response = assets.answer(asset.url.trim_start_matches("/static/"), &headers);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(response.headers()["etag"], asset.etag);
    }
}
