//! Cuts what arrives into messages, and brings them into normal form.
//!
//! This is the one place that knows how loosely SIP may be written (RFC 3261 7.3, RFC 4475): CRLF
//! keep-alives between messages (RFC 5626 3.5.1), folded lines, compact names, spaces around the colon,
//! lines that end in LF alone. Past it there are only [`Message`]s. It takes any bytes; what is not SIP
//! is told as early as it can be known, so that a peer that speaks another protocol is not waited for.

use thiserror::Error;

use super::message::{Headers, Message, Start, decimal};
use crate::model::Text;

/// The most bytes of one message, head and body together.
pub const MAX_MESSAGE: usize = 65_536;

/// Why bytes are no message. On a stream nothing after it can be read either.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// The first line is neither a request line nor a status line of SIP 2.0.
    #[error("'{0}' is no SIP start line")]
    Start(Text),
    /// A line that is no header.
    #[error("'{0}' is no SIP header")]
    Header(Text),
    /// No number, too large a number, or several that differ.
    #[error("Content-Length '{0}' cannot be used")]
    ContentLength(Text),
    /// Longer than [`MAX_MESSAGE`].
    #[error("the message is longer than {MAX_MESSAGE} bytes")]
    TooLarge,
    /// A datagram that ends before its message does (RFC 3261 18.3).
    #[error("the datagram ends before its message does")]
    Truncated,
}

/// Cuts a stream into messages.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    stage: Stage,
    raw: Vec<u8>,
}

#[derive(Debug, Default)]
enum Stage {
    /// Between messages, or in a start line.
    #[default]
    Start,
    /// In a head whose start line is good; so many bytes of it hold no end.
    Head { searched: usize },
    /// The head is read, so many bytes of body are missing.
    Body { message: Message, length: usize },
    /// Nothing can be read any more.
    Broken(FrameError),
}

impl Framer {
    /// Nothing has come yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if !matches!(self.stage, Stage::Broken(_)) {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole message; none until more has arrived. A message on a stream without
    /// Content-Length, which RFC 3261 18.3 forbids, is taken to have no body.
    ///
    /// # Errors
    /// Where the stream is not SIP; then for ever.
    pub fn take(&mut self) -> Result<Option<Message>, FrameError> {
        self.advance().inspect_err(|why| {
            if !matches!(self.stage, Stage::Broken(_)) {
                self.raw = std::mem::take(&mut self.buffer);
            }
            self.stage = Stage::Broken(why.clone());
        })
    }

    /// What was taken last, as it came: a message, or what broke the stream.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether a message has begun and not ended.
    pub fn is_amid(&self) -> bool {
        !self.buffer.is_empty() || matches!(self.stage, Stage::Head { .. } | Stage::Body { .. })
    }

    fn advance(&mut self) -> Result<Option<Message>, FrameError> {
        loop {
            match &mut self.stage {
                Stage::Broken(why) => return Err(why.clone()),
                Stage::Start => {
                    let blank = keep_alive(&self.buffer);
                    self.buffer.drain(..blank);
                    if !start_line_is_whole(bounded(&self.buffer))? {
                        return too_large(&self.buffer);
                    }
                    self.stage = Stage::Head { searched: 0 };
                }
                Stage::Head { searched } => {
                    let Some(end) = head_end(bounded(&self.buffer), *searched) else {
                        *searched = self.buffer.len();
                        return too_large(&self.buffer);
                    };
                    let message = parse_head(&self.buffer[..end])?;
                    let length = content_length(&message)?.unwrap_or(0);
                    if length > MAX_MESSAGE - end {
                        return Err(FrameError::TooLarge);
                    }
                    self.raw = self.buffer.drain(..end).collect();
                    self.stage = Stage::Body { message, length };
                }
                Stage::Body { length, .. } if self.buffer.len() < *length => return Ok(None),
                Stage::Body { .. } => {
                    if let Stage::Body { message, length } = std::mem::take(&mut self.stage) {
                        let body: Vec<u8> = self.buffer.drain(..length).collect();
                        self.raw.extend_from_slice(&body);
                        return Ok(Some(message.with_body(body)));
                    }
                }
            }
        }
    }
}

/// The message of a datagram; none where it is a keep-alive. Without Content-Length the body reaches to
/// the end, and what is behind the body is dropped (RFC 3261 18.3).
///
/// # Errors
/// Where it is not one whole SIP message.
pub fn datagram(bytes: &[u8]) -> Result<Option<Message>, FrameError> {
    let bytes = &bytes[keep_alive(bytes)..];
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() > MAX_MESSAGE {
        return Err(FrameError::TooLarge);
    }
    let whole = start_line_is_whole(bytes)?;
    let end = head_end(bytes, 0).filter(|_| whole).ok_or(FrameError::Truncated)?;
    let message = parse_head(&bytes[..end])?;
    let rest = &bytes[end..];
    let length = content_length(&message)?.unwrap_or(rest.len());
    let body = rest.get(..length).ok_or(FrameError::Truncated)?;
    Ok(Some(message.with_body(body.to_vec())))
}

