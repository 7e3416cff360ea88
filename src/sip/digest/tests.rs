//! The RFCs' own figures, and challenges as they come.

use proptest::prelude::{Strategy, any, prop, proptest};

use super::*;
use crate::sip::Message;
use crate::sip::frame::datagram;

fn unauthorized(headers: &[&str]) -> Message {
    let lines = headers.iter().map(|value| ["WWW-Authenticate: ", value, "\r\n"].concat()).collect::<Vec<_>>().concat();
    datagram(format!("SIP/2.0 401 Unauthorized\r\n{lines}\r\n").as_bytes()).unwrap().unwrap()
}

fn read(headers: &[&str]) -> Vec<Result<Challenge, Unmet>> {
    challenges(&unauthorized(headers), "WWW-Authenticate")
}

fn one(header: &str) -> Challenge {
    let mut read = read(&[header]);
    assert_eq!(read.len(), 1, "{header}");
    read.remove(0).unwrap()
}

const PAGE: Asked<'_> = Asked { method: "GET", uri: "/dir/index.html", body: "" };

#[test]
fn the_responses_are_those_of_the_rfcs() {
    let mufasa = |secret| Credentials { user: "Mufasa", secret };
    // RFC 7616 3.9.1, as one header.
    let both = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
                nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", \
                Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, \
                nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
    let offered = read(&[both]);
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    for (challenge, response) in offered
        .into_iter()
        .zip(["753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", "8ca523f5e9506fed4657c9700eebdbec"])
    {
        let challenge = challenge.unwrap();
        let name = challenge.algorithm.name();
        let value = Session::new(challenge, cnonce.into()).authorization(mufasa("Circle of Life"), PAGE);
        assert_eq!(
            value,
            format!(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", uri=\"/dir/index.html\", \
                 response=\"{response}\", algorithm={name}, \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", qop=auth, nc=00000001, cnonce=\"{cnonce}\""
            )
        );
    }
    // RFC 7616 3.9.2 as its erratum 4897 has it: its own figures are of a SHA-512 that was cut off. The user name is
    // sent as it is, which changes nothing in the response.
    let doe = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
               nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", charset=UTF-8, userhash=true";
    let mut session = Session::new(one(doe), "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v".into());
    let who = Credentials { user: "J\u{e4}s\u{f8}n Doe", secret: "Secret, or not?" };
    let value = session.authorization(who, Asked { uri: "/doe.json", ..PAGE });
    let response = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";
    assert!(value.contains(&format!("response=\"{response}\"")), "{value}");
    // RFC 2617 3.5.
    let old = "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
               nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    let value = Session::new(one(old), "0a4f113b".into()).authorization(mufasa("Circle Of Life"), PAGE);
    assert!(value.contains("response=\"6629fae49393a05397450978507c4ef1\""), "{value}");
    assert!(!value.contains("algorithm"), "who named none gets none back");
    // RFC 2069 2.4 as its erratum 749 has it.
    let oldest = "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", \
                  opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    let value = Session::new(one(oldest), "unused".into()).authorization(mufasa("CircleOfLife"), PAGE);
    assert!(value.contains("response=\"1949323746fe6a43ef61f9606e7febea\""), "{value}");
    assert!(!["nc=", "qop=", "cnonce="].iter().any(|word| value.contains(word)), "{value}");
}

/// No RFC has figures for these; they were computed by Python's hashlib, from RFC 7616 3.4.
#[test]
fn every_algorithm_with_either_qop() {
    for (algorithm, qop, response) in [
        ("MD5", "auth", "dc0ccbd813e3345962af4048ba6dc9d3"),
        ("MD5", "auth-int", "ca746f23546dffa6fcb6d055de473a40"),
        ("MD5-sess", "auth", "7ade60eb01eed35812dd653ffa2231d8"),
        ("MD5-sess", "auth-int", "19d2621db5e97e74dd8c7f4976be5a6e"),
        ("SHA-256", "auth", "baaad6f561c84ec17231ca8dc98259f079211be2edf2bd7db4b454fafce89bae"),
        ("SHA-256", "auth-int", "bad9a04262b1ea69b17c89a1a610b8bd725c4c3b32960a768d0bd30a4b73ef7b"),
        ("SHA-256-sess", "auth", "3c4541fa5812b74dade4219004bb167949c6ee0a356b2ff2e9faed015a51fb72"),
        ("SHA-256-sess", "auth-int", "64877d57d2bdd20ecffdfdb288dabc18dac55ec755ada85dda3dabc91c95113e"),
        ("SHA-512-256", "auth", "7d902a189f5a65474abb25788b9bf82dc598b2902413c343dc2c3fdea8bb6105"),
        ("SHA-512-256", "auth-int", "560c537d2e585d77e52a0cc7fc8482801521f3c3bffb21c22ccf1cc4eec4bc3f"),
        ("sha-512-256-SESS", "auth", "e07c6143cd95f5085fd543f010834be3e3fe518abb69de010a05080dc40d3db9"),
        ("SHA-512-256-sess", "auth-int", "3d6021d83fa7f9b494c4ff56b11feef075311ae9a3e2c79aad5eb7220fa973a3"),
    ] {
        let header = format!("Digest realm=\"acme.example\", nonce=\"n0\", qop={qop}, algorithm={algorithm}");
        let mut session = Session::new(one(&header), "c0".into());
        let who = Credentials { user: "alice", secret: "wonderland" };
        let asked = Asked { method: "REGISTER", uri: "sip:acme.example", body: "" };
        let tenth = (0..10).map(|_| session.authorization(who, asked)).last().unwrap();
        assert!(tenth.contains(&format!("response=\"{response}\"")), "{algorithm} {qop}: {tenth}");
        assert!(tenth.contains("nc=0000000a"), "it is counted in hexadecimal digits: {tenth}");
    }
}

