//! From hits of checks to findings.

use plimsoll_model::{Confidence, Detection, PlacedDetection, RiskKind, Sighting};

use super::{
    Found, Suppressed,
    check::{Check, Hit},
    ignore::{self, Form, IgnoreComment},
    instruction::{Instruction, Place},
    plan::{Origin, Plan},
    secret,
};

/// Longest excerpt of an instruction.
const MAX_EXCERPT: usize = 200;

/// Longest message.
const MAX_MESSAGE: usize = 300;

/// Makes a finding of a hit.
pub(super) fn found(
    plan: &Plan<'_>,
    check: &Check,
    hit: Hit,
    path: Option<&str>,
    comments: &[IgnoreComment],
) -> Found {
    let instruction = hit.instruction.and_then(|index| plan.instructions.get(index));
    let aliases = hit.aliases.unwrap_or(check.aliases);
    let mut detection = Detection::new(
        RiskKind::BuildInstruction,
        check.id,
        hit.severity.unwrap_or(check.severity),
    );
    detection.aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    detection.class = check.class.name().to_owned();
    detection.confidence = hit.confidence;
    detection.references = check.references.iter().map(|r| (*r).to_owned()).collect();
    detection.title = if hit.message.is_empty() {
        check.title.to_owned()
    } else {
        hide(plan, instruction, &hit, one_line(&hit.message, MAX_MESSAGE))
    };
    detection.description = check.why.to_owned();
    detection.advice = match &hit.corrected {
        Some(corrected) => {
            let shown = hide(plan, instruction, &hit, one_line(corrected, MAX_EXCERPT));
            format!("{} Write `{shown}`.", check.advice)
        }
        None => check.advice.to_owned(),
    };
    let mut placed = PlacedDetection {
        detection,
        path: path.map(str::to_owned),
        config_field: None,
        layer: None,
        hidden_by: None,
        owner: None,
    };
    place_in(plan, instruction, &hit, &mut placed);
    let mut suppressed = by_comment(plan, check, aliases, &hit, comments);
    if let Some(base) = instruction.and_then(|instruction| instruction.of_base.as_ref()) {
        if base.confidence == Confidence::High {
            suppressed = Some(Suppressed::BaseImage { reason: base.reason.to_owned() });
        } else {
            placed.detection.description = format!(
                "Probably an instruction of the base image ({}). {}",
                base.reason, check.why
            );
        }
    }
    Found { placed, suppressed, edits: hit.edits }
}

fn place_in(
    plan: &Plan<'_>,
    instruction: Option<&Instruction>,
    hit: &Hit,
    placed: &mut PlacedDetection,
) {
    let mut sighting = Sighting::default();
    if let Some(instruction) = instruction {
        sighting.text =
            hide(plan, Some(instruction), hit, one_line(&instruction.line(), MAX_EXCERPT));
        match instruction.place {
            Place::File { start, .. } => {
                let (line, column) = plan.position(hit.at.unwrap_or(start));
                (sighting.line, sighting.column) = (Some(line), Some(column));
            }
            Place::History { entry, layer } => {
                placed.config_field = Some(format!("history[{entry}]"));
                placed.layer = layer;
            }
        }
    } else if let Some(at) = hit.at {
        let (line, column) = plan.position(at);
        let (start, end) = plan.line_range(at);
        sighting.text = one_line(plan.slice(start, end), MAX_EXCERPT);
        (sighting.line, sighting.column) = (Some(line), Some(column));
    } else if plan.origin == Origin::Dockerfile {
        (sighting.line, sighting.column) = (Some(1), Some(1));
    } else {
        placed.config_field = Some("history".to_owned());
    }
    placed.detection.sightings.push(sighting);
}

/// Replaces what must not be shown: what the check names, and every variable that looks like a secret.
fn hide(plan: &Plan<'_>, instruction: Option<&Instruction>, hit: &Hit, text: String) -> String {
    let mut text = text;
    for secret in &hit.secrets {
        text = text.replace(secret.as_str(), &secret::masked(secret));
    }
    for pair in instruction.iter().flat_map(|instruction| &instruction.pairs).take(64) {
        let value = pair.value.as_deref().unwrap_or_default();
        if value.len() > 3 && plan.options.looks_secret(&pair.name, value).is_some() {
            text = text.replace(value, &secret::masked(value));
        }
    }
    // An address with a password may stand anywhere.
    let words: Vec<String> = text
        .split(' ')
        .map(|word| match secret::value_is_secret(word) {
            Some(_) => secret::masked(word),
            None => word.to_owned(),
        })
        .collect();
    words.join(" ")
}

/// On one line, without control characters, cut.
fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut was_space = false;
    for (count, c) in text.trim().chars().enumerate() {
        if count >= most * 4 || line.chars().count() >= most {
            line.push('…');
            break;
        }
        let is_space = c.is_whitespace();
        if is_space {
            if !was_space {
                line.push(' ');
            }
        } else if !c.is_control() {
            line.push(c);
        }
        was_space = is_space;
    }
    line
}

fn by_comment(
    plan: &Plan<'_>,
    check: &Check,
    aliases: &[&str],
    hit: &Hit,
    comments: &[IgnoreComment],
) -> Option<Suppressed> {
    let comment = comments.iter().find(|comment| {
        let about = comment.instruction.is_none()
            || same_instruction(plan, comment.instruction, hit.instruction);
        about && ignore::names(comment, check, aliases)
    })?;
    let form = match comment.form {
        Form::Hadolint => "an ignore comment of hadolint",
        Form::Docker => "a check directive of Docker",
        Form::Trivy => "an ignore comment of Trivy",
        Form::Plimsoll => "an ignore comment",
    };
    let reason = if comment.reason.is_empty() { form.to_owned() } else { comment.reason.clone() };
    Some(Suppressed::Comment {
        line: plan.position(comment.at).0,
        reason: one_line(&reason, MAX_MESSAGE),
    })
}

/// A comment about an `ONBUILD` is about its trigger.
fn same_instruction(plan: &Plan<'_>, comment: Option<usize>, hit: Option<usize>) -> bool {
    let (Some(comment), Some(hit)) = (comment, hit) else { return false };
    let is_trigger = plan.instructions.get(hit).is_some_and(|instruction| instruction.is_trigger);
    hit == comment || (is_trigger && hit == comment + 1)
}

/// Where an instruction stands, for people.
pub(super) fn place(plan: &Plan<'_>, instruction: &Instruction) -> String {
    match instruction.place {
        Place::File { start, .. } => format!("line {}", plan.position(start).0),
        Place::History { entry, .. } => format!("history[{entry}]"),
    }
}

/// By place, then by rule.
pub(super) fn order(_: &Plan<'_>, found: &Found) -> (usize, u32, u32, String) {
    let placed = &found.placed;
    let entry = placed
        .config_field
        .as_deref()
        .and_then(|field| field.strip_prefix("history[")?.strip_suffix(']')?.parse().ok());
    let sighting = placed.detection.sightings.first();
    let line = sighting.and_then(|s| s.line).unwrap_or_default();
    let column = sighting.and_then(|s| s.column).unwrap_or_default();
    (entry.unwrap_or_default(), line, column, placed.detection.rule.clone())
}
