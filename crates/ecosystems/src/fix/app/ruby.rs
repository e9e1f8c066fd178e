//! Bundler and RubyGems.

use super::{super::shell::quote, Help, Raise};

pub(super) fn help(raise: &Raise<'_>) -> Help {
    let Raise { name, to, .. } = raise;
    if raise.lock.is_none() {
        return Help::command(format!("gem install {} --version {}", quote(name), quote(to)));
    }
    Help::command(format!("bundle update {} --conservative", quote(name)))
        .note(format!("The Gemfile must allow it: `gem \"{name}\", \">= {to}\"`."))
}
