//! The lists of files that a package owns.

use crate::pkgdb::collector::Collector;

/// The paths of `info/NAME.list`, one on a line. A path that the next line lies below is a directory and
/// left out; an empty directory cannot be told from a file.
#[must_use]
pub fn parse_list(bytes: &[u8], collector: &mut Collector) -> Vec<String> {
    let mut files = Vec::new();
    let mut lines = bytes.split(|&b| b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let is_folder = lines
            .peek()
            .and_then(|next| next.strip_prefix(line))
            .is_some_and(|rest| rest.first() == Some(&b'/'));
        if !is_folder && let Some(path) = collector.keep_path(b"", line) {
            files.push(path);
        }
    }
    files
}

/// The paths of `NAME.md5sums`: a digest, two spaces and a path on each line (md5sum(1)); files only.
#[must_use]
pub fn parse_md5sums(bytes: &[u8], collector: &mut Collector) -> Vec<String> {
    let mut files = Vec::new();
    for line in bytes.split(|&b| b == b'\n') {
        let Some(space) = line.iter().position(|&b| b == b' ') else { continue };
        files.extend(collector.keep_path(b"", line[space..].trim_ascii_start()));
    }
    files
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn directories_with_content_are_left_out() {
        let text = b"/.\n/usr\n/usr/bin\n/usr/bin/a b\n/usr/share\n/usr/share/doc\n/usr/share/doc/x\n/usr/sharex\n";
        let files = parse_list(text, &mut Collector::default());
        assert_eq!(files, ["usr/bin/a b", "usr/share/doc/x", "usr/sharex"]);
    }

    #[test]
    fn digests_are_passed_over() {
        let text = b"d41d8cd98f00b204e9800998ecf8427e  usr/lib/os release\nbroken\n";
        assert_eq!(parse_md5sums(text, &mut Collector::default()), ["usr/lib/os release"]);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let mut collector = Collector::default();
            for path in parse_list(&bytes, &mut collector) {
                prop_assert!(!path.starts_with('/') && !path.is_empty());
            }
            let _ = parse_md5sums(&bytes, &mut collector);
        }
    }
}
