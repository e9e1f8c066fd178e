//! Every version order against the tool that defines it: on recorded verdicts, and live where the tool is
//! installed. `testdata/versions/record.py` and `record_languages.py` wrote the records.
//!
//! `PLIMSOLL_TEST_DATA` names a folder of real data; here only `images/alpine-minirootfs-3.20.3-x86_64.tar.gz`
//! of it is used, as the home of apk.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::{
    cmp::Ordering,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

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

const COMPOSER: &str = include_str!("../testdata/versions/composer.txt");
const CONAN: &str = include_str!("../testdata/versions/conan.txt");
const CONDA: &str = include_str!("../testdata/versions/conda.txt");
const CRAN: &str = include_str!("../testdata/versions/cran.txt");
const GEM: &str = include_str!("../testdata/versions/gem.txt");
const GOLANG: &str = include_str!("../testdata/versions/golang.txt");
const HACKAGE: &str = include_str!("../testdata/versions/hackage.txt");
const MAVEN: &str = include_str!("../testdata/versions/maven.txt");
const NPM: &str = include_str!("../testdata/versions/npm.txt");
const NUGET: &str = include_str!("../testdata/versions/nuget.txt");
const PEP440: &str = include_str!("../testdata/versions/pep440.txt");
const SEMVER: &str = include_str!("../testdata/versions/semver.txt");

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

fn judge(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/versions/judges").join(file)
}

/// What a judge says when the library that it asks is not there.
const NO_LIBRARY: i32 = 3;

/// Asks a language's tool for all pairs at once.
fn live(scheme: Scheme, table: &str, command: &mut Command) {
    let pairs = pairs(table);
    let input: String = pairs.iter().map(|p| format!("{}\t{}\n", p.b, p.a)).collect();
    let spawned =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        let program = command.get_program().to_string_lossy().into_owned();
        return println!("skipped: {program} is not installed");
    };
    let mut stdin = child.stdin.take().unwrap();
    // A judge without its library ends before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap();
    if out.status.code() == Some(NO_LIBRARY) {
        return println!("skipped: the library that compares {scheme} versions is not installed");
    }
    let text = String::from_utf8(out.stdout).unwrap();
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{errors}");
    let verdicts: Vec<char> = text.split_whitespace().filter_map(|v| v.chars().next()).collect();
    assert_eq!(verdicts.len(), pairs.len(), "{errors}");
    agree(scheme, pairs.iter().zip(verdicts).map(|(p, v)| (p.b, p.a, v)));
}

#[test]
fn composer_as_recorded() {
    recorded(Scheme::Composer, COMPOSER);
}

#[test]
fn composer_live() {
    live(Scheme::Composer, COMPOSER, Command::new("php").arg(judge("composer.php")));
}

#[test]
fn conan_as_recorded() {
    recorded(Scheme::Conan, CONAN);
}

#[test]
fn conan_live() {
    live(Scheme::Conan, CONAN, Command::new("python3").arg(judge("conan_order.py")));
}

#[test]
fn conda_as_recorded() {
    recorded(Scheme::Conda, CONDA);
}

#[test]
fn conda_live() {
    live(Scheme::Conda, CONDA, Command::new("python3").arg(judge("conda.py")));
}

#[test]
fn nuget_as_recorded() {
    recorded(Scheme::Nuget, NUGET);
}

#[test]
fn cran_as_recorded() {
    recorded(Scheme::Cran, CRAN);
}

#[test]
fn cran_live() {
    live(Scheme::Cran, CRAN, Command::new("Rscript").arg(judge("cran.R")));
}

#[test]
fn gem_as_recorded() {
    recorded(Scheme::Gem, GEM);
}

#[test]
fn gem_live() {
    live(Scheme::Gem, GEM, Command::new("ruby").arg(judge("gem.rb")));
}

#[test]
fn golang_as_recorded() {
    recorded(Scheme::Golang, GOLANG);
}

#[test]
fn hackage_as_recorded() {
    recorded(Scheme::Hackage, HACKAGE);
}

#[test]
fn hackage_live() {
    live(Scheme::Hackage, HACKAGE, Command::new("runhugs").arg("-98").arg(judge("hackage.hs")));
}

#[test]
fn maven_as_recorded() {
    recorded(Scheme::Maven, MAVEN);
}

#[test]
fn npm_as_recorded() {
    recorded(Scheme::Npm, NPM);
}

#[test]
fn npm_live() {
    live(Scheme::Npm, NPM, Command::new("node").arg(judge("npm.js")));
}

#[test]
fn pep440_as_recorded() {
    recorded(Scheme::Pep440, PEP440);
}

#[test]
fn pep440_live() {
    live(Scheme::Pep440, PEP440, Command::new("python3").arg(judge("pep440.py")));
}

#[test]
fn semver_as_recorded() {
    recorded(Scheme::Semver, SEMVER);
}

#[test]
fn semver_live() {
    live(Scheme::Semver, SEMVER, Command::new("elixir").arg(judge("semver.exs")));
}

#[test]
fn golang_live() {
    // Offline: with the module in the cache, or not at all.
    let mut go = Command::new("go");
    go.current_dir(judge("golang")).env("GOPROXY", "off").env("GOFLAGS", "-mod=mod");
    let cached = go.args(["build", "-o", "/dev/null", "."]).output();
    if !cached.is_ok_and(|o| o.status.success()) {
        return println!("skipped: go, or golang.org/x/mod in its cache, is not installed");
    }
    let mut go = Command::new("go");
    go.current_dir(judge("golang")).env("GOPROXY", "off").env("GOFLAGS", "-mod=mod");
    live(Scheme::Golang, GOLANG, go.args(["run", "."]));
}

