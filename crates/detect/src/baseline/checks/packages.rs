//! Whether package managers verify what they install.

use plimsoll_model::Severity;

use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::words,
    service::{Bad, Default, Service, SettingRule},
};

const BASE: Check = Check { severity: Severity::High, ..Check::of("packages") };

static YUM: Service = Service {
    id: "yum",
    files: &["etc/yum.conf", "etc/dnf/dnf.conf", "etc/yum.repos.d/*.repo", "etc/tdnf/tdnf.conf"],
    merged: false,
    format: crate::baseline::formats::Format::Ini,
    programs: &[],
    packages: &[],
    version_env: "",
};
static ZYPP: Service =
    Service { id: "zypp", files: &["etc/zypp/repos.d/*.repo", "etc/zypp/zypp.conf"], ..CONFIG };
static PIP: Service = Service {
    id: "pip",
    files: &["etc/pip.conf", "{root,home/*}/.pip/pip.conf", "{root,home/*}/.config/pip/pip.conf"],
    ..CONFIG
};
static NPM: Service = Service {
    id: "npm",
    files: &[
        "{root,home/*}/.npmrc",
        "usr/local/etc/npmrc",
        "etc/npmrc",
        "app/.npmrc",
        "usr/src/app/.npmrc",
    ],
    ..CONFIG
};
static GIT: Service =
    Service { id: "git", files: &["etc/gitconfig", "{root,home/*}/.gitconfig"], ..CONFIG };
static CURL: Service = Service {
    id: "curl",
    files: &["{root,home/*}/.curlrc", "etc/curlrc"],
    format: crate::baseline::formats::Format::Equals,
    ..CONFIG
};
static WGET: Service = Service {
    id: "wget",
    files: &["{root,home/*}/.wgetrc", "etc/wgetrc"],
    format: crate::baseline::formats::Format::Equals,
    ..CONFIG
};
const CONFIG: Service = Service {
    id: "",
    files: &[],
    merged: false,
    format: crate::baseline::formats::Format::Ini,
    programs: &[],
    packages: &[],
    version_env: "",
};

const fn set(
    service: &'static Service,
    names: &'static [&'static str],
    env: &'static [&'static str],
    bad: Bad,
    write: &'static str,
) -> Judge {
    Judge::Setting(SettingRule {
        service,
        names,
        several: true,
        env,
        default: Default::Nothing,
        bad,
        write,
        when: None,
    })
}

/// Most repositories of one file that are judged.
const MAX_REPOSITORIES: usize = 500;

