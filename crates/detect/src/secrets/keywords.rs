//! Finds all keywords of all rules in one pass. An automaton over a thousand words does not fit into a processor's
//! nearest cache and takes a step that depends on the last for every byte; this asks instead, of every four bytes,
//! whether they are the telling four of any keyword: a table of 64 KiB, no step waiting for another. Of real text few
//! places are then compared with the keywords they may be. (`benches/secrets.rs` has both.)

/// Bits of the hash.
const WIDTH: u32 = 19;

/// Bits of a hash that lead to its words; those of neighbours lie together.
const INDEX_SHIFT: u32 = 4;

/// Entries of the table that says which four bytes matter.
const BITS: usize = 1 << WIDTH;

/// A keyword, and where in it the four bytes lie that lead to it.
#[derive(Clone, Debug)]
struct Word {
    /// Lower case.
    text: Vec<u8>,
    offset: usize,
    id: usize,
    key: usize,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Keywords {
    filter: Vec<u64>,
    /// Where in `words` those of each few hashes begin; one more entry than there are.
    starts: Vec<u32>,
    words: Vec<Word>,
    /// Those of three bytes, which the end of a text may hold without a fourth.
    short: Vec<(Vec<u8>, usize)>,
}

/// The bit that tells upper case from lower (and merges some signs, which costs a comparison).
const FOLD: u32 = 0x2020_2020;

fn hash(four: u32) -> usize {
    // Fibonacci hashing.
    ((four | FOLD).wrapping_mul(0x9e37_79b1) >> (32 - WIDTH)) as usize
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
    /// Of words of at least three bytes; each is reported by its number.
    pub(super) fn new<'a>(list: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut short = Vec::new();
        for (id, text) in list {
            let text = text.to_ascii_lowercase().into_bytes();
            if text.len() < 3 {
                continue;
            }
            if let [a, b, c] = text[..] {
                // Whatever follows; two bytes that differ in the folded bit have the same hash.
                let fourth = (0..=u8::MAX).filter(|d| d & 0x20 != 0);
                words.extend(fourth.map(|d| {
                    let key = hash(u32::from_le_bytes([a, b, c, d]));
                    Word { text: text.clone(), offset: 0, id, key }
                }));
                short.push((text, id));
                continue;
            }
            let cost = |four: &[u8]| four.iter().map(|&byte| commonness(byte)).product::<u32>();
            let telling = text.windows(4).enumerate().min_by_key(|(_, four)| cost(four));
            if let Some((offset, &[a, b, c, d])) = telling {
                let key = hash(u32::from_le_bytes([a, b, c, d]));
                words.push(Word { text, offset, id, key });
            }
        }
        words.sort_by_key(|word| (word.key, word.id));
        // Of a word of three bytes, two fourth ones may share a hash.
        words.dedup_by_key(|word| (word.key, word.id));
        let mut filter = vec![0u64; BITS / 64];
        let mut starts = vec![0u32; (BITS >> INDEX_SHIFT) + 1];
        for word in &words {
            filter[word.key / 64] |= 1 << (word.key % 64);
            starts[(word.key >> INDEX_SHIFT) + 1] += 1;
        }
        for at in 0..BITS >> INDEX_SHIFT {
            starts[at + 1] += starts[at];
        }
        Self { filter, starts, words, short }
    }

    /// Calls `hit` with number, start and end of every keyword in `bytes`, until it answers `false`.
    pub(super) fn find(&self, bytes: &[u8], mut hit: impl FnMut(usize, usize, usize) -> bool) {
        let filter: &[u64; BITS / 64] = match self.filter.as_slice().try_into() {
            Ok(filter) => filter,
            Err(_) => return,
        };
        for (at, window) in bytes.windows(4).enumerate() {
            let key = hash(u32::from_le_bytes([window[0], window[1], window[2], window[3]]));
            // Below its bound by the width of the hash, which the compiler sees.
            if filter[key / 64 % (BITS / 64)] >> (key % 64) & 1 != 0
                && !self.compare(bytes, at, key, &mut hit)
            {
                return;
            }
        }
        if let Some(start) = bytes.len().checked_sub(3) {
            for (text, id) in &self.short {
                if bytes[start..].eq_ignore_ascii_case(text) {
                    hit(*id, start, bytes.len());
                }
            }
        }
    }

    #[cold]
    fn compare(
        &self,
        bytes: &[u8],
        at: usize,
        key: usize,
        hit: &mut impl FnMut(usize, usize, usize) -> bool,
    ) -> bool {
        let few = key >> INDEX_SHIFT;
        let range = self.starts[few] as usize..self.starts[few + 1] as usize;
        for word in self.words[range].iter().filter(|word| word.key == key) {
            let Some(start) = at.checked_sub(word.offset) else { continue };
            let end = start + word.text.len();
            if bytes.get(start..end).is_some_and(|text| text.eq_ignore_ascii_case(&word.text))
                && !hit(word.id, start, end)
            {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(keywords: &Keywords, bytes: &[u8]) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        keywords.find(bytes, |id, start, end| {
            found.push((id, start, end));
            true
        });
        found.sort_unstable();
        found
    }

    #[test]
    fn overlapping_and_in_any_case() {
        let keywords = Keywords::new((0..).zip(["AKIA", "password", "passw", "word=", "d=x"]));
        assert_eq!(
            all(&keywords, b"akia PassWord=x"),
            [(0, 0, 4), (1, 5, 13), (2, 5, 10), (3, 9, 14), (4, 12, 15)]
        );
        assert_eq!(all(&keywords, b"pa"), []);
    }

    proptest! {
        /// As found by looking at every place for every word.
        #[test]
        fn finds_what_a_plain_search_finds(words in prop::collection::vec("[a-c_@`]{3,5}", 1..8), text in "[A-Ca-c_@`]{0,60}") {
            let keywords = Keywords::new(words.iter().map(String::as_str).enumerate());
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
