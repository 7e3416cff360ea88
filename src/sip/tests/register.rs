//! Registration against scripted registrars.

mod answers;
mod digest;
mod flows;
mod kept_alive;
mod kept_back;

use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::model::{
    Account, AccountMode, Carrier, CarrierName, Challenged, Expires, Granted, Instance, ProbeResult, Purpose, Refusal,
    RefusalMeans, RegisterOutcome, RegisterReport, RegisterRequest, Secret, TlsSettings,
};
use crate::monitor::Register;
use crate::sip::frame::Framer;
use crate::sip::{Message, RegisterClient};

const US: Instance = Instance(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6);
const PASSWORD: &str = "wonder\"land";
const BIND: Purpose = Purpose::Bind(Expires::new(60));

fn client(roots: Roots) -> RegisterClient {
    RegisterClient::new(Arc::new(Watch(Instant::now())), roots)
}

fn acme() -> CarrierName {
    CarrierName::new("acme").unwrap()
}

/// Of `bob`, at `sip:acme.example`.
fn wanted(transport: Transport, at: SocketAddr, purpose: Purpose) -> RegisterRequest {
    let carrier = Carrier::new(acme(), "sip:acme.example".parse().unwrap());
    let account = Account { mode: AccountMode::Hold, ..Account::new("bob".parse().unwrap()) };
    let (endpoint, target) = (Endpoint { transport, at }, "sbc1.acme.example".parse().unwrap());
    RegisterRequest {
        secret: Some(Secret::new(PASSWORD)),
        purpose,
        instance: US,
        patience: PATIENT,
        ..RegisterRequest::new(&carrier, Arc::new(account), carrier.uri.clone(), endpoint, target)
    }
}

fn granted(report: &RegisterReport) -> &Granted {
    match &report.outcome {
        RegisterOutcome::Done(granted) => granted,
        other => panic!("{other:?}"),
    }
}

fn refused(report: &RegisterReport) -> &Refusal {
    match &report.outcome {
        RegisterOutcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn failed(report: &RegisterReport) -> (ProbeResult, bool, String) {
    match &report.outcome {
        RegisterOutcome::Failed { result, ours, detail } => (*result, *ours, detail.to_string()),
        other => panic!("{other:?}"),
    }
}

/// What a registrar was asked, in its order, over all its sockets: the number of the connection, and the request.
type Heard = Arc<Mutex<Vec<(usize, Message)>>>;

fn requests(heard: &Heard) -> Vec<Message> {
    heard.lock().unwrap().iter().map(|(_, message)| message.clone()).collect()
}

fn value<'a>(message: &'a Message, name: &str) -> &'a str {
    message.value(name).map_or("", |value| str::from_utf8(value).unwrap())
}

/// How many of them had credentials.
fn with_credentials(heard: &Heard) -> usize {
    let has =
        |message: &&Message| ["Authorization", "Proxy-Authorization"].iter().any(|name| message.value(name).is_some());
    requests(heard).iter().filter(has).count()
}

/// A registrar over UDP and over TCP that answers as `script` says: by the request, and by how many came before.
async fn registrar<F>(transport: Transport, script: F) -> (SocketAddr, Heard)
where
    F: Fn(&Message, usize) -> Message + Send + Sync + 'static,
{
    let heard = Heard::default();
    let log = heard.clone();
    let answer = move |connection: usize, request: &Message| {
        let before = log.lock().unwrap().len();
        log.lock().unwrap().push((connection, request.clone()));
        script(request, before).to_bytes()
    };
    if transport == Transport::Udp {
        return (peer::udp(move |request, _| vec![answer(0, request)]).await.0, heard);
    }
    let (at, listener) = by_hand().await;
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut framer = Framer::new();
                while let Some(request) = next(&mut stream, &mut framer).await {
                    // In pieces, as a network may bring it.
                    for piece in answer(number, &request).chunks(700) {
                        stream.write_all(piece).await.unwrap();
                        tokio::task::yield_now().await;
                    }
                }
            });
        }
    });
    (at, heard)
}

/// The next request of a connection; none at its end.
async fn next(stream: &mut (impl tokio::io::AsyncRead + Unpin), framer: &mut Framer) -> Option<Message> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(message) = framer.take().unwrap() {
            return Some(message);
        }
        match stream.read(&mut buffer).await {
            Ok(length) if length > 0 => framer.push(&buffer[..length]),
            _ => return None,
        }
    }
}

/// 200, with the Contact that was sent.
fn accept(request: &Message) -> Message {
    let reply = request.reply(200, "OK", "t");
    match request.listed("Contact") {
        Some(contact) => reply.with("Contact", contact.as_str()),
        None => reply,
    }
}

/// A peer over TCP whose connections the test itself speaks over.
async fn by_hand() -> (SocketAddr, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    (listener.local_addr().unwrap(), listener)
}

/// Takes a connection, and answers its first request.
async fn serve_one(listener: &tokio::net::TcpListener, more: &[(&str, &str)]) -> tokio::net::TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    answer_one(&mut stream, more).await;
    stream
}

async fn answer_one(stream: &mut tokio::net::TcpStream, more: &[(&str, &str)]) {
    let request = next(stream, &mut Framer::new()).await.unwrap();
    let reply = more.iter().fold(accept(&request), |reply, (name, value)| reply.with(name, value));
    stream.write_all(&reply.to_bytes()).await.unwrap();
}
