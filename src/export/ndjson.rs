//! NDJSON: each record as it was received, in a line of its own.

use std::sync::Arc;

use bytes::Bytes;
use zstd::zstd_safe::DCtx;

use super::{Chunk, Chunks, ExportError, Extract, pages::made};
use crate::{
    audit::json,
    store::{Documents, Store},
};

/// A selection as NDJSON, newest first.
pub(super) fn chunks(store: Arc<dyn Store>, of: Extract) -> Chunks {
    Box::pin(made(store, of, |documents| lines(&documents)))
}

fn lines(documents: &Documents) -> Result<Chunk, ExportError> {
    let mut context = DCtx::create();
    let mut lengths = 0;
    for document in documents.iter() {
        lengths += documents.length(document)? + 1;
    }
    let mut out = Vec::with_capacity(lengths);
    for document in documents.iter() {
        let at = out.len();
        documents.unpack(document, &mut context, &mut out)?;
        if memchr::memchr2(b'\n', b'\r', &out[at..]).is_some() || out[at..].starts_with(b"{\"record\":\"") {
            wrap(&mut out, at);
        }
        out.push(b'\n');
    }
    let records = documents.len() as u64;
    Ok(Chunk {
        bytes: Bytes::from(out),
        records,
        rows: records,
        length: None,
    })
}

/// A record that was received in several lines cannot stand in one as it is: it stands there as a text, which
/// [`unwrapped`] gives back byte for byte. So does one that looks as if it were such a text.
fn wrap(out: &mut Vec<u8>, at: usize) {
    let line = format!(
        "{{\"record\":{}}}",
        json::quoted(&String::from_utf8_lossy(&out[at..]))
    );
    out.truncate(at);
    out.extend_from_slice(line.as_bytes());
}

/// The record that a line holds as a text; `None` where the line is another.
pub fn unwrapped(line: &str) -> Option<String> {
    let members = json::members(line)?;
    match &members[..] {
        [(name, raw)] if name == "record" => json::text(raw).map(|text| text.into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_several_lines_comes_back_as_it_was() {
        for document in [
            "{\r\n  \"id\": \"x\\n\"\n}",
            "{\n}",
            "{\t\"a\":\"\u{2028}\u{7f}\\u0000\",\r\"b\":1}",
        ] {
            let mut out = b"before\n".to_vec();
            let at = out.len();
            out.extend_from_slice(document.as_bytes());
            wrap(&mut out, at);
            let line = std::str::from_utf8(&out[at..]).unwrap();
            assert!(!line.contains(['\n', '\r']), "{line}");
            assert_eq!(unwrapped(line).as_deref(), Some(document));
        }
        for other in [
            r#"{"record":1}"#,
            r#"{"record":"x","y":1}"#,
            r#"{"id":"record"}"#,
            "[]",
            "",
        ] {
            assert_eq!(unwrapped(other), None, "{other}");
        }
    }
}