#[test]
fn quotes_and_backslashes_are_escaped_and_hashed_as_they_are() {
    let challenge = one(r#"Digest realm="a \"b\" \\c", nonce="n\"1""#);
    assert_eq!((challenge.realm.as_str(), challenge.nonce.as_str()), (r#"a "b" \c"#, "n\"1"));
    let who = Credentials { user: r#"bob\"x"#, secret: "p" };
    let value = Session::new(challenge, "c".into()).authorization(who, PAGE);
    assert!(value.starts_with(r#"Digest username="bob\\\"x", realm="a \"b\" \\c", nonce="n\"1", "#), "{value}");
}

/// What stands after `WWW-Authenticate:`, and what is made of it: the realm, the algorithm, the qop; or why not.
#[test]
fn challenges_good_and_broken() {
    let long = format!("Digest realm=\"a\", nonce=\"{}\"", "n".repeat(2047));
    for (header, made) in [
        // As they should be.
        (r#"Digest realm="a", nonce="n""#, "a MD5 -"),
        (r#"Digest realm="a", nonce="n", algorithm=MD5, qop="auth""#, "a MD5 auth"),
        (r#"Digest realm="a", nonce="n", algorithm=SHA-256, qop="auth,auth-int""#, "a SHA-256 auth"),
        (r#"Digest realm="a", nonce="n", qop="auth-int""#, "a MD5 auth-int"),
        (r#"Digest realm="a, b=c", nonce="n", domain="sip:a sip:b", opaque="""#, "a, b=c MD5 -"),
        (r#"Digest realm="a", nonce="n", algorithm=MD5-sess, qop="auth""#, "a MD5-sess auth"),
        // As they are.
        (r#"digest  REALM = "a" ,nonce= "n",Algorithm="md5",QOP=AUTH"#, "a MD5 auth"),
        ("Digest realm=a, nonce=abc+/==", "a MD5 -"),
        (r#"Digest nonce="n", realm="", unknown="x", other=y, "#, " MD5 -"),
        (r#"Digest realm="a", nonce="n", qop="""#, "a MD5 -"),
        (r#"Digest realm="a", nonce="n", qop="#, "a MD5 -"),
        (r#"Digest realm="a", nonce="n", qop=auth,auth-int"#, "a MD5 auth"),
        (r#"Digest realm="a", nonce="n", qop="token, auth""#, "a MD5 auth"),
        (r#"Digest realm="a", nonce="n", algorithm="#, "a MD5 -"),
        (r#"Digest realm="a", realm="a", nonce="n""#, "a MD5 -"),
        (r#"Digest realm="größe", nonce="n""#, "größe MD5 -"),
        // Broken.
        (r#"Digest realm="a""#, "the challenge has no nonce"),
        (r#"Digest realm="a", nonce="""#, "the challenge has no nonce"),
        (r#"Digest nonce="n""#, "the challenge has no realm"),
        ("Digest", "the challenge has no realm"),
        (r#"Digest realm="a, nonce="n""#, "the challenge's realm is not quoted as RFC 3261 25.1 wants it"),
        (r#"Digest nonce="n", realm="a"#, "the challenge's realm is not quoted as RFC 3261 25.1 wants it"),
        (r#"Digest nonce="n", realm="a\""#, "the challenge's realm is not quoted as RFC 3261 25.1 wants it"),
        (r#"Digest realm="a", nonce=n"m"#, "the challenge's nonce is not quoted as RFC 3261 25.1 wants it"),
        (r#"Digest realm="a", nonce="n" m"#, "the challenge's nonce is not quoted as RFC 3261 25.1 wants it"),
        (r#"Digest realm="a", nonce="n", realm="b""#, "the challenge says realm twice, and not the same"),
        (r#"Digest realm="a", nonce="n", nonce="m""#, "the challenge says nonce twice, and not the same"),
        (
            r#"Digest realm="a", nonce="n", algorithm=AKAv1-MD5"#,
            "the challenge wants algorithm 'AKAv1-MD5', which trunktop does not know",
        ),
        (
            r#"Digest realm="a", nonce="n", qop="token""#,
            "the challenge wants qop 'token', which trunktop does not know",
        ),
        (
            r#"Digest realm="a", nonce="n", algorithm=MD5-sess"#,
            "the challenge wants MD5-sess without qop, which RFC 7616 3.4.2 does not define",
        ),
        ("Digest realm=\"a\", nonce=\"n\x1bm\"", "the challenge's nonce holds what no header may"),
        (&long, "the challenge's nonce has 2049 bytes; more than 2048 are not sent back"),
        (r#"Basic realm="a""#, "the challenge is of scheme 'Basic', not Digest"),
        ("Negotiate abc==", "the challenge is of scheme 'Negotiate', not Digest"),
        ("NTLM", "the challenge is of scheme 'NTLM', not Digest"),
    ] {
        let [read] = read(&[header]).try_into().unwrap();
        let read = match read {
            Ok(Challenge { realm, algorithm, qop, .. }) => {
                format!("{realm} {} {}", algorithm.name(), qop.map_or("-", Qop::name))
            }
            Err(why) => why.to_string(),
        };
        assert_eq!(read, made, "{header}");
    }
    for nothing in ["", ",", " , ,", "=", "realm=\"a\", nonce=\"n\""] {
        assert_eq!(read(&[nothing]), [], "{nothing}");
    }
}

#[test]
fn which_of_several_is_met() {
    const MD5: &str = r#"Digest realm="a", nonce="n", algorithm=MD5"#;
    const SHA: &str = r#"Digest realm="a", nonce="n", algorithm=SHA-256"#;
    const SHA512: &str = r#"Digest realm="a", nonce="n", algorithm=SHA-512-256"#;
    const UNKNOWN: &str = r#"Digest realm="a", nonce="n", algorithm=SHA-3"#;
    const DOMAIN: &str = r#"Digest realm="ACME.example", nonce="n", algorithm=MD5"#;
    const TWO: &str = r#"Basic realm="a", Digest realm="a", nonce="n", algorithm=MD5, Digest realm="a", nonce="n", algorithm=SHA-256"#;
    use ChallengePolicy::{Strongest, Topmost};
    for (headers, policy, name, realm) in [
        (&[MD5, SHA, SHA512][..], Strongest, "SHA-512-256", "a"),
        (&[MD5, SHA, SHA512], Topmost, "MD5", "a"),
        (&[UNKNOWN, SHA, MD5], Topmost, "SHA-256", "a"),
        (&[UNKNOWN, MD5], Strongest, "MD5", "a"),
        (&[TWO], Strongest, "SHA-256", "a"),
        (&[TWO], Topmost, "MD5", "a"),
        (&[SHA, DOMAIN], Strongest, "MD5", "ACME.example"),
    ] {
        let met = chosen(read(headers), policy, "acme.example").unwrap();
        assert_eq!((met.algorithm.name(), met.realm.as_str()), (name, realm), "{headers:?} {policy:?}");
    }
    let none = chosen(read(&["Basic realm=\"a\"", UNKNOWN]), Strongest, "acme.example").unwrap_err();
    assert_eq!(none, Unmet::Algorithm("SHA-3".into()), "what is nearest to being met says why it is not");
    assert_eq!(read(&[MD5; 40]).len(), 16);
    assert!(one(r#"Digest realm="a", nonce="n", stale=TRUE"#).stale);
    assert!(!one(r#"Digest realm="a", nonce="n", stale=false"#).stale);
}

proptest! {
    #[test]
    fn nothing_that_comes_makes_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        words in prop::collection::vec(
            prop::sample::select(vec!["Digest ", "realm", "nonce", "=", "\"", "\\", ",", " ", "qop", "auth", "a", "\u{e9}"]), 0..40,
        ).prop_map(|words| words.concat()),
    ) {
        let one: Vec<u8> = bytes.into_iter().filter(|byte| !b"\r\n".contains(byte)).collect();
        let head = [b"SIP/2.0 401 No\r\nWWW-Authenticate: ", one.as_slice(), b"\r\nWWW-Authenticate: "].concat();
        let message = datagram(&[&head, words.as_bytes(), b"\r\n\r\n"].concat()).unwrap().unwrap();
        for challenge in challenges(&message, "WWW-Authenticate").into_iter().flatten() {
            let who = Credentials { user: "u", secret: "s" };
            let value = Session::new(challenge.clone(), "c".into()).authorization(who, PAGE);
            // What was understood is what a reader of the answer understands.
            let again = one_of(&value);
            assert_eq!((again.realm, again.nonce), (challenge.realm, challenge.nonce));
        }
    }
}

fn one_of(authorization: &str) -> Challenge {
    one(&authorization.replace("qop=auth,", "qop=\"auth\","))
}
