#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn settings(format: Format, text: &str) -> Vec<(String, String, u32)> {
    format.parse(text).unwrap()
}

fn check(format: Format, text: &str, expected: &[(&str, &str, u32)]) {
    let found = settings(format, text);
    let found: Vec<(&str, &str, u32)> =
        found.iter().map(|(n, v, l)| (n.as_str(), v.as_str(), *l)).collect();
    assert_eq!(found, expected, "{format:?}: {text}");
}

#[test]
fn one_setting_a_line() {
    check(
        Format::Redis,
        "# x\nsave \"\"\nbind 127.0.0.1  ::1 # y\n",
        &[("save", "", 2), ("bind", "127.0.0.1 ::1", 3)],
    );
    check(
        Format::Sshd,
        "Port=22\nMatch User a\n  PermitRootLogin yes\nMatch all\nUsePAM yes\n",
        &[("Port", "22", 1), ("Match.PermitRootLogin", "yes", 3), ("UsePAM", "yes", 5)],
    );
    check(
        Format::Postgres,
        "listen_addresses = '*' # all\nssl on\n",
        &[("listen_addresses", "*", 1), ("ssl", "on", 2)],
    );
    check(
        Format::Properties,
        "a.b = c \\\n  d\n! x\nk\\ y:v\\u0041\n",
        &[("a.b", "c d", 1), ("k y", "vA", 4)],
    );
    check(
        Format::Python,
        "c.NotebookApp.token = u''\nimport os\n",
        &[("NotebookApp.token", "", 1)],
    );
}

#[test]
fn sections() {
    check(
        Format::Ini,
        "[Global]\nmap to guest = Bad User ; x\n; y\n",
        &[("global.map to guest", "Bad User", 2)],
    );
    check(
        Format::MySql,
        "!includedir /etc/x/\n[mysqld]\nskip_grant_tables\nloose-local_infile = 1 # x\n",
        &[
            ("!includedir", "/etc/x/", 1),
            ("mysqld.skip-grant-tables", "1", 3),
            ("mysqld.local-infile", "1", 4),
        ],
    );
    check(Format::Php, "[PHP]\nexpose_php = On ; x\n", &[("expose_php", "On", 2)]);
}

#[test]
fn trees() {
    check(
        Format::Yaml,
        "a:\n  b: 1\n  c: [x, y]\nd:\n- e: 2\n- f: {g: 3}\n",
        &[("a.b", "1", 2), ("a.c", "x,y", 3), ("d.0.e", "2", 5), ("d.1.f.g", "3", 6)],
    );
    check(
        Format::Yaml,
        "{\n\t\"hosts\": [\"tcp://x\"],\n\t\"a\": {\"b\": true}\n}\n",
        &[("hosts", "tcp://x", 2), ("a.b", "true", 3)],
    );
    check(
        Format::Toml,
        "a = 1\n[b.c]\nd = [\"x\", \"y\"]\n",
        &[("a", "1", 1), ("b.c.d", "x,y", 3)],
    );
    check(
        Format::Hadoop,
        "<configuration>\n<property>\n<name>a.b</name>\n<value>c &amp; d</value>\n</property></configuration>",
        &[("a.b", "c & d", 4)],
    );
    check(
        Format::Hcl,
        "ui = true # x\nlistener \"tcp\" {\n  tls_disable = 1\n  a = [\"b\", \"c\"]\n}\n",
        &[("ui", "true", 1), ("listener.tcp.tls_disable", "1", 3), ("listener.tcp.a", "b,c", 4)],
    );
    check(
        Format::Erlang,
        "[{rabbit, [{loopback_users, []}, {x, 1}]}]. % y\n",
        &[("rabbit.loopback_users", "", 1), ("rabbit.x", "1", 1), ("rabbit", "", 1)],
    );
}

#[test]
fn web_servers() {
    let nginx = nginx::parse(
        "user root;\nhttp { # x\n server { listen 80; if ($a ~ \"b;\") { return 1; } } }\n",
        "n",
    )
    .unwrap();
    assert_eq!(nginx[1].block[0].block[1].arguments, ["($a", "~", "b;", ")"]);
    assert_eq!(nginx[1].block[0].block[0].line, 3);
    for wrong in ["a {", "}", "a", "a 'b;", "a { b }"] {
        assert!(nginx::parse(wrong, "n").is_err(), "{wrong}");
    }
    let httpd =
        httpd::parse("<Directory \"/a b\">\nOptions \\\n Indexes\n</Directory>\n", "h").unwrap();
    assert_eq!((httpd[0].first(), httpd[0].block[0].first()), ("/a b", "Indexes"));
    for wrong in ["<A>", "</A>", "<A>\n</B>"] {
        assert!(httpd::parse(wrong, "h").is_err(), "{wrong}");
    }
}

#[test]
fn php_assignments() {
    let found = php::parse("<?php\n// $a = 1;\n$cfg['Servers'][$i]['AllowNoPassword'] = true; /* x */\ndefine('WP_DEBUG', true);\nif (x) { $a = 1; }\n").unwrap();
    assert_eq!(
        found,
        [
            ("cfg.Servers.AllowNoPassword".to_owned(), "true".to_owned(), 3),
            ("WP_DEBUG".to_owned(), "true".to_owned(), 4),
            ("if.a".to_owned(), "1".to_owned(), 5),
        ]
    );
}

#[test]
fn sudo_rules() {
    let lines = sudoers::parse(
        "Defaults env_reset, !x\n%a ALL=(ALL:ALL) NOPASSWD: /b, PASSWD: /c \\\n d\n#includedir /e\n# f\n",
    );
    assert_eq!(lines.len(), 5);
    let sudoers::Line::Grant(grant) = &lines[2] else { panic!("{lines:?}") };
    assert_eq!(
        (grant.who.as_str(), grant.without_password, grant.command.as_str()),
        ("%a", true, "/b")
    );
    let sudoers::Line::Grant(grant) = &lines[3] else { panic!("{lines:?}") };
    assert!(!grant.without_password && grant.command == "/c d");
    assert_eq!(lines[4], sudoers::Line::Include { path: "/e".into(), is_folder: true, line: 4 });
}

#[test]
fn deep_and_broken_texts_are_refused() {
    for (format, text) in [
        (Format::Yaml, "[".repeat(10_000)),
        (Format::Yaml, "a: b: c".into()),
        (Format::Toml, "a = [".into()),
        (Format::Hadoop, "<a>".repeat(10_000)),
        (Format::Hcl, "a {".repeat(10_000)),
        (Format::Erlang, "[".repeat(10_000)),
    ] {
        assert!(format.parse(&text).is_err(), "{format:?}");
    }
    assert!(nginx::parse(&"a {".repeat(10_000), "n").is_err());
    assert!(httpd::parse(&"<a>\n".repeat(10_000), "n").is_err());
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC*") {
        parse_any(&text);
    }

    #[test]
    fn any_signs_are_parsed_or_refused(text in "[a{}\\[\\]();:=,.<>/\"'\\\\#%!$\n\t ]{0,120}") {
        parse_any(&text);
    }

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes: Vec<u8>) {
        parse_any(&String::from_utf8_lossy(&bytes));
    }
}
