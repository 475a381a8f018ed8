//! What single values must look like. Each fault says what to write instead.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use url::Url;

use super::ExportPlace;

/// As [`duration`], and `500ms`.
pub(super) fn short_duration(text: &str) -> Result<Duration, String> {
    let milliseconds = text.trim().strip_suffix("ms");
    match milliseconds.map(str::parse::<u32>) {
        None => duration(text),
        Some(Ok(number)) if number > 0 => Ok(Duration::from_millis(number.into())),
        Some(_) => Err(format!("{text:?} is no duration; write such as 500ms or 2s")),
    }
}

/// A whole number and a unit: `90s`, `5m`, `12h`, `1d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let fault = || format!("{text:?} is no duration; write a whole number and s, m, h or d, such as 60m");
    let text = text.trim();
    let unit = text.chars().last().ok_or_else(fault)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(fault()),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault());
    }
    let number: u64 = digits.parse().map_err(|_| fault())?;
    if number == 0 {
        Err("must be longer than nothing".to_owned())
    } else {
        Ok(Duration::from_secs(number * seconds))
    }
}

/// An id that an operator copied from somewhere.
pub(super) fn id(text: String) -> Result<String, String> {
    if text.contains(['<', '>', '…']) {
        Err("still holds a placeholder; put the real id there".to_owned())
    } else if text.chars().any(|sign| sign.is_whitespace() || sign.is_control()) {
        Err("must not hold blanks".to_owned())
    } else {
        Ok(text)
    }
}

/// An address of a server: https, or http on this machine; without credentials, query and fragment. Its own
/// text without the last slash, not a normalized one: issuers are compared to the letter.
pub(super) fn address(text: String) -> Result<String, String> {
    parse(&text)?;
    Ok(text.trim_end_matches('/').to_owned())
}

/// Like [`address`], but to the letter: OpenID issuers may end in a slash, and then it counts.
pub(super) fn issuer(text: String) -> Result<String, String> {
    parse(&text)?;
    Ok(text)
}

/// The address of the Partner Center API, to which requests append `/v1/…`.
pub(super) fn api(text: String) -> Result<String, String> {
    let text = address(text)?;
    if text.ends_with("/v1") {
        Err("must not end in /v1; leave that away".to_owned())
    } else {
        Ok(text)
    }
}

/// Scheme, host and port, as browsers write them in `Origin`.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let url = parse(text)?;
    if url.path() != "/" {
        return Err(
            "must not have a path; write only scheme, host and port, such as https://log.contoso.com"
                .to_owned(),
        );
    }
    Ok(url.origin().ascii_serialization())
}

/// The link to a customer's subscriptions.
pub(super) fn subscriptions(text: String) -> Result<String, String> {
    if !text.contains("{customerId}") {
        return Err("must contain {customerId} where the customer's id goes".to_owned());
    }
    let url = Url::parse(&text.replace("{customerId}", "0")).map_err(|_| NO_ADDRESS.to_owned())?;
    let sound = url.scheme() == "https" && url.host_str().is_some() && url.username().is_empty();
    if sound {
        Ok(text)
    } else {
        Err("must begin with https:// and a host".to_owned())
    }
}

/// `sqlite:PATH`.
pub(super) fn sqlite(text: &str) -> Result<PathBuf, String> {
    match text.strip_prefix("sqlite:") {
        None | Some("") => Err(
            "must be sqlite:PATH, such as sqlite:partnerlog.db, or postgres://USER@HOST/DATABASE".to_owned(),
        ),
        Some(path) if path.starts_with("//") => Err(
            "must have one colon and a path; write sqlite:/absolute/path or sqlite:relative/path".to_owned(),
        ),
        Some(path) if path.contains(":memory:") => {
            Err("must be a file: an archive in memory would end with the process".to_owned())
        }
        Some(path) if path.contains(['?', '#', '\0']) || path.ends_with('/') => {
            Err("must name a file, without options".to_owned())
        }
        Some(path) => Ok(path.into()),
    }
}

/// What pages call something.
pub(super) fn name(text: String) -> Result<String, String> {
    match text.trim() {
        text if text.is_empty() || text.chars().any(char::is_control) => {
            Err("must be a name on one line".to_owned())
        }
        text => Ok(text.to_owned()),
    }
}

/// `folder:/path`, `s3://bucket/prefix` or `azure://account/container/prefix`.
pub(super) fn export_place(text: &str) -> Result<ExportPlace, String> {
    let forms = "must be folder:/absolute/path, s3://bucket/prefix or azure://account/container/prefix";
    if let Some(path) = text.strip_prefix("folder:") {
        let path = PathBuf::from(path);
        return match path.is_absolute() {
            true => Ok(ExportPlace::Folder(path)),
            false => Err("must be an absolute path, such as folder:/srv/partnerlog/exports".to_owned()),
        };
    }
    let (is_s3, rest) = match (text.strip_prefix("s3://"), text.strip_prefix("azure://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(forms.to_owned()),
    };
    if rest.contains(['?', '#', '<', '>', '…', '\\', '%'])
        || rest.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        return Err(forms.to_owned());
    }
    let mut parts = rest.trim_end_matches('/').split('/').map(str::to_owned);
    let mut next = || {
        parts
            .next()
            .filter(|part| !part.is_empty())
            .ok_or_else(|| forms.to_owned())
    };
    let place = if is_s3 {
        ExportPlace::S3 {
            bucket: next()?,
            prefix: String::new(),
        }
    } else {
        ExportPlace::Azure {
            account: next()?,
            container: next()?,
            prefix: String::new(),
        }
    };
    let rest: Vec<String> = parts.collect();
    if rest
        .iter()
        .any(|part| part.is_empty() || part == "." || part == "..")
    {
        return Err(forms.to_owned());
    }
    let prefix = rest.join("/");
    Ok(match place {
        ExportPlace::S3 { bucket, .. } => ExportPlace::S3 { bucket, prefix },
        ExportPlace::Azure {
            account, container, ..
        } => ExportPlace::Azure {
            account,
            container,
            prefix,
        },
        folder => folder,
    })
}

