//! Commands for each package manager, as a user would read them.

use jiff::civil::date;
use plimsoll_model::{
    AffectedBinary, Channel, FindingStatus, FixState, Package, PackageKind, Severity, SourcePackage,
};

use super::*;
use crate::distros::{SystemFile, detect};

const TODAY: Date = date(2026, 11, 23);

fn system(os_release: &str) -> OperatingSystem {
    detect(&[SystemFile { path: "etc/os-release", text: os_release, deleted: false }]).unwrap()
}

fn binary(
    kind: PackageKind,
    name: &str,
    version: &str,
    arch: &str,
    fixed: Option<&str>,
) -> AffectedBinary {
    AffectedBinary {
        name: name.into(),
        version: version.into(),
        arch: (!arch.is_empty()).then(|| arch.to_owned()),
        kind,
        purl: String::new(),
        fixed_version: fixed.map(str::to_owned),
        layer: 0,
        path: "var/lib/db".into(),
        held: false,
        application: None,
    }
}

fn finding(
    id: &str,
    source: (&str, &str),
    fixed: Option<&str>,
    packages: Vec<AffectedBinary>,
) -> Finding {
    Finding {
        kind: RiskKind::SystemVulnerability,
        id: id.into(),
        aliases: Vec::new(),
        advisories: Vec::new(),
        severity: Severity::High,
        severity_source: String::new(),
        urgency: None,
        title: String::new(),
        description: None,
        ratings: Vec::new(),
        cvss_score: None,
        cwes: Vec::new(),
        impact: Vec::new(),
        published: None,
        kev: None,
        epss: None,
        package: Some(source.0.into()),
        installed_version: Some(source.1.into()),
        fixed_version: fixed.map(str::to_owned),
        latest_fixed_version: None,
        fix_state: Some(if fixed.is_some() { FixState::Fixed } else { FixState::Affected }),
        fix_channel: None,
        packages,
        path: None,
        layer: None,
        evidence: Vec::new(),
        detection: None,
        fix: Fix { kind: FixKind::None, commands: Vec::new(), advice: String::new() },
        references: Vec::new(),
        status: FindingStatus::Open,
        suppression: None,
    }
}

fn installed(
    kind: PackageKind,
    name: &str,
    version: &str,
    arch: &str,
    source: &str,
) -> OwnedPackage {
    let mut package = Package::new(kind, name, version);
    package.arch = Some(arch.into());
    package.source = Some(SourcePackage { name: source.into(), version: version.into() });
    OwnedPackage { package, path: "var/lib/db".into(), layer: 0, set_aside: None }
}

const BULLSEYE: &str = "ID=debian\nVERSION_ID=\"11\"";
const BOOKWORM: &str = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm";
const ALPINE_39: &str = "ID=alpine\nVERSION_ID=3.9.0";

#[track_caller]
fn check_commands(os_release: &str, finding: &Finding, expected: &[&str]) {
    let os = system(os_release);
    let fix = finding_fix(Some(&os), finding, TODAY);
    assert_eq!(fix.commands, expected, "{}", fix.advice);
    assert_eq!(fix.kind, FixKind::Commands);
    assert!(fix.advice.starts_with("Upgrades "), "{}", fix.advice);
}

#[track_caller]
fn check_advice(os_release: &str, finding: &Finding, kind: FixKind, part: &str) {
    let os = system(os_release);
    let fix = finding_fix(Some(&os), finding, TODAY);
    assert!(fix.commands.is_empty(), "{:?}", fix.commands);
    assert_eq!(fix.kind, kind);
    assert!(fix.advice.contains(part), "{}", fix.advice);
}

fn openssl_deb() -> Finding {
    let packages = vec![
        binary(PackageKind::Deb, "libssl3", "3.0.11-1~deb12u2", "amd64", None),
        binary(PackageKind::Deb, "openssl", "3.0.11-1~deb12u2+b1", "amd64", None),
    ];
    finding("CVE-2024-1", ("openssl", "3.0.11-1~deb12u2"), Some("3.0.13-1~deb12u1"), packages)
}

