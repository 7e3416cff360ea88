//! `trunktop carriers`

use std::io::Write as _;

use serde::Serialize;

use crate::model::{Carrier, CarrierName, SipUri, Transport};
use crate::store::{Carriers, Store};

use super::args::{CarriersCommand, Format, Options};
use super::exit::{Exit, Failure};
use super::setup::places;
use super::{Saved, say};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    name: String,
    uri: String,
    uris: Vec<String>,
    proxy: Option<String>,
    engine: Option<String>,
    transports: Option<Vec<&'static str>>,
    resolvers: Vec<String>,
    tags: Vec<String>,
}

impl From<&Carrier> for Document {
    fn from(carrier: &Carrier) -> Self {
        Self {
            schema: "trunktop.carrier/1",
            name: carrier.name.to_string(),
            uri: carrier.uri.to_string(),
            uris: std::iter::once(&carrier.uri).chain(&carrier.more_uris).map(ToString::to_string).collect(),
            proxy: carrier.proxy.as_ref().map(ToString::to_string),
            engine: carrier.engine.as_ref().map(ToString::to_string),
            transports: carrier.transports.as_ref().map(|list| list.iter().map(Transport::as_str).collect()),
            resolvers: carrier.resolvers.iter().map(ToString::to_string).collect(),
            tags: carrier.tags.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Lists, adds, removes.
pub(super) fn run(options: &Options, command: &CarriersCommand) -> Result<Exit, Failure> {
    let store = Store::new(places(options)?);
    match command {
        CarriersCommand::List => list(options, &load(&store).carriers),
        CarriersCommand::Add { uri, name } => {
            let uri: SipUri = uri.parse().map_err(|why| Failure::usage(format!("{}: {why}", SipUri::quoted(uri))))?;
            let name = name.clone().unwrap_or_else(|| uri.host.to_string());
            let name =
                CarrierName::new(&name).map_err(|why| Failure::usage(format!("{uri}: {why}; give one with --name")))?;
            store.add(&name, &uri).map_err(|why| Failure::usage(why.to_string()))?;
            list(options, &[Carrier::new(name, uri)])
        }
        CarriersCommand::Remove { name } => {
            let name = CarrierName::new(name).map_err(|why| Failure::usage(why.to_string()))?;
            store.remove(&name).map_err(|why| Failure::usage(why.to_string()))?;
            Ok(Exit::OK)
        }
    }
}

/// The saved carriers that are good; what is wrong with the others goes to standard error.
pub(super) fn load(store: &Store) -> Saved {
    let Carriers { good, trouble, slips } = store.carriers();
    let whole = trouble.is_empty();
    for trouble in trouble.iter().chain(&slips) {
        // Where standard error is gone there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "trunktop: {trouble}");
    }
    Saved { carriers: good, whole }
}

fn list(options: &Options, carriers: &[Carrier]) -> Result<Exit, Failure> {
    let lines: Vec<String> = match options.format {
        Format::Json => {
            carriers.iter().map(|carrier| serde_json::to_string(&Document::from(carrier)).unwrap_or_default()).collect()
        }
        Format::Text => {
            let width = carriers.iter().map(|carrier| carrier.name.as_str().chars().count()).max().unwrap_or(0);
            carriers.iter().map(|carrier| format!("{:width$}  {}", carrier.name, carrier.uri.shown())).collect()
        }
    };
    say(&lines.into_iter().map(|line| line + "\n").collect::<String>())
}
