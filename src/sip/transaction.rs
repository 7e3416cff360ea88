//! A client transaction of OPTIONS or REGISTER (RFC 3261 17.1.2), without its sockets: what counts as an answer, when
//! to send again, and what to say when nothing came.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::Message;
use super::frame::FrameError;
use super::outgoing::Outgoing;
use crate::model::{ProbeResult, Raw, Response, Text};

/// RFC 3261 17.1.1.1: an estimate of the round trip.
pub(super) const T1: Duration = Duration::from_millis(500);
/// RFC 3261 17.1.2.2: the most that is between two sendings.
const T2: Duration = Duration::from_secs(4);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) result: ProbeResult,
    pub(super) ours: bool,
    pub(super) detail: Text,
}

impl Fault {
    /// A cause on the other side, or on the way.
    pub(super) fn theirs(result: ProbeResult, detail: impl AsRef<str>) -> Self {
        Self { result, ours: false, detail: Text::new(detail.as_ref()) }
    }

    /// A cause that may be on our side.
    pub(super) fn ours(result: ProbeResult, detail: impl AsRef<str>) -> Self {
        Self { result, ours: true, detail: Text::new(detail.as_ref()) }
    }
}

/// A final answer, and after how many sendings it came.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heard {
    pub(super) response: Response,
    pub(super) sendings: u32,
}

/// One request on its way.
pub(super) struct Transaction<'a> {
    options: &'a Outgoing,
    sent: Instant,
    sendings: u32,
    interval: Duration,
    provisional: Option<Text>,
    garbage: Option<FrameError>,
    strays: u32,
    heard: Option<Raw>,
    elsewhere: Option<SocketAddr>,
}

/// What came of an OPTIONS.
#[derive(Debug)]
pub(super) struct Outcome {
    /// When it was sent first; none where it never left.
    pub(super) sent: Option<Instant>,
    pub(super) answer: Result<Heard, Fault>,
    /// The last that came in answer, garbage too.
    pub(super) heard: Option<Raw>,
    /// Who answered instead of whom we asked.
    pub(super) elsewhere: Option<SocketAddr>,
}

impl From<Fault> for Outcome {
    /// It failed before it was sent.
    fn from(fault: Fault) -> Self {
        Self { sent: None, answer: Err(fault), heard: None, elsewhere: None }
    }
}

impl<'a> Transaction<'a> {
    /// It was sent for the first time.
    pub(super) const fn new(options: &'a Outgoing, sent: Instant) -> Self {
        Self {
            options,
            sent,
            sendings: 1,
            interval: T1,
            provisional: None,
            garbage: None,
            strays: 0,
            heard: None,
            elsewhere: None,
        }
    }

    /// When it is sent again over UDP, where it was sent last at `last`: after T1, twice that, and so on up
    /// to T2; and T2 once a provisional answer is there (RFC 3261 17.1.2.2, timer E).
    pub(super) fn again(&self, last: Instant) -> Instant {
        last + if self.provisional.is_some() { T2 } else { self.interval }
    }

    /// It was sent again.
    pub(super) fn resent(&mut self) {
        self.sendings += 1;
        self.interval = (self.interval * 2).min(T2);
    }

    /// Takes a message, with its bytes; the answer, where this is the final one to our request. Whatever
    /// else it is, the transaction goes on.
    pub(super) fn hear(&mut self, message: &Message, raw: &[u8], at: Instant) -> Option<Heard> {
        let (code, reason) = message.status()?;
        if !self.options.is_answered_by(message) {
            self.strays += 1;
            return None;
        }
        self.heard = Some(Raw::new(raw));
        if code < 200 {
            self.provisional = Some(Text::new(&format!("{code} {reason}")));
            return None;
        }
        let response = Response {
            server: message.value("Server").or_else(|| message.value("User-Agent")).map(Text::from_wire),
            allow: message.listed("Allow"),
            supported: message.listed("Supported"),
            retry_after: message.retry_after(),
            warning: message.listed("Warning"),
            ..Response::new(code, reason, at.duration_since(self.sent))
        };
        Some(Heard { response, sendings: self.sendings })
    }

    /// Takes a message that came from where nothing was sent to. Another address may answer for a host with
    /// several, and anybody may forge an answer: it is told and does not count.
    pub(super) fn overhear(&mut self, message: &Message, from: SocketAddr) {
        if self.options.is_answered_by(message) {
            self.elsewhere.get_or_insert(from);
        }
    }

    /// Takes bytes that are no message.
    pub(super) fn stumble(&mut self, why: FrameError, raw: &[u8]) {
        self.garbage = Some(why);
        self.heard = Some(Raw::new(raw));
    }

    /// It is over.
    pub(super) fn end(self, answer: Result<Heard, Fault>) -> Outcome {
        Outcome { sent: Some(self.sent), answer, heard: self.heard, elsewhere: self.elsewhere }
    }

    /// What to say when time is up.
    pub(super) fn expired(&self, patience: Duration) -> Fault {
        let wait = span(patience);
        if let Some(why) = &self.garbage {
            return malformed(why);
        }
        let detail = match (&self.provisional, self.strays) {
            (Some(provisional), _) => format!("{provisional}, then nothing for the rest of {wait}"),
            (None, 0) => self.elsewhere.map_or_else(
                || format!("no answer in {wait}"),
                |from| format!("no answer in {wait}; answered from {from} instead: not counted"),
            ),
            (None, _) => format!("no answer in {wait}; what came belongs to no request of ours"),
        };
        Fault::theirs(ProbeResult::Timeout, detail)
    }