/// How many bytes of line ends come first.
fn keep_alive(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

fn bounded(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(MAX_MESSAGE)]
}

fn too_large<T>(bytes: &[u8]) -> Result<Option<T>, FrameError> {
    if bytes.len() < MAX_MESSAGE { Ok(None) } else { Err(FrameError::TooLarge) }
}

/// Whether the first line is there; an error as soon as it cannot become a start line.
fn start_line_is_whole(bytes: &[u8]) -> Result<bool, FrameError> {
    if let Some(end) = bytes.iter().position(|&b| b == b'\n') {
        return parse_start(&bytes[..end]).map(|_| true);
    }
    // A method or `SIP/2.0` comes first: a TLS alert or a banner of another protocol may have no line end.
    let word = bytes.split(|&b| b == b' ').next().unwrap_or_default();
    let could_be = word.iter().all(|&b| is_token(b) || b == b'/' || (b == b'\r' && bytes.ends_with(b"\r")));
    if could_be { Ok(false) } else { Err(FrameError::Start(excerpt(bytes))) }
}

/// Where the empty line after the head ends; the first `searched` bytes are known not to hold it whole.
fn head_end(bytes: &[u8], searched: usize) -> Option<usize> {
    let from = searched.saturating_sub(2);
    bytes[from..].iter().enumerate().filter(|&(_, &b)| b == b'\n').find_map(|(at, _)| {
        let after = &bytes[from + at + 1..];
        let blank = if after.starts_with(b"\n") {
            1
        } else if after.starts_with(b"\r\n") {
            2
        } else {
            return None;
        };
        Some(from + at + 1 + blank)
    })
}

fn parse_start(line: &[u8]) -> Result<Start, FrameError> {
    let wrong = || FrameError::Start(excerpt(line));
    let line = line.trim_ascii_end();
    let (first, rest) = word(line);
    if first.eq_ignore_ascii_case(b"SIP/2.0") {
        let (code, reason) = word(rest.trim_ascii_start());
        let number = decimal(code).filter(|_| code.len() == 3).and_then(|code| u16::try_from(code).ok());
        let code = number.filter(|code| (100..700).contains(code)).ok_or_else(wrong)?;
        return Ok(Start::Response { code, reason: reason.to_vec() });
    }
    let (uri, version) = word(rest);
    let method = str::from_utf8(first).ok().filter(|m| !m.is_empty() && m.bytes().all(is_token)).ok_or_else(wrong)?;
    if uri.is_empty() || !version.eq_ignore_ascii_case(b"SIP/2.0") {
        return Err(wrong());
    }
    Ok(Start::Request { method: method.to_owned(), uri: uri.to_vec() })
}

/// What is before the first space, and what is behind it.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let at = line.iter().position(|&b| b == b' ').unwrap_or(line.len());
    (&line[..at], line.get(at + 1..).unwrap_or_default())
}

fn parse_head(head: &[u8]) -> Result<Message, FrameError> {
    let mut lines = head.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let start = parse_start(lines.next().unwrap_or_default())?;
    let mut headers = Headers::default();
    for line in lines.filter(|line| !line.is_empty()) {
        let wrong = || FrameError::Header(excerpt(line));
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if !headers.unfold(line.trim_ascii()) {
                return Err(wrong());
            }
            continue;
        }
        let colon = line.iter().position(|&b| b == b':').ok_or_else(wrong)?;
        let name = str::from_utf8(line[..colon].trim_ascii_end()).map_err(|_| wrong())?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(wrong());
        }
        headers.push(long_name(name), line[colon + 1..].trim_ascii());
    }
    Ok(Message::from_parts(start, headers))
}

fn content_length(message: &Message) -> Result<Option<usize>, FrameError> {
    let mut length = None;
    for value in message.values("Content-Length") {
        let number = decimal(value).filter(|&number| length.is_none_or(|known| known == number));
        length = Some(number.ok_or_else(|| FrameError::ContentLength(excerpt(value)))?);
    }
    Ok(length)
}

/// RFC 3261 25.1.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
}

/// The long form of a compact name (IANA, "SIP Header Fields").
fn long_name(name: &str) -> &str {
    let &[letter] = name.as_bytes() else { return name };
    match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'b' => "Referred-By",
        b'c' => "Content-Type",
        b'd' => "Request-Disposition",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'j' => "Reject-Contact",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b'n' => "Identity-Info",
        b'o' => "Event",
        b'r' => "Refer-To",
        b's' => "Subject",
        b't' => "To",
        b'u' => "Allow-Events",
        b'v' => "Via",
        b'x' => "Session-Expires",
        b'y' => "Identity",
        _ => name,
    }
}

/// Enough of it to recognise.
fn excerpt(bytes: &[u8]) -> Text {
    let bytes = bytes.trim_ascii_end();
    Text::from_wire(&bytes[..bytes.len().min(60)])
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) mod torture;
