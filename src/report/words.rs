//! Figures as people read them.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

/// A span of time, as short as it can be said: `0.4 ms`, `18 ms`, `1.5 s`, `32 s`, `4 min 55 s`.
pub fn span(span: Duration) -> String {
    let millis = span.as_secs_f64() * 1e3;
    match span.as_secs() {
        0 if span.is_zero() => "0 s".to_owned(),
        0 if millis < 9.95 => format!("{millis:.1} ms"),
        0 => format!("{millis:.0} ms"),
        1..10 if span.subsec_millis() >= 50 => format!("{:.1} s", span.as_secs_f64()),
        seconds => whole(seconds + u64::from(span.subsec_millis() >= 500)),
    }
}

/// Whole seconds; none of them is left out, since many a span is a bound.
fn whole(seconds: u64) -> String {
    if seconds < 120 {
        return format!("{seconds} s");
    }
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    said.join(" ")
}

/// Fills up with blanks to a width on screen.
pub(super) fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(blanks))
}

/// Lines of cells as columns, two blanks between them; the last column is not filled up.
pub(super) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..count)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| padded(cell, width)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// As [`columns`], in one piece.
pub(super) fn block(rows: &[Vec<String>]) -> String {
    columns(rows).into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        for (millis, said) in [
            (0.4, "0.4 ms"),
            (18.2, "18 ms"),
            (1500.0, "1.5 s"),
            (14_999.7, "15 s"),
            (128_000.0, "2 min 8 s"),
            (300_000.0, "5 min"),
            (3_622_000.0, "1 h 22 s"),
        ] {
            assert_eq!(span(Duration::from_secs_f64(millis / 1e3)), said);
        }
    }

    #[test]
    fn columns_line_up_by_width_on_screen() {
        let rows = [vec!["ab".to_owned(), "c".to_owned()], vec!["混".to_owned(), "d".to_owned()], vec!["x".to_owned()]];
        assert_eq!(columns(&rows), ["ab  c", "混  d", "x"]);
    }
}
