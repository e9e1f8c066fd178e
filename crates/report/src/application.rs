//! What several formats say about a finding in the same words: what it can do, and for an application's dependency
//! where it lies and who asked for it.

use plimsoll_model::Finding;

/// Most harms that are named; the worst come first.
const HARMS: usize = 3;
/// Most packages that are named of those that ask for one.
const REQUIRERS: usize = 3;

/// `code execution, denial of service`; empty where nothing is known.
pub(crate) fn impact(finding: &Finding) -> String {
    let words: Vec<&str> = finding.impact.iter().take(HARMS).map(|i| i.words()).collect();
    words.join(", ")
}

/// `srv/app.jar ! BOOT-INF/lib/x.jar`, with the count of other places; `None` for what is no application's.
pub(crate) fn place(finding: &Finding) -> Option<String> {
    let first = finding.packages.first().filter(|package| !package.kind.is_system())?;
    let mut text = first.path.clone();
    if let Some(app) = first.application.as_ref().filter(|app| !app.inside.is_empty()) {
        text = format!("{text} ! {}", app.inside);
    }
    match finding.packages.len() {
        1 => {}
        2 => text.push_str(" and 1 more place"),
        n => text.push_str(&format!(" and {} more places", n - 1)),
    }
    Some(text)
}

/// `required by a@1, b@2 and 3 more`; `None` where the project asks for it itself, or nothing says who does.
pub(crate) fn required_by(finding: &Finding) -> Option<String> {
    let mut names: Vec<&str> = finding
        .packages
        .iter()
        .filter_map(|package| package.application.as_ref())
        .filter(|app| app.is_direct != Some(true))
        .flat_map(|app| app.required_by.iter().map(String::as_str))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return None;
    }
    let shown = names.iter().take(REQUIRERS).copied().collect::<Vec<_>>().join(", ");
    Some(match names.len().saturating_sub(REQUIRERS) {
        0 => format!("required by {shown}"),
        more => format!("required by {shown} and {more} more"),
    })
}
