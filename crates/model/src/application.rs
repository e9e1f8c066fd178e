//! What is known of an application's package beyond name and version: how it shows that the package is
//! there, and who asked for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most names kept of those that depend on one package.
pub const MAX_REQUIRED_BY: usize = 8;

/// The part of a package that only application dependencies have.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct AppPackage {
    /// What shows that it is there.
    pub evidence: PackageEvidence,
    /// How sure that makes name and version.
    pub confidence: Confidence,
    /// Where inside the file it lies, levels joined by `!/`: `BOOT-INF/lib/log4j-core-2.14.1.jar`. Empty
    /// where the file itself is the package.
    pub inside: String,
    /// What it is needed for.
    pub scope: DependencyScope,
    /// Whether the project asks for it itself; `None` where nothing says.
    pub is_direct: Option<bool>,
    /// `name@version` of the packages that ask for it, at most [`MAX_REQUIRED_BY`].
    pub required_by: Vec<String>,
    /// The functions of it that a program carries, where the program tells.
    pub symbols: Option<SymbolSet>,
}

/// What shows that a package is there, the strongest first.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum PackageEvidence {
    /// Metadata that the package manager leaves where it installs (`METADATA`, `package.json` in
    /// `node_modules`, a gemspec, `installed.json`, a jar's `pom.properties`).
    #[default]
    Installed,
    /// What a compiler or linker recorded in a program (Go build information, cargo-auditable).
    BuildInfo,
    /// The program itself, by a text or name that only it has.
    Classifier,
    /// A digest of the file that is known to be this package.
    Digest,
    /// The name of the file.
    FileName,
    /// A bill of materials that lies in the image.
    Sbom,
    /// A lock file: what would be installed.
    LockFile,
    /// A list of wishes without a lock (`requirements.txt`): exact only where it pins.
    Manifest,
}

impl PackageEvidence {
    /// Whether it shows that the package is installed, and not only that somebody would install it.
    #[must_use]
    pub fn is_installed(self) -> bool {
        !matches!(self, PackageEvidence::LockFile | PackageEvidence::Manifest)
    }
}

/// How sure name and version are.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Both are written down by whoever built or installed it.
    #[default]
    High,
    /// One of them is derived from names or texts.
    Medium,
    /// A guess that is right more often than not.
    Low,
}

/// What a dependency is needed for.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyScope {
    /// To run, or not said.
    #[default]
    Runtime,
    /// To run, if it happens to be there.
    Optional,
    /// To build or test only.
    Development,
}

/// Names of functions, as sorted 32-bit hashes: enough to say that a function is not there. A hit can be
/// a coincidence, which errs on the side of "reachable".
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SymbolSet(Vec<u32>);

impl SymbolSet {
    /// The set of `names`.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hashes: Vec<u32> = names.into_iter().map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// Whether `name` may be among them. `false` is certain.
    #[must_use]
    pub fn may_hold(&self, name: &str) -> bool {
        self.0.binary_search(&hash(name)).is_ok()
    }

    /// Number of hashes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// FNV-1a: stable across versions of the program, which stored inventories need.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Why a package of the inventory is not matched with the advisories of its language.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetAside {
    /// Its files belong to this package of the operating system, whose advisories judge it: a
    /// distribution mends flaws without raising the version.
    OwnedBySystem(String),
    /// Only a lock file or manifest names it; what is installed counts.
    NotInstalled,
    /// It lies in test data, examples or documentation.
    Fixture,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_set_says_for_certain_what_is_not_there() {
        let set = SymbolSet::new(["net/http.Get", "golang.org/x/net/html.Parse", "net/http.Get"]);
        assert_eq!(set.len(), 2);
        assert!(set.may_hold("net/http.Get"));
        assert!(!set.may_hold("net/http.Post"));
    }
}
