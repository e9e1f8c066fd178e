//! Comments that are to describe a stage or an argument.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-description",
    title: "the comment above a stage or an argument does not name it",
    class: Class::Style,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    by_default: false,
    why: "`docker build --call=outline` shows such a comment as a description only when it begins with the name.",
    advice: "Begin the comment with the name, or put an empty line below it.",
    aliases: &["InvalidDefinitionDescription"],
    references: &[BUILD_CHECKS],
    fails: &["# the first stage\nFROM debian:12 AS build"],
    passes: &[
        "# build makes it\nFROM debian:12 AS build",
        "# a comment\n\nFROM debian:12 AS build",
    ],
    run,
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::From, Keyword::Arg]) {
        let name = match instruction.keyword {
            Keyword::Arg => instruction.pairs.first().map(|pair| pair.name.as_str()),
            _ => instruction.words.get(2).map(|word| word.value.as_str()),
        };
        let Some(name) = name else { continue };
        let line = plan.lines.line(instruction.start());
        let above = plan
            .comments
            .iter()
            .find(|comment| comment.is_free && plan.lines.line(comment.at) + 1 == line);
        if let Some(comment) = above
            && comment.text.split_whitespace().next() != Some(name)
        {
            hits.place(comment.at, format!("the comment does not begin with {name}"));
        }
    }
}
