//! CVSS base vectors as one number: half of a flaw's record is its vectors, and nearly all of them give
//! every base metric once and in the specification's order. Any other vector is kept as text.

use plimsoll_model::CvssRating;

use crate::codec::{Corrupt, Reader, Writer};

/// A CVSS version: its number, the vector's prefix and its base metrics with their values.
struct Layout {
    version: &'static str,
    prefix: &'static str,
    metrics: &'static [(&'static str, &'static [u8])],
}

const V3: &[(&str, &[u8])] = &[
    ("AV", b"NALP"),
    ("AC", b"LH"),
    ("PR", b"NLH"),
    ("UI", b"NR"),
    ("S", b"UC"),
    ("C", b"HLN"),
    ("I", b"HLN"),
    ("A", b"HLN"),
];

/// The tag of a stored vector is its place here plus one; zero is text.
const LAYOUTS: &[Layout] = &[
    Layout {
        version: "2.0",
        prefix: "",
        metrics: &[
            ("AV", b"NAL"),
            ("AC", b"LMH"),
            ("Au", b"NSM"),
            ("C", b"NPC"),
            ("I", b"NPC"),
            ("A", b"NPC"),
        ],
    },
    Layout { version: "3.0", prefix: "CVSS:3.0/", metrics: V3 },
    Layout { version: "3.1", prefix: "CVSS:3.1/", metrics: V3 },
    Layout {
        version: "4.0",
        prefix: "CVSS:4.0/",
        metrics: &[
            ("AV", b"NALP"),
            ("AC", b"LH"),
            ("AT", b"NP"),
            ("PR", b"NLH"),
            ("UI", b"NPA"),
            ("VC", b"HLN"),
            ("VI", b"HLN"),
            ("VA", b"HLN"),
            ("SC", b"HLN"),
            ("SI", b"HLN"),
            ("SA", b"HLN"),
        ],
    },
];

impl Layout {
    fn pack(&self, vector: &str) -> Option<u64> {
        let mut rest = vector.strip_prefix(self.prefix)?;
        let mut code = 0u64;
        for (i, (name, values)) in self.metrics.iter().enumerate() {
            if i > 0 {
                rest = rest.strip_prefix('/')?;
            }
            rest = rest.strip_prefix(name)?.strip_prefix(':')?;
            let (value, tail) = rest.as_bytes().split_first()?;
            let place = values.iter().position(|v| v == value)?;
            code = code * values.len() as u64 + place as u64;
            rest = std::str::from_utf8(tail).ok()?;
        }
        rest.is_empty().then_some(code)
    }

    fn unpack(&self, mut code: u64) -> Option<String> {
        let mut vector = String::with_capacity(self.prefix.len() + 5 * self.metrics.len());
        vector.push_str(self.prefix);
        let mut weight: u64 = self.metrics.iter().map(|(_, values)| values.len() as u64).product();
        for (i, (name, values)) in self.metrics.iter().enumerate() {
            weight /= values.len() as u64;
            let value = values.get(usize::try_from(code / weight).ok()?)?;
            code %= weight;
            if i > 0 {
                vector.push('/');
            }
            vector.push_str(name);
            vector.push(':');
            vector.push(char::from(*value));
        }
        Some(vector)
    }
}

pub(crate) fn write(out: &mut Writer, rating: &CvssRating) {
    for (tag, layout) in (1u8..).zip(LAYOUTS) {
        if layout.version == rating.version
            && let Some(code) = layout.pack(&rating.vector)
        {
            out.byte(tag);
            out.uint(code);
            return;
        }
    }
    out.byte(0);
    out.text(&rating.version);
    out.text(&rating.vector);
}

pub(crate) fn read(reader: &mut Reader<'_>) -> Result<CvssRating, Corrupt> {
    match reader.byte()? {
        0 => {
            Ok(CvssRating { version: reader.text()?.to_owned(), vector: reader.text()?.to_owned() })
        }
        tag => {
            let layout = LAYOUTS.get(usize::from(tag) - 1).ok_or(Corrupt)?;
            let vector = layout.unpack(reader.uint()?).ok_or(Corrupt)?;
            Ok(CvssRating { version: layout.version.to_owned(), vector })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vector_comes_back_and_base_vectors_are_short() {
        for (version, vector, packed) in [
            ("2.0", "AV:N/AC:L/Au:N/C:P/I:P/A:C", true),
            ("3.0", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", true),
            ("3.1", "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:C/C:N/I:N/A:N", true),
            ("4.0", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", true),
            ("3.1", "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:C/C:N/I:N/A:N/E:P", false),
            ("3.1", "CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:C/C:N/I:N/A:N", false),
            ("3.1", "nonsense \u{e9}", false),
            ("2.0", "AV:\u{e9}", false),
        ] {
            let rating = CvssRating { version: version.into(), vector: vector.into() };
            let mut out = Writer::default();
            write(&mut out, &rating);
            assert_eq!(out.0.len() <= 5, packed, "{vector}");
            assert_eq!(read(&mut Reader::new(&out.0)), Ok(rating));
        }
    }
}
