//! What it costs to judge an image: a realistic inventory of a server with many configuration files and odd entries.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use plimsoll_detect::baseline::{Catalogue, Notable, Parameters, evaluate};
use plimsoll_model::{
    EntryKind, ImageConfig, ImageIdentity, ImageText, Inventory, NotableFile, PathEntry, Platform,
};

fn main() {
    divan::main();
}

/// Forty configuration files of some size, a hundred accounts, a thousand odd entries of the tree.
fn inventory() -> Inventory {
    let accounts: String = (0..100)
        .map(|i| format!("user{i}:x:{}:{}::/home/user{i}:/bin/sh\n", 1000 + i, 1000 + i))
        .collect();
    let shadow: String = (0..100).map(|i| format!("user{i}:!:19000:0:99999:7:::\n")).collect();
    let sites: String = (0..200)
        .map(|i| format!("server {{ listen 80; server_name s{i}; location /a{i}/ {{ proxy_pass http://b; }} }}\n"))
        .collect();
    let words: String =
        (0..400).map(|i| format!("# a comment of line {i}\nSetting{i} value{i}\n")).collect();
    let files = [
        ("etc/passwd", accounts),
        ("etc/shadow", shadow),
        ("etc/nginx/nginx.conf", format!("user nginx;\nhttp {{ {sites} }}\n")),
        ("etc/ssh/sshd_config", words.clone()),
        ("etc/redis.conf", words.clone()),
        ("etc/login.defs", words.clone()),
        ("etc/php.ini", words.replace(' ', " = ")),
        ("etc/sudoers", "Defaults use_pty\nroot ALL=(ALL) ALL\n".repeat(20)),
    ];
    let mut texts: Vec<ImageText> =
        files
            .into_iter()
            .map(|(path, text)| (path.to_owned(), text))
            .chain((0..40).map(|i| {
                (format!("etc/pam.d/service{i}"), "auth required pam_unix.so\n".repeat(10))
            }))
            .map(|(path, text)| ImageText { path, layer: 0, mode: 0o600, uid: 0, gid: 0, text })
            .collect();
    texts.sort_by(|a, b| a.path.cmp(&b.path));
    let notable = (0..1_000).map(|i| NotableFile {
        path: format!("opt/app/file{i:04}"),
        layer: 0,
        kind: EntryKind::File,
        mode: 0o666,
        uid: 0,
        gid: 0,
        size: 10,
        target: String::new(),
        owner: None,
    });
    Inventory {
        schema: plimsoll_model::INVENTORY_SCHEMA,
        image: ImageIdentity {
            reference: "bench".into(),
            source: "docker-archive".into(),
            digest: None,
            config_digest: None,
            tags: Vec::new(),
            repo_digests: Vec::new(),
            platform: Platform::default(),
        },
        layers: Vec::new(),
        config: ImageConfig {
            cmd: vec!["redis-server".into(), "--protected-mode".into(), "no".into()],
            env: vec!["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into()],
            ..ImageConfig::default()
        },
        history: Vec::new(),
        os: None,
        packages: Vec::new(),
        detections: Vec::new(),
        texts,
        notable: notable.collect(),
        identities: Vec::new(),
        looked_for: Vec::new(),
        problems: Vec::new(),
    }
}

#[divan::bench(args = [Catalogue::Default, Catalogue::Full])]
fn judge(bencher: divan::Bencher<'_, '_>, catalogue: Catalogue) {
    let inventory = inventory();
    let parameters = Parameters { catalogue, ..Parameters::default() };
    bencher.bench(|| evaluate(&inventory, &parameters).detections.len());
}

/// Asked for every entry of an image.
#[divan::bench]
fn notable(bencher: divan::Bencher<'_, '_>) {
    let notable = Notable::new(Some("root:x:0:0::/:/bin/sh\n"), Some("root:x:0:\n"));
    let entry = PathEntry {
        path: "usr/lib/python3/dist-packages/example/module/file.py",
        kind: EntryKind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: 100,
        target: "",
    };
    bencher.bench(|| notable.wants(divan::black_box(&entry)));
}

/// A SHA-512 hash against the whole list of common passwords.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn passwords(bencher: divan::Bencher<'_, '_>) {
    let mut inventory = inventory();
    inventory.texts.retain(|text| text.path != "etc/shadow");
    let text = format!("root:$6$abcdefgh${}:0:::::\n", "x".repeat(86));
    inventory.texts.push(ImageText {
        path: "etc/shadow".into(),
        layer: 0,
        mode: 0o600,
        uid: 0,
        gid: 0,
        text,
    });
    inventory.texts.sort_by(|a, b| a.path.cmp(&b.path));
    let parameters = Parameters {
        catalogue: Catalogue::None,
        include: vec!["baseline-account-weak-password".into()],
        ..Parameters::default()
    };
    bencher.bench(|| evaluate(&inventory, &parameters).passed);
}
