//! Certificates that nobody verifies, while building or for good.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-tls-verification-off",
    title: "certificates are not verified",
    class: Class::Verification,
    severity: Severity::High,
    why: "Whoever sits on the connection can answer in the server's place: in a build that means code of theirs in the image, in a running container passwords and data in their hands.",
    advice: "Remove the setting. For a certificate authority of your own, add its certificate to the trust store instead (SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, --cacert).",
    aliases: &["CIS-DI-0011", "CIS 4.11"],
    references: &[
        "https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue",
        "https://cwe.mitre.org/data/definitions/295.html",
    ],
    fails: &[
        "FROM node:22\nENV NODE_TLS_REJECT_UNAUTHORIZED=0",
        "FROM a:1\nENV PYTHONHTTPSVERIFY=0 GIT_SSL_NO_VERIFY=true",
        "FROM a:1\nRUN NODE_TLS_REJECT_UNAUTHORIZED=0 npm ci",
        "FROM a:1\nARG NODE_TLS_REJECT_UNAUTHORIZED=0",
        "FROM a:1\nRUN curl -fsSLk https://example.com/x -o /x",
        "FROM a:1\nRUN wget --no-check-certificate https://example.com/x",
        "FROM a:1\nRUN git -c http.sslVerify=false clone https://example.com/x",
        "FROM a:1\nRUN git config --global http.sslVerify false",
        "FROM a:1\nRUN npm config set strict-ssl false",
        "FROM a:1\nRUN npm ci --strict-ssl=false",
        "FROM a:1\nRUN yarn config set \"strict-ssl\" false -g",
        "FROM a:1\nRUN pip install --trusted-host pypi.example.com x==1",
        "FROM a:1\nRUN pip config set global.trusted-host example.com",
        "FROM a:1\nRUN conda config --set ssl_verify false",
        "FROM a:1\nRUN apt-get -o Acquire::https::Verify-Peer=false update",
        "FROM a:1\nRUN yum install -y --setopt=sslverify=0 x",
        "FROM a:1\nRUN composer config --global disable-tls true",
        "FROM a:1\nENV NPM_CONFIG_STRICT_SSL=false",
        "FROM a:1\nENV JAVA_OPTS=-Dcom.sun.net.ssl.checkRevocation=false\\ -Dmaven.wagon.http.ssl.insecure=true",
        "FROM a:1\nRUN go env -w GOINSECURE=* && true",
        "FROM a:1\nCMD [\"node\", \"--tls-min-v1.0\", \"x\"]\nENV GOINSECURE=*",
        "FROM a:1\nENTRYPOINT [\"curl\", \"-k\", \"https://x\"]",
        "FROM a:1\nRUN echo insecure >> ~/.curlrc",
        "FROM a:1\nRUN gem install x:1 && echo ':ssl_verify_mode: 0' > ~/.gemrc",
        "FROM a:1\nRUN bundle config ssl_verify_mode 0",
        "FROM a:1\nRUN openssl s_client x && ssh -o StrictHostKeyChecking=no x true",
    ],
    passes: &[
        "FROM node:22\nCOPY ca.pem /etc/ssl/ca.pem\nENV NODE_EXTRA_CA_CERTS=/etc/ssl/ca.pem",
        "FROM a:1\nENV NODE_TLS_REJECT_UNAUTHORIZED=1 GIT_SSL_NO_VERIFY=false",
        "FROM a:1\nRUN curl -fsSL https://example.com/k -o -k2 && wget https://example.com/x && tar -k x",
        "FROM a:1\nRUN npm config set strict-ssl true && git config http.sslVerify true",
        "FROM a:1\nRUN echo 'curl -k' && curl -o k https://x && curl -H k https://x",
        "FROM a:1\nHEALTHCHECK CMD curl -kf https://localhost:8443/ || exit 1",
        "FROM a:1\nRUN curl -k https://127.0.0.1/x",
    ],
    run,
    ..Check::BASE
};

