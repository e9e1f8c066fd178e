//! Variable-length integers and length-prefixed texts. The reader takes any bytes: it checks every length
//! against what is left and never allocates more than that.

use jiff::civil::Date;

/// The bytes are not what [`Writer`] makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Corrupt;

/// Appends values to a buffer.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    /// LEB128.
    pub(crate) fn uint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn len(&mut self, value: usize) {
        self.uint(value as u64);
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.len(value.len());
        self.0.extend_from_slice(value);
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(crate) fn opt_text(&mut self, value: Option<&str>) {
        match value {
            None => self.byte(0),
            Some(text) => {
                self.byte(1);
                self.text(text);
            }
        }
    }

    pub(crate) fn texts<S: AsRef<str>>(&mut self, values: &[S]) {
        self.len(values.len());
        for value in values {
            self.text(value.as_ref());
        }
    }

    /// Days are counted with 31 to a month, so that no calendar is needed to pack one.
    pub(crate) fn date(&mut self, date: Date) {
        let year = u64::try_from(date.year()).unwrap_or(0);
        let month = u64::try_from(date.month()).unwrap_or(1) - 1;
        let day = u64::try_from(date.day()).unwrap_or(1) - 1;
        self.uint((year * 12 + month) * 31 + day);
    }

    pub(crate) fn opt_date(&mut self, date: Option<Date>) {
        match date {
            None => self.byte(0),
            Some(date) => {
                self.byte(1);
                self.date(date);
            }
        }
    }
}

/// Takes values from a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Corrupt> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Corrupt)?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Corrupt> {
        let (head, rest) = self.0.split_first().ok_or(Corrupt)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn uint(&mut self) -> Result<u64, Corrupt> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(Corrupt);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Corrupt)
    }

    pub(crate) fn size(&mut self) -> Result<usize, Corrupt> {
        usize::try_from(self.uint()?).map_err(|_| Corrupt)
    }

    /// A number of things of which each takes at least one byte of what is left.
    pub(crate) fn count(&mut self) -> Result<usize, Corrupt> {
        let count = self.size()?;
        if count > self.0.len() { Err(Corrupt) } else { Ok(count) }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Corrupt> {
        let len = self.size()?;
        self.take(len)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Corrupt> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Corrupt)
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Corrupt> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Corrupt),
        }
    }

    pub(crate) fn opt_text(&mut self) -> Result<Option<&'a str>, Corrupt> {
        if self.flag()? { self.text().map(Some) } else { Ok(None) }
    }

    pub(crate) fn texts(&mut self) -> Result<Vec<String>, Corrupt> {
        let count = self.count()?;
        (0..count).map(|_| self.text().map(str::to_owned)).collect()
    }

    pub(crate) fn date(&mut self) -> Result<Date, Corrupt> {
        let packed = self.uint()?;
        let day = i8::try_from(packed % 31).map_err(|_| Corrupt)? + 1;
        let months = packed / 31;
        let month = i8::try_from(months % 12).map_err(|_| Corrupt)? + 1;
        let year = i16::try_from(months / 12).map_err(|_| Corrupt)?;
        Date::new(year, month, day).map_err(|_| Corrupt)
    }

    pub(crate) fn opt_date(&mut self) -> Result<Option<Date>, Corrupt> {
        if self.flag()? { self.date().map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn integers_and_dates_come_back(value: u64, year in 0i16..9999, month in 1i8..=12, day in 1i8..=28) {
            let mut out = Writer::default();
            let date = Date::new(year, month, day).unwrap();
            out.uint(value);
            out.date(date);
            let mut reader = Reader::new(&out.0);
            prop_assert_eq!(reader.uint(), Ok(value));
            prop_assert_eq!(reader.date(), Ok(date));
            prop_assert!(reader.is_empty());
        }
    }

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        let mut out = Writer::default();
        out.uint(u64::MAX);
        assert_eq!(Reader::new(&out.0).bytes(), Err(Corrupt));
        assert_eq!(Reader::new(&out.0).texts(), Err(Corrupt));
        assert_eq!(Reader::new(&[0x80; 11]).uint(), Err(Corrupt));
    }
}
