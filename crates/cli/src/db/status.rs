//! `plimsoll db status`: what the database holds, feed by feed.

use std::io::Write;

use anyhow::{Context, Result};
use jiff::{Timestamp, Unit, civil::Date};
use plimsoll_policy::ExitCode;

use crate::{
    args::{DbStatusArgs, Global},
    failure::{Failure, OrExit},
    scan::{open_db, today},
};

/// Prints it.
pub(super) fn run(args: &DbStatusArgs, global: &Global) -> Result<ExitCode, Failure> {
    let db = open_db(args.db.as_deref(), global)?;
    let verified = if args.verify {
        Some(db.verify().context("the database is damaged").or_usage()?)
    } else {
        None
    };
    let info = db.info();
    let mut out = anstream::stdout().lock();
    if args.json {
        let value = serde_json::to_value(&info).context("cannot render the database")?;
        writeln!(out, "{value:#}").context("cannot write to standard output")?;
        return Ok(ExitCode::Success);
    }
    let today = today(Timestamp::now());
    let mut text = format!(
        "database   {}\nschema     {}\nbuilt      {}\ndigest     {}{}\nsize       {:.1} MB\n\n",
        if info.origin == plimsoll_vulndb::STARTER_ORIGIN {
            "the embedded starter database"
        } else {
            &info.origin
        },
        info.schema,
        info.built,
        info.digest,
        if verified.is_some() { " (verified)" } else { "" },
        db.size() as f64 / 1e6,
    );
    text.push_str(&format!(
        "{:<22} {:<10} {:>8} {:>9} {:>7}  {}\n",
        "feed", "data of", "age", "records", "bad", "licence"
    ));
    for feed in &info.feeds {
        let date = feed.date.map_or_else(|| "unknown".into(), |d| d.to_string());
        let age = feed.date.map_or_else(String::new, |d| format!("{} d", age_days(d, today)));
        text.push_str(&format!(
            "{:<22} {:<10} {:>8} {:>9} {:>7}  {}\n",
            feed.id, date, age, feed.records, feed.skipped, feed.licence
        ));
    }
    text.push_str("\ncovers\n");
    for namespace in &db.meta().namespaces {
        text.push_str(&format!(
            "  {:<20} {:>8} rows  {}\n",
            namespace.namespace.to_string(),
            namespace.source_rows + namespace.binary_rows,
            namespace.feeds.join(", ")
        ));
    }
    out.write_all(text.as_bytes()).context("cannot write to standard output")?;
    Ok(ExitCode::Success)
}

fn age_days(date: Date, today: Date) -> i64 {
    date.until((Unit::Day, today)).map_or(0, |span| i64::from(span.get_days()))
}