const OFF: Bad = Bad::Is(&["0", "no", "false", "off"]);
const ON: Bad = Bad::Is(&["1", "yes", "true", "on"]);

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-package-apk-http",
        severity: Severity::Low,
        title: "apk fetches packages without TLS",
        why: "Signatures protect the packages, but somebody on the network can hold back updates.",
        advice: "Write `https://` in /etc/apk/repositories.",
        default: false,
        judge: Judge::Rule(apk_http),
        fails: &["//- /etc/apk/repositories\nhttp://dl-cdn.alpinelinux.org/alpine/v3.9/main\n"],
        passes: &["//- /etc/apk/repositories\nhttps://dl-cdn.alpinelinux.org/alpine/v3.9/main\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-apk-mixed",
        severity: Severity::Medium,
        title: "apk mixes a release with edge",
        why: "Packages of the rolling branch replace those of the release, without its security fixes and tests.",
        advice: "Remove the line of edge, or pin it with a tag: `@edge https://…`.",
        judge: Judge::Rule(apk_mixed),
        fails: &[
            "//- /etc/apk/repositories\nhttps://dl-cdn.alpinelinux.org/alpine/v3.20/main\nhttps://dl-cdn.alpinelinux.org/alpine/edge/main\n",
        ],
        passes: &[
            "//- /etc/apk/repositories\nhttps://dl-cdn.alpinelinux.org/alpine/v3.20/main\n@edge https://dl-cdn.alpinelinux.org/alpine/edge/main\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-package-apt-trusted",
        title: "apt installs from a source without verifying it",
        why: "Whoever controls the source, or the way to it, installs what they like as root.",
        advice: "Remove `trusted=yes` and `allow-insecure=yes`, and name the key with `signed-by=`.",
        references: &["https://manpages.debian.org/bookworm/apt/sources.list.5.en.html"],
        judge: Judge::Rule(apt_trusted),
        fails: &[
            "//- /etc/apt/sources.list\ndeb [trusted=yes] http://x.test stable main\n",
            "//- /etc/apt/sources.list.d/x.sources\nTypes: deb\nURIs: http://x.test\nTrusted: yes\n",
        ],
        passes: &["//- /etc/apt/sources.list\ndeb [signed-by=/x.gpg] http://x.test stable main\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-apt-unauthenticated",
        title: "apt installs packages that it could not verify",
        why: "Whoever is on the way to a mirror installs what they like as root.",
        advice: "Remove the setting, and add the missing key instead.",
        references: &["https://manpages.debian.org/bookworm/apt/apt-secure.8.en.html"],
        judge: Judge::Rule(apt_unauthenticated),
        fails: &[
            "//- /etc/apt/apt.conf.d/99x\nAPT::Get::AllowUnauthenticated \"true\";\n",
            "//- /etc/apt/apt.conf.d/99x\nAcquire { AllowInsecureRepositories \"1\"; };\n",
        ],
        passes: &["//- /etc/apt/apt.conf.d/99x\nAPT::Get::AllowUnauthenticated \"false\";\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-apt-verify-peer",
        severity: Severity::Medium,
        title: "apt does not verify the certificate of a mirror",
        why: "Somebody on the network can stand in for the mirror and hold back updates.",
        advice: "Remove `Verify-Peer` and `Verify-Host`, and add the authority of the mirror.",
        judge: Judge::Rule(apt_verify_peer),
        fails: &["//- /etc/apt/apt.conf.d/99x\nAcquire::https::Verify-Peer \"false\";\n"],
        passes: &["//- /etc/apt/apt.conf.d/99x\nAcquire::https::Verify-Peer \"true\";\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-curl-insecure",
        severity: Severity::Medium,
        title: "curl verifies no certificates",
        why: "Somebody on the network can read and change what is fetched.",
        advice: "Remove `insecure`, and name the authority with `cacert`.",
        judge: set(
            &CURL,
            &["insecure", "-k", "--insecure"],
            &[],
            Bad::Is(&["", "1", "true", "yes", "on"]),
            "cacert = /etc/ssl/certs/own.pem",
        ),
        fails: &["//- root/.curlrc\ninsecure\n"],
        passes: &["//- root/.curlrc\ninsecure = false\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-git-ssl-verify",
        severity: Severity::Medium,
        title: "git verifies no certificates",
        why: "Somebody on the network can change the code that is fetched.",
        advice: "Remove the setting, and name the authority with `http.sslCAInfo`.",
        judge: set(&GIT, &["http.sslVerify"], &[], OFF, "sslVerify = true"),
        fails: &["//- /etc/gitconfig\n[http]\n\tsslVerify = false\n"],
        passes: &["//- /etc/gitconfig\n[http]\n\tsslVerify = true\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-npm-strict-ssl",
        severity: Severity::Medium,
        title: "npm verifies no certificates",
        why: "Somebody on the network can change the packages that are installed.",
        advice: "Remove the setting, and name the authority with `cafile`.",
        judge: set(
            &NPM,
            &["strict-ssl"],
            &["NPM_CONFIG_STRICT_SSL", "npm_config_strict_ssl"],
            OFF,
            "strict-ssl=true",
        ),
        fails: &[
            "//- root/.npmrc\nstrict-ssl=false\n",
            "//- config\nEnv: NPM_CONFIG_STRICT_SSL=false\n",
        ],
        passes: &["//- root/.npmrc\nstrict-ssl=true\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-pip-trusted-host",
        severity: Severity::Medium,
        title: "pip does not verify the certificate of an index",
        why: "Somebody on the network can change the packages that are installed.",
        advice: "Remove the setting, and name the authority with `cert`.",
        judge: set(
            &PIP,
            &["global.trusted-host", "install.trusted-host"],
            &["PIP_TRUSTED_HOST"],
            Bad::Not(&["", "localhost", "127.0.0.1"]),
            "cert = /etc/ssl/certs/own.pem",
        ),
        fails: &[
            "//- /etc/pip.conf\n[global]\ntrusted-host = pypi.test\n",
            "//- config\nEnv: PIP_TRUSTED_HOST=pypi.test\n",
        ],
        passes: &["//- /etc/pip.conf\n[global]\ntrusted-host = localhost\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-wget-certificate",
        severity: Severity::Medium,
        title: "wget verifies no certificates",
        why: "Somebody on the network can read and change what is fetched.",
        advice: "Remove the setting, and name the authority with `ca_certificate`.",
        judge: set(
            &WGET,
            &["check_certificate", "check-certificate"],
            &[],
            OFF,
            "check_certificate = on",
        ),
        fails: &["//- root/.wgetrc\ncheck_certificate = off\n"],
        passes: &["//- root/.wgetrc\ncheck_certificate = on\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-yum-gpgcheck",
        aliases: &["CIS Rocky Linux 9 1.2.1.2"],
        title: "dnf or yum installs packages without verifying signatures",
        why: "Whoever controls a mirror, or the way to it, installs what they like as root.",
        advice: "Set `gpgcheck=1`, and name the key of the repository with `gpgkey=`.",
        judge: Judge::Rule(yum_gpgcheck),
        fails: &["//- /etc/yum.repos.d/x.repo\n[x]\nbaseurl=https://x.test\ngpgcheck=0\n"],
        passes: &[
            "//- /etc/yum.repos.d/x.repo\n[x]\nbaseurl=https://x.test\ngpgcheck=1\n",
            "//- /etc/yum.repos.d/x.repo\n[x]\nenabled=0\nbaseurl=https://x.test\ngpgcheck=0\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-package-yum-sslverify",
        severity: Severity::Medium,
        title: "dnf or yum does not verify the certificate of a mirror",
        why: "Somebody on the network can stand in for the mirror and hold back updates.",
        advice: "Remove the setting, and name the authority with `sslcacert`.",
        judge: set(&YUM, &["sslverify", "*.sslverify"], &[], OFF, "sslverify=1"),
        fails: &["//- /etc/yum.conf\n[main]\nsslverify=0\n"],
        passes: &["//- /etc/yum.conf\n[main]\nsslverify=1\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-zypper-gpgcheck",
        title: "zypper installs packages without verifying signatures",
        why: "Whoever controls a mirror, or the way to it, installs what they like as root.",
        advice: "Set `gpgcheck=1`, and import the key of the repository.",
        judge: set(
            &ZYPP,
            &["*.gpgcheck", "*.repo_gpgcheck", "*.pkg_gpgcheck"],
            &[],
            OFF,
            "gpgcheck=1",
        ),
        fails: &["//- /etc/zypp/repos.d/x.repo\n[x]\ngpgcheck=0\n[y]\ngpgcheck=1\n"],
        passes: &["//- /etc/zypp/repos.d/x.repo\n[x]\nbaseurl=https://x.test\ngpgcheck=1\n"],
        ..BASE
    },
    Check {
        id: "baseline-package-tls-environment",
        severity: Severity::High,
        title: "an environment variable switches the verification of certificates off",
        why: "Somebody on the network can read and change what the program sends and receives.",
        advice: "Remove the variable, and give the program the authority it lacks: NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, SSL_CERT_FILE.",
        references: &["https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue"],
        judge: Judge::Rule(tls_environment),
        fails: &[
            "//- config\nEnv: NODE_TLS_REJECT_UNAUTHORIZED=0\n",
            "//- config\nEnv: PYTHONHTTPSVERIFY=0\n",
        ],
        passes: &["//- config\nEnv: NODE_TLS_REJECT_UNAUTHORIZED=1\n"],
        ..BASE
    },
];

/// Lines of the repositories file, without tags.
fn apk<'a>(image: &Image<'a>) -> Vec<(&'a str, u32, String)> {
    let mut out = Vec::new();
    for glob in ["etc/apk/repositories", "etc/apk/repositories.d/*.list"] {
        for (_, text) in image.matching(glob) {
            let lines = words::lines(&text.text, &['#'], false);
            out.extend(lines.into_iter().map(|(line, url)| (text.path.as_str(), line, url)));
        }
    }
    out
}

fn apk_http(image: &Image<'_>, answer: &mut Answer) {
    for (path, line, url) in apk(image) {
        answer.applies();
        if url.split_whitespace().any(|word| word.starts_with("http://")) {
            answer.fail(Hit::line(path, line, url));
        }
    }
}

fn apk_mixed(image: &Image<'_>, answer: &mut Answer) {
    let lines = apk(image);
    let plain = || lines.iter().filter(|(_, _, url)| !url.starts_with('@'));
    if !lines.is_empty() {
        answer.applies();
    }
    if plain().any(|(_, _, url)| url.contains("/alpine/v")) {
        for (path, line, url) in plain().filter(|(_, _, url)| url.contains("/alpine/edge/")) {
            answer.fail(Hit::line(*path, *line, url.as_str()));
        }
    }
}

fn apt_trusted(image: &Image<'_>, answer: &mut Answer) {
    for glob in ["etc/apt/sources.list", "etc/apt/sources.list.d/*.list"] {
        for (_, text) in image.matching(glob) {
            answer.applies();
            for (line, source) in words::lines(&text.text, &['#'], false) {
                let options = source.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
                let options = options.map_or("", |(options, _)| options);
                let bad = options.split_whitespace().find(|o| {
                    matches!(*o, "trusted=yes" | "allow-insecure=yes" | "allow-weak=yes")
                });
                if let Some(bad) = bad {
                    answer.fail(Hit::line(&text.path, line, source.as_str()).setting(
                        "options",
                        bad,
                        "signed-by=…",
                    ));
                }
            }
        }
    }
    for (_, text) in image.matching("etc/apt/sources.list.d/*.sources") {
        answer.applies();
        for (line, field) in words::lines(&text.text, &['#'], false) {
            let (name, value) = field.split_once(':').unwrap_or((&field, ""));
            let is_option = ["Trusted", "Allow-Insecure", "Allow-Weak"]
                .iter()
                .any(|o| o.eq_ignore_ascii_case(name));
            if is_option && value.trim().eq_ignore_ascii_case("yes") {
                answer.fail(Hit::line(&text.path, line, field.as_str()).setting(
                    name,
                    "yes",
                    "Signed-By: …",
                ));
            }
        }
    }
}

/// Settings of apt's configuration (`apt.conf(5)`): scopes joined by dots.
fn apt(image: &Image<'_>, answer: &mut Answer) -> Vec<(String, u32, String, String)> {
    let mut out = Vec::new();
    for glob in ["etc/apt/apt.conf", "etc/apt/apt.conf.d/*"] {
        for (_, text) in image.matching(glob) {
            answer.applies();
            for (name, value, line) in apt_conf(&text.text) {
                out.push((text.path.clone(), line, name, value));
            }
        }
    }
    out
}

/// Names without regard to case, `A::B` as `a::b`.
pub(crate) fn apt_conf(text: &str) -> Vec<(String, String, u32)> {
    let mut lexer = crate::baseline::formats::tree::Lexer::new(text, "#", &["//"], "{};");
    let (mut out, mut scope, mut pending) = (Vec::new(), Vec::<usize>::new(), Vec::<String>::new());
    let mut names: Vec<String> = Vec::new();
    while let Some(token) = lexer.next_token() {
        match token.text.as_str() {
            "{" if !token.quoted => {
                if scope.len() > crate::baseline::formats::MAX_DEPTH {
                    break;
                }
                scope.push(names.len());
                names.append(&mut pending);
            }
            "}" if !token.quoted => {
                names.truncate(scope.pop().unwrap_or_default());
                pending.clear();
            }
            ";" if !token.quoted => {
                let mut all = names.clone();
                if pending.len() > 1 {
                    let value = pending.pop().unwrap_or_default();
                    all.append(&mut pending);
                    out.push((all.join("::").to_ascii_lowercase(), value, token.line));
                }
                pending.clear();
            }
            _ => pending.push(token.text),
        }
        if out.len() > crate::baseline::formats::MAX_ENTRIES {
            break;
        }
    }
    out
}

fn apt_unauthenticated(image: &Image<'_>, answer: &mut Answer) {
    const NAMES: &[&str] = &[
        "apt::get::allowunauthenticated",
        "acquire::allowinsecurerepositories",
        "acquire::allowdowngradetoinsecurerepositories",
        "acquire::allowweakrepositories",
    ];
    for (path, line, name, value) in apt(image, answer) {
        if NAMES.contains(&name.as_str()) && ON.is(&value) {
            let hit =
                Hit::line(&path, line, format!("{name} {value}")).setting(&name, &value, "false");
            answer.fail(hit.change(format!("Remove line {line} of /{path}")));
        }
    }
}

fn apt_verify_peer(image: &Image<'_>, answer: &mut Answer) {
    for (path, line, name, value) in apt(image, answer) {
        let is_verify = name.ends_with("::verify-peer") || name.ends_with("::verify-host");
        if is_verify && OFF.is(&value) {
            let hit =
                Hit::line(&path, line, format!("{name} {value}")).setting(&name, &value, "true");
            answer.fail(hit.change(format!("Remove line {line} of /{path}")));
        }
    }
}

fn yum_gpgcheck(image: &Image<'_>, answer: &mut Answer) {
    for config in &YUM.load(image).configs {
        answer.applies();
        for entry in config.all(&["gpgcheck", "*.gpgcheck"]).take(MAX_REPOSITORIES) {
            let section = entry.name.rsplit_once('.').map_or("", |(section, _)| section);
            let enabled = format!("{section}.enabled");
            let is_enabled = config.all(&[&enabled]).all(|entry| !OFF.is(&entry.value));
            if OFF.is(&entry.value) && is_enabled {
                answer.fail(entry.hit("gpgcheck=1"));
            }
        }
    }
}

fn tls_environment(image: &Image<'_>, answer: &mut Answer) {
    const SWITCHES: &[(&str, Bad)] = &[
        ("NODE_TLS_REJECT_UNAUTHORIZED", OFF),
        ("PYTHONHTTPSVERIFY", OFF),
        ("GIT_SSL_NO_VERIFY", ON),
        ("GOINSECURE", Bad::Not(&[""])),
        ("GONOSUMCHECK", ON),
        ("CARGO_HTTP_CHECK_REVOKE", OFF),
        ("CURL_SSL_NO_VERIFY", ON),
        ("PERL_LWP_SSL_VERIFY_HOSTNAME", OFF),
    ];
    if !image.inventory.config.env.is_empty() {
        answer.applies();
    }
    for (name, bad) in SWITCHES {
        if let Some(value) = image.env(name).filter(|value| bad.is(value)) {
            answer.fail(
                Hit::config("Env", format!("{name}={value}")).setting(*name, value, "not set"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_scopes() {
        let text = "APT { Get { Assume-Yes \"true\"; }; };\nDpkg::Options:: \"--force\"; // x\n";
        let found = apt_conf(text);
        assert_eq!(found[0], ("apt::get::assume-yes".into(), "true".into(), 1));
    }
}
