//! Every check against the images that it carries; the catalogue as a whole.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use super::{
    Check, Image, Judge, Parameters, Verdict, catalogue, document,
    evaluate::{answer, evaluate},
    fixture,
};

/// Judges a fixture by one check.
fn verdict(check: &Check, text: &str) -> Verdict {
    let (inventory, parameters, _) = fixture::parse(text);
    let image = Image::new(&inventory, &parameters);
    answer(check, &image).verdict()
}

#[test]
fn every_check_judges_its_examples() {
    let mut wrong = Vec::new();
    for check in catalogue::all() {
        let fails = check.fails.iter().map(|text| (*text, Verdict::Fail));
        let passes = check.passes.iter().map(|text| (*text, Verdict::Pass));
        let skips = check.skips.iter().chain(&[""]).map(|text| (*text, Verdict::NotApplicable));
        for (text, expected) in fails.chain(passes).chain(skips) {
            let found = verdict(check, text);
            if found != expected {
                wrong.push(format!("{}: {found:?} instead of {expected:?} on\n{text}", check.id));
            }
        }
        // The one check that no image can fail is there so that people who look for it find why.
        let is_never = check.id == "baseline-image-content-trust";
        if !is_never && (check.fails.is_empty() || check.passes.is_empty()) {
            wrong.push(format!("{}: no example of a failure and of a pass", check.id));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn examples_hold_only_files_that_scans_keep() {
    let mut unread = BTreeSet::new();
    for check in catalogue::all() {
        for text in check.fails.iter().chain(check.passes) {
            let (_, _, paths) = fixture::parse(text);
            unread.extend(paths.into_iter().map(|path| format!("{}: {path}", check.id)));
        }
    }
    assert!(unread.is_empty(), "{unread:#?}");
}

#[test]
fn main_files_of_services_are_kept() {
    let mut missing = BTreeSet::new();
    for check in catalogue::all() {
        let Judge::Setting(rule) = &check.judge else { continue };
        for glob in rule.service.files {
            // A glob stands for a path that it matches.
            let path = glob.replace("**", "x").replace('*', "x");
            let mut path = path;
            while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
                let first = path[start + 1..end].split(',').next().unwrap().to_owned();
                path.replace_range(start..=end, &first);
            }
            let (_, _, unread) = fixture::parse(&format!("//- /{path}\nx\n"));
            if !unread.is_empty() {
                missing.insert(path.replace('x', "*"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn words_and_ids_are_in_order() {
    let mut ids = BTreeSet::new();
    for check in catalogue::all() {
        assert!(ids.insert(check.id), "{} twice", check.id);
        assert!(check.id.starts_with("baseline-"), "{}", check.id);
        assert!(
            check.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            check.id
        );
        assert!(!check.title.is_empty() && !check.title.ends_with('.'), "{}: title", check.id);
        assert!(check.title.len() < 110, "{}: a long title", check.id);
        assert!(check.why.ends_with('.') && check.advice.ends_with('.'), "{}: sentences", check.id);
    }
    assert!(ids.len() >= 120, "{} checks", ids.len());
}

/// Compares with a file of the repository, or writes it where `PLIMSOLL_BLESS` is set.
fn blessed(path: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("PLIMSOLL_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} is not up to date; run with PLIMSOLL_BLESS=1", path.display());
}

#[test]
fn the_catalogue_is_what_it_was() {
    let mut lines: Vec<String> = catalogue::all()
        .map(|check| {
            let kind = if check.default { "default" } else { "full" };
            format!("{} {} {} {kind}\n", check.id, check.class, check.severity)
        })
        .collect();
    lines.sort();
    blessed("src/baseline/catalogue.txt", &lines.concat());
}

#[test]
fn the_documentation_is_up_to_date() {
    blessed("../../docs/baseline-checks.md", &document());
}

#[test]
fn detections_say_what_and_where() {
    let (inventory, parameters, _) = fixture::parse(
        "//- /etc/ssh/sshd_config\n# first\nPermitRootLogin yes\n//- /etc/shadow mode=640\nroot:*:::::\n",
    );
    let outcome = evaluate(&inventory, &parameters);
    let found = outcome
        .detections
        .iter()
        .find(|d| d.detection.rule == "baseline-ssh-permit-root-login")
        .unwrap();
    assert_eq!(found.path.as_deref(), Some("etc/ssh/sshd_config"));
    assert_eq!(found.layer, Some(0));
    assert_eq!(found.detection.sightings[0].line, Some(2));
    let setting = found.detection.setting.as_ref().unwrap();
    assert_eq!((setting.name.as_str(), setting.actual.as_str()), ("PermitRootLogin", "yes"));
    assert!(
        found
            .detection
            .advice
            .starts_with("In /etc/ssh/sshd_config, line 2, write `PermitRootLogin no`."),
        "{}",
        found.detection.advice
    );
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
    let all = catalogue::all().count();
    assert_eq!(outcome.passed + outcome.failed + outcome.undecided + outcome.not_applicable, all);
}

#[test]
fn what_cannot_be_decided_is_a_problem() {
    // The default of PermitRootLogin changed, and nothing tells the version.
    let (inventory, parameters, _) = fixture::parse("//- /etc/ssh/sshd_config\nPort 22\n");
    let outcome = evaluate(&inventory, &parameters);
    let said = |part: &str| outcome.problems.iter().any(|p| p.message.contains(part));
    assert!(said("baseline-ssh-permit-root-login") && said("7.0"), "{:?}", outcome.problems);
    assert!(outcome.undecided >= 1);
}

#[test]
fn catalogues_and_lists() {
    let selected = |yaml: &str| {
        let parameters = Parameters::parse(yaml).unwrap();
        catalogue::all().filter(|check| parameters.selects(check)).count()
    };
    let (all, default) = (catalogue::all().count(), catalogue::all().filter(|c| c.default).count());
    assert_eq!(selected(""), default);
    assert_eq!(selected("baseline:\n  catalogue: full\n"), all);
    let ssh = catalogue::all().filter(|c| c.class == "ssh").count();
    assert_eq!(selected("catalogue: none\ninclude: [ssh]\n"), ssh);
    assert_eq!(
        selected("catalogue: full\nexclude: [ssh, baseline-sudo-nopasswd]\n"),
        all - ssh - 1
    );
    let parameters = Parameters::parse(
        "baseline:\n  min-password-length: 14\n  weak-passwords: [acme1]\nother: 1\n",
    )
    .unwrap();
    assert_eq!((parameters.min_password_length, parameters.weak_passwords.len()), (14, 1));
    for (yaml, line) in [
        ("a: [", 1),
        ("baseline:\n  catalog: full\n", 2),
        ("catalogue: none\ninclude: [nothing]\n", 2),
        ("min-password-length: long\n", 1),
        ("max-password-days: -4\n", 1),
    ] {
        assert_eq!(Parameters::parse(yaml).unwrap_err().line, line, "{yaml}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(40))]
    #[test]
    fn any_text_under_every_name_is_judged(
        text in "([a-z]{1,8}|[{}\\[\\]();:=,.<>/\"'\\\\#%!$@ \n\t]|root:[x:$0-9]{0,9}\n|NOPASSWD: ALL|include /etc/\\*){0,60}",
    ) {
        let mut paths = BTreeSet::new();
        for check in catalogue::all() {
            for example in check.fails {
                paths.extend(fixture::parse(example).0.texts.into_iter().map(|text| text.path));
            }
        }
        let mut inventory = fixture::empty();
        inventory.config.env = vec![format!("PATH={text}")];
        inventory.config.cmd = vec!["redis-server".into(), text.clone()];
        inventory.texts = paths
            .into_iter()
            .map(|path| plimsoll_model::ImageText { path, layer: 0, mode: 0o644, uid: 0, gid: 0, text: text.clone() })
            .collect();
        let parameters = Parameters { catalogue: super::Catalogue::Full, password_work: 0, ..Parameters::default() };
        let _ = evaluate(&inventory, &parameters);
        let _ = Parameters::parse(&text);
    }
}

#[test]
fn hostile_sizes_are_judged_in_bounded_time_and_memory() {
    let lots = |line: &str| line.repeat((250 << 10) / line.len());
    let files: &[(&str, String)] = &[
        ("etc/nginx/nginx.conf", format!("include nginx.conf;include *;{}", lots("a;"))),
        ("etc/httpd/conf/httpd.conf", format!("Include conf/*\n{}", lots("a b\n"))),
        ("etc/redis.conf", format!("include /etc/redis.conf\n{}", lots("\\\n"))),
        ("etc/sudoers", format!("#includedir /etc/sudoers.d\na ALL={}", lots("NOPASSWD:ALL,"))),
        ("etc/sudoers.d/a", format!("@include /etc/sudoers\n{}", lots("a ALL=NOPASSWD:ALL\\\n,"))),
        ("etc/exports", format!("/a {}", lots("*(rw) "))),
        ("etc/mongod.conf", format!("{}:\n{}", "k".repeat(100_000), lots(" a: {b: c}\n"))),
        (
            "etc/influxdb/influxdb.conf",
            format!(
                "[{}]\n{}",
                "k".repeat(1_000),
                (0..20_000).map(|i| format!("a{i}=1\n")).collect::<String>()
            ),
        ),
        ("etc/passwd", (0..20_000).map(|i| format!("u{i}::0:0\n")).collect()),
        ("etc/shadow", (0..10_000).map(|i| format!("u{i}:$1$a${i}:\n")).collect()),
        ("etc/group", format!("disk:x:6:{}", lots("u1,"))),
        ("etc/yum.repos.d/a.repo", lots("[a]\ngpgcheck=0\n")),
        ("etc/phpmyadmin/config.inc.php", lots("$a=1;")),
    ];
    let mut inventory = fixture::empty();
    inventory.texts = files
        .iter()
        .map(|(path, text)| plimsoll_model::ImageText {
            path: (*path).to_owned(),
            layer: 0,
            mode: 0o644,
            uid: 0,
            gid: 0,
            text: text.clone(),
        })
        .collect();
    inventory.texts.sort_by(|a, b| a.path.cmp(&b.path));
    let parameters = Parameters {
        catalogue: super::Catalogue::Full,
        password_work: 10,
        ..Parameters::default()
    };
    let start = std::time::Instant::now();
    let outcome = evaluate(&inventory, &parameters);
    // Unoptimised and on a busy machine; what is quadratic takes minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    assert!(outcome.detections.len() <= catalogue::all().count() * super::MAX_HITS);
    for part in ["more than", "further places", "was not tried"] {
        assert!(
            outcome.problems.iter().any(|p| p.message.contains(part)),
            "{part}: {:#?}",
            outcome.problems
        );
    }
}
