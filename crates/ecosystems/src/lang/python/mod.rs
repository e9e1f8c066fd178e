//! Python: what pip, setuptools and conda leave where they install (core metadata specification, PEP 376,
//! 610, 639), and the lock files of pip, Pipenv, Poetry, uv and PEP 751.

mod conda;
mod locks;
mod metadata;
mod requirements;

#[cfg(test)]
mod tests;

use plimsoll_model::{
    Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, PackageEvidence, PackageKind,
    Problem, Want,
};

use super::{Description, FileForm, Found, Language};

/// Core metadata: the headers come first, the description behind them is not needed.
const METADATA_LIMIT: usize = 256 << 10;

/// Reads Python's files.
#[derive(Clone, Copy, Debug)]
pub struct Python;

static DESCRIPTION: Description = Description {
    id: "python",
    name: "Python",
    kinds: &[PackageKind::Pypi, PackageKind::Conda],
    osv: &["PyPI"],
    files: &[
        FileForm {
            name: "*.dist-info/METADATA",
            evidence: PackageEvidence::Installed,
            note: "`direct_url.json` beside it says where it was installed from instead of an index",
        },
        FileForm {
            name: "*.egg-info, *.egg-info/PKG-INFO, EGG-INFO/PKG-INFO",
            evidence: PackageEvidence::Installed,
            note: "zipped eggs are not opened",
        },
        FileForm {
            name: "conda-meta/*.json",
            evidence: PackageEvidence::Installed,
            note: "no advisories are known for conda; Python packages that it installs also have `METADATA`",
        },
        FileForm {
            name: "Pipfile.lock, poetry.lock, uv.lock, pylock.toml, pylock.*.toml",
            evidence: PackageEvidence::LockFile,
            note: "",
        },
        FileForm {
            name: "requirements*.txt, *requirements.txt, requirements/*.txt",
            evidence: PackageEvidence::Manifest,
            note: "only what is pinned by `==` or `===`; included files are read where they lie",
        },
    ],
};

impl Language for Python {
    fn describe(&self) -> &'static Description {
        &DESCRIPTION
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Metadata,
    DirectUrl,
    Conda,
    Pipfile,
    TomlLock,
    Requirements,
}

fn role(path: &str) -> Option<Role> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = folder.rsplit('/').next().unwrap_or_default();
    match name {
        "METADATA" if parent.ends_with(".dist-info") => Some(Role::Metadata),
        "direct_url.json" if parent.ends_with(".dist-info") => Some(Role::DirectUrl),
        "PKG-INFO" if parent.ends_with(".egg-info") || parent == "EGG-INFO" => Some(Role::Metadata),
        "Pipfile.lock" => Some(Role::Pipfile),
        "poetry.lock" | "uv.lock" | "pylock.toml" => Some(Role::TomlLock),
        _ if name.starts_with("pylock.") && name.ends_with(".toml") => Some(Role::TomlLock),
        _ if name.ends_with(".egg-info") => Some(Role::Metadata),
        _ if name.ends_with(".json") => (parent == "conda-meta").then_some(Role::Conda),
        _ if name.ends_with(".txt") => {
            let is_list = name.starts_with("requirements")
                || name.ends_with("requirements.txt")
                || parent == "requirements";
            is_list.then_some(Role::Requirements)
        }
        _ => None,
    }
}

impl Analyzer for Python {
    fn id(&self) -> &'static str {
        DESCRIPTION.id
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        match role(file.path()) {
            None => Want::Skip,
            Some(Role::Metadata) => Want::Prefix(METADATA_LIMIT),
            Some(_) => super::whole(file),
        }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let path = file.meta.path();
        let mut found = Found::default();
        let role = role(path);
        if role != Some(Role::Metadata) {
            super::check_whole(file)?;
        }
        match role {
            None => return Ok(()),
            Some(Role::DirectUrl) => {
                let name = super::DIRECT_URL.to_owned();
                out.push(Fact::Marker { name, value: metadata::direct_url(file.bytes)? });
                return Ok(());
            }
            Some(Role::Metadata) => metadata::read(file.bytes, path, &mut found)?,
            Some(Role::Conda) => conda::read(file.bytes, &mut found)?,
            Some(Role::Pipfile) => locks::pipfile(file.bytes, &mut found)?,
            Some(Role::TomlLock) => locks::toml(file.bytes, &mut found)?,
            Some(Role::Requirements) => requirements::read(file.bytes, &mut found),
        }
        found.finish(path, out, problems);
        Ok(())
    }
}
