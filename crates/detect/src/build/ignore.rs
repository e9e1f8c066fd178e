//! Comments that set findings aside: hadolint's, Docker's, Trivy's and our own. A finding that one of them names stays in
//! the report, with the comment as its reason.

use super::{check::Check, instruction::Instruction, instruction::Place, plan::Plan};

/// A comment that sets findings aside.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IgnoreComment {
    /// Where it stands.
    pub at: usize,
    /// Ids that it names, ours or other tools'.
    pub ids: Vec<String>,
    /// Why.
    pub reason: String,
    /// Whose form it has.
    pub form: Form,
    /// The instruction that it is about; `None` for the whole file.
    pub instruction: Option<usize>,
}

/// Whose ignore comment it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// `# hadolint ignore=`
    Hadolint,
    /// `# check=skip=`
    Docker,
    /// `#trivy:ignore:`
    Trivy,
    /// `# plimsoll ignore=`
    Plimsoll,
}

/// All ignore comments of a Dockerfile.
#[must_use]
pub fn comments(plan: &Plan<'_>) -> Vec<IgnoreComment> {
    let mut found = Vec::new();
    for directive in plan.directives.iter().filter(|directive| directive.name == "check") {
        if let Some(mut comment) = docker(&directive.value) {
            comment.at = directive.at;
            found.push(comment);
        }
    }
    for comment in &plan.comments {
        let Some((mut ignore, is_global)) = read(&comment.text) else { continue };
        ignore.at = comment.at;
        if !is_global {
            let Some(instruction) = instruction_of(plan, comment.at, comment.is_free) else {
                continue;
            };
            ignore.instruction = Some(instruction.index);
        }
        found.push(ignore);
    }
    found
}

/// Whether a comment names this check. Docker's names and `all` count as well.
#[must_use]
pub fn names(comment: &IgnoreComment, check: &Check, aliases: &[&str]) -> bool {
    comment.ids.iter().any(|id| {
        let id = id.trim_start_matches("AVD-");
        let same = |known: &str| known.trim_start_matches("AVD-").eq_ignore_ascii_case(id);
        let is_all = match comment.form {
            Form::Docker => id == "all" && aliases.iter().any(|alias| is_dockers(alias)),
            Form::Plimsoll => id == "*",
            _ => false,
        };
        is_all || same(check.id) || aliases.iter().any(|alias| same(alias))
    })
}

/// Docker names its checks in capitals and small letters; the others use numbers.
fn is_dockers(alias: &str) -> bool {
    alias.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The instruction that a comment is about: the one it stands in, or the one right below its block of comments.
fn instruction_of<'p>(plan: &'p Plan<'_>, at: usize, is_free: bool) -> Option<&'p Instruction> {
    let index = plan.instructions.partition_point(|instruction| instruction.start() < at);
    if !is_free {
        let mut before = index.checked_sub(1).and_then(|index| plan.instructions.get(index))?;
        if before.is_trigger {
            before = plan.instructions.get(before.index.checked_sub(1)?)?;
        }
        return Some(before);
    }
    let below = plan.instructions.get(index)?;
    let Place::File { start, .. } = below.place else { return None };
    let between = plan.text.get(at..start)?;
    let all_comments =
        between.lines().all(|line| line.trim_start().starts_with('#') || line.trim().is_empty());
    // An empty line between belongs to neither; hadolint demands the very next line, we allow the block.
    let has_gap = between.lines().any(|line| line.trim().is_empty());
    (all_comments && !has_gap).then_some(below)
}

fn read(text: &str) -> Option<(IgnoreComment, bool)> {
    if let Some(rest) = text.strip_prefix("hadolint") {
        let rest = rest.trim_start();
        let (rest, is_global) = match rest.strip_prefix("global") {
            Some(rest) => (rest.trim_start(), true),
            None => (rest, false),
        };
        let list = rest.strip_prefix("ignore")?.trim_start().strip_prefix('=')?;
        let (ids, reason) = list.split_once('#').unwrap_or((list, ""));
        return Some((made(Form::Hadolint, split(ids), reason), is_global));
    }
    if let Some(rest) = text.strip_prefix("plimsoll") {
        let rest = rest.trim_start();
        let (rest, is_global) = match rest.strip_prefix("global") {
            Some(rest) => (rest.trim_start(), true),
            None => (rest, false),
        };
        let list = rest.strip_prefix("ignore")?.trim_start().strip_prefix('=')?.trim_start();
        let (ids, reason) = list.split_once(char::is_whitespace).unwrap_or((list, ""));
        return Some((made(Form::Plimsoll, split(ids), reason), is_global));
    }
    if let Some(rest) =
        text.strip_prefix("trivy:ignore:").or_else(|| text.strip_prefix("tfsec:ignore:"))
    {
        let (ids, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let ids = ids.split(':').next().unwrap_or(ids);
        return Some((made(Form::Trivy, split(ids), reason.trim_start_matches(['-', ' '])), false));
    }
    let value = text.strip_prefix("check")?.trim_start().strip_prefix('=')?;
    docker(value).map(|comment| (comment, true))
}

/// `skip=A,B;error=true`
fn docker(value: &str) -> Option<IgnoreComment> {
    let skip = value.split(';').find_map(|part| part.trim().strip_prefix("skip="))?;
    Some(made(Form::Docker, split(skip), ""))
}

fn split(ids: &str) -> Vec<String> {
    ids.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect()
}

fn made(form: Form, ids: Vec<String>, reason: &str) -> IgnoreComment {
    let reason = reason.trim().trim_start_matches('#').trim().to_owned();
    IgnoreComment { at: 0, ids, reason, form, instruction: None }
}
