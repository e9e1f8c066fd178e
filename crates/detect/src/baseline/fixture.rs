//! Images in text, for the examples of checks: `//- /path mode=… uid=… gid=… kind=… owner=… size=…` and the text of
//! the file, `//- config`, `//- packages`, `//- parameters`. See `docs/adding-a-baseline-check.md`.
#![allow(clippy::unwrap_used, reason = "fixtures")]

use plimsoll_model::{
    Analyzer, EntryKind, FileMeta, ImageConfig, ImageIdentity, ImageText, Inventory, NotableFile,
    OwnedPackage, Package, PackageKind, PathEntry, Platform, Want,
};

use super::{Notable, Parameters};
use crate::texts::TextFiles;

/// What no repository may hold is put together here.
fn expand(text: &str) -> String {
    text.replace("{AKID}", &["AK", "IA", "QX3BT7ZPL2WNVC5M"].concat())
        .replace("{WORD}", &["hun", "ter", "2x"].concat())
}

/// An inventory without anything.
pub(crate) fn empty() -> Inventory {
    Inventory {
        schema: plimsoll_model::INVENTORY_SCHEMA,
        image: ImageIdentity {
            reference: String::new(),
            source: "docker-archive".into(),
            digest: None,
            config_digest: None,
            tags: Vec::new(),
            repo_digests: Vec::new(),
            platform: Platform::default(),
        },
        layers: Vec::new(),
        config: ImageConfig::default(),
        history: Vec::new(),
        os: None,
        packages: Vec::new(),
        detections: Vec::new(),
        texts: Vec::new(),
        notable: Vec::new(),
        identities: Vec::new(),
        looked_for: Vec::new(),
        problems: Vec::new(),
    }
}

/// The image and the parameters of a fixture. `unread` are files that no analyser would keep.
pub(crate) fn parse(fixture: &str) -> (Inventory, Parameters, Vec<String>) {
    let fixture = expand(fixture);
    let mut inventory = empty();
    let mut parameters = Parameters { catalogue: super::Catalogue::Full, ..Parameters::default() };
    let mut entries: Vec<(NotableFile, String)> = Vec::new();
    for part in fixture.split("//- ").filter(|part| !part.trim().is_empty()) {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        match head.trim() {
            "config" => config(body, &mut inventory),
            "packages" => {
                for line in body.lines().filter(|line| !line.is_empty()) {
                    let (name, version) = line.split_once(' ').unwrap();
                    inventory.packages.push(OwnedPackage {
                        package: Package::new(PackageKind::Deb, name, version),
                        path: "var/lib/dpkg/status".into(),
                        layer: 0,
                        set_aside: None,
                    });
                }
            }
            "parameters" => {
                let full = parameters.catalogue;
                parameters = Parameters::parse(body).unwrap();
                parameters.catalogue = full;
            }
            head => entries.push(entry(head, body)),
        }
    }
    let text =
        |path: &str| entries.iter().find(|(e, _)| e.path == path).map(|(_, text)| text.as_str());
    let notable = Notable::new(text("etc/passwd"), text("etc/group"));
    let mut unread = Vec::new();
    for (file, text) in &entries {
        let entry = PathEntry {
            path: &file.path,
            kind: file.kind,
            mode: file.mode,
            uid: file.uid,
            gid: file.gid,
            size: file.size,
            target: &file.target,
        };
        let mut kept = false;
        if file.kind == EntryKind::File
            && TextFiles.wants(&FileMeta { entry }, text.as_bytes()) != Want::Skip
        {
            kept = true;
            let (path, mode, uid, gid) = (file.path.clone(), file.mode, file.uid, file.gid);
            inventory.texts.push(ImageText { path, layer: 0, mode, uid, gid, text: text.clone() });
        }
        if notable.wants(&entry) {
            kept = true;
            inventory.notable.push(file.clone());
        }
        if !kept {
            unread.push(file.path.clone());
        }
    }
    inventory.texts.sort_by(|a, b| a.path.cmp(&b.path));
    inventory.notable.sort_by(|a, b| a.path.cmp(&b.path));
    (inventory, parameters, unread)
}

fn entry(head: &str, body: &str) -> (NotableFile, String) {
    let mut words = head.split_whitespace();
    let path = words.next().unwrap().trim_start_matches('/').to_owned();
    let mut file = NotableFile {
        path,
        layer: 0,
        kind: EntryKind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: body.len() as u64,
        target: String::new(),
        owner: None,
    };
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        match key {
            "mode" => file.mode = u16::from_str_radix(value, 8).unwrap(),
            "uid" => file.uid = value.parse().unwrap(),
            "gid" => file.gid = value.parse().unwrap(),
            "size" => file.size = value.parse().unwrap(),
            "owner" => file.owner = Some(value.to_owned()),
            "link" => (file.kind, file.target) = (EntryKind::Symlink, value.to_owned()),
            "kind" => {
                file.kind = match value {
                    "dir" => EntryKind::Dir,
                    "special" => EntryKind::Special,
                    other => panic!("kind {other}"),
                };
            }
            other => panic!("{other}"),
        }
    }
    (file, body.to_owned())
}

fn config(body: &str, inventory: &mut Inventory) {
    let config = &mut inventory.config;
    for line in body.lines().filter(|line| !line.is_empty()) {
        let (key, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        let words = || value.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        match key {
            "User" => config.user = value.to_owned(),
            "Env" => config.env.push(value.to_owned()),
            "Cmd" => config.cmd = words(),
            "Shell" => config.cmd = vec!["/bin/sh".into(), "-c".into(), value.to_owned()],
            "Entrypoint" => config.entrypoint = words(),
            "Expose" => config.exposed_ports.push(value.to_owned()),
            "Volume" => config.volumes.push(value.to_owned()),
            "Healthcheck" => config.healthcheck = Some(words()),
            "OnBuild" => config.on_build.push(value.to_owned()),
            "Tag" => inventory.image.tags.push(value.to_owned()),
            "Reference" => inventory.image.reference = value.to_owned(),
            other => panic!("{other}"),
        }
    }
}
