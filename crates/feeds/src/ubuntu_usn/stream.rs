//! Walks `{id: {…}}` one notice at a time: the database has hundreds of MB, most of them addresses of files.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufReader, Read},
};

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Most bytes of one notice; those of kernels have some MB.
const MAX_NOTICE: u64 = 64 << 20;

pub(super) fn each(
    input: &mut dyn Read,
    visit: &mut dyn FnMut(&str, &RawValue),
) -> Result<(), serde_json::Error> {
    let left = Cell::new(MAX_NOTICE);
    let input = BufReader::new(Rationed { inner: input, left: &left });
    let mut json = serde_json::Deserializer::from_reader(input);
    json.deserialize_map(Notices { visit, left: &left })?;
    json.end()
}

/// Ends a notice that never ends: the parser would collect it in memory.
struct Rationed<'a> {
    inner: &'a mut dyn Read,
    left: &'a Cell<u64>,
}

impl Read for Rationed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        let left = self.left.get().checked_sub(got as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "one notice has more than 64 MiB")
        })?;
        self.left.set(left);
        Ok(got)
    }
}

struct Notices<'a> {
    visit: &'a mut dyn FnMut(&str, &RawValue),
    left: &'a Cell<u64>,
}

impl<'de> Visitor<'de> for Notices<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from ids to notices")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((id, raw)) = map.next_entry::<String, Box<RawValue>>()? {
            (self.visit)(&id, &raw);
            self.left.set(MAX_NOTICE);
        }
        Ok(())
    }
}
