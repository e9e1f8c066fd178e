//! The reference of all checks for people, written from the checks themselves.

use super::{Check, Judge, catalogue};

/// `docs/baseline-checks.md`.
#[must_use]
pub fn document() -> String {
    let mut out = String::from(
        "# Baseline checks\n\nWritten from the checks by `PLIMSOLL_BLESS=1 cargo test -p plimsoll-detect`; do not edit. \
         What they are and how to choose among them: [baseline.md](baseline.md).\n",
    );
    let mut checks: Vec<&Check> = catalogue::all().collect();
    checks.sort_by_key(|check| (check.class, check.id));
    out.push_str(&format!(
        "\n{} checks, {} of them in the default catalogue.\n",
        checks.len(),
        checks.iter().filter(|c| c.default).count()
    ));
    let mut class = "";
    for check in checks {
        if check.class != class {
            class = check.class;
            out.push_str(&format!("\n## {class}\n"));
        }
        let catalogue = if check.default { "default" } else { "full" };
        out.push_str(&format!(
            "\n### {}\n\n{} · {} · {catalogue}",
            check.id, check.title, check.severity
        ));
        if !check.aliases.is_empty() {
            out.push_str(&format!(" · also {}", check.aliases.join(", ")));
        }
        out.push_str(&format!("\n\n{}\n\n{}\n", check.why, check.advice));
        if let Judge::Setting(rule) = check.judge {
            let files: Vec<String> =
                rule.service.files.iter().map(|file| format!("`/{file}`")).collect();
            let names: Vec<String> = rule.names.iter().map(|name| format!("`{name}`")).collect();
            out.push_str(&format!("\nSetting {}", names.join(" or ")));
            if !files.is_empty() {
                out.push_str(&format!(" in {}", files.join(", ")));
            }
            if !rule.env.is_empty() {
                let env: Vec<String> = rule.env.iter().map(|name| format!("`{name}`")).collect();
                out.push_str(&format!(", or the variable {}", env.join(", ")));
            }
            out.push_str(&format!("; write `{}`.\n", rule.write));
        }
        for reference in check.references {
            out.push_str(&format!("\n<{reference}>\n"));
        }
    }
    out
}
