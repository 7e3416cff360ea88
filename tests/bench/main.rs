//! The budgets of the program: each is measured, and its median stands beside what it may cost. `cargo bench`
//! takes four minutes; what is about a terminal is measured in one.

#[path = "../far.rs"]
mod far;
#[path = "../zone.rs"]
mod zone;

mod probing;
mod resolving;
mod world;

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use tokio::time::Instant;
use trunktop::locate::{self, Walk, reference};
use trunktop::model::{Carrier, FactKind, Failure, Outage, Reading};
use trunktop::preview::{Preview, preview, worst};
use trunktop::tui::{self, Glyphs, Mode, Theme};

use world::World;

/// What was measured, with its budget.
#[derive(Default)]
struct Ledger {
    criterion: Criterion,
    lines: Vec<Line>,
    words: Vec<String>,
}

/// One figure.
struct Line {
    name: String,
    median: Duration,
    budget: Option<Duration>,
    /// The figure in another unit, or why there is no budget.
    note: String,
}

impl Ledger {
    fn new() -> Self {
        let criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_millis(1200))
            .sample_size(50)
            .without_plots()
            .configure_from_args();
        Self { criterion, lines: Vec::new(), words: Vec::new() }
    }

    /// Measures, and keeps the median of the samples.
    fn measure<T>(&mut self, name: &str, budget: Option<Duration>, mut work: impl FnMut() -> T) -> Duration {
        let mut samples = Vec::new();
        self.criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let began = Instant::now();
                for _ in 0..times {
                    black_box(work());
                }
                let took = began.elapsed();
                samples.push(took / u32::try_from(times).unwrap_or(u32::MAX));
                took
            });
        });
        samples.sort_unstable();
        // Nothing was measured where the command line asks for others.
        let Some(&median) = samples.get(samples.len() / 2) else { return Duration::MAX };
        self.note(name, median, budget, String::new());
        median
    }

    /// Keeps what was measured elsewhere.
    fn note(&mut self, name: &str, median: Duration, budget: Option<Duration>, note: String) {
        self.lines.push(Line { name: name.to_owned(), median, budget, note });
    }

    /// Keeps what is no time.
    fn say(&mut self, words: String) {
        self.words.push(words);
    }

    fn said(&self) -> String {
        self.lines.iter().fold(String::new(), |mut said, Line { name, median, budget, note }| {
            let against = budget.map_or_else(String::new, |budget| {
                let verdict = if *median <= budget { "within" } else { "OVER" };
                format!("{verdict} {budget:.0?} ({:.0} %)", 100.0 * median.as_secs_f64() / budget.as_secs_f64())
            });
            let _ = writeln!(said, "{name:<58} {median:>10.1?}  {against:<21} {note}");
            said
        })
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// Engines whose settings make them another: these are measured, too.
const SET: [&str; 3] = [
    "kamailio:use_dns_failover=1,dns_srv_lb=1",
    "kamailio:use_dns_failover=1,dns_srv_lb=1,use_dst_blocklist=1",
    "asterisk:qualify_frequency=60",
];

#[expect(clippy::print_stdout, reason = "its output is what a bench is for")]
fn main() {
    if let Ok(delay) = std::env::var(probing::ANSWERS) {
        if let Err(why) = probing::answer(&delay) {
            println!("{why}");
        }
        return;
    }
    let mut ledger = Ledger::new();
    walks(&mut ledger);
    if wanted("tree fleet")
        && let Err(why) = resolving::measure(&mut ledger)
    {
        println!("no name server could be started: {why}");
    }
    if wanted("probing: rate probing: fleet")
        && let Err(why) = probing::measure(&mut ledger)
    {
        println!("probing could not be measured: {why}");
    }
    previews(&mut ledger);
    weaknesses(&mut ledger);
    folds(&mut ledger);
    frames(&mut ledger);
    println!("\n{}{}", ledger.said(), ledger.words.join("\n"));
}

/// Whether the command line asks for it: `cargo bench -- probing`.
fn wanted(name: &str) -> bool {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    filter.is_none_or(|filter| name.contains(&filter))
}

/// A walk costs as much as the records it reads.
fn walks(ledger: &mut Ledger) {
    for (targets, budget) in [(6_u32, None), (60, Some(MILLISECOND / 10))] {
        let mut world = World::default();
        world.carrier("a.example", &[targets], |_| 50);
        let (dial, survey, at) = world.surveyed("a.example");
        let walk = || match reference().walk(&dial, &survey, Reading::Engine, at) {
            Walk::Done(resolution) => resolution.tiers.len(),
            Walk::Need(_) => 0,
        };
        assert_eq!(walk(), 1);
        ledger.measure(&format!("walk: {targets} SRV records"), budget, walk);
    }
}

/// All weights of a tier are different, so that no dead target stands for another. What every engine makes of the same
/// records; of the reference until past what is exact, of the others as many dead as a bad outage has.
fn previews(ledger: &mut Ledger) {
    let mut world = World::default();
    world.carrier("a.example", &[100; 10], |place| 5 + 3 * place);
    let carrier = carrier(&world, "a.example");
    let mut engines = locate::engines();
    engines.extend(SET.iter().filter_map(|written| locate::engine(written).ok()));
    for engine in engines {
        let resolution = world.walked("a.example", &*engine);
        let all = resolution.candidates().count();
        let dead: &[usize] = if engine.name() == reference().name() { &[0, 3, 8, 12, 14, 15] } else { &[0, 8, 14] };
        let first: Vec<_> = resolution.candidates().take(100).map(|candidate| candidate.endpoint()).collect();
        for &dead in dead {
            let out: Vec<_> = first.iter().step_by(6).take(dead).collect();
            let look = || -> Preview {
                let seen = |endpoint| out.contains(&&endpoint).then_some(Failure::Silent);
                preview(&*engine, &resolution, &carrier, &[], seen, None)
            };
            let exact = if look().exact { "exact" } else { "~" };
            let name = format!("preview: {}, {all} candidates in 10 tiers, {dead} dead, {exact}", engine.name());
            ledger.measure(&name, Some(MILLISECOND), look);
        }
    }
}

/// Everything that can fail alone, failed in turn.
fn weaknesses(ledger: &mut Ledger) {
    let mut world = World::default();
    world.carrier("a.example", &[50, 50], |place| 5 + 3 * place);
    let carrier = carrier(&world, "a.example");
    let mut engines = locate::engines();
    engines.extend(SET.iter().filter_map(|written| locate::engine(written).ok()));
    for engine in engines {
        let resolution = world.walked("a.example", &*engine);
        let of = |forced: &[Outage]| preview(&*engine, &resolution, &carrier, forced, |_| None, None);
        let look = || worst(&resolution, &carrier, Failure::Silent, of).len();
        let name = format!("worst: {}, 100 targets, {} failures", engine.name(), look());
        ledger.measure(&name, Some(100 * MILLISECOND), look);
    }
}

fn carrier(world: &World, domain: &str) -> Arc<Carrier> {
    let carrier = world.state.carrier(&world::name(domain)).map(|known| known.carrier.clone());
    carrier.unwrap_or_else(|| unreachable!("it was just added"))
}

/// One probe in a fleet, and the worst case: all targets belong to one carrier. With 600 targets at 30 s
/// there are 20 a second, and all of it may take a hundredth of a core.
fn folds(ledger: &mut Ledger) {
    let budget = Duration::from_secs(1) / 100 / 20;
    for (carriers, targets) in [(100, 6), (1, 600)] {
        let mut world = World::default();
        let names: Vec<String> = (0..carriers).map(|number| format!("c{number}.example")).collect();
        for name in &names {
            world.carrier(name, &[targets / 2, targets / 2], |_| 50);
        }
        for name in &names {
            world.all_answer(name);
        }
        let facts = world.probes(&names[0]);
        assert!(facts.iter().all(|fact| matches!(fact.kind, FactKind::Probe { .. })));
        let mut turn = facts.iter().cycle();
        let name = format!("fold: a probe, 600 targets of {carriers} carriers");
        ledger.measure(&name, Some(budget), || turn.next().map(|fact| world.state.apply(fact).len()));
    }
}

fn frames(ledger: &mut Ledger) {
    let mut world = World::default();
    for number in 0..1000 {
        let name = format!("c{number}.example");
        world.carrier(&name, &[2, 1], |_| 50);
        world.all_answer(&name);
    }
    let theme = Theme::named("default").unwrap_or_else(|error| unreachable!("it comes with the program: {error}"));
    let mode = Mode::default();
    let draw = || tui::picture((200, 60), &world.state, &theme, &Glyphs::UTF8, &mode);
    assert!(draw().content.iter().any(|cell| cell.symbol() == "U"));
    ledger.measure("frame: 200x60, 1,000 carriers", Some(MILLISECOND), draw);
}
