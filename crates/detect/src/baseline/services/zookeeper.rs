//! ZooKeeper.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, set};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://zookeeper.apache.org/doc/current/zookeeperAdmin.html"],
    ..Check::of("zookeeper")
};

static ZOOKEEPER: Service = Service {
    id: "zookeeper",
    files: &[
        "etc/zookeeper/conf/zoo.cfg",
        "conf/zoo.cfg",
        "opt/zookeeper*/conf/zoo.cfg",
        "opt/kafka*/config/zookeeper.properties",
        "etc/kafka/zookeeper.properties",
        "apache-zookeeper*/conf/zoo.cfg",
        "etc/zookeeper/zoo.cfg",
    ],
    format: Format::Properties,
    packages: &["zookeeper"],
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-zookeeper-admin",
        severity: Severity::Low,
        title: "ZooKeeper's admin pages are on",
        why: "They show settings and state without a login.",
        advice: "Write `admin.enableServer=false`.",
        default: false,
        judge: set(
            &ZOOKEEPER,
            &["admin.enableServer"],
            Default::Nothing,
            ON,
            "admin.enableServer=false",
        ),
        fails: &["//- /etc/zookeeper/conf/zoo.cfg\nadmin.enableServer=true\n"],
        passes: &["//- /etc/zookeeper/conf/zoo.cfg\nadmin.enableServer=false\n"],
        ..BASE
    },
    Check {
        id: "baseline-zookeeper-four-letter",
        severity: Severity::Low,
        title: "ZooKeeper answers every four-letter command",
        why: "`envi` and `dump` show settings and sessions without a login.",
        advice: "Write `4lw.commands.whitelist=srvr,ruok`.",
        judge: set(
            &ZOOKEEPER,
            &["4lw.commands.whitelist"],
            Default::Nothing,
            Bad::Holds(&["*"]),
            "4lw.commands.whitelist=srvr,ruok",
        ),
        fails: &["//- /etc/zookeeper/conf/zoo.cfg\n4lw.commands.whitelist=*\n"],
        passes: &["//- /etc/zookeeper/conf/zoo.cfg\n4lw.commands.whitelist=srvr\n"],
        ..BASE
    },
    Check {
        id: "baseline-zookeeper-skip-acl",
        severity: Severity::High,
        title: "ZooKeeper ignores access lists",
        why: "Whoever reaches the port reads and changes everything.",
        advice: "Remove `skipACL`.",
        judge: set(
            &ZOOKEEPER,
            &["skipACL", "zookeeper.skipACL"],
            Default::Is("no"),
            ON,
            "skipACL=no",
        ),
        fails: &["//- /etc/zookeeper/conf/zoo.cfg\nskipACL=yes\n"],
        passes: &["//- /etc/zookeeper/conf/zoo.cfg\nclientPort=2181\n"],
        ..BASE
    },
    Check {
        id: "baseline-zookeeper-auth",
        severity: Severity::Low,
        title: "ZooKeeper lets clients in without a login",
        why: "Whoever reaches the port reads what is not locked.",
        advice: "Write `sessionRequireClientSASLAuth=true`.",
        default: false,
        judge: set(
            &ZOOKEEPER,
            &[
                "sessionRequireClientSASLAuth",
                "zookeeper.sessionRequireClientSASLAuth",
                "enforce.auth.enabled",
            ],
            Default::Is("false"),
            OFF,
            "sessionRequireClientSASLAuth=true",
        ),
        fails: &["//- /etc/zookeeper/conf/zoo.cfg\nclientPort=2181\n"],
        passes: &["//- /etc/zookeeper/conf/zoo.cfg\nsessionRequireClientSASLAuth=true\n"],
        ..BASE
    },
];
