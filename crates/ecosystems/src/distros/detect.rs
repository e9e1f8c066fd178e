//! Deciding which system a set of files describes.
//!
//! A file that exists in the finished image counts before one that a layer deleted, and a file that
//! names its distribution before one that a derivative inherits (`redhat-release`, `debian_version`).

use plimsoll_model::{OperatingSystem, PackageFamily};

use super::{ALL, Distro, SystemFile, WELL_KNOWN, by_id, os_release::OsRelease};

/// The longest id, name or version that is taken over from a file, in characters.
const FIELD_LENGTH_LIMIT: usize = 128;

/// Which system the files describe; `None` where none of them says.
#[must_use]
pub fn detect(files: &[SystemFile<'_>]) -> Option<OperatingSystem> {
    let live = candidate(files, false);
    let deleted = candidate(files, true);
    match (live, deleted) {
        // Ubuntu carries a debian_version: alone it must not turn the rest of an Ubuntu into a Debian.
        (Some(live), Some(deleted)) if live.inherited && live.draft.id != deleted.draft.id => {
            Some(deleted.finish(true))
        }
        (Some(live), _) => Some(live.finish(false)),
        (None, deleted) => deleted.map(|found| found.finish(true)),
    }
}

/// The files of one state (live or deleted).
pub(super) struct Files<'a> {
    files: &'a [SystemFile<'a>],
    deleted: bool,
}

impl<'a> Files<'a> {
    /// The text of the file at `path`.
    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        self.files.iter().find(|f| f.path == path && f.deleted == self.deleted).map(|f| f.text)
    }

    /// The first line of the file at `path`, without blanks around it.
    pub(super) fn first_line(&self, path: &str) -> Option<&'a str> {
        self.text(path)?.lines().map(str::trim).find(|l| !l.is_empty())
    }

    /// What the `*-release` files say about `distro`.
    fn release_line(&self, distro: &Distro) -> Option<ReleaseLine<'a>> {
        WELL_KNOWN
            .iter()
            .filter(|path| path.ends_with("-release") && !path.ends_with("/os-release"))
            .find_map(|path| ReleaseLine::parse(self.first_line(path)?, distro.release_lines))
    }
}

/// A system that is being described.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) release: String,
    pub(super) codename: Option<String>,
    /// os-release's assignments; empty where another file identified the system.
    pub(super) fields: OsRelease,
}

struct Found {
    draft: Draft,
    distro: Option<&'static Distro>,
    evidence: &'static str,
    /// Whether the evidence is a file that derivatives inherit.
    inherited: bool,
}

impl Found {
    fn finish(self, deleted: bool) -> OperatingSystem {
        let Draft { id, name, version, release, codename, fields } = self.draft;
        let known = self.distro.and_then(|d| d.release(&release));
        let codename = codename.or_else(|| known?.codename.map(str::to_owned));
        OperatingSystem {
            id: capped(&id),
            name: capped(&name),
            version: capped(&version),
            release: capped(&release),
            codename: codename.as_deref().map(capped),
            family: self.distro.map_or_else(|| family_like(&fields), |d| d.family),
            evidence: self.evidence.to_owned(),
            evidence_deleted: deleted,
            end_of_life: known.and_then(super::Release::end_of_life),
        }
    }
}

fn capped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(FIELD_LENGTH_LIMIT).collect()
}

/// The package family of a system that is not known, from the ones it says it is like.
fn family_like(fields: &OsRelease) -> PackageFamily {
    fields
        .get("ID_LIKE")
        .into_iter()
        .flat_map(str::split_whitespace)
        .find_map(|like| match like {
            "suse" | "opensuse" => Some(PackageFamily::Rpm),
            id => by_name(id).map(|d| d.family),
        })
        .unwrap_or(PackageFamily::None)
}

/// The distribution that a file calls `name`.
fn by_name(name: &str) -> Option<&'static Distro> {
    let same = |other: &&str| other.eq_ignore_ascii_case(name);
    ALL.iter().find(|d| same(&d.id) || d.aliases.iter().any(same)).copied()
}

