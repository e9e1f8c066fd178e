//! NuGet.

use super::{super::shell::quote, Help, Origin, Raise};

pub(super) fn help(raise: &Raise<'_>) -> Help {
    let help = Help::command(format!(
        "dotnet add package {} --version {}",
        quote(raise.name),
        quote(raise.to),
    ));
    match raise.origin {
        Origin::Through(_) => {
            help.note("A reference of the project itself goes before what other packages ask for.")
        }
        _ => help,
    }
}
