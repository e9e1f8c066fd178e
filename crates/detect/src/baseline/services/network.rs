//! File sharing, monitoring and supervision: Samba, NFS, rsync, SNMP, Supervisor, Mosquitto.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, each, is_default_password, set};
use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::{Format, words},
    service::{Bad, Default, Service},
};

const BASE: Check = Check::of("network");

static SAMBA: Service = Service {
    id: "samba",
    files: &["etc/samba/smb.conf"],
    format: Format::Ini,
    packages: &["samba", "samba-common", "samba-libs", "samba-common-libs"],
    ..SERVICE
};
static RSYNC: Service =
    Service { id: "rsync", files: &["etc/rsyncd.conf"], format: Format::Ini, ..SERVICE };
static SNMP: Service = Service {
    id: "snmp",
    files: &["etc/snmp/snmpd.conf", "etc/snmp/snmpd.conf.d/*.conf"],
    format: Format::Words,
    ..SERVICE
};
static SUPERVISOR: Service = Service {
    id: "supervisor",
    files: &[
        "etc/supervisord.conf",
        "etc/supervisor/supervisord.conf",
        "etc/supervisor/conf.d/*.conf",
        "etc/supervisor.d/*.ini",
    ],
    format: Format::Ini,
    merged: true,
    ..SERVICE
};
static MOSQUITTO: Service = Service {
    id: "mosquitto",
    files: &["etc/mosquitto/mosquitto.conf", "mosquitto/config/mosquitto.conf"],
    format: Format::Words,
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-mosquitto-anonymous",
        class: "mosquitto",
        severity: Severity::Medium,
        title: "Mosquitto lets clients in without a login",
        why: "Whoever reaches the port reads and sends all messages.",
        advice: "Write `allow_anonymous false` and a `password_file`.",
        references: &["https://mosquitto.org/man/mosquitto-conf-5.html"],
        judge: set(&MOSQUITTO, &["allow_anonymous"], Default::Nothing, ON, "allow_anonymous false"),
        fails: &["//- /etc/mosquitto/mosquitto.conf\nlistener 1883\nallow_anonymous true\n"],
        passes: &["//- /etc/mosquitto/mosquitto.conf\nallow_anonymous false\n"],
        ..BASE
    },
    Check {
        id: "baseline-nfs-everybody",
        class: "nfs",
        severity: Severity::High,
        title: "an NFS folder is open to every machine",
        why: "Whoever reaches the server reads it, and with `rw` writes.",
        advice: "Name the machines or networks instead of `*`.",
        references: &["https://man7.org/linux/man-pages/man5/exports.5.html"],
        judge: Judge::Rule(nfs_everybody),
        fails: &["//- /etc/exports\n/srv *(rw,sync)\n"],
        passes: &["//- /etc/exports\n/srv 10.0.0.0/8(ro,sync)\n# /x *(rw)\n"],
        ..BASE
    },
    Check {
        id: "baseline-nfs-root-squash",
        class: "nfs",
        severity: Severity::High,
        title: "root of other machines is root in an NFS folder",
        why: "They put setuid programs there and change every file.",
        advice: "Remove `no_root_squash`.",
        references: &["https://man7.org/linux/man-pages/man5/exports.5.html"],
        judge: Judge::Rule(nfs_root),
        fails: &["//- /etc/exports\n/srv 10.0.0.1(rw,no_root_squash)\n"],
        passes: &["//- /etc/exports\n/srv 10.0.0.1(rw,root_squash)\n"],
        ..BASE
    },
    Check {
        id: "baseline-rsync-no-login",
        class: "rsync",
        severity: Severity::Medium,
        title: "an rsync module that can be written to needs no login",
        why: "Whoever reaches the port writes files.",
        advice: "Set `auth users` and `secrets file`, or `read only = yes`.",
        references: &["https://download.samba.org/pub/rsync/rsyncd.conf.5"],
        judge: Judge::Rule(rsync_write),
        fails: &["//- /etc/rsyncd.conf\n[data]\npath = /srv\nread only = no\n"],
        passes: &[
            "//- /etc/rsyncd.conf\n[data]\npath = /srv\nread only = no\nauth users = a\n",
            "//- /etc/rsyncd.conf\n[data]\npath = /srv\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-rsync-root",
        class: "rsync",
        severity: Severity::Medium,
        title: "rsync's server works as root",
        why: "Clients read and write files as root.",
        advice: "Write `uid = nobody` and `gid = nogroup`.",
        references: &["https://download.samba.org/pub/rsync/rsyncd.conf.5"],
        judge: each(
            &RSYNC,
            &["uid", "*.uid"],
            Default::Nothing,
            Bad::Is(&["root", "0"]),
            "uid = nobody",
        ),
        fails: &["//- /etc/rsyncd.conf\nuid = root\n[data]\npath = /srv\n"],
        passes: &["//- /etc/rsyncd.conf\nuid = nobody\n[data]\npath = /srv\n"],
        ..BASE
    },
    Check {
        id: "baseline-samba-guest",
        class: "samba",
        severity: Severity::Medium,
        title: "guests may write to a Samba share",
        why: "Whoever reaches the port writes files without a password.",
        advice: "Write `guest ok = no`, or `read only = yes`.",
        references: &["https://www.samba.org/samba/docs/current/man-html/smb.conf.5.html"],
        judge: Judge::Rule(samba_guest),
        fails: &[
            "//- /etc/samba/smb.conf\n[global]\n[x]\npath = /srv\nguest ok = yes\nwritable = yes\n",
        ],
        passes: &[
            "//- /etc/samba/smb.conf\n[global]\n[x]\npath = /srv\nguest ok = yes\nread only = yes\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-samba-null-passwords",
        class: "samba",
        severity: Severity::High,
        title: "Samba lets accounts without a password in",
        why: "Whoever reaches the port logs in as any such account.",
        advice: "Write `null passwords = no`.",
        references: &["https://www.samba.org/samba/docs/current/man-html/smb.conf.5.html"],
        judge: set(
            &SAMBA,
            &["global.null passwords"],
            Default::Is("no"),
            ON,
            "null passwords = no",
        ),
        fails: &["//- /etc/samba/smb.conf\n[global]\nnull passwords = yes\n"],
        passes: &["//- /etc/samba/smb.conf\n[global]\nnull passwords = no\n"],
        ..BASE
    },
    Check {
        id: "baseline-samba-smb1",
        class: "samba",
        severity: Severity::High,
        title: "Samba speaks version 1 of the protocol",
        why: "Version 1 has no encryption and known flaws.",
        advice: "Write `server min protocol = SMB2_10`.",
        references: &["https://www.samba.org/samba/docs/current/man-html/smb.conf.5.html"],
        judge: set(
            &SAMBA,
            &["global.server min protocol", "global.min protocol"],
            // Samba 4.11 changed it (its release notes).
            Default::Changed((4, 11), "LANMAN1", "SMB2_02"),
            Bad::Is(&["CORE", "COREPLUS", "LANMAN1", "LANMAN2", "NT1"]),
            "server min protocol = SMB2_10",
        ),
        fails: &[
            "//- /etc/samba/smb.conf\n[global]\nserver min protocol = NT1\n",
            "//- packages\nsamba 2:4.9.5\n//- /etc/samba/smb.conf\n[global]\n",
        ],
        passes: &["//- /etc/samba/smb.conf\n[global]\nserver min protocol = SMB3\n"],
        skips: &["//- /etc/motd\nx\n"],
        ..BASE
    },
    Check {
        id: "baseline-samba-signing",
        class: "samba",
        severity: Severity::Low,
        title: "Samba does not sign",
        why: "Somebody on the network changes what is sent, or passes a login on.",
        advice: "Write `server signing = mandatory`.",
        references: &["https://www.samba.org/samba/docs/current/man-html/smb.conf.5.html"],
        judge: set(
            &SAMBA,
            &["global.server signing"],
            Default::Nothing,
            OFF,
            "server signing = mandatory",
        ),
        fails: &["//- /etc/samba/smb.conf\n[global]\nserver signing = disabled\n"],
        passes: &["//- /etc/samba/smb.conf\n[global]\nserver signing = mandatory\n"],
        ..BASE
    },
    Check {
        id: "baseline-snmp-community",
        class: "snmp",
        severity: Severity::High,
        title: "SNMP answers to the word that everybody knows",
        why: "Whoever reaches the port reads all of the machine's state; with `private` they change it.",
        advice: "Use version 3 with users, or at least a word of your own and a network: `rocommunity WORD 10.0.0.0/8`.",
        references: &["http://www.net-snmp.org/docs/man/snmpd.conf.html"],
        judge: Judge::Rule(snmp_community),
        fails: &[
            "//- /etc/snmp/snmpd.conf\nrocommunity public\n",
            "//- /etc/snmp/snmpd.conf\ncom2sec local default private\n",
        ],
        passes: &[
            "//- /etc/snmp/snmpd.conf\nrocommunity public 127.0.0.1\nrocommunity public default -V systemonly\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-snmp-write",
        class: "snmp",
        severity: Severity::Medium,
        title: "SNMP of version 1 or 2 may change settings",
        why: "The word goes over the network in clear.",
        advice: "Remove `rwcommunity`; use `rwuser` with version 3.",
        references: &["http://www.net-snmp.org/docs/man/snmpd.conf.html"],
        judge: set(
            &SNMP,
            &["rwcommunity", "rwcommunity6"],
            Default::Nothing,
            Bad::Not(&[""]),
            "rwuser NAME priv",
        ),
        fails: &["//- /etc/snmp/snmpd.conf\nrwcommunity x{WORD}\n"],
        passes: &["//- /etc/snmp/snmpd.conf\nrwcommunity\n"],
        ..BASE
    },
    Check {
        id: "baseline-supervisor-http",
        class: "supervisor",
        severity: Severity::High,
        title: "Supervisor's page needs no password",
        why: "Whoever reaches it starts and stops programs, and older versions run any command.",
        advice: "Remove [inet_http_server], or set username and password and bind it to 127.0.0.1.",
        references: &["http://supervisord.org/configuration.html"],
        judge: Judge::Rule(supervisor_http),
        fails: &[
            "//- /etc/supervisord.conf\n[inet_http_server]\nport = *:9001\n",
            "//- /etc/supervisord.conf\n[inet_http_server]\nport = 9001\nusername = admin\npassword = admin\n",
        ],
        passes: &[
            "//- /etc/supervisord.conf\n[inet_http_server]\nport = 127.0.0.1:9001\n",
            "//- /etc/supervisord.conf\n[unix_http_server]\nfile = /run/s.sock\n",
        ],
        ..BASE
    },
];

/// Lines of exports: the folder, and clients with their options.
fn exports(
    image: &Image<'_>,
    answer: &mut Answer,
    bad: impl Fn(&str, &[&str]) -> bool,
    expected: &str,
) {
    for glob in ["etc/exports", "etc/exports.d/*.exports"] {
        for (_, text) in image.matching(glob) {
            answer.applies();
            for (line, export) in words::lines(&text.text, &['#'], true) {
                for client in words::split(words::before_comment(&export, &['#'])).iter().skip(1) {
                    let (host, options) = client.split_once('(').unwrap_or((client, ""));
                    let options: Vec<&str> = options.trim_end_matches(')').split(',').collect();
                    if bad(host, &options) {
                        answer.fail(
                            Hit::line(&text.path, line, export.as_str())
                                .setting("export", client, expected),
                        );
                    }
                }
            }
        }
    }
}

fn nfs_everybody(image: &Image<'_>, answer: &mut Answer) {
    exports(image, answer, |host, _| matches!(host, "*" | "" | "0.0.0.0/0"), "named machines");
}

fn nfs_root(image: &Image<'_>, answer: &mut Answer) {
    exports(image, answer, |_, options| options.contains(&"no_root_squash"), "root_squash");
}

/// Most sections of one file that are judged.
const MAX_SECTIONS: usize = 500;

/// Sections with their settings: name, value, line.
fn sections<'c>(
    config: &'c crate::baseline::service::Config,
    name: &'c str,
) -> impl Iterator<Item = (&'c str, &'c crate::baseline::formats::Entry)> {
    config.entries.iter().filter_map(move |entry| {
        let (section, key) = entry.name.rsplit_once('.')?;
        key.eq_ignore_ascii_case(name).then_some((section, entry))
    })
}

fn rsync_write(image: &Image<'_>, answer: &mut Answer) {
    for config in &RSYNC.load(image).configs {
        answer.applies();
        for (section, entry) in
            sections(config, "read only").filter(|(_, e)| OFF.is(&e.value)).take(MAX_SECTIONS)
        {
            let users = format!("{section}.auth users");
            if config.value(Format::Ini, &[&users, "auth users"]).is_none_or(str::is_empty) {
                answer.fail(entry.hit("auth users = NAME"));
            }
        }
    }
}

fn samba_guest(image: &Image<'_>, answer: &mut Answer) {
    for config in &SAMBA.load(image).configs {
        answer.applies();
        let guests = sections(config, "guest ok").chain(sections(config, "public"));
        for (section, entry) in guests.filter(|(_, e)| ON.is(&e.value)).take(MAX_SECTIONS) {
            let writes = ["writable", "writeable", "write ok"]
                .iter()
                .any(|name| sections(config, name).any(|(s, e)| s == section && ON.is(&e.value)))
                || sections(config, "read only").any(|(s, e)| s == section && OFF.is(&e.value));
            if writes {
                answer.fail(entry.hit("guest ok = no"));
            }
        }
    }
}

fn snmp_community(image: &Image<'_>, answer: &mut Answer) {
    for config in &SNMP.load(image).configs {
        for entry in
            config.all(&["rocommunity", "rocommunity6", "rwcommunity", "rwcommunity6", "com2sec"])
        {
            answer.applies();
            let words: Vec<&str> = entry.value.split_whitespace().collect();
            let (community, source, view) = if entry.name == "com2sec" {
                (words.get(2), words.get(1), None)
            } else {
                (words.first(), words.get(1), words.get(2))
            };
            let known = community
                .is_some_and(|word| matches!(*word, "public" | "private" | "community" | "cisco"));
            let everywhere =
                source.is_none_or(|source| matches!(*source, "default" | "0.0.0.0/0" | "0.0.0.0"));
            // A view shows a part only; Debian's own configuration has `-V systemonly`.
            if known && everywhere && view.is_none() {
                answer.fail(entry.hit("rocommunity WORD 10.0.0.0/8"));
            }
        }
    }
}

fn supervisor_http(image: &Image<'_>, answer: &mut Answer) {
    for config in &SUPERVISOR.load(image).configs {
        answer.applies();
        let Some(port) = config.get(Format::Ini, &["inet_http_server.port"]) else { continue };
        let is_local = port.value.starts_with("127.")
            || port.value.starts_with("localhost")
            || port.value.starts_with("[::1]");
        let password =
            config.value(Format::Ini, &["inet_http_server.password"]).unwrap_or_default();
        if !is_local && (password.is_empty() || is_default_password(password)) {
            answer.fail(port.hit("port = 127.0.0.1:9001"));
        }
    }
}
