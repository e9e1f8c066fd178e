//! The list of flaws that Debian's security tracker is made from (`data/CVE/list`), as text. It says what the
//! tracker's JSON, which forgets a release when Debian does, no longer says of old releases.
//!
//! A line about the package in sid holds for every release that has no line of its own and still had support
//! when the flaw was found: its versions before sid's fix are affected, and no fix of the release is known.
//! Flaws found after a release's end were never looked at for it.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

use plimsoll_model::{Advisory, Affected, FixState, NameKind, Namespace, Range, Severity};

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream, debian_series,
    input::{Entry, Visitor, walk},
};

/// Longest line; real ones have a few KB.
const MAX_LINE: u64 = 1 << 20;

/// Most packages of one flaw; real ones have some dozens (embedded copies).
const MAX_ROWS: usize = 5_000;

static META: FeedMeta = FeedMeta {
    id: "debian-cve-list",
    title: "Debian security tracker's list of flaws",
    homepage: "https://security-tracker.debian.org/tracker/",
    licence: "none stated; the Debian security team allows any use",
    upstream: &[Upstream {
        url: "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/CVE/list",
        file: "CVE/list",
    }],
};

/// Releases whose lines of sid hold for them, with the last year of flaws that were looked at for them: the
/// year before the one in which their long-term support ended.
const INHERIT: &[(&str, u32)] = &[("6", 2015), ("7", 2017), ("8", 2019), ("9", 2021), ("10", 2023)];

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct DebianCveList;

impl Feed for DebianCveList {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let mut files = Files(Collector::new(META.id, out));
        walk(input, &mut files)?;
        files.0.finish(input)
    }
}

struct Files<'a>(Collector<'a>);

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        let leaf = name.rsplit('/').next().unwrap_or_default();
        name.ends_with("CVE/list") || leaf == "CVE-list"
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        // The list names no date of its own: the file's is the time of the download.
        self.0.date(entry.modified);
        read(&name, entry.reader(), &mut self.0)
    }
}

/// Reads the list.
///
/// # Errors
/// Where it cannot be read.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut input = BufReader::new(input);
    let mut current: Option<Flaw> = None;
    let mut bytes = Vec::new();
    let mut number = 0u64;
    loop {
        bytes.clear();
        let fail = |e| FeedError::io(place, e);
        let got = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(fail)?;
        if got == 0 {
            break;
        }
        number += 1;
        if got as u64 == MAX_LINE && bytes.last() != Some(&b'\n') {
            let place = format!("{place}:{number}");
            return Err(FeedError::TooLarge { place, limit: MAX_LINE, what: "bytes in a line" });
        }
        let text = String::from_utf8_lossy(&bytes);
        let line = text.trim_end();
        if line.is_empty() {
            continue;
        }
        let at = || format!("{place}:{number}");
        if !line.starts_with(char::is_whitespace) {
            if let Some(flaw) = current.take() {
                flaw.finish(into);
            }
            let id = line.split_whitespace().next().unwrap_or_default();
            match year(id) {
                Some(year) => current = Some(Flaw { id: id.to_owned(), year, ..Flaw::default() }),
                // `CVE-2023-XXXX`, and what has no CVE at all.
                None if id.starts_with("CVE-") || id.starts_with("TEMP-") => {
                    into.skip("flaw without an id");
                }
                None => into.bad(at(), "no head of a flaw"),
            }
            continue;
        }
        let Some(flaw) = &mut current else { continue };
        match flaw.line(line.trim_start()) {
            Ok(()) => {}
            Err(Odd::Skip(reason)) => into.skip(reason),
            Err(Odd::Bad(why)) => into.bad(at(), why),
        }
    }
    if let Some(flaw) = current {
        flaw.finish(into);
    }
    Ok(())
}

