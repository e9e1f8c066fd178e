//! Reports made by hand, for the golden files and the bench.

#![allow(dead_code, reason = "the bench uses only some of them")]
#![allow(clippy::unwrap_used, reason = "test data")]

use jiff::civil::{Date, date};
use plimsoll_model::{
    AffectedApp, AffectedBinary, Channel, Confidence, Coverage, CoverageState, CvssRating,
    DatabaseInfo, DependencyScope, DetectionInfo, Digest, EndOfLife, Epss, Evidence, FeedInfo,
    FileIdentity, Finding, FindingStatus, Fix, FixKind, FixPlan, FixState, FixStep, Kev, Knowledge,
    LayerRef, Namespace, PackageEvidence, PackageFamily, PackageKind, Platform, Problem,
    ProblemKind, REPORT_SCHEMA, Rating, Report, ReportImage, ReportOs, RiskKind, Setting, Severity,
    SourcedId, Summary, Tool,
};
use plimsoll_policy::{Context, Policy, assess, parse_ignore_yaml, staleness, summarize};

pub(crate) const TODAY: Date = date(2026, 11, 23);

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn layer(index: u8, created_by: &str) -> LayerRef {
    LayerRef {
        index: index.into(),
        digest: Some(digest(0x10 + index)),
        diff_id: Some(digest(0x20 + index)),
        created_by: created_by.into(),
    }
}

fn os(name: &str, id: &str, version: &str, codename: &str, end: Date) -> ReportOs {
    ReportOs {
        id: id.into(),
        name: name.into(),
        version: version.into(),
        release: version.split('.').next().unwrap().into(),
        codename: Some(codename.into()),
        family: PackageFamily::Dpkg,
        evidence: "etc/os-release".into(),
        end_of_life: Some(EndOfLife { date: end, extended: None }),
        is_end_of_life: end < TODAY,
    }
}

fn feed(id: &str, date: Date) -> FeedInfo {
    FeedInfo {
        id: id.into(),
        date: Some(date),
        records: 48_211,
        skipped: 0,
        licence: "public domain".into(),
        source: "https://example.org/feed".into(),
        knows: Knowledge::AllStates,
    }
}

fn coverage(namespace: Namespace, packages: u64, state: CoverageState, note: &str) -> Coverage {
    let feeds =
        if state == CoverageState::NotCovered { Vec::new() } else { vec!["debian-tracker".into()] };
    Coverage { namespace, packages, state, feeds, note: note.into() }
}

/// A complete report without a finding.
fn empty() -> Report {
    let data = date(2026, 11, 1);
    let mut report = Report {
        schema_version: REPORT_SCHEMA.into(),
        tool: Tool { name: "plimsoll".into(), version: "0.1.0".into() },
        created: "2026-11-23T13:05:12Z".parse().unwrap(),
        image: ReportImage {
            reference: "registry.example/shop:1.4".into(),
            source: "docker-archive".into(),
            digest: Some(digest(0xab)),
            config_digest: Some(digest(0xcd)),
            tags: vec!["registry.example/shop:1.4".into()],
            repo_digests: Vec::new(),
            platform: Platform { os: "linux".into(), architecture: "amd64".into(), variant: None },
            layers: vec![
                layer(0, "ADD file:1c2d3e in /"),
                layer(
                    1,
                    "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends openssl nginx # buildkit",
                ),
                layer(2, "COPY app/ /srv/app # buildkit"),
            ],
        },
        os: Some(os("Debian GNU/Linux", "debian", "12.7", "bookworm", date(2028, 6, 30))),
        database: DatabaseInfo {
            origin: "starter".into(),
            schema: 1,
            built: "2026-11-02T04:00:00Z".parse().unwrap(),
            digest: digest(0xdb),
            feeds: vec![feed("debian-tracker", data), feed("kev", data)],
            staleness: staleness(Some(data), TODAY, 30),
        },
        looked_for: RiskKind::ALL.to_vec(),
        engines: Vec::new(),
        coverage: vec![coverage(Namespace::new("debian", "12"), 128, CoverageState::Covered, "")],
        summary: Summary::default(),
        findings: Vec::new(),
        fix_plan: None,
        problems: Vec::new(),
    };
    finish(&mut report, &Policy::default());
    report
}

