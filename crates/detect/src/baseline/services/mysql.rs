//! MySQL and MariaDB: option files and the server's command line.

use plimsoll_model::Severity;

use super::{OFF, ON, set};
use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::Format,
    service::{Bad, Default, Service, shown},
};

const BASE: Check = Check {
    references: &["https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html"],
    ..Check::of("mysql")
};

static MYSQL: Service = Service {
    id: "mysql",
    files: &["etc/my.cnf", "etc/mysql/my.cnf", "usr/local/etc/my.cnf"],
    merged: true,
    format: Format::MySql,
    programs: &["mysqld", "mariadbd", "mysqld_safe"],
    packages: &[
        "mysql-server",
        "mysql-community-server",
        "mariadb-server",
        "mysql-community-server-core",
    ],
    version_env: "MYSQL_VERSION",
};

macro_rules! names {
    ($name:literal) => {
        &[
            concat!("mysqld.", $name),
            concat!("server.", $name),
            concat!("mariadb.", $name),
            concat!("mariadbd.", $name),
            $name,
        ]
    };
}

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-mysql-bind",
        severity: Severity::Low,
        title: "MySQL listens everywhere",
        why: "Everybody on the container's networks can try to log in.",
        advice: "Name the address of the one network that clients come from.",
        default: false,
        judge: set(
            &MYSQL,
            names!("bind-address"),
            Default::Is("*"),
            Bad::Everywhere,
            "bind-address = 127.0.0.1",
        ),
        fails: &["//- /etc/my.cnf\n[mysqld]\nbind-address = 0.0.0.0\n"],
        passes: &[
            "//- /etc/mysql/my.cnf\n!includedir /etc/mysql/conf.d/\n//- /etc/mysql/conf.d/a.cnf\n[mysqld]\nbind_address=127.0.0.1\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-mysql-empty-password",
        severity: Severity::High,
        title: "MySQL's root is made without a password",
        why: "Whoever reaches the port is the administrator of the database.",
        advice: "Remove the variable; let MYSQL_RANDOM_ROOT_PASSWORD or a mounted secret set one.",
        judge: Judge::Rule(empty_password),
        fails: &["//- config\nEnv: MYSQL_ALLOW_EMPTY_PASSWORD=yes\n"],
        passes: &["//- config\nEnv: PATH=/bin\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-local-infile",
        severity: Severity::Medium,
        title: "MySQL reads files of clients, or lets them be loaded",
        why: "With injected SQL an attacker reads files; a hostile server reads those of its clients.",
        advice: "Switch it off where no import needs it.",
        judge: set(
            &MYSQL,
            names!("local-infile"),
            // MySQL 8.0 changed the default; MariaDB (10, 11) keeps it on, which is why unset is not judged.
            Default::Nothing,
            ON,
            "local-infile = 0",
        ),
        fails: &["//- /etc/my.cnf\n[mysqld]\nlocal_infile=1\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\nlocal-infile=0\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-log-raw",
        severity: Severity::Medium,
        title: "MySQL writes passwords to its log in clear",
        why: "Whoever reads the log has them.",
        advice: "Remove the setting.",
        judge: set(&MYSQL, names!("log-raw"), Default::Is("OFF"), ON, "log-raw = OFF"),
        fails: &["//- /etc/my.cnf\n[mysqld]\nlog-raw\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\nlog-raw = OFF\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-old-passwords",
        severity: Severity::High,
        title: "MySQL hashes passwords by the method of before version 4.1",
        why: "Such hashes are 16 digits long and found in seconds.",
        advice: "Remove the setting, and set the passwords anew.",
        judge: set(
            &MYSQL,
            names!("old-passwords"),
            Default::Is("0"),
            Bad::Is(&["1", "on"]),
            "old_passwords = 0",
        ),
        fails: &["//- /etc/my.cnf\n[mysqld]\nold_passwords=1\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\nold_passwords=2\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-password-in-file",
        severity: Severity::Medium,
        title: "a password stands in MySQL's option file",
        why: "Whoever pulls the image can use it.",
        advice: "Mount the file when the container starts, or use a login path.",
        judge: Judge::Rule(password_in_file),
        fails: &["//- /etc/my.cnf\n[client]\nuser=root\npassword={WORD}\n"],
        passes: &["//- /etc/my.cnf\n[client]\nuser=root\n#password=x\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-root",
        severity: Severity::Medium,
        title: "MySQL runs as root",
        why: "Whoever may write files through it writes them as root.",
        advice: "Use the account that the package makes.",
        judge: set(
            &MYSQL,
            names!("user"),
            Default::Nothing,
            Bad::Is(&["root", "0"]),
            "user = mysql",
        ),
        fails: &["//- /etc/my.cnf\n[mysqld]\nuser=root\n", "//- config\nCmd: mysqld --user=root\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\nuser=mysql\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-secure-file-priv",
        severity: Severity::Medium,
        title: "MySQL reads and writes files anywhere",
        why: "With injected SQL, `INTO OUTFILE` puts a program into a folder of the web server.",
        advice: "Name one folder, or write NULL to switch it off.",
        judge: set(
            &MYSQL,
            names!("secure-file-priv"),
            Default::Nothing,
            Bad::Empty,
            "secure_file_priv = NULL",
        ),
        fails: &["//- /etc/my.cnf\n[mysqld]\nsecure_file_priv=\"\"\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\nsecure-file-priv=/var/lib/mysql-files\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-skip-grant-tables",
        severity: Severity::Critical,
        title: "MySQL asks nobody for a password",
        why: "Whoever reaches the port is the administrator of the database.",
        advice: "Remove the setting.",
        judge: set(
            &MYSQL,
            names!("skip-grant-tables"),
            Default::Is("0"),
            ON,
            "skip-grant-tables = 0",
        ),
        fails: &[
            "//- /etc/my.cnf\n[mysqld]\nskip-grant-tables\n",
            "//- config\nCmd: mysqld --skip-grant-tables\n",
        ],
        passes: &["//- /etc/my.cnf\n[mysqld]\n#skip-grant-tables\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-skip-show-database",
        severity: Severity::Negligible,
        title: "MySQL shows everybody the names of all databases",
        why: "An attacker with a weak account sees what there is to get.",
        advice: "Add `skip-show-database`.",
        default: false,
        judge: set(
            &MYSQL,
            names!("skip-show-database"),
            Default::Is("0"),
            OFF,
            "skip-show-database",
        ),
        fails: &["//- /etc/my.cnf\n[mysqld]\nport=3306\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\nskip-show-database\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-symbolic-links",
        severity: Severity::Low,
        title: "MySQL follows links in its data folder",
        why: "Whoever may write there makes the server overwrite other files.",
        advice: "Remove the setting.",
        judge: set(&MYSQL, names!("symbolic-links"), Default::Nothing, ON, "symbolic-links = 0"),
        fails: &["//- /etc/my.cnf\n[mysqld]\nsymbolic-links=1\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\nsymbolic-links=0\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-tls",
        severity: Severity::Low,
        title: "MySQL accepts connections without TLS",
        why: "Passwords and data go over the network in clear.",
        advice: "Require TLS for all users.",
        default: false,
        judge: set(
            &MYSQL,
            names!("require-secure-transport"),
            Default::Is("OFF"),
            OFF,
            "require_secure_transport = ON",
        ),
        fails: &["//- /etc/my.cnf\n[mysqld]\nport=3306\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\nrequire_secure_transport=ON\n"],
        ..BASE
    },
    Check {
        id: "baseline-mysql-tls-version",
        severity: Severity::Medium,
        title: "MySQL accepts old versions of TLS",
        why: "TLS 1.0 and 1.1 have known weaknesses and are forbidden by RFC 8996.",
        advice: "Write `tls_version = TLSv1.2,TLSv1.3`.",
        judge: set(
            &MYSQL,
            names!("tls-version"),
            Default::Nothing,
            Bad::Holds(&["TLSv1", "TLSv1.0", "TLSv1.1"]),
            "tls_version = TLSv1.2,TLSv1.3",
        ),
        fails: &["//- /etc/my.cnf\n[mysqld]\ntls_version=TLSv1.1,TLSv1.2\n"],
        passes: &["//- /etc/my.cnf\n[mysqld]\ntls_version=TLSv1.2,TLSv1.3\n"],
        ..BASE
    },
];

fn empty_password(image: &Image<'_>, answer: &mut Answer) {
    if !image.inventory.config.env.is_empty() {
        answer.applies();
    }
    for name in
        ["MYSQL_ALLOW_EMPTY_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "ALLOW_EMPTY_PASSWORD"]
    {
        if let Some(value) = image.env(name).filter(|value| !value.is_empty() && !OFF.is(value)) {
            answer.fail(
                Hit::config("Env", format!("{name}={value}")).setting(name, value, "not set"),
            );
        }
    }
}

fn password_in_file(image: &Image<'_>, answer: &mut Answer) {
    for config in &MYSQL.load(image).configs {
        answer.applies();
        for entry in
            config.entries.iter().filter(|e| !e.path.is_empty() && e.name.ends_with(".password"))
        {
            if entry.value.len() > 1 {
                let hit = Hit::line(
                    &entry.path,
                    entry.line,
                    format!("{} = {}", entry.name, shown("password", &entry.value)),
                );
                answer.fail(hit.setting(&entry.name, "a password", "not in the image"));
            }
        }
    }
}
