//! Variables that nothing sets.

use std::collections::{HashMap, HashSet};

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-undefined-variable",
    title: "a variable is used that nothing sets",
    class: Class::Correctness,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "It expands to nothing, so that a path or a version silently changes. An ARG of another stage, or from above FROM, has to be declared again.",
    advice: "Declare it with ARG or ENV in this stage, or mend its name.",
    aliases: &["UndefinedVar"],
    references: &[BUILD_CHECKS],
    fails: &[
        "ARG VERSION=1\nFROM debian:12\nENV V=$VERSION",
        "FROM debian:12\nARG DIRECTORY=/x\nWORKDIR $DIRECTROY",
        "FROM scratch\nCOPY x $TO",
        "FROM debian:12\nENV ARCH=$TARGETARCH",
    ],
    passes: &[
        "FROM debian:12\nARG VERSION=1\nENV V=$VERSION",
        "FROM debian:12\nENV PATH=/x:$PATH\nWORKDIR $JAVA_HOME\nCOPY x ${TO:-/y}",
        "FROM debian:12\nARG TARGETARCH\nENV A=$TARGETARCH",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let globals = plan.global_args();
    // What is declared anywhere: using it where it is not is a slip, whatever the base image sets.
    let declared: HashSet<&str> = plan
        .of(&[Keyword::Arg, Keyword::Env])
        .flat_map(|instruction| instruction.pairs.iter().map(|pair| pair.name.as_str()))
        .collect();
    let mut at_end: HashMap<usize, HashSet<String>> = HashMap::new();
    for (index, stage) in plan.stages.iter().enumerate() {
        // `ENV`s are inherited, and to be sure of no false alarm `ARG`s are taken to be, too.
        let mut known =
            stage.parent.and_then(|parent| at_end.get(&parent).cloned()).unwrap_or_default();
        let is_scratch = plan.root_image(index) == Some("scratch");
        for instruction in plan.in_stage(index) {
            for used in expanded(instruction) {
                let name = used.name;
                if known.contains(name)
                    || used.has_default
                    || name == "PATH"
                    || variables::PREDEFINED.contains(&name)
                {
                    continue;
                }
                let is_slip = globals.contains_key(name) || declared.contains(name);
                let near = near(name, &known);
                if is_slip || is_scratch || near.is_some() {
                    let message = match near {
                        Some(near) if !is_slip => {
                            format!("${name} is not set here; ${near} is meant?")
                        }
                        _ => format!("${name} is not set in this stage"),
                    };
                    hits.on(instruction, message).confidence(Confidence::Medium);
                }
            }
            if matches!(instruction.keyword, Keyword::Arg | Keyword::Env) {
                known.extend(instruction.pairs.iter().map(|pair| pair.name.clone()));
            }
        }
        at_end.insert(index, known);
    }
}

/// The variables that a builder expands in an instruction.
fn expanded(instruction: &Instruction) -> Vec<variables::Use<'_>> {
    use Keyword::{Add, Copy, Env, Expose, Label, StopSignal, User, Volume, Workdir};
    match instruction.keyword {
        Add | Copy if !instruction.heredocs.is_empty() => Vec::new(),
        Add | Copy | Env | Expose | Label | StopSignal | User | Volume | Workdir => {
            variables::uses(instruction.args.as_str())
        }
        _ => Vec::new(),
    }
}

/// A known name that this one may be a slip of.
fn near<'k>(name: &str, known: &'k HashSet<String>) -> Option<&'k str> {
    if name.len() < 5 || known.len() > 100 {
        return None;
    }
    let mut near: Vec<&str> = known
        .iter()
        .filter(|other| {
            other.len().abs_diff(name.len()) <= 1 && strsim::damerau_levenshtein(other, name) == 1
        })
        // PYTHON2 is no slip of PYTHON3.
        .filter(|other| {
            !other.ends_with(|c: char| c.is_ascii_digit())
                && !name.ends_with(|c: char| c.is_ascii_digit())
        })
        .map(String::as_str)
        .collect();
    near.sort_unstable();
    near.first().copied()
}
