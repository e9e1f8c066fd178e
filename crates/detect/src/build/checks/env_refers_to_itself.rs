//! Variables of one `ENV` do not see each other.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-env-refers-to-itself",
    title: "ENV uses a variable that the same instruction sets",
    class: Class::Correctness,
    severity: Severity::Medium,
    judges: Judges::Dockerfiles,
    why: "All variables of one ENV are expanded with the values from before it: the new value is not seen.",
    advice: "Set the variable in an ENV of its own, above.",
    aliases: &["DL3044"],
    references: &["https://docs.docker.com/reference/dockerfile/#environment-replacement"],
    fails: &["FROM debian:12\nENV A=/a B=$A/b"],
    passes: &[
        "FROM debian:12\nENV A=/a\nENV B=$A/b",
        "FROM a:1\nENV PATH=/x:$PATH",
        "FROM a:1\nARG A\nENV A=$A B=$A",
        "FROM a:1\nENV A=1\nENV A=2 B=$A",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let mut known = std::collections::HashSet::new();
    for instruction in plan.of(&[Keyword::From, Keyword::Env, Keyword::Arg]) {
        if instruction.keyword == Keyword::From {
            known.clear();
            continue;
        }
        if instruction.keyword == Keyword::Env {
            let own: std::collections::HashSet<&str> =
                instruction.pairs.iter().map(|pair| pair.name.as_str()).collect();
            for pair in &instruction.pairs {
                for used in variables::uses(pair.value.as_deref().unwrap_or_default()) {
                    if own.contains(used.name)
                        && used.name != pair.name
                        && !known.contains(used.name)
                    {
                        hits.at(
                            instruction,
                            pair.at,
                            format!(
                                "{} is set from ${}, which the same ENV sets",
                                pair.name, used.name
                            ),
                        );
                    }
                }
            }
        }
        known.extend(instruction.pairs.iter().map(|pair| pair.name.clone()));
    }
}
