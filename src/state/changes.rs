//! What changed in a carrier's DNS.
