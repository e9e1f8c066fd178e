//! Licences out of `usr/share/doc/NAME/copyright`: the `License` fields of the machine-readable format
//! (DEP-5), or else the names under `/usr/share/common-licenses` that the prose refers to. dpkg's own
//! database names none.

use std::collections::BTreeSet;

use plimsoll_model::Fact;

/// Most licences kept for one package.
const MAX_LICENSES: usize = 64;

/// Longest licence name that is kept; longer ones are prose in the wrong place.
const MAX_NAME: usize = 120;

const COMMON: &[u8] = b"/usr/share/common-licenses/";

/// The licences as a marker named `license:FOLDER` whose value holds one on each line, sorted. `FOLDER`
/// is the documentation folder, which is named after the binary package. `None` where no licence is named.
#[must_use]
pub fn license_marker(folder: &str, bytes: &[u8]) -> Option<Fact> {
    let licenses = parse_copyright(bytes);
    (!licenses.is_empty())
        .then(|| Fact::Marker { name: format!("license:{folder}"), value: licenses.join("\n") })
}

/// The licences that a copyright file names, sorted, each once.
#[must_use]
pub fn parse_copyright(bytes: &[u8]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let machine_readable = bytes
        .split(|&b| b == b'\n')
        .find(|line| !line.trim_ascii().is_empty())
        .is_some_and(|line| starts_with_ignoring_case(line, b"format"));
    for line in bytes.split(|&b| b == b'\n') {
        if found.len() >= MAX_LICENSES {
            break;
        }
        if machine_readable {
            if starts_with_ignoring_case(line, b"license:") {
                add(&mut found, &line[b"license:".len()..]);
            }
        } else if line.len() >= COMMON.len()
            && let Some(at) = line.windows(COMMON.len()).position(|window| window == COMMON)
        {
            let name = &line[at + COMMON.len()..];
            let end = name
                .iter()
                .position(|b| !(b.is_ascii_alphanumeric() || b"-.+_".contains(b)))
                .unwrap_or(name.len());
            add(&mut found, without_full_stop(&name[..end]));
        }
    }
    found.into_iter().collect()
}

fn add(found: &mut BTreeSet<String>, name: &[u8]) {
    let name = name.trim_ascii();
    if !name.is_empty() && name.len() <= MAX_NAME {
        found.insert(String::from_utf8_lossy(name).into_owned());
    }
}

fn starts_with_ignoring_case(line: &[u8], wanted: &[u8]) -> bool {
    line.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted))
}

/// Without the full stop that ends the sentence.
fn without_full_stop(name: &[u8]) -> &[u8] {
    name.strip_suffix(b".").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn machine_readable_fields() {
        let text =
            b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n\
            Files: *\nCopyright: someone\nLicense: GPL-2+ or Artistic\n On Debian, see\n\
            /usr/share/common-licenses/GPL-2.\n\nFiles: x\nlicense: MIT\n\nLicense: MIT\n text\n";
        assert_eq!(parse_copyright(text), ["GPL-2+ or Artistic", "MIT"]);
        let Some(Fact::Marker { name, value }) = license_marker("pkg", text) else { panic!() };
        assert_eq!((name.as_str(), value.as_str()), ("license:pkg", "GPL-2+ or Artistic\nMIT"));
    }

    #[test]
    fn prose_refers_to_common_licences() {
        let text =
            b"This was packaged by X.\nThe text is in `/usr/share/common-licenses/LGPL-2.1'\n\
            and /usr/share/common-licenses/GPL-3.\n";
        assert_eq!(parse_copyright(text), ["GPL-3", "LGPL-2.1"]);
        assert_eq!(license_marker("pkg", b"All rights reserved.\n"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(parse_copyright(&bytes).len() <= MAX_LICENSES);
        }
    }
}
