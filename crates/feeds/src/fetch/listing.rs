//! Listings of folders as web servers write them: an HTML page with a link for each entry.

/// Most entries that are taken from a listing.
pub const MAX_ENTRIES: usize = 20_000;

/// Names of the entries that a page links to, folders without their closing slash. Links to other places than
/// the folder's own entries are left out; so are parameters (`?C=N;O=D`).
#[must_use]
pub fn names(page: &str) -> Vec<&str> {
    let links = page.split("href=").skip(1).filter_map(|after| {
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        after.get(1..)?.split(quote).next()
    });
    let name = |link: &'_ str| -> Option<(usize, usize)> {
        let start = link.strip_prefix("./").map_or(0, |rest| link.len() - rest.len());
        let end = link.len() - usize::from(link.ends_with('/'));
        let plain = super::is_plain_path(link.get(start..end)?);
        plain.then_some((start, end))
    };
    let mut found: Vec<&str> = Vec::new();
    for link in links {
        // Some servers write whole addresses: the last part is the entry's name.
        let link = match link.split_once("://") {
            Some((_, rest)) => rest.trim_end_matches('/').rsplit('/').next().unwrap_or_default(),
            None => link,
        };
        let entry = name(link).and_then(|(start, end)| link.get(start..end));
        if let Some(entry) = entry.filter(|e| !e.contains('/')) {
            found.push(entry);
        }
        if found.len() >= MAX_ENTRIES {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_entries_are_told_from_others() {
        let page = r#"<a href="?C=N;O=D">Name</a> <a href="../">Parent</a> <a href="v3.9/">
            <a href='./edge/'> <a href="a.xml.gz"> <a href="https://example.org/oval/b.xml"> <a href=c.xml>
            <a href="/pub/"> <a href="x/y"> <a href=".hidden"> <a href="a b"> <a href="unclosed"#;
        assert_eq!(names(page), ["v3.9", "edge", "a.xml.gz", "b.xml", "unclosed"]);
    }
}
