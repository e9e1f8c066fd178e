//! Two stages of one name.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-duplicate-stage",
    title: "two stages have the same name",
    class: Class::Correctness,
    severity: Severity::High,
    judges: Judges::Dockerfiles,
    why: "Only one of them can be referred to, and builders do not agree on which.",
    advice: "Give each stage a name of its own.",
    aliases: &["DL3024", "DS012", "AVD-DS-0012", "DuplicateStageName"],
    references: &[BUILD_CHECKS],
    fails: &["FROM debian:12 AS a\nFROM alpine:3.20 AS A"],
    passes: &["FROM debian:12 AS a\nFROM alpine:3.20 AS b"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let mut seen = std::collections::HashSet::new();
    for stage in &plan.stages {
        let (Some(name), Some(from)) = (&stage.name, plan.instructions.get(stage.from)) else {
            continue;
        };
        if !seen.insert(name.value.to_ascii_lowercase()) {
            hits.at(from, name.at, format!("an earlier stage is called {}, too", name.value));
        }
    }
}
