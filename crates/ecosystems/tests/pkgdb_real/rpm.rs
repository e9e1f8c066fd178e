use std::path::Path;
use std::process::Command;

use plimsoll_ecosystems::pkgdb::rpm::{FileDigestAlgorithm, parse_database, read_digests};
use plimsoll_model::Package;

use crate::{assert_same_lines, data, has, is_root, roots, run, scratch, sorted_folder, text};

/// The file of the data folder, what rpm calls the file, the backend that reads it.
const REAL: &[(&str, &str, &str)] = &[
    ("amazonlinux-2023.rpmdb.sqlite", "rpmdb.sqlite", "sqlite"),
    ("cbl-mariner-2.0.rpmdb.sqlite", "rpmdb.sqlite", "sqlite"),
    ("fedora-26-modular.bdb.Packages", "Packages", "bdb_ro"),
    ("libuuid.bdb.Packages", "Packages", "bdb_ro"),
    ("rhel-8.0.bdb.Packages", "Packages", "bdb_ro"),
    ("sle15-bci.ndb.Packages.db", "Packages.db", "ndb"),
];

fn read(name: &str) -> Option<Vec<u8>> {
    let path = data("rpmdb")?.join(format!("{name}.xz"));
    has("xz").then(|| run(Command::new("xz").arg("-dc").arg(path)))
}

fn parse(database: &[u8], wal: &[u8]) -> Vec<Package> {
    let (packages, problems) = parse_database(database, wal).unwrap().into_parts();
    assert_eq!(problems, []);
    packages
}

fn or_none(value: Option<&str>) -> &str {
    value.unwrap_or("(none)")
}

/// The name of the file that the source package came as. The epoch is not part of it.
fn source_file(package: &Package) -> String {
    let Some(source) = &package.source else { return "(none)".to_owned() };
    let version = source.version.split_once(':').map_or(&source.version[..], |(_, rest)| rest);
    format!("{}-{version}.src.rpm", source.name)
}

fn short_line(package: &Package) -> String {
    format!(
        "{}|{}|{}|{}|{}|{}",
        package.name,
        package.version,
        or_none(package.arch.as_deref()),
        source_file(package),
        or_none(package.module.as_deref()),
        package.files.len()
    )
}

/// The lists in `expected/` are what rpm said (`NAME|[EPOCH:]VERSION-RELEASE|ARCH|SOURCERPM|MODULARITYLABEL|`
/// and the number of files that are neither directories nor ghosts), keys left out.
#[test]
fn real_databases_agree_with_what_rpm_listed() {
    for (name, _, _) in REAL {
        let Some(database) = read(name) else { return };
        let expected = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/pkgdb_real/expected")
            .join(format!("{name}.txt"));
        let theirs =
            std::fs::read_to_string(expected).unwrap().lines().map(str::to_owned).collect();
        assert_same_lines(name, parse(&database, b"").iter().map(short_line).collect(), theirs);
    }
}

/// An rpm to run, in a root folder or in none.
struct Rpm<'a> {
    root: Option<&'a Path>,
}

