//! What a final answer to a REGISTER says.

use std::time::Duration;

use crate::model::{Expires, Granted, Refusal, RefusalMeans, Text};
use crate::sip::Message;
use crate::sip::contact::{Sought, bindings, seconds, uris};

/// How many URIs of a redirection are kept.
const ELSEWHERE: usize = 16;

/// Of a 2xx.
pub(super) fn granted(message: &Message, sought: Sought<'_>, raised: Option<Expires>) -> Granted {
    let (bindings, listed) = bindings(message, sought, Granted::MOST);
    let timer = message.value("Flow-Timer").and_then(seconds).filter(|timer| timer.seconds() > 0);
    Granted {
        bindings,
        listed,
        raised,
        service_route: message.listed("Service-Route"),
        path: message.listed("Path"),
        associated: message.listed("P-Associated-URI"),
        outbound: names(message, "Require", "outbound"),
        flow_timer: timer.map(|timer| Duration::from_secs(timer.seconds().into())),
        server: message.value("Server").or_else(|| message.value("User-Agent")).map(Text::from_wire),
    }
}

/// Of any other, which means this.
pub(super) fn refusal(message: &Message, code: u16, reason: Text, means: RefusalMeans) -> Refusal {
    Refusal { code, reason, retry_after: message.retry_after(), means }
}

/// What an answer means that nothing else can be sent after.
pub(super) fn means(message: &Message, code: u16) -> RefusalMeans {
    match code {
        301 | 302 | 305 => RefusalMeans::Elsewhere(uris(message, ELSEWHERE)),
        423 => RefusalMeans::TooBrief(least(message)),
        _ => RefusalMeans::Plain,
    }
}

/// Min-Expires (RFC 3261 20.23).
pub(super) fn least(message: &Message) -> Option<Expires> {
    message.value("Min-Expires").and_then(seconds)
}

/// Whether a list of tokens names this one.
fn names(message: &Message, header: &str, token: &str) -> bool {
    let is_it = |word: &[u8]| word.trim_ascii().eq_ignore_ascii_case(token.as_bytes());
    message.values(header).any(|value| value.split(|&byte| byte == b',').any(is_it))
}
