//! Names like the one that was not found.

use plimsoll_model::Namespace;

use crate::{
    DbError, VulnDb,
    format::{ALIAS_KEY, FLAW_KEY, PACKAGE_KEY, split_package_key},
};

/// Most names that are suggested.
pub const MAX_SIMILAR: usize = 8;

/// Longest name for which similar ones are looked for: the comparison costs the product of both lengths.
const MAX_COMPARED: usize = 100;

impl VulnDb {
    /// Names of packages like `name`, the most similar first, in the namespaces that `wanted` picks. Empty for
    /// a name that resembles none.
    ///
    /// # Errors
    /// Where a block cannot be read or is damaged.
    pub fn similar_packages(
        &self,
        name: &str,
        wanted: impl Fn(&Namespace) -> bool + Sync,
    ) -> Result<Vec<String>, DbError> {
        let found =
            self.in_blocks(self.package_blocks(), |key, _, out: &mut Vec<(usize, String)>| {
                if key.first() == Some(&PACKAGE_KEY) {
                    let (namespace, _, package) = split_package_key(key)?;
                    if let Some(distance) = distance(name, &package).filter(|_| wanted(&namespace))
                    {
                        out.push((distance, package));
                    }
                }
                Some(())
            })?;
        Ok(nearest(found))
    }

    /// Ids of flaws, and their aliases, like `id`.
    ///
    /// # Errors
    /// Where a block cannot be read or is damaged.
    pub fn similar_flaws(&self, id: &str) -> Result<Vec<String>, DbError> {
        let found =
            self.in_blocks(self.flaw_blocks(), |key, _, out: &mut Vec<(usize, String)>| {
                if let Some((&(FLAW_KEY | ALIAS_KEY), known)) = key.split_first() {
                    let known = std::str::from_utf8(known).ok()?;
                    if let Some(distance) = distance(id, known).filter(|distance| *distance <= 1) {
                        // A letter too many or too few at the end is the likeliest slip.
                        let begins = known.starts_with(id) || id.starts_with(known);
                        out.push((2 * distance + usize::from(!begins), known.to_owned()));
                    }
                }
                Some(())
            })?;
        Ok(nearest(found))
    }
}

fn nearest(mut found: Vec<(usize, String)>) -> Vec<String> {
    found.sort();
    let mut names: Vec<String> = Vec::new();
    for (_, name) in found {
        if names.len() >= MAX_SIMILAR {
            break;
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// How far a name is from the one that was meant, in letters to change; names that begin like it or hold it come
/// after those that differ by a slip. `None` for one that is not alike.
fn distance(meant: &str, name: &str) -> Option<usize> {
    if meant.is_empty() || meant.len() > MAX_COMPARED || name.len() > MAX_COMPARED {
        return None;
    }
    let allowed = if meant.len() < 4 { 1 } else { 2 };
    if meant.len().abs_diff(name.len()) <= allowed {
        let letters = strsim::levenshtein(meant, name);
        if letters <= allowed {
            return Some(letters);
        }
    }
    let holds = meant.len() >= 3 && name.contains(meant);
    let held = name.len() >= 4 && meant.starts_with(name);
    (holds || held).then(|| allowed + meant.len().abs_diff(name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_come_before_longer_names() {
        assert_eq!(distance("opnssl", "openssl"), Some(1));
        assert_eq!(distance("openssl", "openssl"), Some(0));
        assert_eq!(distance("libssl3", "openssl"), None);
        assert!(distance("openssl", "openssl1.0") > distance("openssl", "opensslx"));
        assert!(distance("python3.11-minimal", "python3.11").is_some());
        assert_eq!(distance("", "a"), None);
        assert_eq!(distance("go", "gnu"), None);
        assert_eq!(distance(&"a".repeat(1000), &"a".repeat(1000)), None);
        let found = vec![(2, "b".to_owned()), (0, "a".to_owned()), (0, "a".to_owned())];
        assert_eq!(nearest(found), ["a", "b"]);
    }
}
