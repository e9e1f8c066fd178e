//! What a developer would read, for each ecosystem.

use plimsoll_model::{
    AffectedApp, AppPackage, FindingStatus, OwnedPackage, Package, PackageEvidence, RiskKind,
    SetAside, Severity,
};

use super::*;

/// A package of an image: kind, name, version, path, evidence, direct, who requires it.
struct Case {
    kind: PackageKind,
    name: &'static str,
    from: &'static str,
    to: Option<&'static str>,
    path: &'static str,
    app: AppPackage,
}

impl Case {
    fn new(kind: PackageKind, name: &'static str, from: &'static str, to: &'static str) -> Self {
        let app = AppPackage { is_direct: Some(true), ..AppPackage::default() };
        let path = match kind {
            PackageKind::Npm => "app/node_modules/x/package.json",
            _ => "app/lib/x",
        };
        Self { kind, name, from, to: Some(to), path, app }
    }

    fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    fn required_by(mut self, by: &str) -> Self {
        self.app.is_direct = None;
        self.app.required_by = vec![by.into()];
        self
    }

    fn finding(&self) -> Finding {
        Finding {
            kind: RiskKind::ApplicationVulnerability,
            id: "CVE-2020-1".into(),
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
            package: Some(self.name.into()),
            installed_version: Some(self.from.into()),
            fixed_version: self.to.map(str::to_owned),
            latest_fixed_version: None,
            fix_state: None,
            fix_channel: None,
            packages: vec![AffectedBinary {
                name: self.name.into(),
                version: self.from.into(),
                arch: None,
                kind: self.kind,
                purl: String::new(),
                fixed_version: self.to.map(str::to_owned),
                layer: 0,
                path: self.path.into(),
                held: false,
                application: Some(AffectedApp::from(&self.app)),
            }],
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

    fn fix(&self, image: &[OwnedPackage]) -> Fix {
        fix(&Index::new(image), &self.finding())
    }
}

fn owned(
    kind: PackageKind,
    name: &str,
    version: &str,
    path: &str,
    app: AppPackage,
) -> OwnedPackage {
    let mut package = Package::new(kind, name, version);
    package.app = Some(Box::new(app));
    OwnedPackage { package, path: path.into(), layer: 0, set_aside: None }
}

/// A lock file that lists something else.
fn lock(kind: PackageKind, path: &str) -> OwnedPackage {
    let app = AppPackage { evidence: PackageEvidence::LockFile, ..AppPackage::default() };
    let mut owned = owned(kind, "listed", "1", path, app);
    owned.set_aside = Some(SetAside::NotInstalled);
    owned
}

#[track_caller]
fn check(case: &Case, lock_path: &str, commands: &[&str], part: &str) {
    let image: Vec<_> =
        Some(lock_path).filter(|p| !p.is_empty()).map(|p| lock(case.kind, p)).into_iter().collect();
    let fix = case.fix(&image);
    assert_eq!(fix.commands, commands, "{}", fix.advice);
    assert_eq!(fix.kind, FixKind::Advice);
    assert!(fix.advice.contains(part), "{}", fix.advice);
}

#[test]
fn the_lock_file_says_which_tool_it_is() {
    use PackageKind::{Npm, Pypi};
    let tree = "In the application's source tree raise";
    let lodash = || Case::new(Npm, "lodash", "4.17.15", "4.17.21");
    check(&lodash(), "", &["npm install lodash@4.17.21"], tree);
    check(&lodash(), "app/package-lock.json", &["npm install lodash@4.17.21"], tree);
    check(&lodash(), "app/yarn.lock", &["yarn add lodash@4.17.21"], tree);
    check(&lodash(), "app/pnpm-lock.yaml", &["pnpm add lodash@4.17.21"], tree);
    check(&lodash(), "app/bun.lock", &["bun add lodash@4.17.21"], tree);
    let scoped = Case::new(Npm, "@babel/traverse", "7.23.0", "7.23.2");
    check(&scoped, "", &["npm install '@babel/traverse@7.23.2'"], tree);
    let urllib3 = || {
        Case::new(Pypi, "urllib3", "1.24.1", "1.24.2")
            .at("usr/local/lib/python3.11/site-packages/urllib3-1.24.1.dist-info/METADATA")
    };
    check(&urllib3(), "", &["pip install --upgrade urllib3==1.24.2"], tree);
    check(
        &urllib3(),
        "srv/requirements.txt",
        &["pip install --upgrade urllib3==1.24.2"],
        "into requirements.txt",
    );
    check(&urllib3(), "srv/poetry.lock", &["poetry add 'urllib3@^1.24.2'"], tree);
    check(&urllib3(), "srv/uv.lock", &["uv add 'urllib3>=1.24.2'"], tree);
    check(&urllib3(), "srv/Pipfile.lock", &["pipenv install 'urllib3>=1.24.2'"], tree);
}

#[test]
fn every_other_ecosystem_has_its_command() {
    use PackageKind::{Cargo, Composer, Gem, Generic, Golang, Hex, Maven, Nuget, Pub};
    let net = Case::new(Golang, "golang.org/x/net", "v0.1.0", "0.17.0").at("usr/local/bin/app");
    check(
        &net,
        "",
        &["go get golang.org/x/net@v0.17.0", "go mod tidy"],
        "`usr/local/bin/app` is somebody else's",
    );
    let stdlib = Case::new(Golang, "stdlib", "1.20.1", "1.21.5").at("usr/local/bin/app");
    check(&stdlib, "", &["go get toolchain@go1.21.5"], "anew with Go 1.21.5");
    let stdlib = Case::new(Golang, "stdlib", "1.20.1", "1.20.3").at("usr/local/bin/app");
    check(&stdlib, "", &[], "anew with Go 1.20.3");
    let time = Case::new(Cargo, "time", "0.1.43", "0.2.23");
    check(&time, "", &["cargo add time@0.2.23"], "gets no fix");
    let smallvec = Case::new(Cargo, "smallvec", "1.6.0", "1.6.1");
    check(&smallvec, "", &["cargo update -p smallvec@1.6.0 --precise 1.6.1"], "smallvec");
    let rack = Case::new(Gem, "rack", "2.0.1", "2.0.6");
    check(
        &rack,
        "app/Gemfile.lock",
        &["bundle update rack --conservative"],
        "gem \"rack\", \">= 2.0.6\"",
    );
    check(&rack, "", &["gem install rack --version 2.0.6"], "rack");
    let twig = Case::new(Composer, "twig/twig", "v2.0.0", "v2.14.11");
    check(&twig, "", &["composer require 'twig/twig:^2.14.11'"], "twig/twig");
    let json = Case::new(Nuget, "Newtonsoft.Json", "12.0.1", "13.0.1");
    check(&json, "", &["dotnet add package Newtonsoft.Json --version 13.0.1"], "gets no fix");
    let phoenix = Case::new(Hex, "phoenix", "1.6.0", "1.6.14");
    check(&phoenix, "", &["mix deps.update phoenix"], "mix.exs");
    let http = Case::new(Pub, "http", "0.13.0", "0.13.3");
    check(&http, "", &["dart pub add 'http:^0.13.3'"], "http");
    let yaml = Case::new(Maven, "org.yaml:snakeyaml", "1.26", "1.32");
    check(
        &yaml,
        "",
        &[],
        "<groupId>org.yaml</groupId><artifactId>snakeyaml</artifactId><version>1.32</version>",
    );
    check(
        &yaml,
        "app/gradle.lockfile",
        &["./gradlew dependencies --update-locks org.yaml:snakeyaml"],
        "constraints",
    );
    let node = Case::new(Generic, "node", "18.0.0", "18.20.4").at("usr/local/bin/node");
    check(&node, "", &[], "Take an image with node 18.20.4 or later");
}

#[test]
fn a_transitive_dependency_leads_to_the_direct_one() {
    let npm = PackageKind::Npm;
    let direct = AppPackage { is_direct: Some(true), ..AppPackage::default() };
    let by = |name: &str| AppPackage { required_by: vec![name.into()], ..AppPackage::default() };
    let image = [
        owned(npm, "express", "4.17.1", "app/node_modules/express/package.json", direct.clone()),
        owned(
            npm,
            "body-parser",
            "1.19.0",
            "app/node_modules/body-parser/package.json",
            by("express@4.17.1"),
        ),
        lock(npm, "app/package-lock.json"),
    ];
    let qs = Case::new(npm, "qs", "6.7.0", "6.7.3").required_by("body-parser@1.19.0");
    let fix = qs.fix(&image);
    assert_eq!(fix.commands, ["npm update express qs"]);
    assert!(fix.advice.contains("comes along with express: raise that"), "{}", fix.advice);
    assert!(fix.advice.contains("\"overrides\": { \"qs\": \"6.7.3\" }"), "{}", fix.advice);

    // The lock file knows better than the neighbours that the project asks for it itself, too.
    let listed = AppPackage {
        evidence: PackageEvidence::LockFile,
        is_direct: Some(true),
        ..AppPackage::default()
    };
    let mut image = image.to_vec();
    image.push(owned(npm, "qs", "6.7.0", "app/package-lock.json", listed));
    assert_eq!(qs.fix(&image).commands, ["npm install qs@6.7.3"]);

    let pip =
        Case::new(PackageKind::Pypi, "urllib3", "1.24.1", "1.24.2").required_by("requests@2.21.0");
    let fix = pip.fix(&[]);
    assert!(fix.advice.contains("comes along with requests"), "{}", fix.advice);
    assert_eq!(
        fix.commands,
        ["pip install --upgrade --requirement requirements.txt --constraint constraints.txt"]
    );

    // Packages that ask for one another have no end.
    let image = [
        owned(npm, "a", "1", "app/node_modules/a/package.json", by("b@1")),
        owned(npm, "b", "1", "app/node_modules/b/package.json", by("a@1")),
    ];
    let fix = Case::new(npm, "c", "1.0.0", "1.0.1").required_by("a@1").fix(&image);
    assert_eq!(fix.commands, ["npm update c"]);
}

#[test]
fn what_a_tool_brings_along_is_mended_with_the_tool() {
    let npm = PackageKind::Npm;
    let tar = Case::new(npm, "tar", "6.1.0", "6.2.1")
        .at("usr/local/lib/node_modules/npm/node_modules/tar/package.json");
    check(&tar, "app/yarn.lock", &["npm install --global npm@latest"], "tar is a part of npm");
    let scoped = Case::new(npm, "ws", "7.0.0", "7.5.10")
        .at("usr/local/lib/node_modules/@angular/cli/node_modules/ws/package.json");
    check(&scoped, "", &["npm install --global '@angular/cli@latest'"], "a part of @angular/cli");
    let own = Case::new(npm, "ws", "7.0.0", "7.5.10")
        .at("app/node_modules/x/node_modules/ws/package.json");
    check(&own, "", &["npm install ws@7.5.10"], "source tree");
    let vendored = Case::new(PackageKind::Pypi, "jaraco.context", "5.3.0", "6.1.0").at(
        "usr/lib/python3/site-packages/setuptools/_vendor/jaraco.context-5.3.0.dist-info/METADATA",
    );
    check(&vendored, "", &["pip install --upgrade setuptools"], "a part of setuptools");
    let gem = Case::new(PackageKind::Gem, "rexml", "3.2.5", "3.3.9")
        .at("usr/local/lib/ruby/gems/3.2.0/specifications/default/rexml-3.2.5.gemspec");
    check(&gem, "", &[], "a part of Ruby");
}

#[test]
fn a_nested_jar_names_the_archive_to_build() {
    let mut case =
        Case::new(PackageKind::Maven, "org.apache.logging.log4j:log4j-core", "2.14.1", "2.15.0")
            .at("srv/app.jar");
    case.app.inside = "BOOT-INF/lib/log4j-core-2.14.1.jar".into();
    check(
        &case,
        "",
        &[],
        "It lies in `BOOT-INF/lib/log4j-core-2.14.1.jar` inside of `srv/app.jar`: that archive",
    );
}

#[test]
fn the_way_to_other_lines_is_said() {
    let mut finding = Case::new(PackageKind::Pypi, "urllib3", "1.26.5", "1.26.18").finding();
    finding.latest_fixed_version = Some("2.0.7".into());
    let fix = super::fix(&Index::default(), &finding);
    assert!(
        fix.advice.contains("1.26.18 is the nearest fixed version of the same line, 2.0.7 begins"),
        "{}",
        fix.advice
    );
}

#[test]
fn without_a_fix_there_is_no_command() {
    let mut case = Case::new(PackageKind::Npm, "lodash", "4.17.15", "");
    case.to = None;
    let fix = case.fix(&[]);
    assert_eq!((fix.kind, fix.commands.len()), (FixKind::None, 0));
    assert!(fix.advice.starts_with("No fixed version of lodash is known"), "{}", fix.advice);
}

#[test]
fn hostile_names_and_versions_get_no_command() {
    for (name, from, to) in [
        ("lodash; rm -rf /", "1", "2"),
        ("$(x)", "1", "2"),
        ("--registry=evil", "1", "2"),
        ("a/../../b", "1", "2"),
        ("lodash", "1", "2 && x"),
        ("lodash", "`x`", "2"),
        ("", "1", "2"),
    ] {
        let fix = Case::new(PackageKind::Npm, name, from, to).fix(&[]);
        assert!(fix.commands.is_empty(), "{:?}", fix.commands);
        assert!(fix.advice.starts_with("No command is given"), "{}", fix.advice);
        assert!(!fix.advice.contains('\n'));
    }
    // Who requires it is not believed, either.
    let fix = Case::new(PackageKind::Npm, "a", "1.0.0", "1.0.1").required_by("x; y@1").fix(&[]);
    assert_eq!(fix.commands, ["npm update a"]);
    assert!(!fix.advice.contains("x; y"), "{}", fix.advice);
}
