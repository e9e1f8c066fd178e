//! `tdnf` of Photon OS, CBL-Mariner and Azure Linux.

use super::{Script, Upgrade, shell::quote, upgrade::Target};

pub(super) fn script(upgrades: &[Upgrade]) -> Script {
    // Unlike dnf it takes neither an epoch nor an architecture behind a version.
    let word = |u: &Upgrade| match &u.to {
        Target::Version(version) => {
            let version = version.split_once(':').map_or(version.as_str(), |(_, v)| v);
            quote(&format!("{}-{version}", u.name))
        }
        Target::Newest { .. } => quote(&u.name),
    };
    let words: Vec<String> = upgrades.iter().map(word).collect();
    Script {
        steps: vec!["tdnf makecache".into(), format!("tdnf update -y {}", words.join(" "))],
        clean: Some("tdnf clean all".into()),
        ..Script::default()
    }
}