/// Assesses and counts, as a scan does.
fn finish(report: &mut Report, policy: &Policy) {
    let context = Context {
        os_end_of_life: report.os.as_ref().is_some_and(|os| os.is_end_of_life),
        exposed_ports: vec!["443/tcp".into()],
        runs_as_root: true,
        ..Context::new(TODAY)
    };
    report.findings = assess(std::mem::take(&mut report.findings), policy, &context).findings;
    report.summary = summarize(&report.findings, 128, &report.coverage, &report.problems);
}

fn flaw(id: &str, severity: Severity, package: &str, version: &str, title: &str) -> Finding {
    Finding {
        kind: RiskKind::SystemVulnerability,
        id: id.into(),
        aliases: Vec::new(),
        advisories: vec![SourcedId { id: id.into(), source: "debian-tracker".into() }],
        severity,
        severity_source: "nvd".into(),
        urgency: None,
        title: if title.is_empty() { format!("{id} in {package}") } else { title.into() },
        description: None,
        ratings: Vec::new(),
        cvss_score: None,
        cwes: Vec::new(),
        impact: Vec::new(),
        published: Some(date(2022, 5, 3)),
        kev: None,
        epss: None,
        package: Some(package.into()),
        installed_version: Some(version.into()),
        fixed_version: None,
        latest_fixed_version: None,
        fix_state: Some(FixState::Affected),
        fix_channel: None,
        packages: vec![binary(package, version)],
        path: None,
        layer: Some(layer(1, "RUN apt-get install")),
        evidence: Vec::new(),
        detection: None,
        fix: Fix { kind: FixKind::None, commands: Vec::new(), advice: String::new() },
        references: vec![format!("https://security-tracker.debian.org/tracker/{id}")],
        status: FindingStatus::Open,
        suppression: None,
    }
}

fn binary(name: &str, version: &str) -> AffectedBinary {
    AffectedBinary {
        name: name.into(),
        version: version.into(),
        arch: Some("amd64".into()),
        kind: PackageKind::Deb,
        purl: format!("pkg:deb/debian/{name}@{version}?arch=amd64"),
        fixed_version: None,
        layer: 1,
        path: "var/lib/dpkg/status".into(),
        held: false,
        application: None,
    }
}

fn fixed(mut f: Finding, version: &str) -> Finding {
    f.fixed_version = Some(version.into());
    f.fix_state = Some(FixState::Fixed);
    f.fix = Fix {
        kind: FixKind::Commands,
        commands: vec![format!(
            "apt-get install -y --only-upgrade {}={version}",
            f.package.as_deref().unwrap()
        )],
        advice: "upgrades it in place".into(),
    };
    f
}

fn rated(mut f: Finding, vector: &str, score: f32, epss: f32) -> Finding {
    f.ratings.push(Rating {
        source: "nvd".into(),
        severity: Some(f.severity),
        cvss: Some(CvssRating { version: "3.1".into(), vector: vector.into() }),
    });
    f.cvss_score = Some(score);
    f.epss = Some(Epss { probability: epss, percentile: epss, date: date(2026, 11, 1) });
    f
}

const OPEN: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const LOCAL: &str = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H";

fn openssl() -> Vec<Finding> {
    let version = "3.0.11-1~deb12u2";
    let flaw = |id, severity, title| {
        let mut f = flaw(id, severity, "openssl", version, title);
        f.packages = vec![binary("libssl3", version), binary("openssl", version)];
        f
    };
    let mut exploited = rated(
        fixed(
            flaw(
                "CVE-2022-1292",
                Severity::Critical,
                "The c_rehash script does not properly sanitise shell metacharacters to prevent command injection",
            ),
            "3.0.13-1~deb12u1",
        ),
        OPEN,
        9.8,
        0.94,
    );
    exploited.kev = Some(Kev { added: date(2022, 6, 1), ransomware: false });
    exploited.aliases = vec!["GHSA-qjmp-vmxc-7p8r".into()];
    vec![
        exploited,
        rated(
            fixed(
                flaw(
                    "CVE-2024-5535",
                    Severity::Critical,
                    "SSL_select_next_proto buffer overread with an empty list of client protocols, which may send up to 255 bytes of private memory to the peer and so have a range of unexpected consequences, in applications that call it so",
                ),
                "3.0.15-1~deb12u1",
            ),
            OPEN,
            9.1,
            0.04,
        ),
        flaw("CVE-2023-5678", Severity::Medium, ""),
        rated(flaw("CVE-2024-2511", Severity::Low, ""), LOCAL, 3.7, 0.0004),
    ]
}

