//! Errata for module streams whose feed names the stream only in the title: AlmaLinux's OSV records say
//! `Moderate: container-tools:4.0 security and bug fix update` and have no field for it.

use plimsoll_model::Affected;

use crate::modular::is_modular_build;

/// The module of a row: as the feed says, else the one stream that the title names, if its fixed versions
/// are modular builds.
pub(super) fn infer(affected: &Affected, title: Option<&str>) -> Option<String> {
    if affected.module.is_some() {
        return affected.module.clone();
    }
    let modular = affected.ranges.iter().filter_map(|r| r.fixed.as_deref()).any(is_modular_build);
    if !modular {
        return None;
    }
    let mut streams = title?.split_whitespace().filter(|word| is_stream(word));
    let first = streams.next()?;
    streams.next().is_none().then(|| first.to_owned())
}

/// `name:stream`; `Moderate:` has nothing behind the colon.
fn is_stream(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    word.split_once(':').is_some_and(|(name, stream)| {
        !name.is_empty() && !stream.is_empty() && word.replacen(':', "", 1).chars().all(plain)
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{FixState, NameKind, Namespace, Range};

    use super::*;

    #[test]
    fn the_title_names_the_stream_of_modular_builds_only() {
        let row = |fixed: &str| Affected {
            namespace: Namespace::new("almalinux", "8"),
            package: "conmon".into(),
            name_kind: NameKind::Binary,
            arches: vec![],
            module: None,
            channel: None,
            ranges: vec![Range::before(fixed)],
            versions: vec![],
            state: FixState::Fixed,
            severity: None,
        };
        let modular = row("2:2.1.4-2.module_el8.9.0+3627+db8ec155");
        let title = Some("Moderate: container-tools:4.0 security and bug fix update");
        assert_eq!(infer(&modular, title).as_deref(), Some("container-tools:4.0"));
        assert_eq!(infer(&row("2.1.4-2.el8"), title), None);
        let two = "Moderate: virt:rhel and virt-devel:rhel security update";
        assert_eq!(infer(&modular, Some(two)), None);
        assert_eq!(infer(&modular, Some("Important: 389-ds security update")), None);
        assert_eq!(infer(&modular, None), None);
    }
}
