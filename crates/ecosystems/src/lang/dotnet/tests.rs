use plimsoll_model::Package;
use proptest::prelude::*;

use super::*;
use crate::lang::tests::{analyze, names, packages};

fn read(path: &str, text: &str) -> Vec<Package> {
    packages(&*language(), path, text)
}

#[test]
fn published_programs_and_the_runtime() {
    let text = r#"{"targets": {".NETCoreApp,Version=v6.0": {"app/1.0.0": {"dependencies": {"Newtonsoft.Json": "12.0.1"}},
        "Newtonsoft.Json/12.0.1": {"dependencies": {"System.X": "4.3.0"}}, "System.X/4.3.0": {}}},
        "libraries": {"app/1.0.0": {"type": "project"}, "Newtonsoft.Json/12.0.1": {"type": "package"}, "System.X/4.3.0": {"type": "package"},
        "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1": {"type": "runtimepack"}}}"#;
    let found = read("app/app.deps.json", text);
    let runtime = "Microsoft.NETCore.App.Runtime.linux-x64 6.0.1";
    assert_eq!(names(&found), ["Newtonsoft.Json 12.0.1", "System.X 4.3.0", runtime]);
    assert_eq!(found[0].app.as_ref().unwrap().is_direct, Some(true));
    assert_eq!(found[1].app.as_ref().unwrap().required_by, ["Newtonsoft.Json@12.0.1"]);
}

#[test]
fn lock_files_and_packages_config() {
    let text = r#"{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "requested": "[1, )", "resolved": "1.0.0",
        "dependencies": {"B": "2"}}, "B": {"type": "Transitive", "resolved": "2.0.0"}, "mine": {"type": "Project"}},
        "net8.0": {"A": {"type": "Direct", "resolved": "1.0.0"}}}}"#;
    assert_eq!(names(&read("packages.lock.json", text)), ["A 1.0.0", "B 2.0.0"]);
    let text = "<?xml version=\"1.0\"?>\n<packages>\n  <package id=\"A\" version='1.0' targetFramework=\"net45\" />\n  <package targetid=\"x\"/>\n</packages>";
    assert_eq!(names(&read("packages.config", text)), ["A 1.0"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "(<package |id|version|=|\"| |>|a){0,12}") {
        let _ = analyze(&*language(), "a.deps.json", &bytes);
        let _ = analyze(&*language(), "packages.lock.json", &bytes);
        let _ = analyze(&*language(), "packages.config", text.as_bytes());
    }
}
