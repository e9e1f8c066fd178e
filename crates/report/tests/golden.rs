//! Every format's output for every sample, kept beside the format. `PLIMSOLL_UPDATE_GOLDEN=1` writes them
//! anew: then read the difference.

#![allow(clippy::unwrap_used, reason = "an integration test is a test throughout")]

mod samples;
mod schema_check;

use std::path::PathBuf;

use plimsoll_model::Report;
use plimsoll_report::{Format, RenderOptions, Verdict, all, find, json_schema, verdict};

fn options() -> RenderOptions {
    RenderOptions::new(samples::TODAY)
}

fn render(format: &dyn Format, report: &Report, options: &RenderOptions) -> String {
    let mut out = Vec::new();
    format.write(report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn table(report: &Report, options: &RenderOptions) -> String {
    render(find("table").unwrap().as_ref(), report, options)
}

fn check(format: &str, file: &str, text: &str) {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "src/formats", format, "golden", file].iter().collect();
    if std::env::var_os("PLIMSOLL_UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; run with PLIMSOLL_UPDATE_GOLDEN=1", path.display()));
    assert_eq!(text, golden, "{} differs; PLIMSOLL_UPDATE_GOLDEN=1 writes it anew", path.display());
}

#[test]
fn tables() {
    for (name, report) in samples::all() {
        check("table", &format!("{name}.txt"), &table(&report, &options()));
    }
    let mixed = samples::mixed();
    check("table", "mixed-60.txt", &table(&mixed, &RenderOptions { width: 60, ..options() }));
    check("table", "mixed-120.txt", &table(&mixed, &RenderOptions { width: 120, ..options() }));
    check("table", "mixed-colors.txt", &table(&mixed, &RenderOptions { color: true, ..options() }));
    check("table", "mixed-ascii.txt", &table(&mixed, &RenderOptions { ascii: true, ..options() }));
    check(
        "table",
        "mixed-short.txt",
        &table(&mixed, &RenderOptions { max_per_package: Some(3), ..options() }),
    );
    check(
        "table",
        "suppressed-shown.txt",
        &table(&samples::suppressed(), &RenderOptions { show_suppressed: true, ..options() }),
    );
}

#[test]
fn markdowns() {
    let markdown = find("markdown").unwrap();
    for (name, report) in samples::all() {
        let text = render(markdown.as_ref(), &report, &options());
        check("markdown", &format!("{name}.md"), &text);
    }
    let options = RenderOptions { show_suppressed: true, ..options() };
    let text = render(markdown.as_ref(), &samples::suppressed(), &options);
    check("markdown", "suppressed-shown.md", &text);
    let many = render(markdown.as_ref(), &samples::many(2_000), &options);
    assert!(many.contains("\n… and 1800 more.\n"));
    assert!(many.len() < 65_536, "{} bytes do not fit into a comment", many.len());
}

#[test]
fn sarifs() {
    let sarif = find("sarif").unwrap();
    for name in ["clean", "detections", "hostile", "mixed", "not-covered", "problems", "suppressed"]
    {
        let report = samples::all().into_iter().find(|(n, _)| *n == name).unwrap().1;
        let text = render(sarif.as_ref(), &report, &options());
        check("sarif", &format!("{name}.sarif.json"), &text);
        let log: serde_json::Value = serde_json::from_str(&text).unwrap();
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len());
        let suppressed = results.iter().filter(|r| r.get("suppressions").is_some()).count();
        assert_eq!(suppressed as u64, report.summary.suppressed);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        let notified = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        assert!(notified.len() >= report.problems.len());
    }
}

#[test]
fn jsons() {
    let json = find("json").unwrap();
    for name in ["clean", "detections", "hostile", "mixed", "suppressed"] {
        let report = samples::all().into_iter().find(|(n, _)| *n == name).unwrap().1;
        check("json", &format!("{name}.json"), &render(json.as_ref(), &report, &options()));
    }
}

#[test]
fn json_follows_its_schema_and_loses_nothing() {
    let schema = json_schema();
    for (name, report) in samples::all() {
        let text = render(find("json").unwrap().as_ref(), &report, &options());
        let value = serde_json::from_str(&text).unwrap();
        let errors = schema_check::errors(&schema, &value);
        assert!(errors.is_empty(), "{name}: {errors:?}");
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "{name}");
    }
    for wrong in [
        serde_json::json!({"schema_version": "1.0"}),
        serde_json::json!([]),
        wrong_report(|r| r["findings"][0]["severity"] = "severe".into()),
        wrong_report(|r| r["findings"][0]["packages"][0]["layer"] = "one".into()),
        wrong_report(|r| r["summary"]["by_severity"][0] = "critical".into()),
        wrong_report(|r| r["problems"] = serde_json::Value::Null),
    ] {
        assert!(!schema_check::errors(&schema, &wrong).is_empty(), "{wrong}");
    }
}

