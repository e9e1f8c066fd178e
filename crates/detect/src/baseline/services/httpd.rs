//! Apache httpd: the tree of directives, includes put in place.

use std::rc::Rc;

use plimsoll_model::Severity;

use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::{
        httpd,
        load::Tree,
        tree::{Directive, walk},
    },
};

const BASE: Check = Check {
    references: &["https://httpd.apache.org/docs/2.4/misc/security_tips.html"],
    ..Check::of("httpd")
};

/// Main files, and what relative names in them are relative to (`ServerRoot`).
const MAIN: &[(&str, &str)] = &[
    ("etc/apache2/apache2.conf", "etc/apache2"),
    ("etc/apache2/httpd.conf", "etc/apache2"),
    ("etc/httpd/conf/httpd.conf", "etc/httpd"),
    ("usr/local/apache2/conf/httpd.conf", "usr/local/apache2"),
    ("opt/bitnami/apache/conf/httpd.conf", "opt/bitnami/apache"),
];

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-httpd-ciphers",
        severity: Severity::Medium,
        aliases: &["CIS Apache HTTP Server 2.4 7.5"],
        title: "Apache offers broken ciphers",
        why: "RC4, DES, export and anonymous ciphers let somebody on the network read or change what is sent.",
        advice: "Write `SSLCipherSuite HIGH:!aNULL:!MD5`, or take Mozilla's intermediate list.",
        judge: Judge::Rule(ciphers),
        fails: &["//- /etc/apache2/apache2.conf\nSSLCipherSuite ALL:EXPORT\n"],
        passes: &["//- /etc/apache2/apache2.conf\nSSLCipherSuite HIGH:!aNULL\n"],
        ..BASE
    },
    Check {
        id: "baseline-httpd-indexes",
        severity: Severity::Medium,
        title: "Apache lists folders",
        why: "Visitors find files that nothing links to. Debian's own configuration does so for /var/www.",
        advice: "Write `Options -Indexes`.",
        default: false,
        judge: Judge::Rule(indexes),
        fails: &[
            "//- /etc/apache2/apache2.conf\n<Directory /var/www>\n Options Indexes FollowSymLinks\n</Directory>\n",
            "//- /etc/httpd/conf/httpd.conf\nServerRoot \"/etc/httpd\"\nIncludeOptional conf.d/*.conf\n//- /etc/httpd/conf.d/a.conf\n<Directory \"/srv\">\nOptions All\n</Directory>\n",
        ],
        passes: &[
            "//- /etc/apache2/apache2.conf\n<Directory /var/www>\n Options -Indexes +FollowSymLinks\n</Directory>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-httpd-override",
        severity: Severity::Low,
        aliases: &["CIS Apache HTTP Server 2.4 4.4"],
        title: "files in Apache's folders change its settings",
        why: "Whoever can upload a .htaccess file decides what the server runs.",
        advice: "Write `AllowOverride None`.",
        default: false,
        judge: Judge::Rule(overrides),
        fails: &[
            "//- /etc/apache2/apache2.conf\n<Directory /var/www>\nAllowOverride All\n</Directory>\n",
        ],
        passes: &[
            "//- /etc/apache2/apache2.conf\n<Directory /var/www>\nAllowOverride None\n</Directory>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-httpd-root",
        severity: Severity::High,
        aliases: &["CIS Apache HTTP Server 2.4 3.1"],
        title: "Apache runs as root",
        why: "A flaw in a program of the site gives root.",
        advice: "Write `User www-data` (or `apache`, `daemon`).",
        judge: Judge::Rule(root),
        fails: &["//- /etc/apache2/apache2.conf\nUser root\n"],
        passes: &["//- /etc/apache2/apache2.conf\nUser www-data\n"],
        ..BASE
    },
    Check {
        id: "baseline-httpd-root-folder",
        severity: Severity::High,
        aliases: &["CIS Apache HTTP Server 2.4 4.1"],
        title: "Apache serves the whole file system",
        why: "Every file that it can read is open to visitors.",
        advice: "Write `Require all denied` in `<Directory />`, and allow the folder of the site only.",
        judge: Judge::Rule(root_folder),
        fails: &[
            "//- /etc/apache2/apache2.conf\n<Directory />\nRequire all granted\n</Directory>\n",
        ],
        passes: &[
            "//- /etc/apache2/apache2.conf\n<Directory />\nRequire all denied\n</Directory>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-httpd-server-signature",
        severity: Severity::Negligible,
        aliases: &["CIS Apache HTTP Server 2.4 8.2"],
        title: "Apache signs its pages with its version",
        why: "Attackers pick servers by it.",
        advice: "Write `ServerSignature Off`.",
        default: false,
        judge: Judge::Rule(signature),
        fails: &["//- /etc/apache2/apache2.conf\nServerSignature On\n"],
        passes: &["//- /etc/apache2/apache2.conf\nServerSignature Off\n"],
        ..BASE
    },
    Check {
        id: "baseline-httpd-server-tokens",
        severity: Severity::Negligible,
        aliases: &["CIS Apache HTTP Server 2.4 8.1"],
        title: "Apache tells its version and system to visitors",
        why: "Attackers pick servers by it.",
        advice: "Write `ServerTokens Prod`.",
        default: false,
        judge: Judge::Rule(tokens),
        fails: &[
            "//- /etc/apache2/apache2.conf\nServerTokens OS\n",
            "//- /etc/apache2/apache2.conf\nUser www-data\n",
        ],
        passes: &["//- /etc/apache2/apache2.conf\nServerTokens Prod\n"],
        ..BASE
    },
    Check {
        id: "baseline-httpd-status",
        severity: Severity::Low,
        title: "Apache shows its state or settings to everybody",
        why: "The pages tell which addresses visitors ask for, and how the server is set up.",
        advice: "Write `Require local` in the location.",
        judge: Judge::Rule(status),
        fails: &[
            "//- /etc/apache2/apache2.conf\n<Location /s>\nSetHandler server-status\n</Location>\n",
        ],
        passes: &[
            "//- /etc/apache2/apache2.conf\n<Location /s>\nSetHandler server-status\nRequire local\n</Location>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-httpd-tls-protocol",
        severity: Severity::Medium,
        aliases: &["CIS Apache HTTP Server 2.4 7.4"],
        title: "Apache accepts old versions of TLS",
        why: "SSL 3, TLS 1.0 and 1.1 have known weaknesses and are forbidden by RFC 8996.",
        advice: "Write `SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1`.",
        references: &["https://www.rfc-editor.org/rfc/rfc8996"],
        judge: Judge::Rule(protocol),
        fails: &[
            "//- /etc/apache2/apache2.conf\nSSLProtocol all\n",
            "//- /etc/apache2/apache2.conf\nSSLProtocol TLSv1 TLSv1.2\n",
        ],
        passes: &[
            "//- /etc/apache2/apache2.conf\nSSLProtocol all -SSLv3 -TLSv1 -TLSv1.1\n",
            "//- /etc/apache2/apache2.conf\nSSLProtocol -all +TLSv1.2\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-httpd-trace",
        severity: Severity::Low,
        aliases: &["CIS Apache HTTP Server 2.4 5.8"],
        title: "Apache answers TRACE requests",
        why: "They send a request back with its headers, cookies among them.",
        advice: "Write `TraceEnable Off`.",
        judge: Judge::Rule(trace),
        fails: &["//- /etc/apache2/apache2.conf\nTraceEnable On\n"],
        passes: &["//- /etc/apache2/apache2.conf\nTraceEnable Off\n"],
        ..BASE
    },
    Check {
        id: "baseline-httpd-webdav",
        severity: Severity::Medium,
        aliases: &["CIS Apache HTTP Server 2.4 2.3"],
        title: "visitors may change files by WebDAV without a login",
        why: "They put programs into the site.",
        advice: "Remove `Dav On`, or add a Require with a login.",
        judge: Judge::Rule(webdav),
        fails: &["//- /etc/apache2/apache2.conf\n<Directory /srv>\nDav On\n</Directory>\n"],
        passes: &[
            "//- /etc/apache2/apache2.conf\n<Directory /srv>\nDav On\nRequire valid-user\n</Directory>\n",
        ],
        ..BASE
    },
];

fn trees(image: &Image<'_>) -> Rc<Vec<Vec<Directive>>> {
    image.trees("httpd", || {
        let mut out = Vec::new();
        for (path, prefix) in MAIN {
            if let Some(text) = image.text(path) {
                let mut tree =
                    Tree::new(image, httpd::parse, prefix, &["Include", "IncludeOptional"]);
                let directives = tree.read(text, 0);
                if !directives.is_empty() {
                    out.push(directives);
                }
            }
        }
        out
    })
}

fn each(
    image: &Image<'_>,
    answer: &mut Answer,
    visit: &mut dyn FnMut(&mut Answer, &Directive, &[&Directive]),
) {
    for tree in &*trees(image) {
        answer.applies();
        walk(tree, &mut Vec::new(), &mut |directive, around| visit(answer, directive, around));
    }
}

fn is(directive: &Directive, name: &str) -> bool {
    directive.name.eq_ignore_ascii_case(name)
}

fn has(directive: &Directive, word: &str) -> bool {
    directive.arguments.iter().any(|argument| argument.eq_ignore_ascii_case(word))
}

fn hit(directive: &Directive, write: &str) -> Hit {
    let hit = Hit::line(&directive.path, directive.line, directive.shown());
    hit.setting(&directive.name, directive.arguments.join(" "), write)
        .change(format!("In /{}, line {}, write `{write}`", directive.path, directive.line))
}

fn simple(
    image: &Image<'_>,
    answer: &mut Answer,
    name: &str,
    bad: fn(&Directive) -> bool,
    write: &str,
) {
    each(image, answer, &mut |answer, directive, _| {
        if is(directive, name) && bad(directive) {
            answer.fail(hit(directive, write));
        }
    });
}

fn ciphers(image: &Image<'_>, answer: &mut Answer) {
    let list =
        |d: &Directive| super::weak_cipher_list(d.arguments.last().map_or("", String::as_str));
    simple(image, answer, "SSLCipherSuite", list, "SSLCipherSuite HIGH:!aNULL:!MD5");
}

fn indexes(image: &Image<'_>, answer: &mut Answer) {
    simple(
        image,
        answer,
        "Options",
        |d| has(d, "Indexes") || has(d, "+Indexes") || has(d, "All"),
        "Options -Indexes",
    );
}

fn overrides(image: &Image<'_>, answer: &mut Answer) {
    simple(image, answer, "AllowOverride", |d| has(d, "All"), "AllowOverride None");
}

fn root(image: &Image<'_>, answer: &mut Answer) {
    simple(image, answer, "User", |d| matches!(d.first(), "root" | "#0"), "User www-data");
}

fn signature(image: &Image<'_>, answer: &mut Answer) {
    simple(image, answer, "ServerSignature", |d| !has(d, "Off"), "ServerSignature Off");
}

fn trace(image: &Image<'_>, answer: &mut Answer) {
    simple(image, answer, "TraceEnable", |d| !has(d, "Off"), "TraceEnable Off");
}

fn root_folder(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, directive, around| {
        let Some(section) = around.last().filter(|d| is(d, "Directory")) else { return };
        let granted =
            (is(directive, "Require") && has(directive, "all") && has(directive, "granted"))
                || (is(directive, "Allow") && has(directive, "from") && has(directive, "all"));
        if section.first() == "/" && granted {
            answer.fail(hit(directive, "Require all denied"));
        }
    });
}

fn tokens(image: &Image<'_>, answer: &mut Answer) {
    for tree in &*trees(image) {
        answer.applies();
        let mut last = None;
        walk(tree, &mut Vec::new(), &mut |d, _| {
            if is(d, "ServerTokens") {
                last = Some(d);
            }
        });
        match (last, tree.first()) {
            (Some(d), _) if has(d, "Prod") || has(d, "ProductOnly") => {}
            (Some(d), _) => answer.fail(hit(d, "ServerTokens Prod")),
            (None, Some(first)) => {
                let hit = Hit::file(&first.path).setting(
                    "ServerTokens",
                    "not set; the default is Full",
                    "Prod",
                );
                answer.fail(hit.change(format!("Add `ServerTokens Prod` to /{}", first.path)));
            }
            (None, None) => {}
        }
    }
}

fn status(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, directive, around| {
        let shows = is(directive, "SetHandler")
            && (has(directive, "server-status") || has(directive, "server-info"));
        let limits = |d: &Directive| {
            (is(d, "Require") && !has(d, "granted"))
                || (is(d, "Deny") && has(d, "from"))
                || d.name.starts_with("Require") && d.is_block
        };
        if shows && !around.iter().any(|d| d.block.iter().any(limits)) {
            answer.fail(hit(directive, "Require local"));
        }
    });
}

fn protocol(image: &Image<'_>, answer: &mut Answer) {
    let bad = |d: &Directive| {
        const OLD: &[&str] = &["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"];
        let mut on: Vec<&str> = Vec::new();
        for argument in &d.arguments {
            let (add, name) = match argument.strip_prefix('-') {
                Some(name) => (false, name),
                None => (true, argument.trim_start_matches('+')),
            };
            let names: &[&str] =
                if name.eq_ignore_ascii_case("all") { &["TLSv1", "TLSv1.1"] } else { &[name] };
            if add {
                on.extend(
                    OLD.iter()
                        .copied()
                        .filter(|old| names.iter().any(|n| n.eq_ignore_ascii_case(old))),
                );
            } else {
                on.retain(|old| !names.iter().any(|n| n.eq_ignore_ascii_case(old)));
            }
        }
        !on.is_empty()
    };
    simple(image, answer, "SSLProtocol", bad, "SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1");
}

fn webdav(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, directive, around| {
        let login = |d: &Directive| {
            is(d, "Require") && !has(d, "granted")
                || is(d, "AuthType")
                || d.name.eq_ignore_ascii_case("LimitExcept")
        };
        if is(directive, "Dav")
            && !has(directive, "Off")
            && !around.iter().any(|d| d.block.iter().any(login))
        {
            answer.fail(hit(directive, "Dav Off"));
        }
    });
}
