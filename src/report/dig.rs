//! The `dig` line that asks a question again, of whom and over what it was asked.
//!
//! The line is made to be pasted into a shell, and the name in it may be anybody's: whatever octets came
//! from the wire, nothing in the line is more than a word to the shell, or more than a name to dig. So all
//! but letters, digits, `-`, `_` and `.` is written as `\DDD` (RFC 1035 5.1), a sign in front, which dig
//! would take for an option, is too, and a word that holds more than plain characters stands in quotes.

use std::net::IpAddr;

use crate::model::{Host, Name, Question, ResolverSpec, Wire};

/// The line for a question to this resolver. `wire`: over what the answer came, where there was one; an
/// answer that was truncated over UDP came over TCP, and is so asked for at once.
pub fn dig(question: &Question, resolver: &ResolverSpec, wire: Option<Wire>) -> String {
    let mut words = vec!["dig".to_owned()];
    let mut at = |host: &Host, port: u16| {
        words.push(format!("@{}", server(host)));
        words.push(format!("-p {port}"));
    };
    match resolver {
        ResolverSpec::System => {}
        ResolverSpec::Plain(socket) | ResolverSpec::Tcp(socket) => at(&Host::Ip(socket.ip()), socket.port()),
        ResolverSpec::Tls(host, port)
        | ResolverSpec::Https(host, port, _)
        | ResolverSpec::Authoritative(host, port) => {
            at(host, *port);
        }
    }
    match (resolver, wire) {
        (ResolverSpec::Tls(..), _) => words.push("+tls".to_owned()),
        (ResolverSpec::Https(_, _, path), _) => words.push(quoted(&format!("+https={path}"))),
        (ResolverSpec::Tcp(_), _) | (_, Some(Wire::Tcp)) => words.push("+tcp".to_owned()),
        _ => {}
    }
    if let ResolverSpec::Authoritative(..) = resolver {
        words.push("+norecurse".to_owned());
    }
    words.push(question.rtype.to_string());
    words.push(quoted(&owner(&question.name)));
    words.join(" ")
}

fn server(host: &Host) -> String {
    match host {
        Host::Name(name) => quoted(&owner(name)),
        Host::Ip(IpAddr::V4(ip)) => ip.to_string(),
        Host::Ip(IpAddr::V6(ip)) => ip.to_string(),
    }
}

/// A name in the plainest form that dig reads. One of a single label has its final dot, without which it
/// could be the name of a type.
fn owner(name: &Name) -> String {
    let mut plain = String::new();
    let mut form = name.as_str().chars();
    while let Some(c) = form.next() {
        match c {
            '\\' => match form.next() {
                Some(digit) if digit.is_ascii_digit() => plain.extend(['\\', digit]),
                Some(escaped) => plain.push_str(&decimal(escaped)),
                None => plain.push_str(&decimal('\\')),
            },
            '-' if plain.is_empty() => plain.push_str(&decimal('-')),
            '-' | '_' | '.' => plain.push(c),
            _ if c.is_ascii_alphanumeric() => plain.push(c),
            _ => plain.push_str(&decimal(c)),
        }
    }
    if !plain.contains('.') {
        plain.push('.');
    }
    plain
}

/// A character of a name as `\DDD`; a name has none past 126.
fn decimal(c: char) -> String {
    format!("\\{:03}", u32::from(c))
}

/// One word for any shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    // What cannot stand between single quotes stands between double ones, alone.
    format!("'{}'", word.replace('\'', "'\"'\"'"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::model::RecordType;

    fn line(resolver: &str, wire: Option<Wire>, name: Name) -> String {
        dig(&Question::new(name, RecordType::Srv), &resolver.parse().unwrap(), wire)
    }

    fn wired(label: &[u8]) -> Name {
        Name::from_labels([label, b"acme", b"example"]).unwrap()
    }

    #[test]
    fn the_resolver_is_asked_as_it_was() {
        let name = Name::parse("_sip._udp.acme.example").unwrap();
        for (resolver, wire, asked) in [
            ("127.0.0.53", Some(Wire::Udp), "@127.0.0.53 -p 53"),
            ("127.0.0.1:5300", None, "@127.0.0.1 -p 5300"),
            ("127.0.0.1:5300", Some(Wire::Tcp), "@127.0.0.1 -p 5300 +tcp"),
            ("tcp://[2001:db8::1]:5300", None, "@2001:db8::1 -p 5300 +tcp"),
            ("tls://dns.example", Some(Wire::Tls), "@dns.example -p 853 +tls"),
            ("https://dns.example/dns-query", Some(Wire::Https), "@dns.example -p 443 +https=/dns-query"),
            ("https://dns.example/a b;c", None, "@dns.example -p 443 '+https=/a b;c'"),
            ("https://dns.example/$(id)'", None, "@dns.example -p 443 '+https=/$(id)'\"'\"''"),
            ("auth://ns1.acme.example:5353", Some(Wire::Udp), "@ns1.acme.example -p 5353 +norecurse"),
            ("auth://192.0.2.1", Some(Wire::Tcp), "@192.0.2.1 -p 53 +tcp +norecurse"),
        ] {
            assert_eq!(line(resolver, wire, name.clone()), format!("dig {asked} SRV _sip._udp.acme.example"));
        }
        assert_eq!(line("system", None, name), "dig SRV _sip._udp.acme.example");
    }

    #[test]
    fn a_name_is_a_name_to_dig_and_a_word_to_the_shell() {
        for (name, written) in [
            (Name::root(), "."),
            (Name::parse("mx").unwrap(), "mx."),
            (wired(b"-f"), r"'\045f.acme.example'"),
            (wired(b"+short"), r"'\043short.acme.example'"),
            (wired(b"@192"), r"'\064192.acme.example'"),
            (wired(b"a-b"), "a-b.acme.example"),
            (wired(b"$(id)"), r"'\036\040id\041.acme.example'"),
            (wired(b"`id`"), r"'\096id\096.acme.example'"),
            (wired(b"';id;'"), r"'\039\059id\059\039.acme.example'"),
            (wired(br"\"), r"'\092.acme.example'"),
            (wired(br#"\"'"#), r"'\092\034\039.acme.example'"),
            (wired(b"a b\n\x1b\xff"), r"'a\032b\010\027\255.acme.example'"),
            (wired(b"a.b"), r"'a\046b.acme.example'"),
            (wired(b"*"), r"'\042.acme.example'"),
            (wired(b"!!~#&|<>"), r"'\033\033\126\035\038\124\060\062.acme.example'"),
        ] {
            assert_eq!(line("system", None, name), format!("dig SRV {written}"));
        }
    }

    #[test]
    fn a_shell_reads_each_line_as_the_same_words_and_does_nothing_else() {
        let words = |line: &str| {
            let script = line.replacen("dig", r"printf '%s\n'", 1);
            let said = Command::new("sh").arg("-c").arg(script).output().unwrap();
            String::from_utf8(said.stdout).unwrap()
        };
        for octet in 1..=255_u8 {
            for label in [vec![octet], vec![b'a', octet, octet, b'\'', octet], vec![b'$', b'(', octet, b')']] {
                let name = wired(&label);
                assert_eq!(words(&line("system", None, name.clone())), format!("SRV\n{}\n", owner(&name)), "{name}");
            }
        }
        let path = "https://dns.example/$(echo no)`echo no`'\"; echo no #\\";
        let said = words(&line(path, None, Name::root()));
        assert_eq!(said, "@dns.example\n-p\n443\n+https=/$(echo no)`echo no`'\"; echo no #\\\nSRV\n.\n");
    }
}
