//! The walk table over the wire: each case as a zone on a name server, dialled by the program's own resolver over
//! loopback sockets. What comes has to be what the walk makes of the table itself, to the last step, reason and
//! record.
//!
//! Here the name server is the one of the lab; `peers` does the same beside servers that others have written.
//! A dial that a server cannot be asked is skipped by a rule, and how many may be skipped is said by the test, so
//! that no case drops out unseen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;
use trunktop::dns::{Patience, Resolvers};
use trunktop::lab::{CarrierPlan, DnsFault, Lab};
use trunktop::model::{Outcome, ResolverSpec};
use trunktop::monitor::{Prefetch, SystemClock, resolve};

use crate::walks::side_by_side;

mod portrait;
mod world;

pub(crate) use world::{Call, Failing, World, all};

/// How many dials are under way at a time.
const AT_ONCE: usize = 48;

/// Silence is noticed after this; a busy machine answers in less.
const PATIENCE: Patience = Patience { per_try: Duration::from_secs(1), tries: 3 };

/// Why a dial cannot be made at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Skip {
    /// It asks again when a TTL has ended, by the table's own clock.
    Later,
    /// A name is so long that it cannot be put below another.
    NoRoom,
    /// An answer holds a record twice: it is read as one that came once.
    Twice,
    /// The order of the addresses in the answer matters, and a server has its own.
    Order,
    /// A record stands beside a CNAME: no server loads that zone (RFC 1034 3.6.2).
    Unloadable,
    /// A question fails in a way that this server cannot, or for one type of a name only.
    Failing,
}

/// A name server with all worlds on it.
pub(crate) struct Server<'s> {
    pub(crate) resolver: ResolverSpec,
    /// Since when it has answered from a cache, if it does, with TTLs that count down.
    pub(crate) caches_since: Option<Instant>,
    /// Whether it may say SERVFAIL where aliases lead in a circle, so that the program cannot see that.
    pub(crate) hides_loops: bool,
    /// What it cannot be asked.
    pub(crate) beyond: &'s (dyn Fn(&World, &Call) -> Option<Skip> + Sync),
}

/// What came of all dials.
#[derive(Default)]
pub(crate) struct Tally {
    ran: usize,
    skipped: BTreeMap<Skip, Vec<String>>,
    wrong: Vec<String>,
}

impl Tally {
    /// All that could be dialled came to what the table says, and no more was skipped than this.
    pub(crate) fn agrees(&self, may_skip: &[(Skip, usize)]) {
        assert!(self.wrong.is_empty(), "{} of {}\n\n{}", self.wrong.len(), self.ran, self.wrong.join("\n"));
        assert!(self.ran > 0, "nothing was dialled");
        for (skip, titles) in &self.skipped {
            let most = may_skip.iter().find(|(known, _)| known == skip).map_or(0, |(_, most)| *most);
            let count = titles.len();
            assert!(count <= most, "{skip:?}: {count} are skipped of {}, not {most}\n{}", self.ran, titles.join("\n"));
        }
    }
}

/// Dials everything that the server can be asked, and compares.
pub(crate) async fn dial_all(worlds: &[World], server: &Server<'_>) -> Tally {
    let mut tally = Tally::default();
    let mut to_do = Vec::new();
    for world in worlds {
        for call in &world.calls {
            match call.is_beyond_any(world).or_else(|| (server.beyond)(world, call)) {
                Some(skip) => tally.skipped.entry(skip).or_default().push(call.title.clone()),
                None => to_do.push((world, call)),
            }
        }
    }
    let clock = Arc::new(SystemClock::start());
    let resolvers = Resolvers::new(clock.clone(), PATIENCE).unwrap();
    let dials = to_do.into_iter().filter_map(|(world, call)| {
        let (resolvers, clock, dial) = (&resolvers, &*clock, call.dial.as_ref()?);
        Some(async move {
            let mut wrong = None;
            for prefetch in [Prefetch::On, Prefetch::Off] {
                let resolved = resolve(resolvers, clock, &server.resolver, dial, &call.engine, prefetch).await;
                // A cache may have got it as long ago as this, and rounds to seconds.
                let aged = server.caches_since.map_or(0, |began| u32::try_from(began.elapsed().as_secs()).unwrap() + 1);
                let got = portrait::of(&resolved.resolution).into_iter().map(|line| line.without(&world.apex));
                wrong = wrong.or_else(|| differs(server, call, &got.collect::<Vec<_>>(), aged));
            }
            wrong
        })
    });
    let came: Vec<Option<String>> = stream::iter(dials).buffer_unordered(AT_ONCE).collect().await;
    tally.ran = came.len();
    tally.wrong = came.into_iter().flatten().collect();
    tally
}

fn differs(server: &Server<'_>, call: &Call, got: &[portrait::Line], aged: u32) -> Option<String> {
    let is = |expected: &[portrait::Line]| {
        expected.len() == got.len() && expected.iter().zip(got).all(|(table, got)| got.is(table, aged))
    };
    let expected = portrait::of(&call.resolution);
    let unseen = server.hides_loops.then(|| portrait::of(&call.unseen));
    let written = |lines: &[portrait::Line]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
    (!is(&expected) && !unseen.is_some_and(|unseen| is(&unseen)))
        .then(|| side_by_side(&call.title, &written(&expected), &written(got)))
}

/// The lab's name server with all worlds on it.
async fn lab(worlds: &[World]) -> Lab {
    let zones: String = worlds.iter().map(World::records).collect();
    let lab = Lab::with([CarrierPlan::new("walks", "sip:walks.example").zone(&zones)]).await.unwrap();
    for (question, outcome) in worlds.iter().flat_map(World::failures) {
        let fault = match outcome {
            Outcome::ServFail => DnsFault::ServFail,
            Outcome::Refused => DnsFault::Refused,
            Outcome::FormErr => DnsFault::FormErr,
            Outcome::Timeout => DnsFault::Drop,
            other => panic!("the lab's name server cannot say {other:?}"),
        };
        lab.dns().set_fault_at(&question, fault);
    }
    lab
}

#[tokio::test]
async fn the_table_at_the_name_server_of_the_lab() {
    let worlds = all();
    let lab = lab(&worlds).await;
    let over = |resolver| Server { resolver, caches_since: None, hides_loops: false, beyond: &|_, _| None };
    let (udp, tcp) = (over(ResolverSpec::Plain(lab.dns().at())), over(ResolverSpec::Tcp(lab.dns().at())));
    let (over_udp, over_tcp) = tokio::join!(dial_all(&worlds, &udp), dial_all(&worlds, &tcp));
    over_udp.agrees(&[(Skip::Later, 24), (Skip::NoRoom, 3), (Skip::Twice, 3)]);
    over_tcp.agrees(&[(Skip::Later, 24), (Skip::NoRoom, 3), (Skip::Twice, 3)]);
}
