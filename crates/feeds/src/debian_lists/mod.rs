//! Debian's lists of security advisories (DSA, and DLA of its long-term support), as text. They go back to
//! 2000 and name the fixed version in each release, also in those that the tracker's JSON has dropped. They
//! name what was fixed by an advisory, not what is open.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

use jiff::civil::Date;
use plimsoll_model::{Advisory, Affected, FixState, NameKind, Namespace, Range};

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream, debian_series,
    input::{Entry, Visitor, walk},
};

/// Longest line; real ones have a few KB (an advisory with hundreds of CVEs).
const MAX_LINE: u64 = 1 << 20;

static META: FeedMeta = FeedMeta {
    id: "debian-lists",
    title: "Debian security advisories (DSA and DLA lists)",
    homepage: "https://security-tracker.debian.org/tracker/",
    licence: "none stated; the Debian security team allows any use",
    upstream: &[
        Upstream {
            url: "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DSA/list",
            file: "DSA/list",
        },
        Upstream {
            url: "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DLA/list",
            file: "DLA/list",
        },
    ],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct DebianLists;

impl Feed for DebianLists {
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
        leaf == "DSA" || leaf == "DLA" || leaf == "list" || leaf.ends_with("-list")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        read(&name, entry.reader(), &mut self.0)
    }
}

/// Reads one list.
///
/// # Errors
/// Where it cannot be read.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut input = BufReader::new(input);
    let mut current: Option<Block> = None;
    let mut bytes = Vec::new();
    let mut number = 0u64;
    // The lines below a bad head are part of that one fault.
    let mut is_below_bad_head = false;
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
        let at = || format!("{place}:{number}");
        if line.is_empty() {
            continue;
        }
        if line.starts_with(char::is_whitespace) {
            match &mut current {
                Some(block) => block.line(line.trim_start(), &at, into),
                None if is_below_bad_head => {}
                None => into.bad(at(), "a line that belongs to no advisory"),
            }
            continue;
        }
        if let Some(block) = current.take() {
            block.finish(into);
        }
        current = head(line);
        is_below_bad_head = current.is_none();
        if is_below_bad_head {
            into.bad(at(), "no head of an advisory");
        }
    }
    if let Some(block) = current {
        block.finish(into);
    }
    Ok(())
}

/// One advisory of a list while its lines are read.
struct Block {
    advisory: Advisory,
    /// Whether what it says of itself makes it a flaw even without a CVE.
    is_security: bool,
    /// Packages were named for releases that we do not know, and were counted.
    was_counted: bool,
}

/// `[29 Mar 2023] DSA-5380-1 xorg-server - security update`
fn head(line: &str) -> Option<Block> {
    let (date, rest) = line.strip_prefix('[')?.split_once(']')?;
    let (id, rest) = rest.trim_start().split_once(char::is_whitespace)?;
    let number = ["DSA-", "DLA-", "ELA-"].iter().find_map(|kind| id.strip_prefix(kind))?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return None;
    }
    let about = rest.rsplit_once(" - ").map_or("", |(_, about)| about.trim());
    Some(Block {
        is_security: is_security(about),
        was_counted: false,
        advisory: Advisory {
            id: id.to_owned(),
            published: Some(date_of(date)?),
            ..Advisory::default()
        },
    })
}

/// Advisories without a CVE are flaws without a number, or no flaws at all: new time zones, regressions,
/// the end of a release. What they say of themselves is one of a few phrases.
fn is_security(about: &str) -> bool {
    const OTHER: [&str; 14] = [
        "regression",
        "upstream version",
        "new package",
        "timezone",
        "database update",
        "bugfix",
        "end of life",
        "end-of-life",
        "end of support",
        "long term security support",
        "version number",
        "crash fix",
        "switch to",
        "whitelist",
    ];
    let about = about.to_ascii_lowercase();
    !about.is_empty() && about != "update" && !OTHER.iter().any(|phrase| about.contains(phrase))
}

/// `29 Mar 2023`
fn date_of(text: &str) -> Option<Date> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split_whitespace();
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|m| month.starts_with(m))?;
    Date::new(year.parse().ok()?, i8::try_from(month + 1).ok()?, day.parse().ok()?).ok()
}

impl Block {
    fn line(&mut self, line: &str, at: &dyn Fn() -> String, into: &mut Collector<'_>) {
        if let Some(ids) = line.strip_prefix('{') {
            let ids = ids.trim_end_matches('}').split_whitespace();
            for id in ids.map(|id| id.replace("CAN-", "CVE-")) {
                if !id.starts_with("CVE-") && !id.starts_with("TEMP-") {
                    into.bad(at(), format!("`{id}` is no CVE"));
                } else if !self.advisory.flaws.contains(&id) {
                    self.advisory.flaws.push(id);
                }
            }
        } else if line.starts_with('[') {
            match row(line) {
                Row::Affected(affected) => self.advisory.affected.push(affected),
                Row::Skip(reason) => {
                    self.was_counted = true;
                    into.skip(reason);
                }
                Row::Bad => into.bad(at(), "no `[release] - package version`"),
            }
        }
        // All other lines (NOTE, TODO, package rows of unstable) say nothing about a release.
    }

    fn finish(self, into: &mut Collector<'_>) {
        into.date(self.advisory.published);
        if self.advisory.affected.is_empty() {
            if !self.was_counted {
                into.skip("advisory that names no package of a release");
            }
        } else if self.advisory.flaws.is_empty() && !self.is_security {
            into.skip("advisory that is not about a flaw");
        } else {
            into.record(self.advisory);
        }
    }
}

enum Row {
    Affected(Affected),
    Skip(&'static str),
    Bad,
}

/// `[bullseye] - xorg-server 2:1.20.11-1+deb11u6`, `[woody] - zlib <not-affected> (introduced later)`
fn row(line: &str) -> Row {
    let Some((codename, rest)) = line.strip_prefix('[').and_then(|l| l.split_once(']')) else {
        return Row::Bad;
    };
    let mut words = rest.split_whitespace();
    let (Some("-"), Some(package), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return Row::Bad;
    };
    let Some(release) = debian_series::release(codename.trim()) else {
        return Row::Skip("row of an unknown release");
    };
    let state = match version {
        "<not-affected>" => FixState::NotAffected,
        "<end-of-life>" => FixState::EndOfLife,
        "<unfixed>" => FixState::Affected,
        "<no-dsa>" | "<ignored>" => FixState::WillNotFix,
        "<postponed>" => FixState::FixDeferred,
        "<undetermined>" => FixState::UnderInvestigation,
        "<removed>" | "<itp>" => return Row::Skip("package that is not in the release"),
        v if v.starts_with(|c: char| c.is_ascii_alphanumeric()) => FixState::Fixed,
        _ => return Row::Bad,
    };
    Row::Affected(Affected {
        namespace: Namespace::new("debian", release),
        package: package.to_owned(),
        name_kind: NameKind::Source,
        arches: Vec::new(),
        module: None,
        channel: None,
        ranges: if state == FixState::Fixed { vec![Range::before(version)] } else { Vec::new() },
        versions: Vec::new(),
        state,
        severity: None,
    })
}

#[cfg(test)]
mod tests;
