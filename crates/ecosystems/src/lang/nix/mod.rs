//! Nix: every package lies in a folder of its own that is named after it, so the names of the folders are the
//! inventory. Its database (SQLite) is in few images. The merge of layers, which knows all paths, asks here.

use plimsoll_model::{Confidence, FileError, LayerFile, Package, PackageEvidence, PackageKind};

use super::{Description, FileForm, Found, Language, TextFiles, package};

/// The folder of all packages.
pub const STORE: &str = "nix/store/";

/// Length of the digest before a name, in base 32.
const DIGEST: usize = 32;

/// Names of the parts that one package may be split into.
const OUTPUTS: &[&str] =
    &["-bin", "-data", "-debug", "-dev", "-dist", "-doc", "-info", "-lib", "-man", "-static"];

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "nix",
    name: "Nix",
    kinds: &[PackageKind::Nix],
    osv: &[],
    files: &[FileForm {
        name: "nix/store/*",
        evidence: PackageEvidence::FileName,
        note: "by the names of the folders; no advisories are known for Nix",
    }],
};

/// No file is read.
fn role(_path: &str) -> Option<()> {
    None
}

fn read((): (), _file: &LayerFile<'_>, _found: &mut Found) -> Result<(), FileError> {
    Ok(())
}

/// The package in `nix/store/<entry>`; `None` for derivations, sources and what has no version.
#[must_use]
pub fn package_of(entry: &str) -> Option<Package> {
    let (digest, name) = (entry.get(..DIGEST)?, entry.get(DIGEST..)?.strip_prefix('-')?);
    let is_digest = digest.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase());
    let is_other = [".drv", ".lock", ".patch", ".tar.gz", ".sh", ".diff"]
        .iter()
        .any(|end| name.ends_with(end));
    if !is_digest || is_other {
        return None;
    }
    let name = OUTPUTS.iter().find_map(|output| name.strip_suffix(output)).unwrap_or(name);
    let at = name
        .match_indices('-')
        .map(|(at, _)| at)
        .find(|at| name.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit))?;
    let (name, version) = (name.get(..at)?, name.get(at + 1..)?);
    let mut package = package(PackageKind::Nix, name, version, PackageEvidence::FileName);
    if let Some(app) = &mut package.app {
        app.confidence = Confidence::Medium;
    }
    (!name.is_empty()).then_some(package)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_folder_is_a_package() {
        let name = |entry: &str| package_of(entry).map(|p| format!("{} {}", p.name, p.version));
        let digest = "0c0n5hwkzgpg1qk9zbxpsdvkdhh2x6wd";
        assert_eq!(name(&format!("{digest}-openssl-3.0.7-bin")).as_deref(), Some("openssl 3.0.7"));
        assert_eq!(name(&format!("{digest}-gcc-12.2.0-lib")).as_deref(), Some("gcc 12.2.0"));
        assert_eq!(
            name(&format!("{digest}-python3.10-requests-2.28.1")).as_deref(),
            Some("python3.10-requests 2.28.1")
        );
        for entry in [
            format!("{digest}-builder.sh"),
            format!("{digest}-a-1.drv"),
            "short-a-1".to_owned(),
            format!("{digest}-source"),
        ] {
            assert_eq!(name(&entry), None, "{entry}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_a_package_or_not(entry in "\\PC{0,50}") {
            let _ = package_of(&entry);
        }
    }
}
