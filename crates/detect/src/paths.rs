//! Paths and globs as all checks and rules understand them.

use globset::{Glob, GlobBuilder};

/// A glob whose `*` stops at `/`.
pub(crate) fn glob(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text).literal_separator(true).build()
}

/// Where a link at `path` points, without a leading slash; `..` cannot leave the root.
pub(crate) fn resolve(path: &str, target: &str) -> String {
    let base = if target.starts_with('/') { "" } else { path.rsplit_once('/').map_or("", |p| p.0) };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
