//! Reads a draw table.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunktop::locate::{self, Engine, Walk};
use trunktop::model::{
    Carrier, CarrierName, Dial, Failure, Host, Method, Moment, Outage, Reading, Resolution, Survey, Transports, What,
};
use trunktop::preview::{Preview, preview};

use crate::zone::Zone;

/// SRV records, and what must come of them.
pub(super) struct Stanza {
    pub(super) engine: Arc<dyn Engine>,
    resolution: Resolution,
    pub(super) scenes: Vec<Scene>,
}

/// Some targets that fail, and what must come of it.
pub(super) struct Scene {
    /// As it is written.
    pub(super) line: String,
    pub(super) fails: Vec<Outage>,
    pub(super) patience: Option<Duration>,
    pub(super) claims: Vec<Claim>,
}

/// Something that must be so.
#[derive(Debug)]
pub(super) enum Claim {
    First(Vec<f64>),
    /// Of places, from 0.
    Order(Vec<usize>, f64),
    Lands(Vec<f64>),
    Waits(f64, f64),
    Mean(f64),
    Lost(f64, f64),
    Known(Vec<f64>),
    KnownWaits(f64, f64),
    Remembered(f64),
    SeenFirst(f64, Vec<f64>),
    SeenOrder(f64, Vec<(Vec<usize>, f64)>),
    SeenWaiting(f64, f64),
}

/// All stanzas of a table; on an error its line number, and what is wrong.
pub(super) fn read(text: &str) -> Result<Vec<Stanza>, String> {
    let (mut stanzas, mut engine) = (Vec::new(), String::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        let taken = match line.split_once(' ') {
            _ if line.trim().is_empty() || line.starts_with("==") => Ok(()),
            Some(("engine", name)) => {
                name.trim().clone_into(&mut engine);
                Ok(())
            }
            Some(("weights", rest)) => stanza(&engine, rest, line).map(|stanza| stanzas.push(stanza)),
            _ => {
                stanzas.last_mut().ok_or("a stanza begins with weights".to_owned()).and_then(|s| below(s, line.trim()))
            }
        };
        taken.map_err(|why| format!("{number}: {why}: {line}"))?;
    }
    Ok(stanzas)
}

fn stanza(engine: &str, rest: &str, line: &str) -> Result<Stanza, String> {
    let (mut engine, mut over, mut names, mut method) = (engine, "udp", None, Method::Invite);
    let (mut weights, mut domain) = (String::new(), false);
    for word in rest.split_whitespace() {
        match word.split_once('=') {
            Some(("over", transport)) => over = transport,
            Some(("engine", name)) => engine = name,
            Some(("names", list)) => names = Some(list),
            Some(("method", "register")) => method = Method::Register,
            None if word == "domain" => domain = true,
            None => weights.push_str(word),
            Some(_) => return Err(format!("no option '{word}'")),
        }
    }
    let mut names = names.unwrap_or("a,b,c,d,e,f,g,h").split(',');
    let (mut zone, mut number) = (String::new(), 0);
    let labels = if over == "tls" { "_sips._tcp".to_owned() } else { format!("_sip._{over}") };
    for (priority, tier) in (10..).step_by(10).zip(weights.split('|')) {
        for weight in tier.split(',') {
            let name = names.next().ok_or("more targets than names")?;
            number += 1;
            zone.push_str(&format!("{labels}.acme.example 60 SRV {priority} {weight} 5060 {name}.acme.example\n"));
            zone.push_str(&format!("{name}.acme.example 60 A 192.0.2.{number}\n"));
        }
    }
    if domain {
        zone.push_str("acme.example 60 A 192.0.2.200\n");
    }
    let uri = format!("sip:acme.example;transport={over}").parse().map_err(|why| format!("{why}"))?;
    let (transports, addresses) = (Transports::default(), trunktop::model::AddressOrder::default());
    let dial = Dial { uri, more_uris: Vec::new(), transports, addresses, method };
    let engine = locate::engine(engine).map_err(|why| why.to_string())?;
    let resolution = walk(&*engine, &dial, &Zone::of(&zone))?;
    let scene = Scene { line: line.to_owned(), fails: Vec::new(), patience: None, claims: Vec::new() };
    Ok(Stanza { engine, resolution, scenes: vec![scene] })
}

fn walk(engine: &dyn Engine, dial: &Dial, zone: &Zone) -> Result<Resolution, String> {
    let at = Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH };
    let mut survey = Survey::default();
    for _ in 0..8 {
        match engine.walk(dial, &survey, Reading::Engine, at) {
            Walk::Done(resolution) if resolution.tiers.is_empty() => return Err("it leads nowhere".to_owned()),
            Walk::Done(resolution) => return Ok(*resolution),
            Walk::Need(need) => {
                need.must.iter().for_each(|question| survey.insert(Arc::new(zone.answer(question, at))));
            }
        }
    }
    Err("the walk does not end".to_owned())
}

