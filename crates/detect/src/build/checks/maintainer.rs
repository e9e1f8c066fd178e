//! `MAINTAINER`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-maintainer",
    title: "MAINTAINER is deprecated",
    class: Class::Style,
    severity: Severity::Low,
    why: "Docker deprecated MAINTAINER in 2017; a label does the same and can be queried.",
    advice: "Use `LABEL org.opencontainers.image.authors`.",
    aliases: &["DL4000", "DS022", "AVD-DS-0022", "MaintainerDeprecated"],
    references: &[
        "https://docs.docker.com/reference/dockerfile/#maintainer-deprecated",
        BUILD_CHECKS,
    ],
    fails: &["FROM debian:12\nMAINTAINER Jane Doe <jane@example.com>"],
    passes: &[
        "FROM debian:12\nLABEL org.opencontainers.image.authors=\"Jane Doe <jane@example.com>\"",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Maintainer]) {
        let rest = instruction.rest();
        let name = rest.trim_matches(['"', '\'']).replace('\\', "\\\\").replace('"', "\\\"");
        let label = format!("LABEL org.opencontainers.image.authors=\"{name}\"");
        let hit = hits.on(instruction, "");
        hit.corrected(label.clone());
        if let Some((start, end)) = plan.range(instruction)
            && !rest.is_empty()
            && !plan.slice(start, end).contains('\n')
            && !name.contains('$')
        {
            hit.edit(start, end, label);
        }
    }
}