#[test]
fn apt_pins_binaries_that_have_their_sources_version() {
    check_commands(
        BOOKWORM,
        &openssl_deb(),
        &[
            "apt-get update",
            "DEBIAN_FRONTEND=noninteractive apt-get install -y --only-upgrade 'libssl3=3.0.13-1~deb12u1' \
             'openssl=3.0.13-1~deb12u1'",
        ],
    );
}

#[test]
fn apt_does_not_pin_a_binary_with_a_version_of_its_own() {
    let packages = vec![binary(PackageKind::Deb, "cpp", "4:12.2.0-3", "amd64", None)];
    let finding = finding("CVE-1", ("gcc-defaults", "1.203"), Some("1.204"), packages);
    check_commands(
        BOOKWORM,
        &finding,
        &["apt-get update", "DEBIAN_FRONTEND=noninteractive apt-get install -y --only-upgrade cpp"],
    );
    let fix = finding_fix(Some(&system(BOOKWORM)), &finding, TODAY);
    assert!(fix.advice.contains("check that it is built from 1.204"), "{}", fix.advice);
}

#[test]
fn apt_uses_the_binarys_own_fixed_version() {
    let packages = vec![binary(PackageKind::Deb, "cpp", "4:12.2.0-3", "amd64", Some("4:12.2.0-4"))];
    let finding = finding("CVE-1", ("gcc-defaults", "1.203"), Some("1.204"), packages);
    let fix = finding_fix(Some(&system(BOOKWORM)), &finding, TODAY);
    assert!(fix.commands[1].ends_with(" cpp=4:12.2.0-4"), "{:?}", fix.commands);
}

#[test]
fn apt_releases_held_packages_and_warns() {
    let mut finding = openssl_deb();
    finding.packages[0].held = true;
    let fix = finding_fix(Some(&system(BOOKWORM)), &finding, TODAY);
    assert!(fix.commands[1].contains(" --allow-change-held-packages "), "{:?}", fix.commands);
    assert!(fix.advice.contains("held libssl3 back"), "{}", fix.advice);
    let jessie = finding_fix(Some(&system("ID=debian\nVERSION_ID=8")), &finding, TODAY);
    assert!(
        jessie.commands.contains(&"apt-mark unhold libssl3".to_owned()),
        "{:?}",
        jessie.commands
    );
}

#[test]
fn old_debian_is_taken_from_its_archive() {
    let packages = vec![binary(PackageKind::Deb, "bash", "4.3-11", "amd64", None)];
    let finding = finding("CVE-1", ("bash", "4.3-11"), Some("4.3-11+deb8u2"), packages);
    check_commands(
        "ID=debian\nVERSION_ID=\"8\"",
        &finding,
        &[
            "printf '%s\\n' 'deb http://archive.debian.org/debian jessie main' \
             'deb http://archive.debian.org/debian-security jessie/updates main' > /etc/apt/sources.list",
            "apt-get -o Acquire::Check-Valid-Until=false update",
            "DEBIAN_FRONTEND=noninteractive apt-get install -y --only-upgrade bash=4.3-11+deb8u2",
        ],
    );
    // Bullseye is past its end too, but still on the mirrors.
    let fix = finding_fix(Some(&system(BULLSEYE)), &finding, TODAY);
    assert_eq!(fix.commands[0], "apt-get update");
}

