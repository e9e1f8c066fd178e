//! Labels whose names tools may not accept.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-label-key",
    title: "the name of a label is not valid",
    class: Class::Style,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "Names begin and end with a letter or digit, in small letters, with single dots and dashes between; some belong to Docker.",
    advice: "Rename the label.",
    aliases: &["DL3048"],
    references: &["https://docs.docker.com/engine/manage-resources/labels/"],
    fails: &[
        "FROM debian:12\nLABEL +invalid=x",
        "FROM a:1\nLABEL com.docker.x=y",
        "FROM a:1\nLABEL a..b=y",
    ],
    passes: &[
        "FROM debian:12\nLABEL org.opencontainers.image.title=x",
        "FROM a:1\nLABEL a-b_c.d=1 $K=2 Name=x io.k8s.display-name=x",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Label]) {
        for pair in instruction.pairs.iter().filter(|pair| !pair.name.contains('$')) {
            let name = &pair.name;
            let reserved = ["com.docker.", "io.docker.", "org.dockerproject."]
                .iter()
                .any(|prefix| name.starts_with(prefix));
            let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            let is_valid = is_end(name.chars().next())
                && is_end(name.chars().last())
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'))
                && !name.contains("..")
                && !name.contains("--");
            if reserved || !is_valid {
                hits.at(
                    instruction,
                    pair.at,
                    format!(
                        "LABEL {name} is {}",
                        if reserved { "reserved for Docker" } else { "no valid name" }
                    ),
                );
            }
        }
    }
}
