//! `trunktop resolve`

use crate::model::Method;
use crate::report::{explanation_text, resolution_json, resolution_text};

use super::args::{Format, Options};
use super::exit::{Exit, Failure};
use super::inquiry::{exit_of, inquire, located};
use super::setup::{Outside, resolvers};
use super::{say, subject};
use crate::sip::Roots;

/// A document, or a tree, for each of them and each resolver.
pub(super) async fn run(options: &Options, what: &[String], explain: bool) -> Result<Exit, Failure> {
    let carriers = subject::subjects(options, &super::saved(options).carriers, what)?;
    let carriers = subject::with_engines(options, carriers)?;
    let outside = Outside::open(options, Roots::system())?;
    let mut exit = Exit::OK;
    for (carrier, engine) in carriers {
        for resolver in resolvers(options, &carrier.resolvers) {
            let resolved = inquire(&outside, &carrier, &resolver, &engine, Method::Invite).await;
            let located = located(&carrier, &resolved, &resolver);
            let told = match options.format {
                Format::Text if explain => {
                    resolution_text(&located, options.ink()) + "\n" + &explanation_text(&located, options.ink())
                }
                Format::Text => resolution_text(&located, options.ink()) + "\n",
                Format::Json => resolution_json(&located) + "\n",
            };
            say(&told)?;
            exit = exit.max(exit_of(&resolved.resolution.conclusion));
        }
    }
    Ok(exit)
}
