//! What a builder refuses, or skips without a word.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-parse-error",
    title: "the Dockerfile cannot be built as it is written",
    class: Class::Correctness,
    severity: Severity::High,
    judges: Judges::Dockerfiles,
    why: "A builder stops at what it cannot read, and whatever stands behind it is neither built nor judged.",
    advice: "Mend the instruction.",
    aliases: &["DL1000"],
    references: &[REFERENCE],
    fails: &[
        "FROM debian:12\nRNU apt-get update",
        "FROM debian:12\nCOPY onlyone",
        "FROM debian:12\nRUN <<EOF\necho",
        "FROM debian:12\nENV A=1 B",
        "FROM debian:12\nRUN --mount",
        "FROM\nRUN true",
        "FROM a:1 as",
        "# nothing but a comment",
        "# escape=x\nFROM a:1",
        "FROM a:1\nSHELL bash",
        "FROM a:1\nCOPY --frm=x a b",
    ],
    passes: &[
        "FROM debian:12\nRUN apt-get update",
        "FROM debian:12\nCOPY <<EOF /x\ny\nEOF\nENV A=1 B=2\nRUN --network=none true",
    ],
    run,
    ..Check::BASE
};

/// Flags that each instruction knows (Dockerfile reference, frontend 1.x and labs).
fn known_flags(keyword: Keyword) -> &'static [&'static str] {
    match keyword {
        Keyword::From => &["platform"],
        Keyword::Copy => &["from", "chown", "chmod", "link", "parents", "exclude"],
        Keyword::Add => {
            &["keep-git-dir", "checksum", "chown", "chmod", "link", "exclude", "unpack", "from"]
        }
        Keyword::Run => &["mount", "network", "security", "device"],
        Keyword::Healthcheck => {
            &["interval", "timeout", "start-period", "start-interval", "retries"]
        }
        _ => &[],
    }
}

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for mistake in plan.mistakes.iter().filter(|mistake| !mistake.is_limit) {
        hits.place(mistake.at, mistake.message.clone());
    }
    if plan.stages.is_empty() && !plan.text.is_empty() {
        hits.whole("there is no FROM");
    }
    for instruction in &plan.instructions {
        for flag in &instruction.flags {
            if !known_flags(instruction.keyword).contains(&flag.name.as_str()) {
                let message =
                    format!("{} knows no flag --{}", instruction.keyword.name(), flag.name);
                hits.at(instruction, flag.at, message);
            } else if flag.value.is_none()
                && !matches!(flag.name.as_str(), "link" | "parents" | "keep-git-dir" | "unpack")
            {
                hits.at(instruction, flag.at, format!("--{} needs a value", flag.name));
            }
        }
        if let Some(message) = wrong(instruction) {
            hits.on(instruction, message);
        }
    }
}

fn wrong(instruction: &Instruction) -> Option<String> {
    let name = instruction.keyword.name();
    let words = instruction.words.len();
    let rest = instruction.rest();
    let message = match instruction.keyword {
        Keyword::Unknown => {
            let written: String = instruction.written.chars().take(30).collect();
            match Keyword::nearest(&instruction.written) {
                Some(near) => format!("there is no instruction `{written}`; {near} is meant?"),
                None => format!("there is no instruction `{written}`"),
            }
        }
        Keyword::From if !matches!(words, 1 | 3) => "FROM needs an image, and AS a name".to_owned(),
        Keyword::From if words == 3 && !instruction.words[1].value.eq_ignore_ascii_case("as") => {
            "FROM takes one image, and then only AS and a name".to_owned()
        }
        Keyword::Copy | Keyword::Add if words < 2 && instruction.heredocs.is_empty() => {
            format!("{name} needs a source and a destination")
        }
        Keyword::Env | Keyword::Label if instruction.pairs.is_empty() => {
            format!("{name} needs a name and a value")
        }
        Keyword::Env | Keyword::Label
            if instruction.pairs.iter().any(|pair| {
                pair.value.is_none() || (pair.spaced && pair.value.as_deref() == Some(""))
            }) =>
        {
            format!("{name} needs a value for each name")
        }
        Keyword::Env | Keyword::Arg
            if instruction.pairs.iter().any(|pair| pair.name.is_empty()) =>
        {
            format!("{name} needs a name")
        }
        Keyword::Shell if !instruction.is_json || words == 0 => {
            "SHELL must be in the JSON form".to_owned()
        }
        Keyword::StopSignal | Keyword::User if words != 1 && !rest.contains(['"', '$']) => {
            format!("{name} takes one word")
        }
        Keyword::Arg if instruction.pairs.is_empty() => "ARG needs a name".to_owned(),
        Keyword::Run
            if rest.is_empty()
                && instruction.heredocs.is_empty()
                && instruction.flags.is_empty() =>
        {
            "RUN needs a command".to_owned()
        }
        Keyword::Expose
        | Keyword::Volume
        | Keyword::Workdir
        | Keyword::OnBuild
        | Keyword::Maintainer
        | Keyword::Healthcheck
            if rest.is_empty() =>
        {
            format!("{name} needs an argument")
        }
        Keyword::Healthcheck
            if !instruction.words.first().is_some_and(|word| {
                word.value.eq_ignore_ascii_case("cmd") || word.value.eq_ignore_ascii_case("none")
            }) =>
        {
            "HEALTHCHECK needs CMD or NONE".to_owned()
        }
        _ => return None,
    };
    Some(message)
}
