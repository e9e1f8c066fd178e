//! One combined fix for a whole image.

use std::collections::BTreeMap;

use plimsoll_model::{Finding, FixPlan, FixStep};

use super::{FixContext, Script, impact, no_fix, upgrade};

pub(super) fn plan(context: &FixContext<'_>, findings: &[&Finding], user: &str) -> FixPlan {
    let mut wanted = Vec::new();
    let mut fixes = 0;
    let mut remaining: BTreeMap<String, u64> = BTreeMap::new();
    for finding in findings {
        let reason = match no_fix::reason(context, finding) {
            Some(reason) => reason,
            None => match upgrade::of_finding(finding) {
                Ok(upgrades) => {
                    wanted.extend(upgrades);
                    fixes += 1;
                    continue;
                }
                Err(reason) => reason,
            },
        };
        *remaining.entry(reason.group).or_default() += 1;
    }
    let mut remaining: Vec<(String, u64)> = remaining.into_iter().collect();
    remaining.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut plan = FixPlan {
        command: None,
        dockerfile: Vec::new(),
        steps: Vec::new(),
        notes: Vec::new(),
        fixes,
        remaining,
    };
    let upgrades = upgrade::combined(wanted);
    if !upgrades.is_empty() {
        let script = context.tool.script(context, &upgrades);
        plan.command = Some(script.one_line());
        let user_note;
        (plan.dockerfile, user_note) = dockerfile(&script, user);
        plan.notes.extend(script.notes);
        plan.notes.extend(impact::siblings(context, &upgrades));
        plan.notes.extend(impact::dependants(context, &upgrades));
        plan.notes.extend(impact::restart(&upgrades));
        plan.notes.extend(user_note);
        plan.notes.push(
            "In the Dockerfile the lines belong right behind the `FROM` of the last stage: above what the \
             image adds, so that later builds reuse the layer, and in the stage that is shipped."
                .into(),
        );
        plan.steps = upgrades
            .into_iter()
            .map(|u| FixStep {
                to: u.goal().to_owned(),
                package: u.name,
                from: u.from,
                mends: u.mends,
            })
            .collect();
    }
    plan.notes.extend(end_of_life(context));
    plan
}

/// The instructions, with root's rights for as long as they need them.
fn dockerfile(script: &Script, user: &str) -> (Vec<String>, Option<String>) {
    let user = user.trim();
    let is_root = matches!(user.split(':').next(), None | Some("" | "root" | "0"));
    let mut lines = Vec::new();
    if !is_root {
        lines.push("USER root".to_owned());
    }
    lines.extend(script.run_instruction());
    if is_root {
        return (lines, None);
    }
    let is_name = |c: u8| c.is_ascii_alphanumeric() || b"._:-\\@".contains(&c);
    if user.len() <= USER_LENGTH_LIMIT && user.bytes().all(is_name) {
        lines.push(format!("USER {user}"));
        (lines, None)
    } else {
        let note = "The image's user has a name that cannot be written into a Dockerfile: set `USER` again \
                    after the upgrade, or the image runs as root.";
        (lines, Some(note.to_owned()))
    }
}

/// The longest user name that is written into a Dockerfile, in bytes.
const USER_LENGTH_LIMIT: usize = 128;

fn end_of_life(context: &FixContext<'_>) -> Option<String> {
    let os = context.os?;
    let end = os.end_of_life.as_ref().filter(|end| end.is_over(context.today))?;
    let mut note = format!(
        "{} stopped getting public fixes on {}: flaws found since then have none, and are missing from this \
         list.",
        context.system_name(),
        end.date,
    );
    if let Some((name, until)) = &end.extended
        && *until >= context.today
    {
        note.push_str(&format!(" {name} goes on until {until} for those who subscribe to it."));
    }
    Some(note)
}
