//! Releases of Go, as the version that advisories about the standard library use: `go1.21rc2` is
//! `1.21.0-rc.2` there (`golang.org/x/vuln`, semver.GoTagToSemver).

use plimsoll_model::Confidence;

/// The version of the standard library that `text` names: `go1.22.3`, `go1.20`, `go1.22.1 X:boringcrypto`,
/// `devel go1.23-abc`.
pub(super) fn standard_library(text: &str) -> Option<(String, Confidence)> {
    let (word, development) = match text.strip_prefix("devel ") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let word = word.split_whitespace().next()?.strip_prefix("go")?;
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let (numbers, rest) = word.split_at(end);
    let mut parts = numbers.split('.');
    let number = |part: Option<&str>| match part {
        Some(part) => (!part.is_empty() && part.len() <= 6).then(|| part.to_owned()),
        None => Some("0".to_owned()),
    };
    let (major, minor, patch) =
        (number(parts.next())?, number(parts.next())?, number(parts.next())?);
    if parts.next().is_some() {
        return None;
    }
    let version = format!("{major}.{minor}.{patch}");
    if development {
        // Some commit before that release.
        return Some((format!("{version}-0.devel"), Confidence::Low));
    }
    let before = |kind: &str| {
        let number = rest.strip_prefix(kind)?;
        (!number.is_empty() && number.len() <= 4 && number.bytes().all(|c| c.is_ascii_digit()))
            .then(|| format!("{version}-{kind}.{number}"))
    };
    if let Some(version) = before("rc").or_else(|| before("beta")) {
        return Some((version, Confidence::High));
    }
    // Vendors append their own marks: `go1.22.5-abc`.
    Some((version, if rest.is_empty() { Confidence::High } else { Confidence::Medium }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn releases_become_semantic_versions() {
        for (text, expected) in [
            ("go1.22.3", Some(("1.22.3", Confidence::High))),
            ("go1.20", Some(("1.20.0", Confidence::High))),
            ("go1.21rc2", Some(("1.21.0-rc.2", Confidence::High))),
            ("go1.18beta1", Some(("1.18.0-beta.1", Confidence::High))),
            ("go1.22.1 X:boringcrypto", Some(("1.22.1", Confidence::High))),
            ("go1.22.5-fips", Some(("1.22.5", Confidence::Medium))),
            ("devel go1.23-9e0ab4f Tue", Some(("1.23.0-0.devel", Confidence::Low))),
            ("devel +abc", None),
            ("", None),
            ("go", None),
            ("go1.2.3.4", None),
        ] {
            let found = standard_library(text);
            let found = found.as_ref().map(|(version, confidence)| (version.as_str(), *confidence));
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text: String) {
            let _ = standard_library(&text);
            let _ = standard_library(&format!("go1.{text}"));
        }
    }
}
