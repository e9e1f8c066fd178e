//! What an upgrade means for what runs: restarts, packages that come along, packages that use it.

use std::collections::BTreeSet;

use super::{FixContext, Upgrade};

/// Sources whose code stays in the memory of every process that uses them, and what to say of them.
const LOADED_EVERYWHERE: &[(&[&str], &str)] = &[
    (&["glibc", "eglibc", "musl"], "the C library"),
    (
        &[
            "openssl",
            "openssl1.0",
            "openssl3",
            "compat-openssl10",
            "openssl-1_1",
            "openssl-3",
            "libressl",
        ],
        "OpenSSL",
    ),
    (&["gnutls", "gnutls28", "gnutls26"], "GnuTLS"),
    (&["nss", "mozilla-nss"], "NSS"),
    (&["zlib"], "zlib"),
    (&["systemd"], "systemd"),
    (&["dbus", "dbus-1"], "D-Bus"),
];

/// Sources of kernels.
const KERNELS: &[&str] = &[
    "linux",
    "kernel",
    "kernel-default",
    "linux-signed-amd64",
    "linux-aws",
    "linux-azure",
    "linux-gcp",
];

/// Who has to be restarted.
pub(super) fn restart(upgrades: &[Upgrade]) -> Vec<String> {
    let sources: BTreeSet<&str> = upgrades.iter().map(|u| u.source.as_str()).collect();
    let loaded: Vec<&str> = LOADED_EVERYWHERE
        .iter()
        .filter(|(names, _)| names.iter().any(|n| sources.contains(n)))
        .map(|(_, text)| *text)
        .collect();
    let mut out = Vec::new();
    if !loaded.is_empty() {
        out.push(format!(
            "Restart every process that uses {}; replacing the container with one of the rebuilt image does \
             that.",
            loaded.join(", "),
        ));
    }
    if KERNELS.iter().any(|n| sources.contains(n)) {
        out.push(
            "A container runs on its host's kernel: the kernel packages in an image are never booted, so \
             remove them if they are not needed, and upgrade the host."
                .into(),
        );
    }
    out
}

/// How many packages a note names.
const SHOWN_NAMES: usize = 8;

fn names(list: &BTreeSet<&str>) -> String {
    let safe = |name: &&&str| super::shell::is_safe(name);
    let mut shown: Vec<String> =
        list.iter().filter(safe).take(SHOWN_NAMES).map(|&n| n.to_owned()).collect();
    if list.len() > shown.len() {
        shown.push(format!("{} more", list.len() - shown.len()));
    }
    shown.join(", ")
}

/// Installed packages that are built from the same sources and that a package manager moves along.
pub(super) fn siblings(context: &FixContext<'_>, upgrades: &[Upgrade]) -> Option<String> {
    let named: BTreeSet<&str> = upgrades.iter().map(|u| u.name.as_str()).collect();
    let sources: BTreeSet<&str> = upgrades.iter().map(|u| u.source.as_str()).collect();
    let list: BTreeSet<&str> = context
        .packages
        .iter()
        .map(|p| &p.package)
        .filter(|p| p.kind.is_system() && sources.contains(p.source_name()))
        .map(|p| p.name.as_str())
        .filter(|name| !named.contains(name))
        .collect();
    (!list.is_empty()).then(|| {
        format!(
            "Built from the same sources, and moved along where their dependencies say so: {}.",
            names(&list),
        )
    })
}

/// Installed packages that need an upgraded one.
pub(super) fn dependants(context: &FixContext<'_>, upgrades: &[Upgrade]) -> Option<String> {
    let named: BTreeSet<&str> = upgrades.iter().map(|u| u.name.as_str()).collect();
    // RPM and apk dependencies name libraries (`so:libssl.so.1.1`) as well as packages; only the packages
    // can be recognised without the list of what each provides.
    let list: BTreeSet<&str> = context
        .packages
        .iter()
        .map(|p| &p.package)
        .filter(|p| p.kind.is_system() && !named.contains(p.name.as_str()))
        .filter(|p| p.depends.iter().any(|d| named.contains(d.as_str())))
        .map(|p| p.name.as_str())
        .collect();
    (!list.is_empty()).then(|| {
        format!(
            "{} installed {} what is upgraded: {}.",
            list.len(),
            if list.len() == 1 { "package uses" } else { "packages use" },
            names(&list),
        )
    })
}
