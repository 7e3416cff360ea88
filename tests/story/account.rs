//! Reads what happens to an account, and what is told of registrations.

use trunktop::model::{Account, AccountMode, Stop, Why};

/// What happens to a carrier's account, or is told of its registrations. Targets are words as in a probe.
pub(super) enum Registers {
    /// A REGISTER came to this; the next is due in so many seconds.
    Bind {
        target: String,
        came: Came,
        next: Option<u64>,
    },
    /// Bindings were fetched.
    Fetch {
        target: String,
        came: Came,
        next: Option<u64>,
    },
    /// Ours was removed.
    Removed(String),
    /// A round of fetching ended.
    Round,
    Lost {
        target: String,
        how: String,
    },
    LetGo(Why),
    Stopped(Stop),
    /// Another trunktop holds it: where, and for how many seconds still.
    Elsewhere(Option<(String, u64)>),
    /// The source saw these.
    Source(Vec<Seen>),
    SourceFails(String),
    /// The account is used in this way from now on.
    Mode(AccountMode),
}

/// What came of a REGISTER.
pub(super) enum Came {
    /// 2xx: what is listed, a contact and what is left of it; ours is `ours`.
    Lists(Vec<(String, u32)>),
    /// Another answer: `403 Forbidden`.
    Refused(u16, String),
    /// None: as a probe says it.
    Fails(String),
}

/// What a source saw.
pub(super) struct Seen {
    /// A target or an address, perhaps with `:port`.
    pub(super) at: String,
    pub(super) by: String,
    pub(super) left: Option<u64>,
    /// The state that it gives it.
    pub(super) state: Option<String>,
    /// Whether it says that it is a registration.
    pub(super) registration: bool,
}

/// What must hold of registrations.
pub(super) enum Holds {
    /// All pins, in words.
    Pins(String),
    /// How it stands with the account.
    Standing(String),
    /// What needs attention most.
    Attention(String),
    /// How often it went from one target to another.
    Moves(usize),
    /// What becomes of the registration if its target dies.
    Dies(String),
    /// How a cutover stands.
    Drain(String),
}

/// `hold`, `observe`, `off`, and after commas `contact=URI`, `refresh=engine`, `beside`.
pub(super) fn account(words: &str) -> Result<Account, String> {
    let mut words = words.split(',');
    let mode = words.next().unwrap_or_default().parse().map_err(|why| format!("{why}"))?;
    let mut account = Account { mode, ..Account::new("alice".parse().map_err(|why| format!("{why}"))?) };
    for word in words {
        match word.split_once('=') {
            Some(("contact", uri)) => account.contact = Some(uri.parse().map_err(|why| format!("{why}"))?),
            Some(("refresh", policy)) => account.refresh = policy.parse().map_err(|why| format!("{why}"))?,
            None if word == "beside" => account.beside_others = true,
            _ => return Err("account=MODE,contact=URI,refresh=POLICY,beside".to_owned()),
        }
    }
    Ok(account)
}

/// What happens to a registration: `registered us-east-1 60 next 50`, `register us-east-1 403 Forbidden`.
pub(super) fn registers(first: &str, after: &str) -> Result<Registers, String> {
    let (target, rest) = after.split_once(' ').unwrap_or((after, ""));
    let (rest, next) = match rest.split_once(" next ") {
        Some((rest, next)) => (rest, Some(seconds(next)?)),
        None => (rest, None),
    };
    let (target, rest) = (target.to_owned(), rest.trim());
    Ok(match first {
        "registered" => {
            let (granted, others) = rest.split_once(" beside ").unwrap_or((rest, ""));
            let mut lists =
                vec![("ours".to_owned(), u32::try_from(seconds(granted)?).map_err(|why| format!("{why}"))?)];
            lists.extend(bindings(others)?);
            Registers::Bind { target, came: Came::Lists(lists), next }
        }
        "register" => Registers::Bind { target, came: came(rest)?, next },
        "fetched" => Registers::Fetch { target, came: came(rest)?, next },
        "removed" => Registers::Removed(target),
        "round" => Registers::Round,
        "lost" => Registers::Lost { target, how: rest.to_owned() },
        "let-go" if after == "by hand" => Registers::LetGo(Why::ByHand),
        "let-go" => Registers::LetGo(Why::LeftDns),
        "stopped" => Registers::Stopped(match (target.as_str(), rest) {
            ("credentials", _) => Stop::Credentials,
            ("no-password", why) => Stop::NoPassword(why.into()),
            ("others", who) => Stop::Others(who.split_whitespace().map(Into::into).collect()),
            ("refused", why) => Stop::Refused(why.into()),
            ("no-lock", why) => Stop::NoLock(why.into()),
            _ => return Err("stopped credentials|no-password|others|refused|no-lock".to_owned()),
        }),
        "elsewhere" if after.is_empty() => Registers::Elsewhere(None),
        "elsewhere" => Registers::Elsewhere(Some((target, seconds(rest)?))),
        "source" if target == "fails" => Registers::SourceFails(rest.to_owned()),
        "source" => Registers::Source(seen(after)?),
        "account" => Registers::Mode(after.parse().map_err(|why| format!("{why}"))?),
        _ => return Err("nothing that can happen".to_owned()),
    })
}

fn came(rest: &str) -> Result<Came, String> {
    Ok(match rest.strip_prefix("lists ") {
        Some("nothing") => Came::Lists(Vec::new()),
        Some(lists) => Came::Lists(bindings(lists)?),
        None => fails(rest),
    })
}

fn seconds(word: &str) -> Result<u64, String> {
    word.trim().parse().map_err(|why| format!("{why}: {word}"))
}

/// `sip:pbx@192.0.2.5 40, ours 60`.
fn bindings(list: &str) -> Result<Vec<(String, u32)>, String> {
    let each = list.split(',').map(str::trim).filter(|binding| !binding.is_empty());
    each.map(|binding| {
        let (contact, left) = binding.split_once(' ').ok_or("a contact, and what is left of it")?;
        Ok((contact.to_owned(), left.parse().map_err(|why| format!("{why}: {left}"))?))
    })
    .collect()
}

fn fails(rest: &str) -> Came {
    let (word, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    word.parse().map_or_else(|_| Came::Fails(word.to_owned()), |code| Came::Refused(code, reason.to_owned()))
}

/// `ss sees us-east-1 192.0.2.7:5061`, `fs reports us-west-1/300`, `ami reports us-west-1=Rejected`, `ss sees nothing`.
fn seen(after: &str) -> Result<Vec<Seen>, String> {
    let (by, rest) = after.split_once(' ').ok_or("NAME sees|reports PLACES")?;
    let (verb, rest) = rest.split_once(' ').ok_or("NAME sees|reports PLACES")?;
    let registration = match verb {
        "sees" => false,
        "reports" => true,
        _ => return Err("NAME sees|reports PLACES".to_owned()),
    };
    let places = rest.split_whitespace().filter(|place| *place != "nothing");
    places
        .map(|place| {
            let (place, state) = place.split_once('=').map_or((place, None), |(place, state)| (place, Some(state)));
            let (at, left) = place.split_once('/').map_or((place, None), |(at, left)| (at, Some(left)));
            let left = left.map(seconds).transpose()?;
            Ok(Seen { at: at.to_owned(), by: by.to_owned(), left, state: state.map(str::to_owned), registration })
        })
        .collect()
}
