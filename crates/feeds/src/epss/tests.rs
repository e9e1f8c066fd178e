use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect};

#[test]
fn scores_carry_the_day_of_the_comment_line() {
    let (all, stats) = sample::testdata(&Epss);
    let day = jiff::civil::date(2025, 8, 25);
    let scores: Vec<_> = all.iter().filter_map(|a| a.epss.clone()).collect();
    assert_eq!(scores.len(), 2);
    assert_eq!(scores[1], Score { probability: 0.943_58, percentile: 0.999_62, date: day });
    assert_eq!(stats.date, Some(day));
    let places: Vec<&str> = stats.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(places, ["epss_scores-current.csv:5", "epss_scores-current.csv:6"]);
}

#[test]
fn a_file_without_its_day_or_with_other_columns_is_refused() {
    for text in [
        "",
        "cve,epss,percentile\nCVE-1,0,0\n",
        "#model_version:v2023.03.01\ncve,epss,percentile\nCVE-1999-0001,0.1,0.2\n",
        "#model_version:v1,score_date:2024-02-20T00:00:00+0000\ninvalid,header,format\n",
        "#score_date:soon\ncve,epss,percentile\n",
    ] {
        collect(|into| assert!(read("x", &mut text.as_bytes(), into).is_err(), "{text}"));
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "#a,score_date:2025-08-25T\ncve,epss,percentile\nCVE-2020-1,"] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &mut text.as_slice(), into)));
        }
    }
}
