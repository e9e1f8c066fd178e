//! Ruby: what RubyGems writes where it installs, and Bundler's lock file.

use plimsoll_model::{FileError, LayerFile, Package, PackageEvidence, PackageKind};

use super::{Description, FileForm, Found, Language, TextFiles, package, set_required_by};

#[cfg(test)]
mod tests;

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "ruby",
    name: "Ruby",
    kinds: &[PackageKind::Gem],
    osv: &["RubyGems"],
    files: &[
        FileForm {
            name: "specifications/*.gemspec, specifications/default/*.gemspec",
            evidence: PackageEvidence::Installed,
            note: "the default gems of Ruby itself are among them",
        },
        FileForm {
            name: "Gemfile.lock, gems.locked",
            evidence: PackageEvidence::LockFile,
            note: "gems from repositories and folders too, by the version that they say",
        },
    ],
};

enum Role {
    Gemspec,
    Lock,
}

fn role(path: &str) -> Option<Role> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name.ends_with(".gemspec") {
        let folder = folder.strip_suffix("/default").unwrap_or(folder);
        return folder.ends_with("specifications").then_some(Role::Gemspec);
    }
    matches!(name, "Gemfile.lock" | "gems.locked").then_some(Role::Lock)
}

fn read(role: Role, file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    let text = String::from_utf8_lossy(file.bytes);
    match role {
        Role::Gemspec => gemspec(&text, file.meta.file_name(), found),
        Role::Lock => {
            lock(&text, found);
            Ok(())
        }
    }
}

/// RubyGems writes these itself, a statement in each line: `s.name = "rack".freeze`. They are Ruby code, and are
/// not run.
fn gemspec(text: &str, file_name: &str, found: &mut Found) -> Result<(), FileError> {
    let (mut name, mut version) = (None, None);
    let (mut licenses, mut depends) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let Some((_, statement)) = line.trim_start().split_once('.') else { continue };
        if let Some(value) = assigned(statement, "name") {
            name = name.or(quoted(value));
        } else if let Some(value) = assigned(statement, "version") {
            // `Gem::Version.new "1.0"` as well as a plain text.
            version = version.or(quoted(value));
        } else if let Some(value) = assigned(statement, "licenses") {
            licenses = all_quoted(value);
        } else if statement.starts_with("add_runtime_dependency(")
            || statement.starts_with("add_dependency(")
        {
            depends.extend(quoted(statement).map(str::to_owned));
        }
    }
    // Handwritten ones compute the version; the file is named after both.
    let stem = file_name.trim_end_matches(".gemspec");
    let of_file = || {
        let at = stem
            .match_indices('-')
            .find(|(at, _)| stem.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit));
        at.and_then(|(at, _)| Some((stem.get(..at)?, stem.get(at + 1..)?)))
    };
    let (name, version) = match (name, version, of_file()) {
        (Some(name), Some(version), _) => (name, version),
        (_, _, Some(of_file)) => of_file,
        (Some(name), None, None) => (name, ""),
        (None, _, None) => return Err(FileError::malformed("no name in the gemspec")),
    };
    let mut package = package(PackageKind::Gem, name, version, PackageEvidence::Installed);
    package.licenses = licenses;
    depends.sort();
    depends.dedup();
    package.depends = depends;
    found.push(package);
    Ok(())
}

fn assigned<'t>(statement: &'t str, field: &str) -> Option<&'t str> {
    statement.strip_prefix(field)?.trim_start().strip_prefix('=')
}

/// The first text in quotes, or in `%q<…>`.
fn quoted(text: &str) -> Option<&str> {
    let at = text.find(['"', '\'', '<'])?;
    let close = match text.as_bytes().get(at)? {
        b'<' => '>',
        &quote => char::from(quote),
    };
    text.get(at + 1..)?.split(close).next()
}

fn all_quoted(text: &str) -> Vec<String> {
    let parts = text.split('"').skip(1).step_by(2);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Sections with `specs:`; a gem is indented by four, what it needs by six; `DEPENDENCIES` is what the Gemfile
/// itself asks for.
fn lock(text: &str, found: &mut Found) {
    let mut packages: Vec<Package> = Vec::new();
    let mut direct: Vec<&str> = Vec::new();
    let (mut in_specs, mut section) = (false, "");
    for line in text.lines() {
        let content = line.trim();
        let first = content.split([' ', '!']).next().unwrap_or_default();
        match line.len() - line.trim_start().len() {
            0 => (section, in_specs) = (content, false),
            2 if section == "DEPENDENCIES" => direct.push(first),
            2 => in_specs = content == "specs:",
            4 if in_specs => {
                let version = content.split_once('(').map_or("", |(_, v)| v.trim_end_matches(')'));
                // `1.13.0-x86_64-linux`: behind the version, which has no hyphen, comes the platform.
                let version = version.split('-').next().unwrap_or_default();
                packages.push(package(PackageKind::Gem, first, version, PackageEvidence::LockFile));
            }
            6 if in_specs => {
                if let Some(package) = packages.last_mut() {
                    package.depends.push(first.to_owned());
                }
            }
            _ => {}
        }
    }
    set_required_by(&mut packages);
    for mut package in packages {
        if let Some(app) = &mut package.app {
            app.is_direct = Some(direct.contains(&package.name.as_str()));
        }
        found.push(package);
    }
}
