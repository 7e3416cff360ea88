//! The dashboard: over the saved carriers, or over the lab.

use std::io::Write as _;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::lab::{Lab, Scenario};
use crate::model::Text;
use crate::monitor::{Habits, Left, Monitor};
use crate::sip::Roots;
use crate::state::{Options as StateOptions, State, Thresholds};
use crate::store::{Settings, Store, Trouble};
use crate::tui::{self, Glyphs, Inputs, Mode, Theme, session::Session};

use super::args::{Color, Options};
use super::desk::{Desk, FAREWELL, Kept, Stock};
use super::exit::{Exit, Failure};
use super::logs;
use super::setup::{Outside, places};

/// How many facts may wait to be folded; who sends more waits.
const FACTS: usize = 4096;

/// How long a probe in the lab waits: its slowest host answers in less than a tenth of this.
const LAB_PATIENCE: Duration = Duration::from_secs(1);

/// Opens the dashboard over the saved carriers.
pub(super) async fn saved(options: &Options) -> Result<Exit, Failure> {
    let store = Store::new(places(options)?);
    let log = logs::start(&store.places().state, options.log);
    let (settings, mut trouble) = store.settings();
    let carriers = store.carriers();
    trouble.extend(carriers.trouble);
    let (drills, wrong) = store.drills();
    trouble.extend(wrong);
    let file = Text::new(&store.places().carriers().to_string_lossy());
    let slips = carriers.slips.iter().map(|slip| Text::new(&slip.to_string())).collect();
    let mut notices: Vec<Text> = trouble.iter().map(|trouble: &Trouble| Text::new(&trouble.to_string())).collect();
    notices.extend(log.as_ref().err().map(|why| Text::new(&why.to_string())));
    let mode = Mode { lab: None, file: Some(file), notices, slips };
    let outside = Outside::open(options, Roots::system())?;
    let habits = Habits {
        defaults: outside.defaults.clone(),
        patience: outside.patience,
        refresh_floor: settings.refresh_floor,
        refresh_ceiling: settings.refresh_ceiling,
        ..Habits::default()
    };
    let kept = Kept { carriers: carriers.good, drills };
    run(options, outside, habits, kept, Stock::Saved(store), mode, &settings).await
}

/// Opens the dashboard over the embedded lab.
pub(super) async fn demo(options: &Options, scenario: Scenario) -> Result<Exit, Failure> {
    let lab = Lab::start(scenario).await.map_err(|why| Failure::usage(why.to_string()))?;
    let carriers = lab.carriers();
    let outside = Outside::open(options, Roots::system_and([lab.root()]))?;
    let patience = options.timeout.unwrap_or(LAB_PATIENCE);
    let habits = Habits { defaults: outside.defaults.clone(), patience, ..Habits::default() };
    let mode = Mode { lab: Some(scenario.to_string().into()), ..Mode::default() };
    let kept = Kept { carriers, drills: Vec::new() };
    run(options, outside, habits, kept, Stock::Lab(lab), mode, &Settings::default()).await
}

/// Says which bindings of ours could not be removed.
fn say_left(left: &[Left]) {
    for Left { carrier, target, until, why } in left {
        let until = until.wall.to_zoned(TimeZone::system()).strftime("%H:%M:%S");
        // Where standard error is gone there is nobody to tell.
        let _ = writeln!(
            std::io::stderr(),
            "trunktop: {carrier}: our binding at {target} is not removed: {why}; it ends by itself at {until}"
        );
    }
}

async fn run(
    options: &Options,
    outside: Outside,
    habits: Habits,
    kept: Kept,
    stock: Stock,
    mode: Mode,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let theme = theme(options, settings)?;
    let state = State::new(StateOptions {
        defaults: habits.defaults.clone(),
        thresholds: Thresholds { fall: habits.fall, ..Thresholds::default() },
        probing: !options.no_probe,
        zone: TimeZone::system(),
        patience: settings.patience,
    });
    // The terminal first: a picture is due before any answer is in.
    let (session, console) = Session::open().map_err(|why| Failure::usage(why.to_string()))?;
    let (facts, inbox) = mpsc::channel(FACTS);
    let (commands, orders) = mpsc::channel(16);
    let ports = outside.ports(stock.holds(), !options.no_probe);
    let desk = Desk::new(stock, kept, options);
    let monitor = Monitor::start(ports, habits, desk.as_wanted(), facts);
    desk.tell_drills(&monitor);
    let desk = tokio::spawn(desk.run(monitor, orders));
    let inputs = Inputs { facts: inbox, commands, state, theme, glyphs: glyphs(), mode };
    let ended = tui::run(console, inputs).await;
    drop(session);
    // It ends when nobody can ask it any more; a disk that does not answer does not hold it up for ever.
    let left = tokio::time::timeout(2 * FAREWELL, desk).await;
    say_left(&left.ok().and_then(Result::ok).unwrap_or_default());
    ended.map(|()| Exit::OK).map_err(|why| Failure::usage(why.to_string()))
}

/// The theme asked for; without colours where nobody wants them.
fn theme(options: &Options, settings: &Settings) -> Result<Theme, Failure> {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let plain = match options.color {
        Color::Auto => no_color,
        Color::Always => false,
        Color::Never => true,
    };
    let named = options.theme.as_deref().unwrap_or(if plain { "mono" } else { settings.theme.as_str() });
    Theme::named(named).map_err(|why| Failure::usage(why.to_string()))
}

fn glyphs() -> Glyphs {
    let values: Vec<Option<String>> =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().map(|name| std::env::var(name).ok()).collect();
    Glyphs::for_locale(values.iter().map(Option::as_deref))
}
