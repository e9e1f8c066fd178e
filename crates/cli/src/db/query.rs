//! `plimsoll db query`: what is said about a package, or which flaws a version of it has.

use anyhow::{Context, Result};
use plimsoll_model::{NameKind, Namespace};
use plimsoll_policy::ExitCode;
use plimsoll_vulndb::{Row, VersionVerdict, VulnDb};
use serde_json::{Value, json};

use super::{
    columns::{self, table},
    target::{Place, Target},
};
use crate::{
    args::{DbQueryArgs, Global},
    failure::{Failure, OrExit},
    scan::open_db,
};

/// What a namespace says under one name.
struct Answer {
    namespace: Namespace,
    kind: NameKind,
    name: String,
    said: Said,
}

enum Said {
    Statements(Vec<Row>),
    Verdict(VersionVerdict),
}

/// Looks, and prints what was found.
pub(super) fn run(args: &DbQueryArgs, global: &Global) -> Result<ExitCode, Failure> {
    let mut target = Target::parse(&args.package).or_usage()?;
    if let Some(os) = &args.os {
        target.place = Some(Place::of_os(os));
    }
    if let Some(language) = &args.ecosystem {
        target.place = Some(Place::Language(language.clone()));
    }
    target.arch = args.arch.clone().or(target.arch);
    let db = open_db(args.db.as_deref(), global)?;
    let namespaces = match target.namespaces(&db) {
        Ok(namespaces) => namespaces,
        Err(error) => return Err(Failure { code: ExitCode::NotAcquired, error }),
    };
    let answers = look(&db, &target, &namespaces).context("cannot read the database")?;
    let similar = match (answers.is_empty(), target.names.last()) {
        (true, Some(name)) => db
            .similar_packages(name, |namespace| namespaces.contains(namespace))
            .context("cannot read the database")?,
        _ => Vec::new(),
    };
    let text = if args.json {
        format!("{:#}\n", as_json(&target, &answers, &similar))
    } else {
        as_text(&db, &target, &namespaces, &answers, &similar)
    };
    columns::print(&text)?;
    Ok(if answers.is_empty() { ExitCode::NotAcquired } else { ExitCode::Success })
}

fn look(db: &VulnDb, target: &Target, namespaces: &[Namespace]) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for namespace in namespaces {
        for kind in [NameKind::Source, NameKind::Binary] {
            for name in &target.names {
                let said = match &target.version {
                    None => {
                        let rows = db.lookup(namespace, kind, name)?;
                        (!rows.is_empty()).then_some(Said::Statements(rows))
                    }
                    Some(version) => {
                        let arch = target.arch.as_deref();
                        let verdict = db.judge_version(namespace, kind, name, version, arch)?;
                        verdict.known.then_some(Said::Verdict(verdict))
                    }
                };
                if let Some(said) = said {
                    let (namespace, name) = (namespace.clone(), name.clone());
                    answers.push(Answer { namespace, kind, name, said });
                    // A source package's own name may also be that of another binary package.
                    break;
                }
            }
        }
    }
    Ok(answers)
}

fn kind_name(kind: NameKind) -> &'static str {
    match kind {
        NameKind::Source => "source",
        NameKind::Binary => "binary",
    }
}

