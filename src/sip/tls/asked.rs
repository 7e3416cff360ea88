//! Whether a peer asked for a certificate of ours.
//!
//! A peer that gets none may break off with the same alert as one that has no cipher in common with us
//! (RFC 5246 7.4.6): what it asked for before tells the two apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};

/// Gives what the settings say, and remembers that it was asked.
#[derive(Debug)]
pub(super) struct Asked {
    ours: Arc<dyn ResolvesClientCert>,
    was: AtomicBool,
}

impl Asked {
    /// Takes the place of what a configuration has for one handshake.
    pub(super) fn in_place_of(config: &mut ClientConfig) -> Arc<Self> {
        let ours = Arc::clone(&config.client_auth_cert_resolver);
        let asked = Arc::new(Self { ours, was: AtomicBool::new(false) });
        config.client_auth_cert_resolver = Arc::<Self>::clone(&asked);
        asked
    }

    /// Whether it was asked.
    pub(super) fn was(&self) -> bool {
        self.was.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, roots: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.was.store(true, Ordering::Relaxed);
        self.ours.resolve(roots, schemes)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.ours.only_raw_public_keys()
    }

    fn has_certs(&self) -> bool {
        self.ours.has_certs()
    }
}
