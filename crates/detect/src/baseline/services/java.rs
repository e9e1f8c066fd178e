//! Application servers besides Tomcat (WildFly and JBoss EAP, WebLogic), and switches of Java itself.

use plimsoll_model::Severity;

use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::{load::options, words, xml},
    service::malformed,
};

const BASE: Check = Check::of("java");

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-java-debug",
        severity: Severity::High,
        title: "Java listens for a debugger",
        why: "Whoever reaches the port runs any code in the program.",
        advice: "Remove the `-agentlib:jdwp` option.",
        judge: Judge::Rule(debug),
        fails: &[
            "//- config\nEnv: JAVA_TOOL_OPTIONS=-agentlib:jdwp=transport=dt_socket,server=y,address=*:5005\n",
            "//- config\nCmd: java -agentlib:jdwp=transport=dt_socket,server=y -jar a.jar\n",
        ],
        passes: &["//- config\nCmd: java -jar a.jar\n"],
        ..BASE
    },
    Check {
        id: "baseline-java-jmx",
        severity: Severity::High,
        title: "Java answers JMX requests without a login",
        why: "Whoever reaches the port runs any code in the program.",
        advice: "Set `com.sun.management.jmxremote.authenticate=true` and `ssl=true`, or remove the port.",
        references: &[
            "https://docs.oracle.com/en/java/javase/21/management/monitoring-and-management-using-jmx-technology.html",
        ],
        judge: Judge::Rule(jmx),
        fails: &[
            "//- config\nEnv: JAVA_OPTS=-Dcom.sun.management.jmxremote.port=9010 -Dcom.sun.management.jmxremote.authenticate=false\n",
        ],
        passes: &[
            "//- config\nCmd: java -Dcom.sun.management.jmxremote.authenticate=true -jar a.jar\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-weblogic-production-mode",
        class: "weblogic",
        severity: Severity::High,
        title: "WebLogic runs in development mode",
        why: "It starts without a password of its own, deploys what appears in a folder, and trusts demo certificates.",
        advice: "Write `<production-mode-enabled>true</production-mode-enabled>`.",
        judge: Judge::Rule(weblogic_production),
        fails: &[
            "//- /u01/oracle/user_projects/domains/base/config/config.xml\n<domain><production-mode-enabled>false</production-mode-enabled></domain>\n",
        ],
        passes: &[
            "//- /u01/oracle/user_projects/domains/base/config/config.xml\n<domain><production-mode-enabled>true</production-mode-enabled></domain>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-weblogic-t3",
        class: "weblogic",
        severity: Severity::Medium,
        title: "WebLogic's IIOP is on",
        why: "Its serialised objects have let attackers run code again and again.",
        advice: "Write `<iiop-enabled>false</iiop-enabled>`, and filter T3 by a connection filter.",
        judge: Judge::Rule(weblogic_iiop),
        fails: &[
            "//- /u01/oracle/user_projects/domains/base/config/config.xml\n<domain><server><iiop-enabled>true</iiop-enabled></server></domain>\n",
        ],
        passes: &[
            "//- /u01/oracle/user_projects/domains/base/config/config.xml\n<domain><server><iiop-enabled>false</iiop-enabled></server></domain>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-wildfly-management",
        class: "wildfly",
        severity: Severity::High,
        title: "WildFly's management asks nobody for a password",
        why: "Whoever reaches it runs any program.",
        advice: "Set a security realm or an authentication factory for the interface.",
        judge: Judge::Rule(wildfly_management),
        fails: &[
            "//- /opt/jboss/wildfly/standalone/configuration/standalone.xml\n<server><management><management-interfaces><http-interface><socket-binding http=\"management-http\"/></http-interface></management-interfaces></management></server>\n",
        ],
        passes: &[
            "//- /opt/jboss/wildfly/standalone/configuration/standalone.xml\n<server><management><management-interfaces><http-interface http-authentication-factory=\"f\"/></management-interfaces></management></server>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-wildfly-management-everywhere",
        class: "wildfly",
        severity: Severity::Medium,
        title: "WildFly's management listens everywhere",
        why: "Everybody on the container's networks can try passwords.",
        advice: "Remove `-bmanagement`, or name an address of a network of its own.",
        judge: Judge::Rule(wildfly_everywhere),
        fails: &[
            "//- config\nCmd: /opt/jboss/wildfly/bin/standalone.sh -b 0.0.0.0 -bmanagement 0.0.0.0\n",
        ],
        passes: &["//- config\nCmd: /opt/jboss/wildfly/bin/standalone.sh -b 0.0.0.0\n"],
        ..BASE
    },
];

/// Options of Java in the command and in variables that hold such options.
fn java_options(image: &Image<'_>) -> Vec<(&'static str, String)> {
    let mut out: Vec<(&'static str, String)> = Vec::new();
    for name in [
        "JAVA_OPTS",
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "CATALINA_OPTS",
        "JVM_OPTS",
        "KAFKA_JMX_OPTS",
        "KAFKA_OPTS",
        "ES_JAVA_OPTS",
        "JAVA_ARGS",
    ] {
        if let Some(value) = image.env(name) {
            out.extend(words::split(value).into_iter().map(|word| ("Env", word)));
        }
    }
    out.extend(image.command.iter().map(|word| ("Cmd", word.clone())));
    out
}

fn debug(image: &Image<'_>, answer: &mut Answer) {
    for (field, word) in java_options(image) {
        answer.applies();
        let is_debugger = word.starts_with("-agentlib:jdwp") || word.starts_with("-Xrunjdwp");
        let is_local = word.contains("address=localhost") || word.contains("address=127.");
        if is_debugger && !is_local && word.contains("server=y") {
            answer.fail(Hit::config(field, word.as_str()).setting(
                "jdwp",
                word.as_str(),
                "not set",
            ));
        }
    }
}

fn jmx(image: &Image<'_>, answer: &mut Answer) {
    for (field, word) in java_options(image) {
        answer.applies();
        if word == "-Dcom.sun.management.jmxremote.authenticate=false" {
            answer.fail(Hit::config(field, word.as_str()).setting(
                "jmxremote.authenticate",
                "false",
                "true",
            ));
        }
    }
}

fn elements(
    image: &Image<'_>,
    answer: &mut Answer,
    globs: &[&str],
    visit: &mut dyn FnMut(&mut Answer, &str, &xml::Element),
) {
    for glob in globs {
        for (_, text) in image.matching(glob) {
            match xml::parse(&text.text) {
                Ok(elements) => {
                    answer.applies();
                    for element in &elements {
                        visit(answer, &text.path, element);
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

const WEBLOGIC: &[&str] = &["**/domains/*/config/config.xml"];
const WILDFLY: &[&str] =
    &["**/standalone/configuration/standalone*.xml", "**/domain/configuration/host.xml"];

fn weblogic(image: &Image<'_>, answer: &mut Answer, name: &'static str, bad: &str, expected: &str) {
    elements(image, answer, WEBLOGIC, &mut |answer, path, element| {
        if element.name == name && element.text == bad {
            let hit = Hit::line(path, element.line, format!("<{name}>{bad}</{name}>"))
                .setting(name, bad, expected);
            answer.fail(hit.change(format!(
                "In /{path}, line {}, write `<{name}>{expected}</{name}>`",
                element.line
            )));
        }
    });
}

fn weblogic_production(image: &Image<'_>, answer: &mut Answer) {
    weblogic(image, answer, "production-mode-enabled", "false", "true");
}

fn weblogic_iiop(image: &Image<'_>, answer: &mut Answer) {
    weblogic(image, answer, "iiop-enabled", "true", "false");
}

fn wildfly_management(image: &Image<'_>, answer: &mut Answer) {
    elements(image, answer, WILDFLY, &mut |answer, path, element| {
        let is_interface = matches!(element.name.as_str(), "http-interface" | "native-interface")
            && element.path.contains("management-interfaces");
        let has_login =
            ["security-realm", "http-authentication-factory", "sasl-authentication-factory"]
                .iter()
                .any(|name| element.attribute(name).is_some());
        if is_interface && !has_login {
            answer.fail(Hit::line(path, element.line, format!("<{}>", element.name)).setting(
                "security-realm",
                "not set",
                "a realm or factory",
            ));
        }
    });
}

fn wildfly_everywhere(image: &Image<'_>, answer: &mut Answer) {
    let Some(arguments) = image.arguments(&["standalone.sh", "domain.sh"]) else { return };
    answer.applies();
    for entry in options(arguments) {
        if matches!(entry.name.as_str(), "bmanagement" | "jboss.bind.address.management")
            && entry.value.starts_with("0.0.0.0")
        {
            answer.fail(entry.hit("-bmanagement 127.0.0.1"));
        }
    }
}
