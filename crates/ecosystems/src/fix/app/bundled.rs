//! Dependencies that are no choice of the application: a tool or runtime that came with the image carries them, and
//! only a newer one of that has others.

use plimsoll_model::{AffectedBinary, Fix, FixKind, PackageKind};

use super::{
    super::shell::{is_safe_name, quote},
    printable,
};

/// Tools that Node.js's own images and packages bring along.
const WITH_NODE: &[&str] = &["corepack", "npm"];

/// Where global packages of npm lie.
const GLOBAL: &[&str] =
    &["usr/local/lib/node_modules/", "usr/lib/node_modules/", "usr/lib64/node_modules/"];

/// What to do about a package that belongs to a tool; `None` where it belongs to none.
pub(super) fn fix(binary: &AffectedBinary, to: Option<&str>) -> Option<Fix> {
    let path = binary.path.as_str();
    let name = printable(&binary.name);
    let goal = to.map_or_else(String::new, |to| format!(" with {name} {}", printable(to)));
    match binary.kind {
        PackageKind::Npm => {
            let tool = carrier(path)?;
            let base = if WITH_NODE.contains(&tool) {
                " It came with Node.js: a newer base image has a newer one. An image that only runs the \
                 application can do without it."
            } else {
                ""
            };
            let command = quote(&format!("{tool}@latest"));
            Some(Fix {
                kind: FixKind::Advice,
                commands: vec![format!("npm install --global {command}")],
                advice: format!(
                    "{name} is a part of {tool}, not of the application: put a newer {tool}{goal} into the image \
                     where its Dockerfile installs it.{base}"
                ),
            })
        }
        PackageKind::Pypi => {
            let (before, _) = path.split_once("/_vendor/")?;
            let tool = before.rsplit_once('/').map_or(before, |(_, tool)| tool);
            if !is_safe_name(tool) {
                return None;
            }
            Some(Fix {
                kind: FixKind::Advice,
                commands: vec![format!("pip install --upgrade {}", quote(tool))],
                advice: format!(
                    "{name} is a part of {tool}: put a newer {tool}{goal} into the image where its Dockerfile \
                     installs it, or take a newer base image. An image that only runs the application can do \
                     without tools that install packages."
                ),
            })
        }
        PackageKind::Gem if path.contains("specifications/default/") => Some(runtime(
            &name,
            "Ruby",
            &goal,
            "a newer version of it can be asked for in the Gemfile, too",
        )),
        PackageKind::Nuget if path.contains("dotnet/shared/") => Some(runtime(
            &name,
            "the .NET runtime",
            &goal,
            "programs that are published self-contained bring their own",
        )),
        _ => None,
    }
}

fn runtime(name: &str, runtime: &str, goal: &str, note: &str) -> Fix {
    Fix {
        kind: FixKind::Advice,
        commands: Vec::new(),
        advice: format!(
            "{name} is a part of {runtime}: take a newer base image, one{}; {note}.",
            if goal.is_empty() { " that is still supported" } else { goal },
        ),
    }
}

/// The global package in whose folder another one lies.
fn carrier(path: &str) -> Option<&str> {
    let of_global = GLOBAL.iter().find_map(|folder| path.strip_prefix(folder));
    let of_tool = || {
        WITH_NODE.iter().find_map(|tool| {
            let at = path.find(&format!("/node_modules/{tool}/node_modules/"))?;
            path.get(at + "/node_modules/".len()..)
        })
    };
    let rest = of_global.or_else(of_tool)?;
    let (tool, _) = rest.split_once("/node_modules/")?;
    // A scope is a folder of its own.
    let depth = if tool.starts_with('@') { 1 } else { 0 };
    (tool.matches('/').count() == depth && is_safe_name(tool)).then_some(tool)
}
