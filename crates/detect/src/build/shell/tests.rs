#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn script(code: &str) -> Script {
    let mut script = Script::default();
    read(&Text::detached(code), &mut script, 0);
    script
}

fn lines(code: &str) -> Vec<String> {
    script(code).commands.iter().map(Command::line).collect()
}

#[test]
fn commands_of_all_constructs() {
    assert_eq!(
        lines("set -eux; apt-get update && (cd /x; make) || { echo 'apt install'; }"),
        ["set -eux", "apt-get update", "cd /x", "make", "echo 'apt install'"]
    );
    assert_eq!(
        lines(
            "if a; then b; elif c; then d; else e; fi; for i in $(f); do g $i; done; case x in y) h;; esac"
        ),
        ["a", "b", "c", "d", "e", "g $i", "h", "f"]
    );
    assert_eq!(lines("f() { curl x; }; while true; do f; done"), ["curl x", "true", "f"]);
    assert_eq!(
        lines("# apt install\necho \"$(curl -k `id`)\" # apt"),
        ["echo \"$(curl -k `id`)\"", "curl -k `id`", "id"]
    );
}

#[test]
fn wrappers_and_nested_shells() {
    let found = script("sudo -u x env A=1 apt-get install y && bash -lc 'wget z | sh'");
    let names: Vec<_> = found.commands.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["apt-get", "bash", "wget", "sh"]);
    assert_eq!(found.commands[0].wrappers, ["sudo", "env"]);
    assert_eq!(found.commands[0].assignments, [("A".to_owned(), "1".to_owned())]);
    assert_eq!((found.commands[3].stage, found.commands[3].pipeline_length), (1, 2));
    assert_eq!(found.commands[2].pipeline, found.commands[3].pipeline);
    assert_ne!(found.commands[0].pipeline, found.commands[2].pipeline);
}

#[test]
fn options() {
    let found = script("apt-get -qqy --no-install-recommends -o A=b install x");
    let command = &found.commands[0];
    assert!(command.has_option(&["y"]) && command.has_option(&["no-install-recommends"]));
    assert!(!command.has_option(&["f", "yes"]));
    assert_eq!(command.option_value(&["o"]), Some("A=b"));
}

#[test]
fn places_count_bytes() {
    let mut text = Text::default();
    text.push("echo ü && ", 100);
    text.push("apt x", 200);
    let mut script = Script::default();
    read(&text, &mut script, 0);
    assert_eq!((script.commands[1].at, script.commands[1].name_end), (200, 203));
}

#[test]
fn what_is_not_read_is_said() {
    for code in ["if", "echo 'x", "$(".repeat(1_001).as_str(), "a".repeat(MAX_SCRIPT + 1).as_str()]
    {
        assert!(matches!(script(code).outcome, Outcome::Unreadable(_)), "{:.20}", code);
    }
}

#[test]
fn deep_nesting_does_not_overflow() {
    for (open, close) in [
        ("{ ", " }"),
        ("( ", " )"),
        ("$(", ")"),
        ("if a; then ", "; fi"),
        ("case x in y) ", ";; esac"),
    ] {
        let depth = MAX_NESTING / 2 - 1;
        let code = format!("{}b;{}", open.repeat(depth), close.repeat(depth));
        let _ = script(&code);
    }
    for unit in [
        "( ",
        "(( ",
        "case x in a) ",
        "for (( ",
        "[[ a =~ ( ",
        "case x in a) b;; esac) ",
        "case x in a) echo esac; ",
    ] {
        let _ = script(&format!("{}b;", unit.repeat(400)));
    }
    let _ = script(&"case x in a) b;; esac; (c; d) ".repeat(200));
    let _ = script(&"! ".repeat(MAX_NESTING));
    let _ = script(&format!("if a; then b; {} fi", "elif a; then b; ".repeat(900)));
    let _ = script(&"coproc ".repeat(MAX_NESTING));
    let _ = script(&format!("[[ {} a {} ]]", "( ".repeat(900), " )".repeat(900)));
    let _ = script(&format!("echo {}x{}", "${a:-".repeat(900), "}".repeat(900)));
}

proptest! {
    #[test]
    fn any_code_is_read_or_said_not_to_be(code in "([a-z $(){}`'\"|&;<>=#!\\\\\n-]|if |then |fi |do |done |case |in |esac |\\[\\[ |ü){0,60}") {
        let length = code.len();
        for command in script(&code).commands {
            prop_assert!(command.at <= length + 64);
        }
    }
}
