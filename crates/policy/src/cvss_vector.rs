//! The few metrics of a CVSS vector that say how a flaw is reached. Scores are computed elsewhere.

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

/// Reads the reach from the vector that speaks for the finding: the one of the source whose severity counts,
/// else the one of the newest CVSS version.
pub(crate) fn reach(finding: &Finding) -> Option<Reach> {
    let vectors =
        || finding.ratings.iter().filter_map(|r| Some((r.source.as_str(), r.cvss.as_ref()?)));
    vectors()
        .filter(|(source, _)| *source == finding.severity_source)
        .chain(vectors())
        .filter_map(|(source, cvss)| Some((source, cvss, of_vector(&cvss.vector)?)))
        .max_by(|a, b| {
            let key = |c: &(&str, &plimsoll_model::CvssRating, Reach)| {
                (c.0 == finding.severity_source, c.1.version.clone())
            };
            key(a).cmp(&key(b))
        })
        .map(|(_, _, reach)| reach)
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
}
