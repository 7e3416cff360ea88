//! Bad usage in one line, like every other error: what, where, what to do.

use clap::error::Error;

use crate::model::Text;

/// What clap says over several lines, in one.
pub(super) fn line(error: &Error) -> String {
    let said = error.render().to_string();
    let mut lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let usage = lines.iter().position(|line| line.starts_with("Usage:")).map(|at| lines.remove(at));
    lines.retain(|line| !line.starts_with("For more information"));
    let mut line = String::new();
    for piece in lines {
        let joint = match piece {
            _ if line.is_empty() => "",
            _ if piece.starts_with("tip:") => "; ",
            _ => " ",
        };
        line.push_str(joint);
        line.push_str(piece.strip_prefix("error: ").unwrap_or(piece));
    }
    let advice = match usage {
        Some(usage) => usage.replacen("Usage:", "usage:", 1),
        None => "see `trunktop --help`".to_owned(),
    };
    // It quotes what was typed.
    format!("{}; {advice}", Text::new(&line))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use proptest::prelude::*;

    use super::super::args::{Args, Command};
    use super::super::subject::subject;
    use super::*;

    fn said(typed: &[&str]) -> String {
        line(&Args::try_parse_from([&["trunktop"], typed].concat()).unwrap_err())
    }

    #[test]
    fn every_mistake_is_one_line_that_says_what_to_do() {
        for (typed, expected) in [
            (
                &["resolve"][..],
                "the following required arguments were not provided: <URI|CARRIER>...; usage: trunktop resolve <URI|CARRIER>...",
            ),
            (
                &["resolve", "x", "--color", "maybe"],
                "invalid value 'maybe' for '--color <WHEN>' [possible values: auto, always, never]; see `trunktop --help`",
            ),
            (
                &["carriers"],
                "'trunktop carriers' requires a subcommand but one was not provided [subcommands: list, add, remove, help]; usage: trunktop carriers [OPTIONS] <COMMAND>",
            ),
            (
                &["resolv", "x"],
                "unrecognized subcommand 'resolv'; tip: a similar subcommand exists: 'resolve'; usage: trunktop [OPTIONS] [COMMAND]",
            ),
            (
                &["resolve", "x", "--timeout", "0"],
                "invalid value '0' for '--timeout <S>': not between 0.01 and 3600 seconds; see `trunktop --help`",
            ),
        ] {
            assert_eq!(said(typed), expected);
        }
    }

    #[test]
    fn what_was_typed_is_harmless_on_a_terminal() {
        let said = said(&["resolve", "x", "--resolver", "\x1b[2J\r\nboom"]);
        assert!(!said.chars().any(char::is_control), "{said}");
    }

    /// Anything, and things that look like what is meant.
    fn word() -> impl Strategy<Value = String> {
        let alike = "(sips?:|tel:|address:|pop:|tier:|transport:|tcp://|auth://|-)?[a-z0-9.@:;=,\\[\\]%?_/-]{0,24}(=[a-z0-9:]{0,9})?";
        prop_oneof![any::<String>(), alike, "\\PC{0,40}", "[\\x00-\\x20\\x7f-\\u{9f}a.:]{0,12}"]
    }

    /// Reads a command line as far as anything is asked of nobody; what is wrong with it comes as a line.
    fn read(typed: &[String]) -> Result<(), String> {
        let all = std::iter::once("trunktop").chain(typed.iter().map(String::as_str));
        let args = match Args::try_parse_from(all) {
            Err(error) if !error.use_stderr() => return Ok(()),
            Err(error) => return Err(line(&error)),
            Ok(args) => args,
        };
        let words = match args.command {
            Some(Command::Resolve { what, .. } | Command::Check { what } | Command::Lint { what }) => what,
            Some(Command::Preview(preview)) => vec![preview.what],
            _ => Vec::new(),
        };
        words.iter().try_for_each(|word| subject(&[], word).map(|_| ()).map_err(|why| why.to_string()))
    }

    proptest! {
        #[test]
        fn no_argument_panics_and_every_mistake_is_a_harmless_line(
            [what, option, value] in [word(), word(), word()],
            named in prop::sample::select(vec!["--fail", "--resolver", "--transports", "--timeout", "--patience", "--engine"]),
        ) {
            let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<String>>();
            for typed in [
                words(&["resolve", &what]),
                words(&["lint", "--", &what]),
                words(&["preview", &what, named, &value]),
                words(&["preview", "a.example", &format!("{named}={value}")]),
                words(&["check", &what, &option, &value]),
                words(&[&what, &option]),
            ] {
                if let Err(said) = read(&typed) {
                    prop_assert!(!said.is_empty() && !said.chars().any(char::is_control), "{said:?}");
                }
            }
        }
    }
}