/// What a key is made of: so much chance that nobody can try every one.
pub(super) fn key(text: &str) -> Result<(), String> {
    const LEAST: usize = 32;
    let mut signs: Vec<char> = text.chars().collect();
    let long = signs.len() >= LEAST;
    signs.sort_unstable();
    signs.dedup();
    if text.trim() != text || text.chars().any(char::is_control) {
        Err("must not begin or end with blanks, nor hold line breaks".to_owned())
    } else if long && signs.len() >= 10 {
        Ok(())
    } else {
        Err(format!(
            "can be guessed: it must have at least {LEAST} characters of chance; make one with `openssl rand -base64 32`"
        ))
    }
}

const NO_ADDRESS: &str = "is no address; write it in full, such as https://log.contoso.com";

fn parse(text: &str) -> Result<Url, String> {
    if text.contains(['<', '>', '…']) {
        return Err("still holds a placeholder; put the real value there".to_owned());
    }
    let url = Url::parse(text).map_err(|_| NO_ADDRESS.to_owned())?;
    if url.host_str().is_none_or(str::is_empty) || text.trim() != text {
        return Err(NO_ADDRESS.to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have `?` or `#`".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("must be https; http is for this machine only (localhost, 127.0.0.1)".to_owned()),
        _ => Err("must begin with https://".to_owned()),
    }
}

/// Whether an address is on this machine.
pub(super) fn is_local(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_are_not_nothing() {
        for (text, seconds) in [
            ("90s", 90),
            ("5m", 300),
            ("12h", 43_200),
            ("1d", 86_400),
            (" 60m ", 3600),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for text in [
            "",
            "m",
            "60",
            "0s",
            "-5m",
            "1.5h",
            "5 m",
            "5ms",
            "9999999999s",
            "５m",
            "1h30m",
            "é",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn http_is_only_for_this_machine() {
        for text in [
            "https://a.example/v2.0",
            "http://localhost:1/x",
            "http://127.0.0.1",
            "http://[::1]:8080",
        ] {
            assert!(address(text.to_owned()).is_ok(), "{text}");
        }
        for text in [
            "http://a.example",
            "http://127.0.0.1.example",
            "ftp://a.example",
            "a.example",
            "https://",
            "https://u:p@a.example",
            "https://a.example/?x",
            "https://a.example/#x",
            " https://a.example",
            "http://0.0.0.0",
        ] {
            assert!(address(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_is_long_and_not_monotonous() {
        assert_eq!(key("hqnYx1N0Cz0Z0p7cVf0Y6o2mB8H3s9JwKkq4tRrUe1A="), Ok(()));
        assert_eq!(
            key("7f3a9b0c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a"),
            Ok(())
        );
        for odd in [
            "change-me",
            "0123456789012345678901234567890",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            " hqnYx1N0Cz0Z0p7cVf0Y6o2mB8H3s9JwKkq4tRrUe1A=",
            "hqnYx1N0Cz0Z0p7cVf0Y6o2m\nB8H3s9JwKkq4tRrUe1A=",
        ] {
            assert!(key(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_destination_is_a_folder_or_a_part_of_a_store() {
        let text = |text: &str| text.to_owned();
        for (url, place) in [
            ("folder:/srv/exports", ExportPlace::Folder("/srv/exports".into())),
            (
                "s3://bucket",
                ExportPlace::S3 {
                    bucket: text("bucket"),
                    prefix: text(""),
                },
            ),
            (
                "s3://bucket/a/b/",
                ExportPlace::S3 {
                    bucket: text("bucket"),
                    prefix: text("a/b"),
                },
            ),
            (
                "azure://account/container/a",
                ExportPlace::Azure {
                    account: text("account"),
                    container: text("container"),
                    prefix: text("a"),
                },
            ),
        ] {
            assert_eq!(export_place(url), Ok(place), "{url}");
        }
        for url in [
            "",
            "folder:",
            "folder:exports",
            "/srv/exports",
            "s3://",
            "s3:///prefix",
            "s3://bucket//a",
            "s3://bucket/../a",
            "s3://bucket?x",
            "s3://<bucket>",
            "azure://account",
            "azure://account/",
            "https://a.example/x",
        ] {
            assert!(export_place(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_do() {
        assert_eq!(
            origin("https://Log.Contoso.com:443/"),
            Ok("https://log.contoso.com".to_owned())
        );
        assert_eq!(
            origin("http://127.0.0.1:8080"),
            Ok("http://127.0.0.1:8080".to_owned())
        );
        assert!(origin("https://log.contoso.com/app").is_err());
    }
}
