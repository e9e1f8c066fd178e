//! Images that say nothing of their health.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-healthcheck-missing",
    title: "no HEALTHCHECK",
    class: Class::Correctness,
    severity: Severity::Negligible,
    why: "An engine then only sees whether the process lives, not whether it answers. Kubernetes has probes of its own and does not look at it.",
    advice: "Add `HEALTHCHECK CMD …`, or `HEALTHCHECK NONE` where the platform checks.",
    aliases: &["DL3057", "DS026", "AVD-DS-0026", "CIS-DI-0006", "CIS 4.6"],
    references: &["https://docs.docker.com/reference/dockerfile/#healthcheck"],
    fails: &["FROM debian:12\nCMD [\"app\"]"],
    passes: &[
        "FROM debian:12\nHEALTHCHECK CMD curl -f http://localhost/ || exit 1",
        "FROM a:1 AS b\nHEALTHCHECK NONE\nFROM b\nRUN x",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    if let Some(config) = plan.config {
        if config.healthcheck.is_none() {
            hits.whole("");
        }
        return;
    }
    let Some(last) = plan.last_stage() else { return };
    if plan.last_in(last, Keyword::Healthcheck).is_none()
        && let Some(from) =
            plan.stages.get(last).and_then(|stage| plan.instructions.get(stage.from))
    {
        hits.on(from, "");
    }
}
