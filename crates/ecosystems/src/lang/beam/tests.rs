use proptest::prelude::*;

use super::*;
use crate::lang::tests::{analyze, names, packages};

#[test]
fn applications_and_lock_files() {
    let text = "%% comment\n{application,'cowboy',[\n  {description,\"x\"},\n  {vsn,\"2.9.0\"},\n  {modules,[]}]}.\n";
    let found = packages(&*language(), "app/lib/cowboy-2.9.0/ebin/cowboy.app", text);
    assert_eq!((names(&found), found[0].kind), (vec!["cowboy 2.9.0".to_owned()], PackageKind::Hex));
    let found = packages(
        &*language(),
        "usr/lib/erlang/lib/ssl-10.9/ebin/ssl.app",
        "{application, ssl,\n [{vsn, \"10.9\"}]}.",
    );
    assert_eq!((names(&found), found[0].kind), (vec!["ssl 10.9".to_owned()], PackageKind::Otp));
    let text = "%{\n  \"plug\": {:hex, :plug, \"1.10.0\", \"00\", [:mix], [], \"hexpm\"},\n  \"g\": {:git, \"https://example.org/g\", \"00\", []},\n}\n";
    assert_eq!(names(&packages(&*language(), "mix.lock", text)), ["plug 1.10.0"]);
    let text = "{\"1.2.0\",\n[{<<\"cowboy\">>,{pkg,<<\"cowboy\">>,<<\"2.9.0\">>},0},\n {<<\"ranch\">>,{pkg,<<\"ranch\">>,<<\"1.8.0\">>},1}]}.\n";
    let found = packages(&*language(), "rebar.lock", text);
    assert_eq!(names(&found), ["cowboy 2.9.0", "ranch 1.8.0"]);
    let direct: Vec<_> = found.iter().map(|p| p.app.as_ref().unwrap().is_direct).collect();
    assert_eq!(direct, [Some(true), Some(false)]);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z{},<>\"':0. \n]{0,80}", which in 0usize..3) {
        let path = ["x/ebin/a.app", "mix.lock", "rebar.lock"][which];
        let _ = analyze(&*language(), path, text.as_bytes());
    }
}
