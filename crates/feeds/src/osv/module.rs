//! Which module stream a record is about. OSV has no field for it: the exporters of RPM distributions say it
//! in the summary (`Important: nodejs:18 security update`), and the releases of modular builds carry the word
//! `module`.

/// Most streams that one record may name; real ones name two.
const MAX_STREAMS: usize = 8;

/// Whether a version is that of a modular build: `1.16.1-2.module_el8.4.0+2522+3bd42762`.
pub(super) fn is_modular(version: &str) -> bool {
    let release = version.rsplit_once('-').map_or("", |(_, release)| release);
    release.contains(".module_el") || release.contains(".module+el")
}

/// The version without the context of its build, which differs between architectures.
pub(super) fn without_context(version: &str) -> &str {
    version.find(".module").and_then(|at| version.get(..at)).unwrap_or(version)
}

/// The `name:stream` words of a summary, after the severity.
pub(super) fn streams(summary: &str) -> Vec<String> {
    let (_, rest) = summary.split_once(": ").unwrap_or(("", summary));
    let words = rest.split_whitespace().map(|w| w.trim_end_matches(','));
    let is_stream = |word: &&str| {
        let fits = |s: &str| {
            !s.is_empty()
                && s.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+'))
        };
        word.split_once(':').is_some_and(|(name, stream)| fits(name) && fits(stream))
    };
    words.filter(is_stream).take(MAX_STREAMS).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_found_in_summaries() {
        assert_eq!(streams("Important: nodejs:18 security update"), ["nodejs:18"]);
        assert_eq!(
            streams("Moderate: virt:rhel and virt-devel:rhel security, bug fix update"),
            ["virt:rhel", "virt-devel:rhel"]
        );
        assert_eq!(streams("Important: varnish security update"), Vec::<String>::new());
        assert_eq!(streams("RLSA-2021:3891: see https://example.org/"), Vec::<String>::new());
        assert!(is_modular("3:2.1.10-1.module_el8.10.0+3845+87b84552"));
        assert!(is_modular("1.16.1-2.module+el8.4.0+597+ddf0ddea"));
        assert!(!is_modular("2.9.7-12.el8_5"));
        assert_eq!(without_context("1.2-3.module_el8.3.0+2044+12421f43"), "1.2-3");
    }
}
