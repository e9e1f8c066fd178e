//! Go modules and Go's own library.

use super::{super::shell::quote, Help, Raise, printable};

/// Name of Go's own library among the packages.
pub(super) const STDLIB: &str = "stdlib";

/// The release from which `go get` also chooses the toolchain (Go's release notes for 1.21).
const TOOLCHAINS: (u32, u32) = (1, 21);

pub(super) fn help(raise: &Raise<'_>, path: &str) -> Help {
    let foreign = format!(
        "Where `{}` is somebody else's program, take a newer release of it.",
        printable(path),
    );
    if raise.name == STDLIB {
        let release = raise.to.trim_start_matches("go");
        let mut numbers = release.split('.').map(|part| part.parse().unwrap_or(0));
        let chooses = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= TOOLCHAINS;
        let help = if chooses {
            Help::command(format!("go get {}", quote(&format!("toolchain@go{release}"))))
        } else {
            Help::default()
        };
        return help
            .note("The version of the Go image in the first stage of the Dockerfile decides.")
            .note(foreign);
    }
    // Advisories write module versions without the `v`.
    let v = if raise.to.starts_with(|c: char| c.is_ascii_digit()) { "v" } else { "" };
    let word = quote(&format!("{}@{v}{}", raise.name, raise.to));
    Help { commands: vec![format!("go get {word}"), "go mod tidy".into()], notes: vec![foreign] }
}
