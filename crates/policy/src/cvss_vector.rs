//! The few metrics of a CVSS vector that say how a flaw is reached and what is lost. Scores are computed elsewhere.

use plimsoll_model::Finding;

/// How an attacker reaches the flaw, in the words of CVSS (specification 3.1, section 2.1; 4.0, section 2.1;
/// 2.0, section 2.1, which knows no user interaction).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reach {
    /// Over the network, without an account, without anybody's help.
    NetworkOpen,
    /// Over the network, but only with an account or someone's action.
    NetworkHindered,
    /// From a neighbouring network.
    Adjacent,
    /// With a shell or a file on the machine.
    Local,
    /// With hands on the machine.
    Physical,
}

/// Reads the reach from the vector that speaks for the finding.
pub(crate) fn reach(finding: &Finding) -> Option<Reach> {
    speaking(finding, of_vector)
}

/// What is lost according to a CVSS vector.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Losses {
    /// Confidentiality.
    pub(crate) secrets: bool,
    /// Integrity.
    pub(crate) data: bool,
    /// Availability.
    pub(crate) service: bool,
    /// Whether all that is lost is lost wholly.
    pub(crate) wholly: bool,
}

/// Reads what is lost from the same vector that [`reach`] is read from.
pub(crate) fn losses(finding: &Finding) -> Option<Losses> {
    speaking(finding, losses_of_vector)
}

fn losses_of_vector(vector: &str) -> Option<Losses> {
    // CVSS 4.0 tells the vulnerable system (VC …) from what comes after it (SC …).
    let metric = |names: [&str; 2]| {
        let mut all = vector.split('/').filter_map(|m| m.split_once(':'));
        all.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
    };
    let lost = [metric(["C", "VC"])?, metric(["I", "VI"])?, metric(["A", "VA"])?];
    let [secrets, data, service] = lost.map(|value| value != "N");
    let wholly = lost.into_iter().all(|value| matches!(value, "N" | "H" | "C"));
    Some(Losses { secrets, data, service, wholly })
}

/// What `read` makes of the vector that speaks for the finding: the one of the source whose severity counts, else
/// the one of the newest CVSS version.
fn speaking<T>(finding: &Finding, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let rated = finding.ratings.iter().filter_map(|rating| {
        let cvss = rating.cvss.as_ref()?;
        let key = (rating.source == finding.severity_source, cvss.version.as_str());
        Some((key, read(&cvss.vector)?))
    });
    rated.max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, found)| found)
}

fn of_vector(vector: &str) -> Option<Reach> {
    let metric = |name: &str| {
        vector.split('/').find_map(|m| m.split_once(':').filter(|(n, _)| *n == name)).map(|m| m.1)
    };
    Some(match metric("AV")? {
        "N" => {
            let no_account = match (metric("PR"), metric("Au")) {
                (Some(privileges), _) => privileges == "N",
                (None, Some(authentication)) => authentication == "N",
                (None, None) => false,
            };
            let no_help = metric("UI").is_none_or(|ui| ui == "N");
            if no_account && no_help { Reach::NetworkOpen } else { Reach::NetworkHindered }
        }
        "A" => Reach::Adjacent,
        "L" => Reach::Local,
        "P" => Reach::Physical,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_version() {
        for (vector, reach) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(Reach::NetworkOpen)),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", Some(Reach::NetworkHindered)),
            ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", Some(Reach::NetworkHindered)),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Some(Reach::NetworkOpen)),
            ("AV:N/AC:L/Au:S/C:P/I:P/A:P", Some(Reach::NetworkHindered)),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                Some(Reach::NetworkOpen),
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                Some(Reach::NetworkHindered),
            ),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", Some(Reach::Local)),
            ("CVSS:3.1/AV:A/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", Some(Reach::Adjacent)),
            ("CVSS:3.1/AV:P/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", Some(Reach::Physical)),
            ("AV:X", None),
            ("", None),
            ("/////", None),
        ] {
            assert_eq!(of_vector(vector), reach, "{vector}");
        }
    }

    #[test]
    fn losses_are_read_from_every_version() {
        let losses =
            |vector| losses_of_vector(vector).map(|l| (l.secrets, l.data, l.service, l.wholly));
        for (vector, lost) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some((true, true, true, true))),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", Some((false, false, true, true))),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Some((true, true, false, false))),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", Some((true, true, true, true))),
            ("AV:N/AC:L/Au:N/C:P/I:N/A:N", Some((true, false, false, false))),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N",
                Some((true, false, false, true)),
            ),
            ("AV:N", None),
            ("", None),
        ] {
            assert_eq!(losses(vector), lost, "{vector}");
        }
    }
}