fn below(stanza: &mut Stanza, line: &str) -> Result<(), String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    if word == "fail" {
        let scene = scene(stanza, rest, line)?;
        stanza.scenes.push(scene);
        return Ok(());
    }
    let two = |rest: &str| rest.trim().split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).ok_or("two numbers");
    let claim = match word {
        "first" => Claim::First(fractions(rest)?),
        "order" => {
            let (order, share) = two(rest)?;
            Claim::Order(places(&order)?, fraction(&share)?)
        }
        "lands" => Claim::Lands(fractions(rest)?),
        "waits" | "known-waits" => {
            let (share, seconds) = two(rest)?;
            let (share, seconds) = (fraction(&share)?, fraction(&seconds)?);
            if word == "waits" { Claim::Waits(share, seconds) } else { Claim::KnownWaits(share, seconds) }
        }
        "mean" => Claim::Mean(fraction(rest)?),
        "lost" => {
            let (share, seconds) = two(rest)?;
            Claim::Lost(fraction(&share)?, fraction(&seconds)?)
        }
        "known" => Claim::Known(fractions(rest)?),
        "remembered" => Claim::Remembered(fraction(rest)?),
        "seen" => seen(rest)?,
        _ => return Err(format!("no claim '{word}'")),
    };
    let scene = stanza.scenes.last_mut().ok_or("no scene")?;
    scene.claims.push(claim);
    Ok(())
}

fn seen(rest: &str) -> Result<Claim, String> {
    let (of, counts) = rest.split_once(':').ok_or("seen N: counts")?;
    if let Some(of) = of.strip_prefix("waiting ") {
        return Ok(Claim::SeenWaiting(fraction(of)?, fraction(counts)?));
    }
    if !counts.contains('>') {
        return Ok(Claim::SeenFirst(fraction(of)?, fractions(counts)?));
    }
    let one = |words: &str| {
        let (order, count) = words.trim().split_once(' ').ok_or("an order and a count")?;
        Ok((places(order)?, fraction(count)?))
    };
    Ok(Claim::SeenOrder(fraction(of)?, counts.split(',').map(one).collect::<Result<_, String>>()?))
}

fn scene(stanza: &Stanza, rest: &str, line: &str) -> Result<Scene, String> {
    let hosts = stanza.hosts();
    let mut scene = Scene { line: line.to_owned(), fails: Vec::new(), patience: None, claims: Vec::new() };
    for word in rest.split_whitespace() {
        let (what, how) = word.split_once('=').ok_or("TARGET=KIND")?;
        if what == "patience" {
            scene.patience = Some(Duration::from_secs_f64(fraction(how)?));
            continue;
        }
        let how = Failure::from_str(how).map_err(|why| why.to_string())?;
        let failing: Vec<&Host> = match what {
            "all" => hosts.iter().collect(),
            number => {
                let at = number.parse::<usize>().map_err(|why| why.to_string())?;
                vec![hosts.get(at.wrapping_sub(1)).ok_or("no such target")?]
            }
        };
        scene.fails.extend(failing.into_iter().map(|host| Outage { what: What::Target(host.clone()), how }));
    }
    Ok(scene)
}

fn places(order: &str) -> Result<Vec<usize>, String> {
    let place =
        |word: &str| word.parse::<usize>().map_err(|why| why.to_string())?.checked_sub(1).ok_or("from 1".into());
    order.split('>').map(place).collect()
}

fn fractions(list: &str) -> Result<Vec<f64>, String> {
    list.split(',').filter(|one| !one.trim().is_empty()).map(fraction).collect()
}

/// `61/101`, `0` or `0.5`.
fn fraction(written: &str) -> Result<f64, String> {
    let (above, below) = written.trim().split_once('/').unwrap_or((written.trim(), "1"));
    let number = |text: &str| text.trim().parse::<f64>().map_err(|why| format!("'{text}': {why}"));
    Ok(number(above)? / number(below)?)
}

impl Stanza {
    /// Its targets, in the order of the tiers.
    fn hosts(&self) -> Vec<Host> {
        self.resolution.tiers.iter().flat_map(|tier| &tier.targets).map(|target| target.host.clone()).collect()
    }

    pub(super) fn preview(&self, fails: &[Outage], patience: Option<Duration>) -> Preview {
        let name = CarrierName::new("acme").unwrap();
        let carrier = Carrier::new(name, self.resolution.dial.uri.clone());
        preview(&*self.engine, &self.resolution, &carrier, fails, |_| None, patience)
    }

    /// The chance of an order of three targets: the second gets more by it while the first is out, at no cost.
    pub(super) fn order(&self, order: &[usize]) -> f64 {
        let [first, second, _] = order else { panic!("an order is one of three") };
        let out = Outage { what: What::Target(self.hosts()[*first].clone()), how: Failure::Maintenance };
        let lands = |fails: &[Outage]| self.preview(fails, None).landings[*second].odds.landing.0;
        lands(&[out]) - lands(&[])
    }
}
