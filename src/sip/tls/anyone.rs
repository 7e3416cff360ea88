//! A handshake with anybody who holds the key of the certificate that they show.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::faults::ShortKey;
use crate::sip::certificate::rsa_bits;

/// Accepts whatever certificate comes, but not a peer without its key.
#[derive(Debug)]
pub(super) struct Anyone(pub(super) WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0).map_err(|why| or_short_key(why, cert))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0).map_err(|why| or_short_key(why, cert))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// The error, or that the key is too short to be judged.
fn or_short_key(why: Error, cert: &CertificateDer<'_>) -> Error {
    match rsa_bits(cert) {
        Some(bits @ 1..2048) => Error::Other(OtherError(Arc::new(ShortKey(bits)))),
        _ => why,
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::super::faults;
    use super::*;

    /// A key of 1024 bits, as old SBCs still have.
    const SHORT: &str = "\
-----BEGIN CERTIFICATE-----
MIICDDCCAXWgAwIBAgIUGdsoSb33PZ1zKoJS8NBpWP2qH38wDQYJKoZIhvcNAQEL
BQAwFzEVMBMGA1UEAwwMd2Vhay5leGFtcGxlMCAXDTI2MTEyMjE5MDcxNloYDzIx
MjYxMDI5MTkwNzE2WjAXMRUwEwYDVQQDDAx3ZWFrLmV4YW1wbGUwgZ8wDQYJKoZI
hvcNAQEBBQADgY0AMIGJAoGBANOdicqQCn2kTP7kZndHpW5nN5H5zTpmYYK4R6Q7
Wz4atefF8aAa7kkGC7tnZKv+ZLS3KV0aWf6slmXgK4h+kw44SbMtZQ4xHXImqHZX
RBGEEiScYGcb8zXlnLWpFTkB3rCbA5Nxr+tyBZP3bCx0oY2G4o1Z6fXLWi1POwZs
uRObAgMBAAGjUzBRMB0GA1UdDgQWBBSf4anYIjR6Tx7uzEC5G+1VPn3pnzAfBgNV
HSMEGDAWgBSf4anYIjR6Tx7uzEC5G+1VPn3pnzAPBgNVHRMBAf8EBTADAQH/MA0G
CSqGSIb3DQEBCwUAA4GBAKIkgdQ+u71pIcGyprPYFK39AzBAV/mHXMN32DxfjtEQ
DpOIvHjeG+PruqK9vTFOMBSlqy/R8rMkywR0MU20JtRsvA9gef8iRZXsVHUcIqG8
wEQ+6lqao8BlQWEPYhDLcn40ocT6vc6JIBLDAfHo543P7uu0OzOEZNWFPR77gnDd
-----END CERTIFICATE-----";

    #[test]
    fn a_key_that_is_too_short_for_us_is_not_called_a_wrong_one() {
        let short = CertificateDer::from_pem_slice(SHORT.as_bytes()).unwrap();
        let usual = rcgen::generate_simple_self_signed(["acme.example".to_owned()]).unwrap().cert.der().clone();
        for (certificate, ours, said) in [
            (short, true, "peer's RSA key has 1024 bits, and our TLS takes no less than 2048; others may take it"),
            (usual, false, "peer does not hold the key of its certificate"),
        ] {
            let why = or_short_key(rustls::CertificateError::BadSignature.into(), &certificate);
            let fault = faults::of_handshake(&std::io::Error::new(std::io::ErrorKind::InvalidData, why), false);
            assert_eq!((fault.ours, fault.detail.as_str()), (ours, said));
        }
    }
}
