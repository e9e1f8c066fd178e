//! `ENV name value`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-legacy-pair",
    title: "ENV or LABEL without an equals sign",
    class: Class::Style,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "In the old form everything behind the name is the value, `A b C=d` sets one variable. It may be removed.",
    advice: "Write name=value.",
    aliases: &["LegacyKeyValueFormat"],
    references: &[BUILD_CHECKS],
    fails: &["FROM debian:12\nENV NAME some value", "FROM a:1\nLABEL x y"],
    passes: &["FROM debian:12\nENV NAME=\"some value\"", "FROM a:1\nENV A=1 B=2"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Env, Keyword::Label]) {
        let Some(pair) = instruction.pairs.first().filter(|pair| pair.spaced) else { continue };
        let rest = instruction.rest();
        let value = rest.get(pair.name.len()..).unwrap_or_default().trim();
        let hit = hits.on(
            instruction,
            format!("{} {} has no equals sign", instruction.keyword.name(), pair.name),
        );
        let has_quotes = value.contains(['"', '\'', '\\', '`']);
        let is_one_word = !value.contains(char::is_whitespace);
        if has_quotes && !is_one_word || value.is_empty() {
            continue;
        }
        let shown = if is_one_word { value.to_owned() } else { format!("\"{value}\"") };
        hit.corrected(format!("{} {}={shown}", instruction.keyword.name(), pair.name));
        let text = plan.slice(pair.at, pair.end);
        if !text.contains('\n') && text.starts_with(&pair.name) && !instruction.is_trigger {
            hit.edit(pair.at, pair.end, format!("{}={shown}", pair.name));
        }
    }
}