enum Odd {
    Skip(&'static str),
    Bad(String),
}

#[derive(Default)]
struct Flaw {
    id: String,
    year: u32,
    rejected: bool,
    /// Release key (`sid` for lines without one), package, state, fixed version, severity.
    rows: Vec<Row>,
}

struct Row {
    release: &'static str,
    package: String,
    state: State,
    severity: Option<Severity>,
}

#[derive(Clone)]
enum State {
    Fixed(String),
    Is(FixState),
    /// No longer in sid.
    Removed,
}

fn year(id: &str) -> Option<u32> {
    let (year, number) = id.strip_prefix("CVE-")?.split_once('-')?;
    let digits = |s: &str| s.len() >= 4 && s.bytes().all(|b| b.is_ascii_digit());
    (year.len() == 4 && digits(year) && digits(number)).then(|| year.parse().ok())?
}

impl Flaw {
    /// `[buster] - putty <no-dsa> (Minor issue)`
    fn line(&mut self, line: &str) -> Result<(), Odd> {
        let (release, rest) = match line.strip_prefix('[') {
            Some(rest) => {
                let Some((codename, rest)) = rest.split_once(']') else {
                    return Err(Odd::Bad("a release without its end".into()));
                };
                let Some(release) = debian_series::release(codename) else {
                    return Err(Odd::Skip("row of an unknown release"));
                };
                (release, rest.trim_start())
            }
            None => ("sid", line),
        };
        let Some(rest) = rest.strip_prefix("- ") else {
            // Notes, references to advisories, software that is not in Debian.
            self.rejected |= line == "REJECTED";
            return Ok(());
        };
        let mut words = rest.split_whitespace();
        let package = words.next().unwrap_or_default();
        if package.is_empty() || self.rows.len() >= MAX_ROWS {
            return Err(Odd::Bad("a row without a package, or one too many".into()));
        }
        let state = match words.next() {
            Some("<unfixed>") | None => State::Is(FixState::Affected),
            Some("<removed>") => State::Removed,
            Some("<not-affected>") => State::Is(FixState::NotAffected),
            Some("<no-dsa>" | "<ignored>") => State::Is(FixState::WillNotFix),
            Some("<postponed>") => State::Is(FixState::FixDeferred),
            Some("<end-of-life>") => State::Is(FixState::EndOfLife),
            Some("<undetermined>") => State::Is(FixState::UnderInvestigation),
            // Not in Debian yet.
            Some("<itp>" | "<rfp>") => return Err(Odd::Skip("package that Debian does not have")),
            Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => {
                State::Fixed(version.to_owned())
            }
            Some(other) => return Err(Odd::Bad(format!("`{other}` is no state of {package}"))),
        };
        let said = rest.split_once('(').map_or("", |(_, said)| said);
        let word = said.split([';', ')', ',']).next().unwrap_or_default().trim();
        let severity = match word {
            "unimportant" => Some(Severity::Negligible),
            "low" => Some(Severity::Low),
            "medium" => Some(Severity::Medium),
            "high" => Some(Severity::High),
            _ => None,
        };
        self.rows.push(Row { release, package: package.to_owned(), state, severity });
        Ok(())
    }

    fn finish(self, into: &mut Collector<'_>) {
        if self.rejected {
            return into.skip("flaw that was rejected");
        }
        let mut affected: Vec<Affected> = Vec::new();
        for row in &self.rows {
            let rating = self
                .rows
                .iter()
                .find(|r| r.release == "sid" && r.package == row.package)
                .and_then(|r| r.severity);
            match &row.state {
                State::Removed => {}
                State::Fixed(version) if version == "0" => {
                    affected.push(entry(
                        row.release,
                        row,
                        FixState::NotAffected,
                        Vec::new(),
                        rating,
                    ));
                }
                State::Fixed(version) => {
                    let range = vec![Range::before(version.as_str())];
                    affected.push(entry(row.release, row, FixState::Fixed, range, rating));
                }
                State::Is(state) => {
                    affected.push(entry(row.release, row, *state, Vec::new(), rating));
                }
            }
            if row.release != "sid" {
                continue;
            }
            for (release, last) in INHERIT {
                let own = |r: &Row| r.release == *release && r.package == row.package;
                if self.year > *last || self.rows.iter().any(own) {
                    continue;
                }
                match &row.state {
                    State::Fixed(version) if version != "0" => {
                        // Before the fix, in Debian's order: `~` sorts before the end of a version. The fix
                        // itself is not to be had in the release.
                        let last_affected = Some(format!("{version}~~"));
                        let range = vec![Range { last_affected, ..Range::default() }];
                        affected.push(entry(release, row, FixState::EndOfLife, range, rating));
                    }
                    State::Removed | State::Is(FixState::Affected) => {
                        affected.push(entry(release, row, FixState::EndOfLife, Vec::new(), rating));
                    }
                    State::Fixed(_) | State::Is(_) => {}
                }
            }
        }
        if affected.is_empty() {
            return into.skip("flaw without a package of Debian");
        }
        into.record(Advisory {
            flaws: vec![self.id.clone()],
            id: self.id,
            affected,
            ..Advisory::default()
        });
    }
}

fn entry(
    release: &str,
    row: &Row,
    state: FixState,
    ranges: Vec<Range>,
    severity: Option<Severity>,
) -> Affected {
    Affected {
        namespace: Namespace::new("debian", release),
        package: row.package.clone(),
        name_kind: NameKind::Source,
        arches: Vec::new(),
        module: None,
        channel: None,
        ranges,
        versions: Vec::new(),
        state,
        severity: row.severity.or(severity),
    }
}

#[cfg(test)]
mod tests;
