//! Hundreds of carriers at once.

use std::collections::HashSet;
use std::sync::mpsc;
use std::thread;

use futures_util::future::join_all;
use tokio::sync::oneshot;
use tokio::time::sleep_until;

use super::*;

/// A resolver in a thread of its own that answers every question with one address, this much later.
struct Distant {
    at: SocketAddr,
    /// Where the questions came from.
    heard: Arc<Mutex<HashSet<SocketAddr>>>,
    _alive: oneshot::Sender<()>,
}

impl Distant {
    fn start(away: Duration) -> Self {
        let (tell, told) = mpsc::channel();
        let (alive, done) = oneshot::channel();
        let heard = Arc::new(Mutex::new(HashSet::new()));
        let peers = heard.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let udp = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
                tell.send(udp.local_addr().unwrap()).unwrap();
                let (later, mut due) = tokio::sync::mpsc::unbounded_channel::<(Instant, Vec<u8>, SocketAddr)>();
                let replies = udp.clone();
                tokio::spawn(async move {
                    while let Some((at, reply, peer)) = due.recv().await {
                        sleep_until(at).await;
                        replies.send_to(&reply, peer).await.unwrap();
                    }
                });
                tokio::spawn(async move {
                    loop {
                        let mut query = vec![0; 512];
                        let (length, peer) = udp.recv_from(&mut query).await.unwrap();
                        query.truncate(length);
                        lock(&peers).insert(peer);
                        later.send((Instant::now() + away, reply_to(query), peer)).unwrap();
                    }
                });
                let _ = done.await;
            });
        });
        Self { at: told.recv().unwrap(), heard, _alive: alive }
    }
}

/// One A record for the name asked for; the query's OPT record is left out.
fn reply_to(mut query: Vec<u8>) -> Vec<u8> {
    const OPT: usize = 11;
    query.truncate(query.len() - OPT);
    query[2] |= 0x80;
    query[7] = 1;
    query[11] = 0;
    query.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
    query
}

/// Resolves as many carriers at once: six questions each, and six more when these are answered.
async fn carriers(resolvers: &Arc<Resolvers>, at: SocketAddr, count: usize) -> (Duration, Vec<Answer>) {
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for carrier in 0..count {
        let resolvers = resolvers.clone();
        tasks.spawn(async move {
            let mut answers = Vec::new();
            for flight in 0..2 {
                let questions: Vec<_> =
                    (0..6).map(|n| question(&format!("n{n}.f{flight}.c{carrier}.example"), RecordType::A)).collect();
                let spec = ResolverSpec::Plain(at);
                answers.extend(join_all(questions.iter().map(|asked| resolvers.ask(&spec, asked))).await);
            }
            answers
        });
    }
    let answers = tasks.join_all().await.into_iter().flatten().map(|answers| answers.answer).collect();
    (began.elapsed(), answers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_carriers_share_a_few_sockets_and_leave_none_open() {
    let server = Distant::start(Duration::from_millis(50));
    // What the kernel drops of a burst is asked again.
    let patience = Patience { per_try: Duration::from_secs(2), tries: 5 };
    let resolvers = Arc::new(resolvers(patience, System::default()));
    let (one, _) = carriers(&resolvers, server.at, 1).await;
    let ports = || lock(&server.heard).len();
    assert!((2..=12).contains(&ports()), "not one port for all of them: {}", ports());
    let (all, answers) = carriers(&resolvers, server.at, 200).await;
    assert_eq!(answers.len(), 2400);
    for answer in &answers {
        assert_eq!(shown(answer), ["60 192.0.2.1"], "{answer:?}");
    }
    println!("one {one:?}, all {all:?}");
    let sent: u32 = answers.iter().map(|answer| answer.queries).sum();
    let most = usize::try_from(sent).unwrap() / 4;
    assert!((38..most).contains(&ports()), "{} ports for {sent} questions", ports());
    let link = lock(&resolvers.links).values().next().unwrap().clone();
    assert_eq!(link.sockets(), 0);
}
