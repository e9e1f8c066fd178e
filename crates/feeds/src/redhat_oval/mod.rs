//! Red Hat's OVAL, version 2 (a file for each product and release, flaws without a fix included) and the
//! older files that hold a release's errata: the only machine-readable data for releases that are out of support.
//!
//! A file of another product than the release itself speaks about packages of that product, which may have
//! the names of the release's own: only add-ons whose names are their own are read, each as a channel; all
//! others, and the streams of extended support, are left out and counted.

use plimsoll_model::FixState;

use crate::{
    FeedMeta, Upstream,
    fetch::{
        contents::{Folder, Table},
        manifest::Listed,
    },
    oval::{Criterion, Definition, Dialect, Literal, Scope, Target, Targets, oval_feed},
};

static META: FeedMeta = FeedMeta {
    id: "redhat-oval",
    title: "Red Hat OVAL",
    homepage: "https://www.redhat.com/security/data/oval/v2/",
    licence: "CC-BY-4.0",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct RedhatOval;

oval_feed!(RedhatOval, RedHat, wants, FOLDER);

const FOLDER: Folder = Folder {
    url: "https://security.access.redhat.com/data/oval/v2/",
    table: Table::Pulp("PULP_MANIFEST"),
    choose,
    also: &[Upstream {
        url: "https://security.access.redhat.com/data/archive/oval_v1_20230706.tar.gz",
        file: "oval_v1_20230706.tar.gz",
    }],
};

/// Of the archive of version 1, which holds every erratum once more on its own, the files of those releases
/// that version 2 does not have.
fn wants(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    match file.strip_prefix("com.redhat.rhsa-") {
        Some(rest) => matches!(rest, "RHEL3.xml" | "RHEL4.xml" | "RHEL5.xml"),
        None => file.ends_with(".xml"),
    }
}

/// The files of the releases and of the add-ons that are read; `rhel-8-including-unpatched` holds all of `rhel-8`.
fn choose(listed: Vec<Listed>) -> Vec<Listed> {
    let mut chosen: Vec<Listed> = listed;
    chosen.retain(|l| {
        l.path.ends_with(".oval.xml.bz2") && !matches!(product(&l.path, &[]), Product::Other)
    });
    let whole: std::collections::HashSet<String> =
        chosen.iter().filter_map(|l| Some(l.path.split_once(UNPATCHED)?.0.to_owned())).collect();
    chosen.retain(|l| {
        let stem = l.path.split(".oval").next().unwrap_or_default();
        l.path.contains(UNPATCHED) || !whole.contains(stem)
    });
    chosen
}

const UNPATCHED: &str = "-including-unpatched";

struct RedHat;

/// Add-ons whose packages have names of their own: product in CPE names, start of file names.
pub(crate) const ADD_ONS: [(&str, &str); 6] = [
    ("ansible_engine", "ansible-2"),
    ("devtools", "devtools"),
    ("rhel_dotnet", "dotnet"),
    ("rhel_extras", "rhel-N-extras"),
    ("rhel_extras_other", "rhel-N-extras"),
    ("rhel_software_collections", "rhel-software-collections"),
];

enum Product {
    Base,
    AddOn(&'static str),
    Other,
}

impl Dialect for RedHat {
    const SOURCE: &'static str = "redhat";

    fn scope(&self, file: &str, definition: &Definition) -> Result<Scope, &'static str> {
        let unaffected = definition.id.starts_with("oval:com.redhat.unaffected:");
        let channel = match product(file, &definition.cpes) {
            Product::Base => None,
            Product::AddOn(name) => {
                Some(plimsoll_model::Channel { name: name.to_owned(), paid: false })
            }
            Product::Other => return Err("definition for another product than the release"),
        };
        Ok(Scope { targets: Vec::new(), channel, unaffected })
    }

    fn literal(&self, criterion: &Criterion<'_>, targets: &mut Targets) -> Literal {
        let comment = criterion.comment;
        if let Some(rest) = comment.strip_prefix("Red Hat Enterprise Linux ") {
            // The first branch of each tree asks for a system that is none of Red Hat's.
            return match rest.strip_suffix(" is installed") {
                Some(release) => {
                    let major = release.split(' ').next().unwrap_or_default();
                    let is_major = !major.is_empty() && major.bytes().all(|b| b.is_ascii_digit());
                    match (is_major, release == major) {
                        // Editions of old releases: `Red Hat Enterprise Linux 5 Client`.
                        (true, _) => {
                            Literal::Products(vec![targets.put(Target::base("rhel", major))])
                        }
                        (false, _) => Literal::Unknown,
                    }
                }
                None => Literal::Never,
            };
        }
        if comment == "Red Hat CoreOS 4 is installed" {
            return Literal::Never;
        }
        if let Some(module) =
            comment.strip_prefix("Module ").and_then(|m| m.strip_suffix(" is enabled"))
        {
            return Literal::Module(module.to_owned());
        }
        // Which kernel runs is no matter of an image; absence stands beside presence in `unaffected`.
        let is_about_running =
            comment.ends_with("is currently running") || comment.ends_with("on next boot");
        if is_about_running || (criterion.absent && comment.ends_with("is not installed")) {
            return Literal::Always;
        }
        criterion.fact()
    }

    fn unfixed(&self, definition: &Definition, package: &str, module: Option<&str>) -> FixState {
        let all = &definition.resolutions;
        let of_package =
            all.iter().find(|(_, component)| match (component.split_once('/'), module) {
                (Some((m, name)), Some(module)) => m == module && name == package,
                (None, _) => component == package,
                _ => false,
            });
        let first = all.first();
        let is_same = all.iter().all(|(state, _)| Some(state) == first.map(|(s, _)| s));
        match of_package.or(first.filter(|_| is_same)) {
            Some((state, _)) => match state.to_ascii_lowercase().as_str() {
                "will not fix" => FixState::WillNotFix,
                "fix deferred" => FixState::FixDeferred,
                "out of support scope" => FixState::EndOfLife,
                "under investigation" => FixState::UnderInvestigation,
                "not affected" => FixState::NotAffected,
                _ => FixState::Affected,
            },
            None => FixState::Affected,
        }
    }
}

/// By the CPE names; by the file's name where a definition has none, as all without a fix had until 2022.
fn product(file: &str, cpes: &[String]) -> Product {
    let mut add_on = None;
    for cpe in cpes {
        let mut parts = cpe.split(':').skip(2);
        if parts.next() != Some("redhat") {
            continue;
        }
        match parts.next() {
            // Releases 2.1 to 5 stood under another name in the older files.
            Some("enterprise_linux" | "rhel") => return Product::Base,
            Some(name) => {
                let known = ADD_ONS.iter().find(|(product, _)| *product == name);
                add_on = add_on.or(known.map(|(product, _)| *product));
            }
            None => {}
        }
    }
    if !cpes.is_empty() {
        return add_on.map_or(Product::Other, Product::AddOn);
    }
    let file = file.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = file.split(".oval").next().unwrap_or_default();
    let stem = stem.trim_end_matches(".xml").trim_end_matches("-including-unpatched");
    let stem = stem.strip_prefix("clair-").unwrap_or(stem);
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let base = ["rhel-", "red_hat_enterprise_linux_", "com.redhat.rhsa-rhel"];
    if base.iter().any(|prefix| stem.strip_prefix(prefix).is_some_and(digits)) {
        return Product::Base;
    }
    for (product, start) in ADD_ONS {
        let found = match start.split_once("-N-") {
            Some((head, tail)) => {
                let rest = stem.strip_prefix(head).and_then(|r| r.strip_prefix('-'));
                rest.and_then(|r| r.split_once('-')).is_some_and(|(n, t)| digits(n) && t == tail)
            }
            None => stem.starts_with(start),
        };
        if found {
            return Product::AddOn(product);
        }
    }
    Product::Other
}

#[cfg(test)]
mod tests;
