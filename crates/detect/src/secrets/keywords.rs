//! Finds all keywords of all rules in one pass. An automaton over a thousand words does not fit into a processor's
//! nearest cache and takes a step that depends on the last for every byte; this asks instead, of every three bytes,
//! whether they are the telling three of any keyword: a table of 8 KiB, no step waiting for another. Of real text one
//! place in some hundreds is then compared with the keywords it may be. (`benches/secrets.rs` has both.)

/// Entries of the table that says which three bytes matter.
const BITS: usize = 1 << 16;

/// A keyword, and where in it the three bytes lie that lead to it.
#[derive(Clone, Debug)]
struct Word {
    /// Lower case.
    text: Vec<u8>,
    offset: usize,
    id: usize,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Keywords {
    filter: Vec<u64>,
    /// Where in `words` those of each hash begin; one more entry than there are hashes.
    starts: Vec<u32>,
    words: Vec<Word>,
}

/// Bytes without the bit that tells upper case from lower (and merges some signs, which costs a comparison).
const FOLD: u32 = 0x0020_2020;

fn hash(three: u32) -> usize {
    // Fibonacci hashing of 24 bits to 16.
    ((three | FOLD).wrapping_mul(0x9e37_79b1) >> 16) as usize
}

fn three(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}

/// How often a byte occurs in texts of all sorts, roughly: the less, the better it tells a keyword from other text.
fn commonness(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        b'e' | b't' | b' ' => 12,
        b'a' | b'i' | b'n' | b'o' | b'r' | b's' => 9,
        b'c' | b'd' | b'l' | b'm' | b'p' | b'u' => 6,
        b'_' | b'=' | b'"' | b'-' | b'/' | b'.' | b':' => 6,
        b'b' | b'f' | b'g' | b'h' | b'v' | b'w' | b'y' | b'0' | b'1' | b'2' => 4,
        b'k' | b'x' | b'3'..=b'9' => 2,
        b'j' | b'q' | b'z' => 1,
        _ => 3,
    }
}

impl Keywords {
    /// Of words of at least three bytes; each is reported by its place in the list.
    pub(super) fn new<'a>(list: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words: Vec<Word> = list
            .into_iter()
            .enumerate()
            .filter(|(_, text)| text.len() >= 3)
            .map(|(id, text)| {
                let text = text.to_ascii_lowercase().into_bytes();
                let cost =
                    |three: &[u8]| three.iter().map(|&byte| commonness(byte)).product::<u32>();
                let offset = text
                    .windows(3)
                    .enumerate()
                    .min_by_key(|(_, three)| cost(three))
                    .map_or(0, |(offset, _)| offset);
                Word { text, offset, id }
            })
            .collect();
        let key = |word: &Word| hash(three(&word.text[word.offset..]));
        words.sort_by_key(|word| (key(word), word.id));
        let mut filter = vec![0u64; BITS / 64];
        let mut starts = vec![0u32; BITS + 1];
        for word in &words {
            let key = key(word);
            filter[key / 64] |= 1 << (key % 64);
            starts[key + 1] += 1;
        }
        for at in 0..BITS {
            starts[at + 1] += starts[at];
        }
        Self { filter, starts, words }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Calls `hit` with number, start and end of every keyword in `bytes`.
    pub(super) fn find(&self, bytes: &[u8], mut hit: impl FnMut(usize, usize, usize)) {
        let filter: &[u64; BITS / 64] = match self.filter.as_slice().try_into() {
            Ok(filter) => filter,
            Err(_) => return,
        };
        for (at, window) in bytes.windows(3).enumerate() {
            let key = hash(u32::from_le_bytes([window[0], window[1], window[2], 0]));
            // Both indices are below their bounds by the width of the hash, which the compiler sees.
            if filter[key / 64 % (BITS / 64)] >> (key % 64) & 1 != 0 {
                self.compare(bytes, at, key, &mut hit);
            }
        }
    }

    #[cold]
    fn compare(
        &self,
        bytes: &[u8],
        at: usize,
        key: usize,
        hit: &mut impl FnMut(usize, usize, usize),
    ) {
        let range = self.starts[key] as usize..self.starts[key + 1] as usize;
        for word in &self.words[range] {
            let Some(start) = at.checked_sub(word.offset) else { continue };
            let end = start + word.text.len();
            if bytes.get(start..end).is_some_and(|text| text.eq_ignore_ascii_case(&word.text)) {
                hit(word.id, start, end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(keywords: &Keywords, bytes: &[u8]) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        keywords.find(bytes, |id, start, end| found.push((id, start, end)));
        found.sort_unstable();
        found
    }

    #[test]
    fn overlapping_and_in_any_case() {
        let keywords = Keywords::new(["AKIA", "password", "passw", "word="]);
        assert_eq!(
            all(&keywords, b"akia PassWord=x"),
            [(0, 0, 4), (1, 5, 13), (2, 5, 10), (3, 9, 14)]
        );
        assert_eq!(all(&keywords, b"pa"), []);
    }

    proptest! {
        /// As found by looking at every place for every word.
        #[test]
        fn finds_what_a_plain_search_finds(words in prop::collection::vec("[a-c_@`]{3,5}", 1..8), text in "[A-Ca-c_@`]{0,60}") {
            let keywords = Keywords::new(words.iter().map(String::as_str));
            let mut plain = Vec::new();
            for (id, word) in words.iter().enumerate() {
                for start in 0..text.len() {
                    let end = start + word.len();
                    if text.get(start..end).is_some_and(|t| t.eq_ignore_ascii_case(word)) {
                        plain.push((id, start, end));
                    }
                }
            }
            plain.sort_unstable();
            prop_assert_eq!(all(&keywords, text.as_bytes()), plain);
        }
    }
}
