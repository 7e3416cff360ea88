//! Keys that nobody knows.
//!
//! A key that is misspelt would be a setting that does nothing, and nobody would see it. So it is named, with
//! the nearest that is known; what else is in the file is used all the same.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use toml::de::DeTable;

/// A key that is not known, where it is, and the nearest that is.
pub(super) struct Slip {
    /// Where it is in the text.
    pub(super) span: Range<usize>,
    key: String,
    nearest: Option<&'static str>,
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key '{}' is not known, and does nothing", self.key)?;
        self.nearest.map_or(Ok(()), |nearest| write!(f, "; '{nearest}' is"))
    }
}

/// The keys of a table that `T` does not read, but for those that are kept for later.
pub(super) fn unknown<'de, T: Deserialize<'de>>(table: &DeTable<'_>, later: &[&str]) -> Vec<Slip> {
    let slips = not_among(table, fields::<T>());
    slips.into_iter().filter(|slip| !later.contains(&slip.key.as_str())).collect()
}

/// The keys of a table that are not among these.
pub(super) fn not_among(table: &DeTable<'_>, known: &'static [&'static str]) -> Vec<Slip> {
    let slips = table.iter().filter(|(key, _)| {
        let key: &str = key.get_ref();
        !known.contains(&key)
    });
    slips
        .map(|(key, _)| Slip {
            span: key.span(),
            key: key.get_ref().to_string(),
            nearest: nearest(key.get_ref(), known),
        })
        .collect()
}

/// The key that was meant, if one is near enough: one slip of the fingers in three letters.
fn nearest(key: &str, known: &'static [&'static str]) -> Option<&'static str> {
    let near = known.iter().map(|known| (strsim::osa_distance(&key.to_lowercase(), known), *known));
    near.min().filter(|(slips, known)| *slips <= (known.len() / 3).max(1)).map(|(_, known)| known)
}

/// The names of the fields that a struct is read from, as its own deserialization names them.
fn fields<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // It ends as soon as it has named them.
    let _ended = T::deserialize(Naming(&mut fields));
    fields
}

struct Naming<'f>(&'f mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Naming<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(serde::de::Error::custom("named"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("not a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
