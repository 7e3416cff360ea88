//! How the challenges of one REGISTER are met: honestly once, and once more where only the nonce was too old.
//!
//! A registrar locks accounts after a few wrong passwords. So one that is wrong is sent once, to be told, and twice
//! where the first time went with the nonce of an earlier answer, which might have been all that was wrong.

use crate::model::{Account, Challenged, RefusalMeans, RegisterRequest, Secret, Text};
use crate::sip::Message;
use crate::sip::digest::{Asked, Challenge, Credentials, Qop, Session, challenges, chosen, next_nonce};
use crate::sip::outgoing::token;

/// How often credentials are made for each who wants some.
const TRIES: u8 = 2;

/// Who wants credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// 401 (RFC 3261 22.2).
    Registrar,
    /// 407 (RFC 3261 22.3).
    Proxy,
}

impl Who {
    const ALL: [Self; 2] = [Self::Registrar, Self::Proxy];

    const fn asks(self) -> &'static str {
        match self {
            Self::Registrar => "WWW-Authenticate",
            Self::Proxy => "Proxy-Authenticate",
        }
    }

    const fn tells(self) -> &'static str {
        match self {
            Self::Registrar => "Authentication-Info",
            Self::Proxy => "Proxy-Authentication-Info",
        }
    }

    const fn hears(self) -> &'static str {
        match self {
            Self::Registrar => "Authorization",
            Self::Proxy => "Proxy-Authorization",
        }
    }
}

/// A challenge that is met.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    who: Who,
    session: Session,
    /// Its nonce is that of an earlier REGISTER.
    reused: bool,
}

/// Whose credentials they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    user: Box<str>,
    secret: Secret,
}

impl Login {
    /// Of a REGISTER; none where there is no password.
    pub(super) fn of(request: &RegisterRequest) -> Option<Self> {
        let secret = request.secret.clone()?;
        Some(Self { user: request.account.digest_user().into(), secret })
    }
}

/// The challenges of one REGISTER.
pub(super) struct Met<'a> {
    account: &'a Account,
    secret: Option<&'a Secret>,
    answers: Vec<Answer>,
    /// By each of [`Who::ALL`].
    tries: [u8; 2],
    last: Option<Challenged>,
}

impl<'a> Met<'a> {
    /// Where these are known from before.
    pub(super) fn new(account: &'a Account, secret: Option<&'a Secret>, answers: Vec<Answer>) -> Self {
        let mut tries = [0; 2];
        for answer in &answers {
            tries[answer.who as usize] = 1;
        }
        let mut met = Self { account, secret, answers, tries, last: None };
        met.tell();
        met
    }

    /// Whether credentials go with a request.
    pub(super) const fn is_met(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Sends nothing that is made of the password.
    pub(super) fn keep_back(&mut self) {
        self.answers.clear();
        self.last = None;
    }

    /// What goes with the next request: the header and the value of each. Each time is counted.
    pub(super) fn credentials(&mut self, method: &str, uri: &str) -> Vec<(&'static str, String)> {
        let Some(secret) = self.secret else { return Vec::new() };
        let who = Credentials { user: self.account.digest_user(), secret: secret.reveal() };
        let asked = Asked { method, uri, body: "" };
        let value = |answer: &mut Answer| (answer.who.hears(), answer.session.authorization(who, asked));
        self.answers.iter_mut().map(value).collect()
    }

    /// Takes the challenges of an answer that wants credentials.
    ///
    /// # Errors
    /// What the refusal means, where nothing honest is left to be sent.
    pub(super) fn meet(&mut self, answer: &Message, domain: &str) -> Result<(), RefusalMeans> {
        if self.secret.is_none() {
            return Err(RefusalMeans::NoPassword);
        }
        let mut wants = false;
        for who in Who::ALL {
            let offered = challenges(answer, who.asks());
            if offered.is_empty() {
                continue;
            }
            wants = true;
            let challenge = chosen(offered, self.account.challenge, domain)
                .map_err(|why| RefusalMeans::Unanswerable(Text::new(&why.to_string())))?;
            self.try_with(who, challenge)?;
        }
        if wants { Ok(()) } else { Err(RefusalMeans::Unanswerable("there is no challenge in the answer".into())) }
    }

    /// Takes the nonces that an answer names for the next request. Of several proxies nobody knows which one did.
    pub(super) fn go_on(&mut self, answer: &Message) {
        for who in Who::ALL {
            let mut its = self.answers.iter_mut().filter(|known| known.who == who);
            if let (Some(known), None, Some(nonce)) = (its.next(), its.next(), next_nonce(answer, who.tells())) {
                known.session.go_on_with(nonce, cnonce());
            }
        }
    }

    fn try_with(&mut self, who: Who, challenge: Challenge) -> Result<(), RefusalMeans> {
        let known = self.answers.iter().position(|a| a.who == who && a.session.challenge().realm == challenge.realm);
        if let Some(at) = known {
            let before = &self.answers[at];
            // What was accepted once and is not any more may be too old, though nobody says so.
            let may_be_old = before.reused && before.session.challenge().nonce != challenge.nonce;
            if !challenge.stale && !may_be_old {
                return Err(RefusalMeans::WrongCredentials);
            }
            self.answers.remove(at);
        }
        let tries = &mut self.tries[who as usize];
        if *tries >= TRIES {
            // Each nonce is called stale, or another realm is wanted each time.
            return Err(RefusalMeans::WrongCredentials);
        }
        *tries += 1;
        if who == Who::Registrar {
            // Each proxy has a realm of its own, but the registrar is one (RFC 3261 22.3).
            self.answers.retain(|answer| answer.who != who);
        }
        self.answers.push(Answer { who, session: Session::new(challenge, cnonce()), reused: false });
        self.tell();
        Ok(())
    }

    fn tell(&mut self) {
        self.last = self.answers.last().map(|answer| {
            let Challenge { realm, algorithm, qop, .. } = answer.session.challenge();
            Challenged {
                realm: Text::new(realm),
                algorithm: algorithm.name(),
                qop: qop.map(Qop::name),
                reused: answer.reused,
            }
        });
    }

    /// The challenge that was met last, and what is known from now on: what was `accepted`, and what was before where
    /// nobody said anything to it.
    pub(super) fn end(self, accepted: Option<bool>) -> (Option<Challenged>, Vec<Answer>) {
        let mut answers = self.answers;
        answers.retain(|answer| accepted.unwrap_or(answer.reused));
        for answer in &mut answers {
            answer.reused = true;
        }
        (self.last, answers)
    }
}

fn cnonce() -> String {
    String::from_utf8_lossy(&token()).into_owned()
}
