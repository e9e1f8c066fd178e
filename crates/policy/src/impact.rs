//! What somebody can do with a flaw: told by its weakness class, corrected by the CVSS vector, which alone decides
//! where the class says nothing. Classes by <https://cwe.mitre.org>, "Common Consequences"; the words are ours.

use plimsoll_model::{Finding, Impact, RiskKind};

use crate::cvss_vector::{Losses, losses};

use Impact::{
    CodeExecution as Code, CodeInjection as Injection, CrossSiteScripting as Script,
    DataManipulation as Data, DenialOfService as Denial, FileAccess as Files,
    InformationDisclosure as Disclosure, PrivilegeEscalation as Rights, RequestForgery as Forgery,
    RequestSmuggling as Smuggling, UnauthorisedAccess as Access, UserDeception as Deception,
    WeakCryptography as Crypto,
};

/// Weakness classes (numbers of CWE) and what comes of them. Sorted by the first class of each row.
const CLASSES: &[(&[u16], &[Impact])] = &[
    // Paths and links.
    (&[22, 23, 24, 25, 26, 27, 28, 29, 35, 36, 37, 38, 39, 40, 59, 61, 62, 64, 65, 73], &[Files]),
    // Commands and code.
    (&[77, 78, 88, 624], &[Code, Injection]),
    (&[79, 80, 81, 82, 83, 84, 85, 86, 87, 692], &[Script]),
    (&[74, 75, 91, 96, 97, 116, 134, 643, 652, 917, 943, 1236, 1336], &[Injection]),
    (&[89, 90, 564], &[Injection, Disclosure, Data]),
    (&[93, 113, 436, 444], &[Smuggling]),
    (&[94, 95, 98, 470, 913], &[Code, Injection]),
    // Memory that is written where it must not be can as a rule be made to run code; at the least it crashes.
    (
        &[119, 120, 121, 122, 123, 124, 415, 416, 672, 680, 763, 787, 788, 822, 823, 825, 843],
        &[Code, Denial],
    ),
    (&[125, 126, 127], &[Disclosure, Denial]),
    (&[128, 129, 131, 190, 191, 193, 194, 195, 196, 197, 681, 682, 704], &[Denial]),
    (
        &[
            200, 201, 202, 203, 204, 205, 208, 209, 210, 212, 213, 214, 215, 226, 359, 385, 497,
            524, 525,
        ],
        &[Disclosure],
    ),
    (
        &[
            244, 256, 257, 260, 311, 312, 313, 316, 319, 402, 403, 488, 532, 538, 540, 548, 552,
            598, 668, 908, 1258, 1342,
        ],
        &[Disclosure],
    ),
    (&[248, 252, 369, 391, 476, 617, 690, 703, 754, 755, 824], &[Denial]),
    (&[250, 266, 267, 268, 269, 270, 271, 272, 273, 274, 648], &[Rights]),
    (&[259, 284, 285, 286, 287, 288, 289, 290, 291, 294, 302, 303, 304, 305, 306, 307], &[Access]),
    (&[264, 265, 274, 276, 277, 278, 279, 280, 281, 282, 283, 425, 552, 732], &[Access]),
    (&[295, 296, 297, 298, 299, 310, 320, 321, 322, 323, 324, 325, 326, 327, 328, 329], &[Crypto]),
    (
        &[
            330, 331, 332, 333, 334, 335, 336, 337, 338, 340, 347, 757, 759, 760, 780, 916, 1240,
            1241,
        ],
        &[Crypto],
    ),
    (&[345, 346, 348, 349, 353, 354, 494, 565, 924], &[Data]),
    (
        &[350, 384, 521, 522, 523, 549, 601, 613, 620, 640, 798, 836, 862, 863, 1390, 1391, 1392],
        &[Access],
    ),
    (&[352, 451, 1007, 1021], &[Deception]),
    (&[362, 364, 366, 367, 662, 667, 821, 833], &[Data, Denial]),
    (&[377, 378, 379, 426, 427, 428, 829], &[Code]),
    (
        &[
            399, 400, 401, 404, 405, 406, 407, 409, 410, 459, 664, 674, 730, 770, 771, 772, 774,
            775, 776, 779, 789,
        ],
        &[Denial],
    ),
    (&[434, 502, 506, 507, 509, 510, 512], &[Code]),
    (&[471, 472, 473, 642, 915, 1321], &[Data]),
    (&[611, 827], &[Disclosure, Denial]),
    (&[639], &[Access]),
    (&[834, 835, 920, 1050, 1284, 1322, 1325, 1333], &[Denial]),
    (&[918, 441], &[Forgery]),
];

