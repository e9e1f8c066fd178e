//! Keys that every container of the image shares, and authorities that the image believes.

use plimsoll_model::{EntryKind, Severity};

use crate::baseline::{Answer, Check, Hit, Image, Judge, formats::words};

const BASE: Check = Check::of("keys");

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-key-added-authority",
        severity: Severity::Medium,
        title: "a certificate authority was added by hand",
        why: "Whoever holds its key can pretend to be any server for every program in the container.",
        advice: "Make sure that it is your own and still in use; list its path under `allowed-certificates`.",
        judge: Judge::Rule(added_authority),
        fails: &["//- /usr/local/share/ca-certificates/corp.crt\ncert\n"],
        passes: &[
            "//- /usr/local/share/ca-certificates/corp.crt\ncert\n//- parameters\nallowed-certificates: [/usr/local/share/ca-certificates/corp.crt]\n",
            "//- /etc/pki/ca-trust/source/anchors/x.pem owner=x\ncert\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-key-authorized",
        class: "ssh",
        severity: Severity::Medium,
        title: "somebody may log in to every container of the image by key",
        why: "Whoever holds the private key logs in wherever the image runs with an SSH server.",
        advice: "Bring authorized_keys when the container starts, by a mounted secret, not in the image.",
        judge: Judge::Rule(authorized),
        fails: &["//- root/.ssh/authorized_keys mode=600\nssh-ed25519 AAAA somebody\n"],
        passes: &["//- root/.ssh/authorized_keys mode=600\n# none\n"],
        ..BASE
    },
    Check {
        id: "baseline-key-rhosts",
        class: "ssh",
        severity: Severity::High,
        title: "a file lets other machines in without a password",
        why: "`.rhosts`, `.shosts` and hosts.equiv believe the name of a machine, which anybody on the network can claim.",
        advice: "Remove the file.",
        judge: Judge::Rule(rhosts),
        fails: &["//- root/.rhosts\n+ +\n"],
        passes: &["//- root/.rhosts size=0\n"],
        ..BASE
    },
    Check {
        id: "baseline-key-ssh-host",
        class: "ssh",
        severity: Severity::High,
        aliases: &["CIS-DI-0010"],
        title: "the private key of the SSH server is part of the image",
        why: "Every container has the same key, and whoever pulls the image can pretend to be any of them.",
        advice: "Delete the keys in the instruction that installs the server, and make them when the container starts: `ssh-keygen -A`.",
        judge: Judge::Rule(host_key),
        fails: &["//- /etc/ssh/ssh_host_ed25519_key mode=600\nkey\n"],
        passes: &["//- /etc/ssh/ssh_host_ed25519_key mode=600 size=0\n"],
        ..BASE
    },
    Check {
        id: "baseline-key-ssh-private",
        class: "ssh",
        severity: Severity::High,
        aliases: &["CIS-DI-0010"],
        title: "a user's private SSH key is part of the image",
        why: "Whoever pulls the image logs in wherever the key is accepted.",
        advice: "Withdraw the key, and mount keys when building (`RUN --mount=type=ssh`) or starting.",
        judge: Judge::Rule(private_key),
        fails: &["//- root/.ssh/id_rsa mode=600\nkey\n"],
        passes: &["//- root/.ssh/id_rsa mode=600 size=0\n"],
        ..BASE
    },
    Check {
        id: "baseline-key-tls",
        severity: Severity::Medium,
        title: "a private key of TLS is part of the image",
        why: "Every container has the same key, and whoever pulls the image can read what is sent to them.",
        advice: "Make or mount the key when the container starts; snake-oil keys of packages are safe only while no service uses them.",
        judge: Judge::Rule(tls_key),
        fails: &["//- /etc/ssl/private/server.key mode=640\nkey\n"],
        passes: &["//- /etc/ssl/private/server.key mode=640 size=0\n"],
        ..BASE
    },
];

fn files(
    image: &Image<'_>,
    answer: &mut Answer,
    matches: impl Fn(&str) -> bool,
    bad: impl Fn(&plimsoll_model::NotableFile) -> bool,
) {
    for file in image.notable().filter(|file| file.kind == EntryKind::File && matches(&file.path)) {
        answer.applies();
        if bad(file) {
            answer.fail(Hit::file(&file.path));
        }
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Folders whose certificates every program of the system believes.
pub(crate) const ANCHORS: &[&str] = &[
    "usr/local/share/ca-certificates/",
    "etc/pki/ca-trust/source/anchors/",
    "usr/share/pki/ca-trust-source/anchors/",
    "etc/pki/trust/anchors/",
    "etc/ca-certificates/trust-source/anchors/",
];

fn added_authority(image: &Image<'_>, answer: &mut Answer) {
    let allowed = &image.parameters.allowed_certificates;
    files(
        image,
        answer,
        |path| ANCHORS.iter().any(|folder| path.starts_with(folder)),
        |file| file.owner.is_none() && !allowed.contains(&file.path) && file.size > 0,
    );
}

fn authorized(image: &Image<'_>, answer: &mut Answer) {
    for glob in ["root/.ssh/authorized_keys*", "home/*/.ssh/authorized_keys*"] {
        for (_, text) in image.matching(glob) {
            answer.applies();
            for (line, key) in words::lines(&text.text, &['#'], false) {
                let shown: String = key
                    .split_whitespace()
                    .next_back()
                    .unwrap_or_default()
                    .chars()
                    .take(60)
                    .collect();
                answer.fail(Hit::line(&text.path, line, format!("… {shown}")));
            }
        }
    }
}

fn rhosts(image: &Image<'_>, answer: &mut Answer) {
    files(
        image,
        answer,
        |path| matches!(name(path), ".rhosts" | ".shosts" | "hosts.equiv" | "shosts.equiv"),
        |file| file.size > 0,
    );
}

/// Whether the rules for secrets know the file as a key.
fn is_known(image: &Image<'_>, path: &str) -> bool {
    image.reported(path).any(|found| found.class == "keys")
}

fn host_key(image: &Image<'_>, answer: &mut Answer) {
    files(
        image,
        answer,
        |path| name(path).starts_with("ssh_host_") && path.ends_with("_key"),
        |file| file.size > 0 && !is_known(image, &file.path),
    );
}

fn private_key(image: &Image<'_>, answer: &mut Answer) {
    files(
        image,
        answer,
        |path| matches!(name(path), "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519"),
        |file| file.size > 0 && file.owner.is_none() && !is_known(image, &file.path),
    );
}

fn tls_key(image: &Image<'_>, answer: &mut Answer) {
    files(
        image,
        answer,
        |path| {
            (path.starts_with("etc/ssl/private/") || path.starts_with("etc/pki/tls/private/"))
                && (path.ends_with(".key") || path.ends_with(".pem"))
        },
        |file| file.size > 0 && file.owner.is_none() && !is_known(image, &file.path),
    );
}
