//! One 512-byte tar header block: v7, ustar, GNU and star variants (POSIX.1-1988 and the GNU tar manual,
//! "Basic Tar Format").

use super::TarError;

/// Bytes of a tar block.
pub(crate) const BLOCK: usize = 512;

/// Offset and length of a stretch of data in a sparse file.
pub(crate) type Segment = (u64, u64);

/// A header block whose checksum was right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a>(&'a [u8; BLOCK]);

impl<'a> Header<'a> {
    pub(crate) fn parse(block: &'a [u8; BLOCK], offset: u64) -> Result<Self, TarError> {
        let header = Self(block);
        let stated = number(&block[148..156]);
        // Historic tars summed signed characters.
        let (mut unsigned, mut signed) = (0i64, 0i64);
        for (i, &byte) in block.iter().enumerate() {
            let byte = if (148..156).contains(&i) { b' ' } else { byte };
            unsigned += i64::from(byte);
            signed += i64::from(byte as i8);
        }
        match stated {
            Some(sum) if sum == unsigned || sum == signed => Ok(header),
            _ => Err(TarError::Malformed(format!("no tar header at byte {offset}"))),
        }
    }

    pub(crate) fn type_flag(&self) -> u8 {
        self.0[156]
    }

    /// Size of the body, `None` where it is no number or negative.
    pub(crate) fn size(&self) -> Option<u64> {
        number(&self.0[124..136]).and_then(|n| u64::try_from(n).ok())
    }

    pub(crate) fn mode(&self) -> u16 {
        number(&self.0[100..108]).map_or(0, |n| (n & 0o7777) as u16)
    }

    pub(crate) fn uid(&self) -> u32 {
        number(&self.0[108..116]).and_then(|n| u32::try_from(n).ok()).unwrap_or(u32::MAX)
    }

    pub(crate) fn gid(&self) -> u32 {
        number(&self.0[116..124]).and_then(|n| u32::try_from(n).ok()).unwrap_or(u32::MAX)
    }

    pub(crate) fn link_name(&self) -> &'a [u8] {
        text(&self.0[157..257])
    }

    /// Name, with the ustar or star prefix in front.
    pub(crate) fn path_into(&self, out: &mut Vec<u8>) {
        out.clear();
        let block = self.0;
        // GNU writes `ustar  ` and keeps times and sparse maps where ustar has the prefix.
        if &block[257..263] == b"ustar\0" {
            let end = if &block[508..512] == b"tar\0" { 476 } else { 500 };
            let prefix = text(&block[345..end]);
            if !prefix.is_empty() {
                out.extend_from_slice(prefix);
                out.push(b'/');
            }
        }
        out.extend_from_slice(text(&block[0..100]));
    }

    /// The segments of an old GNU sparse header, its real size, and whether more blocks follow.
    pub(crate) fn gnu_sparse(&self) -> Option<(Vec<Segment>, u64, bool)> {
        let real = number(&self.0[483..495]).and_then(|n| u64::try_from(n).ok())?;
        let mut segments = Vec::new();
        sparse_rows(&self.0[386..482], &mut segments)?;
        Some((segments, real, self.0[482] != 0))
    }
}

/// The segments of a GNU sparse extension block, and whether another follows.
pub(crate) fn gnu_sparse_more(block: &[u8; BLOCK], out: &mut Vec<Segment>) -> Option<bool> {
    sparse_rows(&block[0..504], out)?;
    Some(block[504] != 0)
}

fn sparse_rows(rows: &[u8], out: &mut Vec<Segment>) -> Option<()> {
    for row in rows.chunks_exact(24) {
        if row[0] == 0 {
            break;
        }
        let offset = u64::try_from(number(&row[..12])?).ok()?;
        let len = u64::try_from(number(&row[12..])?).ok()?;
        out.push((offset, len));
    }
    Some(())
}

/// Up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    &field[..field.iter().position(|&b| b == 0).unwrap_or(field.len())]
}

/// An octal number between spaces and NULs, or GNU's base-256. An empty field is 0.
fn number(field: &[u8]) -> Option<i64> {
    let &first = field.first()?;
    if first & 0x80 != 0 {
        let negative = first & 0x40 != 0;
        let mut value: i64 = if negative { -1 } else { 0 };
        for (i, &byte) in field.iter().enumerate() {
            let byte = match (i, negative) {
                (0, false) => byte & 0x7f,
                _ => byte,
            };
            value = value.checked_mul(256)?.checked_add(i64::from(byte))?;
        }
        return Some(value);
    }
    let digits = field.trim_ascii_start();
    let digits =
        &digits[digits.iter().position(|&b| b != 0 && b != b' ').unwrap_or(digits.len())..];
    let end = digits.iter().position(|&b| b == 0 || b == b' ').unwrap_or(digits.len());
    digits[..end].iter().try_fold(0i64, |value, &digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0"), Some(0));
        assert_eq!(number(b"77777777777\0"), Some(0o77_777_777_777));
        assert_eq!(number(b"00x\0"), None);
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\0\0\0\x01"), Some((2 << 32) + 1));
        assert_eq!(number(&[0xff; 12]), Some(-1));
        assert_eq!(number(b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
    }
}
