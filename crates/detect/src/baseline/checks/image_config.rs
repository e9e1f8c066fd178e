//! What the image's own configuration says: user, ports, health check, environment, tag.

use plimsoll_model::Severity;

use crate::baseline::{Answer, Check, Hit, Image, Judge, formats::words, service};

const BASE: Check = Check {
    references: &["https://github.com/opencontainers/image-spec/blob/main/config.md"],
    ..Check::of("image-config")
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-credential-file",
        class: "credentials",
        severity: Severity::High,
        aliases: &["ak_leak"],
        title: "an access key stands in a configuration file",
        why: "Whoever pulls the image can use it.",
        advice: "Withdraw the key, take it out of the image and all its layers, and mount a secret when the container starts.",
        judge: Judge::Rule(credential_file),
        fails: &["//- /etc/environment\nAWS_ACCESS_KEY_ID={AKID}\n"],
        passes: &["//- /etc/environment\nAWS_ACCESS_KEY_ID=${KEY}\n"],
        ..BASE
    },
    Check {
        id: "baseline-credential-environment",
        class: "credentials",
        severity: Severity::High,
        aliases: &["CIS Docker 4.10", "CIS-DI-0010"],
        title: "an environment variable of the image holds a secret",
        why: "Everybody who pulls the image, and everything that runs in it, reads it.",
        advice: "Withdraw the secret, remove the variable, and set it when the container starts, or mount a secret.",
        judge: Judge::Rule(credential_environment),
        fails: &["//- config\nEnv: DB_PASSWORD={WORD}\n"],
        passes: &[
            "//- config\nEnv: DB_PASSWORD_FILE=/run/secrets/db\n",
            "//- config\nEnv: DB_PASSWORD=\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-credential-password",
        class: "credentials",
        severity: Severity::Medium,
        title: "a password stands in a configuration file",
        why: "Whoever pulls the image can use it.",
        advice: "Change the password, take it out of the image and all its layers, and mount a secret when the container starts.",
        default: false,
        judge: Judge::Rule(credential_password),
        fails: &["//- /etc/grafana/grafana.ini\n[smtp]\npassword = {WORD}\n"],
        passes: &[
            "//- /etc/grafana/grafana.ini\n[smtp]\n;password = {WORD}\npassword = ${PASSWORD}\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-image-content-trust",
        severity: Severity::Negligible,
        aliases: &["CIS Docker 4.5", "CIS-DI-0005"],
        title: "content trust is off",
        why: "Images are pulled without their signatures being verified.",
        advice: "Set DOCKER_CONTENT_TRUST=1 where images are pulled and pushed. An image cannot show it, so this check never applies to one.",
        default: false,
        judge: Judge::Rule(|_, _| {}),
        ..BASE
    },
    Check {
        id: "baseline-image-healthcheck",
        severity: Severity::Low,
        aliases: &["CIS Docker 4.6", "CIS-DI-0006"],
        title: "the image has no health check",
        why: "Docker goes on sending work to a container whose process hangs. Orchestrators such as Kubernetes have checks of their own.",
        advice: "Add a HEALTHCHECK instruction.",
        default: false,
        judge: Judge::Rule(healthcheck),
        fails: &["//- config\nCmd: /bin/app\n", "//- config\nCmd: /bin/app\nHealthcheck: NONE\n"],
        passes: &["//- config\nCmd: /bin/app\nHealthcheck: CMD true\n"],
        ..BASE
    },
    Check {
        id: "baseline-image-latest-tag",
        severity: Severity::Low,
        aliases: &["DKL-DI-0006"],
        title: "the image is named by a tag that moves",
        why: "What `latest` means changes without notice: nobody can say which image ran.",
        advice: "Name the image by a version, or better by its digest.",
        default: false,
        judge: Judge::Rule(latest_tag),
        fails: &["//- config\nReference: app\nTag: app:latest\n"],
        passes: &["//- config\nReference: app:1.2\nTag: app:1.2\n"],
        ..BASE
    },
    Check {
        id: "baseline-image-on-build",
        severity: Severity::Low,
        title: "the image runs instructions in what is built from it",
        why: "ONBUILD triggers run unseen in somebody else's build.",
        advice: "Write the instructions where they are used.",
        default: false,
        judge: Judge::Rule(on_build),
        fails: &["//- config\nCmd: /bin/app\nOnBuild: COPY . /app\n"],
        passes: &["//- config\nCmd: /bin/app\n"],
        ..BASE
    },
    Check {
        id: "baseline-image-port-forbidden",
        severity: Severity::Medium,
        aliases: &["DS-0004"],
        title: "the image exposes a port of remote administration or file sharing",
        why: "SSH, Telnet, FTP, RDP, SMB, the Docker API: each is a way in that a container does not need.",
        advice: "Remove the EXPOSE instruction and the service; use `docker exec` to look inside. Ports are set by `forbidden-ports`.",
        judge: Judge::Rule(port_forbidden),
        fails: &["//- config\nExpose: 22/tcp\n"],
        passes: &["//- config\nExpose: 8080/tcp\n"],
        ..BASE
    },
    Check {
        id: "baseline-image-port-privileged",
        severity: Severity::Negligible,
        title: "the image exposes a port below 1024",
        why: "The service needs root or a capability to listen there.",
        advice: "Let the service listen on 8080 or the like, and map the port outside.",
        default: false,
        judge: Judge::Rule(port_privileged),
        fails: &["//- config\nExpose: 80/tcp\n"],
        passes: &["//- config\nExpose: 8080/tcp\n"],
        ..BASE
    },
    Check {
        id: "baseline-image-user-root",
        severity: Severity::Medium,
        aliases: &["CIS Docker 4.1", "CIS-DI-0001", "DS-0002"],
        title: "containers of the image run as root",
        why: "A flaw in the program gives root in the container, and with one more flaw on the host.",
        advice: "Add an account and a USER instruction with its number. Where the entry point drops root itself (gosu, su-exec, setpriv), exclude this check.",
        default: false,
        judge: Judge::Rule(user_root),
        fails: &[
            "//- config\nCmd: /bin/app\n",
            "//- config\nCmd: /bin/app\nUser: 0:0\n",
            "//- config\nUser: toor\nCmd: x\n//- /etc/passwd\ntoor:x:0:0::/:/bin/sh\n",
        ],
        passes: &["//- config\nCmd: /bin/app\nUser: 1000\n"],
        ..BASE
    },
    Check {
        id: "baseline-image-user-unknown",
        severity: Severity::Low,
        title: "the image's user does not exist in it",
        why: "The engine refuses to start a container whose user has no line in /etc/passwd.",
        advice: "Add the account, or use its number in the USER instruction.",
        judge: Judge::Rule(user_unknown),
        fails: &["//- config\nUser: app\n//- /etc/passwd\nroot:x:0:0::/:/bin/sh\n"],
        passes: &[
            "//- config\nUser: app\n//- /etc/passwd\napp:x:10:10::/:/bin/sh\n",
            "//- config\nUser: 1000\n//- /etc/passwd\nroot:x:0:0::/:/bin/sh\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-image-volume-sensitive",
        severity: Severity::Medium,
        title: "the image makes a volume of a folder of the system",
        why: "What is written to a volume of /etc, /usr or /root outlives the container and hides later versions of the image.",
        advice: "Name only folders of data in VOLUME.",
        judge: Judge::Rule(volume),
        fails: &["//- config\nVolume: /etc\n", "//- config\nVolume: /var/run/docker.sock\n"],
        passes: &["//- config\nVolume: /var/lib/app\n"],
        ..BASE
    },
];

/// Whether the image has a configuration: a root filesystem has none.
fn has_config(image: &Image<'_>) -> bool {
    let config = &image.inventory.config;
    !(config.cmd.is_empty()
        && config.entrypoint.is_empty()
        && config.env.is_empty()
        && config.user.is_empty())
        || image.inventory.image.config_digest.is_some()
}

fn user<'a>(image: &Image<'a>) -> &'a str {
    image.inventory.config.user.split(':').next().unwrap_or_default().trim()
}

