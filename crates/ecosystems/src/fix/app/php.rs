//! Composer.

use super::{super::shell::quote, Help, Origin, Raise};

pub(super) fn help(raise: &Raise<'_>) -> Help {
    let Raise { name, to, .. } = raise;
    let to = to.trim_start_matches('v');
    match &raise.origin {
        Origin::Through(_) => {
            Help::command(format!("composer update {} --with-dependencies", quote(name))).note(format!(
                "To forbid the flawed versions, add to composer.json: \"conflict\": {{ \"{name}\": \"<{to}\" }}."
            ))
        }
        _ => Help::command(format!("composer require {}", quote(&format!("{name}:^{to}")))),
    }
}
