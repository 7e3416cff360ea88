//! Messages that are hard to read: each trick of RFC 4475, by its section and the name it has there, in as
//! few lines as it needs; and a million mutations of them.

use std::panic::catch_unwind;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;
use crate::model::Raw;

/// What becomes of a message: its branch, the number of its `CSeq` and the length of its body; or why it is
/// none.
#[derive(Debug, PartialEq)]
enum Read {
    Message { branch: &'static str, cseq: Option<u32>, body: usize },
    Error(&'static str),
}

const fn good(branch: &'static str, cseq: u32) -> Read {
    Read::Message { branch, cseq: Some(cseq), body: 0 }
}

/// The end that most of them have.
const USUAL: &str = "Via: SIP/2.0/TCP h;branch=z9hG4bKx\r\nCSeq: 8 INVITE\r\nl: 0\r\n\r\n";

/// The messages; those that end in `...` have the usual rest.
#[rustfmt::skip]
const MESSAGES: &[(&str, &str, Read)] = &[
    ("3.1.1.1 wsinv", "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\nfrom   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 3\r\ncseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\nUnknownHeaderWithUnusualValue: ;;,,;;,;\r\nv:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\nm:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\nv=0", Read::Message { branch: "390skdjuw", cseq: Some(9), body: 3 }),
    ("3.1.1.2 intmeth", "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\nVia: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\nTo: \"BEL:\x07 NUL:\x00 DEL:\x7f\" <sip:1_unusual.URI~(to-be!sure)@example.com>\r\nextensionHeader-!.%*+_`'~:\u{feff}\u{5927}\u{505c}\u{96fb}\r\nCSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\nl: 0\r\n\r\n", good("z9hG4bK-.!%66*_+`'~", 139_122_385)),
    ("3.1.1.3 esc01", "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\r\nTo: sip:%75se%72@example.com\r\nContact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>\r\n...", good("z9hG4bKx", 8)),
    ("3.1.1.4 escnull", "REGISTER sip:example.com SIP/2.0\r\nTo: sip:null-%00-null@example.com\r\nContact: <sip:%00%00@host5.example.com>\r\n...", good("z9hG4bKx", 8)),
    ("3.1.1.5 esc02", "RE%47IST%45R sip:registrar.example.com SIP/2.0\r\nTo: \"%Z%45\" <sip:resource@example.com>\r\n...", good("z9hG4bKx", 8)),
    ("3.1.1.6 lwsdisp", "OPTIONS sip:user@example.com SIP/2.0\r\nFrom: caller<sip:caller@example.com>;tag=323\r\n...", good("z9hG4bKx", 8)),
    ("3.1.1.9 semiuri", "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\r\nAccept: application/sdp, application/pkcs7-mime,\r\n        multipart/mixed, multipart/signed,\r\n        message/sip, message/sipfrag\r\n...", good("z9hG4bKx", 8)),
    ("3.1.1.10 transports", "OPTIONS sip:user@example.com SIP/2.0\r\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKkjiohj8\r\nVia: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKaskl\r\n...", good("z9hG4bKkjiohj8", 8)),
    ("3.1.1.11 mpart01", "MESSAGE sip:kumiko@example.org SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bKx\r\nCSeq: 8 MESSAGE\r\nContent-Type: multipart/mixed;boundary=x\r\nl: 18\r\n\r\n--x\r\n\r\n\x00\x01\r\n\r\n--x--", Read::Message { branch: "z9hG4bKx", cseq: Some(8), body: 18 }),
    ("3.1.1.12 unreason", "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое\r\n...", good("z9hG4bKx", 8)),
    ("3.1.1.13 noreason", "SIP/2.0 100 \r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.1 badinv01", "INVITE sip:user@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.15;;,;,,\r\nContact: \"Joe\" <sip:joe@example.org>;;;;\r\nCSeq: 8 INVITE\r\nl: 0\r\n\r\n", good("", 8)),
    ("3.1.2.2 clerr", "INVITE sip:user@example.com SIP/2.0\r\nContent-Length: 9999\r\n\r\nv=0\r\n", Read::Error("the datagram ends before its message does")),
    ("3.1.2.3 ncl", "INVITE sip:user@example.com SIP/2.0\r\nContent-Length: -999\r\n\r\nv=0\r\n", Read::Error("Content-Length '-999' cannot be used")),
    ("3.1.2.4 scalar02", "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKx\r\nCSeq: 36893488147419103232 REGISTER\r\nMax-Forwards: 300\r\nExpires: 1000000000000000000000000000000\r\nl: 0\r\n\r\n", Read::Message { branch: "z9hG4bKx", cseq: None, body: 0 }),
    ("3.1.2.5 scalarlg", "SIP/2.0 503 Service Unavailable\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKx\r\nCSeq: 9292394834772304023312 OPTIONS\r\nRetry-After: 949302838503028349304023988\r\nl: 0\r\n\r\n", Read::Message { branch: "z9hG4bKx", cseq: None, body: 0 }),
    ("3.1.2.6 quotbal", "INVITE sip:user@example.com SIP/2.0\r\nTo: \"Mr. J. User <sip:j.user@example.com>\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.7 ltgtruri", "INVITE <sip:user@example.com> SIP/2.0\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.8 lwsruri", "INVITE sip:user@example.com; lr SIP/2.0\r\n...", Read::Error("'INVITE sip:user@example.com; lr SIP/2.0' is no SIP start line")),
    ("3.1.2.9 lwsstart", "INVITE  sip:user@example.com  SIP/2.0\r\n...", Read::Error("'INVITE  sip:user@example.com  SIP/2.0' is no SIP start line")),
    ("3.1.2.10 trws", "OPTIONS sip:remote-target@example.com SIP/2.0  \r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.11 escruri", "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.12 baddate", "INVITE sip:user@example.com SIP/2.0\r\nDate: Fri, 01 Jan 2010 16:00:00 EST\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.13 regbadct", "REGISTER sip:example.com SIP/2.0\r\nContact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.14 badaspec", "OPTIONS sip:user@example.org SIP/2.0\r\nTo: \"Watson, Thomas\" < sip:t.watson@example.org >\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.15 baddn", "OPTIONS sip:t.watson@example.org SIP/2.0\r\nFrom: Bell, Alexander <sip:a.g.bell@example.com>;tag=43\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.16 badvers", "OPTIONS sip:t.watson@example.org SIP/7.0\r\n...", Read::Error("'OPTIONS sip:t.watson@example.org SIP/7.0' is no SIP start line")),
    ("3.1.2.17 mismatch01", "OPTIONS sip:user@example.com SIP/2.0\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.18 mismatch02", "NEWMETHOD sip:user@example.com SIP/2.0\r\n...", good("z9hG4bKx", 8)),
    ("3.1.2.19 bigcode", "SIP/2.0 4294967301 better not break the receiver\r\n...", Read::Error("'SIP/2.0 4294967301 better not break the receiver' is no SIP start line")),
    ("3.2.1 badbranch", "OPTIONS sip:user@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK\r\n...", good("z9hG4bK", 8)),
    ("3.3.1 insuf", "INVITE sip:user@example.com SIP/2.0\r\nCSeq: 193942 INVITE\r\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\r\nl: 0\r\n\r\n", good("z9hG4bKkdj.insuf", 193_942)),
    ("3.3.2 unkscm", "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0\r\n...", good("z9hG4bKx", 8)),
    ("3.3.3 novelsc", "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0\r\n...", good("z9hG4bKx", 8)),
    ("3.3.4 unksm2", "REGISTER sip:example.com SIP/2.0\r\nTo: isbn:2983792873\r\nFrom: <http://www.example.com>;tag=3234233\r\n...", good("z9hG4bKx", 8)),
    ("3.3.5 bext01", "OPTIONS sip:user@example.com SIP/2.0\r\nProxy-Require: nothingSupportsThis, nothingSupportsThisEither\r\n...", good("z9hG4bKx", 8)),
    ("3.3.6 invut", "INVITE sip:user@example.com SIP/2.0\r\nContent-Type: application/unknownformat\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nCSeq: 8 INVITE\r\nl: 40\r\n\r\n<audio>\r\n <pcmu port=\"443\"/>\r\n</audio>\r\n\r\n", Read::Message { branch: "z9hG4bKx", cseq: Some(8), body: 40 }),
    ("3.3.7 regaut01", "REGISTER sip:example.com SIP/2.0\r\nAuthorization: NoOneKnowsThisScheme opaque-data=here\r\n...", good("z9hG4bKx", 8)),
    ("3.3.8 multi01", "INVITE sip:user@company.com SIP/2.0\r\nCSeq: 5 INVITE\r\nVia: SIP/2.0/UDP 192.0.2.25;branch=z9hG4bKkdjuw\r\nMax-Forwards: 70\r\nMax-Forwards: 5\r\nCall-ID: one\r\nCall-ID: two\r\n...", good("z9hG4bKkdjuw", 5)),
    ("3.3.9 mcl01", "OPTIONS sip:user@example.com SIP/2.0\r\nContent-Length: 13\r\nContent-Length: 5\r\n\r\nThere's no way to know", Read::Error("Content-Length '5' cannot be used")),
    ("3.3.10 bcast", "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\r\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23\r\n...", good("z9hG4bK1324923", 8)),
    ("3.3.11 zeromf", "OPTIONS sip:user@example.com SIP/2.0\r\nMax-Forwards: 0\r\n...", good("z9hG4bKx", 8)),
    ("3.3.12 cparam01", "REGISTER sip:example.com SIP/2.0\r\nContact: sip:+19725552222@gw1.example.net;unknownparam\r\n...", good("z9hG4bKx", 8)),
    ("3.3.13 cparam02", "REGISTER sip:example.com SIP/2.0\r\nContact: <sip:+19725552222@gw1.example.net;unknownparam>\r\n...", good("z9hG4bKx", 8)),
    ("3.3.14 regescrt", "REGISTER sip:example.com SIP/2.0\r\nContact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\r\n...", good("z9hG4bKx", 8)),
    ("3.3.15 sdp01", "INVITE sip:user@example.com SIP/2.0\r\nAccept: text/nobodyKnowsThis\r\n...", good("z9hG4bKx", 8)),
    ("3.4.1 inv2543", "INVITE sip:UserB@example.com SIP/2.0\r\nVia: SIP/2.0/UDP iftgw.example.com\r\nFrom: <sip:+13035551111@ift.client.example.net;user=phone>\r\nCSeq: 8 INVITE\r\n\r\n", good("", 8)),
];

/// All messages, as they come over the wire.
pub(in crate::sip) fn messages() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    MESSAGES.iter().map(|(name, text, _)| (*name, text.replace("...", USUAL).into_bytes()))
}

#[test]
fn each_is_read_as_it_has_to_be() {
    for ((name, bytes), (_, _, expected)) in messages().zip(MESSAGES) {
        match (datagram(&bytes), expected) {
            (Ok(Some(message)), Read::Message { branch, cseq, body }) => {
                assert_eq!(message.branch().unwrap_or_default(), branch.as_bytes(), "{name}");
                assert_eq!((message.cseq().map(|cseq| cseq.number), message.body().len()), (*cseq, *body), "{name}");
            }
            (Err(why), Read::Error(said)) => assert_eq!(why.to_string(), *said, "{name}"),
            (read, expected) => panic!("{name}: {read:?} and not {expected:?}"),
        }
    }
}

#[test]
fn a_method_that_looks_like_a_known_one_is_none() {
    for name in ["3.1.1.2 intmeth", "3.1.1.5 esc02", "3.1.2.18 mismatch02"] {
        let (_, bytes) = messages().find(|(known, _)| *known == name).unwrap();
        assert_eq!(datagram(&bytes).unwrap().unwrap().method(), None, "{name}");
    }
}

/// 3.1.1.7 longreq.
#[test]
fn long_values_are_whole() {
    let value = "amazinglylongvalue".repeat(200);
    let text = format!(
        "INVITE sip:{value}@example.com SIP/2.0\r\nLong: {value}\r\nv: SIP/2.0/TCP h;x={value};branch=y\r\n\r\n"
    );
    let message = datagram(text.as_bytes()).unwrap().unwrap();
    assert_eq!((message.value("Long").map(<[u8]>::len), message.branch()), (Some(value.len()), Some(b"y".as_slice())));
}

/// 3.1.1.8 dblreq.
#[test]
fn of_two_in_a_datagram_the_second_is_dropped_and_on_a_stream_it_is_read() {
    let one = format!("REGISTER sip:example.com SIP/2.0\r\n{USUAL}");
    let both = format!("{one}INVITE sip:joe@example.com SIP/2.0\r\n{USUAL}");
    assert_eq!(datagram(both.as_bytes()), datagram(one.as_bytes()));
    let mut framer = Framer::new();
    framer.push(both.as_bytes());
    let taken: Vec<_> = std::iter::from_fn(|| framer.take().unwrap()).collect();
    assert_eq!(taken.len(), 2);
    assert_eq!(framer.raw(), &both.as_bytes()[one.len()..], "its bytes are kept as they came");
}

#[test]
fn byte_by_byte_they_are_the_same() {
    for (name, bytes) in messages() {
        let (mut slow, mut quick) = (Framer::new(), Framer::new());
        quick.push(&bytes);
        let read = quick.take();
        let mut last = Ok(None);
        for byte in &bytes {
            slow.push(&[*byte]);
            last = slow.take();
            if !matches!(last, Ok(None)) {
                break;
            }
        }
        // What cannot become SIP any more may be told of earlier, with less of it.
        assert!(last == read || (last.is_err() && read.is_err()), "{name}: {last:?} {read:?}");
    }
}

/// Reads bytes in every way that there is. Whatever comes out is bounded, and what is written of it can be
/// read again.
fn read_all(bytes: &[u8], random: &mut SmallRng) {
    if let Ok(Some(message)) = datagram(bytes) {
        let _ = (message.branch(), message.cseq(), message.method(), message.status());
        let reply = message.reply(200, "OK", "t").to_bytes();
        let again = datagram(&reply).unwrap().unwrap();
        assert_eq!(again.branch(), message.branch());
        assert_eq!(again.cseq(), message.cseq());
    }
    let mut framer = Framer::new();
    let cut = random.random_range(0..=bytes.len());
    for piece in [&bytes[..cut], &bytes[cut..]] {
        framer.push(piece);
        while let Ok(Some(message)) = framer.take() {
            assert!(framer.raw().len() <= MAX_MESSAGE + 2 && message.body().len() <= framer.raw().len());
        }
    }
    for line in Raw::new(bytes).lines() {
        assert!(!line.as_str().contains(['\x1b', '\r', '\n', '\u{9b}']));
    }
}

/// What makes a difference to a reader of SIP.
const SPICES: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"=",
    b"\0",
    b"\x1b[2J",
    b"\xff\xfe",
    b"l: 3\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"l: -1\r\n",
    b"v: ;branch=\r\n",
    b"CSeq: 4294967296 OPTIONS\r\n",
    b"SIP/2.0 200 OK\r\n",
    b"SIP/2.0 000\r\n",
    b"OPTIONS sip:a SIP/2.0\r\n",
    b"\r\n ",
    b"\xe2\x80\xae",
    b"\xc2\x9b",
];

