//! `table`: the report for people. Summary first, then findings by package, the quick fix, and what could not
//! be scanned. Readable at 80 columns; ids and versions are never cut.

mod findings;
mod fix;
mod groups;
mod problems;
mod summary;

use std::io::{self, Write};

use plimsoll_model::{Report, Severity, UrgencyLevel};

use crate::{
    Format, RenderOptions, Verdict,
    text::{Page, palette},
    verdict,
};

/// See the module.
pub(crate) struct Table;

impl Format for Table {
    fn id(&self) -> &'static str {
        "table"
    }

    fn summary(&self) -> &'static str {
        "for people: summary, findings by package, quick fix"
    }

    fn write(&self, report: &Report, options: &RenderOptions, w: &mut dyn Write) -> io::Result<()> {
        let mut page = Page::new(w, options);
        headline(&mut page, report, "below")?;
        page.blank()?;
        summary::write(&mut page, report, options)?;
        let shown = findings::write(&mut page, report, options)?;
        fix::write(&mut page, report)?;
        problems::write(&mut page, report)?;
        findings::write_suppressed(&mut page, report, options)?;
        if shown {
            page.blank()?;
            headline(&mut page, report, "above")?;
        }
        Ok(())
    }
}

/// `details` says on which side of it the reader finds more.
fn headline(page: &mut Page<'_>, report: &Report, details: &str) -> io::Result<()> {
    let (verdict, text) = verdict(report);
    let text = text.replace("see below", &format!("see {details}"));
    let style = match verdict {
        Verdict::Clean => palette::GOOD.bold(),
        Verdict::Findings | Verdict::Nothing => palette::STRONG,
        Verdict::Incomplete | Verdict::Stale | Verdict::EndOfLife => palette::ALARM,
    };
    page.wrapped(&[], 0, (style, &text), None)
}

fn severity_style(severity: Severity) -> anstyle::Style {
    match severity {
        Severity::Critical => palette::ALARM,
        Severity::High => palette::BAD,
        Severity::Medium => palette::WARN,
        Severity::Low => palette::CALM,
        Severity::Negligible | Severity::Unknown => palette::FAINT,
    }
}

fn urgency_style(level: UrgencyLevel) -> anstyle::Style {
    match level {
        UrgencyLevel::FixNow => palette::ALARM,
        UrgencyLevel::FixLater => palette::WARN,
        UrgencyLevel::CanWait => palette::FAINT,
    }
}
