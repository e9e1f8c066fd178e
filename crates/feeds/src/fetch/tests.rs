use std::{
    fs,
    time::{Duration, SystemTime},
};

use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path},
};

use super::{part::Part, *};
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

/// A server that sends what it is told to, byte by byte, and hangs up: no library of well-behaved answers
/// does that. Answers each request with the next of `answers`, and tells the requests' heads.
async fn raw_server(answers: Vec<Vec<u8>>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let mut heads = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            heads.push(String::from_utf8_lossy(&head).to_ascii_lowercase());
            stream.write_all(&answer).await.unwrap();
            stream.shutdown().await.unwrap();
        }
        heads
    });
    (address, task)
}

fn raw(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_was() {
    let (start, rest) = KEV.split_at(300);
    let (middle, end) = rest.split_at(100);
    let whole = KEV.len();
    let partial = |from: usize, body: &str| {
        let range = format!("content-range: bytes {from}-{}/{whole}", whole - 1);
        let length = whole - from;
        raw(
            &format!("206 Partial Content\r\netag: \"one\"\r\n{range}\r\ncontent-length: {length}"),
            body,
        )
    };
    let first = raw(&format!("200 OK\r\netag: \"one\"\r\ncontent-length: {whole}"), start);
    let (address, server) = raw_server(vec![first, partial(300, middle), partial(400, end)]).await;
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::Mirror(format!("{address}/kev.json"));
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = seen.clone();
    let http = http().with_progress(std::sync::Arc::new(move |p| told.lock().unwrap().push(p)));
    let fetched = CisaKev.fetch(&http, &origin, None, dir.path()).await.unwrap();
    assert_eq!(
        fs::read_to_string(fetched.path.join("known_exploited_vulnerabilities.json")).unwrap(),
        KEV
    );
    assert_eq!(fs::read_dir(&fetched.path).unwrap().count(), 1);
    let heads = server.await.unwrap();
    assert!(!heads[0].contains("range:"), "{}", heads[0]);
    assert!(heads[1].contains("range: bytes=300-") && heads[1].contains("if-range: \"one\""));
    assert!(heads[2].contains("range: bytes=400-"), "{}", heads[2]);
    let received: u64 = seen
        .lock()
        .unwrap()
        .iter()
        .map(|p| if let Progress::Received(n) = p { *n } else { 0 })
        .sum();
    assert_eq!(received, whole as u64);
    let whole_hash = super::hex(Sha256::new_with_prefix(KEV));
    assert_eq!(fetched.cursor.0.values().next().unwrap().fingerprint, whole_hash);
}

#[tokio::test]
async fn the_next_run_goes_on_too_and_begins_anew_where_the_file_changed() {
    let dir = tempfile::tempdir().unwrap();
    let broken =
        raw(&format!("200 OK\r\netag: \"one\"\r\ncontent-length: {}", KEV.len()), &KEV[..99]);
    let stop = raw("400 Bad Request\r\ncontent-length: 0", "");
    let changed = raw(&format!("200 OK\r\netag: \"two\"\r\ncontent-length: {}", KEV.len()), KEV);
    let (address, server) = raw_server(vec![broken.clone(), broken, stop, changed]).await;
    let origin = Origin::Mirror(format!("{address}/kev.json"));
    CisaKev.fetch(&http(), &origin, None, dir.path()).await.unwrap_err();
    // A refusal ends what was begun; a broken line does not.
    assert!(!dir.path().join("cisa-kev/.part-known_exploited_vulnerabilities.json").exists());
    let part = Part::of(
        &dir.path().join("cisa-kev/known_exploited_vulnerabilities.json"),
        &format!("{address}/kev.json"),
    );
    std::io::Write::write_all(&mut part.restart(Some("\"one\""), None).unwrap(), b"{ old").unwrap();
    let fetched = CisaKev.fetch(&http(), &origin, None, dir.path()).await.unwrap();
    assert_eq!(CisaKev.parse(&fetched.path, &mut |_| ()).unwrap().records, 2);
    let heads = server.await.unwrap();
    assert!(heads[1].contains("range: bytes=99-"), "{}", heads[1]);
    assert!(heads[3].contains("range: bytes=5-"), "{}", heads[3]);
}

#[tokio::test]
async fn a_server_that_sends_another_part_or_length_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let whole = KEV.len();
    let broken = raw(&format!("200 OK\r\netag: \"one\"\r\ncontent-length: {whole}"), &KEV[..50]);
    let wrong =
        raw("206 Partial Content\r\ncontent-range: bytes 10-59/60\r\ncontent-length: 3", "xyz");
    let gone = raw("416 Range Not Satisfiable\r\ncontent-length: 0", "");
    let short = format!("206 Partial Content\r\ncontent-range: bytes 50-{}/{whole}", whole - 1);
    let short = raw(&format!("{short}\r\ncontent-length: 5"), &KEV[50..55]);
    let good = raw(&format!("200 OK\r\netag: \"one\"\r\ncontent-length: {whole}"), KEV);
    let answers = vec![broken.clone(), wrong, broken.clone(), gone, broken, short, good];
    let (address, server) = raw_server(answers).await;
    let origin = Origin::Mirror(format!("{address}/kev.json"));
    let fetched = CisaKev.fetch(&http(), &origin, None, dir.path()).await.unwrap();
    assert_eq!(
        fs::read_to_string(fetched.path.join("known_exploited_vulnerabilities.json")).unwrap(),
        KEV
    );
    let asked = server.await.unwrap();
    let ranges: Vec<bool> = asked.iter().map(|head| head.contains("\r\nrange:")).collect();
    assert_eq!(ranges, [false, true, false, true, false, true, false]);
}

