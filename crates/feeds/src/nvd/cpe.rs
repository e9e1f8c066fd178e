//! Which versions of which programs a record calls affected, by CPE names: for the programs alone that Plimsoll
//! recognises where no package manager installed them. Whatever says more than product and version (a platform beside
//! it, an edition, another target system) is left out, and so is "all versions": NVD writes that where it knows of none.

use std::collections::BTreeMap;

use plimsoll_ecosystems::classifiers::by_cpe;
use plimsoll_model::{Affected, FixState, NameKind, Namespace, PackageKind, Range};
use serde::Deserialize;

/// Most statements about one program that are kept of a record.
const MAX_STATEMENTS: usize = 2000;

/// Longest version that is believed.
const MAX_VERSION: usize = 100;

#[derive(Default, Deserialize)]
pub(super) struct Configuration {
    #[serde(default)]
    operator: Option<String>,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    #[serde(default)]
    operator: Option<String>,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    cpe_match: Vec<Match>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    vulnerable: bool,
    criteria: String,
    #[serde(default)]
    version_start_including: Option<String>,
    #[serde(default)]
    version_start_excluding: Option<String>,
    #[serde(default)]
    version_end_including: Option<String>,
    #[serde(default)]
    version_end_excluding: Option<String>,
}

/// What is said of one program.
#[derive(Default)]
struct Said {
    ranges: Vec<Range>,
    versions: Vec<String>,
}

/// The programs that `configurations` call affected.
pub(super) fn affected(configurations: &[Configuration]) -> Vec<Affected> {
    let mut programs: BTreeMap<&'static str, Said> = BTreeMap::new();
    for one in configurations.iter().flat_map(alternatives) {
        let Some((name, version)) = one.vulnerable.then(|| program(&one.criteria)).flatten() else {
            continue;
        };
        let said = programs.entry(name).or_default();
        if said.ranges.len() + said.versions.len() >= MAX_STATEMENTS {
            continue;
        }
        match version {
            Some(version) if !said.versions.contains(&version) => said.versions.push(version),
            Some(_) => {}
            None => said.ranges.extend(range(one).filter(|range| !said.ranges.contains(range))),
        }
    }
    programs.into_iter().filter_map(|(name, said)| row(name, said)).collect()
}

/// The matches of a configuration of which any one is enough.
fn alternatives(configuration: &Configuration) -> &[Match] {
    let is_and = |operator: &Option<String>| operator.as_deref() == Some("AND");
    match configuration.nodes.as_slice() {
        [only] if !configuration.negate && !only.negate => {
            let is_joined = is_and(&configuration.operator) || is_and(&only.operator);
            if is_joined && only.cpe_match.len() > 1 { &[] } else { &only.cpe_match }
        }
        _ => &[],
    }
}

/// The program of a CPE name, and its version where it names one.
fn program(criteria: &str) -> Option<(&'static str, Option<String>)> {
    let parts = split(criteria.strip_prefix("cpe:2.3:a:")?);
    let [vendor, product, version, update, edition, language, sw_edition, target, hardware, other] =
        <[&str; 10]>::try_from(parts).ok()?;
    let is_any = |part: &str| matches!(part, "*" | "-");
    let is_plain = is_any(edition) && is_any(language) && is_any(hardware) && is_any(other);
    // Node.js' lines are told apart by their ranges as well.
    let is_open = is_any(sw_edition) || (product == "node.js" && sw_edition == "lts");
    let is_here = is_any(target) || matches!(target, "linux" | "linux_kernel" | "unix");
    let name = by_cpe(vendor, product).filter(|_| is_plain && is_open && is_here)?;
    let version = match (version, update) {
        ("*", "*" | "-") => return Some((name, None)),
        ("*" | "-", _) => return None,
        (version, "*" | "-") => version.to_owned(),
        // OpenSSH's `p1`, sudo's `p2`: part of the version for everybody but NVD. Previews are left out.
        (version, update) if update.strip_prefix('p').is_some_and(is_number) => {
            format!("{version}{update}")
        }
        _ => return None,
    };
    is_version(&version).then_some((name, Some(version)))
}

/// Fields divided by colons, of which those behind a backslash are text.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

fn is_version(text: &str) -> bool {
    text.len() <= MAX_VERSION
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || b".-_+~".contains(&c))
}

fn range(one: &Match) -> Option<Range> {
    let version = |text: &Option<String>| text.clone().filter(|text| is_version(text));
    // The first version behind one that is left out cannot be written; what is rare is not guessed at.
    if one.version_start_excluding.is_some() {
        return None;
    }
    let range = Range {
        introduced: version(&one.version_start_including),
        fixed: version(&one.version_end_excluding),
        last_affected: version(&one.version_end_including),
    };
    (range.fixed.is_some() || range.last_affected.is_some()).then_some(range)
}

