//! Nginx: the tree of directives, includes put in place.

use std::rc::Rc;

use plimsoll_model::Severity;

use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::{
        load::Tree,
        nginx,
        tree::{Directive, walk},
    },
};

const BASE: Check = Check {
    references: &["https://nginx.org/en/docs/http/ngx_http_core_module.html"],
    ..Check::of("nginx")
};

/// Main files, and what relative names in them are relative to.
const MAIN: &[(&str, &str)] = &[
    ("etc/nginx/nginx.conf", "etc/nginx"),
    ("usr/local/nginx/conf/nginx.conf", "usr/local/nginx/conf"),
    ("usr/local/openresty/nginx/conf/nginx.conf", "usr/local/openresty/nginx/conf"),
    ("opt/bitnami/nginx/conf/nginx.conf", "opt/bitnami/nginx/conf"),
];

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-nginx-alias-traversal",
        severity: Severity::High,
        title: "an nginx alias lets visitors out of its folder",
        why: "With `location /files` and `alias /data/`, the address /files../x reads /x: the location needs its slash at the end.",
        advice: "Write the slash at the end of both, or of neither.",
        references: &["https://nginx.org/en/docs/http/ngx_http_core_module.html#alias"],
        judge: Judge::Rule(alias),
        fails: &[
            "//- /etc/nginx/nginx.conf\nhttp { server { location /files { alias /data/; } } }\n",
        ],
        passes: &[
            "//- /etc/nginx/nginx.conf\nhttp { server { location /files/ { alias /data/; } } }\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-nginx-autoindex",
        severity: Severity::Medium,
        aliases: &["CIS NGINX 2.1.4"],
        title: "nginx lists folders",
        why: "Visitors find files that nothing links to.",
        advice: "Remove the directive where a listing is not the purpose.",
        judge: Judge::Rule(autoindex),
        fails: &[
            "//- /etc/nginx/nginx.conf\nhttp { server { location / { autoindex on; } } }\n",
            "//- /etc/nginx/nginx.conf\nhttp { include sites-enabled/*; }\n//- /etc/nginx/sites-enabled/a link=/etc/nginx/sites-available/a\n//- /etc/nginx/sites-available/a\nserver { autoindex on; }\n",
        ],
        passes: &[
            "//- /etc/nginx/nginx.conf\nhttp { server { autoindex off; } }\n",
            "//- /etc/nginx/nginx.conf\nhttp { include sites-enabled/*; }\n//- /etc/nginx/sites-available/a\nserver { autoindex on; }\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-nginx-ciphers",
        severity: Severity::Medium,
        aliases: &["CIS NGINX 4.1.5"],
        title: "nginx offers broken ciphers",
        why: "RC4, DES, export and anonymous ciphers let somebody on the network read or change what is sent.",
        advice: "Take Mozilla's intermediate list, or leave the default.",
        judge: Judge::Rule(ciphers),
        fails: &["//- /etc/nginx/nginx.conf\nhttp { ssl_ciphers 'ALL:RC4:!MD5'; }\n"],
        passes: &["//- /etc/nginx/nginx.conf\nhttp { ssl_ciphers HIGH:!aNULL:!MD5; }\n"],
        ..BASE
    },
    Check {
        id: "baseline-nginx-header-injection",
        severity: Severity::Medium,
        title: "nginx copies line breaks of an address into a header",
        why: "`$uri` and `$document_uri` are decoded: with %0d%0a in the address a visitor writes headers of the answer.",
        advice: "Use `$request_uri`, which stays encoded.",
        judge: Judge::Rule(header_injection),
        fails: &["//- /etc/nginx/nginx.conf\nhttp { server { return 302 https://x.test$uri; } }\n"],
        passes: &[
            "//- /etc/nginx/nginx.conf\nhttp { server { return 302 https://x.test$request_uri; } }\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-nginx-merge-slashes",
        severity: Severity::Low,
        title: "nginx does not merge slashes",
        why: "An address such as //admin goes by rules that are written for /admin.",
        advice: "Remove `merge_slashes off`.",
        judge: Judge::Rule(merge_slashes),
        fails: &["//- /etc/nginx/nginx.conf\nhttp { merge_slashes off; }\n"],
        passes: &["//- /etc/nginx/nginx.conf\nhttp { merge_slashes on; }\n"],
        ..BASE
    },
    Check {
        id: "baseline-nginx-root",
        severity: Severity::High,
        aliases: &["CIS NGINX 2.2.1"],
        title: "nginx' workers run as root",
        why: "A flaw in a worker gives root, and root in the container is close to root outside.",
        advice: "Write `user nginx;` or `user www-data;`.",
        judge: Judge::Rule(root),
        fails: &["//- /etc/nginx/nginx.conf\nuser root;\nhttp { }\n"],
        passes: &["//- /etc/nginx/nginx.conf\nuser nginx;\nhttp { }\n"],
        ..BASE
    },
    Check {
        id: "baseline-nginx-root-folder",
        severity: Severity::High,
        title: "nginx serves the whole file system",
        why: "Every file that the worker can read is open to visitors.",
        advice: "Name the folder of the site as `root`.",
        judge: Judge::Rule(root_folder),
        fails: &[
            "//- /etc/nginx/nginx.conf\nhttp { server { root /; } }\n",
            "//- /etc/nginx/nginx.conf\nhttp { server { location / { root /etc/nginx; } } }\n",
        ],
        passes: &["//- /etc/nginx/nginx.conf\nhttp { server { root /var/www/html; } }\n"],
        ..BASE
    },
    Check {
        id: "baseline-nginx-server-tokens",
        severity: Severity::Negligible,
        aliases: &["CIS NGINX 2.5.1"],
        title: "nginx tells its version to visitors",
        why: "Attackers pick servers by it.",
        advice: "Write `server_tokens off;` in the http block.",
        default: false,
        judge: Judge::Rule(server_tokens),
        fails: &["//- /etc/nginx/nginx.conf\nhttp { server { } }\n"],
        passes: &["//- /etc/nginx/nginx.conf\nhttp { server_tokens off; server { } }\n"],
        ..BASE
    },
    Check {
        id: "baseline-nginx-status",
        severity: Severity::Low,
        title: "nginx shows its state to everybody",
        why: "The page tells how much traffic there is.",
        advice: "Add `allow 127.0.0.1; deny all;` to the location.",
        judge: Judge::Rule(status),
        fails: &["//- /etc/nginx/nginx.conf\nhttp { server { location /s { stub_status; } } }\n"],
        passes: &[
            "//- /etc/nginx/nginx.conf\nhttp { server { location /s { stub_status; deny all; } } }\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-nginx-tls-protocols",
        severity: Severity::Medium,
        aliases: &["CIS NGINX 4.1.4"],
        title: "nginx accepts old versions of TLS",
        why: "SSL 3, TLS 1.0 and 1.1 have known weaknesses and are forbidden by RFC 8996.",
        advice: "Write `ssl_protocols TLSv1.2 TLSv1.3;`.",
        references: &["https://www.rfc-editor.org/rfc/rfc8996"],
        // Debian's and Ubuntu's nginx.conf names TLS 1.0 in the http block although no server of it uses TLS.
        judge: Judge::Rule(tls_protocols),
        fails: &[
            "//- /etc/nginx/nginx.conf\nhttp { ssl_protocols TLSv1 TLSv1.2; server { listen 443 ssl; } }\n",
        ],
        passes: &[
            "//- /etc/nginx/nginx.conf\nhttp { ssl_protocols TLSv1.2; server { listen 443 ssl; } }\n",
        ],
        skips: &[
            "//- /etc/nginx/nginx.conf\nhttp { ssl_protocols TLSv1 TLSv1.2; server { listen 80; } }\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-nginx-upstream-verify",
        severity: Severity::Low,
        title: "nginx does not verify the servers behind it",
        why: "Somebody on the inner network can stand in for one of them.",
        advice: "Write `proxy_ssl_verify on;` and name the authority.",
        default: false,
        judge: Judge::Rule(upstream_verify),
        fails: &[
            "//- /etc/nginx/nginx.conf\nhttp { server { location / { proxy_pass https://app; } } }\n",
        ],
        passes: &[
            "//- /etc/nginx/nginx.conf\nhttp { proxy_ssl_verify on; server { location / { proxy_pass https://app; } } }\n",
        ],
        ..BASE
    },
];

/// Directives with those around them.
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

/// The trees of all main files; read once for all checks.
fn trees(image: &Image<'_>) -> Rc<Vec<Vec<Directive>>> {
    image.trees("nginx", || {
        let mut out = Vec::new();
        for (path, prefix) in MAIN {
            if let Some(text) = image.text(path) {
                let mut tree = Tree::new(image, nginx::parse, prefix, &["include"]);
                let directives = tree.read(text, 0);
                if !directives.is_empty() {
                    out.push(directives);
                }
            }
        }
        out
    })
}

fn hit(directive: &Directive, expected: &str) -> Hit {
    let hit = Hit::line(&directive.path, directive.line, directive.shown());
    let actual = directive.arguments.join(" ");
    let change = if expected.contains(' ') && expected.ends_with(';') {
        format!("In /{}, line {}, write `{expected}`", directive.path, directive.line)
    } else {
        format!("Change line {} of /{}", directive.line, directive.path)
    };
    hit.setting(&directive.name, actual, expected).change(change)
}

fn alias(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, directive, around| {
        let Some(location) = around.last().filter(|d| d.name == "location") else { return };
        // A regular expression matches the whole name; `= /x` only itself.
        let [.., place] = location.arguments.as_slice() else { return };
        let is_prefix = location.arguments.len() == 1 || location.first() == "^~";
        let is_open = directive.name == "alias" && directive.first().ends_with('/');
        if is_prefix && is_open && !place.ends_with('/') && place.starts_with('/') {
            answer.fail(hit(directive, &format!("location {place}/")));
        }
    });
}

fn simple(
    image: &Image<'_>,
    answer: &mut Answer,
    name: &str,
    bad: fn(&Directive) -> bool,
    expected: &str,
) {
    each(image, answer, &mut |answer, directive, _| {
        if directive.name == name && bad(directive) {
            answer.fail(hit(directive, expected));
        }
    });
}

fn autoindex(image: &Image<'_>, answer: &mut Answer) {
    simple(image, answer, "autoindex", |d| d.first() == "on", "autoindex off;");
}

fn ciphers(image: &Image<'_>, answer: &mut Answer) {
    simple(
        image,
        answer,
        "ssl_ciphers",
        |d| super::weak_cipher_list(d.first()),
        "ssl_ciphers HIGH:!aNULL:!MD5;",
    );
}

fn merge_slashes(image: &Image<'_>, answer: &mut Answer) {
    simple(image, answer, "merge_slashes", |d| d.first() == "off", "merge_slashes on;");
}

fn root(image: &Image<'_>, answer: &mut Answer) {
    simple(image, answer, "user", |d| d.first() == "root", "user nginx;");
}

fn root_folder(image: &Image<'_>, answer: &mut Answer) {
    let bad = |d: &Directive| {
        let folder = d.first().trim_end_matches('/');
        matches!(folder, "" | "/etc" | "/etc/nginx" | "/root" | "/proc" | "/var" | "/usr")
            && d.first().starts_with('/')
    };
    simple(image, answer, "root", bad, "the folder of the site");
}

fn header_injection(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, directive, _| {
        let is_header =
            matches!(directive.name.as_str(), "return" | "add_header" | "proxy_set_header");
        let is_redirect = directive.name == "rewrite"
            && directive.arguments.iter().any(|a| a == "redirect" || a == "permanent");
        let decoded = directive
            .arguments
            .iter()
            .any(|a| holds_variable(a, "uri") || holds_variable(a, "document_uri"));
        let returns_text = directive.name == "return" && !directive.first().starts_with(['3', 'h']);
        if (is_header || is_redirect) && decoded && !returns_text {
            answer.fail(hit(directive, "$request_uri"));
        }
    });
}

/// Whether a text holds a variable of exactly this name.
fn holds_variable(text: &str, name: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or_default().trim_start_matches('{');
        rest.strip_prefix(name).is_some_and(|after| {
            !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        })
    })
}

