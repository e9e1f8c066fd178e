//! Fetching from servers that look like the real ones: repositories with their tables of contents, lists of
//! mirrors, manifests with digests and listings.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::{fs, path::Path, time::Duration};

use plimsoll_feeds::{Cursor, Feed, FeedError, Fetched, Http, Origin, by_id};
use sha2::{Digest as _, Sha256};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

/// A server and a folder for what is fetched from it.
struct World {
    server: MockServer,
    dir: tempfile::TempDir,
    feed: Box<dyn Feed>,
}

impl World {
    async fn of(feed: &str) -> Self {
        let server = MockServer::start().await;
        let dir = tempfile::tempdir().unwrap();
        Self { server, dir, feed: by_id(feed).unwrap() }
    }

    async fn serve(&self, at: &str, body: impl AsRef<[u8]>) {
        let answer = ResponseTemplate::new(200).set_body_bytes(body.as_ref());
        Mock::given(path(format!("/{at}"))).respond_with(answer).mount(&self.server).await;
    }

    /// A repository whose updateinfo is `xml`.
    async fn repository(&self, at: &str, xml: &str) {
        let digest = digest(xml.as_bytes());
        self.serve(&format!("{at}/repodata/repomd.xml"), repomd(&digest)).await;
        self.serve(&format!("{at}/repodata/{digest}-updateinfo.xml"), xml).await;
    }

    async fn fetch(&self, since: Option<&Cursor>) -> Result<Fetched, FeedError> {
        self.fetch_from("", since).await
    }

    async fn fetch_from(&self, at: &str, since: Option<&Cursor>) -> Result<Fetched, FeedError> {
        let http = Http::new().unwrap().with_first_pause(Duration::from_millis(1));
        let origin = Origin::Mirror(format!("{}/{at}", self.server.uri()));
        self.feed.fetch(&http, &origin, since, self.dir.path()).await
    }

    fn ids(&self, fetched: &Fetched) -> Vec<String> {
        let mut ids = Vec::new();
        self.feed.parse(&fetched.path, &mut |a| ids.push(a.id)).unwrap();
        ids.sort_unstable();
        ids
    }

    async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn repomd(digest: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo">
  <revision>1</revision>
  <data type="primary"><location href="repodata/primary.xml.gz"/></data>
  <data type="updateinfo">
    <checksum type="sha256">{digest}</checksum>
    <location href="repodata/{digest}-updateinfo.xml"/>
    <timestamp>1769300449</timestamp>
  </data>
</repomd>"#
    )
}

fn update(id: &str, release: &str, short: &str) -> String {
    format!(
        r#"<updates><update status="final" type="security"><id>{id}</id><release>{release}</release>
        <issued date="2024-01-02 03:04:05"/><severity>Important</severity>
        <references><reference id="CVE-2024-1234" type="cve"/></references>
        <pkglist><collection short="{short}"><package name="zlib" version="1" release="2" arch="x86_64"/>
        </collection></pkglist></update></updates>"#
    )
}

fn rocky(id: &str) -> String {
    update(id, "Rocky Linux 9", "x")
}

