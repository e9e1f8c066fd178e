//! Help for a flaw in an application's dependency: which version to raise it to, and the command of the
//! ecosystem's own tool. One file for each ecosystem.
//!
//! An image is not mended in place: what is installed in it was resolved, compiled or packed somewhere else, and
//! the next build would bring the flaw back. So the commands are for the application's source tree, the advice
//! says so, and none of them enters the combined fix of the system's packages.

mod bundled;
mod dotnet;
mod go;
mod index;
mod java;
mod javascript;
mod other;
mod php;
mod python;
mod ruby;
mod rust;

#[cfg(test)]
mod tests;

use plimsoll_model::{AffectedBinary, DependencyScope, Finding, Fix, FixKind, PackageKind};

use super::shell::{is_safe, is_safe_name};
pub(super) use index::Index;

/// What is to be raised, and from where it is asked for. Names and versions are safe words for a shell.
#[derive(Clone, Debug)]
struct Raise<'a> {
    kind: PackageKind,
    name: &'a str,
    from: &'a str,
    to: &'a str,
    origin: Origin,
    /// The lock file or manifest that decides about it, as far as the image shows one.
    lock: Option<&'a str>,
}

impl Raise<'_> {
    /// Name of the lock file or manifest.
    fn lock_name(&self) -> &str {
        self.lock.map_or("", |path| path.rsplit_once('/').map_or(path, |(_, name)| name))
    }

    /// Whether the way goes within one line of compatible versions.
    fn same_line(&self) -> bool {
        line(self.kind, self.from) == line(self.kind, self.to)
    }

    /// The direct dependencies through which it comes.
    fn roots(&self) -> &[String] {
        match &self.origin {
            Origin::Through(roots) => roots,
            Origin::Direct | Origin::Unknown => &[],
        }
    }
}

/// Who asks for a dependency.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Origin {
    /// The project itself.
    Direct,
    /// Others, which these direct dependencies bring along; may be empty.
    Through(Vec<String>),
    /// Nothing says.
    Unknown,
}

/// What an ecosystem has to say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Help {
    commands: Vec<String>,
    /// Sentences.
    notes: Vec<String>,
}

