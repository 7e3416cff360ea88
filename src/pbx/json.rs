//! Documents of `trunktop.pins/1`.
//!
//! ```json
//! {"schema": "trunktop.pins/1", "pins": [{"address": "192.0.2.10:5061", "transport": "tls", "expires_in": 120}]}
//! ```
//!
//! What is wrong is named by its field; what stands there is not repeated, since a PBX may have put anything there.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::model::{Confidence, Host, Sighting, Text, Whereabouts};

const SCHEMA: &str = "trunktop.pins/1";

/// Reads a document.
pub(super) fn read(printed: &[u8]) -> Result<Vec<Sighting>, Text> {
    let document: Value = serde_json::from_slice(printed)
        .map_err(|why| Text::new(&format!("no JSON from line {}, column {} on", why.line(), why.column())))?;
    if document.get("schema").and_then(Value::as_str) != Some(SCHEMA) {
        return Err(Text::new(&format!("the JSON is not of the schema {SCHEMA}")));
    }
    let Some(pins) = document.get("pins").and_then(Value::as_array) else {
        return Err("pins: it is an array".into());
    };
    let read = pins.iter().enumerate().map(|(at, pin)| {
        let said = pin.as_object().ok_or_else(|| String::from(" is no object")).and_then(|pin| Pin(pin).read());
        said.map_err(|why| Text::new(&format!("pins[{at}]{why}")))
    });
    read.collect()
}

/// One of the pins.
struct Pin<'a>(&'a Map<String, Value>);

impl<'a> Pin<'a> {
    fn read(&self) -> Result<Sighting, String> {
        Ok(Sighting {
            confidence: self.confidence()?,
            by: Text::new(self.string("source")?.unwrap_or("JSON")),
            at: self.place()?,
            left: self.left()?,
            state: self.string("state")?.map(Text::new),
            is_registration: true,
        })
    }

    /// What is there; null is nothing.
    fn field(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn string(&self, name: &str) -> Result<Option<&'a str>, String> {
        let string = |value: &'a Value| value.as_str().ok_or_else(|| format!(".{name}: it is a string"));
        self.field(name).map(string).transpose()
    }

    /// An address is more exact than a name.
    fn place(&self) -> Result<Whereabouts, String> {
        let port = self.port()?;
        let transport = self.string("transport")?.map(str::parse);
        let transport =
            transport.transpose().map_err(|_| ".transport: it is udp, tcp, tls, ws, wss, sctp or tls-sctp")?;
        let target = self.string("target")?.map(str::parse::<Host>).transpose();
        let target = target.map_err(|_| ".target: it is a name or an address")?;
        let (ip, own) = match (self.string("address")?, target) {
            (Some(address), _) => {
                address_of(address).ok_or(".address: it is 192.0.2.10, 192.0.2.10:5060 or [2001:db8::7]:5060")?
            }
            (None, Some(Host::Ip(ip))) => (ip, None),
            (None, Some(name @ Host::Name(_))) => return Ok(Whereabouts::Target(name)),
            (None, None) => return Err(" has neither address nor target".to_owned()),
        };
        if own.zip(port).is_some_and(|(own, port)| own != port) {
            return Err(".port: the address has another".to_owned());
        }
        Ok(Whereabouts::Address { ip: ip.to_canonical(), port: own.or(port), transport })
    }

    fn port(&self) -> Result<Option<u16>, String> {
        let Some(value) = self.field("port") else { return Ok(None) };
        let port = value.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0);
        port.map(Some).ok_or_else(|| ".port: it is a number from 1 to 65535".to_owned())
    }

    fn left(&self) -> Result<Option<Duration>, String> {
        let Some(value) = self.field("expires_in") else { return Ok(None) };
        let good = |seconds: &f64| (0.0..=f64::from(u32::MAX)).contains(seconds);
        let left = value.as_f64().filter(good).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        left.map(Some).ok_or_else(|| ".expires_in: it is a number of seconds from 0 to 4294967295".to_owned())
    }

    /// What was computed is no word of a PBX: nobody else says "inferred".
    fn confidence(&self) -> Result<Confidence, String> {
        match self.string("confidence")? {
            None | Some("reported") => Ok(Confidence::Reported),
            Some("observed") => Ok(Confidence::Observed),
            Some(_) => Err(".confidence: it is observed or reported".to_owned()),
        }
    }
}

/// An address, and its port where it has one.
fn address_of(raw: &str) -> Option<(IpAddr, Option<u16>)> {
    let with_port = raw.parse::<SocketAddr>().ok().filter(|at| at.port() != 0);
    let bare = raw.strip_prefix('[').and_then(|raw| raw.strip_suffix(']')).unwrap_or(raw);
    with_port.map(|at| (at.ip(), Some(at.port()))).or_else(|| Some((bare.parse().ok()?, None)))
}
