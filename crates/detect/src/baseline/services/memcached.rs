//! memcached: options, one a line, or the command line.

use plimsoll_model::Severity;

use super::{SERVICE, set};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://github.com/memcached/memcached/wiki/ConfiguringServer"],
    ..Check::of("memcached")
};

static MEMCACHED: Service = Service {
    id: "memcached",
    files: &["etc/memcached.conf", "etc/memcached_*.conf"],
    format: Format::Words,
    programs: &["memcached"],
    packages: &["memcached"],
    version_env: "MEMCACHED_VERSION",
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-memcached-listen",
        severity: Severity::Medium,
        title: "memcached listens everywhere",
        why: "It asks for no password: whoever reaches the port reads and changes the cache.",
        advice: "Write `-l 127.0.0.1`.",
        judge: set(
            &MEMCACHED,
            &["-l", "listen"],
            Default::Nothing,
            Bad::Everywhere,
            "-l 127.0.0.1",
        ),
        fails: &[
            "//- /etc/memcached.conf\n-l 0.0.0.0\n",
            "//- config\nCmd: memcached -l 0.0.0.0\n",
        ],
        passes: &["//- /etc/memcached.conf\n-l 127.0.0.1\n"],
        ..BASE
    },
    Check {
        id: "baseline-memcached-root",
        severity: Severity::Medium,
        title: "memcached runs as root",
        why: "A flaw gives root.",
        advice: "Write `-u memcache`.",
        judge: set(
            &MEMCACHED,
            &["-u", "user"],
            Default::Nothing,
            Bad::Is(&["root"]),
            "-u memcache",
        ),
        fails: &["//- /etc/memcached.conf\n-u root\n"],
        passes: &["//- /etc/memcached.conf\n-u memcache\n"],
        ..BASE
    },
    Check {
        id: "baseline-memcached-udp",
        severity: Severity::High,
        aliases: &["CVE-2018-1000115"],
        title: "memcached answers by UDP",
        why: "Attackers use it to multiply their traffic fifty thousand times.",
        advice: "Write `-U 0`.",
        judge: set(
            &MEMCACHED,
            &["-U", "udp-port"],
            Default::Changed((1, 5), "11211", "0"),
            Bad::Not(&["0"]),
            "-U 0",
        ),
        fails: &[
            "//- /etc/memcached.conf\n-U 11211\n",
            "//- packages\nmemcached 1.4.25-2\n//- /etc/memcached.conf\n-m 64\n",
        ],
        passes: &["//- /etc/memcached.conf\n-U 0\n"],
        ..BASE
    },
];
