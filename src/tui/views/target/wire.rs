//! The request as it was sent, and what came back, to the letter.

use unicode_width::UnicodeWidthChar;

use crate::model::{ProbeReport, Raw};
use crate::tui::canvas::Piece;

use super::{Row, Scene};

/// How far a line that goes on is set in.
const INDENT: usize = 4;

/// The rows of both, for a screen so wide; none where nothing was sent.
pub(super) fn messages(scene: Scene<'_>, report: &ProbeReport, columns: usize) -> Vec<Row> {
    let Some(sent) = &report.sent else { return Vec::new() };
    let title = |name: String| Row { name, pieces: Vec::new() };
    let said = format!("sent to {} at {}, {}", report.endpoint, scene.clock(report.at), bytes(sent));
    let mut rows = vec![Row::default(), title(said)];
    let draw = |raw: &Raw, rows: &mut Vec<Row>| {
        // The empty line that ends a head says nothing at the end of a message.
        let mut lines: Vec<_> = raw.lines().collect();
        lines.truncate(lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
        let pieces = lines.iter().flat_map(|line| folded(line.as_str(), columns));
        rows.extend(pieces.map(|line| Row { name: String::new(), pieces: vec![Piece::new(line, scene.theme.text)] }));
    };
    draw(sent, &mut rows);
    rows.push(Row::default());
    match &report.heard {
        Some(heard) => {
            let when = report.rtt().map(|rtt| format!(" after {}", crate::tui::words::rtt(rtt))).unwrap_or_default();
            rows.push(title(format!("heard{when}, {}", bytes(heard))));
            draw(heard, &mut rows);
        }
        None => rows.push(title("heard nothing".to_owned())),
    }
    rows
}

/// The rows of the line that sends it again.
pub(super) fn again(scene: Scene<'_>, line: &str, columns: usize) -> Vec<Row> {
    let title = Row { name: "to send it again, from a shell".to_owned(), pieces: Vec::new() };
    let row = |line| Row { name: String::new(), pieces: vec![Piece::new(line, scene.theme.text)] };
    [Row::default(), title].into_iter().chain(folded(line, columns).into_iter().map(row)).collect()
}

fn bytes(raw: &Raw) -> String {
    format!("{} bytes", raw.length())
}

/// A line in as many rows as it needs: nothing of it is cut.
fn folded(line: &str, width: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut used = 0;
    for c in line.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width && used > INDENT {
            rows.push(" ".repeat(INDENT));
            used = INDENT;
        }
        if let Some(row) = rows.last_mut() {
            row.push(c);
        }
        used += wide;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_in_the_next_row() {
        assert_eq!(folded("Via: 0123456789", 8), ["Via: 012", "    3456", "    789"]);
        assert_eq!(folded("", 8), [""]);
        assert_eq!(folded("Reason: 混雑", 11), ["Reason: 混", "    雑"]);
        assert_eq!(folded("abcdefg", 1).concat().replace(' ', ""), "abcdefg", "whatever the screen");
    }
}
