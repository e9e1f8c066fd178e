//! The image of a case: its files and its package database, written in the format that the system has.
//!
//! A line of a package list is `NAME VERSION ARCH [SOURCE] [key=value …]`. The source is a name, for dpkg
//! `NAME=VERSION` where the version differs, for RPM the file name of the source package without `.src.rpm`. Keys:
//! `vendor` and `module` (RPM), `state` (dpkg); `_` in a value stands for a blank.

use plimsoll_testkit::{BuiltImage, ImageFixture, Layer, RpmFormat, RpmPackage, rpm_database};

use crate::case::{Case, PackageList};

/// A line of a package list.
struct Listed<'a> {
    name: &'a str,
    version: &'a str,
    arch: &'a str,
    source: Option<&'a str>,
    attributes: Vec<(&'a str, String)>,
}

impl<'a> Listed<'a> {
    fn parse(line: &'a str) -> Self {
        let mut words = line.split_whitespace();
        let mut next = || words.next().unwrap_or_else(|| panic!("`{line}` is no package"));
        let (name, version, arch) = (next(), next(), next());
        let mut listed = Self { name, version, arch, source: None, attributes: Vec::new() };
        for word in words {
            match word.split_once('=') {
                Some((key @ ("vendor" | "module" | "state"), value)) => {
                    listed.attributes.push((key, value.replace('_', " ")));
                }
                _ => listed.source = Some(word),
            }
        }
        listed
    }

    fn attribute(&self, wanted: &str) -> Option<String> {
        self.attributes.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.clone())
    }
}

/// Builds the image, in one layer.
pub(crate) fn build(case: &Case) -> BuiltImage {
    let mut fixture = ImageFixture::default().layer(Layer::default());
    for (path, text) in &case.files {
        fixture = fixture.file(path, text.as_bytes());
    }
    for list in &case.packages {
        for (path, bytes) in database(case, list) {
            fixture = fixture.file(&path, bytes);
        }
    }
    fixture.build()
}

/// The files of a package database.
fn database(case: &Case, list: &PackageList) -> Vec<(String, Vec<u8>)> {
    let listed: Vec<Listed<'_>> = list.lines.iter().map(|line| Listed::parse(line)).collect();
    let one = |path: &str, text: String| vec![(path.to_owned(), text.into_bytes())];
    match list.format.as_str() {
        "apk" => one("lib/apk/db/installed", listed.iter().map(apk).collect()),
        "apk-usr" => one("usr/lib/apk/db/installed", listed.iter().map(apk).collect()),
        "dpkg" => one("var/lib/dpkg/status", listed.iter().map(|p| dpkg(p, true)).collect()),
        "dpkg-status.d" => listed
            .iter()
            .map(|p| (format!("var/lib/dpkg/status.d/{}", p.name), dpkg(p, false).into_bytes()))
            .collect(),
        "rpm-bdb" => rpm(case, "var/lib/rpm", RpmFormat::Bdb, &listed),
        "rpm-ndb" => rpm(case, "usr/lib/sysimage/rpm", RpmFormat::Ndb, &listed),
        "rpm-ndb-var" => rpm(case, "var/lib/rpm", RpmFormat::Ndb, &listed),
        "rpm-sqlite" => rpm(case, "var/lib/rpm", RpmFormat::Sqlite, &listed),
        "rpm-sqlite-usr" => rpm(case, "usr/lib/sysimage/rpm", RpmFormat::Sqlite, &listed),
        "rpm-manifest" => one(
            "var/lib/rpmmanifest/container-manifest-2",
            listed.iter().map(|p| manifest(case, p)).collect(),
        ),
        "bottlerocket" => {
            let entries: Vec<String> = listed.iter().map(bottlerocket).collect();
            one(
                "usr/share/bottlerocket/application-inventory.json",
                format!("{{\"Content\":[{}]}}", entries.join(",")),
            )
        }
        "pacman" => listed
            .iter()
            .map(|p| {
                let path = format!("var/lib/pacman/local/{}-{}/desc", p.name, p.version);
                (path, pacman(p).into_bytes())
            })
            .collect(),
        other => panic!("{}: `{other}` is no package database", case.name),
    }
}

fn apk(p: &Listed<'_>) -> String {
    let Listed { name, version, arch, .. } = p;
    format!("P:{name}\nV:{version}\nA:{arch}\nL:x\no:{}\n\n", p.source.unwrap_or(name))
}

fn dpkg(p: &Listed<'_>, with_status: bool) -> String {
    let Listed { name, version, arch, .. } = p;
    let mut text = format!("Package: {name}\n");
    if with_status {
        let state = p.attribute("state").unwrap_or_else(|| "install ok installed".into());
        text.push_str(&format!("Status: {state}\n"));
    }
    text.push_str(&format!("Architecture: {arch}\n"));
    match p.source.map(|source| source.split_once('=').ok_or(source)) {
        Some(Ok((source, version))) => text.push_str(&format!("Source: {source} ({version})\n")),
        Some(Err(source)) => text.push_str(&format!("Source: {source}\n")),
        None => {}
    }
    format!("{text}Version: {version}\n\n")
}

fn rpm(
    case: &Case,
    folder: &str,
    format: RpmFormat,
    listed: &[Listed<'_>],
) -> Vec<(String, Vec<u8>)> {
    let package = |p: &Listed<'_>| {
        let (epoch, rest) = match p.version.split_once(':') {
            Some((epoch, rest)) => (Some(epoch.parse().unwrap()), rest),
            None => (None, p.version),
        };
        let (version, release) = rest.split_once('-').unwrap();
        RpmPackage {
            name: p.name.to_owned(),
            epoch,
            version: version.to_owned(),
            release: release.to_owned(),
            arch: p.arch.to_owned(),
            source_rpm: p.source.map(|source| format!("{source}.src.rpm")),
            vendor: p.attribute("vendor").or_else(|| case.vendor.clone()),
            module: p.attribute("module"),
            files: Vec::new(),
            digests: Vec::new(),
        }
    };
    let packages: Vec<RpmPackage> = listed.iter().map(package).collect();
    vec![(format!("{folder}/{}", format.file_name()), rpm_database(format, &packages))]
}

fn manifest(case: &Case, p: &Listed<'_>) -> String {
    let (epoch, rest) = p.version.split_once(':').unwrap_or(("(none)", p.version));
    let number = if epoch == "(none)" { "0" } else { epoch };
    let vendor = case.vendor.as_deref().unwrap_or("(none)");
    let source = p.source.map_or_else(|| "(none)".into(), |source| format!("{source}.src.rpm"));
    format!(
        "{}\t{rest}\t1690000000\t1690000000\t{vendor}\t{epoch}\t1000\t{}\t{number}\t{source}\n",
        p.name, p.arch
    )
}

fn pacman(p: &Listed<'_>) -> String {
    let base = p.source.unwrap_or(p.name);
    let fields = [("NAME", p.name), ("VERSION", p.version), ("BASE", base), ("ARCH", p.arch)];
    fields.iter().map(|(key, value)| format!("%{key}%\n{value}\n\n")).collect()
}

fn bottlerocket(p: &Listed<'_>) -> String {
    let (epoch, rest) = p.version.split_once(':').unwrap_or(("0", p.version));
    let (version, release) = rest.split_once('-').unwrap();
    format!(
        r#"{{"Name":"{}","Publisher":"Bottlerocket","Version":"{version}","Release":"{release}","Epoch":"{epoch}","Architecture":"{}"}}"#,
        p.name, p.arch
    )
}
