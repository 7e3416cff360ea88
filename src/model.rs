//! The nouns. Everything here is plain data: no clock, no socket, no screen.

mod account;
mod carrier;
mod change;
mod fact;
mod finding;
mod lens;
mod moment;
mod name;
mod outage;
mod pin;
mod probe;
mod record;
mod register;
mod resolution;
mod resolver;
mod rule;
mod survey;
mod text;
mod transport;
mod uri;
mod waited;

pub use account::{
    Account, AccountId, AccountMode, AuthUser, AuthUserError, ChallengePolicy, CommandLine, Expires, PasswordSource,
    RefreshPolicy, Secret, UnknownWord,
};
pub use carrier::{Carrier, CarrierName, CarrierNameError, Defaults, Pattern, Pop, PopRule};
pub use change::{Change, Edit, Field};
pub use fact::{Command, Event, EventKind, Fact, FactKind, HealthState, OperatorAct, PinMove, Reply};
pub use finding::{Finding, Severity, Subject};
pub use lens::{Drill, DrillName, DrillNameError, Lens};
pub use moment::{Moment, Ttl};
pub use name::{LabelFault, Name, NameError};
pub use outage::{Failure, Outage, OutageError, UnknownFailure, What};
pub use pin::{AccountNews, Confidence, Noted, PinReport, PinSource, Sighting, Stop, Whereabouts, Why};
pub use probe::{
    Alpn, AlpnError, CodeRange, Codes, CodesError, Connection, Connections, Endpoint, Link, Meaning, ProbeReport,
    ProbeRequest, ProbeResult, ProbeSettings, Raw, Response, TlsReport, TlsSettings, UnknownConnections, UserPart,
    UserPartError, WsPath, WsPathError,
};
pub use record::{Cname, Naptr, Question, Rdata, Record, RecordType, SipService, Srv};
pub use register::{
    Binding, Challenged, Granted, Instance, Purpose, Refusal, RefusalMeans, RegisterOutcome, RegisterReport,
    RegisterRequest,
};
pub use resolution::{
    Address, AddressOrder, Candidate, Conclusion, Dial, EngineName, Method, Read, Reading, Reason, Resolution, Share,
    Step, Taken, Target, Tier,
};
pub use resolver::{ResolverError, ResolverSpec};
pub use rule::Rule;
pub use survey::{Answer, Answers, Entry, Outcome, Revision, Survey, Wire};
pub use text::Text;
pub use transport::{Transport, Transports, TransportsError, UnknownTransport};
pub use uri::{Host, Scheme, SipUri, UriError};
pub use waited::Waited;
