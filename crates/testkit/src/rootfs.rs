//! The image flattened: what a container of it sees, as a folder or one tar archive.

use std::{collections::BTreeMap, fs, os::unix::fs as unix, path::Path};

use crate::{BuiltImage, Entry, Node, layer::write_entry};

impl BuiltImage {
    /// Entries of the finished file system in the order of their paths: whiteouts and opaque
    /// directories applied, replaced entries gone, hard links turned into the files they name.
    #[must_use]
    pub fn flatten(&self) -> Vec<Entry> {
        let mut out: BTreeMap<String, Entry> = BTreeMap::new();
        let clean = |name: &[u8]| String::from_utf8_lossy(name).trim_end_matches('/').to_owned();
        for built in self.layers() {
            let below = |dir: &str, path: &str| {
                dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
            };
            for entry in &built.layer.entries {
                let path = clean(&entry.name);
                let (dir, name) = path.rsplit_once('/').unwrap_or(("", &path));
                if name == ".wh..wh..opq" {
                    out.retain(|path, _| !below(dir, path));
                } else if let Some(gone) = name.strip_prefix(".wh.") {
                    let gone = if dir.is_empty() { gone.into() } else { format!("{dir}/{gone}") };
                    out.retain(|path, _| *path != gone && !below(&gone, path));
                }
            }
            for entry in &built.layer.entries {
                let path = clean(&entry.name);
                if path.rsplit('/').next().is_some_and(|name| name.starts_with(".wh.")) {
                    continue;
                }
                let mut entry = entry.clone();
                if let Node::Hardlink(target) = &entry.node {
                    let target = out.get(target.as_str()).expect("target of a hard link");
                    entry.node = target.node.clone();
                }
                if entry.node != Node::Dir {
                    out.retain(|other, _| !below(&path, other));
                }
                out.insert(path, entry);
            }
        }
        out.into_values().collect()
    }

    /// The flattened file system as an uncompressed tar archive.
    #[must_use]
    pub fn rootfs_tar(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.flatten().iter().for_each(|entry| write_entry(&mut out, entry));
        out.resize((out.len() + 1024).next_multiple_of(10_240), 0);
        out
    }

    /// Writes the flattened file system below `folder`. Devices are left out; owners are set where
    /// that is allowed.
    pub fn rootfs(&self, folder: &Path) {
        use std::os::unix::fs::PermissionsExt;
        for entry in self.flatten() {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            let path = folder.join(name.trim_end_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match &entry.node {
                Node::File(bytes) => fs::write(&path, bytes).unwrap(),
                Node::Dir => fs::create_dir_all(&path).unwrap(),
                Node::Symlink(target) => unix::symlink(target, &path).unwrap(),
                _ => continue,
            }
            let owner = |id: u64| Some(u32::try_from(id).unwrap());
            let _ = unix::lchown(&path, owner(entry.uid), owner(entry.gid));
            if !matches!(entry.node, Node::Symlink(_)) {
                fs::set_permissions(&path, fs::Permissions::from_mode(entry.mode)).unwrap();
            }
        }
    }
}
