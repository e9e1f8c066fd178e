//! `zypper`.

use super::{FixContext, Script, Upgrade, archives, shell::quote, upgrade::Target};

pub(super) fn script(context: &FixContext<'_>, upgrades: &[Upgrade]) -> Script {
    let word = |u: &Upgrade| {
        let name = match &u.arch {
            Some(arch) => format!("{}.{arch}", u.name),
            None => u.name.clone(),
        };
        match &u.to {
            Target::Version(version) => {
                let version = version.strip_prefix("0:").unwrap_or(version);
                quote(&format!("{name}>={version}"))
            }
            Target::Newest { .. } => quote(&name),
        }
    };
    let words: Vec<String> = upgrades.iter().map(word).collect();
    let mut script = Script {
        steps: vec![
            "zypper --non-interactive refresh".into(),
            format!("zypper --non-interactive install {}", words.join(" ")),
        ],
        clean: Some("zypper clean --all".into()),
        ..Script::default()
    };
    if let Some(archive) = archives::zypper(context) {
        script.prepare = archive.lines;
        script.notes.extend(archive.notes);
    }
    if context.os.is_some_and(|os| os.id == "sles") {
        script.notes.push(
            "SUSE's update repositories need a registered host or `SUSEConnect` credentials as build secrets."
                .into(),
        );
    }
    script
}
