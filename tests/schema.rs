//! The documents that scripts rely on, as JSON schemas (draft 2020-12) beside this file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

static SCHEMAS: LazyLock<BTreeMap<String, (Value, Validator)>> = LazyLock::new(|| {
    let all = [
        include_str!("schema/resolution.json"),
        include_str!("schema/lint.json"),
        include_str!("schema/preview.json"),
        include_str!("schema/check.json"),
        include_str!("schema/carrier.json"),
        include_str!("schema/engine.json"),
        include_str!("schema/pins.json"),
    ];
    let read = all.map(|text| {
        let schema: Value = serde_json::from_str(text).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        (schema["$id"].as_str().unwrap().to_owned(), (schema, validator))
    });
    read.into_iter().collect()
});

/// What is wrong with a document by the schema that it names.
pub(crate) fn faults(document: &Value) -> Vec<String> {
    let named = document["schema"].as_str().unwrap_or_default();
    let Some((_, validator)) = SCHEMAS.get(named) else { return vec![format!("there is no schema '{named}'")] };
    let mut faults: Vec<String> =
        validator.iter_errors(document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    faults.extend(unlawful(document));
    faults
}

/// What no schema can say: the shares of a preview add up, at once and over time, by target and by POP.
fn unlawful(document: &Value) -> Option<String> {
    let sum = |landings: &str, lost: &str| {
        let landed: f64 = document[landings].as_array()?.iter().filter_map(|landing| landing["share"].as_f64()).sum();
        Some(landed + document[lost].as_f64()?)
    };
    let of = |items: &Value, field: &str| -> Option<f64> {
        Some(items.as_array()?.iter().filter_map(|item| item[field].as_f64()).sum())
    };
    let lost = document["lost"].as_f64();
    let phases = document["timeline"].as_array().into_iter().flatten();
    let by_phase = phases.map(|phase| Some(of(&phase["landings"], "share")? + phase["lost"].as_f64()?));
    let by_pop = of(&document["pops"], "after").zip(lost).map(|(sum, lost)| sum + lost);
    let by_reason = of(&document["lost_by"], "share").zip(lost).map(|(sum, lost)| sum + 1.0 - lost);
    let sums = [sum("before", "lost_before"), sum("after", "lost"), by_pop, by_reason].into_iter().chain(by_phase);
    let off = sums.flatten().find(|sum| (sum - 1.0).abs() > 1e-9);
    off.map(|off| format!("the shares add up to {off}")).or_else(|| out_of_range(document))
}

/// A share that does not lie between what it is said to lie.
fn out_of_range(document: &Value) -> Option<String> {
    let of = |items: &Value| items.as_array().cloned().unwrap_or_default();
    let landings = [of(&document["before"]), of(&document["after"])].concat();
    let mut ranged: Vec<(Value, Value)> = landings.iter().map(|l| (l["share"].clone(), l["range"].clone())).collect();
    ranged.extend(of(&document["pops"]).iter().map(|pop| (pop["after"].clone(), pop["after_range"].clone())));
    ranged.push((document["lost"].clone(), document["lost_range"].clone()));
    let outside = |(share, range): &(Value, Value)| {
        let (least, most) = (range["least"].as_f64()?, range["most"].as_f64()?);
        let share = share.as_f64()?;
        (share < least - 1e-9 || share > most + 1e-9 || most <= least).then(|| format!("{share} of {least} to {most}"))
    };
    ranged.iter().find_map(outside)
}

/// That each field which a schema requires is missed when it is gone, and every number is bounded: a schema
/// that lets everything through would prove nothing.
pub(crate) fn assert_strict(document: &Value) {
    let (schema, _) = &SCHEMAS[document["schema"].as_str().unwrap()];
    for field in schema["required"].as_array().unwrap() {
        let mut without = document.clone();
        without.as_object_mut().unwrap().remove(field.as_str().unwrap());
        assert!(!faults(&without).is_empty(), "{field} is not missed");
    }
    for (path, value) in leaves(document, String::new()) {
        if value.is_number() {
            let mut negative = document.clone();
            // A certificate may have expired, in the first year of the calendar at the earliest.
            let below = if path.ends_with("/days_left") { -3_660_001 } else { -1 };
            *negative.pointer_mut(&path).unwrap() = below.into();
            assert!(!faults(&negative).is_empty(), "{path} may be {below}");
        }
        let mut odd = document.clone();
        *odd.pointer_mut(&path).unwrap() = serde_json::json!({ "odd": true });
        assert!(!faults(&odd).is_empty(), "{path} may be an object");
    }
}

fn leaves(value: &Value, path: String) -> Vec<(String, Value)> {
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| leaves(value, format!("{path}/{name}"))).collect()
        }
        Value::Array(items) => {
            (0..).zip(items).flat_map(|(at, item): (usize, _)| leaves(item, format!("{path}/{at}"))).collect()
        }
        leaf => vec![(path, leaf.clone())],
    }
}
