//! What TLS showed: three verdicts on the certificate, each in words, and what they rest on.

use crate::model::{Link, Text, TlsReport};
use crate::tui::canvas::Piece;
use crate::tui::words;

use super::{Scene, Sheet};

/// The rows of it; none without TLS.
pub(super) fn judged(sheet: &mut Sheet, scene: Scene<'_>, tls: Option<&TlsReport>) {
    let Some(tls) = tls else { return };
    let text = scene.theme.text;
    let verdict = |good: bool, said: String| {
        let (glyph, look) =
            if good { (scene.glyphs.up, scene.theme.up) } else { (scene.glyphs.down, scene.theme.failed) };
        vec![Piece::new(format!("{glyph} "), look), Piece::new(said, if good { text } else { look })]
    };
    let trusted = tls.untrusted.as_ref().map_or_else(|| "trusted".to_owned(), |why| format!("not trusted: {why}"));
    let mut chain = verdict(tls.untrusted.is_none(), trusted);
    chain.extend(left(scene, tls));
    sheet.pieces("  chain", &chain);
    let domain = if tls.names_domain { "covered" } else { "not covered, and it has to be (RFC 5922 7)" };
    sheet.pieces("  SIP domain", &verdict(tls.names_domain, domain.to_owned()));
    let target = match (tls.names_target, tls.names_domain) {
        (true, _) => "covered",
        (false, true) => "not covered; some engines want that, RFC 5922 does not",
        (false, false) => "not covered either",
    };
    // RFC 5922 asks for the domain alone: without the target nothing is wrong.
    let mut target = verdict(tls.names_target || tls.names_domain, target.to_owned());
    if let (Some(Piece(glyph, look)), false) = (target.first_mut(), tls.names_target) {
        *glyph = format!("{} ", if tls.names_domain { scene.glyphs.warning } else { scene.glyphs.down });
        *look = if tls.names_domain { scene.theme.warning.0 } else { scene.theme.failed.0 };
    }
    sheet.pieces("  SRV target", &target);
    let names: Vec<&str> = tls.names.iter().map(Text::as_str).collect();
    let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    sheet.long("  names", &names);
    for (name, signer) in std::iter::once("  signed by").chain(std::iter::repeat(" ")).zip(signers(scene, &tls.chain)) {
        sheet.line(name, &signer);
    }
    let alpn = tls.alpn.as_ref().map(|name| format!(", ALPN {name}")).unwrap_or_default();
    let sni = tls.sni.as_ref().map_or_else(|| "no server name sent".to_owned(), |name| format!("asked for {name}"));
    let handshake = words::rtt(tls.handshake);
    sheet.long("  TLS", &format!("{}, {}{alpn}; handshake {handshake}; {sni}", tls.version, tls.cipher));
}

/// How long the peer's own certificate is valid.
fn left(scene: Scene<'_>, tls: &TlsReport) -> Option<Piece> {
    let own = tls.own()?;
    let days = own.days_left(scene.state.now?.wall);
    // The reason for which it is not trusted says it already.
    if days.is_some_and(|days| days < 0) && tls.untrusted.is_some() {
        return None;
    }
    let look = if days.is_some_and(|days| days < TlsReport::SOON) { scene.theme.warning } else { scene.theme.text };
    Some(Piece::new(format!("; {}", until(scene, own)), look))
}

/// Who signed it, and who signed that, each until when its own certificate is valid, where the peer sent it.
fn signers(scene: Scene<'_>, chain: &[Link]) -> Vec<String> {
    let own = chain.first().filter(|own| own.subject == own.issuer).map(|_| "itself".to_owned());
    let signer = |(depth, link): (usize, &Link)| match chain.get(depth + 1) {
        Some(above) => format!("{}; {}", link.issuer, until(scene, above)),
        None => link.issuer.to_string(),
    };
    let others = chain.iter().enumerate().filter(|(_, link)| link.subject != link.issuer);
    own.into_iter().chain(others.map(signer)).collect()
}

/// `until 2026-12-11 (18 days)`.
fn until(scene: Scene<'_>, link: &Link) -> String {
    let Some(end) = link.not_after else { return "its end cannot be read".to_owned() };
    let day = end.to_zoned(scene.state.options.zone.clone()).date();
    match scene.state.now.and_then(|now| link.days_left(now.wall)) {
        Some(days) if days < 0 => format!("expired {day}"),
        Some(1) => format!("until {day} (1 day)"),
        Some(days) => format!("until {day} ({days} days)"),
        None => format!("until {day}"),
    }
}
