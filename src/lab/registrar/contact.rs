//! The Contacts of a REGISTER (RFC 3261 20.10).

/// One Contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contact {
    /// As it stands between `<` and `>`.
    pub(super) uri: String,
    /// Its own expiry, in seconds; one that is no number is that of RFC 3261 10.2.1.1, an hour.
    pub(super) expires: Option<u32>,
    /// `+sip.instance`, with its quotes.
    pub(super) instance: Option<String>,
    /// `reg-id` (RFC 5626 4.2).
    pub(super) reg_id: Option<String>,
}

/// All that the Contact headers of a request say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Contacts {
    /// There is none.
    Absent,
    /// `*`, and nothing else.
    Star,
    /// So many.
    These(Vec<Contact>),
}

/// What is said where an expiry is no number (RFC 3261 10.2.1.1).
const MALFORMED: u32 = 3600;

impl Contacts {
    /// From the values of all Contact headers; none where they cannot be read.
    pub(super) fn read<'v>(values: impl Iterator<Item = &'v [u8]>) -> Option<Self> {
        let mut all = Vec::new();
        for value in values {
            all.extend(outside_quotes(str::from_utf8(value).ok()?, ',').into_iter().map(str::trim));
        }
        match all[..] {
            [] => Some(Self::Absent),
            ["*"] => Some(Self::Star),
            _ => all.into_iter().map(Contact::read).collect::<Option<_>>().map(Self::These),
        }
    }
}

impl Contact {
    fn read(raw: &str) -> Option<Self> {
        let (uri, parameters) = match raw.find('<') {
            // Behind a display name, which may be quoted.
            Some(_) => {
                let open = outside_quotes(raw, '<').first()?.len();
                raw.get(open + 1..)?.split_once('>')?
            }
            None => raw.split_at(raw.find(';').unwrap_or(raw.len())),
        };
        let uri = uri.trim();
        let known = ["sip:", "sips:", "tel:"];
        let is_uri = known.iter().any(|scheme| uri.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)));
        let mut contact = Self { uri: uri.to_owned(), expires: None, instance: None, reg_id: None };
        for parameter in outside_quotes(parameters, ';').into_iter().skip(1) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "expires" => contact.expires = Some(value.parse().unwrap_or(MALFORMED)),
                "+sip.instance" => contact.instance = Some(value.to_owned()),
                "reg-id" => contact.reg_id = Some(value.to_owned()),
                _ => {}
            }
        }
        is_uri.then_some(contact)
    }
}

/// Splits at a separator that is neither in a quoted string nor between `<` and `>`.
pub(super) fn outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped, mut inside) = (false, false, false);
    let parts = text.split(move |c| {
        let splits = c == separator && !quoted && !inside;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => inside = true,
            '>' if !quoted => inside = false,
            _ => {}
        }
        splits
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<Contacts> {
        Contacts::read(values.iter().map(|value| value.as_bytes()))
    }

    #[test]
    fn contacts_are_read_as_they_are_written() {
        let contact = |uri: &str, expires| Contact { uri: uri.into(), expires, instance: None, reg_id: None };
        for (written, expected) in [
            (&["<sip:a@b;x=1,2>;expires=60"][..], vec![contact("sip:a@b;x=1,2", Some(60))]),
            (
                &["\"Bob, \\\"<Jr>\\\"\" <sip:a@b> ; q=0.5 ; Expires = 7, sip:c@[::1]:5070;expires=0", "<sips:d>"],
                vec![contact("sip:a@b", Some(7)), contact("sip:c@[::1]:5070", Some(0)), contact("sips:d", None)],
            ),
            (&["<sip:a@b>;expires=soon"], vec![contact("sip:a@b", Some(3600))]),
            (&["<sip:a@b>;expires=4294967296"], vec![contact("sip:a@b", Some(3600))]),
        ] {
            assert_eq!(read(written), Some(Contacts::These(expected)), "{written:?}");
        }
        assert_eq!((read(&[]), read(&[" * "])), (Some(Contacts::Absent), Some(Contacts::Star)));
        for bad in ["<sip:a@b", "a@b", "*, <sip:a@b>", "", "<>", "\"<sip:a@b>"] {
            assert_eq!(read(&[bad]), None, "{bad}");
        }
    }

    #[test]
    fn who_is_behind_a_contact_is_kept() {
        let Some(Contacts::These(contacts)) = read(&["<sip:a@b>;+sip.instance=\"<urn:uuid:1;2>\";reg-id=1"]) else {
            panic!("it can be read")
        };
        assert_eq!(contacts[0].instance.as_deref(), Some("\"<urn:uuid:1;2>\""));
        assert_eq!(contacts[0].reg_id.as_deref(), Some("1"));
    }
}