fn others() -> Vec<Finding> {
    let mut paid = fixed(
        flaw(
            "CVE-2024-7347",
            Severity::Medium,
            "nginx",
            "1.22.1-9",
            "Buffer overread in the ngx_http_mp4_module",
        ),
        "1.22.1-9+esm1",
    );
    paid.fix_channel = Some(Channel { name: "esm-apps".into(), paid: true });
    let mut held = rated(
        fixed(
            flaw(
                "CVE-2024-6387",
                Severity::High,
                "openssh",
                "1:9.2p1-2+deb12u2",
                "Race condition in sshd allows remote code execution as root",
            ),
            "1:9.2p1-2+deb12u3",
        ),
        OPEN,
        8.1,
        0.42,
    );
    held.packages = vec![binary("openssh-server", "1:9.2p1-2+deb12u2")];
    held.packages[0].held = true;
    let mut wont = flaw("CVE-2019-1010022", Severity::Negligible, "glibc", "2.36-9+deb12u8", "");
    wont.fix_state = Some(FixState::WillNotFix);
    wont.packages = vec![binary("libc-bin", "2.36-9+deb12u8"), binary("libc6", "2.36-9+deb12u8")];
    let mut python = flaw(
        "GHSA-9wx4-h78v-vm56",
        Severity::Medium,
        "requests",
        "2.31.0",
        "Session object does not verify requests after making the first request with verify=False",
    );
    python.kind = RiskKind::ApplicationVulnerability;
    python.packages[0].kind = PackageKind::Pypi;
    python.packages[0].layer = 2;
    python.packages[0].path = "srv/app/lib/requests-2.31.0.dist-info/METADATA".into();
    python.layer = Some(layer(2, ""));
    python.packages[0].application = Some(AffectedApp {
        evidence: PackageEvidence::Installed,
        confidence: Confidence::High,
        inside: String::new(),
        scope: DependencyScope::Runtime,
        is_direct: None,
        required_by: vec!["docker@7.0.0".into(), "twine@5.0.0".into()],
    });
    python.cwes = vec!["CWE-670".into(), "CWE-295".into()];
    python.fixed_version = Some("2.32.0".into());
    python.fix = Fix {
        kind: FixKind::Advice,
        commands: vec!["pip install --upgrade requests==2.32.0".into()],
        advice: "raise `requests` to 2.32.0 in requirements.txt and build the image again".into(),
    };
    let mut nested = python.clone();
    nested.id = "CVE-2021-44228".into();
    nested.title = "CVE-2021-44228 in org.apache.logging.log4j:log4j-core".into();
    nested.severity = Severity::Critical;
    nested.cwes = vec!["CWE-502".into(), "CWE-917".into()];
    nested.package = Some("org.apache.logging.log4j:log4j-core".into());
    nested.installed_version = Some("2.14.1".into());
    nested.fixed_version = Some("2.15.0".into());
    let jar = &mut nested.packages[0];
    jar.name = "org.apache.logging.log4j:log4j-core".into();
    jar.version = "2.14.1".into();
    jar.kind = PackageKind::Maven;
    jar.path = "srv/app/shop.jar".into();
    let app = jar.application.as_mut().unwrap();
    app.inside = "BOOT-INF/lib/log4j-core-2.14.1.jar".into();
    app.is_direct = Some(true);
    nested.fix = Fix {
        kind: FixKind::Advice,
        commands: Vec::new(),
        advice: "raise it where the archive is built".into(),
    };
    let headers: Vec<Finding> = (1..=14)
        .map(|n| {
            let id = format!("CVE-2024-{}", 26_000 + n * 37);
            let mut f = rated(
                fixed(flaw(&id, Severity::High, "linux", "6.1.99-1", ""), "6.1.112-1"),
                LOCAL,
                7.8,
                0.0005,
            );
            f.packages = vec![binary("linux-image-6.1.0-23-amd64", "6.1.99-1")];
            f
        })
        .collect();
    let unknown = flaw("TEMP-0841856-B18BAF", Severity::Unknown, "bash", "5.2.15-2+b7", "");
    let mut list = vec![paid, held, wont, python, nested, unknown];
    list.extend(headers);
    list
}

