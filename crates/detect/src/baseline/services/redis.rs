//! Redis, and Valkey as far as it is the same.

use plimsoll_model::Severity;

use super::{OFF, SERVICE, is_default_password};
use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::Format,
    service::{Bad, Config, Default, Service, SettingRule},
};

const BASE: Check = Check {
    references: &["https://redis.io/docs/latest/operate/oss_and_stack/management/security/"],
    ..Check::of("redis")
};

static REDIS: Service = Service {
    id: "redis",
    files: &[
        "etc/redis.conf",
        "etc/redis/*.conf",
        "etc/redis/redis.conf",
        "usr/local/etc/redis/redis.conf",
        "usr/local/etc/redis.conf",
        "etc/valkey/*.conf",
    ],
    format: Format::Redis,
    programs: &["redis-server", "valkey-server"],
    packages: &["redis-server", "redis", "valkey"],
    version_env: "REDIS_VERSION,REDIS_DOWNLOAD_URL",
    ..SERVICE
};

/// A server, not a sentinel's or an access list's file.
fn is_server(_: &Image<'_>, config: &Config) -> bool {
    config.path.as_deref().is_none_or(|path| !path.contains("sentinel") && !path.contains("acl"))
}

fn no_password(_: &Image<'_>, config: &Config) -> bool {
    config.value(Format::Redis, &["requirepass"]).is_none_or(str::is_empty)
        && config.value(Format::Redis, &["aclfile"]).is_none()
        && config.value(Format::Redis, &["user"]).is_none()
}

fn open_without_password(image: &Image<'_>, config: &Config) -> bool {
    is_server(image, config) && no_password(image, config)
}

