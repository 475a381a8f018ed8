//! Strict HTTP/1.1 request framing: where each request begins and ends, refusing whatever two parsers could
//! read differently.
//!
//! hyper reads leniently, as the standard allows: a bare LF ends a line, `Transfer-Encoding` silently
//! overrides `Content-Length`, and the contradiction is gone before a handler could see it. A proxy in front
//! may read the same bytes otherwise, and then a request hides in another's body ("request smuggling").
//! So every byte passes here first. Pure: no I/O, no time. It decides only what to refuse; hyper still parses.

/// The longest line of a head or a chunk that is read; hyper's own limit on the whole head is lower or answers 431.
const LONGEST_LINE: usize = 64 * 1024;
/// Hexadecimal digits of a chunk's size: more than any body may have, and no overflow.
const LONGEST_SIZE: usize = 15;

/// Reads the bytes of one connection in order.
#[derive(Debug)]
pub struct Framing {
    state: State,
    line: Vec<u8>,
    head: Head,
    complete: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    RequestLine,
    Field,
    Body { left: u64 },
    ChunkSize,
    Chunk { left: u64 },
    ChunkEnd,
    Trailer,
    Refused,
}

/// What the head read so far says about the body.
#[derive(Debug, Default)]
struct Head {
    hosts: usize,
    length: Option<u64>,
    chunked: bool,
    old: bool,
}

/// The bytes read are not a request that everyone reads alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How many of the bytes given came before the fault.
    pub sound: usize,
}

impl Default for Framing {
    fn default() -> Self {
        Self {
            state: State::RequestLine,
            line: Vec::new(),
            head: Head::default(),
            complete: 0,
        }
    }
}

impl Framing {
    /// Whether a request has begun and is not complete: its rest is still to come.
    pub fn is_amid_request(&self) -> bool {
        !(self.state == State::RequestLine && self.line.is_empty())
    }

    /// How many requests were read to their end.
    pub fn complete(&self) -> u64 {
        self.complete
    }

    /// Reads the next bytes, however they are cut.
    ///
    /// # Errors
    /// At the first byte that cannot belong to a sound request; from then on always.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let mut at = 0;
        while at < bytes.len() {
            match self.step(&bytes[at..]) {
                Some(taken) => at += taken,
                None => {
                    self.state = State::Refused;
                    self.line = Vec::new();
                    return Err(Refused { sound: at });
                }
            }
        }
        Ok(())
    }

    /// Takes some of the bytes, at least one; `None`: refused.
    fn step(&mut self, bytes: &[u8]) -> Option<usize> {
        match &mut self.state {
            State::Body { left } | State::Chunk { left } => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                match self.state {
                    State::Body { left: 0 } => self.state = self.request_end(),
                    State::Chunk { left: 0 } => self.state = State::ChunkEnd,
                    _ => {}
                }
                Some(taken)
            }
            State::Refused => None,
            _ => {
                self.line_byte(bytes[0])?;
                Some(1)
            }
        }
    }

    fn line_byte(&mut self, byte: u8) -> Option<()> {
        let after_return = self.line.last() == Some(&b'\r');
        match byte {
            b'\n' if after_return => {
                self.line.pop();
                let mut line = std::mem::take(&mut self.line);
                let next = self.line_end(&line);
                // The buffer is kept: heads have many lines.
                line.clear();
                self.line = line;
                self.state = next?;
                Some(())
            }
            // A return alone, a line feed alone, a NUL: where readers disagree.
            b'\n' | 0 => None,
            _ if after_return => None,
            _ if self.line.len() >= LONGEST_LINE => None,
            _ => {
                self.line.push(byte);
                Some(())
            }
        }
    }

    /// What follows a complete line.
    fn line_end(&mut self, line: &[u8]) -> Option<State> {
        match self.state {
            // Some clients send a blank line after a body; the standard says to ignore it.
            State::RequestLine if line.is_empty() => Some(State::RequestLine),
            State::RequestLine => {
                self.head = Head {
                    old: is_old(line)?,
                    ..Head::default()
                };
                Some(State::Field)
            }
            State::Field if line.is_empty() => self.head_end(),
            State::Field => {
                self.head.field(line)?;
                Some(State::Field)
            }
            State::ChunkSize => match chunk_size(line)? {
                0 => Some(State::Trailer),
                left => Some(State::Chunk { left }),
            },
            State::ChunkEnd => line.is_empty().then_some(State::ChunkSize),
            State::Trailer if line.is_empty() => Some(self.request_end()),
            State::Trailer => split_field(line).map(|_| State::Trailer),
            State::Body { .. } | State::Chunk { .. } | State::Refused => None,
        }
    }

    fn head_end(&mut self) -> Option<State> {
        let named = self.head.hosts == 1 || (self.head.old && self.head.hosts == 0);
        match (named, self.head.chunked, self.head.length) {
            (false, _, _) | (_, true, Some(_)) => None,
            (_, true, None) => (!self.head.old).then_some(State::ChunkSize),
            (_, false, None | Some(0)) => Some(self.request_end()),
            (_, false, Some(left)) => Some(State::Body { left }),
        }
    }

    fn request_end(&mut self) -> State {
        self.complete += 1;
        State::RequestLine
    }
}

impl Head {
    fn field(&mut self, line: &[u8]) -> Option<()> {
        let (name, value) = split_field(line)?;
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if self.length.is_some() {
                return None;
            }
            self.length = Some(decimal(value)?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            // `chunked` once and nothing else: no other coding is understood, and lists hide things.
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return None;
            }
            self.chunked = true;
        }
        Some(())
    }
}

