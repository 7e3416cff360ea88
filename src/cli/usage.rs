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

    use super::super::args::Args;
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
}