fn plan(fixes: u64, remaining: Vec<(String, u64)>) -> FixPlan {
    FixPlan {
        command: Some("apt-get update && apt-get install -y --only-upgrade libssl3=3.0.15-1~deb12u1 openssl=3.0.15-1~deb12u1 openssh-server=1:9.2p1-2+deb12u3 linux-libc-dev=6.1.112-1".into()),
        dockerfile: vec![
            "USER root".into(),
            "RUN apt-get update \\".into(),
            "    && apt-get install -y --only-upgrade 'libssl3=3.0.15-1~deb12u1' 'openssl=3.0.15-1~deb12u1' 'openssh-server=1:9.2p1-2+deb12u3' 'linux-libc-dev=6.1.112-1' \\".into(),
            "    && rm -rf /var/lib/apt/lists/*".into(),
            "USER 1000:1000".into(),
        ],
        steps: vec![FixStep {
            package: "libssl3".into(),
            from: "3.0.11-1~deb12u2".into(),
            to: "3.0.15-1~deb12u1".into(),
            mends: vec!["CVE-2022-1292".into(), "CVE-2024-5535".into()],
        }],
        notes: vec![
            "openssh-server is held back: the command lifts the hold for this one upgrade".into(),
            "programs that are running keep the old library until they are restarted".into(),
        ],
        fixes,
        remaining,
    }
}

/// A mixed image: everything a reader meets on a normal day.
pub(crate) fn mixed() -> Report {
    let mut report = empty();
    report.findings = openssl();
    report.findings.extend(others());
    report.coverage.push(coverage(Namespace::new("pypi", ""), 14, CoverageState::Covered, ""));
    report.fix_plan = Some(plan(
        17,
        vec![
            ("no fixed version is out yet".into(), 3),
            ("fixed only for subscribers of esm-apps".into(), 1),
            ("application dependencies, which are raised in the project that names them".into(), 1),
            ("the maintainers decided not to mend it".into(), 1),
        ],
    ));
    finish(&mut report, &Policy::default());
    report
}

/// A credential, a malicious file, a setting and an instruction beside vulnerabilities.
pub(crate) fn detections() -> Report {
    let advice =
        |text: &str| Fix { kind: FixKind::Advice, commands: Vec::new(), advice: text.into() };
    let info = |class: &str| DetectionInfo {
        class: class.into(),
        confidence: Confidence::High,
        inside: String::new(),
        config_field: None,
        hidden_by: None,
        fingerprint: None,
        file: None,
        setting: None,
    };
    let line = |line, text: &str| Evidence {
        line: Some(line),
        column: Some(7),
        offset: None,
        text: text.into(),
    };
    let mut secret = Finding::new(
        RiskKind::SensitiveFile,
        "vendor-access-key",
        Severity::Critical,
        "Access key of a vendor",
        advice("revoke the key, make a new one, and build the image again without it"),
    );
    secret.path = Some("srv/app/.env".into());
    secret.layer = Some(layer(1, "COPY . /srv/app"));
    secret.evidence = vec![line(3, "KEY=AB****************YZ (20 characters)")];
    secret.detection = Some(Box::new(DetectionInfo {
        hidden_by: Some(2),
        fingerprint: Some("3f2a9c0b11d7".into()),
        ..info("cloud")
    }));
    let mut in_config = secret.clone();
    in_config.path = None;
    in_config.layer = None;
    in_config.evidence[0].line = None;
    in_config.detection = Some(Box::new(DetectionInfo {
        config_field: Some("Env".into()),
        fingerprint: Some("77aa9c0b11d7".into()),
        confidence: Confidence::Medium,
        ..info("cloud")
    }));
    let mut malware = Finding::new(
        RiskKind::Malware,
        "webshell-eval-request",
        Severity::High,
        "Web shell that runs what a request sends",
        advice("remove the file, and find out how it came into the build"),
    );
    malware.path = Some("var/www/html/x.php".into());
    malware.layer = Some(layer(2, "RUN ./install.sh"));
    malware.evidence =
        vec![Evidence { line: None, column: None, offset: Some(6), text: "$a: ev…".into() }];
    malware.detection = Some(Box::new(DetectionInfo {
        inside: "site.zip!/x.php".into(),
        file: Some(FileIdentity {
            md5: "0".repeat(32),
            sha1: "1".repeat(40),
            sha256: "2".repeat(64),
            size: 31,
            file_type: "PHP script".into(),
        }),
        ..info("webshell")
    }));
    let mut setting = Finding::new(
        RiskKind::Baseline,
        "ssh-permit-root-login",
        Severity::Medium,
        "root may log in over SSH",
        advice("write `PermitRootLogin no` into etc/ssh/sshd_config"),
    );
    setting.path = Some("etc/ssh/sshd_config".into());
    setting.evidence = vec![line(34, "PermitRootLogin yes")];
    setting.detection = Some(Box::new(DetectionInfo {
        setting: Some(Setting {
            name: "PermitRootLogin".into(),
            actual: "yes".into(),
            expected: "no".into(),
        }),
        ..info("ssh")
    }));
    let mut instruction = Finding::new(
        RiskKind::BuildInstruction,
        "build-add",
        Severity::Low,
        "ADD where COPY does it",
        advice("write COPY"),
    );
    instruction.aliases = vec!["DL3020".into()];
    instruction.detection = Some(Box::new(DetectionInfo {
        config_field: Some("history[3]".into()),
        ..info("instructions")
    }));
    let mut report = empty();
    report.findings = vec![secret, in_config, malware, setting, instruction];
    report.findings.extend(openssl());
    finish(&mut report, &Policy::default());
    report
}

