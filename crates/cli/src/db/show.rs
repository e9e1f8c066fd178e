//! `plimsoll db show`: what is known about a flaw, and every package that it affects.

use anyhow::{Context, Result};
use plimsoll_model::NameKind;
use plimsoll_policy::ExitCode;
use plimsoll_report::text::printable;
use plimsoll_vulndb::{AffectedPackage, FlawRecord, cvss_score};
use serde_json::{Value, json};

use super::{
    columns::{self, table},
    query::row_json,
};
use crate::{
    args::{DbShowArgs, Global},
    failure::Failure,
    scan::open_db,
};

/// Looks, and prints what was found.
pub(super) fn run(args: &DbShowArgs, global: &Global) -> Result<ExitCode, Failure> {
    let db = open_db(args.db.as_deref(), global)?;
    let found = || -> Result<_, plimsoll_vulndb::DbError> {
        let id = db.primary_id(&args.id)?;
        let record = db.flaw(&id)?;
        let affected = db.affected_by(&id)?;
        let known = record.is_some() || !affected.is_empty();
        let similar = if known { Vec::new() } else { db.similar_flaws(&id)? };
        Ok((id, record, affected, similar))
    };
    let (id, record, affected, similar) = found().context("cannot read the database")?;
    let known = record.is_some() || !affected.is_empty();
    let text = if args.json {
        format!("{:#}\n", as_json(&id, record.as_ref(), &affected, &similar))
    } else if known {
        as_text(&id, record.as_ref(), &affected)
    } else {
        let mut text = format!("the database knows no {}\n", printable(&id));
        if !similar.is_empty() {
            text.push_str(&format!("similar ids: {}\n", similar.join(", ")));
        }
        text
    };
    columns::print(&text)?;
    Ok(if known { ExitCode::Success } else { ExitCode::NotAcquired })
}

fn as_text(id: &str, record: Option<&FlawRecord>, affected: &[AffectedPackage]) -> String {
    let mut out = format!("{}\n", printable(id));
    let mut line = |name: &str, text: &str| {
        out.push_str(&format!("  {name:<14} {}\n", printable(text)));
    };
    if let Some(record) = record {
        if let Some(title) = &record.title {
            line("title", title);
        }
        if !record.aliases.is_empty() {
            line("also known as", &record.aliases.join(", "));
        }
        if let Some(date) = record.published {
            line("published", &date.to_string());
        }
        if let Some(date) = record.modified {
            line("last change", &date.to_string());
        }
        for (rating, name) in
            record.ratings.iter().zip(["rated"].into_iter().chain(std::iter::repeat("")))
        {
            let mut text = rating.source.clone();
            if let Some(severity) = rating.severity {
                text.push_str(&format!("  {}", severity.as_str()));
            }
            if let Some(cvss) = &rating.cvss {
                let score = cvss_score(&cvss.vector);
                let score = score.map_or_else(|| "no score".to_owned(), |s| format!("{s:.1}"));
                text.push_str(&format!("  {score}  CVSS {}  {}", cvss.version, cvss.vector));
            }
            line(name, &text);
        }
        if !record.cwes.is_empty() {
            line("weakness", &record.cwes.join(", "));
        }
        if let Some(kev) = &record.kev {
            let by = if kev.ransomware { ", also by ransomware" } else { "" };
            line(
                "exploited",
                &format!("known to be (in CISA's catalogue since {}){by}", kev.added),
            );
        }
        if let Some(epss) = &record.epss {
            line(
                "EPSS",
                &format!(
                    "{:.2} % within 30 days, more than {:.1} % of all flaws ({})",
                    epss.probability * 100.0,
                    epss.percentile * 100.0,
                    epss.date
                ),
            );
        }
        for (reference, name) in
            record.references.iter().zip(["see"].into_iter().chain(std::iter::repeat("")))
        {
            line(name, reference);
        }
        if let Some(description) = &record.description {
            out.push('\n');
            for text in description.lines() {
                out.push_str(&format!("  {}\n", printable(text)));
            }
        }
    }
    if affected.is_empty() {
        out.push_str("\nno package of the database is affected\n");
        return out;
    }
    out.push_str("\nstatements\n");
    let rows: Vec<[String; 8]> = affected
        .iter()
        .map(|one| {
            let row = &one.row;
            [
                one.namespace.to_string(),
                one.package.clone(),
                if row.flaw == id { String::new() } else { row.flaw.clone() },
                columns::state(row.state).to_owned(),
                columns::versions(row),
                columns::channel(row.channel.as_ref()),
                row.severity.map(|s| s.as_str().to_owned()).unwrap_or_default(),
                columns::source(row),
            ]
        })
        .collect();
    let headings =
        ["namespace", "package", "flaw", "state", "versions", "channel", "severity", "feed"];
    out.push_str(&table(headings, &rows));
    out
}

fn as_json(
    id: &str,
    record: Option<&FlawRecord>,
    affected: &[AffectedPackage],
    similar: &[String],
) -> Value {
    let empty = FlawRecord::default();
    let record = record.unwrap_or(&empty);
    let ratings: Vec<Value> = record
        .ratings
        .iter()
        .map(|rating| {
            json!({
                "source": rating.source,
                "severity": rating.severity,
                "cvss": rating.cvss,
                "score": rating.cvss.as_ref().and_then(|cvss| cvss_score(&cvss.vector)),
            })
        })
        .collect();
    let affected: Vec<Value> = affected
        .iter()
        .map(|one| {
            let mut value = row_json(&one.row);
            value["namespace"] = json!(one.namespace.to_string());
            value["package"] = json!(one.package);
            value["name_kind"] = json!(match one.name_kind {
                NameKind::Source => "source",
                NameKind::Binary => "binary",
            });
            value["fixed"] = json!(columns::fixed(&one.row));
            value
        })
        .collect();
    json!({
        "id": id,
        "aliases": record.aliases,
        "published": record.published,
        "modified": record.modified,
        "title": record.title,
        "description": record.description,
        "ratings": ratings,
        "cwes": record.cwes,
        "kev": record.kev,
        "epss": record.epss,
        "references": record.references,
        "statements": affected,
        "similar": similar,
    })
}
