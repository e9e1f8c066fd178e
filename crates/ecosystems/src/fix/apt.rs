//! `apt-get`.

use std::collections::{BTreeMap, BTreeSet};

use super::{FixContext, Script, Upgrade, archives, shell::quote, upgrade::Target};

pub(super) fn script(context: &FixContext<'_>, upgrades: &[Upgrade]) -> Script {
    let native = native_arch(context);
    let words: Vec<String> = upgrades
        .iter()
        .map(|u| {
            let mut word = u.name.clone();
            let repeated = upgrades.iter().filter(|other| other.name == u.name).count() > 1;
            if let Some(arch) = u.arch.as_deref().filter(|a| *a != "all") {
                let foreign = native.as_deref().is_some_and(|native| native != arch);
                if foreign || (native.is_none() && repeated) {
                    word.push_str(&format!(":{arch}"));
                }
            }
            if let Target::Version(version) = &u.to {
                word.push_str(&format!("={version}"));
            }
            quote(&word)
        })
        .collect();
    let mut script =
        Script { clean: Some("rm -rf /var/lib/apt/lists/*".into()), ..Script::default() };
    let archive = archives::apt(context);
    let update = match &archive {
        // Archived indexes are past the date until which they call themselves valid.
        Some(_) => "apt-get -o Acquire::Check-Valid-Until=false update",
        None => "apt-get update",
    };
    if let Some(archive) = archive {
        script.prepare = archive.lines;
        script.notes.extend(archive.notes);
    }
    script.steps.push(update.into());
    let held: BTreeSet<&str> =
        upgrades.iter().filter(|u| u.held).map(|u| u.name.as_str()).collect();
    let mut options = "-y --only-upgrade".to_owned();
    if !held.is_empty() {
        let names = held.iter().copied().collect::<Vec<_>>().join(" ");
        if allows_held(context) {
            options.push_str(" --allow-change-held-packages");
        } else {
            script.steps.push(format!("apt-mark unhold {names}"));
        }
        script.notes.push(format!(
            "Somebody held {names} back from upgrades: find out why before you change that."
        ));
    }
    script.steps.push(format!(
        "DEBIAN_FRONTEND=noninteractive apt-get install {options} {}",
        words.join(" "),
    ));
    if upgrades.iter().any(|u| u.version().is_some()) {
        script.notes.push(
            "The archive keeps only the newest version: where it is newer than the one named, leave out \
             `=version`."
                .into(),
        );
    }
    for u in upgrades {
        if let Target::Newest { source_version } = &u.to {
            script.notes.push(format!(
                "{} has another version than its source {}: check that it is built from {source_version} or \
                 later.",
                u.name, u.source,
            ));
        }
    }
    script
}

/// The architecture that most packages have.
fn native_arch(context: &FixContext<'_>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for arch in context.packages.iter().filter_map(|p| p.package.arch.as_deref()) {
        if arch != "all" {
            *counts.entry(arch).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, n)| *n).map(|(arch, _)| arch.to_owned())
}

/// `--allow-change-held-packages` came with apt 1.1: Debian 9 and Ubuntu 16.04.
fn allows_held(context: &FixContext<'_>) -> bool {
    match (context.os.map(|os| os.id.as_str()), context.major()) {
        (Some("ubuntu"), Some(major)) => major >= 16,
        (Some("debian"), Some(major)) => major >= 9,
        _ => true,
    }
}