    /// What to say when the connection has ended, within a message or between two.
    pub(super) fn ended(&self, amid: bool, how: &str) -> Fault {
        let detail = match (&self.provisional, amid) {
            (_, true) => format!("{how} in the middle of an answer"),
            (Some(provisional), false) => format!("{how} after {provisional}"),
            (None, false) => format!("{how} without an answer"),
        };
        Fault::theirs(ProbeResult::Reset, detail)
    }
}

/// What came is not SIP.
pub(super) fn malformed(why: &FrameError) -> Fault {
    Fault::theirs(ProbeResult::Malformed, format!("not SIP: {why}"))
}

/// A span of time in words.
pub(super) fn span(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::frame::datagram;
    use super::super::options::Template;
    use super::*;
    use crate::model::{Carrier, CarrierName, Endpoint, ProbeRequest, Transport};

    const PATIENCE: Duration = Duration::from_secs(5);

    fn options() -> (Outgoing, Message) {
        let carrier = Carrier::new(CarrierName::new("a").unwrap(), "sip:a".parse().unwrap());
        let at = ([127, 0, 0, 1], 9).into();
        let endpoint = Endpoint { transport: Transport::Udp, at };
        let request = ProbeRequest::new(&carrier, carrier.uri.clone(), endpoint, carrier.uri.host.clone(), PATIENCE);
        let options = Template::new(&request, at).options();
        let request = datagram(options.bytes()).unwrap().unwrap();
        (options, request)
    }

    #[test]
    fn it_is_sent_again_after_t1_doubling_up_to_t2() {
        let (options, request) = options();
        let start = Instant::now();
        let mut transaction = Transaction::new(&options, start);
        let mut last = start;
        let mut seen = Vec::new();
        for _ in 0..6 {
            last = transaction.again(last);
            transaction.resent();
            seen.push((last - start).as_millis());
        }
        assert_eq!(seen, [500, 1500, 3500, 7500, 11500, 15500]);
        let mut transaction = Transaction::new(&options, start);
        assert_eq!(transaction.hear(&request.reply(100, "Trying", "t"), b"", start), None);
        assert_eq!(transaction.again(start) - start, T2);
    }

    #[test]
    fn time_counts_from_the_first_sending() {
        let (options, request) = options();
        let start = Instant::now();
        let mut transaction = Transaction::new(&options, start);
        transaction.resent();
        let reply = request.reply(404, "\x1b[31mNo", "t").with("User-Agent", "b").with("Server", "a");
        let reply = reply.with("Allow", "OPTIONS").with("Supported", "path").with("Warning", "399 a \"b\"");
        let reply = reply.with("Retry-After", "5");
        let heard = transaction.hear(&reply, b"SIP", start + Duration::from_millis(700)).unwrap();
        assert_eq!((heard.response.code, heard.response.reason.as_str()), (404, "\\x1b[31mNo"));
        assert_eq!((heard.response.rtt, heard.sendings), (Duration::from_millis(700), 2));
        let Response { allow, supported, warning, retry_after, .. } = heard.response.clone();
        let headers = [allow, supported, warning].map(|value| value.unwrap().to_string());
        assert_eq!(headers, ["OPTIONS", "path", "399 a \"b\""]);
        assert_eq!(retry_after, Some(Duration::from_secs(5)));
        assert_eq!(heard.response.server, Some("a".into()));
    }

    #[test]
    fn an_answer_from_elsewhere_is_told_and_does_not_count() {
        let (options, request) = options();
        let mut transaction = Transaction::new(&options, Instant::now());
        let [first, second] = ["192.0.2.9:5060", "192.0.2.8:5060"].map(|from| from.parse().unwrap());
        transaction.overhear(&self::options().1.reply(200, "OK", "t"), second);
        assert_eq!(transaction.expired(PATIENCE).detail.as_str(), "no answer in 5 s");
        transaction.overhear(&request.reply(200, "OK", "t"), first);
        transaction.overhear(&request.reply(200, "OK", "t"), second);
        let fault = transaction.expired(PATIENCE);
        assert_eq!(fault.detail.as_str(), "no answer in 5 s; answered from 192.0.2.9:5060 instead: not counted");
        assert_eq!(transaction.end(Err(fault)).elsewhere, Some(first));
    }

    #[test]
    fn silence_says_what_there_was() {
        let (options, request) = options();
        let now = Instant::now();
        let mut transaction = Transaction::new(&options, now);
        let said = |transaction: &Transaction<'_>| transaction.expired(PATIENCE).detail.to_string();
        assert_eq!(said(&transaction), "no answer in 5 s");
        assert_eq!(transaction.hear(&self::options().1.reply(200, "OK", "t"), b"", now), None);
        assert_eq!(said(&transaction), "no answer in 5 s; what came belongs to no request of ours");
        assert_eq!(transaction.hear(&request.reply(100, "Trying", "t"), b"", now), None);
        assert_eq!(said(&transaction), "100 Trying, then nothing for the rest of 5 s");
        assert_eq!(transaction.ended(false, "it closed").detail.as_str(), "it closed after 100 Trying");
        transaction.stumble(FrameError::Truncated, b"SIP/2");
        assert_eq!(transaction.expired(PATIENCE).result, ProbeResult::Malformed);
    }
}
