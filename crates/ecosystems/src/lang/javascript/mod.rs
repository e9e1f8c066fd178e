//! JavaScript: what npm, yarn, pnpm and bun install (`package.json`), and their lock files.

mod npm_lock;
mod package_json;
mod pnpm_lock;
mod text_locks;

#[cfg(test)]
mod tests;

use plimsoll_model::{
    Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, PackageEvidence, PackageKind,
    Problem, Want,
};

use super::{Description, FileForm, Found, Language};

/// Reads JavaScript's files.
#[derive(Clone, Copy, Debug)]
pub struct Javascript;

static DESCRIPTION: Description = Description {
    id: "javascript",
    name: "JavaScript",
    kinds: &[PackageKind::Npm],
    osv: &["npm"],
    files: &[
        FileForm {
            name: "node_modules/*/package.json, node_modules/@*/*/package.json",
            evidence: PackageEvidence::Installed,
            note: "deeper ones inside a package are parts of it",
        },
        FileForm {
            name: "package.json",
            evidence: PackageEvidence::Installed,
            note: "outside `node_modules`, with name and version and not `private`: a program that was unpacked",
        },
        FileForm {
            name: ".yarn/cache/*.zip",
            evidence: PackageEvidence::FileName,
            note: "yarn's plug'n'play; the archives are not opened",
        },
        FileForm {
            name: "package-lock.json, npm-shrinkwrap.json",
            evidence: PackageEvidence::LockFile,
            note: "versions 1 to 3",
        },
        FileForm {
            name: "yarn.lock",
            evidence: PackageEvidence::LockFile,
            note: "classic and berry",
        },
        FileForm {
            name: "pnpm-lock.yaml",
            evidence: PackageEvidence::LockFile,
            note: "versions 5 to 9",
        },
        FileForm {
            name: "bun.lock",
            evidence: PackageEvidence::LockFile,
            note: "the binary `bun.lockb` is not read",
        },
    ],
};

impl Language for Javascript {
    fn describe(&self) -> &'static Description {
        &DESCRIPTION
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Installed,
    /// `package.json` outside `node_modules`.
    Program,
    YarnCache,
    NpmLock,
    YarnLock,
    PnpmLock,
    BunLock,
}

fn role(path: &str) -> Option<Role> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "package.json" if path.contains("node_modules/") => {
            let (above, parent) = folder.rsplit_once('/')?;
            let (scope_above, scope) = above.rsplit_once('/').unwrap_or(("", above));
            let is_modules =
                |folder: &str| folder == "node_modules" || folder.ends_with("/node_modules");
            // pnpm's store (`node_modules/.pnpm/a@1/node_modules/a`) ends in a `node_modules` too.
            let is_package = if scope.starts_with('@') {
                is_modules(scope_above)
            } else {
                is_modules(above) && !parent.starts_with(['.', '@'])
            };
            is_package.then_some(Role::Installed)
        }
        "package.json" => Some(Role::Program),
        "package-lock.json" | "npm-shrinkwrap.json" => Some(Role::NpmLock),
        "yarn.lock" => Some(Role::YarnLock),
        "pnpm-lock.yaml" => Some(Role::PnpmLock),
        "bun.lock" => Some(Role::BunLock),
        _ if name.ends_with(".zip") => folder.ends_with(".yarn/cache").then_some(Role::YarnCache),
        _ => None,
    }
}

impl Analyzer for Javascript {
    fn id(&self) -> &'static str {
        DESCRIPTION.id
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        match role(file.path()) {
            None => Want::Skip,
            Some(Role::YarnCache) => Want::Prefix(0),
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
        let Some(role) = role(path) else { return Ok(()) };
        let mut found = Found::default();
        if role != Role::YarnCache {
            super::check_whole(file)?;
        }
        match role {
            Role::Installed => package_json::read(file.bytes, path, true, &mut found)?,
            Role::Program => package_json::read(file.bytes, path, false, &mut found)?,
            Role::YarnCache => text_locks::yarn_cache(file.meta.file_name(), &mut found),
            Role::NpmLock => npm_lock::read(file.bytes, &mut found)?,
            Role::YarnLock => text_locks::yarn(file.bytes, &mut found)?,
            Role::PnpmLock => pnpm_lock::read(file.bytes, &mut found)?,
            Role::BunLock => text_locks::bun(file.bytes, &mut found)?,
        }
        found.finish(path, out, problems);
        Ok(())
    }
}