impl Rpm<'_> {
    fn command(&self) -> Command {
        let Some(root) = self.root else { return Command::new("rpm") };
        let mut command = Command::new("chroot");
        command.arg(root).arg("rpm");
        command
    }

    fn has_backend(&self, backend: &str) -> bool {
        let shown = text(run(self.command().arg("--showrc")));
        let line = shown.lines().find_map(|line| line.strip_prefix("available backends"));
        // Before 4.17 the backends were not listed; bullseye's has no NDB but real Berkeley DB.
        match line {
            Some(line) => line.split_whitespace().any(|word| word == backend),
            None => matches!(backend, "bdb" | "sqlite"),
        }
    }

    fn query(&self, folder: &str, backend: &str, format: &str) -> Vec<String> {
        let mut command = self.command();
        command.args(["-qa", "--dbpath", folder, "--define", &format!("_db_backend {backend}")]);
        text(run(command.args(["--qf", format]))).lines().map(str::to_owned).collect()
    }

    /// Everything that we read of a package, as rpm tells it.
    fn assert_agrees(&self, what: &str, folder: &str, backend: &str, ours: &[Package]) {
        let no_key = |line: &String| !line.starts_with("gpg-pubkey|");
        let theirs = self.query(
            folder,
            backend,
            "%{NAME}|%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}|%{ARCH}|%{SOURCERPM}|%{MODULARITYLABEL}|\
             %{VENDOR}|%{LICENSE}\\n",
        );
        let lines = ours
            .iter()
            .map(|p| {
                format!(
                    "{}|{}|{}|{}|{}|{}|{}",
                    p.name,
                    p.version,
                    or_none(p.arch.as_deref()),
                    source_file(p),
                    or_none(p.module.as_deref()),
                    or_none(p.vendor.as_deref()),
                    p.licenses.join("\n")
                )
            })
            .collect();
        assert_same_lines(what, lines, theirs.into_iter().filter(no_key).collect());

        let id = "%{=NAME}|%|EPOCH?{%{=EPOCH}:}|%{=VERSION}-%{=RELEASE}|%{=ARCH}";
        let theirs = self
            .query(
                folder,
                backend,
                &format!("[{id}|%{{FILEMODES}}|%{{FILEFLAGS}}|%{{FILENAMES}}\\n]"),
            )
            .into_iter()
            .filter_map(|line| {
                let mut parts = line.splitn(6, '|');
                let [name, version, arch, mode, flags, path] =
                    std::array::from_fn(|_| parts.next().unwrap_or_default());
                let file = mode.parse::<u32>().unwrap() & 0o170_000 != 0o040_000
                    && flags.parse::<u32>().unwrap() & 64 == 0;
                file.then(|| format!("{name}|{version}|{arch}|{path}"))
            })
            .collect();
        let lines = |of: fn(&Package) -> &Vec<String>, slash: &str| -> Vec<String> {
            ours.iter()
                .flat_map(|p| {
                    let id = format!("{}|{}|{}", p.name, p.version, or_none(p.arch.as_deref()));
                    of(p).iter().map(move |item| format!("{id}|{slash}{item}"))
                })
                .collect()
        };
        assert_same_lines(&format!("{what}: files"), lines(|p| &p.files, "/"), theirs);

        let mut theirs = self.query(folder, backend, &format!("[{id}|%{{REQUIRENAME}}\\n]"));
        theirs.retain(|line| {
            let name = line.splitn(4, '|').nth(3).unwrap_or_default();
            no_key(line) && !name.starts_with("rpmlib(") && !name.starts_with('(')
        });
        theirs.sort();
        theirs.dedup();
        assert_same_lines(&format!("{what}: needs"), lines(|p| &p.depends, ""), theirs);
    }
}

#[test]
fn real_databases_agree_with_rpm() {
    if !has("rpm") {
        return;
    }
    for (name, file, backend) in REAL {
        let Some(database) = read(name) else { return };
        let ours = parse(&database, b"");
        let host = Rpm { root: None };
        if host.has_backend(backend) {
            let folder = scratch(&format!("rpm-{name}"));
            std::fs::write(folder.join(file), &database).unwrap();
            host.assert_agrees(name, folder.to_str().unwrap(), backend, &ours);
            continue;
        }
        let mut compared = false;
        for root in rpm_roots() {
            let rpm = Rpm { root: Some(&root) };
            if rpm.has_backend(backend) {
                let folder = format!("/tmp/plimsoll-{name}");
                let _ = std::fs::remove_dir_all(root.join(&folder[1..]));
                std::fs::create_dir_all(root.join(&folder[1..])).unwrap();
                std::fs::write(root.join(&folder[1..]).join(file), &database).unwrap();
                rpm.assert_agrees(name, &folder, backend, &ours);
                compared = true;
            }
        }
        if !compared {
            println!("skipped: no rpm here reads {backend}, so {name} was not compared with it");
        }
    }
}

/// Whether a file is a fixed part of its package, by mode, flags, verify flags and state as rpm lists them.
fn is_fixed(mode: &str, flags: &str, verify: &str, state: &str) -> bool {
    let number = |text: &str| text.parse::<u64>().unwrap();
    number(mode) & 0o170_000 == 0o100_000
        && number(flags) & (1 | 64) == 0
        && number(verify) & 1 != 0
        && number(state) == 0
}

