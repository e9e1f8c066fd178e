//! Walks `{package: {flaw: {…}}}` without holding more than one flaw: the whole document has 70 MB, and one
//! package (the kernel) several of them.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufReader, Read},
};

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Longest name of a package or flaw, in bytes.
const MAX_NAME: usize = 256;

/// Most bytes from the start of one flaw to the start of the next; real ones have a few KB.
const MAX_FLAW: u64 = 4 << 20;

type Each<'a> = &'a mut dyn FnMut(&str, &str, &RawValue);

pub(super) fn each(input: &mut dyn Read, visit: Each<'_>) -> Result<(), serde_json::Error> {
    let left = Cell::new(MAX_FLAW);
    let input = BufReader::new(Rationed { inner: input, left: &left });
    let mut json = serde_json::Deserializer::from_reader(input);
    json.deserialize_map(Packages { visit, left: &left })?;
    json.end()
}

/// Ends a record that never ends: the parser would collect it in memory.
struct Rationed<'a> {
    inner: &'a mut dyn Read,
    left: &'a Cell<u64>,
}

impl Read for Rationed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        let left = self.left.get().checked_sub(got as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "one flaw has more than 4 MiB")
        })?;
        self.left.set(left);
        Ok(got)
    }
}

struct Packages<'a> {
    visit: Each<'a>,
    left: &'a Cell<u64>,
}

impl<'de> Visitor<'de> for Packages<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from packages to their flaws")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(package) = map.next_key::<String>()? {
            if package.is_empty() || package.len() > MAX_NAME {
                return Err(A::Error::custom("a package name of an impossible length"));
            }
            let visit = &mut *self.visit;
            map.next_value_seed(Flaws { package: &package, visit, left: self.left })?;
        }
        Ok(())
    }
}

struct Flaws<'a> {
    package: &'a str,
    visit: Each<'a>,
    left: &'a Cell<u64>,
}

impl<'de> DeserializeSeed<'de> for Flaws<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Flaws<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from flaws to what is known of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(flaw) = map.next_key::<String>()? {
            let raw: Box<RawValue> = map.next_value()?;
            self.left.set(MAX_FLAW);
            if flaw.is_empty() || flaw.len() > MAX_NAME {
                return Err(A::Error::custom("the name of a flaw has an impossible length"));
            }
            (self.visit)(self.package, &flaw, &raw);
        }
        Ok(())
    }
}
