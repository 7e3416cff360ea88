//! Puts a carrier into the text of `carriers.toml`, and cuts one out.
//!
//! The text around is kept octet for octet, so pieces of it are moved, and nothing is printed anew. Whatever
//! form a file has, the result is read again and compared: it must hold the same carriers but for this one.

use std::ops::Range;
use std::path::Path;

use toml_edit::{Document, Item, Table};

use super::{StoreError, carriers};
use crate::model::{CarrierName, SipUri};

/// The text with a carrier more, at its end.
pub(super) fn with(file: &Path, old: &[u8], name: &CarrierName, uri: &SipUri) -> Result<Vec<u8>, StoreError> {
    let text = understood(file, old)?;
    let mut entries = entries(text);
    if position(&entries, name).is_some() {
        return Err(StoreError::Exists(name.clone()));
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut new = text.to_owned();
    if !text.is_empty() {
        if !text.ends_with('\n') {
            new.push_str(end);
        }
        new.push_str(end);
    }
    let quoted = |raw: String| toml_edit::Value::from(raw).to_string();
    let (name_line, uri_line) = (quoted(name.to_string()), quoted(uri.to_string()));
    for line in ["[[carrier]]", &format!("name = {name_line}"), &format!("uri = {uri_line}")] {
        new.push_str(line);
        new.push_str(end);
    }
    let mut added = toml::Table::new();
    added.insert("name".to_owned(), name.to_string().into());
    added.insert("uri".to_owned(), uri.to_string().into());
    entries.push(added.into());
    checked(file, text, new, entries, name)
}

/// The text without a carrier.
pub(super) fn without(file: &Path, old: &[u8], name: &CarrierName) -> Result<Vec<u8>, StoreError> {
    let text = understood(file, old)?;
    let mut entries = entries(text);
    let index = position(&entries, name).ok_or_else(|| StoreError::Unknown(name.clone()))?;
    entries.remove(index);
    let entangled = || StoreError::Entangled(name.clone(), file.to_owned());
    let cut = block(text, index).ok_or_else(entangled)?;
    let mut new = text.to_owned();
    new.replace_range(cut, "");
    checked(file, text, new, entries, name)
}

/// The text, where nothing is wrong with it.
fn understood<'a>(file: &Path, old: &'a [u8]) -> Result<&'a str, StoreError> {
    match carriers::parse(file, old).trouble.into_iter().next() {
        Some(trouble) => Err(StoreError::Broken(trouble)),
        // What is not UTF-8 was trouble.
        None => Ok(std::str::from_utf8(old).unwrap_or_default()),
    }
}

/// The new text, where it says what the old one said, with these carriers.
fn checked(
    file: &Path,
    text: &str,
    new: String,
    entries: Vec<toml::Value>,
    name: &CarrierName,
) -> Result<Vec<u8>, StoreError> {
    let mut meant = document(text);
    meant.remove("carrier");
    if !entries.is_empty() {
        meant.insert("carrier".to_owned(), entries.into());
    }
    match new.parse::<toml::Table>() {
        Ok(said) if said == meant => Ok(new.into_bytes()),
        _ => Err(StoreError::Entangled(name.clone(), file.to_owned())),
    }
}

fn document(text: &str) -> toml::Table {
    text.parse().unwrap_or_default()
}

fn entries(text: &str) -> Vec<toml::Value> {
    document(text).get("carrier").and_then(toml::Value::as_array).cloned().unwrap_or_default()
}

fn position(entries: &[toml::Value], name: &CarrierName) -> Option<usize> {
    let named = |entry: &toml::Value| entry.get("name").and_then(toml::Value::as_str).map(CarrierName::new);
    entries.iter().position(|entry| named(entry) == Some(Ok(name.clone())))
}

/// What goes with a carrier: its lines, comments that follow them at once, the comment directly above, and
/// the empty lines on one side.
fn block(text: &str, index: usize) -> Option<Range<usize>> {
    let document = Document::parse(text).ok()?;
    let table = document.get("carrier")?.as_array_of_tables()?.get(index)?;
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let line_of = |at: usize| text.get(..at).map(|before| before.matches('\n').count());
    let header = line_of(table.span()?.start)?;
    let last = line_of(end_of(table).max(table.span()?.end).saturating_sub(1))?;

    let first = header - comments(lines[..header].iter().rev());
    let below = &lines[last + 1..];
    let trailing = comments(below.iter());
    // Comments that run up to the next header are about what is below.
    let own = if below.get(trailing).is_some_and(|line| !is_empty(line)) { 0 } else { trailing };
    let mut end = last + 1 + own;
    let mut start = first;
    end += lines[end..].iter().take_while(|line| is_empty(line)).count();
    if end == lines.len() {
        start -= lines[..start].iter().rev().take_while(|line| is_empty(line)).count();
    }
    let octets = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    Some(octets(&lines[..start])..octets(&lines[..end]))
}

fn comments<'a>(lines: impl Iterator<Item = &'a &'a str>) -> usize {
    lines.take_while(|line| line.trim_start().starts_with('#')).count()
}

fn is_empty(line: &str) -> bool {
    line.trim().is_empty()
}

/// Where the last value of a table ends, those of the tables inside it included.
fn end_of(table: &Table) -> usize {
    let end = |item: &Item| {
        let own = item.span().map_or(0, |span| span.end);
        let inner = match item {
            Item::Table(inner) => end_of(inner),
            Item::ArrayOfTables(inner) => inner.iter().map(end_of).max().unwrap_or(0),
            Item::Value(_) | Item::None => 0,
        };
        own.max(inner)
    };
    let own = table.span().map_or(0, |span| span.end);
    table.iter().map(|(_, item)| end(item)).fold(own, usize::max)
}
