//! Kernel flaws in packages that hold no kernel: headers for compilers, build scripts, sources. A container runs
//! on its host's kernel, so these flaws cannot do harm there. The kernel itself and the tools built with it are
//! judged as everything else: an image can be one that boots.

use plimsoll_model::{Finding, PackageKind, RiskKind, Suppression, SuppressionSource};

/// Names of such packages that follow no pattern. Alphabetical.
const EXACT: &[&str] = &[
    "kernel-doc",
    "kernel-macros",
    "kernel-source",
    "kernel-srpm-macros",
    "kernel-syms",
    "linux-api-headers",
    "linux-doc",
    "linux-glibc-devel",
    "linux-headers",
    "linux-libc-dev",
    "linux-source",
];

/// Beginnings of names of Debian's and Ubuntu's packages for building modules.
const BEGINNINGS: &[&str] =
    &["linux-compiler-", "linux-headers-", "linux-kbuild-", "linux-libc-dev-", "linux-source-"];

/// Why a finding cannot do harm in a container; `None` where it can.
pub(crate) fn not_applicable(finding: &Finding) -> Option<Suppression> {
    let of_kernel = finding.kind == RiskKind::SystemVulnerability
        && finding.package.as_deref().is_some_and(is_kernel)
        && !finding.packages.is_empty();
    if !of_kernel || !finding.packages.iter().all(|p| holds_no_kernel(p.kind, &p.name)) {
        return None;
    }
    let name: String = finding.packages.first()?.name.chars().take(SHOWN_NAME).collect();
    let what = match finding.packages.len() {
        1 => format!("{name} serves to build programs and holds no kernel"),
        _ => format!("{name} and its like serve to build programs and hold no kernel"),
    };
    Some(Suppression {
        source: SuppressionSource::NotApplicable,
        reason: format!("not applicable in a container: {what}; containers run on their host's"),
        expires: None,
    })
}

/// Most characters of a name that a reason repeats.
const SHOWN_NAME: usize = 80;

/// Whether a source package (or, where only binaries are known, a package) is the kernel's.
fn is_kernel(source: &str) -> bool {
    ["linux", "kernel"].iter().any(|start| {
        let rest = source.strip_prefix(start);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
    })
}

fn holds_no_kernel(kind: PackageKind, name: &str) -> bool {
    if EXACT.contains(&name) {
        return true;
    }
    match kind {
        PackageKind::Deb => {
            // Ubuntu's flavours put their name in the middle: `linux-aws-headers-5.15.0-1001`.
            BEGINNINGS.iter().any(|start| name.starts_with(start))
                || (name.starts_with("linux-") && name.contains("-headers-"))
        }
        // Also of flavours, and of kernels with a version in their name: `kernel6.12-headers`.
        PackageKind::Rpm => {
            name.starts_with("kernel") && (name.ends_with("-headers") || name.ends_with("-devel"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_told_from_kernels_and_tools() {
        use PackageKind::{Alpm, Apk, Deb, Rpm};
        for (kind, name, holds_none) in [
            (Deb, "linux-libc-dev", true),
            (Deb, "linux-libc-dev-arm64-cross", true),
            (Deb, "linux-headers-6.1.0-9-amd64", true),
            (Deb, "linux-hwe-6.2-headers-6.2.0-26", true),
            (Deb, "linux-kbuild-6.1", true),
            (Deb, "linux-image-6.1.0-9-amd64", false),
            (Deb, "linux-modules-5.15.0-91-generic", false),
            (Deb, "linux-perf", false),
            (Deb, "bpftool", false),
            (Rpm, "kernel-headers", true),
            (Rpm, "kernel-devel", true),
            (Rpm, "kernel-uek-devel", true),
            (Rpm, "kernel6.12-headers", true),
            (Rpm, "linux-glibc-devel", true),
            (Rpm, "kernel-core", false),
            (Rpm, "kernel-tools", false),
            (Rpm, "kernel-modules", false),
            (Rpm, "perf", false),
            (Apk, "linux-headers", true),
            (Apk, "linux-lts", false),
            (Alpm, "linux-api-headers", true),
        ] {
            assert_eq!(holds_no_kernel(kind, name), holds_none, "{name}");
        }
    }

    #[test]
    fn only_the_kernels_sources_are_meant() {
        for (source, kernel) in [
            ("linux", true),
            ("linux-5.10", true),
            ("linux-aws", true),
            ("kernel", true),
            ("kernel6.12", true),
            ("kernel-headers", true),
            ("linuxptp", false),
            ("util-linux", false),
            ("kernelshark", false),
        ] {
            assert_eq!(is_kernel(source), kernel, "{source}");
        }
    }
}
