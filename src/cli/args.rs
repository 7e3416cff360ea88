//! The arguments. Every option can be given in the environment too.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::lab::Scenario;
use crate::model::{Outage, ResolverSpec, Transports};
use crate::report::Ink;

/// A terminal dashboard for SIP trunks: live RFC 3263 trees, OPTIONS health, and a force-fail preview.
#[derive(Debug, Parser)]
#[command(name = "trunktop", version, about, max_term_width = 100)]
pub(super) struct Args {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What holds for every command.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Options {
    /// Directory of carriers.toml and settings.toml
    #[arg(long, global = true, env = "TRUNKTOP_CONFIG", value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// Directory of the log and the locks
    #[arg(long, global = true, env = "TRUNKTOP_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Whom to ask: system, 9.9.9.9, 127.0.0.1:5300, tcp://.., tls://.., https://.., auth://HOST:PORT (ask this server
    /// itself); can be repeated
    #[arg(long = "resolver", global = true, env = "TRUNKTOP_RESOLVER", value_name = "RESOLVER", value_delimiter = ',')]
    pub resolvers: Vec<ResolverSpec>,
    /// What the engine speaks, in preference, out of tls, tcp, udp, wss, ws, sctp, tls-sctp [default: tls,tcp,udp]
    #[arg(long, global = true, env = "TRUNKTOP_TRANSPORTS", value_name = "LIST")]
    pub transports: Option<Transports>,
    /// In which order the addresses of one target are tried; host: as this host has a route
    #[arg(long, global = true, env = "TRUNKTOP_ADDRESS_ORDER", value_name = "ORDER", default_value = "v6-first")]
    pub address_order: AddressOrder,
    /// As which engine to resolve; see `trunktop engines`; preview also takes all [default: the carrier's, else rfc3263]
    #[arg(long, global = true, env = "TRUNKTOP_ENGINE", value_name = "NAME")]
    pub engine: Option<String>,
    /// How to write
    #[arg(long, global = true, env = "TRUNKTOP_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// How long to wait for an answer, in seconds [default: a question 2 s twice, a probe 5 s]
    #[arg(long, global = true, env = "TRUNKTOP_TIMEOUT", value_name = "S", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// When to write in colour
    #[arg(long, global = true, env = "TRUNKTOP_COLOR", value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Send no OPTIONS and no REGISTER, and run no command of carriers.toml: DNS only
    #[arg(long, global = true, env = "TRUNKTOP_NO_PROBE")]
    pub no_probe: bool,
    /// Colours: default, colorblind, mono [default: that of settings.toml]
    #[arg(long, global = true, env = "TRUNKTOP_THEME", value_name = "NAME")]
    pub theme: Option<String>,
    /// How much to log to trunktop.log in the state directory
    #[arg(long, global = true, env = "TRUNKTOP_LOG", value_name = "LEVEL", default_value = "warn")]
    pub log: LogLevel,
}

impl Options {
    /// How text is written to standard output.
    pub(super) fn ink(&self) -> Ink {
        let terminal = std::io::stdout().is_terminal();
        let wanted = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let color = match self.color {
            Color::Auto => wanted,
            Color::Always => true,
            Color::Never => false,
        };
        Ink { color, unicode: terminal && utf8_locale() }
    }
}

/// Whether the locale says that the terminal takes UTF-8.
pub(super) fn utf8_locale() -> bool {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

fn seconds(raw: &str) -> Result<Duration, String> {
    let seconds: f64 = raw.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if (0.01..=3600.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("not between 0.01 and 3600 seconds".to_owned())
    }
}

/// What to do; without one, the dashboard over the saved carriers opens.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Resolve once, and show the tree: NAPTR, SRV, addresses, and why
    Resolve {
        /// Tell each decision below the tree: question, records, rule and clause, and what other stacks do (JSON always
        /// does)
        #[arg(long)]
        explain: bool,
        /// SIP URIs, domains, or names of saved carriers
        #[arg(required = true, value_name = "URI|CARRIER")]
        what: Vec<String>,
    },
    /// Resolve, and send one OPTIONS to each candidate
    Check {
        /// SIP URIs, domains, or names of saved carriers [default: all saved carriers]
        #[arg(value_name = "URI|CARRIER")]
        what: Vec<String>,
    },
    /// Resolve once, and say what is wrong with the records, by which clause, and what to do
    Lint {
        /// SIP URIs, domains, or names of saved carriers
        #[arg(required = true, value_name = "URI|CARRIER")]
        what: Vec<String>,
    },
    /// Open the dashboard over an embedded lab; needs no network, account or file
    Demo {
        /// What happens in it
        #[arg(long, env = "TRUNKTOP_SCENARIO", value_name = "NAME", default_value_t)]
        scenario: Scenario,
    },
    /// List, add and remove saved carriers
    #[command(arg_required_else_help = false)]
    Carriers {
        #[command(subcommand)]
        command: CarriersCommand,
    },
    /// Show where calls go if something fails; sends nothing but questions to the DNS
    Preview(PreviewArgs),
    /// List the engine profiles, and how sure we are of each
    Engines {
        /// This one in full: what it does, where that is known from, what can be set; NAME:SETTING=VALUE,.. with settings
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Write completions for a shell
    Completions {
        /// Which
        shell: clap_complete::Shell,
    },
    /// Write the manual page
    Man,
}

/// What to do with the saved carriers.
#[derive(Debug, Subcommand)]
pub(super) enum CarriersCommand {
    /// List them
    List,
    /// Save one
    Add {
        /// A SIP URI or a domain
        uri: String,
        /// Its name [default: the domain]
        #[arg(long)]
        name: Option<String>,
    },
    /// Delete one
    Remove {
        /// Its name
        name: String,
    },
}

/// What to preview.
#[derive(Debug, ClapArgs)]
pub(super) struct PreviewArgs {
    /// A SIP URI, a domain, or the name of a saved carrier
    #[arg(value_name = "URI|CARRIER")]
    pub what: String,
    /// What fails: TARGET, TARGET@TRANSPORT, address:IP, pop:NAME, tier:PRIORITY, transport:NAME or everything; and how:
    /// silent (default), refused, 503, error:CODE, trying, tls, maintenance; can be repeated, the last word on a target
    /// counts
    #[arg(long, value_name = "WHAT[=KIND]")]
    pub fail: Vec<Outage>,
    /// For which requests
    #[arg(long, value_name = "METHOD", default_value = "invite")]
    pub method: MethodArg,
    /// Callers hang up after this many seconds
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub patience: Option<Duration>,
    /// Probe each candidate once first, and count what does not answer as failed
    #[arg(long)]
    pub health: bool,
    /// Fail everything that can fail in turn, the worst first; with all engines, the worst for each
    #[arg(long, conflicts_with = "fail")]
    pub worst: bool,
    /// Tell all reasons and what they rest on: the decisions on the records, and what is known of the engine (JSON always
    /// has all reasons); with all engines, each of them below the table
    #[arg(long)]
    pub explain: bool,
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For scripts: one document a line
    Json,
}

/// `--color`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--address-order`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AddressOrder {
    /// AAAA before A
    V6First,
    /// A before AAAA
    V4First,
    /// As the answers have them
    AsReceived,
    /// IPv6 first if this host has a route for it
    Host,
}

/// `--method`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MethodArg {
    /// New calls
    Invite,
    /// Registrations
    Register,
}

/// `--log`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogLevel {
    /// Nothing
    Off,
    /// What failed
    Error,
    /// And what looks wrong
    Warn,
    /// And what happens
    Info,
    /// And how
    Debug,
}