/// Nothing found, everything covered.
pub(crate) fn clean() -> Report {
    empty()
}

/// Nothing found, because there are no advisories.
pub(crate) fn not_covered() -> Report {
    let mut report = empty();
    report.coverage =
        vec![coverage(Namespace::new("debian", "6"), 93, CoverageState::NotCovered, "")];
    report.os = Some(os("Debian GNU/Linux", "debian", "6.0.10", "squeeze", date(2016, 2, 29)));
    report.database.staleness = staleness(None, TODAY, 30);
    finish(&mut report, &Policy::default());
    report
}

/// Past its end of life, with a paid programme going on, and stale data.
pub(crate) fn end_of_life() -> Report {
    let mut report = empty();
    let mut os = os("Debian GNU/Linux", "debian", "10.13", "buster", date(2024, 6, 30));
    os.end_of_life.as_mut().unwrap().extended = Some(("ELTS".into(), date(2029, 6, 30)));
    report.os = Some(os);
    let old = date(2026, 9, 1);
    report.database.origin = "/var/lib/plimsoll/advisories.db".into();
    report.database.feeds[0].date = Some(old);
    report.database.feeds[0].skipped = 3;
    report.database.staleness = staleness(Some(old), TODAY, 30);
    report.coverage = vec![coverage(
        Namespace::new("debian", "10"),
        93,
        CoverageState::EndOfLife,
        "advisories end on 2024-06-30; what came up later is unknown",
    )];
    report.findings = vec![
        rated(
            flaw(
                "CVE-2023-4911",
                Severity::High,
                "glibc",
                "2.28-10",
                "Buffer overflow in the dynamic loader",
            ),
            LOCAL,
            7.8,
            0.8,
        ),
        fixed(flaw("CVE-2022-0001", Severity::Medium, "bash", "5.0-4", ""), "5.0-4+deb10u1"),
    ];
    finish(&mut report, &Policy::default());
    report
}

/// Past its end of life, and nothing found.
pub(crate) fn end_of_life_without_findings() -> Report {
    let mut report = end_of_life();
    report.findings = Vec::new();
    finish(&mut report, &Policy::default());
    report
}

/// Everything covered, nothing found, but the data is old and the system's end is near.
pub(crate) fn stale() -> Report {
    let mut report = empty();
    report.os.as_mut().unwrap().end_of_life =
        Some(EndOfLife { date: date(2026, 12, 31), extended: None });
    report.database.staleness = staleness(Some(date(2026, 1, 1)), TODAY, 30);
    finish(&mut report, &Policy::default());
    report
}

/// Nothing found, but parts could not be read.
pub(crate) fn problems() -> Report {
    let mut report = empty();
    report.problems = vec![
        Problem::new(ProblemKind::Truncated, "the gzip stream ends after 1048576 bytes")
            .in_layer(1),
        Problem::new(
            ProblemKind::Malformed,
            "page 17 of the database is no valid hash page: its next-page number points at itself",
        )
        .in_layer(2)
        .at("var/lib/rpm/Packages"),
        Problem::new(ProblemKind::UnsafeEntry, "a name that points out of the tree: not read")
            .in_layer(2)
            .at("../../etc/passwd"),
        Problem::new(ProblemKind::MissingLayer, "foreign layer: its bytes are not with the image"),
    ];
    finish(&mut report, &Policy::default());
    report
}

