//! Cargo.

use super::{super::shell::quote, Help, Origin, Raise};

pub(super) fn help(raise: &Raise<'_>) -> Help {
    let Raise { name, from, to, .. } = raise;
    if raise.same_line() {
        // The version tells which one where several lines of a crate are in use.
        let spec = quote(&format!("{name}@{from}"));
        return Help::command(format!("cargo update -p {spec} --precise {}", quote(to)));
    }
    match (&raise.origin, raise.roots()) {
        (Origin::Through(_), []) => Help::default(),
        (Origin::Through(_), roots) => {
            let words: Vec<String> =
                roots.iter().map(|root| format!("-p {}", quote(root))).collect();
            Help::command(format!("cargo update {}", words.join(" ")))
                .note("Cargo overrides no incompatible version: those crates have to ask for it.")
        }
        _ => Help::command(format!("cargo add {}", quote(&format!("{name}@{to}")))),
    }
}
