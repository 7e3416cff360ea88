//! What a command is about: a saved carrier, or a URI as typed.

use std::sync::Arc;

use crate::locate::{self, Engine};
use crate::model::{Carrier, CarrierName, SipUri, Text};

use super::args::Options;
use super::exit::Failure;
use super::setup::Wanted;

/// The carriers that the words mean: names of saved carriers first, else URIs.
pub(super) fn subjects(options: &Options, saved: &[Carrier], words: &[String]) -> Result<Vec<Carrier>, Failure> {
    words.iter().map(|word| Ok(Wanted::of(options).apply(subject(saved, word)?))).collect()
}

/// The carrier that a word means, as it is saved.
pub(super) fn subject(saved: &[Carrier], word: &str) -> Result<Carrier, Failure> {
    if let Some(carrier) = saved.iter().find(|carrier| carrier.name.as_str() == word) {
        return Ok(carrier.clone());
    }
    let uri: SipUri = word.parse().map_err(|why| Failure::usage(format!("{}: {why}", SipUri::quoted(word))))?;
    // A name of its own is only needed to be shown, so what is too long for one is cut.
    let name: String = uri.to_string().chars().take(64).collect();
    let name = CarrierName::new(&name).map_err(|why| Failure::usage(format!("{}: {why}", SipUri::quoted(word))))?;
    Ok(Carrier::new(name, uri))
}

/// A carrier, and the engine to walk it as.
pub(super) type WalkedAs = (Carrier, Arc<dyn Engine>);

/// The carriers, each with the engine to walk it as: all of them are known before anything is asked.
pub(super) fn with_engines(options: &Options, carriers: Vec<Carrier>) -> Result<Vec<WalkedAs>, Failure> {
    carriers.into_iter().map(|carrier| engine(options, &carrier).map(|engine| (carrier, engine))).collect()
}

/// The engine to walk a carrier as: the one asked for, else its own, else the reference.
pub(super) fn engine(options: &Options, carrier: &Carrier) -> Result<Arc<dyn Engine>, Failure> {
    match options.engine.as_deref() {
        Some(named) => engine_named(named),
        None => own_engine(carrier),
    }
}

/// The engine that a carrier is saved with, else the reference.
pub(super) fn own_engine(carrier: &Carrier) -> Result<Arc<dyn Engine>, Failure> {
    carrier.engine.as_ref().map(Text::as_str).map_or_else(|| Ok(locate::reference()), engine_named)
}

/// The engine of this name.
pub(super) fn engine_named(named: &str) -> Result<Arc<dyn Engine>, Failure> {
    locate::engine(named).map_err(|why| Failure::usage(why.to_string()))
}
