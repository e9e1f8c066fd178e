//! Which ids name the same flaw.
//!
//! Wrong merging hides flaws, so it is avoided twice: an id that is said to be an alias of several CVEs is
//! an umbrella, not a name, and joins none of them; and no join may put two CVE ids into one class.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Collected "same flaw" statements.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    edges: BTreeSet<(Box<str>, Box<str>)>,
}

/// Ids by class.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    primary: HashMap<Box<str>, Box<str>>,
    /// Primary id to its other names, sorted.
    pub(super) classes: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// Joins that were refused.
    pub(super) refused: u64,
}

impl Resolved {
    pub(super) fn primary<'a>(&'a self, id: &'a str) -> &'a str {
        self.primary.get(id).map_or(id, |primary| primary)
    }
}

fn is_cve(id: &str) -> bool {
    id.starts_with("CVE-")
}

/// CVE first, then GitHub's ids (which other databases point to), then the rest by name.
fn rank(id: &str) -> (u8, &str) {
    let class = if is_cve(id) {
        0
    } else if id.starts_with("GHSA-") {
        1
    } else {
        2
    };
    (class, id)
}

impl Aliases {
    pub(super) fn join(&mut self, a: &str, b: &str) {
        if a != b {
            let (low, high) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
            self.edges.insert((low.into(), high.into()));
        }
    }

    pub(super) fn resolve(self) -> Resolved {
        let mut resolved = Resolved::default();
        let mut cves_of: HashMap<&str, u32> = HashMap::new();
        for (low, high) in &self.edges {
            if is_cve(low) {
                *cves_of.entry(high).or_default() += 1;
            }
        }
        let umbrella = |id: &str| !is_cve(id) && cves_of.get(id).is_some_and(|count| *count > 1);
        // Edges with a CVE come first: a class takes the CVE that is named directly.
        let mut edges: Vec<_> = self.edges.iter().map(|(a, b)| (rank(a), rank(b))).collect();
        edges.sort_unstable();
        let mut parent: BTreeMap<&str, &str> = BTreeMap::new();
        for ((_, low), (_, high)) in edges {
            if umbrella(low) || umbrella(high) {
                resolved.refused += 1;
                continue;
            }
            let (a, b) = (find(&parent, low), find(&parent, high));
            if a == b {
                continue;
            }
            if is_cve(a) && is_cve(b) {
                resolved.refused += 1;
                continue;
            }
            let (top, below) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
            parent.insert(below, top);
        }
        let members: Vec<&str> = parent.keys().copied().collect();
        for member in members {
            let top = find(&parent, member);
            resolved.primary.insert(member.into(), top.into());
            resolved.classes.entry(top.into()).or_default().push(member.into());
        }
        resolved
    }
}

/// The root. Classes have few members, so paths are not compressed.
fn find<'a>(parent: &BTreeMap<&'a str, &'a str>, id: &'a str) -> &'a str {
    let mut id = id;
    while let Some(above) = parent.get(id) {
        id = above;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(edges: &[(&str, &str)]) -> Resolved {
        let mut aliases = Aliases::default();
        edges.iter().for_each(|(a, b)| aliases.join(a, b));
        aliases.resolve()
    }

    #[test]
    fn chains_end_at_the_cve() {
        let edges = [("PYSEC-1", "GHSA-a"), ("GHSA-a", "CVE-2020-0001"), ("SNYK-1", "PYSEC-1")];
        for edges in [edges.to_vec(), edges.iter().rev().copied().collect()] {
            let resolved = resolve(&edges);
            for id in ["PYSEC-1", "GHSA-a", "SNYK-1", "CVE-2020-0001"] {
                assert_eq!(resolved.primary(id), "CVE-2020-0001");
            }
            assert_eq!(resolved.classes["CVE-2020-0001"].len(), 3);
            assert_eq!(resolved.refused, 0);
        }
    }

    #[test]
    fn an_umbrella_joins_nothing() {
        let resolved = resolve(&[("GHSA-u", "CVE-2020-0001"), ("GHSA-u", "CVE-2020-0002")]);
        assert_eq!(resolved.primary("GHSA-u"), "GHSA-u");
        assert_eq!(resolved.refused, 2);
    }

    #[test]
    fn two_cves_never_meet_even_through_others() {
        let resolved = resolve(&[
            ("GHSA-a", "CVE-2020-0001"),
            ("GHSA-a", "PYSEC-1"),
            ("PYSEC-1", "GHSA-b"),
            ("GHSA-b", "CVE-2020-0002"),
            ("CVE-2020-0003", "CVE-2020-0004"),
        ]);
        assert_eq!(resolved.primary("GHSA-a"), "CVE-2020-0001");
        assert_eq!(resolved.primary("GHSA-b"), "CVE-2020-0002");
        assert_eq!(resolved.primary("CVE-2020-0004"), "CVE-2020-0004");
        assert_eq!(resolved.refused, 2);
    }
}
