//! `FROM` with a variable that has no value.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-undefined-arg-in-from",
    title: "FROM uses a variable that has no value",
    class: Class::Correctness,
    severity: Severity::Medium,
    judges: Judges::Dockerfiles,
    why: "FROM sees only the ARGs above the first FROM. Without a value the image name is cut short, or another image altogether.",
    advice: "Declare the ARG with a default above the first FROM.",
    aliases: &["UndefinedArgInFrom", "InvalidDefaultArgInFrom"],
    references: &[BUILD_CHECKS],
    fails: &[
        "FROM debian:${VERSION}",
        "ARG VERSION\nFROM debian:${VERSION}",
        "FROM a:1\nARG V=1\nFROM b:$V",
    ],
    passes: &[
        "ARG VERSION=12\nFROM debian:${VERSION}",
        "FROM --platform=$BUILDPLATFORM debian:12",
        "FROM debian:${V:-12}",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let globals = plan.global_args();
    for stage in &plan.stages {
        let (Some(image), Some(from)) = (&stage.image, plan.instructions.get(stage.from)) else {
            continue;
        };
        for used in variables::uses(&image.value) {
            if used.has_default
                || variables::PLATFORM.contains(&used.name)
                || variables::PREDEFINED.contains(&used.name)
            {
                continue;
            }
            match globals.get(used.name) {
                None => {
                    hits.at(
                        from,
                        image.at,
                        format!("no ARG above the first FROM declares {}", used.name),
                    )
                    .aliases(&["UndefinedArgInFrom"]);
                }
                Some(None) => {
                    hits.at(
                        from,
                        image.at,
                        format!(
                            "ARG {} has no default: without --build-arg there is no image",
                            used.name
                        ),
                    )
                    .severity(Severity::Low)
                    .aliases(&["InvalidDefaultArgInFrom"]);
                }
                Some(Some(_)) => {}
            }
        }
    }
}
