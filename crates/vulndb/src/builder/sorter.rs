//! Sorts more records than fit into memory: sorted runs are spilled to anonymous temporary files and
//! merged. The order is that of the bytes, so the result does not depend on the order of the input.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

/// Longest record, against a damaged temporary file.
const MAX_RECORD: usize = 64 << 20;
/// Buffer of one run while merging.
const RUN_BUFFER: usize = 256 * 1024;
/// What a record costs in memory besides its bytes.
const OVERHEAD: usize = 48;

/// A record: key and value.
pub(super) type Record = (Box<[u8]>, Box<[u8]>);

/// Collects records in any order.
#[derive(Debug)]
pub(super) struct Sorter {
    records: Vec<Record>,
    bytes: usize,
    limit: usize,
    runs: Vec<File>,
}

impl Sorter {
    /// Holds about `limit` bytes in memory.
    pub(super) fn new(limit: usize) -> Self {
        Self { records: Vec::new(), bytes: 0, limit, runs: Vec::new() }
    }

    pub(super) fn push(&mut self, key: Vec<u8>, value: Vec<u8>) -> io::Result<()> {
        self.bytes += key.len() + value.len() + OVERHEAD;
        self.records.push((key.into(), value.into()));
        if self.bytes >= self.limit { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        self.records.sort_unstable();
        let mut out = BufWriter::with_capacity(RUN_BUFFER, tempfile::tempfile()?);
        for (key, value) in self.records.drain(..) {
            write_record(&mut out, &key, &value)?;
        }
        self.runs.push(out.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.bytes = 0;
        Ok(())
    }

    /// All records in order.
    pub(super) fn finish(mut self) -> io::Result<Merge> {
        self.records.sort_unstable();
        let mut runs = Vec::new();
        for mut file in std::mem::take(&mut self.runs) {
            file.rewind()?;
            runs.push(Run::File(BufReader::with_capacity(RUN_BUFFER, file)));
        }
        runs.push(Run::Memory(self.records.into_iter()));
        let mut merge = Merge { runs, heads: BinaryHeap::new() };
        for number in 0..merge.runs.len() {
            merge.advance(number)?;
        }
        Ok(merge)
    }
}

#[derive(Debug)]
enum Run {
    Memory(std::vec::IntoIter<Record>),
    File(BufReader<File>),
}

/// Gives the records of all runs in order.
#[derive(Debug)]
pub(super) struct Merge {
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(Record, usize)>>,
}

impl Merge {
    fn advance(&mut self, number: usize) -> io::Result<()> {
        let record = match self.runs.get_mut(number) {
            None => None,
            Some(Run::Memory(records)) => records.next(),
            Some(Run::File(file)) => read_record(file)?,
        };
        if let Some(record) = record {
            self.heads.push(Reverse((record, number)));
        }
        Ok(())
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let Some(Reverse((record, number))) = self.heads.pop() else { return Ok(None) };
        self.advance(number)?;
        Ok(Some(record))
    }
}

pub(super) fn write_record(out: &mut impl Write, key: &[u8], value: &[u8]) -> io::Result<()> {
    for part in [key, value] {
        let len = u32::try_from(part.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        out.write_all(&len.to_le_bytes())?;
    }
    out.write_all(key)?;
    out.write_all(value)
}

pub(super) fn read_record(from: &mut impl Read) -> io::Result<Option<Record>> {
    let mut lens = [0u8; 8];
    let got = from.read(&mut lens)?;
    if got == 0 {
        return Ok(None);
    }
    from.read_exact(lens.get_mut(got..).unwrap_or_default())?;
    let (key, value) = lens.split_at(4);
    let mut part = |len: &[u8]| -> io::Result<Box<[u8]>> {
        let len = len.try_into().map(u32::from_le_bytes).unwrap_or(u32::MAX) as usize;
        if len > MAX_RECORD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; len];
        from.read_exact(&mut bytes)?;
        Ok(bytes.into())
    };
    Ok(Some((part(key)?, part(value)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn spilled_or_not_the_order_is_the_same(
            records: Vec<(Vec<u8>, Vec<u8>)>, limit in 1usize..4096,
        ) {
            let mut sorter = Sorter::new(limit);
            for (key, value) in &records {
                sorter.push(key.clone(), value.clone()).unwrap();
            }
            let mut merge = sorter.finish().unwrap();
            let mut got = Vec::new();
            while let Some((key, value)) = merge.next().unwrap() {
                got.push((key.to_vec(), value.to_vec()));
            }
            let mut expected = records;
            expected.sort();
            prop_assert_eq!(got, expected);
        }
    }
}
