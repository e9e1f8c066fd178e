//! Node.js, and other programs that have a mode for development.

use plimsoll_model::Severity;

use crate::baseline::{Answer, Check, Hit, Image, Judge, formats::load::options};

const BASE: Check = Check::of("node");

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-node-environment",
        severity: Severity::Low,
        title: "Node.js runs in development mode",
        why: "Frameworks such as Express show stack traces to visitors and cache nothing.",
        advice: "Set `ENV NODE_ENV=production`.",
        references: &["https://expressjs.com/en/advanced/best-practice-performance.html"],
        judge: Judge::Rule(environment),
        fails: &["//- config\nEnv: NODE_ENV=development\nCmd: node a.js\n"],
        passes: &["//- config\nEnv: NODE_ENV=production\nCmd: node a.js\n"],
        ..BASE
    },
    Check {
        id: "baseline-node-inspect",
        severity: Severity::High,
        title: "Node.js listens for a debugger on the network",
        why: "Whoever reaches the port runs any code in the program.",
        advice: "Remove `--inspect`.",
        references: &["https://nodejs.org/en/learn/getting-started/debugging"],
        judge: Judge::Rule(inspect),
        fails: &[
            "//- config\nCmd: node --inspect=0.0.0.0:9229 a.js\n",
            "//- config\nEnv: NODE_OPTIONS=--inspect-brk=0.0.0.0\n",
        ],
        passes: &["//- config\nCmd: node a.js\n"],
        ..BASE
    },
    Check {
        id: "baseline-program-debug",
        class: "environment",
        severity: Severity::Medium,
        title: "a web framework runs in debugging mode",
        why: "Its error pages show code and settings, and some let visitors run code.",
        advice: "Remove the variable, or set it to false.",
        judge: Judge::Rule(debug),
        fails: &[
            "//- config\nEnv: FLASK_DEBUG=1\n",
            "//- config\nEnv: APP_DEBUG=true\n",
            "//- config\nEnv: ASPNETCORE_ENVIRONMENT=Development\n",
        ],
        passes: &["//- config\nEnv: FLASK_DEBUG=0\n"],
        ..BASE
    },
];

fn environment(image: &Image<'_>, answer: &mut Answer) {
    let Some(value) = image.env("NODE_ENV") else { return };
    answer.applies();
    if value.eq_ignore_ascii_case("development") || value.eq_ignore_ascii_case("dev") {
        let hit = Hit::config("Env", format!("NODE_ENV={value}"));
        answer.fail(
            hit.setting("NODE_ENV", value, "production").change("Set `ENV NODE_ENV=production`"),
        );
    }
}

fn inspect(image: &Image<'_>, answer: &mut Answer) {
    let is_open = |name: &str, value: &str| {
        name.starts_with("inspect")
            && super::super::service::is_everywhere(value)
            && !value.is_empty()
    };
    if let Some(arguments) = image.arguments(&["node", "nodejs", "nodemon", "ts-node"]) {
        answer.applies();
        for entry in options(arguments).iter().filter(|e| is_open(&e.name, &e.value)) {
            answer.fail(entry.hit("no --inspect"));
        }
    }
    if let Some(value) = image.env("NODE_OPTIONS") {
        answer.applies();
        let words: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
        if options(&words).iter().any(|e| is_open(&e.name, &e.value)) {
            answer.fail(Hit::config("Env", format!("NODE_OPTIONS={value}")).setting(
                "NODE_OPTIONS",
                value,
                "no --inspect",
            ));
        }
    }
}

fn debug(image: &Image<'_>, answer: &mut Answer) {
    const SWITCHES: &[(&str, &[&str])] = &[
        ("FLASK_DEBUG", &["1", "true", "on"]),
        ("FLASK_ENV", &["development"]),
        ("DJANGO_DEBUG", &["1", "true", "on"]),
        ("APP_DEBUG", &["1", "true", "on"]),
        ("RAILS_ENV", &["development"]),
        ("ASPNETCORE_ENVIRONMENT", &["development"]),
        ("DOTNET_ENVIRONMENT", &["development"]),
        ("GIN_MODE", &["debug"]),
        ("WP_DEBUG", &["1", "true"]),
    ];
    if !image.inventory.config.env.is_empty() {
        answer.applies();
    }
    for (name, bad) in SWITCHES {
        if let Some(value) =
            image.env(name).filter(|value| bad.contains(&value.to_ascii_lowercase().as_str()))
        {
            answer.fail(Hit::config("Env", format!("{name}={value}")).setting(*name, value, "off"));
        }
    }
}