#[test]
fn old_ubuntu_is_taken_from_old_releases_unless_it_had_long_support() {
    let packages = vec![binary(PackageKind::Deb, "bash", "4.4-5", "amd64", None)];
    let finding = finding("CVE-1", ("bash", "4.4-5"), Some("4.4-5ubuntu1"), packages);
    for (release, moved) in
        [("18.10", true), ("12.04", true), ("14.04", false), ("18.04", false), ("24.10", true)]
    {
        let os = system(&format!("ID=ubuntu\nVERSION_ID=\"{release}\""));
        let fix = finding_fix(Some(&os), &finding, TODAY);
        assert_eq!(
            fix.commands[0].contains("old-releases.ubuntu.com"),
            moved,
            "{release}: {:?}",
            fix.commands
        );
    }
}

#[test]
fn a_paid_channel_is_said() {
    let mut finding = openssl_deb();
    finding.fix_channel = Some(Channel { name: "esm-infra".into(), paid: true });
    check_advice("ID=ubuntu\nVERSION_ID=\"18.04\"", &finding, FixKind::Advice, "`pro attach`");
    let os = system("ID=ubuntu\nVERSION_ID=\"18.04\"");
    let plan = plan(Some(&os), &[&finding], &[], "", TODAY).unwrap();
    assert_eq!((plan.command, plan.fixes), (None, 0));
    assert_eq!(plan.remaining, [("the fix needs Ubuntu Pro (esm-infra)".to_owned(), 1)]);
}

fn musl() -> Finding {
    let packages = vec![
        binary(PackageKind::Apk, "musl", "1.1.20-r3", "x86_64", None),
        binary(PackageKind::Apk, "musl-utils", "1.1.20-r3", "x86_64", None),
    ];
    finding("CVE-2019-14697", ("musl", "1.1.20-r3"), Some("1.1.20-r5"), packages)
}

#[test]
fn apk_asks_for_at_least_the_fixed_version_and_leaves_world_alone() {
    check_commands(
        ALPINE_39,
        &musl(),
        &[
            "apk add --no-cache --virtual .security-fix 'musl>=1.1.20-r5' 'musl-utils>=1.1.20-r5'",
            "apk del --no-cache .security-fix",
        ],
    );
    let fix = finding_fix(Some(&system(ALPINE_39)), &musl(), TODAY);
    assert!(fix.advice.contains("Restart every process that uses the C library"), "{}", fix.advice);
    let old = finding_fix(Some(&system("ID=alpine\nVERSION_ID=2.7.9")), &musl(), TODAY);
    assert_eq!(old.commands[0], "apk update");
    assert!(!old.commands[1].contains("--no-cache"));
}

#[test]
fn rpm_systems_name_the_nevra() {
    let packages = vec![binary(
        PackageKind::Rpm,
        "openssl-libs",
        "1:1.1.1g-15.el8_3",
        "x86_64",
        Some("1:1.1.1k-9.el8_7"),
    )];
    let mut finding =
        finding("CVE-1", ("openssl", "1:1.1.1g-15.el8_3"), Some("1:1.1.1k-9.el8_7"), packages);
    check_commands(
        "ID=almalinux\nVERSION_ID=8.7",
        &finding,
        &["dnf upgrade -y openssl-libs-1:1.1.1k-9.el8_7.x86_64"],
    );
    check_commands(
        "ID=rhel\nVERSION_ID=7.9",
        &finding,
        &["yum update -y openssl-libs-1:1.1.1k-9.el8_7.x86_64"],
    );
    check_commands(
        "ID=amzn\nVERSION_ID=2",
        &finding,
        &["yum update -y openssl-libs-1:1.1.1k-9.el8_7.x86_64"],
    );
    check_commands(
        "ID=amzn\nVERSION_ID=2023",
        &finding,
        &["dnf upgrade -y openssl-libs-1:1.1.1k-9.el8_7.x86_64"],
    );
    check_commands(
        "ID=sles\nVERSION_ID=15.7",
        &finding,
        &[
            "zypper --non-interactive refresh",
            "zypper --non-interactive install 'openssl-libs.x86_64>=1:1.1.1k-9.el8_7'",
        ],
    );
    check_commands(
        "ID=photon\nVERSION_ID=5.0",
        &finding,
        &["tdnf makecache", "tdnf update -y openssl-libs-1.1.1k-9.el8_7"],
    );
    finding.packages[0].fixed_version = Some("0:1.2-3^git1".into());
    check_commands(
        "ID=fedora\nVERSION_ID=44",
        &finding,
        &["dnf upgrade -y 'openssl-libs-1.2-3^git1.x86_64'"],
    );
    check_commands("ID=arch", &finding, &["pacman -Syu --noconfirm"]);
}

