use std::{fs, time::Duration};

use proptest::prelude::*;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use super::*;
use crate::sample::{self, collect, show};

const YEAR: &str = include_str!("testdata/nvdcve-2.0-2021.json");
const CHANGES: &str = include_str!("testdata/nvdcve-2.0-modified.json");

#[test]
fn ratings_of_all_sources_and_versions() {
    let (all, stats) = sample::testdata(&Nvd);
    let expected = [
        "CVE-2021-3002 =CVE-2021-3002 nvd:cvss3.1",
        "CVE-2021-44228 =CVE-2021-44228 huntr.dev:cvss3.0 nvd:cvss3.1 cisa-adp:cvss3.1 vuldb.com:cvss4.0",
        "CVE-2021-0001 =CVE-2021-0001",
    ];
    assert_eq!(show(&all), expected);
    // The record of the changes counts, not that of the year.
    assert!(all[0].ratings[0].cvss.as_ref().unwrap().vector.ends_with("C:H/I:H/A:H"));
    assert_eq!(all[1].cwes, ["CWE-20", "CWE-502"]);
    assert_eq!(all[2].withdrawn, Some(jiff::civil::date(2023, 11, 7)));
    assert!(all[0].withdrawn.is_none());
    assert_eq!(stats.date, Some(jiff::civil::date(2026, 7, 1)));
    assert_eq!(stats.skipped.get("older version of a record"), Some(&1));
    let why: Vec<&str> = stats.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(why, ["`yesterday` is no date", "cvssMetricV31: `AV:N` is no CVSS vector"]);
}

#[test]
fn descriptions_in_english_and_references_once() {
    let all = collect(|into| read("x", &mut YEAR.as_bytes(), into).unwrap());
    assert_eq!(all[0].description.as_deref(), Some("a sentence"));
    assert_eq!(all[0].references, ["https://example.org/a"]);
    assert_eq!(show(&all[..1]), ["CVE-2021-3002 =CVE-2021-3002 nvd:cvss2.0 nvd:cvss3.1"]);
}

/// A young file of a year is left alone; an old one is fetched when its `.meta` names other content.
#[tokio::test]
async fn only_what_changed_is_fetched() {
    let server = MockServer::start().await;
    let serve = |at: String, body: String| {
        Mock::given(path(at)).respond_with(ResponseTemplate::new(200).set_body_string(body))
    };
    let this_year = jiff::Timestamp::now().to_string()[..4].parse::<i32>().unwrap();
    serve("/nvdcve-2.0-modified.json.gz".into(), CHANGES.into()).mount(&server).await;
    for year in 2002..=this_year {
        let digest = format!("sha256:{:064X}\r\n", year);
        serve(format!("/nvdcve-2.0-{year}.meta"), format!("lastModifiedDate:x\r\n{digest}"))
            .mount(&server)
            .await;
        serve(format!("/nvdcve-2.0-{year}.json.gz"), YEAR.into()).mount(&server).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let http = Http::new().unwrap().with_first_pause(Duration::from_millis(1));
    let origin = Origin::Mirror(format!("{}/", server.uri()));
    let years = usize::try_from(this_year - 2002 + 1).unwrap();
    let first = Nvd.fetch(&http, &origin, None, dir.path()).await.unwrap();
    let asked = async || server.received_requests().await.unwrap().len();
    assert_eq!((first.cursor.0.len(), asked().await), (1 + 2 * years, 1 + 2 * years));

    let second = Nvd.fetch(&http, &origin, Some(&first.cursor), dir.path()).await.unwrap();
    assert!(!second.changed && second.cursor == first.cursor);
    assert_eq!(asked().await, 2 + 2 * years, "the changes only");

    for year in [2002, 2003] {
        let file = first.path.join(format!("nvdcve-2.0-{year}.json.gz"));
        let old = std::time::SystemTime::now() - Duration::from_secs(30 * 24 * 3600);
        fs::File::open(file).unwrap().set_modified(old).unwrap();
    }
    let mut since = second.cursor.clone();
    let meta = format!("{}/nvdcve-2.0-2003.meta", server.uri());
    since.0.get_mut(&meta).unwrap().fingerprint = "other".into();
    let third = Nvd.fetch(&http, &origin, Some(&since), dir.path()).await.unwrap();
    assert_eq!(third.cursor, second.cursor);
    let requests = server.received_requests().await.unwrap();
    let last: Vec<&str> = requests[2 + 2 * years..].iter().map(|r| r.url.path()).collect();
    for at in ["/nvdcve-2.0-2002.meta", "/nvdcve-2.0-2003.meta", "/nvdcve-2.0-2003.json.gz"] {
        assert!(last.contains(&at), "{last:?}");
    }
    assert_eq!(last.len(), 4, "{last:?}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "{\"vulnerabilities\":[", "{\"vulnerabilities\":[{\"cve\":{\"id\":\"CVE-2020-1234\",\"metrics\":{"] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &mut text.as_slice(), into)));
        }
    }
}
