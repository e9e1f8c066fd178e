use plimsoll_model::{EntryKind, PathEntry};

use super::*;

fn wants(path: &str, size: u64, head: &[u8]) -> bool {
    let entry =
        PathEntry { path, kind: EntryKind::File, mode: 0o644, uid: 0, gid: 0, size, target: "" };
    Java.wants(&FileMeta { entry }, head) != Want::Skip
}

#[test]
fn only_java_files_are_wanted() {
    const ZIP: &[u8] = b"PK\x03\x04";
    let jar = [ZIP, &[0; 26], b"META-INF/MANIFEST.MF"].concat();
    for (path, head, expected) in [
        ("app/app.jar", ZIP, true),
        ("app/APP.JAR", ZIP, true),
        ("app/app.jar", b"#!/bin/bash", true),
        ("app/app.jar", b"", false),
        ("var/x.par", b"some text", false),
        ("app/application", &jar, true),
        ("app/document.docx", ZIP, false),
        ("usr/lib/jvm/x/release", b"IMPLEMENTOR=\"x\"", true),
        ("etc/release", b"NAME=x", false),
        ("src/gradle.lockfile", b"", true),
        ("src/gradle/dependency-locks/compileClasspath.lockfile", b"", true),
        ("src/other.lockfile", b"", false),
        ("src/pom.xml", b"", true),
        ("jar", b"", false),
    ] {
        assert_eq!(wants(path, 10, head), expected, "{path}");
    }
    assert!(!wants("jvm/release", MAX_RELEASE + 1, b"JAVA_VERSION=\"1\""));
}

#[test]
fn a_project_names_what_it_pins() {
    let text = "<project><groupId>g</groupId><artifactId>app</artifactId><version>1</version><dependencies>\
        <dependency><groupId>a</groupId><artifactId>b</artifactId><version>2.0</version></dependency>\
        <dependency><groupId>a</groupId><artifactId>range</artifactId><version>[1,2)</version></dependency>\
        <dependency><groupId>a</groupId><artifactId>open</artifactId></dependency>\
        </dependencies></project>";
    let (packages, _) = parse_project(text.as_bytes()).unwrap().into_parts();
    let [b] = &packages[..] else { panic!("{packages:?}") };
    assert_eq!((b.name.as_str(), b.version.as_str()), ("a:b", "2.0"));
    assert_eq!(b.app.as_ref().unwrap().required_by, ["g:app@1"]);
}
