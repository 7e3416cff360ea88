//! Internationalised names: U-labels to A-labels, and back where that is safe to show.
//!
//! Names go through UTS 46, non-transitional, with STD3's rules except that `_` may stand in a label, as
//! it does in service names. The way back is narrower than UTS 46: a name in Unicode is there to be read,
//! and what could be read as another name (UTS 39), or turns the line around it on a terminal, is not
//! shown at all.

use icu_properties::CodePointMapData;
use icu_properties::props::{BidiClass, Script};
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use thiserror::Error;

use super::{NameError, Text};

/// All of printable ASCII but letters, digits, `-`, `.` and `_`; controls and blanks too.
const DENIED: AsciiDenyList = AsciiDenyList::new(true, "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~");

/// The dots of UTS 46 2.3.
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Why a label in Unicode has no A-label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LabelFault {
    /// RFC 1035 2.3.4, after encoding.
    #[error("its A-label is longer than 63 octets")]
    Long,
    /// RFC 5891 4.2.3.2.
    #[error("it begins with a combining mark")]
    Mark,
    /// RFC 5893 2.
    #[error("it mixes characters that run from right to left with others (RFC 5893)")]
    Directions,
    /// RFC 3492: it begins with `xn--`, and is not ASCII.
    #[error("it begins with xn--, as only encoded labels do")]
    Encoded,
    /// Each character is fine, and all of them together are not.
    #[error("its characters cannot stand together (UTS 46)")]
    Together,
}

fn ascii(raw: &str) -> Option<String> {
    let done = Uts46::new().to_ascii(raw.as_bytes(), DENIED, Hyphens::Allow, DnsLength::Ignore);
    done.ok().map(std::borrow::Cow::into_owned)
}

/// The A-labels of a name in Unicode.
pub(super) fn to_ascii(raw: &str) -> Result<String, NameError> {
    for label in raw.split(DOTS).filter(|label| !label.is_ascii()) {
        label_fault(label)?;
    }
    // Each label is fine; what is left is Bidi's rule over all labels of a name.
    ascii(raw).ok_or_else(|| NameError::Label(raw.into(), LabelFault::Directions))
}

fn label_fault(label: &str) -> Result<(), NameError> {
    let fault = |fault| Err(NameError::Label(label.into(), fault));
    match ascii(label) {
        Some(encoded) if encoded.split('.').any(|label| label.len() > 63) => return fault(LabelFault::Long),
        Some(_) => return Ok(()),
        None => {}
    }
    if label.chars().count() > 63 {
        return fault(LabelFault::Long);
    }
    // A mark needs something before it, a digit of Arabic something that runs from right to left.
    let alone = |c: char| ascii(c.encode_utf8(&mut [0; 4])).is_some();
    let after = |before: char, c: char| ascii(&String::from_iter([before, c])).is_some();
    if let Some(bad) = label.chars().find(|&c| !alone(c) && !after('a', c) && !after('\u{5d0}', c)) {
        return Err(NameError::BadCharacter(bad));
    }
    let runs_left = |c: char| is_right_to_left(c);
    fault(match label.chars().next() {
        Some(first) if !alone(first) && after('a', first) => LabelFault::Mark,
        _ if label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--")) => LabelFault::Encoded,
        _ if label.chars().any(runs_left) => LabelFault::Directions,
        _ => LabelFault::Together,
    })
}

/// The name in Unicode, where it has A-labels that can be shown so.
pub(super) fn to_unicode(name: &str) -> Option<Text> {
    if !name.split('.').any(|label| label.starts_with("xn--")) {
        return None;
    }
    let (unicode, Ok(())) = Uts46::new().to_unicode(name.as_bytes(), DENIED, Hyphens::Allow) else { return None };
    let text = Text::new(&unicode);
    let honest = unicode.split('.').all(is_honest) && text.as_str() == unicode;
    // A form that leads to another name would be a lie.
    (honest && unicode != name && ascii(&unicode).as_deref() == Some(name)).then_some(text)
}

fn is_right_to_left(c: char) -> bool {
    let class = CodePointMapData::<BidiClass>::new().get(c);
    matches!(class, BidiClass::RightToLeft | BidiClass::ArabicLetter | BidiClass::ArabicNumber)
}

