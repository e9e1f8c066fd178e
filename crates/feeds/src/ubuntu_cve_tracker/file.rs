//! The form of a tracker file: `Key: value` lines, values that go on in indented lines, and status rows
//! `<release>_<package>: <status> (<note>)`. What the words mean is decided elsewhere.

use jiff::civil::Date;
use plimsoll_model::Severity;

use super::Status;

/// Most lines of one file; the largest real one (a kernel flaw) has some thousand.
pub(super) const MAX_LINES: usize = 200_000;

/// The file of one flaw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CveFile {
    /// The flaw's id.
    pub candidate: Option<String>,
    /// First publication.
    pub published: Option<Date>,
    /// Ubuntu's priority of the flaw.
    pub severity: Priority,
    /// … in one package, where that differs.
    pub package_severities: Vec<(String, Severity)>,
    /// CVSS vectors: who gives it, version, vector.
    pub cvss: Vec<(String, String, String)>,
    /// Description.
    pub description: Option<String>,
    /// Addresses.
    pub references: Vec<String>,
    /// Status rows.
    pub rows: Vec<StatusRow>,
}

/// Ubuntu's own rating; `untriaged` is none.
pub type Priority = Option<Severity>;

/// What the security team says of one package in one release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusRow {
    /// The release as written: `xenial`, `trusty/esm`, `devel` …
    pub release: String,
    /// Source package.
    pub package: String,
    /// The word.
    pub status: Status,
    /// What stands in brackets: a version or a reason.
    pub note: String,
    /// Where in the file.
    pub line: usize,
}

/// Reads a file. Lines that cannot be understood go to `bad` with their number.
pub fn parse(text: &str, bad: &mut dyn FnMut(usize, String)) -> CveFile {
    let mut file = CveFile::default();
    let mut key = "";
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if index >= MAX_LINES {
            bad(number, format!("more than {MAX_LINES} lines"));
            break;
        }
        if line.starts_with(char::is_whitespace) {
            continued(&mut file, key, line.trim());
            continue;
        }
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once(':') else {
            // A word that lost its indentation inside a description.
            continue;
        };
        key = name;
        let value = value.trim();
        if let Err(message) = field(&mut file, name, value, number) {
            bad(number, message);
        }
    }
    file
}

/// A line that belongs to the key above it.
fn continued(file: &mut CveFile, key: &str, value: &str) {
    match key {
        "CVSS" => {
            // ` nvd: CVSS:3.0/AV:N/… [7.5 HIGH]`
            let Some((source, vector)) = value.split_once(": ") else { return };
            let vector = vector.split_whitespace().next().unwrap_or_default();
            let version = vector.strip_prefix("CVSS:").and_then(|v| v.split('/').next());
            if let Some(version @ ("3.0" | "3.1" | "4.0")) = version {
                let (source, version) = (source.trim().to_owned(), version.to_owned());
                file.cvss.push((source, version, vector.to_owned()));
            }
        }
        "References" if value.starts_with("http") => file.references.push(value.to_owned()),
        "Description" if !value.is_empty() => {
            let text = file.description.get_or_insert_default();
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(value);
        }
        _ => {}
    }
}

fn field(file: &mut CveFile, name: &str, value: &str, line: usize) -> Result<(), String> {
    match name {
        "Candidate" => {
            if value.is_empty() || value.contains(char::is_whitespace) {
                return Err(format!("`{value}` is no id"));
            }
            file.candidate = Some(value.to_owned());
        }
        // `2019-08-06 16:15:00 UTC`, `2018-08-14`, `unknown`
        "PublicDate" => file.published = value.get(..10).and_then(|d| d.parse().ok()),
        "Priority" => file.severity = severity(value)?,
        _ => {
            let Some((head, package)) = name.split_once('_') else { return Ok(()) };
            match head {
                // `Priority_<package>`; newer files also have `Priority_<package>_<release>`, which cannot
                // be told from a package name with an underscore and is rare: it then names no package.
                "Priority" => {
                    if let Some(severity) = severity(value)? {
                        file.package_severities.push((package.to_owned(), severity));
                    }
                }
                "Patches" | "Tags" | "Assigned" | "upstream" => {}
                release => {
                    let is_release = release.starts_with(|c: char| c.is_ascii_lowercase());
                    if is_release && !package.is_empty() {
                        file.rows.push(status_row(release, package, value, line)?);
                    }
                }
            }
        }
    }
    Ok(())
}

/// `medium`, `low (needs a local user)`
fn severity(value: &str) -> Result<Priority, String> {
    let word = value.split([' ', '\t', '(']).next().unwrap_or_default();
    let severity: Severity = word.parse().map_err(|_| format!("`{value}` is no priority"))?;
    Ok((severity != Severity::Unknown).then_some(severity))
}

/// `released (1.2-3ubuntu1)`, `released [1.2]`, `ignored (reached end-of-life)`, `needed`
fn status_row(release: &str, package: &str, value: &str, line: usize) -> Result<StatusRow, String> {
    let end = value.find([' ', '\t', '(', '[']).unwrap_or(value.len());
    let (word, note) = value.split_at(end);
    let status =
        Status::from_word(word).ok_or_else(|| format!("`{value}` is no status of {package}"))?;
    let mut note = note.trim();
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inner) = note.strip_prefix(open) {
            note = inner.rsplit_once(close).map_or(inner, |(inner, _)| inner).trim();
        }
    }
    if status == Status::Released {
        // `1.2-3, 1.2-4` and `1.2-3 (partial)`: the first word is the version.
        note = note.split([' ', ',', ';']).next().unwrap_or_default();
    }
    Ok(StatusRow {
        release: release.to_owned(),
        package: package.to_owned(),
        status,
        note: note.to_owned(),
        line,
    })
}
