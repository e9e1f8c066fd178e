use plimsoll_model::{DependencyScope, Package};
use proptest::prelude::*;

use super::*;
use crate::lang::tests::{analyze, names, packages};

fn read(path: &str, text: &str) -> Vec<Package> {
    packages(&Javascript, path, text)
}

fn by_name<'p>(packages: &'p [Package], name: &str) -> &'p Package {
    packages.iter().find(|package| package.name == name).unwrap()
}

#[test]
fn a_package_json_counts_by_its_place() {
    const TEXT: &str =
        r#"{"name": "@s/a", "version": "v1.2.3", "license": "MIT", "dependencies": {"b": "^1"}}"#;
    let found = read("app/node_modules/@s/a/package.json", TEXT);
    assert_eq!(names(&found), ["@s/a 1.2.3"]);
    assert_eq!((found[0].licenses.len(), found[0].depends.len()), (1, 1));
    for path in
        ["node_modules/.pnpm/a@1/node_modules/a/package.json", "opt/yarn-v1.22.19/package.json"]
    {
        assert_eq!(read(path, TEXT).len(), 1, "{path}");
    }
    for path in ["app/node_modules/a/dist/package.json", "a/node_modules/@s/a/esm/package.json"] {
        assert_eq!(role(path), None, "{path}");
    }
    assert_eq!(
        read("app/package.json", r#"{"name": "mine", "version": "1", "private": true}"#),
        []
    );
    assert_eq!(read("app/package.json", "{{ template }}"), []);
    assert!(analyze(&Javascript, "node_modules/a/package.json", b"{").is_err());
    let nameless = read(
        "app/node_modules/@s/b/package.json",
        r#"{"version": "1", "licenses": [{"type": "MIT"}]}"#,
    );
    assert_eq!((names(&nameless), nameless[0].licenses.len()), (vec!["@s/b 1".to_owned()], 1));
}

#[test]
fn npm_locks_of_all_versions() {
    let old = r#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "requires": {"b": "^2"},
        "dependencies": {"b": {"version": "2.0.0", "dev": true}}}, "c": {"version": "npm:real@3.0.0"},
        "d": {"version": "git+ssh://git@example.org/d.git#0123", "optional": true}}}"#;
    let mut found = read("package-lock.json", old);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(names(&found), ["a 1.0.0", "b 2.0.0", "d ", "real 3.0.0"]);
    assert_eq!(by_name(&found, "b").app.as_ref().unwrap().required_by, ["a@1.0.0"]);
    assert_eq!(by_name(&found, "b").app.as_ref().unwrap().scope, DependencyScope::Development);
    assert_eq!(by_name(&found, "d").app.as_ref().unwrap().scope, DependencyScope::Optional);

    let new = r#"{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "^1"}}, "packages/w": {"version": "0"},
        "node_modules/w": {"link": true}, "node_modules/a": {"version": "1.0.0", "license": "MIT", "dependencies": {"b": "2"}},
        "node_modules/a/node_modules/b": {"version": "2.0.0"}, "node_modules/x": {"name": "real", "version": "3.0.0"}}}"#;
    let found = read("npm-shrinkwrap.json", new);
    assert_eq!(names(&found), ["a 1.0.0", "b 2.0.0", "real 3.0.0"]);
    let direct: Vec<_> = found.iter().map(|p| p.app.as_ref().unwrap().is_direct).collect();
    assert_eq!(direct, [Some(true), Some(false), Some(false)]);
    assert_eq!(found[1].app.as_ref().unwrap().required_by, ["a@1.0.0"]);
}

#[test]
fn yarn_locks_classic_and_berry() {
    let classic = "# yarn lockfile v1\n\n\n\"@s/a@^1.0\", \"@s/a@^1.1\":\n  version \"1.1.0\"\n  resolved \"https://example.org\"\n  \
                   dependencies:\n    b \"^2\"\n\nb@^2:\n  version \"2.0.0\"\n\nx@npm:real@^3:\n  version \"3.0.0\"\n";
    let found = read("yarn.lock", classic);
    assert_eq!(names(&found), ["@s/a 1.1.0", "b 2.0.0", "real 3.0.0"]);
    assert_eq!(found[1].app.as_ref().unwrap().required_by, ["@s/a@1.1.0"]);

    let berry = "# generated\n\n__metadata:\n  version: 6\n\n\"@s/a@npm:^1.0\":\n  version: 1.10\n  resolution: \"@s/a@npm:1.10\"\n  \
                 dependencies:\n    b: ^2\n\n\"mine@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"mine@workspace:.\"\n";
    assert_eq!(names(&read("yarn.lock", berry)), ["@s/a 1.10"]);
    assert_eq!(
        names(&read("app/.yarn/cache/@s-a-npm-1.10.0-rc.1-0123456789-8.zip", "")),
        ["@s/a 1.10.0-rc.1"]
    );
}

#[test]
fn pnpm_locks_of_all_versions() {
    let five = "lockfileVersion: 5.4\ndependencies:\n  a: 1.0.0_b@2\npackages:\n  /a/1.0.0_b@2:\n    dependencies:\n      b: 2.0.0\n    \
                dev: false\n  /@s/b/2.0.0:\n    dev: true\n";
    let found = read("pnpm-lock.yaml", five);
    assert_eq!(names(&found), ["@s/b 2.0.0", "a 1.0.0"]);
    assert_eq!(found[0].app.as_ref().unwrap().scope, DependencyScope::Development);
    let six = "lockfileVersion: '6.0'\npackages:\n  /@s/a@1.10(b@2.0.0):\n    dev: false\n";
    assert_eq!(names(&read("pnpm-lock.yaml", six)), ["@s/a 1.10"]);
    let nine = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0\n\
                packages:\n  a@1.0.0:\n    resolution: {integrity: x}\n  b@2.0.0:\n    resolution: {integrity: x}\n\
                snapshots:\n  a@1.0.0(b@2.0.0):\n    dependencies:\n      b: 2.0.0\n";
    let found = read("pnpm-lock.yaml", nine);
    assert_eq!(names(&found), ["a 1.0.0", "b 2.0.0"]);
    assert_eq!(found[1].app.as_ref().unwrap().required_by, ["a@1.0.0"]);
    assert_eq!(found[0].app.as_ref().unwrap().is_direct, Some(true));
}

#[test]
fn buns_lock_has_trailing_commas() {
    let text = r#"{"lockfileVersion": 1, "packages": {
        "a": ["a@1.0.0", "", { "dependencies": { "b": "2,]", }, }, "sha512-x=="],
        "b": ["@s/b@2.0.0", "", {}, "sha512-\",}"],
        "w": ["w@workspace:packages/w"],
    },}"#;
    assert_eq!(names(&read("bun.lock", text)), ["a 1.0.0", "@s/b 2.0.0"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, which in 0usize..5) {
        let path = ["node_modules/a/package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"][which];
        let _ = analyze(&Javascript, path, &bytes);
    }

    #[test]
    fn any_text_of_the_right_letters_is_read_or_refused(text in "[a-z@/:\" \n{}\\[\\],.0-9_()-]{0,80}", which in 0usize..4) {
        let path = ["yarn.lock", "pnpm-lock.yaml", "bun.lock", ".yarn/cache/a.zip"][which];
        let _ = analyze(&Javascript, path, text.as_bytes());
    }
}
