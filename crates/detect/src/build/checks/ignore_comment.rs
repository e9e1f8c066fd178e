//! Ignore comments themselves.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-ignore-comment",
    title: "an ignore comment sets findings aside",
    class: Class::Style,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    by_default: false,
    why: "Some teams want exceptions in one place that is reviewed, not in the files.",
    advice: "Move the exception to the ignore file.",
    aliases: &["DL1001"],
    references: &[],
    fails: &[
        "# hadolint ignore=DL3006\nFROM debian",
        "FROM a:1\n# plimsoll ignore=build-sudo needed\nRUN sudo x",
    ],
    passes: &["# a comment\nFROM debian:12"],
    run,
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for comment in crate::build::ignore::comments(plan) {
        hits.place(comment.at, format!("sets {} aside", comment.ids.join(", ")));
    }
}
