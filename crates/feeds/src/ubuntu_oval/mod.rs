//! Canonical's OVAL by flaw (`com.ubuntu.<series>.cve.oval.xml`): the CVE tracker's rows for one series, with
//! what is said about each source package in the words of a criterion. Fixes of Ubuntu Pro are told by their versions.
//! Files by notice or by package say the same in another order and are left out.

use plimsoll_model::{Channel, FixState};

use crate::{
    FeedMeta,
    fetch::{
        contents::{Folder, Table, smallest},
        manifest::Listed,
    },
    oval::{Criterion, Definition, Dialect, Fact, Literal, Scope, Target, Targets, oval_feed},
    ubuntu_series,
};

static META: FeedMeta = FeedMeta {
    id: "ubuntu-oval",
    title: "Ubuntu OVAL",
    homepage: "https://security-metadata.canonical.com/oval/",
    licence: "none stated; Canonical shares it for use",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct UbuntuOval;

oval_feed!(UbuntuOval, Ubuntu, |name| name.ends_with(".cve.oval.xml"), FOLDER);

const FOLDER: Folder = Folder {
    url: "https://security-metadata.canonical.com/oval/",
    table: Table::Listing,
    choose,
    also: &[],
};

/// The files by flaw of the releases; `oci.com.ubuntu.…` has the same for container manifests.
fn choose(listed: Vec<Listed>) -> Vec<Listed> {
    let mut chosen = smallest(listed);
    chosen.retain(|l| {
        let series = l.path.strip_prefix("com.ubuntu.").and_then(|r| r.split_once(".cve.oval.xml"));
        series.is_some_and(|(series, _)| {
            matches!(ubuntu_series::row(series), ubuntu_series::Row::Release(..))
        })
    });
    chosen
}

struct Ubuntu;

/// Words of a criterion and the state that they stand for; the first that fits counts.
const STATES: [(&str, FixState); 6] = [
    ("decision has been made to defer", FixState::FixDeferred),
    ("decision has been made to ignore", FixState::WillNotFix),
    ("may need fixing", FixState::UnderInvestigation),
    ("is pending publication", FixState::Affected),
    ("needs fixing", FixState::Affected),
    ("has been fixed", FixState::Fixed),
];

impl Dialect for Ubuntu {
    const SOURCE: &'static str = "ubuntu";
    const NAMES_SOURCES: bool = true;

    fn scope(&self, _file: &str, definition: &Definition) -> Result<Scope, &'static str> {
        // `oval:com.ubuntu.focal:def:…`; other products have a longer name: `com.ubuntu.fips-updates_jammy`.
        let mut parts = definition.id.split(':');
        let series = parts.nth(1).and_then(|p| p.strip_prefix("com.ubuntu."));
        if definition.id.ends_with(":def:100") {
            return Err("definition of the system itself");
        }
        // `Ubuntu Pro FIPS-updates 22.04 LTS`: other builds of the same packages.
        if definition.platforms.iter().any(|p| p.contains("FIPS")) {
            return Err("definition for another product than the release");
        }
        match series.map(ubuntu_series::row) {
            Some(ubuntu_series::Row::Release(namespace, channel)) => {
                let targets = vec![Target { namespace, channel }];
                Ok(Scope { targets, ..Scope::default() })
            }
            _ => Err("definition for another product than the release"),
        }
    }

    fn literal(&self, criterion: &Criterion<'_>, _targets: &mut Targets) -> Literal {
        let comment = criterion.comment;
        let found = STATES.iter().find(|(words, _)| comment.contains(words));
        let Some((_, state)) = found else { return Literal::Unknown };
        // `zlib package in focal …` or `zlib: while related …`
        let name = comment.split([' ', ':']).next().unwrap_or_default();
        let note = comment.split_once("(note: '").and_then(|(_, rest)| rest.split_once("')"));
        let fact = match (state, note) {
            (FixState::Fixed, Some((version, _))) if !version.is_empty() => {
                Fact::Below(version.into())
            }
            (FixState::Fixed, _) => return Literal::Unknown,
            (state, _) => Fact::Is(*state),
        };
        Literal::Package(name.into(), fact, Vec::new())
    }

    fn channel(&self, fixed: Option<&str>, _mark: Option<&str>) -> Option<Channel> {
        // The name of the programme's half, infrastructure or applications, is not told.
        let fixed = fixed?;
        let is_pro = fixed.contains("+esm") || fixed.contains("~esm");
        is_pro.then(|| Channel { name: "esm".to_owned(), paid: true })
    }
}

#[cfg(test)]
mod tests;
