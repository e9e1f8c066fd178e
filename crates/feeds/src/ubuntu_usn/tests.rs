use std::io::Read as _;

use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn notices_are_read_in_all_their_forms() {
    let (all, stats) = sample::testdata(&UbuntuUsn);
    let expected = "\
USN-7372-1 =CVE-2022-45060
  ubuntu:18.04 src varnish Fixed <5.2.1-1ubuntu0.1+esm1 channel=esm-apps$
  ubuntu:22.04 src varnish Fixed <6.6.1-1ubuntu0.2+esm1 channel=esm$
USN-5614-1 =CVE-2021-3782
  ubuntu:18.04 src wayland Fixed <1.16.0-1ubuntu1.1~18.04.4
  ubuntu:20.04 src wayland Fixed <1.18.0-1ubuntu0.1
USN-4011-1 =CVE-2016-10745,CVE-2019-10906
  ubuntu:18.04 src jinja2 Fixed <2.10-1ubuntu0.18.04.1
  ubuntu:18.10 src jinja2 Fixed <2.10-1ubuntu0.18.10.1
  ubuntu:19.04 src jinja2 Fixed <2.10-1ubuntu0.19.04.1
  ubuntu:16.04 src jinja2 Fixed <2.8-1ubuntu0.1
USN-2274-1 =CVE-2014-4699
  ubuntu:14.04 src linux Fixed <3.13.0-30.55
USN-6342-1 =CVE-2023-20593,CVE-2023-2269,CVE-2023-2985,CVE-2023-31084,CVE-2023-3611,CVE-2023-3776
  ubuntu:18.04 src linux Fixed <4.15.0-216.227 channel=esm-infra$
  ubuntu:18.04 src linux-gcp-4.15 Fixed <4.15.0-1154.171 channel=esm-infra$
  ubuntu:16.04 src linux-aws-hwe Fixed <4.15.0-1160.173~16.04.1 channel=esm-infra$
  ubuntu:16.04 src linux-hwe Fixed <4.15.0-216.227~16.04.1 channel=esm-infra$";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    let problems: Vec<&str> = stats.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(problems, ["database-all.json: 1-1"]);
    let skipped: Vec<String> = stats.skipped.iter().map(|(why, n)| format!("{n} {why}")).collect();
    assert_eq!(skipped, ["1 notice without a source package"]);
}

#[test]
fn a_notice_without_end_is_refused_before_it_fills_the_memory() {
    let mut input = b"{\"1-1\": {\"title\": \"".as_slice().chain(std::io::repeat(b'x'));
    let error = stream::each(&mut input, &mut |_, _| ()).unwrap_err();
    assert!(error.to_string().contains("more than 64 MiB"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for start in ["", "{\"notices\":[", "{\"schema_version\":\"1\",\"id\":\"USN-1-1\","] {
            let text = [start.as_bytes(), &bytes].concat();
            collect(|into| read("x", &text, into));
        }
        let text = [b"{\"1-1\":{\"id\":\"1-1\",".as_slice(), &bytes].concat();
        let _ = stream::each(&mut text.as_slice(), &mut |_, raw| {
            drop(serde_json::from_str::<Notice>(raw.get()));
        });
    }
}