/// The harms of a vulnerability, the worst first; none for other findings.
pub(crate) fn of(finding: &Finding) -> Vec<Impact> {
    if !matches!(finding.kind, RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability) {
        return Vec::new();
    }
    let lost = losses(finding);
    let numbers = finding.cwes.iter().filter_map(|cwe| number(cwe));
    let mut impacts: Vec<Impact> = numbers
        .flat_map(|cwe| CLASSES.iter().filter(move |(classes, _)| classes.contains(&cwe)))
        .flat_map(|(_, impacts)| impacts.iter().copied())
        .filter(|impact| lost.is_none_or(|lost| fits(*impact, lost)))
        .collect();
    impacts.sort_unstable();
    impacts.dedup();
    if impacts.is_empty() {
        impacts.extend(lost.iter().flat_map(|lost| of_losses(*lost)));
    }
    impacts
}

/// `CWE-79`, in any case and with or without its prefix.
fn number(cwe: &str) -> Option<u16> {
    cwe.rsplit(['-', ' ']).next()?.parse().ok()
}

/// Whether a rating leaves room for a harm: a class names all that can come of it, a rating is about this flaw.
fn fits(impact: Impact, lost: Losses) -> bool {
    match impact {
        Impact::Takeover => lost.secrets && lost.data && lost.service,
        Code => lost.data,
        Injection | Rights | Script | Data => lost.data || lost.secrets,
        Access | Files | Forgery | Smuggling | Deception | Crypto => true,
        Disclosure => lost.secrets,
        Denial => lost.service,
    }
}

/// What is left to say where only the rating tells.
fn of_losses(lost: Losses) -> Vec<Impact> {
    if lost.secrets && lost.data && lost.service && lost.wholly {
        return vec![Impact::Takeover];
    }
    let all = [(lost.data, Data), (lost.secrets, Disclosure), (lost.service, Denial)];
    all.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, impact)| impact).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(secrets: bool, data: bool, service: bool, wholly: bool) -> Losses {
        Losses { secrets, data, service, wholly }
    }

    #[test]
    fn a_rating_takes_away_what_a_class_only_makes_possible() {
        // CWE-787 rated `C:N/I:N/A:H`: a crash and no more.
        assert!(!fits(Code, lost(false, false, true, false)));
        assert!(fits(Denial, lost(false, false, true, false)));
        assert!(fits(Code, lost(true, true, true, true)));
        assert!(!fits(Disclosure, lost(false, true, true, false)));
    }

    #[test]
    fn without_a_class_the_rating_tells() {
        assert_eq!(of_losses(lost(true, true, true, true)), [Impact::Takeover]);
        assert_eq!(of_losses(lost(true, true, true, false)), [Data, Disclosure, Denial]);
        assert_eq!(of_losses(lost(false, false, true, true)), [Denial]);
        assert_eq!(of_losses(lost(false, false, false, false)), []);
    }

    #[test]
    fn classes_are_read_however_they_are_written() {
        assert_eq!(number("CWE-79"), Some(79));
        assert_eq!(number("cwe-1321"), Some(1321));
        assert_eq!(number("502"), Some(502));
        assert_eq!(number("NVD-CWE-noinfo"), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn every_harm_but_the_takeover_comes_of_some_class() {
        for impact in Impact::ALL.into_iter().filter(|impact| *impact != Impact::Takeover) {
            assert!(CLASSES.iter().any(|(_, all)| all.contains(&impact)), "{impact:?}");
        }
    }

    #[test]
    fn the_documentation_lists_every_harm_with_its_classes() {
        let mut table =
            "| value | in reports | weakness classes (CWE) |\n| --- | --- | --- |\n".to_owned();
        for impact in Impact::ALL {
            let mut classes: Vec<u16> = CLASSES
                .iter()
                .filter(|(_, impacts)| impacts.contains(&impact))
                .flat_map(|(classes, _)| classes.iter().copied())
                .collect();
            classes.sort_unstable();
            classes.dedup();
            let classes: Vec<String> = classes.iter().map(u16::to_string).collect();
            let classes = match classes.join(", ") {
                none if none.is_empty() => "none: all three losses are rated high".to_owned(),
                some => some,
            };
            let value = format!("{impact:?}");
            let kebab: String = value
                .char_indices()
                .flat_map(|(i, c)| {
                    let dash = (i > 0 && c.is_ascii_uppercase()).then_some('-');
                    dash.into_iter().chain([c.to_ascii_lowercase()])
                })
                .collect();
            table.push_str(&format!("| `{kebab}` | {} | {classes} |\n", impact.words()));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/applications.md");
        crate::documented::assert_block(path, "impact", &table);
    }
}
