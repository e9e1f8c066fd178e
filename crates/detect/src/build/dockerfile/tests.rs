#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::build::{instruction::Keyword, source::LineIndex};

fn shown(text: &str) -> Vec<String> {
    parse(text).instructions.iter().map(Instruction::line).collect()
}

#[test]
fn continued_lines_with_comments_and_empty_ones() {
    let text =
        "FROM a\nRUN apt-get update \\\n  # why\n\n && apt-get \\ \n install b\n# end\nCMD x";
    let file = parse(text);
    assert_eq!(shown(text), ["FROM a", "RUN apt-get update  && apt-get  install b", "CMD x"]);
    assert_eq!(file.instructions[1].empty_lines.len(), 1);
    assert_eq!(
        file.comments.iter().map(|c| (c.text.as_str(), c.is_free)).collect::<Vec<_>>(),
        [("why", false), ("end", true)]
    );
    let install = file.instructions[1].words.iter().find(|w| w.value == "install").unwrap();
    assert_eq!(LineIndex::new(text).position(text, install.at), (6, 2));
    assert_eq!(&text[install.at..install.end], "install");
}

#[test]
fn directives_and_the_escape() {
    let file = parse(
        "# syntax=docker/dockerfile:1\n# escape=`\n\nFROM a\nRUN dir `\n  c:\\\n# escape=\\\n",
    );
    assert_eq!(file.directives.len(), 2);
    assert_eq!(file.instructions[1].line(), "RUN dir   c:\\");
    assert!(file.mistakes.is_empty());
    assert_eq!(parse("# escape=x\nFROM a").mistakes.len(), 1);
    // Behind an empty line it is a comment.
    assert!(parse("\n# escape=`\nFROM a").directives.is_empty());
}

#[test]
fn heredocs() {
    let text = "FROM a\nRUN <<EOF\napt-get update\nFROM x\nEOF\nCOPY <<-one <<two /d/\n\tx\n\tone\ny\ntwo\nCMD z";
    let file = parse(text);
    assert_eq!(file.instructions.len(), 4);
    assert_eq!(file.instructions[1].heredocs[0].body.as_str(), "apt-get update\nFROM x\n");
    let bodies: Vec<_> = file.instructions[2].heredocs.iter().map(|h| h.body.as_str()).collect();
    assert_eq!(bodies, ["x\n", "y\n"]);
    let body = &file.instructions[1].heredocs[0].body;
    assert!(text[body.source(8)..].starts_with("update"));
    assert_eq!(parse("FROM a\nRUN <<EOF\nx").mistakes.len(), 1);
}

#[test]
fn forms() {
    let file = parse(
        "FROM --platform=$BUILDPLATFORM a AS b\nENV A=1 B=\"x y\" C=\\$d\nENV old style value\n\
         ARG one two=2\nCMD [\"a\", \"\\u0041\\n\"]\nCMD [\"a\", 'b']\nHEALTHCHECK --interval=3s CMD [\"x\"]\n\
         ONBUILD RUN --mount=type=cache,target=/x y z",
    );
    let at = |index: usize| &file.instructions[index];
    assert_eq!(at(0).flag("platform").unwrap().value.as_deref(), Some("$BUILDPLATFORM"));
    assert_eq!(at(0).words.len(), 3);
    let pairs: Vec<_> = at(1).pairs.iter().map(|p| (p.name.as_str(), p.value.as_deref())).collect();
    assert_eq!(pairs, [("A", Some("1")), ("B", Some("x y")), ("C", Some("\\$d"))]);
    assert_eq!(
        (at(2).pairs[0].value.as_deref(), at(2).pairs[0].spaced),
        (Some("style value"), true)
    );
    assert_eq!(at(3).pairs.len(), 2);
    assert_eq!(at(4).words[1].value, "A\n");
    assert!(at(4).is_json && !at(5).is_json && at(6).is_json);
    assert_eq!(at(6).words.len(), 2);
    assert_eq!(
        (at(7).keyword, at(8).keyword, at(8).is_trigger),
        (Keyword::OnBuild, Keyword::Run, true)
    );
    assert_eq!(at(8).rest(), "y z");
}

#[test]
fn limits_are_told() {
    let file = parse(&"FROM a\n".repeat(MAX_STAGES + 1));
    assert_eq!(file.instructions.len(), MAX_STAGES);
    assert!(file.mistakes.iter().any(|m| m.is_limit));
    let many = format!("FROM a\n{}", "USER b\n".repeat(MAX_INSTRUCTIONS));
    let file = parse(&many);
    assert_eq!(file.instructions.len(), MAX_INSTRUCTIONS);
    assert!(file.mistakes.iter().any(|m| m.is_limit));
    let long = format!("FROM a\nRUN {}", "ä".repeat(MAX_FILE));
    assert!(parse(&long).mistakes.iter().any(|m| m.is_limit));
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC*") {
        let _ = parse(&text);
    }

    #[test]
    fn places_lie_in_the_file(
        lines in proptest::collection::vec(
            "(FROM|RUN|COPY|ENV|ARG|CMD|ONBUILD RUN|HEALTHCHECK CMD|#|)[ \ta\"'\\\\=\\[\\],<E$(){}|&;ü-]{0,20}", 0..12)
    ) {
        let text = lines.join("\n");
        for instruction in parse(&text).instructions {
            let Place::File { start, end } = instruction.place else { panic!("no place") };
            prop_assert!(start <= end && end <= text.len());
            for word in &instruction.words {
                prop_assert!(word.at <= word.end && word.end <= text.len());
            }
            for pair in &instruction.pairs {
                prop_assert!(pair.at <= pair.end && pair.end <= text.len(), "{pair:?}");
            }
        }
    }
}
