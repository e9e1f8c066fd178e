//! Every version order against the tool that defines it: on recorded verdicts, and live where the tool is
//! installed. `testdata/versions/record.py` wrote the records.
//!
//! `PLIMSOLL_TEST_DATA` names a folder of real data; here only `images/alpine-minirootfs-3.20.3-x86_64.tar.gz`
//! of it is used, as the home of apk.

use std::{cmp::Ordering, io::Write as _, path::Path, process::Command};

use plimsoll_ecosystems::version::Scheme;

struct Pair<'a> {
    a: &'a str,
    b: &'a str,
    verdict: char,
}

fn pairs(table: &str) -> Vec<Pair<'_>> {
    let mut out = Vec::new();
    for group in table.split("\n\n").skip(1) {
        let lines: Vec<(&str, &str)> =
            group.lines().map(|l| l.split_once(' ').unwrap_or((l, ""))).collect();
        for (i, (a, verdicts)) in lines.iter().enumerate() {
            assert_eq!(verdicts.len(), i, "{a}");
            for (verdict, (b, _)) in verdicts.chars().zip(&lines) {
                out.push(Pair { a, b, verdict });
            }
        }
    }
    assert!(out.len() >= 10_000, "only {} pairs", out.len());
    out
}

fn ours(scheme: Scheme, a: &str, b: &str) -> char {
    match scheme.compare(a, b) {
        Ok(Ordering::Less) => '<',
        Ok(Ordering::Equal) => '=',
        Ok(Ordering::Greater) => '>',
        Err(_) => '!',
    }
}

#[track_caller]
fn agree<'a>(scheme: Scheme, verdicts: impl IntoIterator<Item = (&'a str, &'a str, char)>) {
    let mut total = 0;
    let mut wrong = Vec::new();
    for (a, b, verdict) in verdicts {
        total += 1;
        let ours = ours(scheme, a, b);
        if ours != verdict {
            wrong.push(format!("{a} {verdict} {b}, but we say {ours}"));
        }
    }
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {total} wrong:\n{shown}", wrong.len());
    assert!(total > 300, "only {total} verdicts");
    println!("{scheme}: {total} verdicts agree");
}

fn recorded(scheme: Scheme, table: &str) {
    agree(scheme, pairs(table).iter().map(|p| (p.a, p.b, p.verdict)));
}

/// Every how manieth pair a tool is asked that needs a process for each.
const LIVE_STEP: usize = 40;

const APK: &str = include_str!("../testdata/versions/apk.txt");
const DPKG: &str = include_str!("../testdata/versions/dpkg.txt");
const PACMAN: &str = include_str!("../testdata/versions/pacman.txt");
const RPM: &str = include_str!("../testdata/versions/rpm.txt");

#[test]
fn apk_as_recorded() {
    recorded(Scheme::Apk, APK);
}

#[test]
fn dpkg_as_recorded() {
    recorded(Scheme::Dpkg, DPKG);
}

#[test]
fn pacman_as_recorded() {
    recorded(Scheme::Pacman, PACMAN);
}

#[test]
fn rpm_as_recorded() {
    recorded(Scheme::Rpm, RPM);
}

// Where a tool needs a process for each pair, only some pairs are asked (LIVE_STEP). All are asked the other way
// round than recorded.
#[test]
fn dpkg_live() {
    if Command::new("dpkg").arg("--version").output().is_err() {
        return println!("skipped: dpkg is not installed");
    }
    let says = |a: &str, operator: &str, b: &str| {
        let args = ["--compare-versions", a, operator, b];
        Command::new("dpkg").args(args).output().unwrap().status.code()
    };
    let pairs = pairs(DPKG);
    let live = pairs.iter().step_by(LIVE_STEP).map(|p| {
        let verdict = match says(p.b, "lt", p.a) {
            Some(0) => '<',
            Some(2) => '!',
            _ if says(p.b, "gt", p.a) == Some(0) => '>',
            _ => '=',
        };
        (p.b, p.a, verdict)
    });
    agree(Scheme::Dpkg, live);
}

#[test]
fn rpm_live() {
    let mut script = tempfile::NamedTempFile::new().unwrap();
    let pairs = pairs(RPM);
    for p in &pairs {
        writeln!(script, "print(rpm.vercmp([[{}]], [[{}]]) .. ' ')", p.b, p.a).unwrap();
    }
    script.flush().unwrap();
    let macro_ = format!("%{{lua: dofile('{}')}}", script.path().display());
    let Ok(out) = Command::new("rpm").args(["--eval", &macro_]).output() else {
        return println!("skipped: rpm is not installed");
    };
    let text = String::from_utf8(out.stdout).unwrap();
    let verdicts: Vec<char> = text
        .split_whitespace()
        .map(|n| match n {
            "-1" => '<',
            "0" => '=',
            "1" => '>',
            other => panic!("rpm said {other}"),
        })
        .collect();
    if verdicts.is_empty() {
        return println!("skipped: this rpm has no vercmp");
    }
    assert_eq!(verdicts.len(), pairs.len());
    agree(Scheme::Rpm, pairs.iter().zip(verdicts).map(|(p, v)| (p.b, p.a, v)));
}

#[test]
fn apk_live() {
    let Some(data) = std::env::var_os("PLIMSOLL_TEST_DATA") else {
        return println!("skipped: PLIMSOLL_TEST_DATA is unset");
    };
    let archive = Path::new(&data).join("images/alpine-minirootfs-3.20.3-x86_64.tar.gz");
    let root = tempfile::tempdir().unwrap();
    let untar = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(root.path()).output();
    if !untar.is_ok_and(|o| o.status.success()) {
        return println!("skipped: {} cannot be unpacked", archive.display());
    }
    let pairs: Vec<Pair<'_>> = pairs(APK).into_iter().step_by(LIVE_STEP).collect();
    let input: String = pairs.iter().map(|p| format!("{} {}\n", p.b, p.a)).collect();
    std::fs::write(root.path().join("pairs"), input).unwrap();
    let script = "while read a b; do apk version -t $a $b; done < /pairs";
    let out = Command::new("chroot").arg(root.path()).args(["/bin/sh", "-c", script]).output();
    let Some(out) = out.ok().filter(|o| o.status.success()) else {
        return println!("skipped: chroot into an Alpine root needs x86_64 and root");
    };
    let text = String::from_utf8(out.stdout).unwrap();
    let verdicts: Vec<char> = text.split_whitespace().filter_map(|v| v.chars().next()).collect();
    assert_eq!(verdicts.len(), pairs.len());
    agree(Scheme::Apk, pairs.iter().zip(verdicts).map(|(p, v)| (p.b, p.a, v)));
}

#[test]
fn pacman_live() {
    if Command::new("vercmp").args(["1", "2"]).output().is_err() {
        return println!("skipped: vercmp is not installed");
    }
    let pairs = pairs(PACMAN);
    let live = pairs.iter().step_by(LIVE_STEP).map(|p| {
        let out = Command::new("vercmp").args([p.b, p.a]).output().unwrap();
        let verdict = match String::from_utf8_lossy(&out.stdout).trim() {
            "-1" => '<',
            "0" => '=',
            _ => '>',
        };
        (p.b, p.a, verdict)
    });
    agree(Scheme::Pacman, live);
}
