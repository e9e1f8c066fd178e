//! Jenkins: config.xml of its home folder.

use plimsoll_model::Severity;

use crate::baseline::{
    Answer, Check, Hit, Image, Judge,
    formats::xml::{self, Element},
    service::malformed,
};

const BASE: Check =
    Check { references: &["https://www.jenkins.io/doc/book/security/"], ..Check::of("jenkins") };

const FILES: &[&str] = &[
    "var/jenkins_home/config.xml",
    "var/lib/jenkins/config.xml",
    "usr/share/jenkins/ref/config.xml",
    "opt/bitnami/jenkins/home/config.xml",
];

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-jenkins-agent-protocols",
        severity: Severity::Medium,
        title: "Jenkins speaks old protocols with its agents",
        why: "JNLP 1 to 3 are not encrypted, or broken.",
        advice: "Leave only JNLP4-connect and Ping.",
        judge: Judge::Rule(protocols),
        fails: &[
            "//- /var/jenkins_home/config.xml\n<hudson><enabledAgentProtocols><string>JNLP2-connect</string></enabledAgentProtocols></hudson>\n",
        ],
        passes: &[
            "//- /var/jenkins_home/config.xml\n<hudson><enabledAgentProtocols><string>JNLP4-connect</string></enabledAgentProtocols></hudson>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-jenkins-anonymous",
        severity: Severity::Critical,
        title: "Jenkins lets everybody do everything",
        why: "Visitors run code by its script console.",
        advice: "Choose `Logged-in users can do anything` without anonymous access, or a matrix.",
        judge: Judge::Rule(anonymous),
        fails: &[
            "//- /var/jenkins_home/config.xml\n<hudson><authorizationStrategy class=\"hudson.security.AuthorizationStrategy$Unsecured\"/></hudson>\n",
        ],
        passes: &[
            "//- /var/jenkins_home/config.xml\n<hudson><authorizationStrategy class=\"hudson.security.FullControlOnceLoggedInAuthorizationStrategy\"/></hudson>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-jenkins-built-in-node",
        severity: Severity::Low,
        title: "Jenkins builds on the controller",
        why: "A build reads the credentials and jobs of all others.",
        advice: "Set `<numExecutors>0</numExecutors>`, and build on agents.",
        default: false,
        judge: Judge::Rule(executors),
        fails: &[
            "//- /var/jenkins_home/config.xml\n<hudson><numExecutors>2</numExecutors></hudson>\n",
        ],
        passes: &[
            "//- /var/jenkins_home/config.xml\n<hudson><numExecutors>0</numExecutors></hudson>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-jenkins-csrf",
        severity: Severity::Medium,
        title: "Jenkins accepts requests that other sites make visitors send",
        why: "A page that an administrator looks at changes Jenkins.",
        advice: "Add the crumb issuer, and remove `DISABLE_CSRF_PROTECTION`.",
        judge: Judge::Rule(csrf),
        fails: &[
            "//- /var/jenkins_home/config.xml\n<hudson><useSecurity>true</useSecurity></hudson>\n",
            "//- config\nEnv: JAVA_OPTS=-Dhudson.security.csrf.GlobalCrumbIssuerConfiguration.DISABLE_CSRF_PROTECTION=true\n//- /var/jenkins_home/config.xml\n<hudson><crumbIssuer class=\"x\"/></hudson>\n",
        ],
        passes: &[
            "//- /var/jenkins_home/config.xml\n<hudson><crumbIssuer class=\"hudson.security.csrf.DefaultCrumbIssuer\"/></hudson>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-jenkins-security",
        severity: Severity::Critical,
        title: "Jenkins asks nobody to log in",
        why: "Visitors run code by its script console.",
        advice: "Write `<useSecurity>true</useSecurity>`, and set a realm.",
        judge: Judge::Rule(security),
        fails: &[
            "//- /var/jenkins_home/config.xml\n<hudson><useSecurity>false</useSecurity></hudson>\n",
        ],
        passes: &[
            "//- /var/jenkins_home/config.xml\n<hudson><useSecurity>true</useSecurity></hudson>\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-jenkins-setup-wizard",
        severity: Severity::Medium,
        title: "Jenkins starts without its setup",
        why: "Without the wizard and without a configuration of its own, Jenkins starts open.",
        advice: "Keep the wizard, or bring a configuration that sets realm and authorization (configuration as code).",
        judge: Judge::Rule(wizard),
        fails: &["//- config\nEnv: JAVA_OPTS=-Djenkins.install.runSetupWizard=false\n"],
        passes: &[
            "//- config\nEnv: JAVA_OPTS=-Djenkins.install.runSetupWizard=false\nEnv: CASC_JENKINS_CONFIG=/c.yaml\n",
        ],
        ..BASE
    },
];

fn each(
    image: &Image<'_>,
    answer: &mut Answer,
    visit: &mut dyn FnMut(&mut Answer, &str, &[Element]),
) {
    for glob in FILES {
        for (_, text) in image.matching(glob) {
            match xml::parse(&text.text.replace("version='1.1'", "version='1.0'")) {
                Ok(elements) => {
                    answer.applies();
                    visit(answer, &text.path, &elements);
                }
                Err(error) => {
                    malformed(image, &text.path, &error.to_string());
                    answer.unsure(Some(&text.path), "it could not be read");
                }
            }
        }
    }
}

fn value(
    image: &Image<'_>,
    answer: &mut Answer,
    name: &str,
    bad: impl Fn(&str) -> bool,
    expected: &str,
) {
    each(image, answer, &mut |answer, path, elements| {
        for found in elements.iter().filter(|e| e.name == name && bad(&e.text)) {
            let hit = Hit::line(path, found.line, format!("<{name}>{}</{name}>", found.text));
            let change =
                format!("In /{path}, line {}, write `<{name}>{expected}</{name}>`", found.line);
            answer.fail(hit.setting(name, found.text.as_str(), expected).change(change));
        }
    });
}

fn security(image: &Image<'_>, answer: &mut Answer) {
    value(image, answer, "useSecurity", |text| text == "false", "true");
}

fn executors(image: &Image<'_>, answer: &mut Answer) {
    value(image, answer, "numExecutors", |text| text != "0", "0");
}

fn anonymous(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, path, elements| {
        for found in elements.iter().filter(|e| e.name == "authorizationStrategy") {
            let class = found.attribute("class").unwrap_or_default();
            if class.ends_with("AuthorizationStrategy$Unsecured") {
                answer.fail(Hit::line(path, found.line, class).setting(
                    "authorizationStrategy",
                    class,
                    "users that log in",
                ));
            }
        }
    });
}

fn protocols(image: &Image<'_>, answer: &mut Answer) {
    each(image, answer, &mut |answer, path, elements| {
        for found in elements.iter().filter(|e| e.path.ends_with("enabledAgentProtocols/string")) {
            if matches!(found.text.as_str(), "JNLP-connect" | "JNLP2-connect" | "JNLP3-connect") {
                answer.fail(Hit::line(path, found.line, found.text.as_str()).setting(
                    "enabledAgentProtocols",
                    found.text.as_str(),
                    "JNLP4-connect",
                ));
            }
        }
    });
}

fn csrf(image: &Image<'_>, answer: &mut Answer) {
    const SWITCH: &str = "GlobalCrumbIssuerConfiguration.DISABLE_CSRF_PROTECTION=true";
    each(image, answer, &mut |answer, path, elements| {
        if !elements.iter().any(|e| e.name == "crumbIssuer") {
            answer.fail(Hit::file(path).setting(
                "crumbIssuer",
                "not set",
                "hudson.security.csrf.DefaultCrumbIssuer",
            ));
        }
    });
    if image.env("JAVA_OPTS").is_some_and(|value| value.contains(SWITCH)) {
        answer.fail(Hit::config("Env", SWITCH));
    }
}

fn wizard(image: &Image<'_>, answer: &mut Answer) {
    const SWITCH: &str = "jenkins.install.runSetupWizard=false";
    let set = image.inventory.config.env.iter().any(|line| line.contains(SWITCH))
        || image.command.iter().any(|word| word.contains(SWITCH));
    if !set {
        return;
    }
    answer.applies();
    let configured = image.env("CASC_JENKINS_CONFIG").is_some()
        || FILES.iter().any(|file| image.text(file).is_some());
    if !configured {
        answer.fail(Hit::config("Env", SWITCH));
    }
}