#[test]
fn old_centos_is_taken_from_the_vault() {
    let packages =
        vec![binary(PackageKind::Rpm, "bash", "4.1.2-15.el6", "x86_64", Some("4.1.2-15.el6_5.2"))];
    let finding =
        finding("CVE-2014-7169", ("bash", "4.1.2-15.el6"), Some("4.1.2-15.el6_5.2"), packages);
    let os = detect(&[SystemFile {
        path: "etc/redhat-release",
        text: "CentOS release 6.5 (Final)\n",
        deleted: false,
    }]);
    let fix = finding_fix(os.as_ref(), &finding, TODAY);
    assert_eq!(fix.commands[1], "yum update -y bash-4.1.2-15.el6_5.2.x86_64");
    assert_eq!(
        run_sed(
            &fix.commands[0],
            "/etc/yum.repos.d/CentOS-*.repo",
            "mirrorlist=http://mirrorlist.centos.org/?release=$releasever&arch=$basearch&repo=updates\n\
             #baseurl=http://mirror.centos.org/centos/$releasever/updates/$basearch/\n",
        ),
        "#mirrorlist=http://mirrorlist.centos.org/?release=$releasever&arch=$basearch&repo=updates\n\
         baseurl=http://vault.centos.org/6.10/updates/$basearch/\n",
    );
    let eight = system("ID=\"centos\"\nNAME=\"CentOS Linux\"\nVERSION_ID=\"8\"");
    let fix = finding_fix(Some(&eight), &finding, TODAY);
    assert_eq!(
        run_sed(
            &fix.commands[0],
            "/etc/yum.repos.d/CentOS-*.repo",
            "#baseurl=http://mirror.centos.org/$contentdir/$releasever/BaseOS/$basearch/os/\n",
        ),
        "baseurl=http://vault.centos.org/8.5.2111/BaseOS/$basearch/os/\n",
    );
}

#[test]
fn old_fedora_and_opensuse_are_taken_from_their_archives() {
    let packages = vec![binary(PackageKind::Rpm, "bash", "4.4-1", "x86_64", Some("4.4-2"))];
    let finding = finding("CVE-1", ("bash", "4.4-1"), Some("4.4-2"), packages);
    let fedora = finding_fix(Some(&system("ID=fedora\nVERSION_ID=26")), &finding, TODAY);
    assert_eq!(
        run_sed(
            &fedora.commands[0],
            "/etc/yum.repos.d/fedora*.repo",
            "#baseurl=http://download.fedoraproject.org/pub/fedora/linux/updates/$releasever/$basearch/\n\
             metalink=https://mirrors.fedoraproject.org/metalink?repo=updates\n",
        ),
        "baseurl=https://archives.fedoraproject.org/pub/archive/fedora/linux/updates/$releasever/$basearch/\n\
         #metalink=https://mirrors.fedoraproject.org/metalink?repo=updates\n",
    );
    let leap = finding_fix(Some(&system("ID=opensuse\nVERSION_ID=\"42.3\"")), &finding, TODAY);
    assert!(leap.commands[0].contains("discontinued"), "{:?}", leap.commands);
    let leap =
        finding_fix(Some(&system("ID=\"opensuse-leap\"\nVERSION_ID=\"15.2\"")), &finding, TODAY);
    assert!(leap.commands[0].starts_with("zypper"), "{:?}", leap.commands);
}

