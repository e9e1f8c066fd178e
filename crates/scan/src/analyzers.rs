//! The enabled analysers, and the fingerprint that the facts cache keeps them apart by.

use plimsoll_detect::{secrets::Secrets, texts::TextFiles};
#[cfg(feature = "malware")]
use plimsoll_ecosystems::pkgdb::rpm::{FileDigestAlgorithm, FileDigests, RpmDigests};
#[cfg(feature = "malware")]
use plimsoll_malware::{
    Malware,
    clamd::Opinion,
    tampered::{Algorithm, PackageDigests, SystemFiles, is_watched},
};
#[cfg(feature = "malware")]
use plimsoll_model::Fact;
use plimsoll_model::{Analyzer, Digest};
use sha2::{Digest as _, Sha256};

use crate::{Checks, Scanner};

/// Raised whenever the layer pass itself gives other facts for the same layer and analysers.
const ENGINE_VERSION: u32 = 1;

/// RPM's digests in the form in which the check of tampered systems reads those of all package managers. Here, because
/// neither of the crates that know the two forms may know the other.
#[cfg(feature = "malware")]
fn package_digests(of: FileDigests) -> Fact {
    let algorithm = match of.algorithm {
        FileDigestAlgorithm::Md5 => Algorithm::Md5,
        FileDigestAlgorithm::Sha1 => Algorithm::Sha1,
        FileDigestAlgorithm::Sha256 => Algorithm::Sha256,
    };
    let files = of.files.into_iter().map(|(path, digest)| (algorithm, digest, path)).collect();
    PackageDigests { package: of.package, files }.marker()
}

/// Analysers in the order of their ids.
pub struct AnalyzerSet {
    list: Vec<Box<dyn Analyzer>>,
    fingerprint: Digest,
    checks: Checks,
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
        let fingerprint = Digest::from_bytes(hash.finalize().into());
        Self { list, fingerprint, checks: Checks::vulnerabilities() }
    }

    /// Everything that this version of the program knows.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Checks::default())
    }

    /// What `checks` need to know of layers. Packages are always read: they say who owns a file.
    #[must_use]
    pub fn of(checks: Checks) -> Self {
        let mut list = plimsoll_ecosystems::analyzers();
        let mut texts = checks.has(Scanner::Baseline);
        #[cfg(feature = "malware")]
        if checks.has(Scanner::Malware) {
            texts = true;
            list.push(Box::new(Malware::new(checks.yara_rules())));
            list.push(Box::new(SystemFiles));
            list.push(Box::new(RpmDigests::new(is_watched, package_digests)));
            if let Some(daemon) = checks.clamav() {
                list.push(Box::new(Opinion::new(daemon)));
            }
        }
        if texts {
            list.push(Box::new(TextFiles));
        }
        if let Some(rules) = checks.secret_rules() {
            let secrets = Secrets::new(rules);
            list.push(Box::new(match checks.secret_depth() {
                Some(depth) => secrets.with_depth(depth),
                None => secrets,
            }));
        }
        Self { checks, ..Self::new(list) }
    }

    /// The same analysers, for these checks.
    #[must_use]
    pub fn with_checks(mut self, checks: Checks) -> Self {
        self.checks = checks;
        self
    }

    /// What is looked for.
    #[must_use]
    pub fn checks(&self) -> &Checks {
        &self.checks
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