#[test]
fn digests_agree_with_rpm() {
    if !has("rpm") {
        return;
    }
    let host = Rpm { root: None };
    for (name, file, backend) in REAL {
        let Some(database) = read(name) else { return };
        let found = read_digests(&database, b"", |_| true).unwrap();
        assert!(!found.is_empty(), "{name}");
        if !host.has_backend(backend) {
            println!(
                "skipped: rpm here does not read {backend}, so digests of {name} were not compared"
            );
            continue;
        }
        let folder = scratch(&format!("rpm-digests-{name}"));
        std::fs::write(folder.join(file), &database).unwrap();
        let format = "[%{=NAME}|%{=FILEDIGESTALGO}|%{FILEMODES}|%{FILEFLAGS}|%{FILEVERIFYFLAGS}|\
                      %{FILESTATES}|%{FILEDIGESTS}|%{FILENAMES}\\n]";
        let theirs = host
            .query(folder.to_str().unwrap(), backend, format)
            .into_iter()
            .filter_map(|line| {
                let mut parts = line.splitn(8, '|');
                let [name, algorithm, mode, flags, verify, state, digest, path] =
                    std::array::from_fn(|_| parts.next().unwrap_or_default());
                is_fixed(mode, flags, verify, state)
                    .then(|| format!("{name}|{algorithm}|{digest}|{path}"))
            })
            .collect();
        let ours = found
            .iter()
            .flat_map(|of| {
                let algorithm = match of.algorithm {
                    FileDigestAlgorithm::Md5 => "1",
                    FileDigestAlgorithm::Sha1 => "2",
                    FileDigestAlgorithm::Sha256 => "8",
                };
                let package = &of.package;
                of.files
                    .iter()
                    .map(move |(path, digest)| format!("{package}|{algorithm}|{digest}|/{path}"))
            })
            .collect();
        assert_same_lines(&format!("{name}: digests"), ours, theirs);
    }
}

fn rpm_roots() -> Vec<std::path::PathBuf> {
    let mut roots = roots();
    roots.retain(|root| root.join("usr/bin/rpm").exists());
    if roots.is_empty() || !is_root() {
        println!("skipped: no root filesystem with rpm in it");
        return Vec::new();
    }
    roots
}

/// The other form that Berkeley DB has, made from the real files by its own tools.
#[test]
fn btrees_hold_what_the_hash_tables_hold() {
    if !has("db5.3_load") {
        return;
    }
    for (name, _, backend) in REAL.iter().filter(|(_, _, backend)| *backend == "bdb_ro") {
        let Some(database) = read(name) else { return };
        let folder = scratch(&format!("btree-{name}-{backend}"));
        let hash = folder.join("hash");
        std::fs::write(&hash, &database).unwrap();
        let dump = run(Command::new("db5.3_dump").arg(&hash));
        for page_size in [512, 4096, 65_536] {
            let mut lines: Vec<&[u8]> = dump.split(|&b| b == b'\n').collect();
            let size = format!("db_pagesize={page_size}");
            for line in &mut lines {
                if line.starts_with(b"type=") {
                    *line = b"type=btree";
                } else if line.starts_with(b"db_pagesize=") {
                    *line = size.as_bytes();
                }
            }
            lines.retain(|line| !line.starts_with(b"h_"));
            let (text, tree) = (folder.join("dump"), folder.join(format!("btree{page_size}")));
            std::fs::write(&text, lines.join(&b'\n')).unwrap();
            run(Command::new("db5.3_load").arg("-f").arg(&text).arg(&tree));
            let tree = std::fs::read(tree).unwrap();
            let line = |p: &Package| format!("{} {:?} {:?}", short_line(p), p.files, p.depends);
            assert_same_lines(
                &format!("{name} as a btree with pages of {page_size}"),
                parse(&tree, b"").iter().map(line).collect(),
                parse(&database, b"").iter().map(line).collect(),
            );
        }
    }
}

const SPEC: &str = "Name: NAME\nVersion: 1.0~rc1\nRelease: 2\nSummary: test\nLicense: MIT and Zlib\n\
    BuildArch: noarch\nEXTRA\n%description\ntest\n";

/// Another binary package of the same source package.
const PART: &str =
    "%package PART\nSummary: test\nRequires: /bin/sh, other-name >= 3\n%description PART\ntest\n";