#[tokio::test]
async fn a_used_up_limit_is_respected_and_told() {
    let server = MockServer::start().await;
    let reset = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() + 1800;
    let used_up = ResponseTemplate::new(403)
        .insert_header("x-ratelimit-remaining", "0")
        .insert_header("x-ratelimit-reset", reset.to_string().as_str());
    Mock::given(path("/limited")).respond_with(used_up).mount(&server).await;
    Mock::given(path("/other")).respond_with(ok(KEV)).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let http = http();
    for at in ["/limited", "/other"] {
        let origin = Origin::Mirror(format!("{}{at}", server.uri()));
        let error = CisaKev.fetch(&http, &origin, None, dir.path()).await.unwrap_err();
        let FeedError::Limited { until, .. } = error else { panic!("{error}") };
        let left = until.as_second() - i64::try_from(reset).unwrap();
        assert!((-2..=2).contains(&left), "{left}");
    }
    // The whole host is left alone, not only the file.
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    // A short limit is waited for.
    let short = ResponseTemplate::new(429).insert_header("retry-after", "0");
    Mock::given(path("/short")).respond_with(short).up_to_n_times(1).mount(&server).await;
    Mock::given(path("/short")).respond_with(ok(KEV)).mount(&server).await;
    let origin = Origin::Mirror(format!("{}/short", server.uri()));
    CisaKev.fetch(&super::tests::http(), &origin, None, dir.path()).await.unwrap();
}

#[tokio::test]
async fn a_missing_file_is_told_apart_from_a_refusal() {
    let server = MockServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::Mirror(format!("{}/nothing?token=secret", server.uri()));
    let error = CisaKev.fetch(&http(), &origin, None, dir.path()).await.unwrap_err();
    assert!(matches!(error, FeedError::Missing { .. }) && !error.to_string().contains("secret"));
}

#[tokio::test]
async fn a_fetch_of_many_files_that_broke_off_does_not_begin_with_the_first_again() {
    let server = MockServer::start().await;
    let file = |name: String| Mock::given(path(name)).and(method("GET"));
    for n in 0..3 {
        let answer = ok("same").insert_header("etag", format!("\"{n}\"").as_str());
        let known = ResponseTemplate::new(304);
        let conditional = header("if-none-match", format!("\"{n}\"").as_str());
        file(format!("/{n}")).and(conditional).respond_with(known).mount(&server).await;
        file(format!("/{n}")).respond_with(answer).mount(&server).await;
    }
    file("/3".into())
        .respond_with(ResponseTemplate::new(403))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    file("/3".into()).respond_with(ok("last")).mount(&server).await;
    let wanted: Vec<Wanted> =
        (0..4).map(|n| Wanted::new(format!("{}/{n}", server.uri()), format!("{n}.json"))).collect();
    let dir = tempfile::tempdir().unwrap();
    let meta = CisaKev.meta();
    // One at a time, so that the last is not asked for before the others are there.
    download(meta, &http(), &wanted[..3], None, dir.path()).await.unwrap();
    let home = dir.path().join("cisa-kev");
    let mut journal = Journal::read(&home);
    for (n, want) in wanted.iter().enumerate().take(3) {
        let validator = Validator { etag: Some(format!("\"{n}\"")), ..Validator::default() };
        journal.add(&want.url, &validator).unwrap();
    }
    download(meta, &http(), &wanted, None, dir.path()).await.unwrap_err();
    assert!(home.join(".fetched").exists());
    let fetched = download(meta, &http(), &wanted, None, dir.path()).await.unwrap();
    assert!(fetched.changed && fetched.cursor.0.len() == 4);
    assert!(!home.join(".fetched").exists());
    let asked = server.received_requests().await.unwrap();
    let anew = asked.iter().filter(|r| !r.headers.contains_key("if-none-match")).count();
    assert_eq!(anew, 3 + 2, "the three that were there are only asked whether they changed");
}

#[tokio::test]
async fn a_file_of_nobodys_feed_has_a_limit_and_its_errors_keep_tokens_to_themselves() {
    let server = MockServer::start().await;
    let at = |name: &str| Mock::given(method("GET")).and(path(name));
    at("/rules").respond_with(ok("0123456789")).mount(&server).await;
    let round = ResponseTemplate::new(302).insert_header("location", "/round");
    at("/round").respond_with(round).mount(&server).await;
    let url = |name: &str| format!("{}{name}?token=secret", server.uri());
    assert_eq!(http().bytes(&url("/rules"), 10).await.unwrap(), b"0123456789");
    for (name, limit, wanted) in
        [("/rules", 9, "limit of 9 bytes"), ("/none", 9, "404"), ("/round", 9, "redirect")]
    {
        let error = http().bytes(&url(name), limit).await.unwrap_err().to_string();
        assert!(error.contains(wanted) && !error.contains("secret"), "{error}");
    }
}
