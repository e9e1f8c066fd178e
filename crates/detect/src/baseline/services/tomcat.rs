//! Tomcat: server.xml, tomcat-users.xml, web.xml.

use plimsoll_model::Severity;

use super::is_default_password;
use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::xml::{self, Element},
    service::malformed,
};

const BASE: Check = Check {
    references: &["https://tomcat.apache.org/tomcat-10.1-doc/security-howto.html"],
    ..Check::of("tomcat")
};

/// Folders of configuration.
const FOLDERS: &[&str] = &[
    "etc/tomcat*",
    "usr/local/tomcat/conf",
    "opt/tomcat/conf",
    "opt/*tomcat*/conf",
    "opt/bitnami/tomcat/conf",
    "usr/share/tomcat/conf",
];

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-tomcat-ajp",
        severity: Severity::High,
        aliases: &["CVE-2020-1938"],
        title: "Tomcat speaks AJP without a secret",
        why: "Whoever reaches the port is believed to be the web server in front: reads files, sets the user's name.",
        advice: "Remove the connector, or set `address=\"127.0.0.1\"` and a `secret`.",
        judge: Judge::Rule(ajp),
        fails: &[
            "//- /usr/local/tomcat/conf/server.xml\n<Server><Service><Connector port=\"8009\" protocol=\"AJP/1.3\"/></Service></Server>\n",
        ],
        passes: &[
            "//- /usr/local/tomcat/conf/server.xml\n<Server><Service><Connector port=\"8009\" protocol=\"AJP/1.3\" address=\"127.0.0.1\" secret=\"x\"/></Service></Server>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-tomcat-auto-deploy",
        severity: Severity::Low,
        aliases: &["CIS Tomcat 9 9.2"],
        title: "Tomcat runs whatever appears in its folder",
        why: "Whoever can write a file there runs code.",
        advice: "Write `autoDeploy=\"false\"` in the Host.",
        default: false,
        judge: Judge::Rule(auto_deploy),
        fails: &[
            "//- /etc/tomcat10/server.xml\n<Server><Host name=\"a\" autoDeploy=\"true\"/></Server>\n",
        ],
        passes: &[
            "//- /etc/tomcat10/server.xml\n<Server><Host name=\"a\" autoDeploy=\"false\"/></Server>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-tomcat-default-user",
        severity: Severity::Critical,
        title: "Tomcat has a user with a password that everybody knows",
        why: "The manager runs any program that a user with its role uploads.",
        advice: "Remove the user, or mount tomcat-users.xml with another password.",
        judge: Judge::Rule(default_user),
        fails: &[
            "//- /usr/local/tomcat/conf/tomcat-users.xml\n<tomcat-users><user username=\"tomcat\" password=\"tomcat\" roles=\"manager-gui\"/></tomcat-users>\n",
        ],
        passes: &[
            "//- /usr/local/tomcat/conf/tomcat-users.xml\n<tomcat-users><!-- <user username=\"tomcat\" password=\"tomcat\"/> --></tomcat-users>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-tomcat-listings",
        severity: Severity::Medium,
        title: "Tomcat lists folders",
        why: "Visitors find files that nothing links to.",
        advice: "Set the default servlet's `listings` to false.",
        judge: Judge::Rule(listings),
        fails: &[
            "//- /etc/tomcat9/web.xml\n<web-app><servlet><init-param><param-name>listings</param-name><param-value>true</param-value></init-param></servlet></web-app>\n",
        ],
        passes: &[
            "//- /etc/tomcat9/web.xml\n<web-app><servlet><init-param><param-name>listings</param-name><param-value>false</param-value></init-param></servlet></web-app>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-tomcat-manager",
        severity: Severity::Medium,
        title: "a user of Tomcat may run programs by its manager",
        why: "Whoever has the password uploads code.",
        advice: "Take the manager's roles from the user, and remove the manager from webapps.",
        judge: Judge::Rule(manager),
        fails: &[
            "//- /usr/local/tomcat/conf/tomcat-users.xml\n<tomcat-users><user username=\"a\" password=\"b\" roles=\"x,manager-script\"/></tomcat-users>\n",
        ],
        passes: &[
            "//- /usr/local/tomcat/conf/tomcat-users.xml\n<tomcat-users><user username=\"a\" password=\"b\" roles=\"x\"/></tomcat-users>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-tomcat-put",
        severity: Severity::High,
        aliases: &["CVE-2017-12615"],
        title: "visitors may write files into Tomcat",
        why: "A program that is put there by PUT runs.",
        advice: "Remove the default servlet's `readonly` parameter.",
        judge: Judge::Rule(put),
        fails: &[
            "//- /etc/tomcat9/web.xml\n<web-app><servlet><init-param><param-name>readonly</param-name><param-value>false</param-value></init-param></servlet></web-app>\n",
        ],
        passes: &[
            "//- /etc/tomcat9/web.xml\n<web-app><servlet><init-param><param-name>readonly</param-name><param-value>true</param-value></init-param></servlet></web-app>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-tomcat-shutdown",
        severity: Severity::Low,
        aliases: &["CIS Tomcat 9 3.1"],
        title: "a word sent to a port stops Tomcat",
        why: "Every process in the container can stop the server; the word SHUTDOWN is the same everywhere.",
        advice: "Write `port=\"-1\"` in the Server.",
        default: false,
        judge: Judge::Rule(shutdown),
        fails: &["//- /etc/tomcat9/server.xml\n<Server port=\"8005\" shutdown=\"SHUTDOWN\"/>\n"],
        passes: &["//- /etc/tomcat9/server.xml\n<Server port=\"-1\" shutdown=\"SHUTDOWN\"/>\n"],
        ..BASE
    },
    Check {
        id: "baseline-tomcat-tls-protocol",
        severity: Severity::Medium,
        title: "Tomcat accepts old versions of TLS",
        why: "SSL 3, TLS 1.0 and 1.1 have known weaknesses and are forbidden by RFC 8996.",
        advice: "Write `protocols=\"TLSv1.2+TLSv1.3\"`.",
        judge: Judge::Rule(tls_protocol),
        fails: &[
            "//- /etc/tomcat9/server.xml\n<Server><Connector><SSLHostConfig protocols=\"TLSv1,TLSv1.2\"/></Connector></Server>\n",
        ],
        passes: &[
            "//- /etc/tomcat9/server.xml\n<Server><Connector><SSLHostConfig protocols=\"TLSv1.2+TLSv1.3\"/></Connector></Server>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-tomcat-trace",
        severity: Severity::Low,
        title: "Tomcat answers TRACE requests",
        why: "They send a request back with its headers, cookies among them.",
        advice: "Remove `allowTrace`.",
        judge: Judge::Rule(trace),
        fails: &[
            "//- /etc/tomcat9/server.xml\n<Server><Connector port=\"80\" allowTrace=\"true\"/></Server>\n",
        ],
        passes: &["//- /etc/tomcat9/server.xml\n<Server><Connector port=\"80\"/></Server>\n"],
        ..BASE
    },
];

/// Given the answer, the path, all elements and the index of one.
type Visit<'v> = dyn FnMut(&mut Answer, &str, &[Element], usize) + 'v;

/// Calls `visit` for every element of a file of this name.
fn each(image: &Image<'_>, answer: &mut Answer, name: &str, visit: &mut Visit<'_>) {
    for folder in FOLDERS {
        for (_, text) in image.matching(&format!("{folder}/{name}")) {
            match xml::parse(&text.text) {
                Ok(elements) => {
                    answer.applies();
                    for at in 0..elements.len() {
                        visit(answer, &text.path, &elements, at);
                    }
                }
                Err(error) => {
                    malformed(image, &text.path, &error.to_string());
                    answer.unsure(Some(&text.path), "it could not be read");
                }
            }
        }
    }
}

fn attribute(
    image: &Image<'_>,
    answer: &mut Answer,
    file: &str,
    element: &str,
    bad: impl Fn(&Element) -> Option<(&'static str, String, &'static str)>,
) {
    each(image, answer, file, &mut |answer, path, elements, at| {
        let Some(found) = elements.get(at).filter(|e| e.name == element) else { return };
        if let Some((name, actual, expected)) = bad(found) {
            let hit = Hit::line(path, found.line, format!("<{element} {name}=\"{actual}\">"));
            answer.fail(hit.setting(name, actual, expected));
        }
    });
}

fn ajp(image: &Image<'_>, answer: &mut Answer) {
    attribute(image, answer, "server.xml", "Connector", |connector| {
        let is_ajp =
            connector.attribute("protocol").is_some_and(|p| p.to_ascii_lowercase().contains("ajp"));
        let has_secret = ["secret", "requiredSecret"]
            .iter()
            .any(|name| connector.attribute(name).is_some_and(|v| !v.is_empty()));
        (is_ajp && !has_secret).then(|| ("secret", String::new(), "a secret"))
    });
}

fn auto_deploy(image: &Image<'_>, answer: &mut Answer) {
    attribute(image, answer, "server.xml", "Host", |host| {
        let value = host.attribute("autoDeploy").unwrap_or("true");
        (value == "true").then(|| ("autoDeploy", value.to_owned(), "false"))
    });
}

fn default_user(image: &Image<'_>, answer: &mut Answer) {
    attribute(image, answer, "tomcat-users.xml", "user", |user| {
        let password = user.attribute("password")?;
        let name =
            user.attribute("username").or_else(|| user.attribute("name")).unwrap_or_default();
        let same = !name.is_empty() && name == password;
        (same || is_default_password(password))
            .then(|| ("password", "well known".into(), "one of its own"))
    });
}

fn manager(image: &Image<'_>, answer: &mut Answer) {
    attribute(image, answer, "tomcat-users.xml", "user", |user| {
        let roles = user.attribute("roles")?;
        let may = roles.split(',').any(|role| {
            matches!(
                role.trim(),
                "manager-gui"
                    | "manager-script"
                    | "manager-jmx"
                    | "manager"
                    | "admin-gui"
                    | "admin-script"
            )
        });
        may.then(|| ("roles", roles.to_owned(), "no role of the manager"))
    });
}

fn shutdown(image: &Image<'_>, answer: &mut Answer) {
    attribute(image, answer, "server.xml", "Server", |server| {
        let port = server.attribute("port").unwrap_or("8005");
        (port != "-1").then(|| ("port", port.to_owned(), "-1"))
    });
}

fn trace(image: &Image<'_>, answer: &mut Answer) {
    attribute(image, answer, "server.xml", "Connector", |connector| {
        connector
            .attribute("allowTrace")
            .filter(|v| *v == "true")
            .map(|v| ("allowTrace", v.to_owned(), "false"))
    });
}

fn tls_protocol(image: &Image<'_>, answer: &mut Answer) {
    const OLD: &[&str] = &["SSLv2", "SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.1", "all"];
    for element in ["SSLHostConfig", "Connector"] {
        attribute(image, answer, "server.xml", element, |config| {
            let name = ["protocols", "sslEnabledProtocols"]
                .into_iter()
                .find(|name| config.attribute(name).is_some())?;
            let value = config.attribute(name)?;
            let bad = value
                .split([',', '+', ' '])
                .any(|p| OLD.iter().any(|old| old.eq_ignore_ascii_case(p.trim())));
            bad.then(|| (name, value.to_owned(), "TLSv1.2+TLSv1.3"))
        });
    }
}

/// Initial parameters of servlets: a name and the value beside it.
fn parameter(
    image: &Image<'_>,
    answer: &mut Answer,
    name: &'static str,
    bad: &str,
    expected: &str,
) {
    each(image, answer, "web.xml", &mut |answer, path, elements, at| {
        let Some(found) = elements.get(at).filter(|e| e.name == "param-name" && e.text == name)
        else {
            return;
        };
        let value =
            elements.iter().skip(at).find(|e| e.name == "param-value" && e.parent == found.parent);
        if let Some(value) = value.filter(|value| value.text == bad) {
            let hit =
                Hit::line(path, value.line, format!("{name} = {bad}")).setting(name, bad, expected);
            answer.fail(hit.change(format!("In /{path}, line {}, write `{expected}`", value.line)));
        }
    });
}

fn listings(image: &Image<'_>, answer: &mut Answer) {
    parameter(image, answer, "listings", "true", "false");
}

fn put(image: &Image<'_>, answer: &mut Answer) {
    parameter(image, answer, "readonly", "false", "true");
}
