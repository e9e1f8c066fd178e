//! The quick fix: what to run, what to write into the Dockerfile, what to know before, what remains.

use std::io;

use plimsoll_model::{FixPlan, Report};

use crate::{
    text::{Page, palette, wrap_command},
    verdict::count,
};

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let Some(plan) = &report.fix_plan else { return Ok(()) };
    page.blank()?;
    let all = report.summary.findings;
    let heading = match (plan.fixes, all) {
        (0, _) => "Quick fix: there is none".to_owned(),
        (n, all) if n >= all => format!("Quick fix: mends {}", count(n, "finding")),
        (n, all) => format!("Quick fix: mends {n} of {}", count(all, "finding")),
    };
    page.line(&[(palette::STRONG, &heading)])?;
    if let Some(command) = &plan.command {
        page.line(&[(palette::FAINT, "  Run, in a container of the image:")])?;
        code(page, command)?;
    }
    if !plan.dockerfile.is_empty() {
        page.line(&[(palette::FAINT, "  Or in the Dockerfile:")])?;
        for line in &plan.dockerfile {
            code(page, line)?;
        }
    }
    if !plan.notes.is_empty() {
        page.line(&[(palette::FAINT, "  Before you do:")])?;
        for note in &plan.notes {
            page.wrapped(&[(palette::PLAIN, "    - ")], 6, (palette::PLAIN, note), None)?;
        }
    }
    remaining(page, plan)
}

/// A command, on as many lines as it takes, each ready to be copied.
fn code(page: &mut Page<'_>, command: &str) -> io::Result<()> {
    const INDENT: &str = "    ";
    for written in command.lines() {
        for line in wrap_command(written, page.width.saturating_sub(INDENT.len())) {
            page.line(&[(palette::PLAIN, INDENT), (palette::CALM, &line)])?;
        }
    }
    Ok(())
}

fn remaining(page: &mut Page<'_>, plan: &FixPlan) -> io::Result<()> {
    if plan.remaining.is_empty() {
        return Ok(());
    }
    page.line(&[(palette::FAINT, "  What remains, and why:")])?;
    let widest = plan.remaining.iter().map(|(_, n)| n.to_string().len()).max().unwrap_or(1);
    for (reason, n) in &plan.remaining {
        let lead = format!("    {n:>widest$}  ");
        page.wrapped(&[(palette::PLAIN, &lead)], lead.len(), (palette::PLAIN, reason), None)?;
    }
    Ok(())
}
