//! Whose severity counts.

use std::str::FromStr;

use plimsoll_model::{Rating, Severity};

/// A severity, whose it is, and the CVSS score that goes with the flaw.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rated {
    pub(crate) severity: Severity,
    pub(crate) source: String,
    pub(crate) score: Option<f32>,
}

/// The distribution's word for this release, then its rating of the flaw, then the newest CVSS version
/// that anybody gives (the flaw's maker or a CNA before NVD), then anybody's word.
pub(crate) fn rate(distribution: &str, row: Option<Severity>, ratings: &[Rating]) -> Rated {
    let scored: Vec<Scored<'_>> = ratings.iter().filter_map(Scored::new).collect();
    let newest = scored.iter().max_by(|a, b| a.version.cmp(b.version)).map(|s| s.version);
    let best = scored
        .iter()
        .filter(|s| Some(s.version) == newest)
        .map(|s| s.score)
        .max_by(f64::total_cmp)
        .map(|score| score as f32);
    let (severity, source) = row
        .filter(|s| *s != Severity::Unknown)
        .map(|s| (s, distribution))
        .or_else(|| {
            let own = ratings.iter().filter(|r| is_of(distribution, &r.source));
            own.filter_map(severity_of).map(|s| (s, distribution)).max()
        })
        .or_else(|| {
            let newest = scored.iter().filter(|s| Some(s.version) == newest);
            newest
                .max_by(|a, b| {
                    (a.source != "nvd").cmp(&(b.source != "nvd")).then(a.score.total_cmp(&b.score))
                })
                .map(|s| (s.severity(), s.source))
        })
        .or_else(|| {
            let worded = ratings.iter().filter_map(|r| Some((r.severity?, r.source.as_str())));
            worded.filter(|(s, _)| *s != Severity::Unknown).max()
        })
        .unwrap_or_default();
    Rated { severity, source: source.to_owned(), score: best }
}

/// The score of a CVSS vector of any version, where it is well-formed.
#[must_use]
pub fn cvss_score(vector: &str) -> Option<f32> {
    Some(cvss::Cvss::from_str(vector).ok()?.score() as f32)
}

/// Feeds call themselves by the distribution, sometimes with more behind it (`debian-tracker`).
fn is_of(distribution: &str, source: &str) -> bool {
    source
        .strip_prefix(distribution)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', ':', '_']))
}

fn severity_of(rating: &Rating) -> Option<Severity> {
    rating
        .severity
        .filter(|s| *s != Severity::Unknown)
        .or_else(|| Scored::new(rating).map(|s| s.severity()))
}

struct Scored<'a> {
    source: &'a str,
    version: &'a str,
    score: f64,
}

impl<'a> Scored<'a> {
    fn new(rating: &'a Rating) -> Option<Self> {
        let cvss = rating.cvss.as_ref()?;
        let score = cvss::Cvss::from_str(&cvss.vector).ok()?.score();
        Some(Self { source: &rating.source, version: &cvss.version, score })
    }

    /// CVSS 2 has no critical (NVD, "Vulnerability Metrics").
    fn severity(&self) -> Severity {
        let severity = Severity::from_cvss_score(self.score);
        if self.version.starts_with('2') { severity.min(Severity::High) } else { severity }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::CvssRating;

    use super::*;

    fn rating(source: &str, severity: Option<Severity>, cvss: Option<(&str, &str)>) -> Rating {
        let cvss = cvss.map(|(v, vector)| CvssRating { version: v.into(), vector: vector.into() });
        Rating { source: source.into(), severity, cvss }
    }

    #[test]
    fn the_distribution_comes_first_then_the_newest_cvss() {
        let v2 = rating("nvd", None, Some(("2.0", "AV:N/AC:L/Au:N/C:C/I:C/A:C")));
        let v3 = rating("nvd", None, Some(("3.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")));
        let cna =
            rating("cna", None, Some(("3.1", "CVSS:3.1/AV:L/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N")));
        let ubuntu = rating("ubuntu", Some(Severity::Low), None);
        let all = [v2.clone(), v3.clone(), cna.clone(), ubuntu];
        let row = rate("debian", Some(Severity::Negligible), &all);
        assert_eq!((row.severity, row.source.as_str()), (Severity::Negligible, "debian"));
        assert_eq!(row.score, Some(9.8));
        let own = rate("ubuntu", Some(Severity::Unknown), &all);
        assert_eq!((own.severity, own.source.as_str()), (Severity::Low, "ubuntu"));
        let vendor = rate("alpine", None, &all);
        assert_eq!((vendor.severity, vendor.source.as_str()), (Severity::Low, "cna"));
        let nvd = rate("alpine", None, &[v2.clone(), v3]);
        assert_eq!((nvd.severity, nvd.source.as_str()), (Severity::Critical, "nvd"));
        let old = rate("alpine", None, &[v2]);
        assert_eq!((old.severity, old.score), (Severity::High, Some(10.0)));
        let words = rate("alpine", None, &[rating("ghsa", Some(Severity::High), None)]);
        assert_eq!((words.severity, words.source.as_str()), (Severity::High, "ghsa"));
        assert_eq!(rate("alpine", None, &[]), Rated::default());
        let odd = rate("alpine", None, &[rating("nvd", None, Some(("3.1", "CVSS:3.1/broken")))]);
        assert_eq!(odd, Rated::default());
    }
}
