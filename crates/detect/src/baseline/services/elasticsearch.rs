//! Elasticsearch, OpenSearch and Kibana: the settings also come from the environment.

use plimsoll_model::Severity;

use super::{OFF, ON, SERVICE, each, set, set_env};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &[
        "https://www.elastic.co/guide/en/elasticsearch/reference/current/secure-cluster.html",
    ],
    ..Check::of("elasticsearch")
};

static ELASTIC: Service = Service {
    id: "elasticsearch",
    files: &[
        "etc/elasticsearch/elasticsearch.yml",
        "usr/share/elasticsearch/config/elasticsearch.yml",
        "opt/bitnami/elasticsearch/config/elasticsearch.yml",
    ],
    format: Format::Yaml,
    programs: &["elasticsearch"],
    packages: &["elasticsearch", "org.elasticsearch:elasticsearch"],
    version_env: "ELASTIC_VERSION",
    ..SERVICE
};
static OPENSEARCH: Service = Service {
    id: "opensearch",
    files: &["etc/opensearch/opensearch.yml", "usr/share/opensearch/config/opensearch.yml"],
    format: Format::Yaml,
    programs: &["opensearch"],
    packages: &["opensearch"],
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-elasticsearch-anonymous",
        severity: Severity::Medium,
        title: "Elasticsearch gives visitors a role",
        why: "Whoever reaches the port has the role without a login.",
        advice: "Remove `xpack.security.authc.anonymous`.",
        judge: set(
            &ELASTIC,
            &["xpack.security.authc.anonymous.roles"],
            Default::Nothing,
            Bad::Not(&[""]),
            "no anonymous roles",
        ),
        fails: &[
            "//- /usr/share/elasticsearch/config/elasticsearch.yml\nxpack.security.authc.anonymous.roles: superuser\n",
        ],
        passes: &[
            "//- /usr/share/elasticsearch/config/elasticsearch.yml\nxpack.security.authc.anonymous.roles: \"\"\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-elasticsearch-cors",
        severity: Severity::Medium,
        title: "Elasticsearch answers scripts of every site",
        why: "A page that somebody looks at reads data through their browser.",
        advice: "Name the sites in `http.cors.allow-origin`.",
        judge: set_env(
            &ELASTIC,
            &["http.cors.allow-origin"],
            &["http.cors.allow-origin"],
            Default::Nothing,
            Bad::Is(&["*", "/.*/"]),
            "http.cors.allow-origin: https://kibana.example",
        ),
        fails: &[
            "//- /usr/share/elasticsearch/config/elasticsearch.yml\nhttp.cors.allow-origin: \"*\"\n",
        ],
        passes: &[
            "//- /usr/share/elasticsearch/config/elasticsearch.yml\nhttp.cors.allow-origin: https://a.test\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-elasticsearch-scripts",
        severity: Severity::Medium,
        title: "Elasticsearch runs scripts of every sort",
        why: "Scripts of old languages let clients run code on the server.",
        advice: "Remove the setting, or allow only what is needed.",
        judge: each(
            &ELASTIC,
            &[
                "script.inline",
                "script.indexed",
                "script.disable_dynamic",
                "script.engine.groovy.inline.search",
            ],
            Default::Nothing,
            Bad::Is(&["true", "on", "false_dynamic"]),
            "script.allowed_types: stored",
        ),
        fails: &["//- /usr/share/elasticsearch/config/elasticsearch.yml\nscript.inline: true\n"],
        passes: &["//- /usr/share/elasticsearch/config/elasticsearch.yml\nscript.inline: false\n"],
        ..BASE
    },
    Check {
        id: "baseline-elasticsearch-security",
        severity: Severity::Critical,
        title: "Elasticsearch lets everybody in who reaches it",
        why: "Open servers are found and emptied within hours.",
        advice: "Remove the setting (version 8 and later), or set it to true and set passwords.",
        judge: set_env(
            &ELASTIC,
            &["xpack.security.enabled"],
            &["xpack.security.enabled"],
            Default::Changed((8, 0), "false", "true"),
            OFF,
            "xpack.security.enabled: true",
        ),
        fails: &[
            "//- /usr/share/elasticsearch/config/elasticsearch.yml\nxpack.security.enabled: false\n",
            "//- config\nEnv: xpack.security.enabled=false\n",
            "//- packages\nelasticsearch 7.17.3\n//- /etc/elasticsearch/elasticsearch.yml\ncluster.name: a\n",
        ],
        passes: &[
            "//- /usr/share/elasticsearch/config/elasticsearch.yml\nxpack:\n  security:\n    enabled: true\n",
            "//- packages\nelasticsearch 8.11.1\n//- /etc/elasticsearch/elasticsearch.yml\ncluster.name: a\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-elasticsearch-tls",
        severity: Severity::Medium,
        title: "Elasticsearch speaks without TLS",
        why: "Passwords and data go over the network in clear.",
        advice: "Set `xpack.security.http.ssl.enabled: true`.",
        judge: set_env(
            &ELASTIC,
            &["xpack.security.http.ssl.enabled"],
            &["xpack.security.http.ssl.enabled"],
            Default::Nothing,
            OFF,
            "xpack.security.http.ssl.enabled: true",
        ),
        fails: &[
            "//- /usr/share/elasticsearch/config/elasticsearch.yml\nxpack.security.http.ssl.enabled: false\n",
        ],
        passes: &[
            "//- /usr/share/elasticsearch/config/elasticsearch.yml\nxpack.security.http.ssl:\n  enabled: true\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-opensearch-security",
        severity: Severity::Critical,
        title: "OpenSearch lets everybody in who reaches it",
        why: "Open servers are found and emptied within hours.",
        advice: "Remove the setting, and bring a configuration of the security plugin.",
        judge: set_env(
            &OPENSEARCH,
            &["plugins.security.disabled"],
            &["plugins.security.disabled", "DISABLE_SECURITY_PLUGIN"],
            Default::Is("false"),
            ON,
            "plugins.security.disabled: false",
        ),
        fails: &[
            "//- /usr/share/opensearch/config/opensearch.yml\nplugins.security.disabled: true\n",
            "//- config\nEnv: DISABLE_SECURITY_PLUGIN=true\n",
        ],
        passes: &["//- /usr/share/opensearch/config/opensearch.yml\ncluster.name: a\n"],
        ..BASE
    },
];