fn user_root(image: &Image<'_>, answer: &mut Answer) {
    if !has_config(image) {
        return;
    }
    answer.applies();
    let user = user(image);
    let accounts = super::database::accounts(image);
    let is_root_alias =
        accounts.iter().any(|account| account.name == user && account.uid == Some(0));
    let is_zero = !user.is_empty() && user.bytes().all(|b| b == b'0');
    if user.is_empty() || user == "root" || is_zero || is_root_alias {
        let hit = Hit::config("User", user);
        answer.fail(hit.setting("User", user, "an account other than root"));
    }
}

fn user_unknown(image: &Image<'_>, answer: &mut Answer) {
    let user = user(image);
    let accounts = super::database::accounts(image);
    if user.is_empty() || accounts.is_empty() {
        return;
    }
    answer.applies();
    let is_number = user.bytes().all(|b| b.is_ascii_digit());
    if !is_number && accounts.iter().all(|account| account.name != user) {
        answer.fail(Hit::config("User", user).setting("User", user, "an account of /etc/passwd"));
    }
}

fn healthcheck(image: &Image<'_>, answer: &mut Answer) {
    if !has_config(image) {
        return;
    }
    answer.applies();
    let test = image.inventory.config.healthcheck.as_deref();
    if test.is_none_or(|words| words.is_empty() || words.first().is_some_and(|word| word == "NONE"))
    {
        answer.fail(Hit::config("Healthcheck", "").setting("Healthcheck", "", "HEALTHCHECK CMD …"));
    }
}

