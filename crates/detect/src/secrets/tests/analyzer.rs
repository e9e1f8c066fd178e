//! Files as the layer pass hands them over.

use std::io::Write as _;

use plimsoll_model::{
    Analyzer, Detection, EntryKind, Fact, FileMeta, LayerFile, PathEntry, Problem, ProblemKind,
    Want,
};
use proptest::prelude::*;

use super::super::{RuleSet, Secrets, examples::expand};

fn meta(path: &str, size: u64) -> FileMeta<'_> {
    FileMeta {
        entry: PathEntry {
            path,
            kind: EntryKind::File,
            mode: 0o600,
            uid: 0,
            gid: 0,
            size,
            target: "",
        },
    }
}

fn found(facts: Vec<Fact>) -> Vec<Detection> {
    facts
        .into_iter()
        .map(|fact| match fact {
            Fact::Detection(detection) => *detection,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn run_with(secrets: &Secrets, path: &str, bytes: &[u8]) -> (Vec<Detection>, Vec<Problem>) {
    let (mut facts, mut problems) = (Vec::new(), Vec::new());
    let file = LayerFile { meta: meta(path, bytes.len() as u64), bytes };
    secrets.analyze(&file, &mut facts, &mut problems).unwrap();
    let whole = found(facts);
    // A stream gives the same, except for what it cannot know of the file as a whole.
    let (mut facts, mut of_stream) = (Vec::new(), Vec::new());
    secrets.analyze_stream(&file.meta, &mut &bytes[..], &mut facts, &mut of_stream).unwrap();
    let rules = |list: &[Detection]| -> Vec<(String, String)> {
        list.iter().map(|d| (d.rule.clone(), d.inside.clone())).collect()
    };
    assert_eq!(rules(&whole), rules(&found(facts)), "{path}");
    (whole, problems)
}

fn run(path: &str, bytes: &[u8]) -> (Vec<Detection>, Vec<Problem>) {
    run_with(&Secrets::new(RuleSet::builtin()), path, bytes)
}

/// Rule and place inside the file.
fn places(found: &[Detection]) -> Vec<(&str, &str)> {
    found.iter().map(|d| (d.rule.as_str(), d.inside.as_str())).collect()
}

fn token() -> String {
    String::from_utf8(expand("{{github:ghp}}", "analyzer").unwrap()).unwrap()
}

fn line() -> Vec<u8> {
    format!("first\nGITHUB_TOKEN={}\n", token()).into_bytes()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const RULE: &str = "github-personal-token";

#[test]
fn once_per_file_with_sightings_and_masked() {
    let text = [line(), line(), b"end\n".to_vec()].concat();
    let (found, problems) = run("srv/app/settings", &text);
    assert_eq!((places(&found), problems), (vec![(RULE, "")], vec![]));
    let lines: Vec<_> = found[0].sightings.iter().map(|s| (s.line, s.column)).collect();
    assert_eq!(lines, [(Some(2), Some(14)), (Some(4), Some(14))]);
    assert!(!format!("{found:?}").contains(&token()), "the value is shown");
    assert!(found[0].sightings[0].text.starts_with("GITHUB_TOKEN=ghp_****"));
    assert_eq!(found[0].file.as_ref().unwrap().size, text.len() as u64);
    assert!(found[0].advice.contains("--mount=type=secret"));
}

#[test]
fn archives_one_level_deep() {
    let text = line();
    let inner = zip(&[("deep/.env", &text)]);
    let outer = zip(&[("conf/app.env", &text), ("lib/inner.jar", &inner), ("a/B.class", &text)]);
    assert_eq!(places(&run("srv/app.jar", &outer).0), [(RULE, "conf/app.env")]);
    let deeper = Secrets::new(RuleSet::builtin()).with_depth(2);
    let mut two = run_with(&deeper, "srv/app.jar", &outer).0;
    two.sort_by(|a, b| a.inside.cmp(&b.inside));
    assert_eq!(places(&two), [(RULE, "conf/app.env"), (RULE, "lib/inner.jar!/deep/.env")]);
    let archive = tar(&[("x/readable", b"nothing"), ("x/.env", &text)]);
    assert_eq!(places(&run("srv/x.tar", &archive).0), [(RULE, "x/.env")]);
    assert_eq!(places(&run("srv/x.tar.gz", &gzip(&archive)).0), [(RULE, "x/.env")]);
    assert_eq!(places(&run("srv/dump.sql.gz", &gzip(&text)).0), [(RULE, "dump.sql")]);
    let none = Secrets::new(RuleSet::builtin()).with_depth(0);
    assert_eq!(places(&run_with(&none, "srv/app.jar", &outer).0), []);
}

#[test]
fn bombs_and_damage_are_told_and_what_came_before_is_searched() {
    let bomb = gzip(&[line(), vec![b'\n'; 80 << 20]].concat());
    let (found, problems) = run("srv/bomb.gz", &bomb);
    assert_eq!(places(&found), [(RULE, "bomb")]);
    assert_eq!(problems[0].kind, ProblemKind::LimitReached);
    let mut cut = gzip(&[line(), expand("{{print:60000}}", "x").unwrap()].concat());
    cut.truncate(cut.len() / 2);
    let (found, problems) = run("srv/cut.gz", &cut);
    assert_eq!(places(&found), [(RULE, "cut")]);
    assert_eq!(problems.len(), 1);
    let mut broken = zip(&[("a", &line()), ("b", &line())]);
    let middle = broken.len() / 2;
    broken.truncate(middle);
    let (_, problems) = run("srv/broken.zip", &broken);
    assert_eq!(problems[0].kind, ProblemKind::Truncated);
}

#[test]
fn bytecode_and_utf16() {
    let mut bytes = b"\xcb\x0d\x0d\x0a\0\0\0\0z\x05helloz\x28".to_vec();
    bytes.extend(token().bytes());
    bytes.extend(b"r\0\0\0\0");
    // The letter behind the token would else be a part of it.
    assert_eq!(places(&run_bytecode(&bytes)), [(RULE, "")]);
    let utf16: Vec<u8> =
        String::from_utf8(line()).unwrap().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (found, _) = run("srv/app/settings.reg", &utf16);
    assert_eq!(places(&found), [(RULE, "")]);
    assert_eq!(found[0].sightings[0].line, Some(2));
}

fn run_bytecode(bytes: &[u8]) -> Vec<Detection> {
    let (mut facts, mut problems) = (Vec::new(), Vec::new());
    let file = LayerFile { meta: meta("srv/app/a.pyc", bytes.len() as u64), bytes };
    Secrets::new(RuleSet::builtin()).analyze(&file, &mut facts, &mut problems).unwrap();
    found(facts)
}

/// Quadratic work would not end in our time.
#[test]
fn a_long_line_costs_little_and_shows_little() {
    for unit in [
        "password=",
        "-----BEGIN {{=RSA}} PRIVATE KEY-----",
        "ghp_",
        "\"secret\":\"",
        "AKIA",
        "token: a1b2c3d4e5f6g7h8 ",
    ] {
        let unit = expand(unit, "long").unwrap();
        let mut text = unit.repeat((1 << 19) / unit.len());
        text.extend_from_slice(format!(" GITHUB_TOKEN={} ", token()).as_bytes());
        text.extend(unit.repeat(2000));
        let (found, _) = run("srv/app/one-line", &text);
        for sighting in found.iter().flat_map(|d| &d.sightings) {
            assert!(sighting.text.len() <= 250, "{}", sighting.text.len());
        }
        assert!(found.iter().any(|d| d.rule == RULE), "{}", String::from_utf8_lossy(&unit));
    }
}

#[test]
fn what_is_read() {
    let secrets = Secrets::new(RuleSet::builtin());
    for (path, head, size, want) in [
        ("etc/app.conf", &b"a = b"[..], 9, Want::Whole),
        ("var/big.log", b"line\n", 64 << 20, Want::Stream),
        ("usr/bin/app", b"\x7fELF\x02\x01", 9000, Want::Skip),
        ("a/b.png", b"\x89PNG\r\n", 9000, Want::Skip),
        ("a/empty", b"", 0, Want::Skip),
        ("app/a.pyc", b"\xcb\x0d\x0d\x0a", 900, Want::Whole),
        ("srv/app.jar", b"PK\x03\x04", 64 << 20, Want::Whole),
        ("usr/share/man/man1/ls.1.gz", b"\x1f\x8b\x08", 900, Want::Skip),
        ("srv/dump.gz", b"\x1f\x8b\x08", 900, Want::Whole),
    ] {
        assert_eq!(secrets.wants(&meta(path, size), head), want, "{path}");
    }
}

/// What is in a file was seen under its first name; only where a name matters it is wanted again.
#[test]
fn hard_links_are_read_again_only_for_their_names() {
    let secrets = Secrets::new(RuleSet::builtin());
    for (other, path, want) in [
        ("usr/bin/perl", "usr/bin/perl5.36.0", Want::Skip),
        ("srv/app/a.py", "srv/app/b.py", Want::Skip),
        ("srv/app/a", "srv/app/b.py", Want::Whole),
        ("srv/app/env", "srv/app/.env", Want::Whole),
        ("usr/share/doc/x/token", "srv/token", Want::Whole),
    ] {
        let mut meta = meta(path, 90);
        meta.entry.target = other;
        assert_eq!(secrets.wants(&meta, b""), want, "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_answered(start in 0usize..6, bytes in prop::collection::vec(any::<u8>(), 0..2000), text in "[ -~\n]{0,400}") {
        let starts: [&[u8]; 6] = [b"", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"\xff\xfe", b"\xcb\x0d\x0d\x0a", b"\xfe\xed\xfe\xed"];
        for (path, rest) in [("a/b", &bytes[..]), ("etc/shadow", text.as_bytes()), ("a/c.pyc", &bytes), ("a/k.jks", &bytes)] {
            let all = [starts[start], rest].concat();
            let secrets = Secrets::new(RuleSet::builtin());
            let (mut facts, mut problems) = (Vec::new(), Vec::new());
            let file = LayerFile { meta: meta(path, all.len() as u64), bytes: &all };
            secrets.analyze(&file, &mut facts, &mut problems).unwrap();
            secrets.analyze_stream(&file.meta, &mut &all[..], &mut facts, &mut problems).unwrap();
        }
    }

    #[test]
    fn any_rule_text_is_answered(text: String) {
        let _ = RuleSet::with_own("x", &text);
        let yaml = format!("vendor: x\nrules:\n  - id: x-y\n    title: T\n    category: saas\n    severity: low\n    keywords: [abc]\n    pattern: {text:?}\n");
        let _ = RuleSet::with_own("x", &yaml);
    }
}
