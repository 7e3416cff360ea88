//! The program as users and scripts run it: the binary, its own directories, real sockets on the loopback.

mod aliases;
mod carriers;
mod check;
mod engines;
mod lint;
mod others;
mod preview;
mod resolve;
mod usage;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use trunktop::lab::{Behaviour, CarrierPlan, DnsFault, Lab, Scenario};
use trunktop::model::{Name, Question, RecordType};

use crate::schema;

/// Longer than any run takes that works.
const PATIENCE: Duration = Duration::from_secs(60);

/// A lab, and a home for the program.
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    runtime: Runtime,
    home: Home,
}

impl Stage {
    /// The embedded carriers, nothing happens to them.
    pub(crate) fn steady() -> Self {
        Self::over(Lab::start(Scenario::Steady))
    }

    /// Carriers of the test's own.
    pub(crate) fn with(plans: impl IntoIterator<Item = CarrierPlan>) -> Self {
        Self::over(Lab::with(plans))
    }

    fn over(lab: impl Future<Output = Result<Lab, trunktop::lab::LabError>>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let lab = runtime.block_on(lab).unwrap();
        Self { lab, runtime, home: Home::new() }
    }

    /// Runs the program with the lab's name server as resolver.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.home.run(&format!("{arguments} --resolver {}", self.resolver()))
    }

    /// The one document that a command prints with `--format json`, and the exit code.
    pub(crate) fn document(&self, arguments: &str) -> (Value, i32) {
        let ran = self.run(&format!("{arguments} --format json"));
        assert_eq!(ran.err, "", "{arguments}");
        (ran.document(), ran.code)
    }

    /// As [`document`](Self::document), for a command that may print several.
    pub(crate) fn document_or_more(&self, arguments: &str) -> Vec<Value> {
        self.run(&format!("{arguments} --format json")).documents()
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    pub(crate) fn resolver(&self) -> String {
        self.lab.resolver().to_string()
    }

    pub(crate) fn behave(&self, host: &str, behaviour: Behaviour) {
        self.runtime.block_on(self.lab.behave(host, behaviour)).unwrap();
    }

    pub(crate) fn fault_at(&self, name: &str, rtype: RecordType, fault: DnsFault) {
        self.lab.dns().set_fault_at(&Question::new(Name::parse(name).unwrap(), rtype), fault);
    }

    /// How many SIP messages have reached any host of the lab.
    pub(crate) fn requests(&self) -> u64 {
        self.lab.responders().map(trunktop::lab::Responder::requests).sum()
    }
}

/// Directories of the program's own.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn config(&self, file: &str) -> PathBuf {
        self.path("config").join(file)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into the config directory.
    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::create_dir_all(self.path("config")).unwrap();
        std::fs::write(self.config(file), text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.config(file)).unwrap()
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.run_words(arguments.split_whitespace())
    }

    pub(crate) fn run_words<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Ran {
        let mut command = assert_cmd::Command::new(binary());
        command.env_clear().env("HOME", self.0.path()).timeout(PATIENCE);
        command.args(self.places()).args(words);
        Ran::from(command.output().unwrap())
    }

    /// The options that keep the program in its home.
    pub(crate) fn places(&self) -> [std::ffi::OsString; 4] {
        let path = |name: &str| self.path(name).into_os_string();
        ["--config".into(), path("config"), "--state".into(), path("state")]
    }
}

pub(crate) fn binary() -> &'static OsStr {
    Path::new(env!("CARGO_BIN_EXE_trunktop")).as_os_str()
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Self {
        let text = |octets| String::from_utf8(octets).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// The documents, one a line, each as its schema wants it.
    pub(crate) fn documents(&self) -> Vec<Value> {
        let documents = self.out.lines().map(|line| serde_json::from_str(line).expect(line));
        let documents: Vec<Value> = documents.collect();
        for document in &documents {
            assert_eq!(schema::faults(document), Vec::<String>::new(), "{document:#}");
        }
        documents
    }

    pub(crate) fn document(&self) -> Value {
        let mut documents = self.documents();
        assert_eq!(documents.len(), 1, "{self:?}");
        documents.remove(0)
    }

    /// That it failed with this code and one line that holds these words, and printed nothing else.
    #[track_caller]
    pub(crate) fn assert_failed(&self, code: i32, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:?}");
        assert!(self.err.starts_with("trunktop: ") && self.err.ends_with('\n'), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} in {}", self.err);
        }
    }
}

/// A field of a document as text: strings as they are, null as `-`.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

/// These fields of each item, joined by blanks.
pub(crate) fn lines(items: &Value, fields: &[&str]) -> Vec<String> {
    let line = |item: &Value| fields.iter().map(|field| shown(&item[field])).collect::<Vec<_>>().join(" ");
    items.as_array().unwrap().iter().map(line).collect()
}

/// Whether two shares or times are the same but for rounding.
#[track_caller]
pub(crate) fn assert_close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}
