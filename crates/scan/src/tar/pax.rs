//! PAX extended headers (POSIX.1-2001, "pax Extended Header"), with GNU's keys for sparse files.

use crate::limits::MAX_SPARSE_SEGMENTS;

/// What a PAX header says about the entry after it.
#[derive(Debug, Default)]
pub(crate) struct Pax {
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) link: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    pub(crate) sparse: PaxSparse,
    /// A record that does not follow the format, or a value that is none.
    pub(crate) malformed: bool,
}

/// GNU's three ways to write a sparse file (GNU tar manual, "Storing Sparse Files").
#[derive(Debug, Default)]
pub(crate) struct PaxSparse {
    pub(crate) major: Option<u64>,
    pub(crate) minor: Option<u64>,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) real_size: Option<u64>,
    /// Offsets and lengths in turn (0.0 and 0.1).
    pub(crate) map: Vec<u64>,
    pub(crate) has_map: bool,
    pub(crate) too_long: bool,
}

impl PaxSparse {
    pub(crate) fn is_sparse(&self) -> bool {
        self.major.is_some() || self.has_map
    }
}

impl Pax {
    /// Reads the records; the last of several with one key counts.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut pax = Self::default();
        for record in Records(bytes) {
            let Some((key, value)) = record else {
                pax.malformed = true;
                break;
            };
            pax.set(key, value);
        }
        pax
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        // A value with a NUL would mean one thing here and another to a C program.
        let text = |bad: &mut bool| {
            *bad |= value.contains(&0);
            (!value.is_empty() && !value.contains(&0)).then(|| value.to_vec())
        };
        let count = |bad: &mut bool| {
            let parsed = decimal(value);
            *bad |= parsed.is_none() && !value.is_empty();
            parsed
        };
        let bad = &mut self.malformed;
        match key {
            b"path" => self.path = text(bad),
            b"linkpath" => self.link = text(bad),
            b"size" => self.size = count(bad),
            b"uid" => self.uid = count(bad).map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
            b"gid" => self.gid = count(bad).map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
            b"GNU.sparse.major" => self.sparse.major = count(bad),
            b"GNU.sparse.minor" => self.sparse.minor = count(bad),
            b"GNU.sparse.name" => self.sparse.name = text(bad),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => self.sparse.real_size = count(bad),
            b"GNU.sparse.numblocks" => self.sparse.has_map = true,
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                self.sparse.has_map = true;
                match count(bad) {
                    Some(n) => self.sparse.push(n),
                    None => *bad = true,
                }
            }
            b"GNU.sparse.map" => {
                self.sparse.has_map = true;
                self.sparse.map.clear();
                for number in value.split(|&b| b == b',').filter(|n| !n.is_empty()) {
                    match decimal(number) {
                        Some(n) => self.sparse.push(n),
                        None => *bad = true,
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a global header would change names, sizes or links of the entries after it.
    pub(crate) fn steers(&self) -> bool {
        self.path.is_some() || self.link.is_some() || self.size.is_some() || self.sparse.is_sparse()
    }
}

impl PaxSparse {
    fn push(&mut self, n: u64) {
        if self.map.len() < 2 * MAX_SPARSE_SEGMENTS {
            self.map.push(n);
        } else {
            self.too_long = true;
        }
    }
}

/// `LENGTH KEY=VALUE\n`, where the length counts the whole record.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Option<(&'a [u8], &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        // Some writers pad the header with NULs.
        if self.0.iter().all(|&b| b == 0) {
            return None;
        }
        let record = (|| {
            let space = self.0.iter().take(20).position(|&b| b == b' ')?;
            let len = usize::try_from(decimal(&self.0[..space])?).ok()?;
            let record = self.0.get(space + 1..len)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|&b| b == b'=')?;
            Some((len, &record[..equals], &record[equals + 1..]))
        })();
        match record {
            Some((len, key, value)) => {
                self.0 = &self.0[len..];
                Some(Some((key, value)))
            }
            None => {
                self.0 = &[];
                Some(None)
            }
        }
    }
}

/// A decimal number without a sign; the fraction that times may have is cut off.
pub(crate) fn decimal(bytes: &[u8]) -> Option<u64> {
    let whole = bytes.split(|&b| b == b'.').next()?;
    if whole.is_empty() {
        return None;
    }
    whole.iter().try_fold(0u64, |value, &digit| match digit {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records() {
        let pax = Pax::parse(b"12 path=a/b\n16 linkpath=c=d\n13 size=1234\n");
        assert_eq!(pax.path.as_deref(), Some(&b"a/b"[..]));
        assert_eq!(pax.link.as_deref(), Some(&b"c=d"[..]));
        assert_eq!(pax.size, Some(1234));
        assert!(!pax.malformed);
        for bad in
            [&b"99 path=a\n"[..], b"path=a\n", b"8 path=a\n", b"10 path-aa\n", b"13 size=-123\n"]
        {
            assert!(Pax::parse(bad).malformed, "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn a_sparse_map_in_either_form() {
        let mut rows = Pax::default();
        for (key, value) in
            [("offset", "0"), ("numbytes", "5"), ("offset", "10"), ("numbytes", "7")]
        {
            rows.set(format!("GNU.sparse.{key}").as_bytes(), value.as_bytes());
        }
        assert_eq!(rows.sparse.map, [0, 5, 10, 7]);
        let list = Pax::parse(b"27 GNU.sparse.map=0,5,10,7\n");
        assert_eq!(list.sparse.map, [0, 5, 10, 7]);
        assert!(list.sparse.is_sparse());
    }
}
