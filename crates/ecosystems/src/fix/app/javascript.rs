//! npm, yarn, pnpm, bun.

use super::{super::shell::quote, Help, Origin, Raise};

pub(super) fn help(raise: &Raise<'_>) -> Help {
    let Raise { name, to, .. } = raise;
    let word = quote(&format!("{name}@{to}"));
    let transitive = matches!(raise.origin, Origin::Through(_));
    let over = |key: &str| format!("To override, add to package.json: {key}.");
    let pair = format!("{{ \"{name}\": \"{to}\" }}");
    match (raise.lock_name(), transitive) {
        ("yarn.lock", false) => Help::command(format!("yarn add {word}")),
        ("yarn.lock", true) => {
            Help::command("yarn install".into()).note(over(&format!("\"resolutions\": {pair}")))
        }
        ("pnpm-lock.yaml", false) => Help::command(format!("pnpm add {word}")),
        ("pnpm-lock.yaml", true) => Help::command("pnpm install".into())
            .note(over(&format!("\"pnpm\": {{ \"overrides\": {pair} }}"))),
        ("bun.lock", false) => Help::command(format!("bun add {word}")),
        ("bun.lock", true) => {
            Help::command("bun install".into()).note(over(&format!("\"overrides\": {pair}")))
        }
        (_, false) => Help::command(format!("npm install {word}")),
        (_, true) => {
            let mut words: Vec<String> = raise.roots().iter().map(|root| quote(root)).collect();
            words.push(quote(name));
            Help::command(format!("npm update {}", words.join(" ")))
                .note(format!("`npm ls {name}` shows what is taken then."))
                .note(over(&format!("\"overrides\": {pair}")))
        }
    }
}
