//! Aliases that the lab's zones cannot hold.

use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use hickory_net::proto::op::Message;
use hickory_net::proto::rr::rdata::{A, NULL, SRV};
use hickory_net::proto::rr::{Name, RData, Record, RecordType};

use super::{Home, lines};

fn name(raw: &str) -> Name {
    Name::from_ascii(raw).unwrap()
}

/// All below `old.example.` is below `new.example.` now, where one host serves SIP over UDP.
fn reply(query: &Message) -> Message {
    let (owner, rtype) = (query.queries[0].name().to_string(), query.queries[0].query_type());
    let dname = RData::Unknown { code: RecordType::DNAME, rdata: NULL::with(b"\x03new\x07example\0".to_vec()) };
    let mut answers = Vec::new();
    if owner.ends_with(".old.example.") {
        answers.push(Record::from_rdata(name("old.example."), 300, dname));
    }
    match (owner.replace("old", "new").as_str(), rtype) {
        (srv @ "_sip._udp.new.example.", RecordType::SRV) => {
            answers.push(Record::from_rdata(
                name(srv),
                60,
                RData::SRV(SRV::new(10, 0, 5060, name("pop.new.example."))),
            ));
        }
        (host @ "pop.new.example.", RecordType::A) => {
            answers.push(Record::from_rdata(name(host), 60, RData::A(A::new(192, 0, 2, 1))));
        }
        _ => {}
    }
    let mut response = query.clone().into_response();
    response.edns = None;
    response.add_answers(answers);
    response
}

#[test]
fn what_a_dname_made_says_so() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let serving = thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
            if length == 0 {
                return;
            }
            let query = Message::from_vec(&buffer[..length]).unwrap();
            socket.send_to(&reply(&query).to_vec().unwrap(), peer).unwrap();
        }
    });
    let home = Home::new();
    let asked = format!("resolve sip:old.example --transports udp --resolver {at}");
    let ran = home.run(&format!("{asked} --format json"));
    let (document, code) = (ran.document(), ran.code);
    let steps = document["steps"].as_array().unwrap();
    let srv = steps.iter().find(|step| step["question"]["name"] == "_sip._udp.old.example").unwrap();
    assert_eq!(
        lines(&srv["cname"], &["name", "target", "ttl", "dname"]),
        ["_sip._udp.old.example _sip._udp.new.example 300 old.example"]
    );
    assert_eq!(
        (lines(&document["candidates"], &["target", "address"]), code),
        (vec!["pop.new.example 192.0.2.1".to_owned()], 0)
    );
    let ran = home.run(&asked);
    let row = ran.out.lines().find(|line| line.contains("CNAME _sip._udp.new.example")).unwrap();
    assert!(row.contains("300 s") && row.contains("made of the DNAME at old.example"), "{}", ran.out);
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&[], at).unwrap();
    serving.join().unwrap();
}