/// One to eight changes: a byte, a piece taken out, put in, doubled or moved to another message.
fn mutated(seeds: &[Vec<u8>], random: &mut SmallRng) -> Vec<u8> {
    let mut bytes = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..=8) {
        let from = random.random_range(0..=bytes.len());
        let to = (from + random.random_range(0..32)).min(bytes.len());
        match random.random_range(0..6) {
            0 if from < bytes.len() => bytes[from] = random.random(),
            1 => drop(bytes.drain(from..to)),
            2 => bytes.truncate(from),
            3 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(from..from, piece);
            }
            4 => {
                let other = &seeds[random.random_range(0..seeds.len())];
                let at = random.random_range(0..=other.len());
                bytes.splice(from..to, other[at..].iter().copied());
            }
            _ => {
                let spice = SPICES[random.random_range(0..SPICES.len())];
                bytes.splice(from..from, spice.iter().copied());
            }
        }
    }
    bytes
}

fn mutate(count: u64) {
    let mut seeds: Vec<Vec<u8>> = messages().map(|(_, bytes)| bytes).collect();
    seeds.push(format!("SIP/2.0 200 OK\r\n{USUAL}SIP/2.0 404 No\r\n{USUAL}").into_bytes());
    for number in 0..count {
        // Each by its own number, so that one that fails can be looked at alone.
        let read = catch_unwind(|| {
            let mut random = SmallRng::seed_from_u64(number);
            let bytes = mutated(&seeds, &mut random);
            read_all(&bytes, &mut random);
        });
        assert!(read.is_ok(), "mutation {number} cannot be read");
    }
}

#[test]
fn ten_thousand_mutations_are_read_or_refused() {
    mutate(10_000);
}

#[test]
#[ignore = "takes a minute: cargo test --lib -- --ignored a_million_mutations"]
fn a_million_mutations_are_read_or_refused() {
    mutate(1_000_000);
}
