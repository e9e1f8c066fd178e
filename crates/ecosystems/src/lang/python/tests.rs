use plimsoll_model::{DependencyScope, Fact, Package};
use proptest::prelude::*;

use super::*;
use crate::lang::tests::{analyze, names, packages};

fn read(path: &str, text: &str) -> Vec<Package> {
    packages(&Python, path, text)
}

#[test]
fn installed_metadata_ends_at_the_description() {
    let text = "Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.10\nSummary: x\n  Name: folded\nLicense: BSD\n\
                Requires-Dist: MarkupSafe (>=0.23)\nRequires-Dist: Babel (>=0.8) ; extra == 'i18n'\n\nVersion: 9.9\n";
    let found = read("usr/lib/python3.9/site-packages/Jinja2-2.10.dist-info/METADATA", text);
    assert_eq!(names(&found), ["Jinja2 2.10"]);
    assert_eq!(found[0].licenses, ["BSD"]);
    assert_eq!(found[0].depends, ["MarkupSafe"]);
    let found = read("a/x.egg-info/PKG-INFO", "Name: x\nVersion: 1\nLicense: UNKNOWN\n");
    assert_eq!(found[0].licenses, [""; 0]);
}

#[test]
fn an_empty_egg_info_is_told_by_its_name() {
    assert_eq!(names(&read("usr/lib/python3/six-1.16.0-py3.egg-info", "")), ["six 1.16.0"]);
    assert!(analyze(&Python, "usr/lib/python3/six.egg-info", b"").is_err());
}

#[test]
fn a_direct_url_has_no_credentials() {
    let text = r#"{"url": "https://user:token@example.org/a.git", "vcs_info": {"vcs": "git", "commit_id": "0123"}}"#;
    let (facts, _) = analyze(&Python, "x/a-1.dist-info/direct_url.json", text.as_bytes()).unwrap();
    let Fact::Marker { value, .. } = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(value, "git+https://example.org/a.git@0123");
}

#[test]
fn requirements_yield_exact_pins_only() {
    let text = "\u{23} comment\nurllib3==1.24.1  # why\nrequests[security]==2.20.0 ; python_version < '3'\nflask>=1\n\
                django==2.*\nsix == 1.15.0 \\\n    --hash=sha256:00\n-r other.txt\n--index-url https://example.org\n\
                a @ https://example.org/a-1.zip\npinned===1.0+local\n";
    assert_eq!(
        names(&read("app/requirements-dev.txt", text)),
        ["urllib3 1.24.1", "requests 2.20.0", "six 1.15.0", "pinned 1.0+local"]
    );
    assert_eq!(read("app/robots.txt", "a==1"), []);
}

#[test]
fn lock_files_tell_who_depends_on_what() {
    let text = "version = 1\n[[package]]\nname = \"app\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n\
                dependencies = [{ name = \"requests\" }]\n[[package]]\nname = \"requests\"\nversion = \"2.20.0\"\n\
                dependencies = [{ name = \"urllib3\" }, { name = \"idna\" }]\n[[package]]\nname = \"urllib3\"\nversion = \"1.24.1\"\n";
    let found = read("app/uv.lock", text);
    assert_eq!(names(&found), ["requests 2.20.0", "urllib3 1.24.1"]);
    let app = |n: usize| found[n].app.clone().unwrap();
    assert_eq!(app(0).is_direct, Some(true));
    assert_eq!(app(1).required_by, ["requests@2.20.0"]);
    assert_eq!(app(1).is_direct, None);

    let text = "[[package]]\nname = \"a\"\nversion = \"1\"\ncategory = \"dev\"\n[package.dependencies]\nb = \">=1\"\n\
                [[package]]\nname = \"b\"\nversion = \"2\"\ngroups = [\"main\", \"dev\"]\n";
    let found = read("poetry.lock", text);
    let scopes: Vec<_> = found.iter().map(|p| p.app.as_ref().unwrap().scope).collect();
    assert_eq!(scopes, [DependencyScope::Development, DependencyScope::Runtime]);
    assert_eq!(found[1].app.as_ref().unwrap().required_by, ["a@1"]);

    let text = r#"{"_meta": {}, "default": {"flask": {"version": "==1.0", "index": "pypi"}, "six": {"version": "==1.1"}},
        "develop": {"pytest": {"version": "==5.0"}, "local": {"path": "."}}}"#;
    assert_eq!(
        names(&read("Pipfile.lock", text)),
        ["flask 1.0", "six 1.1", "local ", "pytest 5.0"]
    );

    let text = "lock-version = \"1.0\"\n[[packages]]\nname = \"attrs\"\nversion = \"25.1.0\"\n";
    assert_eq!(names(&read("pylock.dev.toml", text)), ["attrs 25.1.0"]);
}

#[test]
fn conda_says_what_was_asked_for() {
    let text = r#"{"name": "openssl", "version": "1.1.1a", "license": "OpenSSL", "depends": ["libgcc-ng >=7.3.0"],
        "requested_spec": "openssl", "files": []}"#;
    let found = read("opt/conda/conda-meta/openssl-1.1.1a-h7b6447c_0.json", text);
    assert_eq!(names(&found), ["openssl 1.1.1a"]);
    assert_eq!(found[0].depends, ["libgcc-ng"]);
    assert_eq!(found[0].app.as_ref().unwrap().is_direct, Some(true));
    assert_eq!(read("opt/conda/conda-meta/history", ""), []);
}

#[test]
fn a_lock_file_over_the_limit_is_said_to_be() {
    let mut file = crate::lang::tests::file("Pipfile.lock", b"");
    file.meta.entry.size = crate::lang::MAX_TEXT_FILE + 1;
    let error = Python.analyze(&file, &mut Vec::new(), &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind, plimsoll_model::ProblemKind::LimitReached);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, which in 0usize..6) {
        let path = ["a.dist-info/METADATA", "a.dist-info/direct_url.json", "conda-meta/a.json", "Pipfile.lock",
            "uv.lock", "requirements.txt"][which];
        let _ = analyze(&Python, path, &bytes);
    }

    #[test]
    fn any_requirement_is_read_or_left(line in "[a-z=.;#@ \\\\\\[\\]<>*0-9-]{0,40}") {
        let _ = analyze(&Python, "requirements.txt", line.as_bytes());
    }
}
