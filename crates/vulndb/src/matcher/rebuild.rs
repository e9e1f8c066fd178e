//! Builds that follow Red Hat's, judged by Red Hat's advisories.
//!
//! CentOS Linux built the same sources, and where it changed one, or built for a minor release, it wrote another dist tag:
//! `2.4.6-99.el7.centos.1` is Red Hat's `2.4.6-99.el7_9.1`, but sorts before it. Module builds name their own build
//! system in the same place. CentOS Stream has the builds from which the minor releases are made, under tags without a
//! minor number. So the tags are made equal before such a build is compared: what is left to compare is the number
//! before the tag, and the one behind it.

use std::borrow::Cow;

/// How the builds of a system relate to those that the advisories are about.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Rebuilt {
    /// They are the same.
    #[default]
    Not,
    /// They are rebuilds (CentOS Linux).
    After,
    /// They are what those are made from (CentOS Stream).
    Before,
}

impl Rebuilt {
    /// Whether the tags of an installed build say nothing when compared with others.
    pub(super) fn has_other_tags(self, installed: &str) -> bool {
        match self {
            Rebuilt::Not => false,
            Rebuilt::After | Rebuilt::Before if crate::modular::is_modular_build(installed) => true,
            Rebuilt::After => tag(installed).is_some_and(|(_, rest)| rest.starts_with(".centos")),
            Rebuilt::Before => tag(installed).is_some_and(|(_, rest)| !rest.starts_with('_')),
        }
    }
}

/// A version up to the major number of its dist tag, and what follows.
fn tag(version: &str) -> Option<(&str, &str)> {
    let at = version.rfind(".el")? + 3;
    let digits = version.get(at..)?.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { None } else { version.split_at_checked(at + digits) }
}

/// A version without what differs between an original build and its rebuild.
pub(super) fn comparable(version: &str) -> Cow<'_, str> {
    if crate::modular::is_modular_build(version)
        && let Some((numbers, _)) = version.split_once(".module")
    {
        return numbers.into();
    }
    let Some((head, rest)) = tag(version) else { return version.into() };
    let rest = match rest.strip_prefix('_') {
        Some(minor) => minor.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest.strip_prefix(".centos").unwrap_or(rest),
    };
    format!("{head}{rest}").into()
}

/// The original's id of an announcement that repeats it: `CESA-2021:0100` is `RHSA-2021:0100`.
pub(super) fn original(id: &str) -> Option<String> {
    let (kind, number) = id.strip_prefix("CE")?.split_once('-')?;
    matches!(kind, "SA" | "BA" | "EA").then(|| format!("RH{kind}-{number}"))
}

#[cfg(test)]
mod tests {
    use plimsoll_ecosystems::version::Scheme;

    use super::*;

    /// Builds of CentOS and the ones of Red Hat that they are, older than or newer than; facts from the announcements
    /// (lists.centos.org) and Red Hat's errata.
    #[test]
    fn rebuilds_are_as_new_as_what_they_are_built_from() {
        for (how, installed, fixed, fixed_in_it) in [
            (Rebuilt::After, "2.4.6-99.el7.centos.1", "2.4.6-99.el7_9.1", true),
            (Rebuilt::After, "2.4.6-97.el7.centos.5", "2.4.6-99.el7_9.1", false),
            (Rebuilt::After, "2.4.6-97.el7.centos", "2.4.6-97.el7_9.4", false),
            (Rebuilt::After, "2.4.6-97.el7.centos.5", "2.4.6-97.el7_9.4", true),
            (Rebuilt::After, "2.2.15-69.el6.centos", "2.2.15-69.el6", true),
            (Rebuilt::After, "1:1.0.2k-21.el7_9", "1:1.0.2k-21.el7_9", true),
            (Rebuilt::After, "1:1.0.2k-19.el7", "1:1.0.2k-21.el7_9", false),
            // Without another tag Red Hat's order holds: the minor release tells.
            (Rebuilt::After, "1.0-16.el7_4.2", "1.0-16.el7_5.1", false),
            (Rebuilt::After, "3.10.0-1160.el7", "3.10.0-1160.2.1.el7", false),
            (
                Rebuilt::After,
                "1:12.21.0-1.module_el8.3.0+759+7e95ae57",
                "1:12.21.0-1.module+el8.3.0+10191+34fb5a07",
                true,
            ),
            (
                Rebuilt::After,
                "1:12.20.1-1.module_el8.3.0+716+5b1ccef5",
                "1:12.21.0-1.module+el8.3.0+10191+34fb5a07",
                false,
            ),
            (Rebuilt::Before, "1:1.1.1k-9.el8", "1:1.1.1k-9.el8_7", true),
            (Rebuilt::Before, "1:1.1.1k-7.el8", "1:1.1.1k-9.el8_7", false),
            (Rebuilt::Before, "1:3.0.7-27.el9", "1:3.0.7-27.el9_4.1", false),
            (Rebuilt::Not, "2.4.6-99.el7.centos.1", "2.4.6-99.el7_9.1", false),
        ] {
            let (a, b) = if how.has_other_tags(installed) {
                (comparable(installed), comparable(fixed))
            } else {
                (installed.into(), fixed.into())
            };
            let order = Scheme::Rpm.compare(&a, &b).unwrap();
            assert_eq!(order.is_ge(), fixed_in_it, "{installed} {fixed}");
        }
        assert_eq!(original("CESA-2021:0100").as_deref(), Some("RHSA-2021:0100"));
        assert_eq!(original("RHSA-2021:0100"), None);
        assert_eq!(original("CVE-2021-0100"), None);
    }
}