/// Whether a request line is of HTTP/1.0; `None` when it is not `METHOD TARGET HTTP/1.x` with single spaces.
fn is_old(line: &[u8]) -> Option<bool> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (method, target, version) = (parts.next()?, parts.next()?, parts.next()?);
    let sound = parts.next().is_none()
        && is_token(method)
        && !target.is_empty()
        && target.iter().all(|byte| *byte > 0x20 && *byte != 0x7f);
    match version {
        b"HTTP/1.1" if sound => Some(false),
        b"HTTP/1.0" if sound => Some(true),
        _ => None,
    }
}

/// Name and trimmed value of a field line; folded lines, odd names and control characters are none.
fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    let plain = value
        .iter()
        .all(|byte| *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f));
    (is_token(name) && plain).then_some((name, value))
}

fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

fn decimal(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= 18 && text.iter().all(u8::is_ascii_digit);
    digits.then(|| {
        text.iter()
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    })
}

/// The size that begins a chunk. Extensions are refused: nobody sends them but to confuse.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = !line.is_empty() && line.len() <= LONGEST_SIZE && line.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(line).ok()?;
    digits.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accepts(text: &str) -> bool {
        let mut framing = Framing::default();
        framing.read(text.as_bytes()).is_ok() && !framing.is_amid_request()
    }

    #[test]
    fn ordinary_requests_pass_alone_and_pipelined() {
        let get = "GET /a?b=%20 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nX-Tab: a\tb\r\nX-Utf8: é\r\n\r\n";
        let form = "POST /a HTTP/1.1\r\nhost: x\r\nContent-Length: 3\r\n\r\na=\n";
        let chunked = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
                       1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX-Sum: 1\r\n\r\n";
        let empty = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
        for request in [get, form, chunked, empty, "GET / HTTP/1.0\r\n\r\n"] {
            assert!(accepts(request), "{request}");
            assert!(accepts(&format!("{request}{get}\r\n{chunked}")), "{request}");
        }
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        let body = "0\r\n\r\n";
        for (fields, what) in [
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", "both lengths"),
            (
                "Transfer-Encoding: chunked\r\nContent-Length: 5",
                "both lengths, the other way",
            ),
            ("Content-Length: 5\r\nContent-Length: 5", "the same length twice"),
            ("Content-Length: 5, 5", "a list of lengths"),
            ("Content-Length: +5", "a sign"),
            ("Content-Length: 0x5", "another base"),
            ("Content-Length: ", "no length"),
            ("Transfer-Encoding: gzip, chunked", "codings"),
            (
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "chunked twice",
            ),
            ("Transfer-Encoding: xchunked", "an unknown coding"),
            ("Transfer-Encoding\t: chunked", "a blank before the colon"),
            ("Transfer-Encoding: chunked\n", "a bare line feed"),
            ("X: a\r b", "a bare return"),
            ("X: a\r\n Content-Length: 5", "a folded line"),
            ("X: a\0b", "a NUL"),
            ("X: a\u{1}b", "a control character"),
            ("no colon", "no colon"),
            (": empty", "an empty name"),
            ("Host: y", "two hosts"),
        ] {
            let request = format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n{body}");
            assert!(Framing::default().read(request.as_bytes()).is_err(), "{what}");
        }
    }

    #[test]
    fn odd_request_lines_and_chunks_are_refused() {
        for request in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\r\n",
            "GET / HTTP/2.0\r\n",
            "G(T / HTTP/1.1\r\n",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u{16}\u{3}\u{1}\0",
        ] {
            assert!(
                Framing::default().read(request.as_bytes()).is_err(),
                "{request:?}"
            );
        }
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        for body in [
            "x\r\n",
            "\r\n",
            "-1\r\n",
            "1;a=b\r\nz\r\n",
            "1\nz",
            "1\r\nzz\r\n",
            "FFFFFFFFFFFFFFFF\r\n",
            "0\r\nGET / HTTP/1.1\r\n",
        ] {
            assert!(
                Framing::default()
                    .read(format!("{head}{body}").as_bytes())
                    .is_err(),
                "{body:?}"
            );
        }
    }

    #[test]
    fn a_refusal_names_the_sound_bytes_and_is_final() {
        let mut framing = Framing::default();
        assert_eq!(
            framing.read(b"GET / HTTP/1.1\r\nHost: x\n"),
            Err(Refused { sound: 23 })
        );
        assert_eq!(
            framing.read(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            Err(Refused { sound: 0 })
        );
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_makes_no_difference(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "GET / HTTP/1.1\r\n", "POST /x HTTP/1.1\r\n", "Host: a\r\n", "Content-Length: 7\r\n", "\r\n",
                "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n", "0\r\n\r\n", "1234567", "\n", "\r", "x",
            ]), 0..24),
            cuts in prop::collection::vec(1usize..9, 1..40),
        ) {
            let bytes = pieces.concat().into_bytes();
            let mut whole = Framing::default();
            let at_once = whole.read(&bytes).map_err(|refused| refused.sound);
            let (mut cut, mut at, mut in_parts) = (Framing::default(), 0, Ok(()));
            for size in cuts.iter().cycle() {
                if at >= bytes.len() || in_parts.is_err() { break; }
                let end = (at + size).min(bytes.len());
                in_parts = cut.read(&bytes[at..end]).map_err(|refused| at + refused.sound);
                at = end;
            }
            prop_assert_eq!(at_once, in_parts);
            prop_assert_eq!(whole.is_amid_request(), cut.is_amid_request());
            prop_assert_eq!(whole.complete(), cut.complete());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Framing::default().read(&bytes);
        }
    }
}
