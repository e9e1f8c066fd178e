//! A set of page numbers: what keeps a chain or tree of pages from being walked twice.

/// Page numbers below a bound fixed at the start.
#[derive(Debug)]
pub(super) struct PageSet {
    words: Vec<u64>,
    len: u32,
}

impl PageSet {
    /// An empty set for pages `0..bound`.
    pub(super) fn new(bound: u32) -> Self {
        Self { words: vec![0; bound as usize / 64 + 1], len: 0 }
    }

    /// Adds a page; `false` where it was there before or lies beyond the bound.
    pub(super) fn insert(&mut self, page: u32) -> bool {
        let Some(word) = self.words.get_mut(page as usize / 64) else { return false };
        let bit = 1u64 << (page % 64);
        let new = *word & bit == 0;
        *word |= bit;
        self.len += u32::from(new);
        new
    }

    /// How many pages it holds.
    pub(super) fn len(&self) -> u32 {
        self.len
    }
}