impl Help {
    fn command(command: String) -> Self {
        Self { commands: vec![command], notes: Vec::new() }
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// What to do about a flaw in an application's dependency.
pub(super) fn fix(index: &Index<'_>, finding: &Finding) -> Fix {
    let name = finding.package.as_deref().unwrap_or("the dependency");
    let shown = printable(name);
    let Some(binary) = finding.packages.first() else {
        return without_command(match &finding.fixed_version {
            Some(to) => format!("Raise {shown} to {} or later, and rebuild.", printable(to)),
            None => format!("No fixed version of {shown} is known."),
        });
    };
    let to = binary.fixed_version.as_deref().or(finding.fixed_version.as_deref());
    if let Some(fix) = bundled::fix(binary, to) {
        return fix;
    }
    let Some(to) = to else {
        let how = place(finding).map(|place| format!(" {place}")).unwrap_or_default();
        return Fix {
            kind: FixKind::None,
            commands: Vec::new(),
            advice: format!(
                "No fixed version of {shown} is known. See whether the application reaches the flaw, or do \
                 without the package.{how}"
            ),
        };
    };
    if !is_safe_name(&binary.name) || ![&binary.version, to].into_iter().all(is_safe) {
        return without_command(format!(
            "No command is given: the name or version of {shown} contains characters that no package may \
             have. Raise it by hand, and ask where it comes from."
        ));
    }
    let raise = Raise {
        kind: binary.kind,
        name: &binary.name,
        from: &binary.version,
        to,
        origin: index.origin(binary),
        lock: index.lock(binary),
    };
    let help = help(&raise, binary);
    let mut advice = vec![lead(&raise)];
    advice.extend(lines(&raise, finding));
    advice.extend(through(&raise));
    advice.extend(place(finding));
    advice.extend(help.notes);
    if binary.application.as_ref().is_some_and(|app| app.scope == DependencyScope::Development) {
        advice.push("It is needed for development only: better leave it out of the image.".into());
    }
    Fix { kind: FixKind::Advice, commands: help.commands, advice: advice.join(" ") }
}

fn without_command(advice: String) -> Fix {
    Fix { kind: FixKind::Advice, commands: Vec::new(), advice }
}

fn help(raise: &Raise<'_>, binary: &AffectedBinary) -> Help {
    match raise.kind {
        PackageKind::Npm => javascript::help(raise),
        PackageKind::Pypi => python::help(raise),
        PackageKind::Golang => go::help(raise, &binary.path),
        PackageKind::Cargo => rust::help(raise),
        PackageKind::Gem => ruby::help(raise),
        PackageKind::Composer => php::help(raise),
        PackageKind::Nuget => dotnet::help(raise),
        PackageKind::Maven => java::help(raise),
        _ => other::help(raise),
    }
}

fn lead(raise: &Raise<'_>) -> String {
    let Raise { name, from, to, .. } = raise;
    match raise.kind {
        PackageKind::Generic | PackageKind::Bitnami | PackageKind::Otp => {
            format!("Take an image with {name} {to} or later instead of {from}, or build it so.")
        }
        PackageKind::Golang if *name == go::STDLIB => {
            format!("Build the program anew with Go {to} or later instead of {from}.")
        }
        _ => format!(
            "In the application's source tree raise {name} {from} to {to} or later, and build the image anew."
        ),
    }
}

/// What is to know about the distance between the versions.
fn lines(raise: &Raise<'_>, finding: &Finding) -> Option<String> {
    let latest = finding.latest_fixed_version.as_deref().filter(|version| is_safe(version));
    match (raise.same_line(), latest) {
        (true, Some(latest)) => Some(format!(
            "{} is the nearest fixed version of the same line, {latest} begins the latest one.",
            raise.to,
        )),
        (false, Some(latest)) => Some(format!(
            "The installed line of versions gets no fix: read the notes about incompatible changes. {latest} \
             begins the latest fixed line."
        )),
        (false, None) => Some(
            "The installed line of versions gets no fix: read the notes about incompatible changes."
                .into(),
        ),
        (true, None) => None,
    }
}

/// Which direct dependency brings it along.
fn through(raise: &Raise<'_>) -> Option<String> {
    let Origin::Through(roots) = &raise.origin else { return None };
    if roots.is_empty() {
        return Some("It is not asked for by the project itself.".into());
    }
    Some(format!(
        "It comes along with {}: raise that to a version that asks for {} {}, or override it.",
        roots.join(", "),
        raise.name,
        raise.to,
    ))
}

/// Where it lies, where that is inside an archive: whoever raises it has to know what to build anew.
fn place(finding: &Finding) -> Option<String> {
    let nested = finding.packages.iter().filter_map(|package| {
        let inside = package.application.as_ref().map(|app| app.inside.as_str())?;
        (!inside.is_empty()).then_some((package.path.as_str(), inside))
    });
    let nested: Vec<(&str, &str)> = nested.collect();
    let (path, inside) = nested.first()?;
    let more = match nested.len() {
        1 => String::new(),
        n => format!(" (and in {} more places)", n - 1),
    };
    Some(format!(
        "It lies in `{}` inside of `{}`{more}: that archive has to be built anew.",
        printable(inside),
        printable(path),
    ))
}

/// The part of a version that stands for a line without incompatible changes: the first number, and the second,
/// too, where the first is 0 and the ecosystem's tools take that for a line.
fn line(kind: PackageKind, version: &str) -> (Option<&str>, Option<&str>) {
    let mut numbers = version
        .trim_start_matches(['v', 'V', '='])
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let first = numbers.next();
    let fine = matches!(
        kind,
        PackageKind::Npm
            | PackageKind::Cargo
            | PackageKind::Composer
            | PackageKind::Pub
            | PackageKind::Hex
    );
    // Every release of Go itself is supported on its own.
    let second = (fine && first == Some("0")) || kind == PackageKind::Golang;
    (first, second.then(|| numbers.next()).flatten())
}

/// Most characters of a name or path that an advice repeats.
const SHOWN: usize = 160;

/// `text` made safe to print.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '`').take(SHOWN).collect()
}