/// Variables and the values with which they switch verification off.
const VARIABLES: &[(&str, &[&str])] = &[
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("PYTHONHTTPSVERIFY", &["0"]),
    ("GIT_SSL_NO_VERIFY", &["1", "true", "yes", "on"]),
    ("NPM_CONFIG_STRICT_SSL", &["false", "0"]),
    ("YARN_STRICT_SSL", &["false", "0"]),
    ("YARN_ENABLE_STRICT_SSL", &["false", "0"]),
    ("PIP_TRUSTED_HOST", &["*"]),
    ("CONDA_SSL_VERIFY", &["false", "0", "no"]),
    ("SSL_VERIFY", &["false", "0", "no", "off"]),
    ("CURL_INSECURE", &["1", "true"]),
    ("COMPOSER_DISABLE_TLS", &["1", "true"]),
    ("HTTPLIB2_DISABLE_SSL_CERTIFICATE_VALIDATION", &["1", "true"]),
    ("PERL_LWP_SSL_VERIFY_HOSTNAME", &["0"]),
    ("GOINSECURE", &["*"]),
    ("VAULT_SKIP_VERIFY", &["1", "true"]),
    ("CONSUL_HTTP_SSL_VERIFY", &["false"]),
    ("NOMAD_SKIP_VERIFY", &["1", "true"]),
    ("DENO_TLS_UNSAFE_IGNORE", &["*"]),
    ("ELECTRON_NO_VERIFY", &["1", "true"]),
    ("HF_HUB_DISABLE_SSL_VERIFY", &["1", "true"]),
    ("REQUESTS_SSL_VERIFY", &["false", "0"]),
    ("AWS_S3_VERIFY", &["false", "0"]),
    ("CARGO_HTTP_CHECK_REVOKE", &["false"]),
];

/// Options of Java, in whatever variable they stand.
const JAVA: &[&str] = &[
    "-Dmaven.wagon.http.ssl.insecure=true",
    "-Dmaven.wagon.http.ssl.allowall=true",
    "-Dmaven.resolver.transport.https.securityMode=insecure",
    "-Daether.connector.https.securityMode=insecure",
    "-Dcom.sun.jndi.ldap.object.disableEndpointIdentification=true",
    "-Djdk.internal.httpclient.disableHostnameVerification",
    "-Dtrust_all_cert=true",
];

/// What sets verification off by this variable.
fn by_variable(name: &str, value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let known = VARIABLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    match known {
        Some((_, values)) if values.contains(&"*") => !value.is_empty() && !value.starts_with('$'),
        Some((_, values)) => values.iter().any(|off| value.eq_ignore_ascii_case(off)),
        None => JAVA.iter().any(|option| value.contains(option)),
    }
}

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Env, Keyword::Arg]) {
        for pair in &instruction.pairs {
            if by_variable(&pair.name, pair.value.as_deref().unwrap_or_default()) {
                let stays = if instruction.keyword == Keyword::Env {
                    "in every container"
                } else {
                    "in the build"
                };
                hits.at(
                    instruction,
                    pair.at,
                    format!("{} switches the verification of certificates off {stays}", pair.name),
                );
            }
        }
    }
    for instruction in plan.of(&[Keyword::Run, Keyword::Cmd, Keyword::Entrypoint]) {
        for command in instruction.script.iter().flat_map(|script| &script.commands) {
            let variable =
                command.assignments.iter().find(|(name, value)| by_variable(name, value));
            let what = match variable {
                Some((name, _)) => Some(name.clone()),
                None => by_command(command),
            };
            if let Some(what) = what {
                let hit = hits.command(
                    instruction,
                    command,
                    format!("{what} switches the verification of certificates off"),
                );
                if instruction.keyword == Keyword::Run && !stays(command, &what) {
                    hit.severity(Severity::Medium);
                }
            }
        }
    }
}

/// Whether a command changes a setting that outlives it.
fn stays(command: &Command, _: &str) -> bool {
    command.has("config")
        || command.has("env")
        || command.redirects.iter().any(|redirect| redirect.writes)
}

