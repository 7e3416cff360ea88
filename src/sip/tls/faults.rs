//! What the errors of TLS mean to an operator.

use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError, Error};

use crate::model::ProbeResult;
use crate::sip::socket::words;
use crate::sip::transaction::Fault;

/// Our TLS takes no signature of a short RSA key, and calls it a wrong one.
#[derive(Debug, thiserror::Error)]
#[error("peer's RSA key has {0} bits, and our TLS takes no less than 2048; others may take it")]
pub(super) struct ShortKey(pub(super) usize);

/// What another TLS library, and so an SBC, may well speak and ours does not.
const WE_SPEAK: &str = "we speak TLS 1.2 and 1.3, no CBC and no RSA key exchange; others may";

fn tls_error(why: &io::Error) -> Option<&Error> {
    why.get_ref()?.downcast_ref()
}

/// What an alert says about the certificate that we sent, or did not send; none where it is about something
/// else. A server speaks of no other certificate (RFC 8446 6.2), and an SBC that has the right one is let in.
fn about_our_certificate(alert: AlertDescription) -> Option<String> {
    match alert {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            Some("peer wants a certificate of ours: set cert and key".to_owned())
        }
        // Some say these too where we sent none. The last is a signature in it, or with its key, that is wrong.
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError => {
            Some(format!("peer wants a certificate of ours, or another one (alert {alert:?}): check cert and key"))
        }
        _ => None,
    }
}

/// Why there is no TLS, of a peer that `asked` for a certificate of ours or did not. `ours` is what another TLS
/// library might have managed.
pub(in crate::sip) fn of_handshake(why: &io::Error, asked: bool) -> Fault {
    let theirs = |detail: &str| Fault::theirs(ProbeResult::TlsHandshake, detail);
    let ours = |detail: &str| Fault::ours(ProbeResult::TlsHandshake, detail);
    match tls_error(why) {
        None if why.kind() == ErrorKind::UnexpectedEof => theirs("peer closed the connection during the handshake"),
        None if why.kind() == ErrorKind::ConnectionReset => theirs("peer reset the connection during the handshake"),
        None => theirs(&format!("the connection broke during the handshake: {}", words(why))),
        Some(Error::AlertReceived(AlertDescription::ProtocolVersion)) => {
            ours("peer speaks neither TLS 1.2 nor TLS 1.3 (alert ProtocolVersion); we speak nothing older, others may")
        }
        Some(Error::AlertReceived(
            alert @ (AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity),
        )) => ours(&if asked {
            format!("peer wants a certificate of ours, or another one (alert {alert:?}): check cert and key")
        } else {
            format!("peer broke off the handshake (alert {alert:?}): no cipher in common; {WE_SPEAK}")
        }),
        Some(Error::PeerIncompatible(what)) => {
            ours(&format!("peer offers no TLS version or cipher that we speak ({what:?}); {WE_SPEAK}"))
        }
        Some(Error::InvalidCertificate(CertificateError::BadSignature)) => {
            theirs("peer does not hold the key of its certificate")
        }
        Some(Error::Other(why)) if why.0.is::<ShortKey>() => ours(&why.0.to_string()),
        Some(Error::InvalidCertificate(what)) => {
            ours(&format!("peer's certificate cannot be read by our TLS ({what:?}); others may read it"))
        }
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => ours(
            "peer takes no protocol that we offer (alert NoApplicationProtocol): check alpn in this carrier's tls settings",
        ),
        Some(Error::AlertReceived(AlertDescription::UnrecognisedName)) => {
            theirs("peer does not know the server name that was asked for")
        }
        Some(Error::AlertReceived(alert)) => match about_our_certificate(*alert) {
            Some(detail) => ours(&detail),
            None => theirs(&format!("peer broke off the handshake (alert {alert:?})")),
        },
        Some(Error::InvalidMessage(_) | Error::InappropriateMessage { .. }) => {
            theirs("what came is not TLS: another protocol on this port?")
        }
        Some(other) => theirs(&other.to_string()),
    }
}

/// What TLS says after a handshake that looked good: TLS 1.3 hears only then what the peer thinks of our
/// certificate, and whether it wants one.
pub(in crate::sip) fn refusal(why: &io::Error) -> Option<Fault> {
    let theirs = |detail: &str| Fault::theirs(ProbeResult::TlsHandshake, detail);
    let ours = |detail: &str| Fault::ours(ProbeResult::TlsHandshake, detail);
    Some(match tls_error(why)? {
        // Version and cipher are agreed on by now, so that only our certificate is left to fail.
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            ours("peer broke off TLS after the handshake (alert HandshakeFailure): it may want a certificate of ours")
        }
        Error::AlertReceived(alert) => match about_our_certificate(*alert) {
            Some(detail) => ours(&detail),
            None => theirs(&format!("peer broke off TLS after the handshake (alert {alert:?})")),
        },
        other => theirs(&format!("TLS broke after the handshake: {other}")),
    })
}
