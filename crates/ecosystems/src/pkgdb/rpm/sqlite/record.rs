//! Variable-length integers and the record format (sections 1.6 and 2.1).

/// Where the bytes of a row are.
pub(super) enum Payload<'a> {
    /// All of them in the cell.
    Here(&'a [u8]),
    /// Put together from several pages.
    Joined,
}

/// Most columns looked at; the tables that are read have two and five.
const MAX_COLUMNS: usize = 8;

/// A row: the type of each column, then their values.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    columns: [Option<(u64, &'a [u8])>; MAX_COLUMNS],
}

impl<'a> Record<'a> {
    /// Reads as many columns as there are; a column whose value does not fit ends the row.
    pub(super) fn parse(bytes: &'a [u8]) -> Self {
        let mut record = Self::default();
        let Some((header_len, _)) = varint(bytes) else { return record };
        let Some((header, mut body)) =
            usize::try_from(header_len).ok().and_then(|len| bytes.split_at_checked(len))
        else {
            return record;
        };
        let mut types = varint(header).map_or(&[][..], |(_, rest)| rest);
        for column in &mut record.columns {
            let Some((kind, rest)) = varint(types) else { break };
            types = rest;
            let Some((value, rest)) = value_len(kind).and_then(|len| body.split_at_checked(len))
            else {
                break;
            };
            body = rest;
            *column = Some((kind, value));
        }
        record
    }

    /// The bytes of a text or blob.
    pub(super) fn value(&self, column: usize) -> Option<&'a [u8]> {
        let (kind, value) = (*self.columns.get(column)?)?;
        (kind >= 12).then_some(value)
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, column: usize) -> Option<u64> {
        let (kind, value) = (*self.columns.get(column)?)?;
        match kind {
            1..=6 => Some(value.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
                .filter(|_| value[0] & 0x80 == 0),
            8 | 9 => Some(kind - 8),
            _ => None,
        }
    }

    /// The first column that is a blob.
    pub(super) fn first_blob(&self) -> Option<&'a [u8]> {
        let is_blob = |kind: u64| kind >= 12 && kind.is_multiple_of(2);
        self.columns.iter().flatten().find(|(kind, _)| is_blob(*kind)).map(|(_, value)| *value)
    }
}

/// Bytes that a value of this type takes.
fn value_len(kind: u64) -> Option<usize> {
    match kind {
        0 | 8 | 9 => Some(0),
        1..=4 => usize::try_from(kind).ok(),
        5 => Some(6),
        6 | 7 => Some(8),
        10 | 11 => None,
        kind => usize::try_from((kind - 12) / 2).ok(),
    }
}

/// A variable-length integer, and what follows it.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (index, &byte) in bytes.iter().enumerate().take(9) {
        if index == 8 {
            return Some((number << 8 | u64::from(byte), &bytes[9..]));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn varints_of_every_length() {
        assert_eq!(varint(&[0x7f, 1]), Some((127, &[1][..])));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, &[][..])));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &[][..])));
        assert_eq!(varint(&[0xff; 8]), None);
        assert_eq!(varint(&[]), None);
    }

    #[test]
    fn columns_of_every_type() {
        // header of 7 bytes; NULL, int16, the constant 1, text of 2 bytes, blob of 3, one cut off
        let bytes = [7, 0, 2, 9, 17, 18, 40, 0x01, 0x02, b'h', b'i', 7, 8, 9];
        let record = Record::parse(&bytes);
        assert_eq!(record.value(0), None);
        assert_eq!((record.number(1), record.number(2)), (Some(258), Some(1)));
        assert_eq!(record.value(3), Some(&b"hi"[..]));
        assert_eq!(record.first_blob(), Some(&[7, 8, 9][..]));
        assert_eq!(record.value(5), None);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let record = Record::parse(&bytes);
            for column in 0..MAX_COLUMNS {
                let _ = (record.value(column), record.number(column));
            }
        }
    }
}