fn latest_tag(image: &Image<'_>, answer: &mut Answer) {
    let identity = &image.inventory.image;
    let reference = identity.reference.as_str();
    if identity.tags.is_empty() {
        return;
    }
    answer.applies();
    let name = reference.rsplit('/').next().unwrap_or(reference);
    if !reference.contains('@') && (name.ends_with(":latest") || !name.contains(':')) {
        answer.fail(Hit::config("RepoTags", reference).setting(
            "tag",
            "latest",
            "a version or a digest",
        ));
    }
}

fn on_build(image: &Image<'_>, answer: &mut Answer) {
    if has_config(image) {
        answer.applies();
    }
    for trigger in &image.inventory.config.on_build {
        answer.fail(Hit::config("OnBuild", trigger));
    }
}

fn ports(image: &Image<'_>, answer: &mut Answer, bad: impl Fn(&str) -> bool, expected: &str) {
    for port in &image.inventory.config.exposed_ports {
        answer.applies();
        let full = if port.contains('/') { port.clone() } else { format!("{port}/tcp") };
        if bad(&full) {
            answer.fail(Hit::config("ExposedPorts", port).setting("ExposedPorts", port, expected));
        }
    }
}

fn port_forbidden(image: &Image<'_>, answer: &mut Answer) {
    ports(
        image,
        answer,
        |port| image.parameters.forbidden_ports.iter().any(|f| f == port),
        "not exposed",
    );
}

fn port_privileged(image: &Image<'_>, answer: &mut Answer) {
    let low = |port: &str| {
        port.split(['/', '-']).next().and_then(|p| p.parse::<u32>().ok()).is_some_and(|p| p < 1_024)
    };
    ports(image, answer, low, "1024 or above");
}

fn volume(image: &Image<'_>, answer: &mut Answer) {
    const SYSTEM: &[&str] = &[
        "",
        "bin",
        "boot",
        "dev",
        "etc",
        "lib",
        "lib64",
        "proc",
        "root",
        "sbin",
        "sys",
        "usr",
        "usr/bin",
        "usr/lib",
        "var/run/docker.sock",
        "run/docker.sock",
    ];
    for volume in &image.inventory.config.volumes {
        answer.applies();
        if SYSTEM.contains(&volume.trim_matches('/')) {
            answer.fail(Hit::config("Volumes", volume).setting(
                "Volumes",
                volume,
                "a folder of data",
            ));
        }
    }
}

