use std::{fs, time::Duration};

use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path},
};

use super::*;
use crate::{Feed, cisa_kev::CisaKev, epss::Epss, ubuntu_cve_tracker::UbuntuCveTracker};

const KEV: &str = include_str!("../cisa_kev/testdata/known_exploited_vulnerabilities.json");

fn http() -> Http {
    Http::new().unwrap().with_first_pause(Duration::from_millis(1))
}

fn ok(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(text)
}

#[tokio::test]
async fn a_second_fetch_asks_whether_the_file_changed() {
    let server = MockServer::start().await;
    let at = || Mock::given(method("GET")).and(path("/kev.json"));
    at().and(header("if-none-match", "\"one\""))
        .respond_with(ResponseTemplate::new(304))
        .mount(&server)
        .await;
    at().respond_with(ok(KEV).insert_header("etag", "\"one\"")).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::Mirror(format!("{}/kev.json", server.uri()));
    let first = CisaKev.fetch(&http(), &origin, None, dir.path()).await.unwrap();
    assert!(first.changed);
    assert_eq!(first.path, dir.path().join("cisa-kev"));
    assert_eq!(CisaKev.parse(&first.path, &mut |_| ()).unwrap().records, 2);
    let known = Some(&first.cursor);
    let second = CisaKev.fetch(&http(), &origin, known, dir.path()).await.unwrap();
    assert_eq!((second.changed, &second.cursor), (false, &first.cursor));
    // A file that was removed meanwhile is fetched whatever the cursor says.
    fs::remove_dir_all(&first.path).unwrap();
    assert!(CisaKev.fetch(&http(), &origin, known, dir.path()).await.unwrap().changed);
}

#[tokio::test]
async fn the_same_bytes_without_an_etag_are_no_change() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ok(KEV)).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::Mirror(format!("{}/mirror/", server.uri()));
    let first = CisaKev.fetch(&http(), &origin, None, dir.path()).await.unwrap();
    let second = CisaKev.fetch(&http(), &origin, Some(&first.cursor), dir.path()).await.unwrap();
    assert!(first.changed && !second.changed);
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked[0].url.path(), "/mirror/known_exploited_vulnerabilities.json");
}

/// Debian's tracker names no date of its own.
#[tokio::test]
async fn a_file_is_as_old_as_its_server_says() {
    let server = MockServer::start().await;
    let tracker = include_str!("../debian_tracker/testdata/tracker.json");
    let answer = ok(tracker).insert_header("last-modified", "Wed, 20 Aug 2025 07:28:00 GMT");
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::Mirror(format!("{}/data/json", server.uri()));
    let feed = crate::debian_tracker::DebianTracker;
    let fetched = feed.fetch(&http(), &origin, None, dir.path()).await.unwrap();
    let stats = feed.parse(&fetched.path, &mut |_| ()).unwrap();
    assert_eq!(stats.date, Some(jiff::civil::date(2025, 8, 20)));
}

#[tokio::test]
async fn busy_servers_are_tried_again_and_refusals_are_not() {
    let server = MockServer::start().await;
    for (at, status) in [("/busy", 503), ("/slow", 429)] {
        let busy = ResponseTemplate::new(status).insert_header("retry-after", "0");
        Mock::given(path(at)).respond_with(busy).up_to_n_times(3).mount(&server).await;
        Mock::given(path(at)).respond_with(ok(KEV)).mount(&server).await;
    }
    Mock::given(path("/down")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    Mock::given(path("/no")).respond_with(ResponseTemplate::new(403)).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let fetch = async |at: &str| {
        let origin = Origin::Mirror(format!("{}{at}", server.uri()));
        CisaKev.fetch(&http(), &origin, None, dir.path()).await
    };
    fetch("/busy").await.unwrap();
    fetch("/slow").await.unwrap();
    let down = fetch("/down?token=secret").await.unwrap_err().to_string();
    assert!(down.contains("500") && down.contains("5 tries") && !down.contains("secret"), "{down}");
    let before = server.received_requests().await.unwrap().len();
    assert!(fetch("/no").await.unwrap_err().to_string().contains("403"));
    assert_eq!(server.received_requests().await.unwrap().len(), before + 1);
}

#[tokio::test]
async fn a_failed_download_leaves_the_old_file_alone() {
    let server = MockServer::start().await;
    let at = || Mock::given(path("/kev.json"));
    at().respond_with(ok(KEV)).up_to_n_times(1).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::Mirror(format!("{}/kev.json", server.uri()));
    let first = CisaKev.fetch(&http(), &origin, None, dir.path()).await.unwrap();
    at().respond_with(ok(&"x".repeat(5000))).mount(&server).await;
    let small = http().with_max_download(4000);
    let error = CisaKev.fetch(&small, &origin, None, dir.path()).await.unwrap_err();
    assert!(matches!(error, FeedError::TooLarge { limit: 4000, .. }), "{error}");
    let left: Vec<_> = fs::read_dir(&first.path).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left, [first.path.join("known_exploited_vulnerabilities.json")]);
    assert_eq!(fs::read_to_string(&left[0]).unwrap(), KEV);
}

#[tokio::test]
async fn a_body_without_length_is_capped_too() {
    let server = MockServer::start().await;
    let body = |_: &Request| ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 9000]);
    Mock::given(method("GET")).respond_with(body).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::Mirror(format!("{}/epss.csv.gz", server.uri()));
    let small = http().with_max_download(100);
    let error = Epss.fetch(&small, &origin, None, dir.path()).await.unwrap_err();
    assert!(matches!(error, FeedError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn local_files_and_folders_stay_where_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kev.json");
    fs::write(&file, KEV).unwrap();
    let nowhere = dir.path().join("unused");
    for path in [file.clone(), dir.path().to_owned()] {
        let origin = Origin::Local(path.clone());
        let first = CisaKev.fetch(&http(), &origin, None, &nowhere).await.unwrap();
        assert_eq!((&first.path, first.changed), (&path, true));
        let known = Some(&first.cursor);
        assert!(!CisaKev.fetch(&http(), &origin, known, &nowhere).await.unwrap().changed);
        fs::write(&file, format!("{KEV}\n{}", path.display())).unwrap();
        assert!(CisaKev.fetch(&http(), &origin, known, &nowhere).await.unwrap().changed);
    }
    assert!(!nowhere.exists());
    let missing = Origin::Local("/nonexistent/kev.json".into());
    assert!(CisaKev.fetch(&http(), &missing, None, &nowhere).await.is_err());
}

#[tokio::test]
async fn a_feed_without_download_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let error =
        UbuntuCveTracker.fetch(&http(), &Origin::Upstream, None, dir.path()).await.unwrap_err();
    assert!(error.to_string().contains("no download of its own"), "{error}");
    assert_eq!(Origin::parse("https://x/"), Origin::Mirror("https://x/".into()));
    assert_eq!(Origin::parse("feeds/x"), Origin::Local("feeds/x".into()));
}
