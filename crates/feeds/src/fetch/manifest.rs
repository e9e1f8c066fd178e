//! Lists of files that a feed's server keeps beside them, with digests where it states them.

use super::{Expected, is_plain_path};

/// Most files that a manifest may name.
pub const MAX_LISTED: usize = 100_000;

/// A file that a manifest names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Its path below the manifest's folder.
    pub path: String,
    /// Its digest.
    pub expected: Expected,
}

/// `PULP_MANIFEST`: `path,sha256,size`, a line a file.
///
/// # Errors
/// Where a line is another one.
pub fn pulp(text: &str) -> Result<Vec<Listed>, String> {
    lines(text, |line| {
        let mut parts = line.split(',');
        let (path, digest, size) = (parts.next()?, parts.next()?, parts.next()?);
        let expected = Expected::sha256(digest);
        let whole = expected != Expected::Unknown && size.parse::<u64>().is_ok();
        whole.then(|| Listed { path: path.to_owned(), expected })
    })
}

/// `sha256sum`'s output: digest, two characters, path.
///
/// # Errors
/// Where a line is another one.
pub fn sha256sums(text: &str) -> Result<Vec<Listed>, String> {
    lines(text, |line| {
        let (digest, path) = line.split_once([' ', '\t'])?;
        let path = path.trim_start_matches([' ', '\t', '*']).trim_start_matches("./");
        let expected = Expected::sha256(digest);
        (expected != Expected::Unknown).then(|| Listed { path: path.to_owned(), expected })
    })
}

/// A path a line.
///
/// # Errors
/// Where a line is no path.
pub fn paths(text: &str) -> Result<Vec<Listed>, String> {
    lines(text, |line| Some(Listed { path: line.to_owned(), expected: Expected::Unknown }))
}

fn lines(text: &str, read: impl Fn(&str) -> Option<Listed>) -> Result<Vec<Listed>, String> {
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            continue;
        }
        let listed = read(line).filter(|listed| is_plain_path(&listed.path));
        all.push(listed.ok_or_else(|| format!("line {} names no file", number + 1))?);
        if all.len() > MAX_LISTED {
            return Err(format!("more than {MAX_LISTED} files"));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "6a4e05e6c5ef90d23c4e1752ac5bf247e075d17b76c0f60f6aa02e68daa5a6a4";

    #[test]
    fn digests_are_read_and_paths_never_leave_the_folder() {
        let one = Listed { path: "RHEL6/a.xml.bz2".into(), expected: Expected::sha256(DIGEST) };
        assert_eq!(pulp(&format!("RHEL6/a.xml.bz2,{DIGEST},6347\n")).unwrap().first(), Some(&one));
        let upper = DIGEST.to_uppercase();
        for line in
            [format!("{DIGEST}  RHEL6/a.xml.bz2"), format!("{upper} *./RHEL6/a.xml.bz2\n\n")]
        {
            assert_eq!(sha256sums(&line).unwrap().first(), Some(&one));
        }
        assert_eq!(paths("2021/a.xml\r\n2022/b.xml").unwrap()[1].path, "2022/b.xml");
        for line in
            ["../a", "a/../../b", "/etc/passwd", "a\\b", "a b", "C:/a", ".a", "a//b", "<html>"]
        {
            assert!(paths(line).is_err(), "{line}");
            assert!(pulp(&format!("{line},{DIGEST},1")).is_err(), "{line}");
        }
        assert!(pulp("a.xml,abc,1").is_err() && pulp(&format!("a.xml,{DIGEST},x")).is_err());
        assert!(paths(&"x".repeat(600)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_gives_plain_paths(text in "\\PC{0,80}") {
            for all in [pulp(&text), sha256sums(&text), paths(&text)].into_iter().flatten() {
                prop_assert!(all.iter().all(|l| is_plain_path(&l.path)));
            }
        }
    }
}
