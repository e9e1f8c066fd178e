//! Walks `[{…}, {…}]` one element at a time, so that no document is held as a whole.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufReader, Read},
};

use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Most bytes from the end of one element to the end of the next.
pub(crate) const MAX_ELEMENT: u64 = 4 << 20;

/// Calls `visit` with each element.
pub(crate) fn each(
    input: &mut dyn Read,
    visit: &mut dyn FnMut(&RawValue),
) -> Result<(), serde_json::Error> {
    let left = Cell::new(MAX_ELEMENT);
    let input = BufReader::new(Rationed { inner: input, left: &left });
    let mut json = serde_json::Deserializer::from_reader(input);
    json.deserialize_seq(Elements { visit, left: &left })?;
    json.end()
}

struct Elements<'a> {
    visit: &'a mut dyn FnMut(&RawValue),
    left: &'a Cell<u64>,
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<Box<RawValue>>()? {
            (self.visit)(&raw);
            self.left.set(MAX_ELEMENT);
        }
        Ok(())
    }
}

/// Ends an element that never ends: the parser would collect it in memory.
struct Rationed<'a> {
    inner: &'a mut dyn Read,
    left: &'a Cell<u64>,
}

impl Read for Rationed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        let left = self.left.get().checked_sub(got as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "one record has more than 4 MiB")
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
}
