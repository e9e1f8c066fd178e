//! Images with the tag `latest`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-latest-tag",
    title: "the base image has the tag latest",
    class: Class::Pinning,
    severity: Severity::Medium,
    judges: Judges::Dockerfiles,
    why: "The tag moves: the next build may begin with another release of the distribution.",
    advice: "Name a version, best with its digest.",
    aliases: &["DL3007", "DS001", "AVD-DS-0001", "DKL-DI-0006"],
    references: &["https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"],
    fails: &["FROM debian:latest", "ARG V=latest\nFROM debian:$V"],
    passes: &[
        "FROM debian:12.6",
        "FROM debian:latest@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        "FROM a:1 AS latest\nFROM latest",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (stage, from) in stages(plan) {
        let image = image_of(stage);
        if stage.parent.is_none() && tag(image) == Some("latest") && !image.contains('@') {
            hits.at(
                from,
                from.words.first().map_or(from.start(), |word| word.at),
                format!("{image} moves with every release"),
            );
        }
    }
}
