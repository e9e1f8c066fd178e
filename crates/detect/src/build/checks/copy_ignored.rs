//! Files that `.dockerignore` leaves out of the build.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-ignored",
    title: "a file is copied that .dockerignore leaves out",
    class: Class::Correctness,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "The builder never gets the file: the instruction fails, or copies less than it says.",
    advice: "Take the line out of .dockerignore, take it back with `!`, or drop the instruction.",
    aliases: &["CopyIgnoredFile"],
    references: &[
        "https://docs.docker.com/build/concepts/context/#dockerignore-files",
        BUILD_CHECKS,
    ],
    fails: &["FROM debian:12\nCOPY left-out/x.txt /app/", "FROM a:1\nADD a.ignored b /app/"],
    passes: &[
        "FROM debian:12\nCOPY src/left-out /app/",
        "FROM a:1 AS b\nFROM a:1\nCOPY --from=b left-out /app/",
        "FROM a:1\nADD https://example.com/a.ignored /app/\nCOPY <<EOF left-out\nx\nEOF",
        "FROM a:1\nCOPY . /app/",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let Some(ignore) = &plan.options.dockerignore else { return };
    for instruction in plan.of(&[Keyword::Copy, Keyword::Add]) {
        if instruction.flag("from").is_some() {
            continue;
        }
        for source in instruction.sources() {
            // Addresses and repositories are no files of the context; a variable may be anything.
            if add::is_remote(&source.value) || source.value.contains('$') {
                continue;
            }
            if let Some(pattern) = ignore.excludes(&source.value) {
                let message =
                    format!("{} is left out by `{pattern}` of .dockerignore", source.value);
                hits.at(instruction, source.at, message);
            }
        }
    }
}
