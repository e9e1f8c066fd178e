//! Which feed speaks where several do.

/// The priority of feeds that are not named below.
pub const DEFAULT_PRIORITY: u8 = 10;

/// Which feed speaks about a flaw in a package when several do: a tracker knows states that a list of fixes
/// does not, a distribution's own feed knows more than a generic one, and one's own advisories come first.
const PRIORITIES: &[(&str, u8)] = &[
    ("almalinux-errata", 15),
    ("alpine-unfixed", 5),
    ("csaf", 30),
    ("debian-cve-list", 4),
    ("debian-elts", 5),
    ("debian-lists", 5),
    ("debian-tracker", 20),
    ("nodejs-security-wg", 4),
    ("nvd-scores", 5),
    ("openeuler-csaf", 20),
    ("osv", 5),
    ("php-friends", 4),
    ("redhat-csaf-vex", 20),
    ("suse-csaf", 20),
    ("suse-cvrf", 8),
    ("rubysec", 4),
    ("rustsec", 4),
    ("ubuntu-osv", 20),
    ("ubuntu-oval", 8),
    ("ubuntu-usn", 7),
    ("ubuntu-vex", 25),
];

/// Feeds that are silent about a flaw in a release where another one speaks about it, under whatever names of
/// packages: the feed, and the one that leads.
pub const FILLS: &[(&str, &str)] =
    &[("osv", "redhat-csaf-vex"), ("redhat-oval", "redhat-csaf-vex")];

/// The priority of a feed; the highest speaks.
#[must_use]
pub fn priority(feed: &str) -> u8 {
    PRIORITIES.iter().find(|(id, _)| *id == feed).map_or(DEFAULT_PRIORITY, |(_, p)| *p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_feeds_that_there_are_have_a_precedence() {
        let named = PRIORITIES.iter().map(|(id, _)| *id);
        let fills = FILLS.iter().flat_map(|(feed, leader)| [*feed, *leader]);
        for id in named.chain(fills) {
            assert!(crate::by_id(id).is_some(), "{id}");
        }
        assert_eq!(priority("alpine-secdb"), DEFAULT_PRIORITY);
    }
}
