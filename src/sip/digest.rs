//! Digest authentication (RFC 3261 22, RFC 7616, RFC 8760): challenges, and what meets them.

mod algorithm;
mod challenge;

pub(super) use challenge::{Challenge, Qop, Unmet, challenges, next_nonce, unquoted};

use crate::model::ChallengePolicy;

/// Who answers a challenge. It has no `Debug`: it holds a password.
#[derive(Clone, Copy)]
pub(super) struct Credentials<'a> {
    pub(super) user: &'a str,
    pub(super) secret: &'a str,
}

/// What a digest is about.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// As it stands in the request line.
    pub(super) uri: &'a str,
    pub(super) body: &'a str,
}

/// A challenge that is met, once or more often: its nonce is used again, and counted (RFC 7616 3.4).
#[derive(Clone, Debug)]
pub(super) struct Session {
    challenge: Challenge,
    /// One for each nonce: with `-sess` it is hashed into the password, once.
    cnonce: String,
    count: u32,
}

impl Session {
    /// One that has not been used. Nobody must be able to foretell the cnonce.
    pub(super) const fn new(challenge: Challenge, cnonce: String) -> Self {
        Self { challenge, cnonce, count: 0 }
    }

    /// Goes on with this nonce, which is counted from 1 (RFC 7616 3.5). With `-sess` it stays with the old one: what is
    /// hashed into the password then, each reads otherwise.
    pub(super) fn go_on_with(&mut self, nonce: String, cnonce: String) {
        if !self.challenge.algorithm.session {
            let challenge = Challenge { nonce, ..self.challenge.clone() };
            *self = Self::new(challenge, cnonce);
        }
    }

    /// What it meets.
    pub(super) const fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The value of the next Authorization or Proxy-Authorization header.
    pub(super) fn authorization(&mut self, who: Credentials<'_>, asked: Asked<'_>) -> String {
        self.count = self.count.saturating_add(1);
        let Challenge { realm, nonce, opaque, algorithm, names_algorithm, qop, .. } = &self.challenge;
        let response = self.response(who, asked);
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quoted(who.user),
            quoted(realm),
            quoted(nonce),
            quoted(asked.uri)
        );
        if *names_algorithm {
            value += &format!(", algorithm={}", algorithm.name());
        }
        if let Some(opaque) = opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        if let Some(qop) = qop {
            value += &format!(", qop={}, nc={:08x}, cnonce=\"{}\"", qop.name(), self.count, self.cnonce);
        }
        value
    }

    /// RFC 7616 3.4.1 to 3.4.3; without qop, RFC 2069 2.1.2.
    fn response(&self, who: Credentials<'_>, asked: Asked<'_>) -> String {
        let Challenge { realm, nonce, algorithm, qop, .. } = &self.challenge;
        let hash = algorithm.hash;
        let mut secret = hash.hex(&[who.user, realm, who.secret]);
        if algorithm.session {
            secret = hash.hex(&[&secret, nonce, &self.cnonce]);
        }
        let about = match qop {
            Some(Qop::AuthInt) => hash.hex(&[asked.method, asked.uri, &hash.hex(&[asked.body])]),
            _ => hash.hex(&[asked.method, asked.uri]),
        };
        match qop {
            None => hash.hex(&[&secret, nonce, &about]),
            Some(qop) => {
                let count = format!("{:08x}", self.count);
                hash.hex(&[&secret, nonce, &count, &self.cnonce, qop.name(), &about])
            }
        }
    }
}

/// A quoted string (RFC 3261 25.1).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The challenge that is met. Of several realms the one that is the domain itself comes first: who else is meant by
/// another, nobody knows.
///
/// # Errors
/// Why the first cannot be met, where none can; of Digest, where one is.
pub(super) fn chosen(
    offered: Vec<Result<Challenge, Unmet>>,
    policy: ChallengePolicy,
    domain: &str,
) -> Result<Challenge, Unmet> {
    let (good, bad): (Vec<_>, Vec<_>) = offered.into_iter().partition(Result::is_ok);
    let mut good: Vec<Challenge> = good.into_iter().flatten().collect();
    if good.iter().any(|challenge| challenge.realm.eq_ignore_ascii_case(domain)) {
        good.retain(|challenge| challenge.realm.eq_ignore_ascii_case(domain));
    }
    let best = good.into_iter().reduce(|best, next| {
        let stronger = policy == ChallengePolicy::Strongest && next.algorithm.hash > best.algorithm.hash;
        if stronger { next } else { best }
    });
    best.ok_or_else(|| {
        let mut reasons: Vec<Unmet> = bad.into_iter().filter_map(Result::err).collect();
        reasons.sort_by_key(|why| matches!(why, Unmet::Scheme(_)));
        reasons.into_iter().next().unwrap_or(Unmet::Missing("content"))
    })
}

#[cfg(test)]
mod tests;