fn by_command(command: &Command) -> Option<String> {
    let name = command.base_name();
    let all = || command.args.iter().map(|arg| arg.value.to_ascii_lowercase());
    let is_off = |value: &str| matches!(value, "false" | "0" | "no" | "off");
    let set_off = |key: &str| {
        let args: Vec<String> = all().collect();
        args.windows(2).any(|pair| pair[0].ends_with(key) && is_off(&pair[1]))
            || args.iter().any(|arg| {
                arg.split_once('=')
                    .is_some_and(|(name, value)| name.ends_with(key) && is_off(value))
            })
    };
    let option = |names: &[&str]| command.has_option(names);
    let found = match name {
        "curl" if insecure_curl(command) => "curl --insecure",
        "wget" | "wget2" if option(&["no-check-certificate"]) && !is_local(command) => {
            "wget --no-check-certificate"
        }
        "git" if set_off("sslverify") => "http.sslVerify=false",
        "npm" | "pnpm" if set_off("strict-ssl") || option(&["no-strict-ssl"]) => "strict-ssl=false",
        "yarn" if set_off("strict-ssl") || set_off("enablestrictssl") => "strict-ssl=false",
        _ if name.starts_with("pip") || name.starts_with("python") => {
            let trusted = command.args.iter().any(|arg| arg.value.contains("trusted-host"));
            let pip = name.starts_with("pip") || command.has("pip");
            if trusted && pip { "trusted-host" } else { return None }
        }
        "uv" if all().any(|arg| arg.contains("allow-insecure-host")) => "--allow-insecure-host",
        "conda" | "mamba" | "micromamba" if set_off("ssl_verify") || option(&["insecure"]) => {
            "ssl_verify"
        }
        "apt-get" | "apt"
            if all().any(|arg| {
                (arg.contains("verify-peer=") || arg.contains("verify-host="))
                    && is_off(arg.rsplit('=').next().unwrap_or_default())
            }) =>
        {
            "Acquire::https::Verify-Peer=false"
        }
        "yum" | "dnf" | "dnf5" | "microdnf"
            if all().any(|arg| {
                arg.contains("sslverify=") && is_off(arg.rsplit('=').next().unwrap_or_default())
            }) =>
        {
            "sslverify=0"
        }
        "composer" if command.has("disable-tls") && command.has("true") => "disable-tls",
        "composer" if command.has("secure-http") && command.has("false") => "secure-http false",
        "go" if command.has("env")
            && all().any(|arg| arg.starts_with("goinsecure=") && arg.len() > 11) =>
        {
            "GOINSECURE"
        }
        "bundle" | "gem"
            if all().any(|arg| arg.contains("ssl_verify_mode"))
                && (command.has("0") || all().any(|arg| arg.ends_with(":0"))) =>
        {
            "ssl_verify_mode"
        }
        "mvn" | "mvnw" | "gradle" | "gradlew" | "java"
            if command
                .args
                .iter()
                .any(|arg| JAVA.iter().any(|option| arg.value.contains(option))) =>
        {
            "an option of Java"
        }
        "helm" | "skopeo" | "buildah" | "podman"
            if all().any(|arg| {
                arg == "--insecure-skip-tls-verify"
                    || arg == "--tls-verify=false"
                    || arg == "--src-tls-verify=false"
            }) =>
        {
            "--tls-verify=false"
        }
        "ssh" | "scp" | "sftp"
            if all().any(|arg| arg.replace(' ', "=").contains("stricthostkeychecking=no")) =>
        {
            "StrictHostKeyChecking=no"
        }
        "echo" | "printf" if writes_insecure(command) => "a setting that it writes",
        _ => return None,
    };
    Some(found.to_owned())
}

/// `-k`, also among other letters, but not as the value of another option.
fn insecure_curl(command: &Command) -> bool {
    // Letters of curl that take a value: what follows them in the same word, or the next word, is no option.
    const VALUED: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";
    if is_local(command) {
        return false;
    }
    let mut skip = false;
    for arg in &command.args {
        if std::mem::take(&mut skip) {
            continue;
        }
        if arg.value == "--insecure" || arg.value == "--proxy-insecure" {
            return true;
        }
        let Some(letters) = arg.value.strip_prefix('-').filter(|l| !l.starts_with('-')) else {
            continue;
        };
        for (index, letter) in letters.char_indices() {
            if letter == 'k' {
                return true;
            }
            if VALUED.contains(letter) {
                skip = index + 1 == letters.len();
                break;
            }
        }
    }
    false
}

/// Nobody sits between a container and itself.
fn is_local(command: &Command) -> bool {
    let mut addresses = command.operands().filter(|arg| arg.value.contains("://")).peekable();
    addresses.peek().is_some()
        && addresses.all(|arg| {
            let host = arg.value.split("://").nth(1).unwrap_or_default();
            host.starts_with("localhost")
                || host.starts_with("127.")
                || host.starts_with("[::1]")
                || host.starts_with("0.0.0.0")
        })
}

/// Configuration files that switch it off, as far as one line of them shows it.
fn writes_insecure(command: &Command) -> bool {
    let target = command
        .redirects
        .iter()
        .filter(|redirect| redirect.writes)
        .map(|redirect| redirect.target.as_str());
    let text: String =
        command.args.iter().map(|arg| arg.value.to_ascii_lowercase()).collect::<Vec<_>>().join(" ");
    target.into_iter().any(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        match name {
            ".curlrc" | "curlrc" => text.contains("insecure"),
            ".wgetrc" | "wgetrc" => text.contains("check_certificate") && text.contains("off"),
            ".npmrc" | "npmrc" => {
                text.contains("strict-ssl=false") || text.contains("strict-ssl = false")
            }
            ".gemrc" | "gemrc" => text.contains("ssl_verify_mode: 0"),
            "pip.conf" => text.contains("trusted-host"),
            ".condarc" => text.contains("ssl_verify: false"),
            ".gitconfig" => text.contains("sslverify = false") || text.contains("sslverify=false"),
            _ => {
                file.contains("apt.conf") && text.contains("verify-peer") && text.contains("false")
            }
        }
    })
}
