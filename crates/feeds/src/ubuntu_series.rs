//! Ubuntu's code names, release keys and support programmes.

use plimsoll_model::{Channel, Namespace};

/// Code name and release key, oldest first. Source: Ubuntu's list of releases.
const SERIES: &[(&str, &str)] = &[
    ("warty", "4.10"),
    ("hoary", "5.04"),
    ("breezy", "5.10"),
    ("dapper", "6.06"),
    ("edgy", "6.10"),
    ("feisty", "7.04"),
    ("gutsy", "7.10"),
    ("hardy", "8.04"),
    ("intrepid", "8.10"),
    ("jaunty", "9.04"),
    ("karmic", "9.10"),
    ("lucid", "10.04"),
    ("maverick", "10.10"),
    ("natty", "11.04"),
    ("oneiric", "11.10"),
    ("precise", "12.04"),
    ("quantal", "12.10"),
    ("raring", "13.04"),
    ("saucy", "13.10"),
    ("trusty", "14.04"),
    ("utopic", "14.10"),
    ("vivid", "15.04"),
    ("wily", "15.10"),
    ("xenial", "16.04"),
    ("yakkety", "16.10"),
    ("zesty", "17.04"),
    ("artful", "17.10"),
    ("bionic", "18.04"),
    ("cosmic", "18.10"),
    ("disco", "19.04"),
    ("eoan", "19.10"),
    ("focal", "20.04"),
    ("groovy", "20.10"),
    ("hirsute", "21.04"),
    ("impish", "21.10"),
    ("jammy", "22.04"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04"),
];

/// What a row of the CVE tracker is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Row {
    /// A release, or a support programme of one.
    Release(Namespace, Option<Channel>),
    /// Another product than the distribution's packages, or the release in the making.
    Other,
}

/// Reads `xenial`, `trusty/esm`, `esm-apps/bionic`, `devel`, `upstream`, `vivid/ubuntu-core`, `snap` …
pub(crate) fn row(name: &str) -> Row {
    let (codename, programme) = match name.split_once('/') {
        None => (name, None),
        // The oldest programme, before it was split, had what is the infrastructure part today.
        Some((codename, "esm")) => (codename, Some("esm-infra")),
        Some((programme, codename)) if programme.starts_with("esm-") => (codename, Some(programme)),
        Some(_) => return Row::Other,
    };
    let Some(release) = release(codename) else { return Row::Other };
    let channel = programme.map(|name| Channel { name: name.to_owned(), paid: true });
    Row::Release(Namespace::new("ubuntu", release), channel)
}

fn release(codename: &str) -> Option<&'static str> {
    SERIES.iter().find(|(name, _)| *name == codename).map(|(_, release)| *release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_releases_programmes_and_other_products() {
        let show = |name: &str| match row(name) {
            Row::Other => "other".to_owned(),
            Row::Release(ns, channel) => {
                format!("{ns} {}", channel.map_or("", |c| c.name.leak()))
            }
        };
        assert_eq!(show("xenial"), "ubuntu:16.04 ");
        assert_eq!(show("trusty/esm"), "ubuntu:14.04 esm-infra");
        assert_eq!(show("esm-apps/bionic"), "ubuntu:18.04 esm-apps");
        assert_eq!(show("esm-infra-legacy/trusty"), "ubuntu:14.04 esm-infra-legacy");
        let others = ["devel", "upstream", "snap", "product", "vivid/ubuntu-core"];
        for other in others.into_iter().chain(["fips/xenial", "ros-esm/kinetic/x", "/", "esm/"]) {
            assert_eq!(show(other), "other", "{other}");
        }
    }
}