/// What the `sed` of a command makes of a file.
fn run_sed(command: &str, place: &str, text: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    assert!(command.contains(place), "{command}");
    let command = command.replace(place, &file.path().display().to_string());
    let out = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
    assert!(out.status.success(), "{command}: {}", String::from_utf8_lossy(&out.stderr));
    std::fs::read_to_string(file.path()).unwrap()
}

#[test]
fn without_a_package_manager_the_image_is_rebuilt() {
    let mut finding = openssl_deb();
    finding.packages[0].path = "var/lib/dpkg/status.d/libssl3".into();
    check_advice(BOOKWORM, &finding, FixKind::Advice, "newer base image");
    check_advice(
        "ID=bottlerocket\nVERSION_ID=1.20.0",
        &openssl_deb(),
        FixKind::Advice,
        "as a whole",
    );
    let fix = finding_fix(None, &openssl_deb(), TODAY);
    assert_eq!(fix.kind, FixKind::Advice);
    let os = system("ID=wolfi");
    let packages = [installed(PackageKind::Apk, "musl", "1.1.20-r3", "x86_64", "musl")];
    let fix = FixContext::new(Some(&os), &packages, TODAY).finding_fix(&musl());
    assert!(fix.advice.contains("the image has no package manager"), "{}", fix.advice);
}

#[test]
fn a_minimal_rpm_image_uses_microdnf() {
    let os = system("ID=rhel\nVERSION_ID=9.4");
    let packages = [installed(PackageKind::Rpm, "microdnf", "3.9-1", "x86_64", "microdnf")];
    let affected = vec![binary(PackageKind::Rpm, "bash", "5-1", "x86_64", Some("5-2"))];
    let finding = finding("CVE-1", ("bash", "5-1"), Some("5-2"), affected);
    let fix = FixContext::new(Some(&os), &packages, TODAY).finding_fix(&finding);
    assert_eq!(fix.commands, ["microdnf upgrade -y bash-5-2.x86_64"]);
}

#[test]
fn every_state_without_a_fix_says_why() {
    for (state, part) in [
        (FixState::Affected, "No fixed version of openssl is out for Debian GNU/Linux 12 yet"),
        (FixState::FixDeferred, "put the fix of openssl off"),
        (FixState::WillNotFix, "decided not to mend"),
        (FixState::EndOfLife, "out of support"),
        (FixState::UnderInvestigation, "still looking"),
    ] {
        let mut finding = openssl_deb();
        finding.fixed_version = None;
        finding.fix_state = Some(state);
        check_advice(BOOKWORM, &finding, FixKind::None, part);
        check_advice(
            "ID=debian\nVERSION_ID=9",
            &finding,
            FixKind::None,
            "stopped getting public fixes on 2022-06-30",
        );
    }
}

#[test]
fn hostile_names_and_versions_reach_no_command() {
    for hostile in ["x; rm -rf /", "$(id)", "-o=x", "a b", "a\nb", "`id`", "a'b", "x|y", ""] {
        let mut by_name = openssl_deb();
        by_name.packages[0].name = hostile.into();
        check_advice(BOOKWORM, &by_name, FixKind::Advice, "No command is given");
        let mut by_version = openssl_deb();
        by_version.fixed_version = Some(hostile.into());
        check_advice(BOOKWORM, &by_version, FixKind::Advice, "No command is given");
        let mut by_arch = openssl_deb();
        by_arch.packages[0].arch = Some(hostile.into());
        check_advice(BOOKWORM, &by_arch, FixKind::Advice, "No command is given");
    }
}

