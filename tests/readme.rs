//! README says what the program does.

use trunktop::lab::{CarrierPlan, HostPlan};
use trunktop::model::Transport::Udp;
use trunktop::tui;

use crate::cli::Stage;

/// That README holds this between the marks of a name. With `TRUNKTOP_README=write` it is put there instead:
/// `TRUNKTOP_README=write cargo test readme`.
#[track_caller]
fn kept(name: &str, made: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (begin, end) =
        (format!("<!-- {name}: kept equal to the program's by a test -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = readme.split_once(&begin).expect(&begin);
    let (held, after) = rest.split_once(&end).expect(&end);
    if std::env::var("TRUNKTOP_README").as_deref() == Ok("write") {
        std::fs::write(path, [before, &begin, made, &end, after].concat()).unwrap();
        return;
    }
    assert!(held == made, "README has other {name} than the program; these are the program's:\n{made}");
}

#[test]
fn what_readme_has_of_the_program_is_the_programs() {
    kept("keys", &tui::markdown());
    kept("engines", &compared());
}

/// Two POPs of one weight and a backup behind them; the first goes silent.
fn compared() -> String {
    let records = [(10, 1, "east"), (10, 1, "west"), (20, 0, "backup")];
    let plan = records.iter().fold(CarrierPlan::new("acme", "sip:acme.example"), |plan, (priority, weight, host)| {
        let host = format!("{host}.acme.example");
        let record = format!("_sip._udp.acme.example. 60 SRV {priority} {weight} udp {host}.");
        plan.host(HostPlan::new(&host).speaks([Udp])).zone(&record)
    });
    let command = "preview sip:acme.example --fail east.acme.example --engine all";
    let ran = Stage::with([plan]).run(command);
    assert_eq!(ran.err, "");
    let zone = records.map(|(priority, weight, host)| {
        format!("_sip._udp.acme.example. 60 SRV {priority} {weight} 5060 {host}.acme.example.\n")
    });
    format!("```\n{}\n$ trunktop {command}\n{}```\n", zone.concat(), ran.out)
}
