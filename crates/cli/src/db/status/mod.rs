//! `plimsoll db status`: what the database holds and how old it is, feed by feed.

mod report;

use std::io::Write;

use anyhow::{Context, Result};
use jiff::Timestamp;
use plimsoll_policy::ExitCode;
use plimsoll_updater::State;

use self::report::{StatusReport, UpdateStatus};
use crate::{
    args::{DbStatusArgs, Global},
    failure::{Failure, OrExit},
    places,
    scan::{open_db, today},
};

/// Prints it.
pub(super) fn run(args: &DbStatusArgs, global: &Global) -> Result<ExitCode, Failure> {
    let db = open_db(args.db.as_deref(), global)?;
    let verified = if args.verify {
        db.verify().context("the database is damaged").or_usage()?;
        Some(true)
    } else {
        None
    };
    // Of a database elsewhere this machine's updates tell nothing.
    let cache = places::cache_dir(global).filter(|_| args.db.is_none());
    let (state, garbled) =
        cache.as_deref().map(|dir| places::kept(dir).state()).unwrap_or_default();
    if let Some(garbled) = garbled.filter(|_| !global.quiet) {
        anstream::eprintln!("warning: the state of the feeds is forgotten: {garbled}");
    }
    let kept = cache.and_then(|dir| places::store(&dir).generations().ok()).unwrap_or_default();
    let day = today(Timestamp::now());
    let report = StatusReport::new(&db, verified, &state, &kept, day, args.max_age);
    let text = if args.json {
        let value = serde_json::to_value(&report).context("cannot render the database")?;
        format!("{value:#}\n")
    } else {
        text(&report, &state)
    };
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).context("cannot write to standard output")?;
    Ok(if report.staleness.is_stale { ExitCode::Incomplete } else { ExitCode::Success })
}

fn text(report: &StatusReport, state: &State) -> String {
    let age = report.staleness.age_days.map(|days| format!("{days} days"));
    let expired = if report.staleness.is_stale {
        let limit = report.staleness.limit_days;
        format!(": expired (more than {limit} days); run `plimsoll db update`")
    } else {
        String::new()
    };
    let mut text = format!(
        "database   {}\nschema     {}\nbuilt      {}\nage        {}{expired}\ndigest     {}{}\nsize       \
         {:.1} MB\nkept       {} earlier databases\n\n",
        if report.origin == plimsoll_vulndb::STARTER_ORIGIN {
            "the embedded starter database"
        } else {
            &report.origin
        },
        report.schema,
        report.built,
        age.as_deref().unwrap_or("unknown"),
        report.digest,
        if report.verified.is_some() { " (verified)" } else { "" },
        report.size as f64 / 1e6,
        report.kept.len().saturating_sub(1),
    );
    text.push_str(&format!(
        "{:<22} {:<10} {:>7} {:>9} {:>6}  {}\n",
        "feed", "data of", "age", "records", "bad", "checked"
    ));
    for feed in &report.feeds {
        let date = feed.date.map_or_else(|| "unknown".into(), |d| d.to_string());
        let age = feed.age_days.map_or_else(String::new, |days| format!("{days} d"));
        let checked = feed.update.last_checked.map(|t| today(t).to_string()).unwrap_or_default();
        let line = format!(
            "{:<22} {:<10} {:>7} {:>9} {:>6}  {checked}",
            feed.id, date, age, feed.records, feed.bad
        );
        text.push_str(line.trim_end());
        text.push('\n');
        text.push_str(&failure(&feed.update));
    }
    if !report.missing.is_empty() {
        text.push_str("\nnot in this database (what only these cover is not covered)\n");
        for feed in &report.missing {
            text.push_str(&format!("  {}\n{}", feed.id, failure(&feed.update)));
        }
    }
    let others: Vec<&str> = state
        .feeds
        .keys()
        .map(String::as_str)
        .filter(|id| plimsoll_feeds::by_id(id).is_none())
        .collect();
    if !others.is_empty() {
        text.push_str(&format!("\nno longer known: {}\n", others.join(", ")));
    }
    text.push_str("\ncovers\n");
    for covers in &report.covers {
        text.push_str(&format!(
            "  {:<20} {:>8} rows  {}\n",
            covers.namespace,
            covers.rows,
            covers.feeds.join(", ")
        ));
    }
    // The state is a file that anybody may have written.
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

fn failure(update: &UpdateStatus) -> String {
    let Some(error) = &update.last_error else { return String::new() };
    let since = update.failed_since.map(|t| format!(" since {}", today(t))).unwrap_or_default();
    format!("  ! fails{since}: {}\n", error.replace('\n', " "))
}