/// Suppressed by everything that suppresses.
pub(crate) fn suppressed() -> Report {
    let mut report = empty();
    report.findings = openssl();
    report.findings.extend(others().into_iter().take(4));
    let mut headers = flaw("CVE-2024-26000", Severity::High, "linux", "6.1.99-1", "");
    headers.packages = vec![binary("linux-libc-dev", "6.1.99-1")];
    headers.kev = Some(Kev { added: date(2024, 6, 1), ransomware: false });
    report.findings.push(fixed(headers, "6.1.112-1"));
    let mut policy = Policy {
        ignore_unfixed: true,
        severities: "medium+".parse().unwrap(),
        ignores: parse_ignore_yaml(
            ".plimsoll.yml",
            "ignore:\n  - id: CVE-2024-5535\n    reason: our programs do not call it with an empty list; seen by the security team\n    expires: 2027-01-31\n",
        )
        .unwrap()
        .rules,
        ..Policy::default()
    };
    policy.ignores.push(plimsoll_policy::IgnoreRule::from_command_line("CVE-2024-7347"));
    finish(&mut report, &policy);
    report
}

/// No operating system and no package.
pub(crate) fn scratch() -> Report {
    let mut report = empty();
    report.os = None;
    report.coverage = Vec::new();
    report.database.staleness = staleness(None, TODAY, 30);
    report.image.layers.truncate(1);
    report.image.digest = None;
    report.image.config_digest = None;
    finish(&mut report, &Policy::default());
    report.summary.packages = 0;
    report
}

/// Every text that comes from an image or an advisory tries to deceive.
pub(crate) fn hostile() -> Report {
    let mut report = problems();
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}a\u{202e}b\u{200b}c\r\n\u{9b}31md\u{feff}";
    report.image.reference = format!("ref{evil}");
    report.image.layers[1].created_by = format!("RUN echo {evil}");
    let os = report.os.as_mut().unwrap();
    os.name = format!("Evil{evil}");
    os.codename = Some(evil.into());
    report.coverage[0].note = evil.into();
    report.database.origin = evil.into();
    let mut f = fixed(
        flaw(
            &format!("CVE{evil}"),
            Severity::Critical,
            &format!("pkg{evil}"),
            &format!("1{evil}"),
            evil,
        ),
        &format!("2{evil}"),
    );
    f.aliases = vec![evil.into()];
    f.title = format!("{} {evil}", "unbroken".repeat(60));
    let mut long = flaw(
        "AN-IDENTIFIER-THAT-IS-LONGER-THAN-ANY-COLUMN-2026-000001",
        Severity::Low,
        &"p".repeat(120),
        "日本語の版 1.0",
        "全角文字の題名は二桁の幅を取るので折り返しの計算が違う。全角文字の題名は二桁の幅を取るので折り返しの計算が違う。",
    );
    long.packages = (0..20).map(|n| binary(&format!("binary-{n}"), "1")).collect();
    report.findings = vec![f, long];
    report.problems.push(Problem::new(ProblemKind::Malformed, evil).at(evil));
    report.fix_plan = Some(FixPlan {
        command: Some(format!("apt-get install pkg{evil}")),
        dockerfile: vec![format!("RUN x{evil}")],
        steps: Vec::new(),
        notes: vec![evil.into()],
        fixes: 1,
        remaining: vec![(evil.into(), 1)],
    });
    finish(&mut report, &Policy::default());
    report
}

/// `n` findings over some hundred packages.
pub(crate) fn many(n: usize) -> Report {
    let mut report = empty();
    report.findings = (0..n)
        .map(|i| {
            let package = format!("package-{}", i % 300);
            let f = flaw(
                &format!("CVE-2024-{:05}", i * 7 % 99_999),
                Severity::WORST_FIRST[i % 6],
                &package,
                "1.2.3-4+deb12u5",
                "An attacker who can send a crafted message can make the parser read past the end of a buffer",
            );
            if i % 3 == 0 { rated(fixed(f, "1.2.3-4+deb12u6"), OPEN, 9.8, 0.2) } else { f }
        })
        .collect();
    finish(&mut report, &Policy::default());
    report
}

/// All, by the name of their golden files.
pub(crate) fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("clean", clean()),
        ("detections", detections()),
        ("end-of-life", end_of_life()),
        ("end-of-life-without-findings", end_of_life_without_findings()),
        ("hostile", hostile()),
        ("mixed", mixed()),
        ("not-covered", not_covered()),
        ("problems", problems()),
        ("scratch", scratch()),
        ("stale", stale()),
        ("suppressed", suppressed()),
    ]
}