/// What the live, or the deleted, files say.
fn candidate(files: &[SystemFile<'_>], deleted: bool) -> Option<Found> {
    let files = Files { files, deleted };
    let mut found = from_os_release(&files)
        .or_else(|| from_lsb_release(&files))
        .or_else(|| from_release_line(&files))
        .or_else(|| from_debian_version(&files))?;
    if let Some(distro) = found.distro {
        let draft = &mut found.draft;
        // The one-line file is often more exact: `7` and `CentOS Linux release 7.9.2009 (Core)`.
        if let Some(line) = files.release_line(distro) {
            let more = line.version.strip_prefix(draft.version.as_str());
            if more.is_some_and(|more| draft.version.is_empty() || more.starts_with('.')) {
                line.version.clone_into(&mut draft.version);
            }
        }
        draft.release = distro.key.of(&draft.version);
        if let Some(refine) = distro.refine {
            refine(draft, &files);
        }
        // A refinement may find that the file means a sibling (old openSUSE Leap).
        found.distro = by_id(&found.draft.id);
    }
    Some(found)
}

fn from_os_release(files: &Files<'_>) -> Option<Found> {
    ["etc/os-release", "usr/lib/os-release"].into_iter().find_map(|path| {
        let fields = OsRelease::parse(files.text(path)?);
        let id = fields.get("ID").or_else(|| fields.get("NAME"))?;
        let distro = by_name(id);
        let version = fields.get("VERSION_ID").unwrap_or_default().to_owned();
        let codename = fields
            .get("VERSION_CODENAME")
            .or_else(|| fields.get("UBUNTU_CODENAME").filter(|_| id == "ubuntu"))
            .map(str::to_ascii_lowercase);
        let name = match distro {
            Some(distro) => distro.name.to_owned(),
            None => fields.get("NAME").unwrap_or(id).to_owned(),
        };
        let id = distro.map_or_else(|| id.to_ascii_lowercase(), |d| d.id.to_owned());
        let release = version.clone();
        let draft = Draft { id, name, version, release, codename, fields };
        Some(Found { draft, distro, evidence: path, inherited: false })
    })
}

fn from_lsb_release(files: &Files<'_>) -> Option<Found> {
    let path = "etc/lsb-release";
    let fields = OsRelease::parse(files.text(path)?);
    let distro = by_name(fields.get("DISTRIB_ID")?)?;
    let version = fields.get("DISTRIB_RELEASE").unwrap_or_default().to_owned();
    let codename = fields.get("DISTRIB_CODENAME").map(str::to_ascii_lowercase);
    Some(found(distro, path, version, codename, false))
}

fn from_release_line(files: &Files<'_>) -> Option<Found> {
    for path in WELL_KNOWN.iter().filter(|p| p.ends_with("-release")) {
        let Some(text) = files.text(path) else { continue };
        if *path == "etc/arch-release" {
            return by_id("arch").map(|d| found(d, path, String::new(), None, false));
        }
        let Some(first) = files.first_line(path) else { continue };
        if *path == "etc/alpine-release" && first.starts_with(|c: char| c.is_ascii_digit()) {
            return by_id("alpine").map(|d| found(d, path, first.to_owned(), None, false));
        }
        if *path == "etc/SuSE-release"
            && let Some((distro, version)) = super::sles::from_suse_release(text)
        {
            return by_id(distro).map(|d| found(d, path, version, None, false));
        }
        for distro in ALL {
            if let Some(line) = ReleaseLine::parse(first, distro.release_lines) {
                let inherited = distro.id == "rhel" && *path == "etc/redhat-release";
                return Some(found(distro, path, line.version.to_owned(), None, inherited));
            }
        }
    }
    None
}

fn from_debian_version(files: &Files<'_>) -> Option<Found> {
    let path = "etc/debian_version";
    files.first_line(path)?;
    by_id("debian").map(|d| found(d, path, String::new(), None, true))
}

fn found(
    distro: &'static Distro,
    evidence: &'static str,
    version: String,
    codename: Option<String>,
    inherited: bool,
) -> Found {
    let draft = Draft {
        id: distro.id.to_owned(),
        name: distro.name.to_owned(),
        version,
        release: String::new(),
        codename,
        fields: OsRelease::default(),
    };
    Found { draft, distro: Some(distro), evidence, inherited }
}

/// `CentOS Linux release 7.9.2009 (Core)`.
struct ReleaseLine<'a> {
    version: &'a str,
}

impl<'a> ReleaseLine<'a> {
    /// Reads `line` where it begins with one of `starts`, in any case.
    fn parse(line: &'a str, starts: &[&str]) -> Option<Self> {
        let rest = starts.iter().find_map(|start| {
            let head = line.get(..start.len())?;
            head.eq_ignore_ascii_case(start).then(|| line.get(start.len()..))?
        })?;
        // The version is the first word that begins with a digit; rolling systems have none.
        let version = rest
            .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','))
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or_default();
        Some(Self { version })
    }
}
