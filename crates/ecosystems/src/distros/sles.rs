//! SUSE Linux Enterprise Server with its service packs: 12 SP5 is `12.5`, the first edition of 12 is `12`. Ends of
//! life: suse.com/lifecycle, which begins with 8; the extended date is that of LTSS.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["SLES_SAP", "sle_hpc", "SUSE LINUX Enterprise Server"],
    releases: &[
        Release::new("5"),
        Release::new("6"),
        Release::new("7"),
        Release::new("8").ends(2007, 12, 30),
        Release::new("9").ends(2011, 7, 31),
        Release::new("10").ends(2007, 12, 31),
        Release::new("10.1").ends(2008, 11, 30).extended("LTSS", 2010, 12, 31),
        Release::new("10.2").ends(2010, 4, 11).extended("LTSS", 2013, 4, 10),
        Release::new("10.3").ends(2011, 10, 11).extended("LTSS", 2014, 10, 31),
        Release::new("10.4").ends(2013, 7, 31).extended("LTSS", 2016, 7, 30),
        Release::new("11").ends(2010, 12, 31),
        Release::new("11.1").ends(2012, 8, 31).extended("LTSS", 2015, 8, 30),
        Release::new("11.2").ends(2014, 1, 31).extended("LTSS", 2017, 1, 30),
        Release::new("11.3").ends(2016, 1, 31).extended("LTSS", 2019, 1, 30),
        Release::new("11.4").ends(2019, 3, 31).extended("LTSS", 2022, 3, 31),
        Release::new("12").ends(2016, 6, 30).extended("LTSS", 2019, 7, 1),
        Release::new("12.1").ends(2017, 5, 31).extended("LTSS", 2020, 5, 31),
        Release::new("12.2").ends(2018, 3, 31).extended("LTSS", 2021, 3, 31),
        Release::new("12.3").ends(2019, 6, 30).extended("LTSS", 2022, 6, 30),
        Release::new("12.4").ends(2020, 6, 30).extended("LTSS", 2023, 6, 30),
        Release::new("12.5").ends(2024, 10, 31).extended("LTSS", 2027, 10, 31),
        Release::new("15").ends(2019, 12, 31).extended("LTSS", 2022, 12, 31),
        Release::new("15.1").ends(2021, 1, 31).extended("LTSS", 2024, 1, 31),
        Release::new("15.2").ends(2021, 12, 31).extended("LTSS", 2024, 12, 31),
        Release::new("15.3").ends(2022, 12, 31).extended("LTSS", 2025, 12, 31),
        Release::new("15.4").ends(2023, 12, 31).extended("LTSS", 2026, 12, 31),
        Release::new("15.5").ends(2024, 12, 31).extended("LTSS", 2027, 12, 31),
        Release::new("15.6").ends(2025, 12, 31).extended("LTSS", 2028, 12, 31),
        Release::new("15.7").ends(2031, 7, 31).extended("LTSS", 2034, 7, 31),
        Release::new("16.0").ends(2027, 11, 30).extended("LTSS", 2030, 11, 30),
    ],
    ..Distro::new(
        "sles",
        "SUSE Linux Enterprise Server",
        PackageFamily::Rpm,
        Manager::Zypper,
        ReleaseKey::MajorMinor,
    )
};

/// Reads `SuSE-release`, which all SUSE systems had until 2018: a line with the name, then `VERSION = 11`
/// and `PATCHLEVEL = 3`. Gives the distribution's id and version.
pub(super) fn from_suse_release(text: &str) -> Option<(&'static str, String)> {
    let mut lines = text.lines();
    let name = lines.next()?.to_ascii_lowercase();
    let field = |wanted: &str| {
        let lines = text.lines().filter_map(|l| l.split_once('='));
        lines.filter(|(k, _)| k.trim() == wanted).map(|(_, v)| v.trim()).next()
    };
    let number = |text: &str| -> String {
        let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let text = text.get(start..).unwrap_or_default();
        text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect()
    };
    if name.contains("enterprise server") || name.contains("sles-") {
        // `SuSE SLES-8 (i386)` has `VERSION = 8.1`: the name is right.
        let major = number(&name);
        return Some(match field("PATCHLEVEL") {
            _ if major.is_empty() => return None,
            Some(level)
                if level != "0"
                    && !level.is_empty()
                    && major.parse::<u32>().is_ok_and(|m| m >= 10) =>
            {
                ("sles", format!("{major}.{level}"))
            }
            _ => ("sles", major),
        });
    }
    let is_open =
        name.starts_with("opensuse") || name.starts_with("suse linux") || name.starts_with("suse ");
    let version = field("VERSION").map_or_else(|| number(&name), str::to_owned);
    (is_open && !version.is_empty()).then_some(("opensuse", version))
}
