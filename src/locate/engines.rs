//! The engines: the reference, and one file for each stack.
//!
//! A stack's file is what it does differently, with the source of each thing (`facts!`), its settings by their own
//! names, and its [manner](super::stack::Manner). What is only known from documents is built on `documented.rs`.

mod asterisk;
mod audiocodes;
mod avaya;
mod baresip;
mod cucm;
mod documented;
mod freepbx;
mod freeswitch;
mod kamailio;
mod opensips;
mod oracle;
mod pjsip;
mod polycom;
mod resiprocate;
mod snom;
mod teams;
mod threecx;
mod yealink;

use std::sync::Arc;

use super::engine::Engine;
use super::profile::Profile;
use super::rfc3263::Rfc3263;
use super::settings::Chosen;

/// Makes an engine with these settings.
pub(super) type Make = fn(&Chosen) -> Arc<dyn Engine>;

/// All engines, the reference first.
pub(super) const ENGINES: &[(&Profile, Make)] = &[
    (Rfc3263::PROFILE, |chosen| Arc::new(Rfc3263::with(chosen))),
    (&asterisk::PROFILE, |chosen| Arc::new(asterisk::asterisk(chosen))),
    (&pjsip::PROFILE, |chosen| Arc::new(pjsip::pjsip(chosen))),
    (&freeswitch::PROFILE, |chosen| Arc::new(freeswitch::freeswitch(chosen))),
    (&kamailio::PROFILE, |chosen| Arc::new(kamailio::kamailio(chosen))),
    (&opensips::PROFILE, |chosen| Arc::new(opensips::opensips(chosen))),
    (&resiprocate::PROFILE, |chosen| Arc::new(resiprocate::resiprocate(chosen))),
    (&baresip::PROFILE, |chosen| Arc::new(baresip::baresip(chosen))),
    // By document: what is not known of these is shown as a range.
    (&freepbx::PROFILE, |chosen| Arc::new(freepbx::freepbx(chosen))),
    (&polycom::PROFILE, |chosen| Arc::new(polycom::polycom(chosen))),
    (&yealink::PROFILE, |chosen| Arc::new(yealink::yealink(chosen))),
    (&snom::PROFILE, |chosen| Arc::new(snom::snom(chosen))),
    (&threecx::PROFILE, |chosen| Arc::new(threecx::threecx(chosen))),
    (&teams::PROFILE, |chosen| Arc::new(teams::teams(chosen))),
    (&cucm::PROFILE, |chosen| Arc::new(cucm::cucm(chosen))),
    (&avaya::PROFILE, |chosen| Arc::new(avaya::avaya(chosen))),
    (&oracle::PROFILE, |chosen| Arc::new(oracle::oracle(chosen))),
    (&audiocodes::PROFILE, |chosen| Arc::new(audiocodes::audiocodes(chosen))),
];
