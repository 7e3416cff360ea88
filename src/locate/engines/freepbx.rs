//! `FreePBX`: Asterisk, and whether SRV is asked for at all is decided by a port field.

use super::asterisk;
use crate::locate::profile::{Profile, Setting, Sure, decides, facts};
use crate::locate::settings::Chosen;
use crate::locate::stack::{Manner, Rules, SrvAsked, Stack};

facts! {
    PORT: "the port field", Source, "FreePBX/core Core.class.php:2728, PJSip.class.php:557", "blank as it comes: the contact is sip:user@host. A filled one, even with 5060, goes into the URI: A and AAAA only, neither NAPTR nor SRV";
    TRANSPORT: "a transport in the URI", Source, "Asterisk res_pjsip/pjsip_resolver.c:564", "its SRV alone, and no NAPTR";
    NAPTR: "NAPTR", Source, "Asterisk res_pjsip/pjsip_resolver.c:366", "as asterisk: order, then preference; later records stay as fallbacks, unless a SIPS+D2T came before them";
    SRV: "without NAPTR", Source, "Asterisk res_pjsip/pjsip_resolver.c:564", "as asterisk: TLS targets first, then TCP, then UDP, of the transports that are bound";
    DRAW: "within a priority", Source, "Asterisk main/dns_srv.c:113", "as asterisk: a weight w is first in w of S draws, anew for each request; zeros last";
    DEAD_END: "SRV records that lead nowhere", Source, "Asterisk res_pjsip/pjsip_resolver.c", "nothing is sent";
    DOMAIN: "without SRV", Source, "Asterisk res_pjsip/pjsip_resolver.c:548", "A and AAAA of the domain, over UDP (TLS for sips:)";
    ADDRESSES: "addresses of a target", Source, "Asterisk res_pjsip/pjsip_resolver.c:348", "AAAA first where an IPv6 transport is bound, in the order of the answer; at most 32 in all";
    FAILED: "a question that fails", Assumed, "not read in its source", "as if there were no such records";
    GOES_ON: "goes on at", Source, "Asterisk res_pjsip_session.c:4624", "as asterisk: 503, 408 and silence after 32 s, a refused UDP port too; a refused connection at once";
    REMEMBERS: "remembers", Source, "Asterisk res_pjsip_session.c", "nothing";
    REGISTER: "REGISTER and INVITE", Source, "Asterisk res_pjsip_outbound_registration.c:1430", "independent; a refresh 10 s before the end draws anew";
    QUALIFY: "its own OPTIONS", Source, "Asterisk res_pjsip/pjsip_options.c:786", "on as it comes: one drawn target decides within 3 s whether any call is sent at all, so a dead first target stops the trunk before the failover of 32 s; with the fix of PR 2041 every target is asked";
}

decides!();

/// The same with a port in each URI.
static FILLED: Rules = Rules { transport: &PORT, naptr: &PORT, srv: &PORT, domain: &PORT, ..DECIDES };

const PORT_FIELD: Setting = Setting {
    name: "port",
    values: &["blank", "filled"],
    default: "blank",
    does: "filled: the port field of the trunk holds a number, 5060 included: A and AAAA only",
};

const QUALIFY_FREQUENCY: Setting = Setting {
    name: "qualify_frequency",
    values: &["60", "0"],
    default: "60",
    does: "OPTIONS to the contact each minute; while it is unreachable, no call is sent. 0: none",
};

const QUALIFY_ALL: Setting = Setting {
    name: "pr2041",
    values: &["no", "yes"],
    default: "no",
    does: "yes: with the qualify fix (Asterisk 20, 22, 23 and 24 after it): one target that answers will do",
};

pub(super) const PROFILE: Profile = Profile {
    name: "freepbx",
    title: "FreePBX, a chan_pjsip trunk",
    version: "FreePBX/core of September 2024, over Asterisk 14 and later",
    sure: Sure::Source,
    traits: TRAITS,
    settings: &[PORT_FIELD, QUALIFY_FREQUENCY, QUALIFY_ALL],
};

pub(super) fn freepbx(chosen: &Chosen) -> Stack {
    let qualify = asterisk::qualify(chosen.value(&QUALIFY_ALL) == "yes");
    let qualify = Some(qualify).filter(|_| chosen.value(&QUALIFY_FREQUENCY) != "0");
    let manner = match chosen.value(&PORT_FIELD) {
        "filled" => Manner { rules: &FILLED, naptr: None, srv: SrvAsked::Never, qualify, ..asterisk::manner() },
        _ => Manner { rules: &DECIDES, qualify, ..asterisk::manner() },
    };
    Stack { profile: &PROFILE, name: chosen.name(), manner, readings: Vec::new() }
}
