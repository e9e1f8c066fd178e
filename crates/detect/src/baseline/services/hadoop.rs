//! Hadoop and Spark.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, set};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &[
        "https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-common/SecureMode.html",
    ],
    ..Check::of("hadoop")
};

static HADOOP: Service = Service {
    id: "hadoop",
    files: &[
        "opt/hadoop*/etc/hadoop/*-site.xml",
        "usr/local/hadoop*/etc/hadoop/*-site.xml",
        "etc/hadoop/*-site.xml",
        "etc/hadoop/conf/*-site.xml",
    ],
    format: Format::Hadoop,
    ..SERVICE
};
static SPARK: Service = Service {
    id: "spark",
    files: &[
        "opt/spark/conf/spark-defaults.conf",
        "etc/spark/conf/spark-defaults.conf",
        "usr/local/spark/conf/spark-defaults.conf",
    ],
    format: Format::Properties,
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-hadoop-acls",
        severity: Severity::Medium,
        title: "YARN lets everybody see and stop applications",
        why: "Whoever reaches it reads logs and runs programs.",
        advice: "Set `yarn.acl.enable` to true, and name administrators.",
        judge: set(&HADOOP, &["yarn.acl.enable"], Default::Nothing, OFF, "true"),
        fails: &[
            "//- /etc/hadoop/yarn-site.xml\n<configuration><property><name>yarn.acl.enable</name><value>false</value></property></configuration>\n",
        ],
        passes: &[
            "//- /etc/hadoop/yarn-site.xml\n<configuration><property><name>yarn.acl.enable</name><value>true</value></property></configuration>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-hadoop-authentication",
        severity: Severity::High,
        title: "Hadoop believes users who they are",
        why: "Whoever reaches the ports is any user, and runs programs in the cluster.",
        advice: "Set `hadoop.security.authentication` to kerberos.",
        judge: set(
            &HADOOP,
            &["hadoop.security.authentication"],
            Default::Nothing,
            Bad::Is(&["simple"]),
            "kerberos",
        ),
        fails: &[
            "//- /opt/hadoop/etc/hadoop/core-site.xml\n<configuration><property><name>hadoop.security.authentication</name><value>simple</value></property></configuration>\n",
        ],
        passes: &[
            "//- /opt/hadoop/etc/hadoop/core-site.xml\n<configuration><property><name>hadoop.security.authentication</name><value>kerberos</value></property></configuration>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-hadoop-authorization",
        severity: Severity::Medium,
        title: "Hadoop's services do not ask who may call them",
        why: "Whoever reaches them calls them.",
        advice: "Set `hadoop.security.authorization` to true.",
        judge: set(&HADOOP, &["hadoop.security.authorization"], Default::Nothing, OFF, "true"),
        fails: &[
            "//- /opt/hadoop/etc/hadoop/core-site.xml\n<configuration><property><name>hadoop.security.authorization</name><value>false</value></property></configuration>\n",
        ],
        passes: &[
            "//- /opt/hadoop/etc/hadoop/core-site.xml\n<configuration><property><name>hadoop.security.authorization</name><value>true</value></property></configuration>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-hadoop-http-anonymous",
        severity: Severity::Medium,
        title: "Hadoop's pages need no login",
        why: "Whoever reaches them reads logs and data.",
        advice: "Set `hadoop.http.authentication.simple.anonymous.allowed` to false.",
        judge: set(
            &HADOOP,
            &["hadoop.http.authentication.simple.anonymous.allowed"],
            Default::Nothing,
            ON,
            "false",
        ),
        fails: &[
            "//- /opt/hadoop/etc/hadoop/core-site.xml\n<configuration><property><name>hadoop.http.authentication.simple.anonymous.allowed</name><value>true</value></property></configuration>\n",
        ],
        passes: &[
            "//- /opt/hadoop/etc/hadoop/core-site.xml\n<configuration><property><name>hadoop.http.authentication.simple.anonymous.allowed</name><value>false</value></property></configuration>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-hadoop-permissions",
        severity: Severity::High,
        title: "HDFS does not look at the modes of files",
        why: "Every user reads and deletes all data.",
        advice: "Set `dfs.permissions.enabled` to true.",
        judge: set(
            &HADOOP,
            &["dfs.permissions.enabled", "dfs.permissions"],
            Default::Nothing,
            OFF,
            "true",
        ),
        fails: &[
            "//- /opt/hadoop/etc/hadoop/hdfs-site.xml\n<configuration><property><name>dfs.permissions.enabled</name><value>false</value></property></configuration>\n",
        ],
        passes: &[
            "//- /opt/hadoop/etc/hadoop/hdfs-site.xml\n<configuration><property><name>dfs.permissions.enabled</name><value>true</value></property></configuration>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-spark-authenticate",
        class: "spark",
        severity: Severity::Medium,
        title: "Spark's processes do not know one another",
        why: "Whoever reaches the master runs programs in the cluster.",
        advice: "Set `spark.authenticate true` and a secret.",
        judge: set(
            &SPARK,
            &["spark.authenticate"],
            Default::Nothing,
            OFF,
            "spark.authenticate true",
        ),
        fails: &["//- /opt/spark/conf/spark-defaults.conf\nspark.authenticate false\n"],
        passes: &["//- /opt/spark/conf/spark-defaults.conf\nspark.authenticate true\n"],
        ..BASE
    },
    Check {
        id: "baseline-spark-acls",
        class: "spark",
        severity: Severity::Low,
        title: "Spark's pages need no login",
        why: "Whoever reaches them sees and stops jobs.",
        advice: "Set `spark.acls.enable true`.",
        default: false,
        judge: set(
            &SPARK,
            &["spark.acls.enable", "spark.ui.acls.enable"],
            Default::Nothing,
            OFF,
            "spark.acls.enable true",
        ),
        fails: &["//- /opt/spark/conf/spark-defaults.conf\nspark.acls.enable false\n"],
        passes: &["//- /opt/spark/conf/spark-defaults.conf\nspark.acls.enable true\n"],
        ..BASE
    },
];
