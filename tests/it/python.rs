//! `python/` against what CPython answered, as `compat/fixtures/python_vectors.py` recorded it.

use std::path::Path;

use drf_auth::python::{PyString, Value, Version, codecs, float, json, urllib};
use serde_json::Value as Json;

/// The rows of a recorded file.
fn rows(name: &str) -> Vec<Vec<Json>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/python").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A text, or the list of its code points.
fn text(json: &Json) -> Option<PyString> {
    match json {
        Json::String(text) => Some(text.as_str().into()),
        Json::Array(points) => Some(
            points.iter().map(|point| u32::try_from(point.as_u64().unwrap()).unwrap()).collect(),
        ),
        _ => None,
    }
}

fn unhex(json: &Json) -> Vec<u8> {
    let digits = json.as_str().unwrap();
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

/// A text to look at; [`PyString`] itself shows only its length.
fn shown(string: &PyString) -> String {
    Value::List(vec![Value::Str(string.clone())]).repr().as_str().unwrap().to_owned()
}

fn check_json(minor: u8) {
    let rows = rows(&format!("json-3.{minor}.jsonl"));
    assert!(rows.len() > 400);
    for row in rows {
        let input = text(&row[0]).unwrap();
        let result = json::loads(&input, row[1].as_bool().unwrap(), Version::new(minor));
        let repr = result.as_ref().ok().map(|value| shown(&value.repr()));
        let message = result.err().map(|error| error.to_string());
        assert_eq!(
            (repr, message.as_deref()),
            (text(&row[2]).map(|repr| shown(&repr)), row[3].as_str()),
            "3.{minor}: {}",
            row[0]
        );
    }
}

#[test]
fn json_as_python_3_10_reads_it() {
    check_json(10);
}

#[test]
fn json_as_python_3_12_reads_it() {
    check_json(12);
}

#[test]
fn json_as_python_3_13_reads_it() {
    check_json(13);
}

#[test]
fn charsets_as_python_3_13_reads_them() {
    for row in rows("codecs.jsonl") {
        let codec = codecs::lookup(row[0].as_str().unwrap()).unwrap();
        let bytes = unhex(&row[1]);
        let answers =
            [codec.decode(&bytes), Ok(codec.decode_replacing(&bytes)), codec.read_stream(&bytes)];
        for (answer, expected) in answers.iter().zip(row[2].as_array().unwrap()) {
            let shown_answer = answer.as_ref().ok().map(shown);
            let message = answer.as_ref().err().map(|error| error.wording(Version::new(13)));
            assert_eq!(
                (shown_answer, message.as_deref()),
                (text(&expected[0]).as_ref().map(shown), expected[1].as_str()),
                "{} {}",
                row[0],
                row[1]
            );
        }
    }
}

#[test]
fn names_of_charsets() {
    for row in rows("lookup.jsonl") {
        let codec = codecs::lookup(row[0].as_str().unwrap());
        let name = codec.map(|codec| codec.name());
        let is_text = codec.is_some_and(|codec| codec.is_text());
        assert_eq!((name, is_text), (row[1].as_str(), row[2].as_bool().unwrap()), "{}", row[0]);
    }
}

#[test]
fn floats() {
    for row in rows("float.jsonl") {
        let bits = u64::from_str_radix(row[0].as_str().unwrap(), 16).unwrap();
        assert_eq!(float::repr(f64::from_bits(bits)), row[1].as_str().unwrap());
    }
}

#[test]
fn query_strings() {
    for row in rows("query.jsonl") {
        let codec = codecs::lookup(row[1].as_str().unwrap()).unwrap();
        let most = row[2].as_u64().map(|most| usize::try_from(most).unwrap());
        let pairs = urllib::parse_qsl(&text(&row[0]).unwrap(), codec, most).ok();
        let expected = row[3].as_array().map(|pairs| {
            let pair = |pair: &Json| (text(&pair[0]).unwrap(), text(&pair[1]).unwrap());
            pairs.iter().map(pair).collect::<Vec<_>>()
        });
        assert!(pairs == expected, "{row:?}");
    }
}