/// The end of a variable's name that says it holds a secret.
const SECRET_NAMES: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASS",
    "SECRET",
    "SECRET_KEY",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "TOKEN",
    "PRIVATE_KEY",
    "CREDENTIALS",
    "PWD",
];

fn credential_environment(image: &Image<'_>, answer: &mut Answer) {
    for line in &image.inventory.config.env {
        answer.applies();
        let Some((name, value)) = line.split_once('=') else { continue };
        let upper = name.to_ascii_uppercase();
        let named = SECRET_NAMES.iter().any(|end| {
            upper.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('_'))
        });
        // PWD and OLDPWD are folders.
        if (named && !is_plain(value) && !matches!(upper.as_str(), "PWD" | "OLDPWD"))
            || access_key(value).is_some()
        {
            let hit = Hit::config("Env", format!("{name}={}", service::shown("secret", value)));
            answer.fail(hit.setting(
                name,
                service::shown("secret", value),
                "set when the container starts",
            ));
        }
    }
}

/// Prefix, length after it and name of keys whose form is unmistakable. The rules for secrets know many more; these
/// are for those who run the baseline alone.
const KEYS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key id"),
    ("ASIA", 16, "an AWS temporary access key id"),
    ("LTAI", 16, "an Alibaba Cloud access key id"),
    ("AKID", 32, "a Tencent Cloud secret id"),
    ("AIza", 35, "a Google API key"),
    ("ghp_", 36, "a GitHub personal token"),
    ("glpat-", 20, "a GitLab personal token"),
];

/// What sort of access key a text holds.
pub(crate) fn access_key(text: &str) -> Option<&'static str> {
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.split(|c: char| !is_key(c)).find_map(|word| {
        let found = KEYS.iter().find(|(prefix, length, _)| {
            word.strip_prefix(prefix).is_some_and(|rest| {
                rest.len() >= *length
                    && rest.len() <= length + 8
                    && rest.bytes().any(|b| b.is_ascii_digit())
            })
        });
        // Amazon's documentation uses one that ends like this.
        found.filter(|_| !word.ends_with("EXAMPLE")).map(|(_, _, name)| *name)
    })
}

fn credential_file(image: &Image<'_>, answer: &mut Answer) {
    for text in image.texts() {
        answer.applies();
        let found =
            (1u32..).zip(text.text.lines()).find_map(|(n, line)| Some((n, access_key(line)?)));
        if let Some((line, name)) = found
            && image.reported(&text.path).next().is_none()
        {
            let hit = Hit::line(&text.path, line, name);
            answer.fail(hit.setting("key", name, "no key in the image"));
        }
    }
}

fn credential_password(image: &Image<'_>, answer: &mut Answer) {
    for text in image.texts().filter(|text| !text.text.starts_with("#!")) {
        answer.applies();
        for (line, content) in words::lines(&text.text, &['#', ';', '/', '*'], false) {
            let Some((name, value)) = content.split_once(['=', ':']) else { continue };
            let name = name.trim().trim_matches(['"', '\'', '<']);
            let last = name.rsplit(['.', '_', '-', ' ', '[']).next().unwrap_or(name);
            let last = last.trim_matches(['"', '\'', ']']).to_ascii_lowercase();
            let named = matches!(
                last.as_str(),
                "password" | "passwd" | "passphrase" | "secret" | "apikey" | "pwd"
            );
            let value = value.trim().trim_end_matches([',', ';']).trim_matches(['"', '\'']);
            if named
                && !is_plain(value)
                && !value.contains(char::is_whitespace)
                && image.reported(&text.path).next().is_none()
            {
                let shown = service::shown("secret", value);
                let hit = Hit::line(&text.path, line, format!("{name} = {shown}"));
                answer.fail(hit.setting(name, shown, "not in the image"));
            }
        }
    }
}

/// Whether a value is no secret: a switch, a path, a place to be filled in.
fn is_plain(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "true", "false", "yes", "no", "none", "null", "random", "disabled", "required", "on", "off",
    ];
    value.len() < 3
        || value.starts_with(['/', '$', '<', '{', '%', '@', '!', '*'])
        || WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
}
