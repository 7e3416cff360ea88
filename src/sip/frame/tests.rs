//! Messages as real peers write them, and bytes that are none.

use std::mem::discriminant;

use proptest::prelude::*;

use super::*;

const FOLDED: &[u8] =
    b"\r\n\r\nSIP/2.0 200  Alles  gut\r\nv:SIP/2.0/UDP a\r\n ;branch=z9hG4bKx\r\nSubject :\r\n\tI know\r\n  you\r\n\
      l:  3\r\nX-Odd: a:b\xff\r\n\r\nabc";

fn all(stream: &[u8]) -> Result<Vec<Message>, FrameError> {
    let mut framer = Framer::new();
    framer.push(stream);
    let mut taken = Vec::new();
    while let Some(message) = framer.take()? {
        taken.push(message);
    }
    Ok(taken)
}

fn start(raw: &[u8]) -> Result<Start, FrameError> {
    datagram(&[raw, b"\r\n\r\n"].concat()).map(|message| message.unwrap().start().clone())
}

#[test]
fn loose_writing_comes_out_in_normal_form() {
    for message in [datagram(FOLDED).unwrap().unwrap(), all(FOLDED).unwrap().remove(0)] {
        let headers: Vec<_> = message.headers().collect();
        assert_eq!(
            headers,
            [
                ("Via", b"SIP/2.0/UDP a ;branch=z9hG4bKx".as_slice()),
                ("Subject", b"I know you"),
                ("Content-Length", b"3"),
                ("X-Odd", b"a:b\xff"),
            ]
        );
        assert_eq!(message.start(), &Start::Response { code: 200, reason: b" Alles  gut".to_vec() });
        assert_eq!((message.branch(), message.body()), (Some(b"z9hG4bKx".as_slice()), b"abc".as_slice()));
    }
}

#[test]
fn lines_that_end_in_lf_alone_are_read() {
    let message = datagram(b"OPTIONS sip:a SIP/2.0\nTo: x\nl: 0\n\n").unwrap().unwrap();
    assert_eq!(message.value("to"), Some(b"x".as_slice()));
}

#[test]
fn a_stream_is_cut_by_content_length_and_keep_alives_are_skipped() {
    let one = b"SIP/2.0 100 Trying\r\n\r\n\r\n\r\nSIP/2.0 200 OK\r\nContent-Length: 8\r\n\r\nSIP/2.0 ".as_slice();
    let taken = all(&[one, b"\r\n", b"SIP/2.0 404 No\r\nl: 0\r\n\r\n\r\n\r\n"].concat()).unwrap();
    let seen: Vec<_> = taken.iter().map(|m| (m.status().unwrap().0, m.body())).collect();
    assert_eq!(seen, [(100, b"".as_slice()), (200, b"SIP/2.0 "), (404, b"")]);
}

#[test]
fn a_datagram_has_its_body_to_the_end_and_drops_what_is_behind_it() {
    let body =
        |raw: &[u8]| datagram(&[b"SIP/2.0 200 OK\r\n".as_slice(), raw].concat()).map(|m| m.unwrap().body().to_vec());
    assert_eq!(body(b"\r\nabc").unwrap(), b"abc");
    assert_eq!(body(b"l: 2\r\n\r\nabc").unwrap(), b"ab");
    assert_eq!(body(b"l: 4\r\n\r\nabc"), Err(FrameError::Truncated));
    assert_eq!(body(b"To: x\r\n"), Err(FrameError::Truncated));
    assert_eq!(datagram(b"\r\n\r\n"), Ok(None));
    assert_eq!(datagram(b""), Ok(None));
}

#[test]
fn start_lines_are_of_sip_2_0_or_none() {
    for (raw, code, said) in [
        ("SIP/2.0 200 OK", 200, "OK"),
        ("sip/2.0 503", 503, ""),
        ("SIP/2.0 404 ", 404, ""),
        ("SIP/2.0 699 \x1b[2J", 699, "\x1b[2J"),
    ] {
        assert_eq!(start(raw.as_bytes()), Ok(Start::Response { code, reason: said.into() }), "{raw}");
    }
    for raw in [
        "HTTP/1.1 400 Bad Request",
        "SIP/3.0 200 OK",
        "SIP/2.0 99 Low",
        "SIP/2.0 0200 Long",
        "SIP/2.0 700 High",
        "SIP/2.0 2x0 Odd",
        "OPTIONS sip:a",
        "OPTIONS  SIP/2.0",
        "OPTIONS sip:a b SIP/2.0",
        "OPT(IONS sip:a SIP/2.0",
        "220 mail.example ESMTP",
    ] {
        assert!(matches!(start(raw.as_bytes()), Err(FrameError::Start(_))), "{raw}");
    }
}