/// Whether a label reads as what it is: its letters are of one script or of those that Japanese, Korean
/// and Chinese are written in (UTS 39 5.2, highly restrictive), what belongs to no script is a letter or
/// a digit, and nothing runs from right to left.
fn is_honest(label: &str) -> bool {
    const TOGETHER: [&[Script]; 3] = [
        &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
        &[Script::Latin, Script::Han, Script::Hangul],
        &[Script::Latin, Script::Han, Script::Bopomofo],
    ];
    let of = CodePointMapData::<Script>::new();
    let mut scripts: Vec<Script> = Vec::new();
    for c in label.chars() {
        match of.get(c) {
            Script::Common | Script::Inherited if !(c.is_alphanumeric() || "-_".contains(c)) => return false,
            Script::Common | Script::Inherited => {}
            script if scripts.contains(&script) => {}
            script => scripts.push(script),
        }
        if is_right_to_left(c) {
            return false;
        }
    }
    scripts.len() < 2 || TOGETHER.iter().any(|set| scripts.iter().all(|script| set.contains(script)))
}

#[cfg(test)]
mod tests {
    use super::super::Name;

    #[test]
    fn a_name_in_unicode_goes_to_the_wire_as_a_labels_and_is_shown_as_both() {
        for (typed, wire, read) in [
            ("münchen.example", "xn--mnchen-3ya.example", "münchen.example"),
            ("MÜNCHEN.Example.", "xn--mnchen-3ya.example", "münchen.example"),
            ("mu\u{308}nchen.example", "xn--mnchen-3ya.example", "münchen.example"),
            ("straße.example", "xn--strae-oqa.example", "straße.example"),
            ("_sip._udp.bücher.example", "_sip._udp.xn--bcher-kva.example", "_sip._udp.bücher.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah", "例え.テスト"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f", "пример.испытание"),
        ] {
            let name = Name::parse(typed).unwrap();
            assert_eq!((name.as_str(), name.unicode().unwrap().as_str()), (wire, read));
            assert_eq!(name.shown(), format!("{wire} ({read})"));
            assert_eq!(Name::parse(wire).unwrap(), name);
        }
    }

    #[test]
    fn what_is_wrong_with_a_label_is_said() {
        for (typed, said) in [
            ("mün chen.example", "' ' cannot stand in a domain name"),
            ("mün/chen.example", "'/' cannot stand in a domain name"),
            ("a\u{200d}b.example", "'\\u{200d}' cannot stand in a domain name"),
            ("a\u{202e}b.example", "'\\u{202e}' cannot stand in a domain name"),
            ("a％ü.example", "'％' cannot stand in a domain name"),
            ("\u{301}a.example", "it begins with a combining mark"),
            ("xn--ü.example", "label 'xn--ü': it begins with xn--, as only encoded labels do"),
            ("אa.example", "label 'אa': it mixes characters that run from right to left with others (RFC 5893)"),
            ("1a.א.example", "it mixes characters that run from right to left with others (RFC 5893)"),
            ("ü..example", "a label is empty"),
        ] {
            let told = Name::parse(typed).unwrap_err().to_string();
            assert!(told.ends_with(said), "{typed}: {told}");
        }
        for length in [60, 5000] {
            let told = Name::parse(&format!("{}.example", "ü".repeat(length))).unwrap_err().to_string();
            assert!(told.ends_with("its A-label is longer than 63 octets"), "{told}");
        }
    }

    #[test]
    fn what_could_deceive_is_shown_as_a_labels_alone() {
        for (unicode, why) in [
            ("раypal.example", "Cyrillic among Latin"),
            ("αlpha.example", "Greek among Latin"),
            ("אבג.example", "from right to left"),
            ("a⁄b.example", "a slash that is none"),
            ("☎.example", "no letter"),
            ("x\u{335}y.example", "a mark that strikes through"),
        ] {
            let name = Name::parse(unicode).unwrap();
            assert!(name.as_str().contains("xn--"), "{name}: {why}");
            assert_eq!((name.unicode(), name.shown()), (None, name.to_string()), "{why}");
        }
    }

    #[test]
    fn what_only_looks_encoded_stays_as_it_is() {
        for wire in
            ["acme.example", "xn--.example", "xn--zzzzzzzzz-.example", "xn--a.example", "a\\027.xn--mnchen-3ya.example"]
        {
            let name = Name::from_labels(wire.split('.').map(str::as_bytes)).unwrap();
            assert_eq!(name.unicode(), None, "{wire}");
        }
    }
}
