//! What could not be scanned. Never left out: a reader who does not see it takes the rest for the whole.

use std::io;

use plimsoll_model::{Problem, Report};

use crate::{
    text::{Page, palette},
    verdict::count,
};

/// Problems listed; the rest is counted and stands in the JSON report. A hostile image can cause thousands.
const LISTED: usize = 50;

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let (hiding, harmless): (Vec<&Problem>, Vec<&Problem>) =
        report.problems.iter().partition(|p| p.kind.makes_incomplete());
    let number = |list: &[&Problem]| list.len().try_into().unwrap_or(u64::MAX);
    if !hiding.is_empty() {
        page.blank()?;
        let heading = format!("NOT SCANNED COMPLETELY: {}", count(number(&hiding), "problem"));
        page.line(&[(palette::ALARM, &heading)])?;
        list(page, &hiding)?;
    }
    if !harmless.is_empty() {
        page.blank()?;
        page.line(&[(palette::STRONG, "Also noticed; nothing was missed because of it:")])?;
        list(page, &harmless)?;
    }
    Ok(())
}

fn list(page: &mut Page<'_>, problems: &[&Problem]) -> io::Result<()> {
    for problem in problems.iter().take(LISTED) {
        let mut place = Vec::new();
        place.extend(problem.layer.map(|index| format!("layer {index}")));
        place.extend(problem.path.clone());
        let place =
            if place.is_empty() { String::new() } else { format!("{}: ", place.join(", ")) };
        let text = format!("{place}{}", problem.message);
        page.wrapped(&[(palette::PLAIN, "  - ")], 4, (palette::PLAIN, &text), None)?;
    }
    let more = problems.len().saturating_sub(LISTED);
    if more > 0 {
        let text = format!("  and {more} more; the JSON report lists all");
        page.line(&[(palette::FAINT, &text)])?;
    }
    Ok(())
}