fn as_text(
    db: &VulnDb,
    target: &Target,
    namespaces: &[Namespace],
    answers: &[Answer],
    similar: &[String],
) -> String {
    let mut out = String::new();
    if answers.is_empty() {
        let names = target.names.join(" or ");
        let place = match namespaces {
            [one] => one.to_string(),
            _ => "the database".to_owned(),
        };
        out.push_str(&format!("nothing is said about {names} in {place}\n"));
        if !similar.is_empty() {
            out.push_str(&format!("similar names: {}\n", similar.join(", ")));
        }
        let source_only = |n: &Namespace| db.coverage(n).is_some_and(|info| info.binary_rows == 0);
        if let [one] = namespaces
            && source_only(one)
        {
            out.push_str(&format!("advisories of {one} name source packages\n"));
        }
        return out;
    }
    for answer in answers {
        let Answer { namespace, name, .. } = answer;
        let kind = kind_name(answer.kind);
        match &answer.said {
            Said::Statements(rows) => {
                out.push_str(&format!("{name} in {namespace} ({kind} package)\n"));
                out.push_str(&statements(rows));
            }
            Said::Verdict(verdict) => {
                let version = target.version.as_deref().unwrap_or_default();
                let count = match verdict.hits.len() {
                    0 if verdict.undecided.is_some() => "cannot tell".to_owned(),
                    0 => "no known flaw".to_owned(),
                    1 => "1 flaw".to_owned(),
                    n => format!("{n} flaws"),
                };
                out.push_str(&format!(
                    "{name} {version} in {namespace} ({kind} package): {count}\n"
                ));
                if !verdict.hits.is_empty() {
                    out.push_str(&hits(verdict));
                }
                if let Some(why) = &verdict.undecided {
                    let why = plimsoll_report::text::printable(why);
                    out.push_str(&format!("  {why}\n"));
                }
            }
        }
        out.push('\n');
    }
    out.pop();
    out
}

fn statements(rows: &[Row]) -> String {
    let rows: Vec<[String; 6]> = rows
        .iter()
        .map(|row| {
            [
                row.flaw.clone(),
                columns::state(row.state).to_owned(),
                columns::versions(row),
                columns::channel(row.channel.as_ref()),
                row.severity.map(|s| s.as_str().to_owned()).unwrap_or_default(),
                columns::source(row),
            ]
        })
        .collect();
    table(["flaw", "state", "versions", "channel", "severity", "feed"], &rows)
}

fn hits(verdict: &VersionVerdict) -> String {
    let rows: Vec<[String; 6]> = verdict
        .hits
        .iter()
        .map(|hit| {
            let advisories: Vec<String> = hit
                .advisories
                .iter()
                .map(|a| {
                    if a.id == hit.flaw {
                        a.source.clone()
                    } else {
                        format!("{} ({})", a.source, a.id)
                    }
                })
                .collect();
            [
                hit.flaw.clone(),
                hit.severity.as_str().to_owned(),
                columns::state(hit.state).to_owned(),
                hit.fixed.clone().unwrap_or_default(),
                columns::channel(hit.channel.as_ref()),
                advisories.join(", "),
            ]
        })
        .collect();
    table(["flaw", "severity", "state", "fixed in", "channel", "feed"], &rows)
}

fn as_json(target: &Target, answers: &[Answer], similar: &[String]) -> Value {
    let answers: Vec<Value> = answers
        .iter()
        .map(|answer| {
            let mut value = json!({
                "namespace": answer.namespace.to_string(),
                "package": answer.name,
                "name_kind": kind_name(answer.kind),
            });
            match &answer.said {
                Said::Statements(rows) => {
                    value["statements"] = rows.iter().map(row_json).collect();
                }
                Said::Verdict(verdict) => {
                    value["flaws"] = verdict
                        .hits
                        .iter()
                        .map(|hit| {
                            json!({
                                "flaw": hit.flaw,
                                "state": hit.state,
                                "fixed": hit.fixed,
                                "channel": hit.channel,
                                "severity": hit.severity,
                                "severity_source": hit.severity_source,
                                "cvss_score": hit.score,
                                "advisories": hit.advisories,
                            })
                        })
                        .collect();
                    value["undecided"] = json!(verdict.undecided);
                }
            }
            value
        })
        .collect();
    json!({ "names": target.names, "version": target.version, "answers": answers, "similar": similar })
}

/// A statement as `query` and `show` print it.
pub(super) fn row_json(row: &Row) -> Value {
    let ranges: Vec<Value> = row
        .ranges
        .iter()
        .map(|range| {
            json!({
                "introduced": range.introduced,
                "fixed": range.fixed,
                "last_affected": range.last_affected,
            })
        })
        .collect();
    json!({
        "flaw": row.flaw,
        "advisory": row.advisory,
        "feed": row.feed,
        "state": row.state,
        "ranges": ranges,
        "versions": row.versions,
        "arches": row.arches,
        "module": row.module,
        "channel": row.channel,
        "severity": row.severity,
        "symbols": row.symbols,
    })
}
