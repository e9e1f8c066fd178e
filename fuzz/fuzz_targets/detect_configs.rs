//! Every parser of configuration, and all checks on one image with the text under many names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_detect::baseline::{Catalogue, Parameters, evaluate, parse_any};
use plimsoll_model::{ImageConfig, ImageIdentity, ImageText, Inventory, Platform};

/// One path for each parser and each sort of check.
const PATHS: &[&str] = &[
    "etc/apt/apt.conf",
    "etc/crontab",
    "etc/doas.conf",
    "etc/docker/daemon.json",
    "etc/exports",
    "etc/group",
    "etc/httpd/conf/httpd.conf",
    "etc/influxdb/influxdb.conf",
    "etc/login.defs",
    "etc/my.cnf",
    "etc/nginx/nginx.conf",
    "etc/pam.d/sshd",
    "etc/passwd",
    "etc/php.ini",
    "etc/phpmyadmin/config.inc.php",
    "etc/postgresql/15/main/pg_hba.conf",
    "etc/postgresql/15/main/postgresql.conf",
    "etc/profile",
    "etc/rabbitmq/rabbitmq.config",
    "etc/redis.conf",
    "etc/shadow",
    "etc/snmp/snmpd.conf",
    "etc/ssh/sshd_config",
    "etc/sudoers",
    "etc/tomcat9/server.xml",
    "etc/vault.d/a.hcl",
    "etc/zookeeper/zoo.cfg",
    "opt/hadoop/etc/hadoop/core-site.xml",
    "root/.jupyter/jupyter_notebook_config.py",
];

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data).into_owned();
    parse_any(&text);
    let texts = PATHS.iter().map(|path| ImageText {
        path: (*path).to_owned(),
        layer: 0,
        mode: 0o644,
        uid: 0,
        gid: 0,
        text: text.clone(),
    });
    let config = ImageConfig {
        env: vec![format!("PATH={text}"), text.clone()],
        cmd: vec!["redis-server".into(), text.clone()],
        ..ImageConfig::default()
    };
    let inventory = Inventory {
        schema: plimsoll_model::INVENTORY_SCHEMA,
        image: ImageIdentity {
            reference: String::new(),
            source: String::new(),
            digest: None,
            config_digest: None,
            tags: Vec::new(),
            repo_digests: Vec::new(),
            platform: Platform::default(),
        },
        layers: Vec::new(),
        config,
        history: Vec::new(),
        os: None,
        packages: Vec::new(),
        detections: Vec::new(),
        texts: texts.collect(),
        notable: Vec::new(),
        identities: Vec::new(),
        looked_for: Vec::new(),
        problems: Vec::new(),
    };
    // Trying passwords is slow by intention; its parser has a test of its own.
    let parameters = Parameters { catalogue: Catalogue::Full, password_work: 0, ..Parameters::default() };
    let _ = evaluate(&inventory, &parameters);
    let _ = Parameters::parse(&text);
});