fn wrong_report(spoil: impl FnOnce(&mut serde_json::Value)) -> serde_json::Value {
    let mut value = serde_json::to_value(samples::mixed()).unwrap();
    spoil(&mut value);
    value
}

#[test]
fn no_format_lets_control_characters_through() {
    let hostile = samples::hostile();
    for format in all() {
        for ascii in [false, true] {
            let text = render(format.as_ref(), &hostile, &RenderOptions { ascii, ..options() });
            for c in text.chars() {
                let odd = (c.is_control() && c != '\n')
                    || matches!(c, '\u{200b}' | '\u{202e}' | '\u{feff}');
                assert!(!odd, "{}: {c:?}", format.id());
            }
            if ascii && format.id() == "table" {
                assert!(text.is_ascii());
            }
        }
    }
}

#[test]
fn lines_keep_to_the_width_unless_a_word_is_longer() {
    for (name, report) in samples::all().into_iter().filter(|(n, _)| *n != "hostile") {
        for width in [60, 80, 120, 200] {
            let text = table(&report, &RenderOptions { width, ..options() });
            for line in text.lines() {
                let columns = textwrap::core::display_width(line);
                let longest = line.split(' ').map(textwrap::core::display_width).max().unwrap();
                assert!(
                    columns <= width || longest + 16 > width,
                    "{name} at {width}: {columns} columns: {line}"
                );
                assert_eq!(line, line.trim_end(), "{name}: trailing space");
            }
        }
    }
}

#[test]
fn every_id_and_version_is_shown_whole() {
    for (name, report) in samples::all().into_iter().filter(|(n, _)| *n != "hostile") {
        for width in [60, 80, 200] {
            let options = RenderOptions { width, show_suppressed: true, ..options() };
            let text = table(&report, &options);
            for finding in &report.findings {
                assert!(text.contains(&finding.id), "{name}: {}", finding.id);
                if finding.suppression.is_none() && finding.detection.is_none() {
                    let version = finding.installed_version.as_ref().unwrap();
                    assert!(text.contains(version), "{name}: {version}");
                }
            }
        }
    }
    let hostile = table(&samples::hostile(), &options());
    assert!(hostile.contains("AN-IDENTIFIER-THAT-IS-LONGER-THAN-ANY-COLUMN-2026-000001"));
}

#[test]
fn colors_change_nothing_but_colors() {
    let report = samples::mixed();
    let plain = table(&report, &options());
    let colored = table(&report, &RenderOptions { color: true, ..options() });
    assert!(!plain.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = colored.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..at]);
        rest = rest[at..].split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn only_a_complete_report_is_called_clean() {
    let verdicts: Vec<(&str, Verdict)> =
        samples::all().iter().map(|(name, report)| (*name, verdict(report).0)).collect();
    assert_eq!(
        verdicts,
        [
            ("clean", Verdict::Clean),
            ("detections", Verdict::Findings),
            ("end-of-life", Verdict::Findings),
            ("end-of-life-without-findings", Verdict::EndOfLife),
            ("hostile", Verdict::Findings),
            ("mixed", Verdict::Findings),
            ("not-covered", Verdict::Incomplete),
            ("problems", Verdict::Incomplete),
            ("scratch", Verdict::Nothing),
            ("stale", Verdict::Stale),
            ("suppressed", Verdict::Findings),
        ]
    );
    // A summary that claims completeness is not believed.
    let mut report = samples::problems();
    report.summary.complete = true;
    assert_eq!(verdict(&report).0, Verdict::Incomplete);
    assert!(table(&report, &options()).starts_with("NOT COMPLETE"));
}

#[test]
fn a_long_list_of_problems_is_counted() {
    let mut report = samples::problems();
    report.problems = vec![report.problems[0].clone(); 70];
    let text = table(&report, &options());
    assert!(text.contains("NOT SCANNED COMPLETELY: 70 problems"));
    assert!(text.contains("and 20 more; the JSON report lists all"));
}
