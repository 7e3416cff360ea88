//! The lab's certificate authority. It is made at start, lives in memory, and ends with the lab.

use std::sync::Arc;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

/// How long the root is valid, in days.
const ROOT_DAYS: i64 = 3650;

/// Why a certificate could not be made.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// The signing library says so: mostly a name that is none.
    #[error("the certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The TLS library does not take it.
    #[error("the certificate cannot be used: {0}")]
    Use(#[from] rustls::Error),
    /// Further off than a certificate can say.
    #[error("{0} days are out of the range of a certificate; use -3650 to 36500")]
    Days(i64),
}

/// What a certificate of the lab says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SANs. For RFC 5922 the SIP domain has to be among them.
    pub names: Vec<String>,
    /// Days from now to its end; negative where it has ended.
    pub days: i64,
    /// Who signs it.
    pub signer: Signer,
}

/// Who signs a certificate of the lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signer {
    /// The lab's authority, which is trusted by whoever probes.
    #[default]
    Lab,
    /// Its own key: nobody trusts it.
    Itself,
}

impl Certificate {
    /// Signed by the lab's authority, with these names, for so many days.
    pub fn new(names: &[&str], days: i64) -> Self {
        Self { names: names.iter().map(|&name| name.to_owned()).collect(), days, signer: Signer::Lab }
    }

    /// The same, signed with its own key.
    #[must_use]
    pub fn self_signed(self) -> Self {
        Self { signer: Signer::Itself, ..self }
    }
}

pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

impl Authority {
    pub(super) fn new() -> Result<Self, CertificateError> {
        let mut params = validity(-1, ROOT_DAYS)?;
        params.distinguished_name.push(DnType::CommonName, "trunktop lab root");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let root = params.self_signed(&key)?.der().clone();
        Ok(Self { issuer: Issuer::new(params, key), root })
    }

    pub(super) const fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// What a server needs to show this certificate.
    pub(super) fn certify(&self, certificate: &Certificate) -> Result<Arc<ServerConfig>, CertificateError> {
        let mut params = validity((certificate.days - 30).min(-1), certificate.days)?;
        let named = CertificateParams::new(certificate.names.clone())?;
        params.subject_alt_names = named.subject_alt_names;
        if let Some(first) = certificate.names.first() {
            params.distinguished_name.push(DnType::CommonName, first);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let leaf = match certificate.signer {
            Signer::Lab => params.signed_by(&key, &self.issuer)?,
            Signer::Itself => params.self_signed(&key)?,
        };
        let leaf = leaf.der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf], key)?;
        Ok(Arc::new(config))
    }
}

/// Valid from and to so many days from now.
#[expect(clippy::disallowed_methods, reason = "a certificate is valid by the wall clock of whoever checks it")]
fn validity(from: i64, to: i64) -> Result<CertificateParams, CertificateError> {
    let now = Timestamp::now().as_second();
    let moment = |days: i64| {
        let in_range = (-4000..=36500).contains(&days).then_some(days).ok_or(CertificateError::Days(to))?;
        let now = OffsetDateTime::from_unix_timestamp(now).map_err(|_| CertificateError::Days(to))?;
        now.checked_add(Duration::days(in_range)).ok_or(CertificateError::Days(to))
    };
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "trunktop lab");
    params.not_before = moment(from)?;
    params.not_after = moment(to)?;
    Ok(params)
}