#[test]
fn the_plan_combines_all_findings_at_the_highest_version() {
    let os = system(ALPINE_39);
    let low = musl();
    let mut high = musl();
    high.id = "CVE-2020-28928".into();
    high.fixed_version = Some("1.1.20-r10".into());
    let mut unfixed = musl();
    unfixed.id = "CVE-2099-1".into();
    unfixed.fixed_version = None;
    unfixed.fix_state = Some(FixState::Affected);
    let mut packages = vec![
        installed(PackageKind::Apk, "apk-tools", "2.10.3-r1", "x86_64", "apk-tools"),
        installed(PackageKind::Apk, "musl", "1.1.20-r3", "x86_64", "musl"),
        installed(PackageKind::Apk, "musl-dev", "1.1.20-r3", "x86_64", "musl"),
    ];
    packages[0].package.depends = vec!["musl".into()];
    let plan = plan(Some(&os), &[&low, &high, &unfixed], &packages, "app:app", TODAY).unwrap();
    assert_eq!(
        plan.command.as_deref(),
        Some(
            "apk add --no-cache --virtual .security-fix 'musl>=1.1.20-r10' 'musl-utils>=1.1.20-r10' && \
             apk del --no-cache .security-fix"
        )
    );
    assert_eq!(
        plan.dockerfile,
        [
            "USER root",
            "RUN apk add --no-cache --virtual .security-fix 'musl>=1.1.20-r10' 'musl-utils>=1.1.20-r10' \\",
            "    && apk del --no-cache .security-fix",
            "USER app:app",
        ]
    );
    assert_eq!(plan.fixes, 2);
    assert_eq!(plan.remaining, [("the release no longer gets fixes".to_owned(), 1)]);
    assert_eq!(plan.steps[0].mends, ["CVE-2019-14697", "CVE-2020-28928"]);
    assert_eq!(
        (plan.steps[0].from.as_str(), plan.steps[0].to.as_str()),
        ("1.1.20-r3", "1.1.20-r10")
    );
    let notes = plan.notes.join("\n");
    for part in [
        "same sources",
        "musl-dev",
        "1 installed package uses",
        "apk-tools",
        "Restart",
        "2020-11-01",
    ] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
}

#[test]
fn the_plan_of_a_foreign_architecture_qualifies_names() {
    let os = system(BOOKWORM);
    let mut finding = openssl_deb();
    finding.packages[1] = binary(PackageKind::Deb, "libssl3", "3.0.11-1~deb12u2", "i386", None);
    let packages = [
        installed(PackageKind::Deb, "apt", "2.6.1", "amd64", "apt"),
        installed(PackageKind::Deb, "libssl3", "3.0.11-1~deb12u2", "amd64", "openssl"),
        installed(PackageKind::Deb, "libssl3", "3.0.11-1~deb12u2", "i386", "openssl"),
    ];
    let plan = plan(Some(&os), &[&finding], &packages, "", TODAY).unwrap();
    let command = plan.command.unwrap();
    assert!(
        command.ends_with(" 'libssl3=3.0.13-1~deb12u1' 'libssl3:i386=3.0.13-1~deb12u1'"),
        "{command}"
    );
    assert_eq!(plan.dockerfile.first().map(|l| &l[..3]), Some("RUN"));
    assert_eq!(
        plan.dockerfile.last().map(String::as_str),
        Some("    && rm -rf /var/lib/apt/lists/*")
    );
}

#[test]
fn a_hostile_user_is_not_written_into_the_dockerfile() {
    let os = system(BOOKWORM);
    let plan = plan(Some(&os), &[&openssl_deb()], &[], "x\nRUN id", TODAY).unwrap();
    assert!(plan.dockerfile.iter().all(|l| !l.contains("RUN id")), "{:?}", plan.dockerfile);
    assert!(plan.notes.iter().any(|n| n.contains("set `USER` again")), "{:?}", plan.notes);
}

#[test]
fn nothing_to_mend_gives_no_plan() {
    let mut application = openssl_deb();
    application.kind = RiskKind::ApplicationVulnerability;
    assert_eq!(plan(Some(&system(BOOKWORM)), &[&application], &[], "", TODAY), None);
    assert_eq!(plan(None, &[], &[], "", TODAY), None);
}
