//! Perl: what cpanm records where it installs, and Carton's lock file.

use plimsoll_model::{FileError, LayerFile, PackageEvidence, PackageKind};
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, json, package};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "perl",
    name: "Perl",
    kinds: &[PackageKind::Cpan],
    osv: &[],
    files: &[
        FileForm {
            name: ".meta/*/install.json",
            evidence: PackageEvidence::Installed,
            note: "written by cpanm; distributions, not single modules",
        },
        FileForm { name: "cpanfile.snapshot", evidence: PackageEvidence::LockFile, note: "" },
    ],
};

enum Role {
    Installed,
    Lock,
}

fn role(path: &str) -> Option<Role> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "install.json" => (folder.rsplit('/').nth(1)? == ".meta").then_some(Role::Installed),
        "cpanfile.snapshot" => Some(Role::Lock),
        _ => None,
    }
}

fn read(role: Role, file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    match role {
        Role::Installed => {
            let record: Value = json(file.bytes)?;
            let text = |key: &str| record.get(key).and_then(Value::as_str);
            let (name, version) = match (text("dist").map(split), text("name"), text("version")) {
                (Some(Some(split)), ..) => split,
                (_, Some(name), version) => (name, version.unwrap_or_default()),
                _ => return Err(FileError::malformed("no distribution in cpanm's install.json")),
            };
            found.push(package(PackageKind::Cpan, name, version, PackageEvidence::Installed));
        }
        Role::Lock => {
            let text = String::from_utf8_lossy(file.bytes);
            // Distributions are indented by two, what belongs to them by more.
            let lines = text.lines().filter_map(|line| line.strip_prefix("  "));
            for (name, version) in lines.filter(|l| !l.starts_with(' ')).filter_map(split) {
                found.push(package(PackageKind::Cpan, name, version, PackageEvidence::LockFile));
            }
        }
    }
    Ok(())
}

/// `Mojolicious-9.19`, `Test-Simple-v1.2`
fn split(distribution: &str) -> Option<(&str, &str)> {
    let (name, version) = distribution.trim().rsplit_once('-')?;
    let digits = version.strip_prefix('v').unwrap_or(version);
    digits.starts_with(|c: char| c.is_ascii_digit()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn installed_and_locked() {
        let path = "usr/local/share/perl5/.meta/Mojolicious-9.19/install.json";
        let text = r#"{"dist": "Mojolicious-9.19", "name": "Mojolicious", "version": "9.19", "provides": {}}"#;
        assert_eq!(names(&packages(&*language(), path, text)), ["Mojolicious 9.19"]);
        let text = "# carton snapshot format: version 1.0\nDISTRIBUTIONS\n  Try-Tiny-0.31\n    pathname: E/ET/x-1.tar.gz\n    provides:\n      \
                    Try::Tiny 0.31\n  version-v0.9\n";
        assert_eq!(
            names(&packages(&*language(), "cpanfile.snapshot", text)),
            ["Try-Tiny 0.31", "version v0.9"]
        );
    }
}
