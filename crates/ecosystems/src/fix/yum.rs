//! `yum`, `dnf` and `microdnf`, which take the same words: name, version and architecture (NEVRA).

use super::{FixContext, Script, Upgrade, archives, shell::quote, upgrade::Target};

pub(super) fn script(context: &FixContext<'_>, tool: &str, upgrades: &[Upgrade]) -> Script {
    let words: Vec<String> = upgrades.iter().map(|u| quote(&nevra(u))).collect();
    let verb = if tool == "yum" { "update" } else { "upgrade" };
    let mut script = Script {
        steps: vec![format!("{tool} {verb} -y {}", words.join(" "))],
        clean: Some(format!("{tool} clean all")),
        ..Script::default()
    };
    for u in upgrades {
        if let Target::Newest { source_version } = &u.to {
            script.notes.push(format!(
                "CentOS numbers its build of {} otherwise than Red Hat, whose {source_version} has the fix: check \
                 that the build that comes is not older.",
                u.name,
            ));
        }
    }
    if let Some(archive) = archives::yum(context) {
        script.prepare = archive.lines;
        script.notes.extend(archive.notes);
    }
    script
}

/// `name-[epoch:]version-release.arch`.
pub(super) fn nevra(upgrade: &Upgrade) -> String {
    let mut word = upgrade.name.clone();
    if let Target::Version(version) = &upgrade.to {
        word.push('-');
        word.push_str(version.strip_prefix("0:").unwrap_or(version));
    }
    if let Some(arch) = &upgrade.arch {
        word.push('.');
        word.push_str(arch);
    }
    word
}
