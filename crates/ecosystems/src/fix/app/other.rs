//! Ecosystems that need no more than a line.

use plimsoll_model::PackageKind;

use super::{super::shell::quote, Help, Origin, Raise};

pub(super) fn help(raise: &Raise<'_>) -> Help {
    let Raise { name, to, .. } = raise;
    let transitive = matches!(raise.origin, Origin::Through(_));
    match raise.kind {
        PackageKind::Hex if raise.lock_name() == "rebar.lock" => {
            Help::command(format!("rebar3 upgrade {}", quote(name)))
        }
        PackageKind::Hex => {
            let help = Help::command(format!("mix deps.update {}", quote(name)));
            if transitive {
                help.note(format!(
                    "To override, add to mix.exs: `{{:{name}, \">= {to}\", override: true}}`."
                ))
            } else {
                help.note("mix.exs must allow that version.")
            }
        }
        PackageKind::Pub if transitive => {
            Help::command(format!("dart pub upgrade {}", quote(name))).note(format!(
                "To override, add to pubspec.yaml: `dependency_overrides: {{ {name}: ^{to} }}`."
            ))
        }
        PackageKind::Pub => {
            Help::command(format!("dart pub add {}", quote(&format!("{name}:^{to}"))))
        }
        PackageKind::Swift => Help::command("swift package update".into())
            .note(format!("Package.swift must allow it: `from: \"{to}\"`.")),
        PackageKind::Conda => {
            Help::command(format!("conda install {}", quote(&format!("{name}>={to}"))))
        }
        PackageKind::Brew => Help::command(format!("brew upgrade {}", quote(name))),
        PackageKind::WordpressPlugin => {
            Help::command(format!("wp plugin update {} --version={}", quote(name), quote(to),))
        }
        _ => Help::default(),
    }
}
