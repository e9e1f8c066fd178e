use std::time::Duration;

use jiff::civil::date;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::sample;

#[test]
fn main_and_community_in_yaml_and_json_with_all_their_odd_names() {
    let (all, stats) = sample::testdata(&AlpineSecdb);
    let expected = "\
CVE-2018-20187 =CVE-2018-20187
  alpine:edge src botan Fixed <2.9.0-r0
CVE-2019-14697 =CVE-2019-14697
  alpine:3.9 src musl Fixed <1.1.20-r5
CVE-2017-2616 =CVE-2017-2616
  alpine:3.9 src util-linux Fixed <2.28.2-r1
CVE-2019-2426 =CVE-2019-2426
  alpine:3.9 src util-linux Fixed <1.10
CVE-2017-5715 =CVE-2017-5715
  alpine:3.9 src xen Fixed <4.9.1-r1
CVE-2017-5753 =CVE-2017-5753
  alpine:3.9 src xen Fixed <4.9.1-r1
CVE-2018-3620 =CVE-2018-3620
  alpine:3.9 src xen Fixed <4.11.1-r2
XSA-284
  alpine:3.9 src xen Fixed <4.11.1-r2
CVE-2019-1547 =CVE-2019-1547
  alpine:3.9 src openssl Fixed <1.1.1d-r10
CVE-2019-1552 =CVE-2019-1552
  alpine:3.9 src openssl NotAffected";
    let (mut got, mut expected) = (sample::show(&all), expected.lines().collect::<Vec<_>>());
    // Packages come in the file's order, the flaws of one in the order of their ids.
    got.sort();
    expected.sort_unstable();
    assert_eq!(got, expected);
    assert_eq!(stats.bad, 2, "{:?}", stats.problems);
    assert!(stats.problems[0].place.contains("community.json: package 2"));
    assert!(stats.problems[1].message.contains("see the notes"));
}

/// Counted by a script that shares no code: pairs of a package and a flaw, per file.
#[test]
fn the_real_databases_are_read_whole() {
    let Some(path) = sample::real("advisories/alpine-secdb-2020.tar.xz") else { return };
    let (all, stats) = sample::parse(&AlpineSecdb, &path).unwrap();
    assert_eq!(stats.bad, 0, "{:?}", stats.problems);
    assert_eq!(stats.date, Some(date(2020, 6, 8)));
    let releases: BTreeSet<&str> =
        all.iter().map(|a| a.affected[0].namespace.release.as_str()).collect();
    let expected = ["3.10", "3.11", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"];
    assert_eq!(releases.into_iter().collect::<Vec<_>>(), expected);
    assert!(all.iter().all(|a| !a.id.contains([' ', '?', '(']) && a.affected.len() == 1));
    assert_eq!(all.len(), 11_881);
}

#[test]
fn the_listing_tells_the_releases() {
    let page = r#"<a href="../">../</a> <a href="edge/">edge/</a> <a href='v3.20/'>v3.20/</a>
        <a href="./v3.9/"> <a href="last-update">x</a> <a href="v3/"> <a href="v3.x/"> <a href=v3.1/>"#;
    let found: Vec<&str> = releases(page).into_iter().collect();
    assert_eq!(found, ["edge", "v3.20", "v3.9"]);
}

#[tokio::test]
async fn all_releases_of_a_mirror_are_fetched_and_one_that_goes_is_removed() {
    let server = MockServer::start().await;
    let page = r#"<a href="v3.9/">v3.9/</a><a href="edge/">edge/</a>"#;
    let secdb = include_str!("testdata/community.json");
    let serve = |at: &str, text: &str| {
        Mock::given(method("GET"))
            .and(path(format!("/secdb/{at}")))
            .respond_with(ResponseTemplate::new(200).set_body_string(text))
    };
    serve("", page).up_to_n_times(1).mount(&server).await;
    serve("v3.9/main.json", &secdb.replace("edge", "v3.9")).mount(&server).await;
    serve("edge/main.json", secdb).mount(&server).await;
    serve("edge/community.json", secdb).mount(&server).await;
    serve("last-update", "1655237270\n").mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let http = Http::new().unwrap().with_first_pause(Duration::from_millis(1));
    let origin = Origin::Mirror(format!("{}/secdb/", server.uri()));
    let fetched = AlpineSecdb.fetch(&http, &origin, None, dir.path()).await.unwrap();
    assert!(fetched.changed);
    assert_eq!(fetched.cursor.0.len(), 4);
    let (all, stats) = sample::parse(&AlpineSecdb, &fetched.path).unwrap();
    assert_eq!((all.len(), stats.date), (3, Some(date(2022, 6, 14))));

    serve("", r#"<a href="edge/">edge/</a>"#).mount(&server).await;
    let since = Some(&fetched.cursor);
    let again = AlpineSecdb.fetch(&http, &origin, since, dir.path()).await.unwrap();
    assert!(again.changed && !again.path.join("v3.9/main.json").exists());
    let since = Some(&again.cursor);
    let third = AlpineSecdb.fetch(&http, &origin, since, dir.path()).await.unwrap();
    assert!(!third.changed);
}
