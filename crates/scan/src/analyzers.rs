//! The enabled analysers, and the fingerprint that the facts cache keeps them apart by.

use plimsoll_detect::texts::TextFiles;
use plimsoll_model::{Analyzer, Digest};
use sha2::{Digest as _, Sha256};

/// Raised whenever the layer pass itself gives other facts for the same layer and analysers.
const ENGINE_VERSION: u32 = 1;

/// Analysers in the order of their ids.
pub struct AnalyzerSet {
    list: Vec<Box<dyn Analyzer>>,
    fingerprint: Digest,
}

impl AnalyzerSet {
    /// A set of any analysers; the order does not matter.
    #[must_use]
    pub fn new(mut list: Vec<Box<dyn Analyzer>>) -> Self {
        list.sort_by_key(|analyzer| analyzer.id());
        let mut hash = Sha256::new();
        hash.update(ENGINE_VERSION.to_le_bytes());
        for analyzer in &list {
            let print = analyzer.fingerprint();
            hash.update((analyzer.id().len() as u64).to_le_bytes());
            hash.update(analyzer.id());
            hash.update(print.version.to_le_bytes());
            hash.update(print.rules.map_or([0; 32], |rules| *rules.as_bytes()));
        }
        Self { list, fingerprint: Digest::from_bytes(hash.finalize().into()) }
    }

    /// Everything that this version of the program knows.
    #[must_use]
    pub fn all() -> Self {
        let mut list = plimsoll_ecosystems::analyzers();
        list.push(Box::new(TextFiles));
        Self::new(list)
    }

    /// The analysers.
    #[must_use]
    pub fn list(&self) -> &[Box<dyn Analyzer>] {
        &self.list
    }

    /// Digest over ids, versions and rules of the analysers.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }
}

impl std::fmt::Debug for AnalyzerSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.list.iter().map(|analyzer| analyzer.id())).finish()
    }
}
