//! The SSH server's configuration (`sshd_config(5)`); `Match` blocks and included files count too.

use plimsoll_model::Severity;

use crate::baseline::{
    Check, Judge,
    formats::Format,
    service::{Bad, Default, Service, SettingRule},
};

const BASE: Check =
    Check { references: &["https://man.openbsd.org/sshd_config"], ..Check::of("ssh") };

pub(crate) static SSHD: Service = Service {
    id: "sshd",
    files: &["etc/ssh/sshd_config", "usr/etc/ssh/sshd_config"],
    merged: false,
    format: Format::Sshd,
    programs: &["sshd"],
    packages: &["openssh-server", "openssh", "openssh-server-pam"],
    version_env: "OPENSSH_VERSION",
};

const fn set(
    names: &'static [&'static str],
    default: Default,
    bad: Bad,
    write: &'static str,
) -> Judge {
    Judge::Setting(SettingRule {
        service: &SSHD,
        names,
        several: false,
        env: &[],
        default,
        bad,
        write,
        when: None,
    })
}

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-ssh-ciphers",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 5.1.6"],
        title: "the SSH server offers broken ciphers",
        why: "3DES, RC4, Blowfish and the CBC modes let somebody on the network recover parts of what is sent.",
        advice: "Leave the list to the defaults of OpenSSH, or name only the ChaCha20, GCM and CTR ciphers.",
        judge: set(
            &["Ciphers"],
            Default::Nothing,
            Bad::By(weak_cipher),
            "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com",
        ),
        fails: &["//- /etc/ssh/sshd_config\nCiphers aes128-cbc,aes256-ctr\n"],
        passes: &[
            "//- /etc/ssh/sshd_config\nCiphers aes256-ctr\n",
            "//- /etc/ssh/sshd_config\nCiphers -3des-cbc\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-ssh-host-based",
        severity: Severity::High,
        aliases: &["CIS Debian 12 5.1.10"],
        title: "the SSH server believes other machines who their users are",
        why: "Whoever controls such a machine logs in as anybody.",
        advice: "Remove the setting.",
        judge: set(
            &["HostbasedAuthentication"],
            Default::Is("no"),
            Bad::Is(&["yes"]),
            "HostbasedAuthentication no",
        ),
        fails: &["//- /etc/ssh/sshd_config\nHostbasedAuthentication yes\n"],
        passes: &["//- /etc/ssh/sshd_config\nHostbasedAuthentication no\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-ignore-rhosts",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 5.1.11"],
        title: "the SSH server reads .rhosts files",
        why: "A user's file then decides which machines may log in without a password.",
        advice: "Remove the setting.",
        judge: set(&["IgnoreRhosts"], Default::Is("yes"), Bad::Is(&["no"]), "IgnoreRhosts yes"),
        fails: &["//- /etc/ssh/sshd_config\nIgnoreRhosts no\n"],
        passes: &["//- /etc/ssh/sshd_config\nIgnoreRhosts yes\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-kex",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 5.1.12"],
        title: "the SSH server offers broken key exchanges",
        why: "Exchanges with SHA-1 or 1024-bit groups can be broken with effort, and sessions read later.",
        advice: "Leave the list to the defaults of OpenSSH.",
        judge: set(
            &["KexAlgorithms"],
            Default::Nothing,
            Bad::By(weak_kex),
            "KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org",
        ),
        fails: &["//- /etc/ssh/sshd_config\nKexAlgorithms diffie-hellman-group1-sha1\n"],
        passes: &["//- /etc/ssh/sshd_config\nKexAlgorithms curve25519-sha256\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-login-grace",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.1.13", "CVE-2024-6387"],
        title: "the SSH server waits for a login too long",
        why: "Open connections without a login use up the server.",
        advice: "A minute is enough; 0 means without end.",
        default: false,
        judge: set(
            &["LoginGraceTime"],
            Default::Is("120"),
            Bad::By(long_grace),
            "LoginGraceTime 60",
        ),
        fails: &[
            "//- /etc/ssh/sshd_config\nLoginGraceTime 0\n",
            "//- /etc/ssh/sshd_config\nLoginGraceTime 2m\n",
        ],
        passes: &[
            "//- /etc/ssh/sshd_config\nLoginGraceTime 60\n",
            "//- /etc/ssh/sshd_config\nLoginGraceTime 1m\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-ssh-macs",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 5.1.15"],
        title: "the SSH server offers broken message authentication",
        why: "MD5 and tags of 64 or 96 bits make it possible to change what is sent.",
        advice: "Leave the list to the defaults of OpenSSH, or name only the SHA-2 ones with `-etm`.",
        judge: set(
            &["MACs"],
            Default::Nothing,
            Bad::By(weak_mac),
            "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
        ),
        fails: &["//- /etc/ssh/sshd_config\nMACs hmac-md5\n"],
        passes: &["//- /etc/ssh/sshd_config\nMACs hmac-sha2-256\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-max-auth-tries",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.1.16"],
        title: "the SSH server allows many tries a connection",
        why: "Passwords are tried faster.",
        advice: "Four are enough.",
        default: false,
        judge: set(&["MaxAuthTries"], Default::Is("6"), Bad::Above(4), "MaxAuthTries 4"),
        fails: &["//- /etc/ssh/sshd_config\nMaxAuthTries 10\n"],
        passes: &["//- /etc/ssh/sshd_config\nMaxAuthTries 4\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-password-authentication",
        severity: Severity::Low,
        title: "the SSH server accepts passwords",
        why: "Passwords are guessed and stolen; keys hardly are.",
        advice: "Log in by key.",
        default: false,
        judge: set(
            &["PasswordAuthentication"],
            Default::Is("yes"),
            Bad::Is(&["yes"]),
            "PasswordAuthentication no",
        ),
        fails: &["//- /etc/ssh/sshd_config\nPort 22\n"],
        passes: &["//- /etc/ssh/sshd_config\nPasswordAuthentication no\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-permit-empty-passwords",
        severity: Severity::Critical,
        aliases: &["CIS Debian 12 5.1.19"],
        title: "the SSH server lets accounts without a password in",
        why: "Whoever reaches the port logs in as any account whose password is empty.",
        advice: "Remove the setting.",
        judge: set(
            &["PermitEmptyPasswords"],
            Default::Is("no"),
            Bad::Is(&["yes"]),
            "PermitEmptyPasswords no",
        ),
        fails: &[
            "//- /etc/ssh/sshd_config\nPermitEmptyPasswords yes\n",
            "//- /etc/ssh/sshd_config\nPermitEmptyPasswords no\nMatch User git\n  PermitEmptyPasswords yes\n",
        ],
        passes: &[
            "//- /etc/ssh/sshd_config\nPermitEmptyPasswords no\n",
            "//- /etc/ssh/sshd_config\nPermitEmptyPasswords no\nPermitEmptyPasswords yes\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-ssh-permit-root-login",
        severity: Severity::High,
        aliases: &["CIS Debian 12 5.1.20"],
        title: "root may log in by SSH with a password",
        why: "The one account whose name everybody knows is open to guessing.",
        advice: "Use `no`, or `prohibit-password` where root must log in by key.",
        judge: set(
            &["PermitRootLogin"],
            // OpenSSH 7.0 changed it (release notes of 2015-08-11).
            Default::Changed((7, 0), "yes", "prohibit-password"),
            Bad::Is(&["yes"]),
            "PermitRootLogin no",
        ),
        fails: &[
            "//- /etc/ssh/sshd_config\nPermitRootLogin yes\n",
            "//- packages\nopenssh-server 1:6.7p1\n//- /etc/ssh/sshd_config\nPort 22\n",
            "//- /etc/ssh/sshd_config\nInclude sshd_config.d/*.conf\nPermitRootLogin no\n//- /etc/ssh/sshd_config.d/a.conf\nPermitRootLogin yes\n",
            "//- config\nCmd: /usr/sbin/sshd -D -o PermitRootLogin=yes\n//- /etc/ssh/sshd_config\nPermitRootLogin no\n",
        ],
        passes: &[
            "//- /etc/ssh/sshd_config\nPermitRootLogin prohibit-password\n",
            "//- packages\nopenssh-server 1:9.2p1\n//- /etc/ssh/sshd_config\nPort 22\n",
            "//- /etc/ssh/sshd_config\nPermitRootLogin no\nInclude sshd_config.d/*.conf\n//- /etc/ssh/sshd_config.d/a.conf\nPermitRootLogin yes\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-ssh-permit-user-environment",
        severity: Severity::Medium,
        aliases: &["CIS Debian 12 5.1.21"],
        title: "users set environment variables of their SSH sessions",
        why: "A user who may only run one command gets around that with LD_PRELOAD.",
        advice: "Remove the setting.",
        judge: set(
            &["PermitUserEnvironment"],
            Default::Is("no"),
            Bad::Not(&["no"]),
            "PermitUserEnvironment no",
        ),
        fails: &["//- /etc/ssh/sshd_config\nPermitUserEnvironment yes\n"],
        passes: &["//- /etc/ssh/sshd_config\nPermitUserEnvironment no\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-protocol-1",
        severity: Severity::High,
        title: "the SSH server speaks version 1 of the protocol",
        why: "Version 1 is broken: sessions can be read and changed.",
        advice: "Remove the line; newer servers know no other version than 2.",
        judge: set(&["Protocol"], Default::Nothing, Bad::Holds(&["1"]), "Protocol 2"),
        fails: &["//- /etc/ssh/sshd_config\nProtocol 2,1\n"],
        passes: &["//- /etc/ssh/sshd_config\nProtocol 2\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-strict-modes",
        severity: Severity::Medium,
        title: "the SSH server does not look at the modes of key files",
        why: "It believes an authorized_keys file that everybody can write.",
        advice: "Remove the setting.",
        judge: set(&["StrictModes"], Default::Is("yes"), Bad::Is(&["no"]), "StrictModes yes"),
        fails: &["//- /etc/ssh/sshd_config\nStrictModes no\n"],
        passes: &["//- /etc/ssh/sshd_config\nStrictModes yes\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-tcp-forwarding",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.1.8"],
        title: "the SSH server forwards connections",
        why: "Whoever logs in reaches the networks that the container reaches.",
        advice: "`DisableForwarding yes` switches off all kinds of it.",
        default: false,
        judge: set(
            &["AllowTcpForwarding"],
            Default::Is("yes"),
            Bad::Is(&["yes", "all", "local", "remote"]),
            "AllowTcpForwarding no",
        ),
        fails: &["//- /etc/ssh/sshd_config\nPort 22\n"],
        passes: &["//- /etc/ssh/sshd_config\nAllowTcpForwarding no\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-use-pam",
        severity: Severity::Low,
        aliases: &["CIS Debian 12 5.1.22"],
        title: "the SSH server does without PAM",
        why: "Rules that lock accounts, or ask for more than a password, do not count.",
        advice: "Where the system has PAM, let it decide.",
        default: false,
        judge: set(&["UsePAM"], Default::Is("no"), Bad::Is(&["no"]), "UsePAM yes"),
        fails: &["//- /etc/ssh/sshd_config\nUsePAM no\n"],
        passes: &["//- /etc/ssh/sshd_config\nUsePAM yes\n"],
        ..BASE
    },
    Check {
        id: "baseline-ssh-x11-forwarding",
        severity: Severity::Low,
        title: "the SSH server forwards X11",
        why: "Whoever controls the server reads and types into the windows of those who log in.",
        advice: "Containers have no use for it.",
        default: false,
        judge: set(&["X11Forwarding"], Default::Is("no"), Bad::Is(&["yes"]), "X11Forwarding no"),
        fails: &["//- /etc/ssh/sshd_config\nX11Forwarding yes\n"],
        passes: &["//- /etc/ssh/sshd_config\nX11Forwarding no\n"],
        ..BASE
    },
];

/// Names of a list that is in force: `-…` takes away, `+…` and `^…` add.
fn listed(value: &str) -> impl Iterator<Item = &str> {
    let value = value.trim();
    let taken = value.starts_with('-');
    value.trim_start_matches(['+', '^']).split(',').filter(move |_| !taken).map(str::trim)
}

fn weak_cipher(value: &str) -> bool {
    listed(value).any(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("-cbc")
            || name.starts_with("arcfour")
            || name.starts_with("3des")
            || name.starts_with("blowfish")
            || name == "none"
    })
}

fn weak_mac(value: &str) -> bool {
    listed(value).any(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("md5")
            || name.contains("-96")
            || name.starts_with("umac-64")
            || name.contains("ripemd")
            || name == "none"
    })
}

fn weak_kex(value: &str) -> bool {
    listed(value).any(|name| {
        matches!(
            name.to_ascii_lowercase().as_str(),
            "diffie-hellman-group1-sha1"
                | "diffie-hellman-group14-sha1"
                | "diffie-hellman-group-exchange-sha1"
        )
    })
}

fn long_grace(value: &str) -> bool {
    let (number, unit) =
        value.split_at(value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len()));
    let factor = match unit {
        "" | "s" | "S" => 1,
        "m" | "M" => 60,
        _ => 3_600,
    };
    number.parse::<u64>().is_ok_and(|n| n == 0 || n.saturating_mul(factor) > 60)
}