#[test]
fn maven_live() {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let repository = home.join(".m2/repository/org/apache/maven/maven-artifact");
    let versions = std::fs::read_dir(repository).into_iter().flatten().flatten();
    let jars = versions.filter_map(|v| {
        let version = v.file_name().into_string().ok()?;
        let jar = v.path().join(format!("maven-artifact-{version}.jar"));
        (version.starts_with("3.9.") && jar.exists()).then_some(jar)
    });
    let Some(jar) = jars.max() else {
        return println!("skipped: no maven-artifact 3.9 in ~/.m2");
    };
    let mut java = Command::new("java");
    live(Scheme::Maven, MAVEN, java.arg("-cp").arg(jar).arg(judge("Maven.java")));
}

/// Cargo's own library, on the pairs that Elixir judged.
#[test]
fn semver_as_cargo_has_it() {
    let verdicts = pairs(SEMVER);
    agree(
        Scheme::Semver,
        verdicts.iter().map(|p| {
            let parsed = (semver::Version::parse(p.a), semver::Version::parse(p.b));
            let verdict = match parsed {
                (Ok(a), Ok(b)) => match a.cmp_precedence(&b) {
                    Ordering::Less => '<',
                    Ordering::Equal => '=',
                    Ordering::Greater => '>',
                },
                _ => '!',
            };
            (p.a, p.b, verdict)
        }),
    );
}

// No tool for the following runs everywhere: rows of versions in ascending order, from the rules that their
// makers publish.
#[track_caller]
fn ascending(scheme: Scheme, row: &[&str]) {
    for (i, a) in row.iter().enumerate() {
        for (j, b) in row.iter().enumerate() {
            assert_eq!(scheme.compare(a, b).unwrap(), i.cmp(&j), "{scheme}: {a} {b}");
        }
    }
}

#[track_caller]
fn equal(scheme: Scheme, pairs: &[(&str, &str)]) {
    for (a, b) in pairs {
        assert_eq!(scheme.compare(a, b).unwrap(), Ordering::Equal, "{scheme}: {a} {b}");
    }
}

#[track_caller]
fn refused(scheme: Scheme, versions: &[&str]) {
    for version in versions {
        assert!(scheme.check(version).is_err(), "{scheme}: {version}");
    }
}

/// Learn.microsoft.com, "Package versioning" and "NuGetVersion": four numbers, leading zeros and metadata that
/// say nothing, labels without regard to case.
#[test]
fn nuget_by_its_rules() {
    ascending(
        Scheme::Nuget,
        &[
            "0.0.0.1-a",
            "0.0.0.1",
            "1.0.0-0",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-a.2",
            "1.0.0-A.10",
            "1.0.0-a.b",
            "1.0.0-a.b.0",
            "1.0.0-alpha",
            "1.0.0-BETA",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-beta1",
            "1.0.0-beta11",
            "1.0.0-beta2",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0.1-pre",
            "1.0.0.1",
            "1.0.1-aaa",
            "1.0.1",
            "1.9.0",
            "1.10.0",
            "2.0.0-preview.1.22076.8",
            "2.0.0-preview.1.22076.10",
            "2",
        ],
    );
    equal(
        Scheme::Nuget,
        &[
            ("1", "1.0.0.0"),
            ("1.0", "1.0.0"),
            ("01.02.03", "1.2.3"),
            ("1.0.0-RC.1", "1.0.0-rc.1"),
            ("1.0.0+abc", "1.0.0+def"),
            ("1.0.0-a+1", "1.0.0-a"),
            (" 1.0.0 ", "1.0.0"),
        ],
    );
    refused(
        Scheme::Nuget,
        &["", "a", "1.", "1.0.0.0.0", "1.0-", "1.0-a..b", "1.0+", "1.0_1", "v1.0"],
    );
}

/// Dart's `pub_semver`: builds come after what they were built from.
#[test]
fn pub_by_its_rules() {
    ascending(
        Scheme::Pub,
        &[
            "0.1.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0-rc.1+build.1",
            "1.0.0",
            "1.0.0+0.3.7",
            "1.3.7+build",
            "1.3.7+build.2.b8f12d7",
            "1.3.7+build.11.e0f985a",
            "2.0.0",
            "2.1.0",
            "2.2.0",
            "2.11.0",
            "2.11.1",
        ],
    );
    equal(Scheme::Pub, &[("01.2.3", "1.2.3")]);
    refused(Scheme::Pub, &["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-", "1.2.3+"]);
}

/// Julia's manual, "Version numbers", and the packages of C libraries, whose builds are their releases.
#[test]
fn julia_by_its_rules() {
    ascending(
        Scheme::Julia,
        &[
            "0.2.0-pre",
            "0.2",
            "0.3.0-rc1",
            "0.3.0-rc1.1",
            "0.3.0",
            "0.3.0+0",
            "0.3.0+1",
            "0.3.0+10",
            "0.3.1-0",
            "0.3.1rc1",
            "0.3.1",
            "8.16.0+0",
            "8.16.0+1",
        ],
    );
    equal(Scheme::Julia, &[("1", "1.0.0"), ("v1.2", "1.2.0"), ("1.2.3rc1", "1.2.3-rc1")]);
    refused(Scheme::Julia, &["", "v", "1.2.3.4", "a", "1.2.3+"]);
}

#[test]
fn bitnami_by_its_rules() {
    ascending(
        Scheme::Bitnami,
        &["1.2.2", "1.2.3-alpha.1", "1.2.3", "1.2.3-0", "1.2.3-1", "1.2.3-2", "1.2.3-10", "1.2.4"],
    );
    equal(Scheme::Bitnami, &[("1.2", "1.2.0"), ("1.2.0+x", "1.2.0")]);
}