fn row(name: &str, Said { ranges, versions }: Said) -> Option<Affected> {
    if ranges.is_empty() && versions.is_empty() {
        return None;
    }
    let is_fixed = ranges.iter().any(|range| range.fixed.is_some());
    Some(Affected {
        namespace: Namespace::new(PackageKind::Generic.purl_type(), ""),
        package: name.to_owned(),
        name_kind: NameKind::Binary,
        arches: Vec::new(),
        module: None,
        channel: None,
        ranges,
        versions,
        state: if is_fixed { FixState::Fixed } else { FixState::Affected },
        severity: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: serde_json::Value) -> Vec<String> {
        let configurations: Vec<Configuration> = serde_json::from_value(value).unwrap();
        let mut lines = Vec::new();
        for one in affected(&configurations) {
            for Range { introduced, fixed, last_affected } in &one.ranges {
                let text = |version: &Option<String>| version.clone().unwrap_or_default();
                let (from, to, last) = (text(introduced), text(fixed), text(last_affected));
                lines.push(format!("{} [{from}, {to}) {last}", one.package));
            }
            lines.extend(one.versions.iter().map(|version| format!("{} {version}", one.package)));
        }
        lines
    }

    fn or(matches: serde_json::Value) -> serde_json::Value {
        json!({"operator": "OR", "negate": false, "cpeMatch": matches})
    }

    #[test]
    fn ranges_and_versions_of_known_programs() {
        // CVE-2021-23017 and others, as NVD has them.
        let found = of(json!([{"nodes": [or(json!([
            {"vulnerable": true, "criteria": "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*",
             "versionStartIncluding": "0.6.18", "versionEndExcluding": "1.20.1"},
            {"vulnerable": true, "criteria": "cpe:2.3:a:nodejs:node.js:*:*:*:*:lts:*:*:*",
             "versionStartIncluding": "14.0.0", "versionEndIncluding": "14.14.0"},
            {"vulnerable": true, "criteria": "cpe:2.3:a:openbsd:openssh:7.2:p2:*:*:*:*:*:*"},
            {"vulnerable": true, "criteria": "cpe:2.3:a:openssl:openssl:1.0.2a:*:*:*:*:*:*:*"},
            {"vulnerable": true, "criteria": "cpe:2.3:a:joomla:joomla\\!:*:*:*:*:*:*:*:*",
             "versionEndExcluding": "3.9.25"},
            {"vulnerable": true, "criteria": "cpe:2.3:a:vendor:product:1.0:*:*:*:*:*:*:*"}
        ]))]}]));
        assert_eq!(
            found,
            [
                "joomla [, 3.9.25) ",
                "nginx [0.6.18, 1.20.1) ",
                "node [14.0.0, ) 14.14.0",
                "openssh 7.2p2",
                "openssl 1.0.2a",
            ]
        );
    }

    #[test]
    fn what_depends_on_more_is_left_out() {
        let plain = "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*";
        let one = |criteria: &str| json!([{"vulnerable": true, "criteria": criteria, "versionEndExcluding": "6.2.7"}]);
        let platform = or(
            json!([{"vulnerable": false, "criteria": "cpe:2.3:o:microsoft:windows:-:*:*:*:*:*:*:*"}]),
        );
        assert_eq!(of(json!([{"nodes": [or(one(plain))]}])), ["redis [, 6.2.7) "]);
        for configuration in [
            json!({"operator": "AND", "nodes": [or(one(plain)), platform]}),
            json!({"negate": true, "nodes": [or(one(plain))]}),
            json!({"nodes": [or(one("cpe:2.3:a:redis:redis:*:*:*:*:enterprise:*:*:*"))]}),
            json!({"nodes": [or(one("cpe:2.3:a:redis:redis:*:*:*:*:*:windows:*:*"))]}),
            json!({"nodes": [or(one("cpe:2.3:o:redis:redis:*:*:*:*:*:*:*:*"))]}),
            json!({"nodes": [or(one("cpe:2.3:a:redis:redis:*:rc1:*:*:*:*:*:*"))]}),
            json!({"nodes": [or(one("cpe:2.3:a:redis"))]}),
            json!({"nodes": [or(json!([{"vulnerable": true, "criteria": plain}]))]}),
            json!({"nodes": [or(json!([{"vulnerable": false, "criteria": plain, "versionEndExcluding": "1"}]))]}),
            json!({"nodes": [or(json!([{"vulnerable": true, "criteria": plain, "versionStartExcluding": "1",
                                        "versionEndExcluding": "2"}]))]}),
        ] {
            assert_eq!(of(json!([configuration])), Vec::<String>::new(), "{configuration}");
        }
    }
}
