//! Walks `[{…}, {…}]`, or such a list inside an object, one element at a time, so that no document is held as a
//! whole.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufReader, Read},
};

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Most bytes from the end of one element to the end of the next.
pub(crate) const MAX_ELEMENT: u64 = 4 << 20;

/// Calls `visit` with each element.
pub(crate) fn each(
    input: &mut dyn Read,
    visit: &mut dyn FnMut(&RawValue),
) -> Result<(), serde_json::Error> {
    let left = Cell::new(MAX_ELEMENT);
    let input = BufReader::new(Rationed { inner: input, left: &left, max: MAX_ELEMENT });
    let mut json = serde_json::Deserializer::from_reader(input);
    json.deserialize_seq(Elements { visit, left: &left, max: MAX_ELEMENT })?;
    json.end()
}

/// Calls `visit` with each element of the list that an object has under `key`; the object's other fields are
/// not read. No element may have more than `max` bytes.
pub(crate) fn each_of(
    key: &str,
    max: u64,
    input: &mut dyn Read,
    visit: &mut dyn FnMut(&RawValue),
) -> Result<(), serde_json::Error> {
    let left = Cell::new(max);
    let input = BufReader::new(Rationed { inner: input, left: &left, max });
    let mut json = serde_json::Deserializer::from_reader(input);
    json.deserialize_map(Field { key, elements: Some(Elements { visit, left: &left, max }) })?;
    json.end()
}

struct Field<'a, 'k> {
    key: &'k str,
    elements: Option<Elements<'a>>,
}

impl<'de> Visitor<'de> for Field<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the list `{}`", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key != self.key {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let Some(elements) = self.elements.take() else {
                return Err(de::Error::custom(format_args!("`{key}` twice")));
            };
            map.next_value_seed(elements)?;
        }
        match self.elements {
            None => Ok(()),
            Some(_) => Err(de::Error::custom(format_args!("no `{}`", self.key))),
        }
    }
}

struct Elements<'a> {
    visit: &'a mut dyn FnMut(&RawValue),
    left: &'a Cell<u64>,
    max: u64,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<Box<RawValue>>()? {
            (self.visit)(&raw);
            self.left.set(self.max);
        }
        Ok(())
    }
}

/// Ends an element that never ends: the parser would collect it in memory.
struct Rationed<'a> {
    inner: &'a mut dyn Read,
    left: &'a Cell<u64>,
    max: u64,
}

impl Read for Rationed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        let left = self.left.get().checked_sub(got as u64).ok_or_else(|| {
            let text = format!("one record has more than {} MiB", self.max >> 20);
            io::Error::new(io::ErrorKind::FileTooLarge, text)
        })?;
        self.left.set(left);
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_without_end_is_refused_before_it_fills_the_memory() {
        let mut input = b"[1, \"".as_slice().chain(io::repeat(b'x'));
        let mut seen = 0;
        let error = each(&mut input, &mut |_| seen += 1).unwrap_err();
        assert!(error.to_string().contains("more than 4 MiB"), "{error}");
        assert_eq!(seen, 1);
        for text in ["", "invalid", "{}", "[1", "[] x", "[1,]"] {
            assert!(each(&mut text.as_bytes(), &mut |_| ()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_inside_an_object() {
        let run = |text: &str| {
            let mut seen = Vec::new();
            each_of("a", 1 << 20, &mut text.as_bytes(), &mut |raw| seen.push(raw.get().to_owned()))
                .map(|()| seen)
        };
        assert_eq!(
            run(r#"{"b": {"a": [9]}, "a": [1, {"x": 2}], "c": 3}"#).unwrap(),
            ["1", r#"{"x": 2}"#]
        );
        for text in ["", "[1]", "{}", r#"{"a": 1}"#, r#"{"a": [1], "a": [2]}"#, r#"{"a": [1]"#] {
            assert!(run(text).is_err(), "{text}");
        }
    }
}
