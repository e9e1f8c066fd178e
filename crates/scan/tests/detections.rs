//! What becomes of detections, texts and odd files between the layers and the report.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use plimsoll_model::{
    Analyzer, AnalyzerId, Detection, Fact, FileError, FileMeta, Fingerprint, Inventory, LayerFile,
    Problem, RiskKind, Severity, Sighting, SuppressionSource, Want,
};
use plimsoll_policy::Policy;
use plimsoll_scan::{AnalyzerSet, Checks, ScanOptions, evaluate, scan_image};
use plimsoll_testkit::image;
use plimsoll_vulndb::{BuildOptions, Builder, VulnDb};

/// Takes every line `secret NAME` for a secret.
struct Secrets;

impl Analyzer for Secrets {
    fn id(&self) -> AnalyzerId {
        "test-secrets"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, _: &FileMeta<'_>, head: &[u8]) -> Want {
        if head.starts_with(b"secret") { Want::Whole } else { Want::Skip }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        _: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let text = std::str::from_utf8(file.bytes).unwrap();
        for (line, name) in (1..).zip(text.lines().filter_map(|line| line.strip_prefix("secret ")))
        {
            let mut found = Detection::new(RiskKind::SensitiveFile, "test-key", Severity::High);
            found.title = "Key of a test".into();
            found.advice = "Revoke it.".into();
            found.fingerprint = Some(name.into());
            found.sightings =
                vec![Sighting { line: Some(line), text: "se…".into(), ..Sighting::default() }];
            out.push(Fact::Detection(Box::new(found)));
        }
        Ok(())
    }
}

fn scan(text: &str) -> Inventory {
    let checks = AnalyzerSet::of(Checks::default());
    let mut list = plimsoll_ecosystems::analyzers();
    list.push(Box::new(plimsoll_detect::texts::TextFiles));
    list.push(Box::new(Secrets));
    let analyzers = AnalyzerSet::new(list).with_checks(checks.checks().clone());
    scan_image(&image(text).memory(), &analyzers, &ScanOptions::default()).unwrap()
}

/// `RULE PATH layer hidden-by owner` of each.
fn placed(inventory: &Inventory) -> Vec<String> {
    inventory
        .detections
        .iter()
        .filter(|d| d.detection.rule == "test-key")
        .map(|d| {
            format!(
                "{} {} {:?} {:?} {}",
                d.detection.fingerprint.as_deref().unwrap_or_default(),
                d.path.as_deref().unwrap_or_default(),
                d.layer.unwrap(),
                d.hidden_by,
                d.owner.as_deref().unwrap_or("-")
            )
        })
        .collect()
}

const LAYERS: &str = "
    === layer
    //- /etc/os-release
    ID=debian
    VERSION_ID=12
    //- /etc/passwd
    root:x:0:0:root:/root:/bin/sh
    //- /etc/group
    root:x:0:
    //- /var/lib/dpkg/status
    Package: a
    Status: install ok installed
    Architecture: amd64
    Version: 1
    //- /var/lib/dpkg/info/a.list
    /usr/share/a/key
    /usr/bin/a
    //- /usr/share/a/key
    secret shipped
    //- /usr/bin/a mode=4755
    program
    //- /usr/bin/b mode=4755
    program
    //- /srv/deleted
    secret deleted
    //- /srv/replaced
    secret old
    //- /srv/rewritten
    secret same
    //- /srv/below/file
    secret below
    === layer
    //- /srv/.wh.deleted
    //- /srv/replaced
    secret new
    //- /srv/rewritten
    # a comment
    //- /srv/below/.wh..wh..opq
    === layer
    //- /srv/rewritten
    secret same
    //- /tmp/x mode=755
    program
";

#[test]
fn deleted_and_overwritten_secrets_are_kept_with_the_layer_that_hides_them() {
    assert_eq!(
        placed(&scan(LAYERS)),
        [
            "below srv/below/file 0 Some(1) -",
            "deleted srv/deleted 0 Some(1) -",
            "old srv/replaced 0 Some(1) -",
            "shipped usr/share/a/key 0 None a",
            "new srv/replaced 1 None -",
            // The first layer's is the same secret in the same file.
            "same srv/rewritten 2 None -",
        ]
    );
}

#[test]
fn texts_and_odd_files_are_those_of_the_finished_image() {
    let inventory = scan(LAYERS);
    let texts: Vec<&str> = inventory.texts.iter().map(|text| text.path.as_str()).collect();
    assert_eq!(texts, ["etc/group", "etc/passwd"]);
    let odd: Vec<String> = inventory
        .notable
        .iter()
        .map(|file| format!("{} {:o} {:?}", file.path, file.mode, file.owner.as_deref()))
        .collect();
    assert_eq!(odd, ["tmp/x 755 None", "usr/bin/a 4755 Some(\"a\")", "usr/bin/b 4755 None"]);
}

#[test]
fn findings_say_where_and_that_deleting_does_not_help() {
    let inventory = scan(LAYERS);
    let now = "2026-06-15T00:00:00Z".parse().unwrap();
    let mut file = Vec::new();
    Builder::new(BuildOptions::new("test", now)).unwrap().finish(&mut file).unwrap();
    let db = VulnDb::from_bytes(file).unwrap();
    let judge = |checks| evaluate(&inventory, &db, &checks, &Policy::default(), now).report;
    let report = judge(Checks::default());
    let find = |print: &str| {
        let mut found = report.findings.iter().filter(|finding| {
            finding.detection.as_ref().is_some_and(|d| d.fingerprint.as_deref() == Some(print))
        });
        found.next().unwrap()
    };
    let deleted = find("deleted");
    assert_eq!(deleted.layer.as_ref().unwrap().index, 0);
    assert!(deleted.fix.advice.contains("pull it out of layer 0"), "{}", deleted.fix.advice);
    assert!(deleted.fix.advice.ends_with("Revoke it."));
    assert_eq!(find("new").fix.advice, "Revoke it.");
    assert_eq!(find("new").evidence[0].line, Some(1));
    let shipped = find("shipped").suppression.as_ref().unwrap();
    assert_eq!(shipped.source, SuppressionSource::PackageOwned);
    assert!(shipped.reason.contains("package a"), "{}", shipped.reason);

    let report = judge(Checks::vulnerabilities());
    assert!(report.findings.is_empty());
    assert!(!report.looked_for.contains(&RiskKind::SensitiveFile));
}
