//! Images without a tag.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-untagged-image",
    title: "the base image has no tag",
    class: Class::Pinning,
    severity: Severity::Medium,
    judges: Judges::Dockerfiles,
    why: "Without a tag latest is meant, and it moves: the next build may begin with another release of the distribution.",
    advice: "Name a version, best with its digest.",
    aliases: &["DL3006", "DS001", "AVD-DS-0001"],
    references: &["https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"],
    fails: &["FROM debian", "FROM localhost:5000/x", "ARG I=debian\nFROM $I"],
    passes: &[
        "FROM debian:12.6",
        "FROM scratch",
        "FROM a:1 AS b\nFROM b",
        "FROM a@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        "FROM $IMAGE",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (stage, from) in stages(plan) {
        let image = image_of(stage);
        let is_open =
            image.is_empty() || image.contains('$') || image == "scratch" || image.contains('@');
        if stage.parent.is_none() && !is_open && tag(image).is_none() {
            hits.at(
                from,
                from.words.first().map_or(from.start(), |word| word.at),
                format!("{image} has no tag, which means latest"),
            );
        }
    }
}
