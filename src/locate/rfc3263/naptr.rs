//! Which NAPTR records can be used (RFC 3263 4.1, RFC 3403 4.1).

use crate::model::{Naptr, Rdata, Record, Scheme, Taken, Transport};

/// The records of the first order that has a service which is spoken here, by preference; and for each
/// record of the answer whether it is one of them.
pub(super) fn usable(
    records: &[Record],
    allowed: &[Transport],
    scheme: Scheme,
) -> (Vec<(Naptr, Transport)>, Vec<Taken>) {
    let judged: Vec<Result<(&Naptr, Transport), String>> =
        records.iter().map(|record| judge(record, allowed, scheme)).collect();
    let order = judged.iter().flatten().map(|(naptr, _)| naptr.order).min();
    let taken = judged
        .iter()
        .map(|judged| match judged {
            Ok((naptr, _)) if Some(naptr.order) == order => Taken::Yes,
            Ok(_) => Taken::No(format!("NAPTR order {} was usable", order.unwrap_or_default())),
            Err(why) => Taken::No(why.clone()),
        })
        .collect();
    let mut usable: Vec<_> = judged
        .into_iter()
        .flatten()
        .filter(|(naptr, _)| Some(naptr.order) == order)
        .map(|(naptr, transport)| (naptr.clone(), transport))
        .collect();
    // Equal preferences: our own preference decides, then the name, never the order of the answer.
    usable.sort_by_key(|(naptr, transport)| {
        let ours = allowed.iter().position(|t| t == transport);
        (naptr.preference, ours, naptr.replacement.clone())
    });
    (usable, taken)
}

/// Whether a NAPTR record can be used (RFC 3263 4.1), and why not.
fn judge<'r>(record: &'r Record, allowed: &[Transport], scheme: Scheme) -> Result<(&'r Naptr, Transport), String> {
    let Rdata::Naptr(naptr) = &record.rdata else { return Err("not a NAPTR record".into()) };
    let Some(service) = naptr.sip_service() else {
        return Err(format!("service '{}' is not SIP", naptr.service));
    };
    if !naptr.flags.as_str().eq_ignore_ascii_case("s") {
        return Err(format!("flag '{}' is not 's' (RFC 3263 4.1)", naptr.flags));
    }
    if !naptr.regexp.is_empty() {
        return Err("it has a regexp, and SIP uses replacements (RFC 3263 4.1)".into());
    }
    if naptr.replacement.is_root() {
        return Err("it has no replacement (RFC 3263 4.1)".into());
    }
    if scheme == Scheme::Sips && !service.secure {
        return Err("a sips: URI needs an encrypted transport (RFC 3263 4.1)".into());
    }
    if !allowed.contains(&service.transport) {
        return Err(format!("{} is not spoken here", service.transport));
    }
    Ok((naptr, service.transport))
}