#[test]
fn another_protocol_is_known_before_a_line_ends() {
    let mut framer = Framer::new();
    framer.push(b"\x15\x03\x03\x00\x02\x02\x28");
    let why = framer.take().unwrap_err();
    assert_eq!(why.to_string(), "'\\x15\\x03\\x03\\x00\\x02\\x02(' is no SIP start line");
    framer.push(b"\r\nSIP/2.0 200 OK\r\n\r\n");
    assert_eq!(framer.take(), Err(why));
}

#[test]
fn headers_that_are_none_are_refused() {
    for raw in ["no colon", ": nameless", "bad name: x", " folds nothing"] {
        let message = datagram(format!("SIP/2.0 200 OK\r\n{raw}\r\n\r\n").as_bytes());
        assert!(matches!(message, Err(FrameError::Header(_))), "{raw}");
    }
    for raw in ["l: -1", "l: x", "l: +3", "l:", "l: 1\r\nl: 2", "l: 99999999999999999999999"] {
        let message = datagram(format!("SIP/2.0 200 OK\r\n{raw}\r\n\r\nabc").as_bytes());
        assert!(matches!(message, Err(FrameError::ContentLength(_))), "{raw}");
    }
    assert!(datagram(b"SIP/2.0 200 OK\r\nl: 1\r\nl: 1\r\n\r\na").is_ok());
}

#[test]
fn size_is_bounded_at_once_and_to_the_byte() {
    assert_eq!(all(format!("SIP/2.0 200 OK\r\nl: {MAX_MESSAGE}\r\n\r\n").as_bytes()), Err(FrameError::TooLarge));
    assert_eq!(all("A".repeat(MAX_MESSAGE).as_bytes()), Err(FrameError::TooLarge));
    let sized = |filler: usize| format!("SIP/2.0 200 OK\r\nX: {}\r\nl: 3\r\n\r\nabc", "x".repeat(filler)).into_bytes();
    let most = MAX_MESSAGE - sized(0).len();
    assert_eq!(all(&sized(most)).unwrap()[0].body(), b"abc");
    assert_eq!(all(&sized(most + 1)), Err(FrameError::TooLarge));
    assert_eq!(all(&sized(most + 200)), Err(FrameError::TooLarge));
}

#[test]
fn a_message_that_is_not_whole_is_told_from_silence() {
    let mut framer = Framer::new();
    for (bytes, amid) in [("\r\n", false), ("S", true), ("IP/2.0 200 OK\r\nl: 1\r\n\r\n", true), ("x\r\n", false)] {
        framer.push(bytes.as_bytes());
        while framer.take().unwrap().is_some() {}
        assert_eq!(framer.is_amid(), amid, "after {bytes:?}");
    }
}

/// Pieces that make bytes look like SIP often enough to get deep.
fn nearly_sip() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "SIP/2.0 200 OK\r\nl: 0\r\n\r\n", "SIP/2.0 200 OK\r\n", "OPTIONS sip:a SIP/2.0\r\n", "\r\n", "\n", "\r", " ", "v: a;branch=b\r\n", "l: 4\r\n",
            "l: 70000\r\n", "CSeq: 1 OPTIONS\r\n", "\tfold\r\n", "Via: \"a,b\\\";,\r\n", ":", "To", "abcd",
        ]).prop_map(|s| s.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    // Nothing is written beside the sources: a case that fails is printed.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop_oneof![nearly_sip(), proptest::collection::vec(any::<u8>(), 0..300)]) {
        if let Ok(Some(message)) = datagram(&bytes) {
            let _ = (message.branch(), message.cseq(), message.method(), message.status());
            prop_assert!(datagram(&message.reply(200, "OK", "t").to_bytes()).is_ok());
        }
        let _ = all(&bytes);
    }

    #[test]
    fn where_a_stream_is_split_does_not_matter(bytes in nearly_sip(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        if cuts.is_empty() {
            cuts.extend(0..bytes.len());
        }
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut framer = Framer::new();
        let mut taken = Vec::new();
        let mut broken = None;
        for piece in cuts.windows(2) {
            framer.push(&bytes[piece[0]..piece[1]]);
            loop {
                match framer.take() {
                    Ok(Some(message)) => taken.push(message),
                    Ok(None) => break,
                    Err(why) => { broken = Some(why); break; }
                }
            }
        }
        let mut whole = Framer::new();
        whole.push(&bytes);
        let mut expected = Vec::new();
        let ended = loop {
            match whole.take() {
                Ok(Some(message)) => expected.push(message),
                Ok(None) => break None,
                Err(why) => break Some(why),
            }
        };
        prop_assert_eq!(taken, expected);
        prop_assert_eq!(broken.as_ref().map(discriminant), ended.as_ref().map(discriminant));
    }
}