fn server_tokens(image: &Image<'_>, answer: &mut Answer) {
    for tree in &*trees(image) {
        for http in tree.iter().filter(|d| d.name == "http" && d.is_block) {
            answer.applies();
            match http.block.iter().rfind(|d| d.name == "server_tokens") {
                Some(d) if d.first() == "on" => answer.fail(hit(d, "server_tokens off;")),
                Some(_) => {}
                None => {
                    let hit = Hit::line(&http.path, http.line, "http").setting(
                        "server_tokens",
                        "not set; the default is on",
                        "off",
                    );
                    answer.fail(hit.change(format!(
                        "Add `server_tokens off;` to the http block of /{}",
                        http.path
                    )));
                }
            }
        }
    }
}

fn status(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, directive, around| {
        let is_limited = around.iter().any(|d| {
            d.block
                .iter()
                .any(|d| matches!(d.name.as_str(), "deny" | "auth_basic" | "auth_request"))
        });
        if directive.name == "stub_status" && directive.first() != "off" && !is_limited {
            answer.fail(hit(directive, "deny all;"));
        }
    });
}

fn tls_protocols(image: &Image<'_>, answer: &mut Answer) {
    for tree in &*trees(image) {
        let (mut uses, mut set) = (false, Vec::new());
        walk(tree, &mut Vec::new(), &mut |d, _| {
            uses |= (d.name == "listen" && d.arguments.iter().any(|a| a == "ssl" || a == "quic"))
                || (d.name == "ssl" && d.first() == "on");
            if d.name == "ssl_protocols" {
                set.push(d);
            }
        });
        if !uses {
            continue;
        }
        answer.applies();
        for d in set {
            if d.arguments
                .iter()
                .any(|a| matches!(a.as_str(), "SSLv2" | "SSLv3" | "TLSv1" | "TLSv1.1"))
            {
                answer.fail(hit(d, "ssl_protocols TLSv1.2 TLSv1.3;"));
            }
        }
    }
}

fn upstream_verify(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, directive, around| {
        let verifies = around
            .iter()
            .any(|d| d.block.iter().any(|d| d.name == "proxy_ssl_verify" && d.first() == "on"));
        if directive.name == "proxy_pass" && directive.first().starts_with("https://") && !verifies
        {
            answer.fail(hit(directive, "proxy_ssl_verify on;"));
        }
    });
}
