//! `plimsoll lint` as a user runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

const BAD: &str = "FROM debian:12\nMAINTAINER jane\nRUN apt update && apt install -y curl\nADD app /app\nCMD app run\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), BAD).unwrap();
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg("lint")
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn exit_codes() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(code(&run(path, &["Dockerfile"])), 0);
    assert_eq!(code(&run(path, &["--fail-on", "medium", "Dockerfile"])), 1);
    assert_eq!(code(&run(path, &["--fail-on", "critical", "Dockerfile"])), 0);
    assert_eq!(
        code(&run(path, &["--fail-on", "medium", "--severity", "critical", "Dockerfile"])),
        0
    );
    assert_eq!(code(&run(path, &["--fail-on", "kev", "Dockerfile"])), 2);
    assert_eq!(code(&run(path, &["--ignore", "NOSUCH", "Dockerfile"])), 2);
    assert_eq!(code(&run(path, &["nowhere"])), 3);
    fs::write(path.join("odd"), "FROM a:1\nRUN if then\n").unwrap();
    assert_eq!(code(&run(path, &["odd"])), 0);
    assert_eq!(code(&run(path, &["--strict", "odd"])), 4);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(code(&run(empty.path(), &[])), 3);
}

#[test]
fn a_folder_is_searched_and_the_table_tells_places() {
    let folder = folder();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/Containerfile"), "FROM debian\n").unwrap();
    fs::create_dir(folder.path().join("node_modules")).unwrap();
    fs::write(folder.path().join("node_modules/Dockerfile"), "FROM debian\n").unwrap();
    let shown = out(&run(folder.path(), &[]));
    assert!(shown.contains("Dockerfile\n") && shown.contains("sub/Containerfile\n"), "{shown}");
    assert!(shown.contains("3:5") && shown.contains("build-apt-in-run"), "{shown}");
    assert!(shown.contains("2 files:") && !shown.contains("node_modules"), "{shown}");
}

#[test]
fn standard_input_and_the_gnu_format() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["lint", "--format", "gnu", "--stdin-name", "x/Dockerfile", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(BAD.as_bytes()).unwrap();
    let shown = out(&child.wait_with_output().unwrap());
    assert!(
        shown.contains("x/Dockerfile:2:1: warning: MAINTAINER is deprecated [build-maintainer]"),
        "{shown}"
    );
}

#[test]
fn json_has_everything_and_suppressed_findings_stay() {
    let folder = folder();
    let output = run(folder.path(), &["--format", "json", "--ignore", "DL4000", "Dockerfile"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let of = |id: &str| findings.iter().find(|f| f["id"] == id).unwrap();
    assert_eq!(of("build-maintainer")["suppressed"], "--ignore");
    assert_eq!(of("build-apt-in-run")["line"], 3);
    assert_eq!(of("build-apt-in-run")["suppressed"], Value::Null);
    assert_eq!(report["summary"]["suppressed"], 1);
}

#[test]
fn sarif_has_places() {
    let folder = folder();
    let output = run(folder.path(), &["--format", "sarif", "Dockerfile"]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let add = results.iter().find(|r| r["ruleId"] == "build-add").unwrap();
    let place = &add["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "Dockerfile");
    assert_eq!(place["region"]["startLine"], 4);
    let index = usize::try_from(add["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], "build-add");
}

#[test]
fn mending() {
    let folder = folder();
    let path = folder.path().join("Dockerfile");
    let diff = out(&run(folder.path(), &["--fix", "--dry-run", "Dockerfile"]));
    assert!(diff.contains("-ADD app /app") && diff.contains("+COPY app /app"), "{diff}");
    assert_eq!(fs::read_to_string(&path).unwrap(), BAD);
    run(folder.path(), &["--fix", "Dockerfile"]);
    let fixed = fs::read_to_string(&path).unwrap();
    assert_eq!(
        fixed,
        "FROM debian:12\nLABEL org.opencontainers.image.authors=\"jane\"\n\
         RUN apt-get update && apt-get install --no-install-recommends -y curl && rm -rf /var/lib/apt/lists/*\n\
         COPY app /app\nCMD [\"app\", \"run\"]\n"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    run(folder.path(), &["--fix", "Dockerfile"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), fixed);
}

#[test]
fn the_schema_is_the_documented_one() {
    let folder = folder();
    let schema = out(&run(folder.path(), &["--schema"]));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lint.schema.json");
    if std::env::var_os("PLIMSOLL_WRITE_DOCS").is_some() {
        fs::write(path, &schema).unwrap();
    }
    assert!(
        fs::read_to_string(path).unwrap_or_default() == schema,
        "docs/lint.schema.json is old; run with PLIMSOLL_WRITE_DOCS=1"
    );
    assert!(out(&run(folder.path(), &["--list-checks"])).lines().count() > 60);
}

#[test]
fn the_files_of_scans_set_checks_aside_by_id_and_path() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("build")).unwrap();
    fs::write(path.join("build/Dockerfile"), BAD).unwrap();
    fs::write(
        path.join(".plimsoll.yml"),
        "ignore:\n  - id: DL4000\n    path: build/*\n    reason: an old builder\n  \
         - id: CVE-2021-44228\n    package: log4j\n    reason: not this\n  \
         - id: build-add\n    reason: was agreed\n    expires: 2020-01-01\n",
    )
    .unwrap();
    fs::write(path.join(".plimsollignore"), "DL3027  # known\n").unwrap();
    let output = run(path, &["--format", "json", "."]);
    let report: Value = serde_json::from_str(&out(&output)).unwrap();
    let suppressed = |file: &str, id: &str| {
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|f| {
            f["file"].as_str().unwrap().trim_start_matches("./") == file && f["id"] == id
        });
        found.unwrap_or_else(|| panic!("{file} {id}: {report:#}"))["suppressed"].clone()
    };
    assert_eq!(
        suppressed("build/Dockerfile", "build-maintainer"),
        "an old builder (.plimsoll.yml:2)"
    );
    assert_eq!(suppressed("Dockerfile", "build-maintainer"), Value::Null);
    assert_eq!(suppressed("Dockerfile", "build-apt-in-run"), "known (.plimsollignore:1)");
    assert_eq!(suppressed("Dockerfile", "build-add"), Value::Null);
    let warned = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(warned.contains("has expired"), "{warned}");
}

#[test]
fn what_the_context_leaves_out_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let text = "FROM debian:12\nCOPY dist /app/\n";
    fs::write(path.join("Dockerfile"), text).unwrap();
    fs::write(path.join("other.Dockerfile"), text).unwrap();
    fs::write(path.join(".dockerignore"), "# built elsewhere\ndist/\n").unwrap();
    fs::write(path.join("other.Dockerfile.dockerignore"), "node_modules\n").unwrap();
    let lines = out(&run(path, &["--format", "gnu", "."]));
    let of_check: Vec<&str> = lines.lines().filter(|l| l.contains("build-copy-ignored")).collect();
    assert_eq!(of_check.len(), 1, "{lines}");
    assert!(of_check[0].starts_with("Dockerfile:2:6:"), "{lines}");
}