#[tokio::test]
async fn repositories_of_all_releases_are_found_and_unchanged_ones_are_not_fetched_again() {
    let world = World::of("rocky-updateinfo").await;
    world
        .serve("", r#"<a href="8/">8/</a><a href="9/"></a><a href="9.3/"></a><a href="9.6-RC1/">"#)
        .await;
    world.repository("8/BaseOS/x86_64/os", &rocky("RLSA-2024:1")).await;
    world.repository("9/AppStream/aarch64/os", &rocky("RLSA-2024:2")).await;
    world.repository("9.3/BaseOS/x86_64/os", &rocky("RLSA-2023:3")).await;
    // A repository without updateinfo is nothing to complain about.
    let bare = repomd("x").replace("\"updateinfo\"", "\"group\"");
    world.serve("9/extras/x86_64/os/repodata/repomd.xml", bare).await;
    let first = world.fetch(None).await.unwrap();
    assert!(first.changed);
    assert_eq!(world.ids(&first), ["RLSA-2023:3", "RLSA-2024:1", "RLSA-2024:2"]);
    assert!(first.path.join("9/AppStream/aarch64/updateinfo.xml").is_file());
    let again = world.fetch(Some(&first.cursor)).await.unwrap();
    assert!(!again.changed && again.cursor == first.cursor);
    let requests = world.server.received_requests().await.unwrap();
    let of_files = requests.iter().filter(|r| r.url.path().ends_with("-updateinfo.xml")).count();
    assert_eq!(of_files, 3, "the digests in the cursor tell that nothing changed");
}

#[tokio::test]
async fn a_repository_that_changes_gets_its_new_file_in_the_same_place() {
    let world = World::of("rocky-updateinfo").await;
    world.repository("os", &rocky("RLSA-2024:1")).await;
    let first = world.fetch_from("os/", None).await.unwrap();
    assert_eq!(world.ids(&first), ["RLSA-2024:1"]);
    world.server.reset().await;
    world.repository("os", &rocky("RLSA-2024:2")).await;
    let second = world.fetch_from("os/", Some(&first.cursor)).await.unwrap();
    assert!(second.changed);
    assert_eq!(world.ids(&second), ["RLSA-2024:2"]);
}

#[tokio::test]
async fn a_file_with_another_digest_never_replaces_the_good_one() {
    let world = World::of("rocky-updateinfo").await;
    world.repository("os", &rocky("RLSA-2024:1")).await;
    let first = world.fetch_from("os/", None).await.unwrap();
    world.server.reset().await;
    let wrong = "a".repeat(64);
    world.serve("os/repodata/repomd.xml", repomd(&wrong)).await;
    world.serve(&format!("os/repodata/{wrong}-updateinfo.xml"), rocky("RLSA-2024:2")).await;
    let error = world.fetch_from("os/", Some(&first.cursor)).await.unwrap_err().to_string();
    assert!(error.contains("SHA-256") && error.contains("5 tries"), "{error}");
    assert_eq!(world.ids(&first), ["RLSA-2024:1"]);
}

#[tokio::test]
async fn tables_of_contents_that_are_none_are_refused() {
    for (table, expected) in [
        (r#"<?xml version="1.0"?><repomd xmlns="x"></repomd>"#, "names no file"),
        ("<html><body>maintenance</body></html>", "no `repomd`"),
        ("<repomd><data type='updateinfo'>", "ends early"),
        (
            "<repomd><data type='updateinfo'><location href='../../x.xml'/></data></repomd>",
            "no path below",
        ),
        ("<repomd><data type='group'><location href='c.xml'/></data></repomd>", "no record"),
    ] {
        let world = World::of("fedora-updateinfo").await;
        world.serve("os/repodata/repomd.xml", table).await;
        let error = world.fetch_from("os/", None).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{table}: {error}");
    }
}

#[tokio::test]
async fn amazons_repositories_are_found_through_lists_of_mirrors() {
    let world = World::of("amazon-alas").await;
    let here = world.server.uri();
    world.serve("2018.03/updates/x86_64/mirror.list", format!("{here}/one\nhttp://unused/")).await;
    world.serve("2/core/latest/x86_64/mirror.list", format!("{here}/two")).await;
    world
        .serve("2/extras-catalog.json", r#"{"topics":[{"n":"docker","inst":[]},{"n":"vim"}]}"#)
        .await;
    world.serve("2/extras/docker/latest/aarch64/mirror.list", format!("{here}/docker/\n")).await;
    let list = "al2023/core/mirrors/latest/x86_64/mirror.list";
    world.serve(list, format!("{here}/2023/")).await;
    for (at, id, short) in [
        ("one", "ALAS-1", "amazon-linux-ami"),
        ("two", "ALAS2-1", "amazon-linux-2"),
        ("docker", "ALAS2DOCKER-1", "amazon-linux-2---docker"),
        ("2023", "ALAS2023-1", "amazon-linux-2023"),
    ] {
        world.repository(at, &update(id, "x", short)).await;
    }
    let fetched = world.fetch(None).await.unwrap();
    assert_eq!(world.ids(&fetched), ["ALAS-1", "ALAS2-1", "ALAS2023-1", "ALAS2DOCKER-1"]);
    assert!(fetched.path.join("2/extras/docker/aarch64/updateinfo.xml").is_file());
    world.server.reset().await;
    world.serve("2/core/latest/x86_64/mirror.list", "<html>no list</html>").await;
    let error = world.fetch(Some(&fetched.cursor)).await.unwrap_err().to_string();
    assert!(error.contains("mirrors names none"), "{error}");
}

#[tokio::test]
async fn fedoras_old_releases_have_another_layout() {
    let world = World::of("fedora-updateinfo").await;
    world
        .serve("", r#"<a href="19/">19/</a><a href="38/"><a href="testing/"><a href="43/">"#)
        .await;
    for (at, id, release) in [
        ("19/x86_64", "FEDORA-2013-1", "Fedora 19"),
        ("38/Modular/x86_64", "FEDORA-MODULAR-2023-1", "Fedora 38 Modular"),
        ("43/Everything/aarch64", "FEDORA-2026-1", "Fedora 43"),
    ] {
        world.repository(at, &update(id, release, "x")).await;
    }
    let fetched = world.fetch(None).await.unwrap();
    assert_eq!(world.ids(&fetched), ["FEDORA-2013-1", "FEDORA-2026-1", "FEDORA-MODULAR-2023-1"]);
}

const OVAL: &str = include_str!("../src/redhat_oval/testdata/rhel-9-including-unpatched.oval.xml");

#[tokio::test]
async fn red_hats_manifest_names_the_files_and_their_digests() {
    let world = World::of("redhat-oval").await;
    let name = "RHEL9/rhel-9-including-unpatched.oval.xml.bz2";
    let good = digest(OVAL.as_bytes());
    // Files of other products and a second one of the same release are not asked for.
    let others =
        ["RHEL9/rhel-9.oval.xml.bz2", "RHEL9/openshift-4-including-unpatched.oval.xml.bz2"];
    let lines: Vec<String> =
        others.iter().chain([&name]).map(|n| format!("{n},{good},10\n")).collect();
    world.serve("PULP_MANIFEST", lines.concat()).await;
    world.serve(name, OVAL).await;
    let first = world.fetch(None).await.unwrap();
    assert_eq!(first.cursor.0.len(), 1);
    assert!(!world.ids(&first).is_empty());
    let before = world.asked().await;
    assert!(!world.fetch(Some(&first.cursor)).await.unwrap().changed);
    // The manifest, and the archive that this mirror does not have.
    assert_eq!(world.asked().await, before + 2);
    world.server.reset().await;
    for manifest in ["<html>", "RHEL9/rhel-9.oval.xml.bz2,,", ""] {
        world.serve("PULP_MANIFEST", manifest).await;
        assert!(world.fetch(Some(&first.cursor)).await.is_err(), "{manifest}");
        world.server.reset().await;
    }
    assert!(!world.ids(&first).is_empty());
}

#[tokio::test]
async fn old_files_of_an_index_are_fetched_once() {
    let world = World::of("openeuler-cvrf").await;
    let old = "2021/cvrf-openEuler-SA-2021-1033.xml";
    let new = "2024/cvrf-openEuler-SA-2024-1349.xml";
    world.serve("index.txt", format!("{old}\n{new}")).await;
    world.serve(old, "<x/>").await;
    world.serve(new, "<x/>").await;
    let first = world.fetch(None).await.unwrap();
    let before = world.asked().await;
    assert!(!world.fetch(Some(&first.cursor)).await.unwrap().changed);
    assert_eq!(world.asked().await, before + 2, "the index and the newer file");
    fs::remove_file(first.path.join(old)).unwrap();
    assert!(world.fetch(Some(&first.cursor)).await.unwrap().changed);
    assert!(first.path.join(old).is_file());
}

#[tokio::test]
async fn listings_name_one_file_for_each_release() {
    let world = World::of("suse-oval").await;
    let names = [
        "suse.linux.enterprise.15-affected.xml",
        "suse.linux.enterprise.15-affected.xml.gz",
        "suse.linux.enterprise.15-sp4.xml.gz",
        "suse.linux.enterprise.15.xml.gz",
        "suse.linux.enterprise.server.15-affected.xml.gz",
        "suse.linux.enterprise.server.10.xml",
        "suse.linux.enterprise.server.10.xml.gz",
        "suse.linux.enterprise.16-patch.xml.gz",
        "suse.linux.enterprise.micro.5-affected.xml.gz",
        "opensuse.leap.micro.5.2.xml.gz",
        "opensuse.12.1.xml.gz",
        "opensuse.12.1-patch.xml.gz",
        "opensuse.tumbleweed-affected.xml",
        "opensuse.tumbleweed.xml.gz",
        "suse.manager.4.0.xml.gz",
        "SHA256SUMS",
    ];
    let page: String = names.iter().map(|n| format!("<a href=\"{n}\">{n}</a>\n")).collect();
    world.serve("", page).await;
    for name in names {
        world.serve(name, "<x/>").await;
    }
    let fetched = world.fetch(None).await.unwrap();
    let expected = [
        "opensuse.12.1.xml.gz",
        "opensuse.tumbleweed-affected.xml",
        "suse.linux.enterprise.15-affected.xml.gz",
        "suse.linux.enterprise.server.10.xml.gz",
    ];
    assert_eq!(files(&fetched.path), expected);
}

#[tokio::test]
async fn ubuntus_listing_names_the_files_by_flaw() {
    let world = World::of("ubuntu-oval").await;
    let page = r#"<a href="/oval/com.ubuntu.jammy.cve.oval.xml.bz2"></a>
        <a href="com.ubuntu.jammy.cve.oval.xml.bz2"><a href="com.ubuntu.jammy.usn.oval.xml.bz2">
        <a href="oci.com.ubuntu.jammy.cve.oval.xml.bz2"><a href="com.ubuntu.fips-updates_jammy.cve.oval.xml.bz2">"#;
    world.serve("", page).await;
    world.serve("com.ubuntu.jammy.cve.oval.xml.bz2", "<x/>").await;
    let fetched = world.fetch(None).await.unwrap();
    assert_eq!(files(&fetched.path), ["com.ubuntu.jammy.cve.oval.xml.bz2"]);
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// The tables of contents that other projects keep for their tests.
#[test]
fn real_tables_of_contents() {
    use plimsoll_feeds::{
        fetch::repomd,
        input::{Entry, Visitor, walk},
    };
    struct Tables(Vec<(String, Result<usize, String>)>);
    impl Visitor for Tables {
        fn wants(&self, name: &str) -> bool {
            name.contains("repomd") && name.ends_with(".xml")
        }
        fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
            let bytes = entry.bytes().unwrap();
            let found = repomd::read(&bytes);
            let count = found.map(|all| all.iter().filter(|d| d.kind == "updateinfo").count());
            self.0.push((entry.name.to_owned(), count));
            Ok(())
        }
    }
    let Some(root) = std::env::var_os("PLIMSOLL_TEST_DATA") else {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
        return;
    };
    let mut tables = Tables(Vec::new());
    for letter in ["a", "c", "d"] {
        let archive = format!("feed-samples/upstream-raw-{letter}.tar.xz");
        walk(&Path::new(&root).join(archive), &mut tables).unwrap();
    }
    let refused: Vec<&str> = tables
        .0
        .iter()
        .filter(|(_, found)| found.is_err())
        .map(|(name, _)| name.as_str())
        .collect();
    let without: Vec<&str> = tables
        .0
        .iter()
        .filter(|(_, found)| *found == Ok(0))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        (tables.0.len(), refused.len(), without.len()),
        (25, 3, 5),
        "{refused:#?} {without:#?}"
    );
}

/// A VEX document of Red Hat's about one flaw, fixed in one build.
fn vex(flaw: &str, fixed: &str) -> String {
    format!(
        r#"{{"document": {{"csaf_version": "2.0", "tracking": {{"id": "{flaw}"}}}},
        "product_tree": {{"full_product_names": [
            {{"product_id": "b", "product_identification_helper": {{"cpe": "cpe:/o:redhat:enterprise_linux:9::baseos"}}}},
            {{"product_id": "p", "product_identification_helper": {{"purl": "pkg:rpm/redhat/zlib@{fixed}?arch=x86_64"}}}}],
          "relationships": [{{"full_product_name": {{"product_id": "b:p"}}, "product_reference": "p",
            "relates_to_product_reference": "b"}}]}},
        "vulnerabilities": [{{"cve": "{flaw}", "product_status": {{"fixed": ["b:p"]}}}}]}}"#
    )
}

const ARCHIVE: &str = "csaf_vex_2024-08-04.tar.zst";

async fn serve_vex(world: &World, changes: &str, deletions: &str) {
    world.serve("archive_latest.txt", format!("{ARCHIVE}\n")).await;
    world.serve("changes.csv", changes).await;
    world.serve("deletions.csv", deletions).await;
    let mut tar = tar::Builder::new(Vec::new());
    for number in 1..=3 {
        let bytes = vex(&format!("CVE-2024-000{number}"), "1-1");
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        let name = format!("2024/cve-2024-000{number}.json");
        tar.append_data(&mut header, name, bytes.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    world.serve(ARCHIVE, zstd::encode_all(tar.as_slice(), 1).unwrap()).await;
}

#[tokio::test]
async fn an_archive_is_fetched_once_and_then_only_what_changed() {
    let world = World::of("redhat-csaf-vex").await;
    let first = "\"2024/cve-2024-0001.json\",\"2024-08-05T10:00:00+00:00\"\n\
                 \"2024/cve-2024-0002.json\",\"2024-08-01T10:00:00+00:00\"\n\
                 \"../../../evil.json\",\"2024-08-05T10:00:00+00:00\"\n";
    let deleted = "\"2024/cve-2024-0003.json\",\"2024-08-06T10:00:00+00:00\"\n";
    serve_vex(&world, first, deleted).await;
    world.serve("2024/cve-2024-0001.json", vex("CVE-2024-0001", "1-2")).await;
    let fetched = world.fetch(None).await.unwrap();
    assert!(fetched.changed);
    assert_eq!(world.ids(&fetched), ["CVE-2024-0001", "CVE-2024-0002"]);
    let versions = |fetched: &Fetched| {
        let mut all = Vec::new();
        let mut take = |a: plimsoll_model::Advisory| {
            all.push(a.affected[0].ranges[0].fixed.clone().unwrap());
        };
        world.feed.parse(&fetched.path, &mut take).unwrap();
        all
    };
    assert_eq!(versions(&fetched), ["1-2", "1-1"]);
    // The name of the archive, two lists, the archive, and one document.
    assert_eq!(world.asked().await, 5);

    let again = world.fetch(Some(&fetched.cursor)).await.unwrap();
    assert!(!again.changed);
    assert_eq!(world.asked().await, 9, "a document that is here is not asked for");

    world.server.reset().await;
    let later = "\"2024/cve-2024-0001.json\",\"2024-08-07T10:00:00+00:00\"\n";
    let gone = "\"2024/cve-2024-0002.json\",\"2024-08-08T10:00:00+00:00\"\n";
    serve_vex(&world, later, gone).await;
    world.serve("2024/cve-2024-0001.json", vex("CVE-2024-0001", "1-3")).await;
    let third = world.fetch(Some(&again.cursor)).await.unwrap();
    assert!(third.changed);
    assert_eq!(world.ids(&third), ["CVE-2024-0001", "CVE-2024-0003"]);
    assert_eq!(versions(&third), ["1-3", "1-1"]);

    world.server.reset().await;
    world.serve("archive_latest.txt", "../archive.tar.zst").await;
    assert!(world.fetch(None).await.is_err(), "a name that is no archive's");
}