const fn set(
    names: &'static [&'static str],
    default: Default,
    bad: Bad,
    write: &'static str,
    when: fn(&Image<'_>, &Config) -> bool,
) -> Judge {
    Judge::Setting(SettingRule {
        service: &REDIS,
        names,
        several: true,
        env: &[],
        default,
        bad,
        write,
        when: Some(when),
    })
}

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-redis-bind",
        severity: Severity::High,
        title: "Redis listens everywhere and asks for no password",
        why: "Whoever reaches the port reads and changes all data, and with CONFIG SET writes files as the server's user.",
        advice: "Set `requirepass` or an access list; listening everywhere is fine behind one.",
        judge: set(
            &["bind"],
            Default::Nothing,
            Bad::Everywhere,
            "requirepass <a long random password>",
            open_without_password,
        ),
        fails: &[
            "//- /etc/redis/redis.conf\nbind 0.0.0.0\n",
            "//- config\nCmd: redis-server --bind 0.0.0.0\n",
        ],
        passes: &["//- /etc/redis/redis.conf\nbind 127.0.0.1 ::1\n"],
        skips: &["//- /etc/redis/redis.conf\nbind 0.0.0.0\nrequirepass {WORD}\n"],
        ..BASE
    },
    Check {
        id: "baseline-redis-dangerous-commands",
        severity: Severity::Low,
        title: "Redis allows commands that delete everything or load files",
        why: "A client that is taken over calls FLUSHALL, CONFIG or DEBUG.",
        advice: "Take the commands from users by access lists: `user app … -@dangerous`; before version 6, by rename-command.",
        default: false,
        judge: Judge::Rule(dangerous),
        fails: &["//- /etc/redis.conf\nport 6379\n"],
        passes: &[
            "//- /etc/redis.conf\nrename-command CONFIG \"\"\nrename-command FLUSHALL \"\"\n",
            "//- /etc/redis.conf\naclfile /etc/redis/users.acl\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-redis-debug-command",
        severity: Severity::Medium,
        title: "Redis allows DEBUG or MODULE commands to everybody",
        why: "They crash the server or load code into it.",
        advice: "Remove the settings, or write `local`.",
        judge: set(
            &["enable-debug-command", "enable-module-command"],
            Default::Is("no"),
            Bad::Is(&["yes"]),
            "enable-debug-command no",
            is_server,
        ),
        fails: &["//- /etc/redis.conf\nenable-debug-command yes\nenable-module-command no\n"],
        passes: &["//- /etc/redis.conf\nenable-debug-command local\n"],
        ..BASE
    },
    Check {
        id: "baseline-redis-protected-config",
        severity: Severity::Medium,
        title: "Redis lets clients change where it writes files",
        why: "Setting `dir` and `dbfilename` by CONFIG SET is how attackers write keys and cron jobs.",
        advice: "Remove the setting.",
        judge: set(
            &["enable-protected-configs"],
            Default::Is("no"),
            Bad::Is(&["yes"]),
            "enable-protected-configs no",
            is_server,
        ),
        fails: &["//- /etc/redis.conf\nenable-protected-configs yes\n"],
        passes: &["//- /etc/redis.conf\nenable-protected-configs no\n"],
        ..BASE
    },
    Check {
        id: "baseline-redis-protected-mode",
        severity: Severity::High,
        title: "Redis answers everybody without a password",
        why: "With protected mode off, whoever reaches the port reads and changes all data.",
        advice: "Leave it on, or set a password.",
        judge: set(
            &["protected-mode"],
            // Redis 3.2 brought it (its release notes).
            Default::Changed((3, 2), "no", "yes"),
            OFF,
            "protected-mode yes",
            open_without_password,
        ),
        fails: &[
            "//- /etc/redis.conf\nprotected-mode no\n",
            "//- config\nEntrypoint: docker-entrypoint.sh\nCmd: redis-server --protected-mode no\n",
            "//- config\nShell: exec redis-server --protected-mode no --port 7000\n",
            "//- /etc/redis.conf\nprotected-mode yes\ninclude /etc/redis/local.conf\n//- /etc/redis/local.conf\nprotected-mode no\n",
        ],
        passes: &[
            "//- /etc/redis.conf\nprotected-mode yes\n",
            "//- config\nEnv: REDIS_DOWNLOAD_URL=http://x.test/redis-7.2.4.tar.gz\nCmd: redis-server\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-redis-root",
        severity: Severity::Medium,
        title: "Redis runs as root",
        why: "Whoever gets it to write a file writes it as root.",
        advice: "Add `USER redis`.",
        judge: Judge::Rule(root),
        fails: &["//- config\nCmd: redis-server\n"],
        passes: &[
            "//- config\nCmd: redis-server\nUser: redis\n",
            "//- config\nEntrypoint: docker-entrypoint.sh\nCmd: redis-server\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-redis-tls",
        severity: Severity::Low,
        title: "Redis speaks without TLS",
        why: "Passwords and data go over the network in clear.",
        advice: "Set `tls-port`, its certificate and `port 0`.",
        default: false,
        judge: set(&["tls-port"], Default::Is("0"), Bad::Is(&["0"]), "tls-port 6379", is_server),
        fails: &["//- /etc/redis.conf\nport 6379\n"],
        passes: &["//- /etc/redis.conf\nport 0\ntls-port 6379\n"],
        ..BASE
    },
    Check {
        id: "baseline-redis-weak-password",
        severity: Severity::High,
        title: "Redis has a password that everybody guesses",
        why: "Redis checks hundreds of thousands of passwords a second.",
        advice: "Use a long random one: `openssl rand -base64 48`.",
        judge: set(
            &["requirepass", "masterauth"],
            Default::Nothing,
            Bad::By(weak),
            "requirepass <a long random password>",
            is_server,
        ),
        fails: &[
            "//- /etc/redis.conf\nrequirepass foobared\n",
            "//- config\nCmd: redis-server --requirepass 123456\n",
        ],
        passes: &["//- /etc/redis.conf\nrequirepass {WORD}{WORD}{WORD}\n"],
        ..BASE
    },
];

fn weak(value: &str) -> bool {
    is_default_password(value) || value.trim_matches('"').len() < 8
}

fn dangerous(image: &Image<'_>, answer: &mut Answer) {
    for config in &REDIS.load(image).configs {
        if !is_server(image, config) {
            continue;
        }
        answer.applies();
        let has_acl = config.all(&["aclfile", "user"]).next().is_some();
        let renamed = config.all(&["rename-command"]).any(|e| {
            let command = e.value.split_whitespace().next().unwrap_or_default();
            command.eq_ignore_ascii_case("config") || command.eq_ignore_ascii_case("flushall")
        });
        if !has_acl && !renamed {
            let hit = config.path.as_deref().map_or_else(|| Hit::config("Cmd", ""), Hit::file);
            answer.fail(hit.setting("rename-command", "", "access lists without @dangerous"));
        }
    }
}

fn root(image: &Image<'_>, answer: &mut Answer) {
    // The usual entry point drops root by itself.
    let starts = image
        .command
        .first()
        .is_some_and(|word| REDIS.programs.contains(&word.rsplit('/').next().unwrap_or(word)));
    if image.arguments(REDIS.programs).is_none() {
        return;
    }
    answer.applies();
    let user = image.inventory.config.user.split(':').next().unwrap_or_default();
    if starts && matches!(user, "" | "0" | "root") {
        answer.fail(Hit::config("User", user).setting("User", user, "redis"));
    }
}
