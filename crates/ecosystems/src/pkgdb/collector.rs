//! Gathers what a database yields, under limits: a small file can otherwise claim gigabytes of paths (a
//! thousand long directory names times a thousand base names), and a damaged one a problem per byte.

use plimsoll_model::{CappedText, Fact, Package, Problem, ProblemKind, normalize_path};

use super::rpm::FileDigests;

/// Most packages that one database may list.
pub const MAX_PACKAGES: usize = 200_000;

/// Most bytes of text (names, paths, dependencies; with their bookkeeping) kept from one database.
pub const MAX_KEPT_BYTES: usize = 256 << 20;

/// Most problems reported one by one for one database; the rest is only counted.
pub const MAX_PROBLEMS: usize = 16;

/// Longest path that is kept: Linux opens none that is longer (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// What a [`String`] in a list costs beyond its text.
const STRING_COST: usize = 40;

/// Longest text quoted in a problem.
const QUOTE: usize = 80;

/// The packages and problems of one database.
#[derive(Debug, Default)]
pub struct Collector {
    packages: Vec<Package>,
    problems: Vec<Problem>,
    unreported: usize,
    kept: usize,
    full: bool,
    /// Set where digests of the files that it wants are gathered instead of packages.
    wanted: Option<fn(&str) -> bool>,
    digests: Vec<FileDigests>,
}

impl Collector {
    /// One for digests of files instead of packages.
    pub(crate) fn for_digests(wanted: fn(&str) -> bool) -> Self {
        Self { wanted: Some(wanted), ..Self::default() }
    }

    pub(crate) fn wanted_digests(&self) -> Option<fn(&str) -> bool> {
        self.wanted
    }

    pub(crate) fn push_digests(&mut self, digests: FileDigests) {
        if self.digests.len() < MAX_PACKAGES {
            self.digests.push(digests);
        }
    }

    pub(crate) fn into_digests(self) -> Vec<FileDigests> {
        self.digests
    }

    /// Packages so far.
    #[must_use]
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// Problems so far.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Packages and problems, without a path.
    #[must_use]
    pub fn into_parts(mut self) -> (Vec<Package>, Vec<Problem>) {
        self.close();
        (self.packages, self.problems)
    }

    /// Adds the packages as one fact, and the problems at `path`.
    pub fn finish(self, path: &str, out: &mut Vec<Fact>, problems: &mut Vec<Problem>) {
        let (packages, found) = self.into_parts();
        out.push(Fact::Packages(packages));
        problems.extend(found.into_iter().map(|problem| problem.at(path)));
    }

    fn close(&mut self) {
        if self.unreported > 0 {
            let message = format!("{} more problems of this database", self.unreported);
            self.problems.push(Problem::new(ProblemKind::Malformed, message));
            self.unreported = 0;
        }
        if self.full {
            let message = format!(
                "the package database holds more than the limits of {MAX_PACKAGES} packages and \
                 {MAX_KEPT_BYTES} bytes of text; {} packages were kept, not all of them whole",
                self.packages.len()
            );
            self.problems.push(Problem::new(ProblemKind::LimitReached, message));
            self.full = false;
        }
    }

    pub(crate) fn push(&mut self, package: Package) {
        if self.packages.len() < MAX_PACKAGES {
            self.packages.push(package);
        } else {
            self.full = true;
        }
    }

    /// Whether another string of `len` bytes may be kept; counts it.
    pub(crate) fn charge(&mut self, len: usize) -> bool {
        let cost = len.saturating_add(STRING_COST);
        if MAX_KEPT_BYTES - self.kept < cost {
            self.full = true;
            return false;
        }
        self.kept += cost;
        true
    }

    /// The text, unless it is empty or the database has used up its budget.
    pub(crate) fn keep(&mut self, text: &[u8]) -> Option<String> {
        if text.is_empty() || !self.charge(text.len()) {
            return None;
        }
        let kept = String::from_utf8_lossy(text).into_owned();
        // A byte that is not UTF-8 becomes three.
        let grown = kept.len().saturating_sub(text.len());
        self.kept = self.kept.saturating_add(grown).min(MAX_KEPT_BYTES);
        Some(kept)
    }

    /// The path `folder/name` in the form that layers use. `None` for one that no system could have
    /// (empty, with `..`, too long), or when the budget is used up.
    pub(crate) fn keep_path(&mut self, folder: &[u8], name: &[u8]) -> Option<String> {
        let mut raw = [0u8; MAX_PATH + 1];
        let len = folder.len().saturating_add(name.len()).saturating_add(1);
        // Charged before the work is done: the budget bounds time as well as memory.
        if name.is_empty() || len > MAX_PATH || !self.charge(len) {
            return None;
        }
        raw[..folder.len()].copy_from_slice(folder);
        raw[folder.len()] = b'/';
        raw[folder.len() + 1..len].copy_from_slice(name);
        normalize_path(&raw[..len]).filter(|path| !path.is_empty())
    }

    /// Something of the database could not be read.
    pub(crate) fn lost(&mut self, what: std::fmt::Arguments<'_>) {
        self.lost_as(ProblemKind::Malformed, what);
    }

    /// The same, of a given sort.
    pub(crate) fn lost_as(&mut self, kind: ProblemKind, what: std::fmt::Arguments<'_>) {
        if self.problems.len() >= MAX_PROBLEMS {
            self.unreported += 1;
            return;
        }
        let message = format!("{what} ({} packages read before)", self.packages.len());
        self.problems.push(Problem::new(kind, message));
    }
}

/// Text from a database, fit to be printed in a problem.
pub(crate) fn quote(text: &[u8]) -> CappedText<'_> {
    CappedText(text, QUOTE)
}

#[cfg(test)]
mod tests {
    use plimsoll_model::PackageKind;

    use super::*;

    #[test]
    fn problems_beyond_the_limit_are_counted_not_listed() {
        let mut collector = Collector::default();
        collector.push(Package::new(PackageKind::Deb, "a", "1"));
        for n in 0..MAX_PROBLEMS + 5 {
            collector.lost(format_args!("record {n}"));
        }
        let (packages, problems) = collector.into_parts();
        assert_eq!(packages.len(), 1);
        assert_eq!(problems.len(), MAX_PROBLEMS + 1);
        assert_eq!(problems[0].message, "record 0 (1 packages read before)");
        assert_eq!(problems[MAX_PROBLEMS].message, "5 more problems of this database");
    }

    #[test]
    fn text_beyond_the_budget_is_dropped_and_said() {
        let mut collector = Collector::default();
        assert!(collector.charge(MAX_KEPT_BYTES - STRING_COST - 1));
        assert_eq!(collector.keep(b"ab"), None);
        let (_, problems) = collector.into_parts();
        assert_eq!(problems[0].kind, ProblemKind::LimitReached);
    }
}
