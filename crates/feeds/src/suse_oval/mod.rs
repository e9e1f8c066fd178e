//! SUSE's OVAL: a file for each openSUSE release and for each generation of SUSE Linux Enterprise, by flaw or
//! by patch, flaws without a fix included. Products are service packs, modules and programmes; packages of
//! SUSE Manager, SAP, desktops, high performance computing and Micro are not the server's and are left out.

use std::collections::BTreeMap;

use plimsoll_model::FixState;

use crate::{
    FeedMeta,
    fetch::{
        contents::{Folder, Table, smallest},
        manifest::Listed,
    },
    oval::{Criterion, Definition, Dialect, Fact, Literal, Scope, Target, Targets, oval_feed},
};

static META: FeedMeta = FeedMeta {
    id: "suse-oval",
    title: "SUSE OVAL",
    homepage: "https://www.suse.com/support/security/oval/",
    licence: "CC-BY-4.0",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct SuseOval;

oval_feed!(SuseOval, Suse, |name| name.ends_with(".xml"), FOLDER);

const FOLDER: Folder = Folder {
    url: "https://ftp.suse.com/pub/projects/security/oval/",
    table: Table::Listing,
    choose,
    also: &[],
};

/// One file for each release of openSUSE and each generation of SUSE Linux Enterprise: with the flaws that have
/// no fix where there is such a file. Those of single service packs repeat the generation's.
fn choose(listed: Vec<Listed>) -> Vec<Listed> {
    let mut files: BTreeMap<String, Listed> = BTreeMap::new();
    for one in smallest(listed) {
        let Some((stem, _)) = one.path.split_once(".xml") else { continue };
        if stem.ends_with("-patch") {
            continue;
        }
        let name = stem.strip_suffix("-affected").unwrap_or(stem);
        let is_wanted = match name.strip_prefix("suse.linux.enterprise.") {
            Some(rest) => {
                let number = rest.strip_prefix("server.").unwrap_or(rest);
                !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
            }
            None => name.starts_with("opensuse.") && !name.contains(".micro."),
        };
        if is_wanted && (name != stem || !files.contains_key(name)) {
            files.insert(name.to_owned(), one);
        }
    }
    // The file of a generation holds its servers'.
    let names: Vec<String> = files.keys().cloned().collect();
    files.retain(|name, _| {
        let generation = name.replace("enterprise.server.", "enterprise.");
        generation == *name || !names.contains(&generation)
    });
    files.into_values().collect()
}

struct Suse;

impl Dialect for Suse {
    const SOURCE: &'static str = "suse";

    fn scope(&self, _file: &str, definition: &Definition) -> Result<Scope, &'static str> {
        // Where the criteria name no product, the platform is all there is.
        let targets = definition.platforms.iter().filter_map(|p| product(p)).flatten().collect();
        Ok(Scope { targets, ..Scope::default() })
    }

    fn literal(&self, criterion: &Criterion<'_>, targets: &mut Targets) -> Literal {
        let comment = criterion.comment;
        let is_release = criterion.package.is_none_or(|name| {
            name.ends_with("-release")
                || name.ends_with("-release-POOL")
                || name.starts_with("sle-")
        });
        let subject = comment.strip_suffix(" is installed");
        if let Some(found) = subject.and_then(product) {
            return Literal::Products(found.into_iter().map(|t| targets.put(t)).collect());
        }
        // Another product.
        let names_product = subject.is_some_and(|s| s.contains(' ') || s.starts_with("sle"));
        if (is_release && subject.is_some()) || names_product {
            return Literal::Never;
        }
        let word = comment.split(' ').next().unwrap_or_default();
        let package = criterion.package.unwrap_or(word);
        if comment.ends_with(" is not affected") {
            return Literal::Package(package.into(), Fact::Is(FixState::NotAffected), Vec::new());
        }
        if comment.ends_with(" is affected") {
            return Literal::Package(package.into(), Fact::Installed, Vec::new());
        }
        criterion.fact()
    }
}

/// The releases that a product's packages are for.
pub(crate) fn product(name: &str) -> Option<Vec<Target>> {
    let is_version = |t: &str| {
        t.starts_with(|c: char| c.is_ascii_digit())
            && t.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    if name == "openSUSE Tumbleweed" {
        return Some(vec![Target::base("opensuse-tumbleweed", "")]);
    }
    if let Some(rest) = name.strip_prefix("openSUSE Leap ") {
        let version = rest.strip_suffix(" NonFree").unwrap_or(rest);
        return is_version(version).then(|| vec![Target::base("opensuse-leap", version)]);
    }
    if let Some(rest) = name.strip_prefix("openSUSE ") {
        let version =
            rest.strip_suffix(" NonFree").or(rest.strip_suffix(" Update")).unwrap_or(rest);
        return is_version(version).then(|| vec![Target::base("opensuse", version)]);
    }
    // `suse102` is openSUSE 10.2, `sles10-sp4` and `core9` are the server's.
    if let Some(number) = name.strip_prefix("suse")
        && let Some((major, minor)) = number.split_at_checked(2)
        && is_version(major)
        && is_version(minor)
    {
        return Some(vec![Target::base("opensuse", &format!("{major}.{minor}"))]);
    }
    if let Some(number) = name.strip_prefix("core").filter(|n| is_version(n)) {
        return Some(vec![Target::base("sles", number)]);
    }
    if let Some(rest) = name.strip_prefix("sles") {
        let (major, pack) = rest.split_once("-sp").unwrap_or((rest, ""));
        let version = if pack.is_empty() { major.to_owned() } else { format!("{major}.{pack}") };
        return is_version(&version).then(|| vec![Target::base("sles", &version)]);
    }
    let rest = name.strip_prefix("SUSE Linux Enterprise ")?;
    let (edition, is_module) = match rest.strip_prefix("Module for ") {
        // The version stands behind the module's name.
        Some(module) => {
            (module.find(|c: char| c.is_ascii_digit()).and_then(|at| module.get(at..))?, true)
        }
        None => {
            let server = rest.strip_prefix("Server ");
            (server.or_else(|| rest.strip_prefix("Software Development Kit "))?, false)
        }
    };
    let edition = edition.strip_suffix(" LTSS").map_or(edition.into(), |e| format!("{e}-LTSS"));
    let (edition, channel) = match edition.split_once('-') {
        None => (edition.as_str(), None),
        Some((edition, "LTSS")) => (edition, Some("ltss")),
        // Programmes for single customers: BCL, CLIENT-TOOLS, ESPOS, TERADATA …
        Some(_) => return None,
    };
    let (major, pack) = edition.split_once(" SP").unwrap_or((edition, ""));
    if !is_version(major) || !(pack.is_empty() || is_version(pack)) {
        return None;
    }
    if is_module && major == "12" && pack.is_empty() {
        // Modules of release 12 are for all its service packs.
        let packs = ["12", "12.1", "12.2", "12.3", "12.4", "12.5"];
        return Some(packs.iter().map(|r| Target::base("sles", r)).collect());
    }
    let release = if pack.is_empty() { major.to_owned() } else { format!("{major}.{pack}") };
    let target = Target::base("sles", &release);
    Some(vec![match channel {
        Some(name) => target.with(name, true),
        None => target,
    }])
}

#[cfg(test)]
mod tests;