const PART_FILES: &str =
    "%files PART\n%dir /usr/share/NAME-PART\n/usr/share/NAME-PART/*\n%ghost /run/NAME-PART.pid\n";

/// Eight binary packages of different sizes, none of them named after the source package.
fn spec(name: &str, extra: &str) -> String {
    let mut out = SPEC.replace("EXTRA", extra);
    let mut install = "%install\nmkdir -p %{buildroot}/run\n".to_owned();
    let mut files = String::new();
    for part in 0..8 {
        out += &PART.replace("PART", &format!("part{part}"));
        let folder = format!("%{{buildroot}}/usr/share/NAME-part{part}");
        install += &format!(
            "mkdir -p {folder}\nfor i in $(seq {}); do : > {folder}/file-$i; done\n\
             : > %{{buildroot}}/run/NAME-part{part}.pid\n",
            part * part * 20 + 1
        );
        files += &PART_FILES.replace("PART", &format!("part{part}"));
    }
    (out + &install + &files).replace("NAME", name)
}

/// Databases in the making: packages are built, installed and removed, and after each step the database on
/// disk, with its write-ahead log where there is one, is read as an image would hold it.
#[test]
fn databases_that_rpm_writes() {
    if !has("rpm") || !has("rpmbuild") {
        return;
    }
    let folder = scratch("rpmbuild");
    let mut built = Vec::new();
    for (name, extra) in [
        ("epoch", "Epoch: 3\nVendor: Somebody"),
        ("modular", "ModularityLabel: nodejs:18:8080020230612:63b34585"),
        ("zero", "Epoch: 0"),
    ] {
        let path = folder.join(format!("{name}.spec"));
        std::fs::write(&path, spec(name, extra)).unwrap();
        let define = format!("_topdir {}", folder.display());
        run(Command::new("rpmbuild").args(["-bb", "--define", &define]).arg(&path));
    }
    for path in sorted_folder(&folder.join("RPMS/noarch")) {
        built.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(built.len(), 24);

    let mut hosts = vec![None];
    hosts.extend(rpm_roots().into_iter().map(Some));
    for root in &hosts {
        let rpm = Rpm { root: root.as_deref() };
        for (backend, file) in
            [("bdb", "Packages"), ("ndb", "Packages.db"), ("sqlite", "rpmdb.sqlite")]
        {
            if !rpm.has_backend(backend) {
                continue;
            }
            let what = format!("{backend} of {root:?}");
            // The folder as rpm sees it, and as we do.
            let (inside, outside) = match root {
                None => {
                    let folder = scratch(&format!("made-{backend}"));
                    (folder.clone(), folder)
                }
                Some(root) => {
                    let inside = format!("/tmp/plimsoll-made-{backend}");
                    let outside = root.join(&inside[1..]);
                    let _ = std::fs::remove_dir_all(&outside);
                    std::fs::create_dir_all(&outside).unwrap();
                    (inside.into(), outside)
                }
            };
            for name in &built {
                std::fs::copy(folder.join("RPMS/noarch").join(name), outside.join(name)).unwrap();
            }
            let change = |arguments: &[&str], packages: &[String]| {
                let mut command = rpm.command();
                command.args(["--dbpath", inside.to_str().unwrap()]);
                command.args(["--define", &format!("_db_backend {backend}")]);
                command.args(arguments).args(packages);
                run(&mut command);
            };
            let check = |step: &str| {
                let optional = |name: String| std::fs::read(outside.join(name)).unwrap_or_default();
                let database = std::fs::read(outside.join(file)).unwrap();
                let packages = parse(&database, &optional(format!("{file}-wal")));
                rpm.assert_agrees(
                    &format!("{what}, {step}"),
                    inside.to_str().unwrap(),
                    backend,
                    &packages,
                );
                packages
            };
            let install =
                ["-i", "--justdb", "--nodeps", "--noscripts", "--ignorearch", "--nosignature"];
            let files = |names: &[String]| -> Vec<String> {
                names.iter().map(|name| inside.join(name).to_str().unwrap().to_owned()).collect()
            };
            change(&install, &files(&built[..12]));
            assert_eq!(check("after installing").len(), 12);
            let gone: Vec<String> = built[..12]
                .iter()
                .step_by(2)
                .map(|file| file.split_once("-1.0").unwrap().0.to_owned())
                .collect();
            change(&["-e", "--justdb", "--nodeps"], &gone);
            assert_eq!(check("after removing").len(), 6);
            change(&install, &files(&built[12..]));
            let packages = check("after installing more");
            assert_eq!(packages.len(), 18);
            let modular =
                packages.iter().filter(|p| p.module_stream() == Some("nodejs:18")).count();
            assert!(modular > 0, "{what}: a module label is read");
            assert!(packages.iter().any(|p| p.source_version().starts_with("3:1.0~rc1-2")));
            assert!(packages.iter().all(|p| !p.files.iter().any(|f| f.starts_with("run/"))));
        }
    }
}

/// A log that is not empty, as a process that was killed leaves it: SQLite's own program writes one.
#[test]
fn the_write_ahead_log_counts() {
    if !has("sqlite3") {
        return;
    }
    for (name, _, _) in REAL.iter().filter(|(_, file, _)| *file == "rpmdb.sqlite") {
        let Some(database) = read(name) else { return };
        let folder = scratch(&format!("wal-{name}"));
        let path = folder.join("rpmdb.sqlite");
        std::fs::write(&path, &database).unwrap();
        let before = parse(&database, b"");
        // The copies are made while the connection is open: it would fold the log in when it closes.
        let script = format!(
            "PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0;\n\
             INSERT INTO Packages(blob) SELECT blob FROM Packages WHERE length(blob) > 20000;\n\
             DELETE FROM Packages WHERE hnum IN (SELECT hnum FROM Packages ORDER BY hnum LIMIT 10);\n\
             SELECT count(*) FROM Packages;\n.shell cp {0} {0}.copy\n.shell cp {0}-wal {0}.copy-wal\n",
            path.display()
        );
        let script_path = folder.join("script");
        std::fs::write(&script_path, script).unwrap();
        let read_script = format!(".read {}", script_path.display());
        let said = text(run(Command::new("sqlite3").arg(&path).arg(read_script)));
        let rows: usize = said.lines().last().unwrap().parse().unwrap();
        let copy = std::fs::read(folder.join("rpmdb.sqlite.copy")).unwrap();
        let wal = std::fs::read(folder.join("rpmdb.sqlite.copy-wal")).unwrap();
        assert!(wal.len() > 4096);
        let lines = |packages: &[Package]| packages.iter().map(short_line).collect::<Vec<_>>();
        assert_same_lines(
            &format!("{name} without its log"),
            lines(&parse(&copy, b"")),
            lines(&before),
        );
        let with_log = parse(&copy, &wal);
        let keys = before.len();
        let all_before: usize = text(run(Command::new("sqlite3")
            .arg(folder.join("rpmdb.sqlite.copy"))
            .arg("PRAGMA wal_checkpoint(TRUNCATE); SELECT count(*) FROM Packages;")))
        .lines()
        .last()
        .unwrap()
        .parse()
        .unwrap();
        assert_eq!(all_before, rows, "the copied log is whole");
        let folded = std::fs::read(folder.join("rpmdb.sqlite.copy")).unwrap();
        assert_ne!(with_log.len(), keys, "{name}: the log changes what is installed");
        assert_same_lines(
            &format!("{name} with its log"),
            lines(&with_log),
            lines(&parse(&folded, b"")),
        );
    }
}

/// Damage in real files: never a panic, never endless, and most packages are still read.
#[test]
fn damaged_real_databases() {
    for (name, _, _) in REAL {
        let Some(database) = read(name) else { return };
        let whole = parse(&database, b"").len();
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        for round in 0..60 {
            let mut damaged = database.clone();
            for _ in 0..=round % 8 {
                // Behind the first pages, whose loss may cost everything.
                let at = 8192 + random() % (damaged.len() - 8192);
                damaged[at] = random() as u8;
            }
            if round % 10 == 0 {
                let end = damaged.len() / 2 + random() % (damaged.len() / 2);
                damaged.truncate(end);
            }
            if let Ok(collector) = parse_database(&damaged, b"") {
                let (packages, problems) = collector.into_parts();
                let lost = whole.saturating_sub(packages.len());
                assert!(
                    lost == 0 || !problems.is_empty(),
                    "{name}: {lost} packages lost in silence"
                );
            }
        }
    }
}
