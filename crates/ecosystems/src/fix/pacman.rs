//! `pacman`, which knows no upgrade of single packages: Arch Linux supports only the whole system.

use super::{Script, Upgrade};

pub(super) fn script(upgrades: &[Upgrade]) -> Script {
    let mut notes =
        vec!["Arch Linux supports no partial upgrades: this upgrades the whole system.".to_owned()];
    let held: Vec<&str> = upgrades.iter().filter(|u| u.held).map(|u| u.name.as_str()).collect();
    if !held.is_empty() {
        notes.push(format!("Take {} out of IgnorePkg in /etc/pacman.conf first.", held.join(", ")));
    }
    Script {
        steps: vec!["pacman -Syu --noconfirm".into()],
        clean: Some("pacman -Scc --noconfirm".into()),
        notes,
        ..Script::default()
    }
}
