//! `drills.toml`: failures that were forced together, under names.
//!
//! A drill with anything wrong in it is left out and named with its line, and the file is then not written.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::read::{Reading, line_in};
use super::{StoreError, Trouble, keys};
use crate::model::{CarrierName, Drill, DrillName, Outage};

/// What stands above the drills where the file is made.
const HEAD: &str = "\
# Drills: failures that are forced together, to see what they would do. Nothing is sent.
# S in the dashboard saves what is forced; L forces it again. What can fail, and how, is as in
# trunktop preview --fail.

";

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    drill: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    name: Spanned<String>,
    carrier: Spanned<String>,
    fail: Spanned<Vec<Spanned<String>>>,
}

/// Reads the file: the drills that can be used, and what is wrong with the others.
pub(super) fn load(file: &Path) -> (Vec<Drill>, Vec<Trouble>) {
    let mut reading = Reading::of(file);
    let text = reading.text();
    read(reading, &text)
}

fn read(mut reading: Reading<'_>, text: &str) -> (Vec<Drill>, Vec<Trouble>) {
    let mut drills: Vec<Drill> = Vec::new();
    match toml::from_str::<Document>(text) {
        Ok(document) => {
            for written in document.drill {
                if let Some(drill) = written.drill(&mut reading, text, &drills) {
                    drills.push(drill);
                }
            }
        }
        Err(why) => reading.say_toml(text, "", &why),
    }
    if let Ok(table) = DeTable::parse(text) {
        let tables = table.get_ref().get("drill").map(Spanned::get_ref);
        let tables = tables.and_then(DeValue::as_array).into_iter().flatten();
        for slip in keys::unknown::<Document>(table.get_ref(), &[]) {
            reading.say_slip(line_in(text, &slip.span), slip);
        }
        for drill in tables.filter_map(|drill| drill.get_ref().as_table()) {
            for slip in keys::unknown::<Written>(drill, &[]) {
                reading.say_slip(line_in(text, &slip.span), format_args!("drill: {slip}"));
            }
        }
    }
    let (mut trouble, slips) = reading.into_trouble();
    trouble.extend(slips);
    (drills, trouble)
}

impl Written {
    fn drill(self, reading: &mut Reading<'_>, text: &str, before: &[Drill]) -> Option<Drill> {
        let mut say = |span, what: String| {
            reading.say(Some(line_in(text, &span)), format_args!("drill '{}': {what}", self.name.get_ref()));
        };
        let name = self.name.get_ref().parse::<DrillName>().map_err(|why| say(self.name.span(), why.to_string()));
        let carrier = CarrierName::new(self.carrier.get_ref());
        let carrier = carrier.map_err(|why| say(self.carrier.span(), format!("carrier: {why}")));
        let mut outages = Vec::new();
        for raw in self.fail.get_ref() {
            match raw.get_ref().parse::<Outage>() {
                Ok(outage) => outages.push(outage),
                Err(why) => say(raw.span(), format!("fail: {why}")),
            }
        }
        let whole = outages.len() == self.fail.get_ref().len();
        if self.fail.get_ref().is_empty() {
            say(self.fail.span(), "fail: nothing fails in it".to_owned());
            return None;
        }
        let (name, carrier) = (name.ok()?, carrier.ok()?);
        if before.iter().any(|known| known.name == name && known.carrier == carrier) {
            say(self.name.span(), format!("{carrier} has one of this name already"));
            return None;
        }
        whole.then_some(Drill { name, carrier, outages })
    }
}

/// The text with a drill more, or in place of the carrier's one of this name.
pub(super) fn with(file: &Path, old: &[u8], drill: &Drill) -> Result<Vec<u8>, StoreError> {
    let mut reading = Reading::of(file);
    let text = reading.decode(old);
    let (_, trouble) = read(reading, &text);
    if let Some(trouble) = trouble.into_iter().next() {
        return Err(StoreError::Broken(trouble));
    }
    let broken = |what: String| StoreError::Broken(Trouble { file: file.to_owned(), line: None, what: what.into() });
    let mut document: DocumentMut = text.parse().map_err(|why: toml_edit::TomlError| broken(why.to_string()))?;
    let entry = document.entry("drill").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(drills) = entry.as_array_of_tables_mut() else {
        return Err(broken("write each drill as [[drill]] for it to be changed".to_owned()));
    };
    let fails: toml_edit::Array =
        drill.outages.iter().map(|outage| format!("{}={}", outage.what, outage.how)).collect();
    let is =
        |table: &Table, key: &str, value: &str| table.get(key).and_then(Item::as_str).map(str::trim) == Some(value);
    let (name, carrier) = (drill.name.as_str(), drill.carrier.as_str());
    let known = drills.iter_mut().find(|table| is(table, "name", name) && is(table, "carrier", carrier));
    if let Some(known) = known {
        known.insert("fail", toml_edit::value(fails));
    } else {
        let mut table = Table::new();
        let above = if old.is_empty() { HEAD } else { "\n" };
        table.decor_mut().set_prefix(above);
        table.insert("name", toml_edit::value(name));
        table.insert("carrier", toml_edit::value(carrier));
        table.insert("fail", toml_edit::value(fails));
        drills.push(table);
    }
    Ok(document.to_string().into_bytes())
}
