//! Socket tables: what `ss` prints of sockets, and `conntrack -L` of flows.
//!
//! They show where packets go, whatever PBX sends them. They do not show what is spoken: a connection over which TLS
//! goes is a TCP one here, and may be one of calls.

use std::net::IpAddr;

use crate::model::{Confidence, Sighting, Text, Transport, Whereabouts};

/// States of `ss` (its manual, and `ss.c` of iproute2).
const STATES: [&str; 12] = [
    "ESTAB",
    "SYN-SENT",
    "SYN-RECV",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "TIME-WAIT",
    "UNCONN",
    "CLOSE-WAIT",
    "LAST-ACK",
    "LISTEN",
    "CLOSING",
    "UNKNOWN",
];

/// Who prints a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Ss,
    Conntrack,
}

impl By {
    const fn word(self) -> &'static str {
        match self {
            Self::Ss => "ss",
            Self::Conntrack => "conntrack",
        }
    }
}

/// The far end of a flow that is alive.
type Far = (IpAddr, u16, Transport);

/// What a line is: whose, and what it shows; none where that is nothing of use.
type Line = (By, Option<Far>);

/// Reads a table.
pub(super) fn read(text: &str) -> Result<Vec<Sighting>, Text> {
    let mut table: Option<By> = None;
    let mut seen = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        // Options of ss make it go on in further lines, and conntrack ends in a count.
        let goes_on = table == Some(By::Ss) && line.starts_with(char::is_whitespace);
        if line.trim().is_empty() || goes_on || line.starts_with("conntrack v") {
            continue;
        }
        if line.starts_with("Recv-Q") {
            return Err("ss leaves the states out where it is asked for one: leave its `state ...` out".into());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((by, far)) = of_ss(&words).or_else(|| of_conntrack(&words)) else {
            return Err(unknown(number));
        };
        if table.is_some_and(|table| table != by) {
            return Err(Text::new(&format!("line {number} is of {}, and those before are not", by.word())));
        }
        table = Some(by);
        // Two sockets with one far end are two.
        seen.extend(far.map(|far| sighting(by, far)));
    }
    Ok(seen)
}

fn sighting(by: By, (ip, port, transport): Far) -> Sighting {
    Sighting {
        confidence: Confidence::Observed,
        by: by.word().into(),
        at: Whereabouts::Address { ip, port: Some(port), transport: Some(transport) },
        // How long a flow is remembered is no word of how long a registration holds.
        left: None,
        state: None,
        is_registration: false,
    }
}

/// What stands there is not repeated: it may be anything.
fn unknown(number: usize) -> Text {
    Text::new(&format!("line {number} is no JSON, and none of `ss -tn` or `conntrack -L`"))
}

/// `[tcp] ESTAB 0 0 192.0.2.5:47162 192.0.2.10:5061 ...`; the first word is there where ss was asked for several
/// kinds of sockets, and it is TCP where it was asked for one.
fn of_ss(words: &[&str]) -> Option<Line> {
    if matches!(words, ["State", ..] | ["Netid", "State", ..]) {
        return Some((By::Ss, None));
    }
    let (kind, rest) = match words {
        [state, ..] if STATES.contains(state) => ("tcp", words),
        [kind, rest @ ..] if rest.first().is_some_and(|state| STATES.contains(state)) => (*kind, rest),
        _ => return None,
    };
    let transport = match kind {
        "tcp" | "mptcp" => Transport::Tcp,
        "udp" => Transport::Udp,
        "sctp" => Transport::Sctp,
        _ => return Some((By::Ss, None)),
    };
    let [state, received, sent, _, peer, ..] = rest else { return None };
    received.parse::<u64>().ok().and_then(|_| sent.parse::<u64>().ok())?;
    if *state != "ESTAB" {
        return Some((By::Ss, None));
    }
    let (host, port) = peer.rsplit_once(':')?;
    Some((By::Ss, Some((address(host)?, port.parse().ok()?, transport))))
}

/// `tcp 6 431999 ESTABLISHED src=.. dst=.. sport=.. dport=.. src=.. ... [ASSURED] ...`, with `ipv4 2` before it where
/// it is asked for more. The first addresses are those of the direction that began it.
fn of_conntrack(words: &[&str]) -> Option<Line> {
    let rest = match words {
        ["ipv4" | "ipv6", family, rest @ ..] if family.parse::<u8>().is_ok() => rest,
        _ => words,
    };
    let [kind, number, rest @ ..] = rest else { return None };
    number.parse::<u8>().ok()?;
    let field = |name: &str| rest.iter().find_map(|word| word.strip_prefix(name));
    field("src=")?;
    let has = |flag: &str| rest.contains(&flag);
    let offloaded = has("[OFFLOAD]") || has("[HW_OFFLOAD]");
    let (transport, alive) = match *kind {
        "tcp" => (Transport::Tcp, has("ESTABLISHED") || offloaded),
        "udp" => (Transport::Udp, has("[ASSURED]") || offloaded),
        "sctp" => (Transport::Sctp, has("ESTABLISHED")),
        _ => return Some((By::Conntrack, None)),
    };
    let far = (address(field("dst=")?)?, field("dport=")?.parse().ok()?, transport);
    Some((By::Conntrack, (alive && !has("[UNREPLIED]")).then_some(far)))
}

/// An address, without brackets and zone, an IPv4 one as such.
fn address(raw: &str) -> Option<IpAddr> {
    let bare = raw.split('%').next()?;
    let bare = bare.strip_prefix('[').map_or(bare, |bare| bare.strip_suffix(']').unwrap_or(bare));
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}
