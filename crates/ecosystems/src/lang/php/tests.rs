use plimsoll_model::{DependencyScope, Package};
use proptest::prelude::*;

use super::*;
use crate::lang::tests::{analyze, names, packages};

fn read(path: &str, text: &str) -> Vec<Package> {
    packages(&*language(), path, text)
}

#[test]
fn composer_one_two_and_the_lock_file() {
    let rows = r#"[{"name": "symfony/http-foundation", "version": "v4.4.0", "license": ["MIT"],
        "require": {"php": ">=7", "symfony/mime": "^4"}}, {"name": "symfony/mime", "version": "4.4.1", "require": []},
        {"name": "a/b", "version": "dev-master"}]"#;
    let two = format!(r#"{{"packages": {rows}, "dev": true, "dev-package-names": ["a/b"]}}"#);
    for text in [rows, &two] {
        let found = read("app/vendor/composer/installed.json", text);
        assert_eq!(names(&found), ["symfony/http-foundation 4.4.0", "symfony/mime 4.4.1", "a/b "]);
        assert_eq!(found[1].app.as_ref().unwrap().required_by, ["symfony/http-foundation@4.4.0"]);
        assert_eq!(found[0].app.as_ref().unwrap().is_direct, Some(true));
    }
    let found = read("composer.lock", &format!(r#"{{"packages": [], "packages-dev": {rows}}}"#));
    assert_eq!(found[0].app.as_ref().unwrap().scope, DependencyScope::Development);
    assert_eq!(read("app/installed.json", rows), []);
}

#[test]
fn pears_registry() {
    let text = r#"a:23:{s:7:"attribs";a:1:{s:6:"schema";s:1:"2";}s:4:"name";s:11:"Archive_Tar";s:7:"channel";s:12:"pear.php.net";s:7:"version";a:2:{s:7:"release";s:5:"1.4.3";s:3:"api";s:5:"1.4.0";}}"#;
    assert_eq!(
        names(&read("usr/local/lib/php/.registry/archive_tar.reg", text)),
        ["Archive_Tar 1.4.3"]
    );
    assert!(analyze(&*language(), "x/.registry/a.reg", b"s:4:\"name\";s:99:\"a\";").is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, tail in "s:4:\"name\";s:[0-9]{0,25}:\"[a-z]{0,3}") {
        let _ = analyze(&*language(), "composer.lock", &bytes);
        let _ = analyze(&*language(), "x/.registry/a.reg", tail.as_bytes());
    }
}
