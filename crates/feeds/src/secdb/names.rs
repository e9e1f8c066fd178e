//! What the security databases write where a flaw's name belongs. It is typed by hand: `CVE-2019-1 TALOS-2`
//! (two names of one flaw), `CVE 2018-16859`, `CVE_2019-2426`, `CVE-2017-8073.patch`, `CVE-????-?????  XSA-284`,
//! `CVE-2017-2616 (+ regression fix)`, `CVE-2017-5753 CVE-2017-5715 XSA-254 XPTI` (two flaws).

/// Longest text that is looked at; real ones are below 100 bytes.
const MAX_TEXT: usize = 512;

/// The names in one text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Names {
    /// The best-known one: the CVE where there is one.
    pub id: String,
    /// Other names of the same flaw.
    pub aliases: Vec<String>,
    /// Further CVEs of the text: flaws of their own.
    pub more: Vec<String>,
}

impl Names {
    /// Whether the id is a CVE.
    #[must_use]
    pub fn is_cve(&self) -> bool {
        self.id.starts_with("CVE-")
    }

    /// One for each flaw. Where a text names several flaws, its other names stand for all of them together
    /// and are no alias of any.
    #[must_use]
    pub fn split(self) -> Vec<Names> {
        if self.more.is_empty() {
            return vec![self];
        }
        let all = std::iter::once(self.id).chain(self.more);
        all.map(|id| Names { id, ..Names::default() }).collect()
    }
}

/// Reads a text; `None` where it names no flaw.
#[must_use]
pub fn names(text: &str) -> Option<Names> {
    let text = text.get(..MAX_TEXT).unwrap_or(text);
    // Notes in brackets say what the fix did.
    let text = text.split('(').next().unwrap_or_default();
    let mut cves: Vec<String> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((token, after)) = next_token(rest) {
        rest = after;
        let upper = token.to_ascii_uppercase();
        if let Some(tail) = strip_cve(&upper) {
            // `CVE 2018-16859`: the number is the next word.
            let (tail, skipped) = match tail {
                "" => next_token(rest).map_or(("", rest), |(number, after)| (number, after)),
                _ => (tail, rest),
            };
            if let Some(cve) = cve(tail) {
                rest = skipped;
                if !cves.contains(&cve) {
                    cves.push(cve);
                }
            }
        } else if is_name(token) && !others.iter().any(|o| o == token) {
            others.push(token.to_owned());
        }
    }
    if cves.is_empty() {
        let mut others = others.into_iter();
        let id = others.next()?;
        return Some(Names { id, aliases: others.collect(), more: Vec::new() });
    }
    // One Xen advisory is about several CVEs, which the databases list line by line: it is no other name of
    // any one of them.
    others.retain(|name| !name.starts_with("XSA-"));
    let mut cves = cves.into_iter();
    Some(Names { id: cves.next()?, aliases: others, more: cves.collect() })
}

/// `CAN-` is what CVE numbers began with until 2005; `CPE-` is a typing error that occurs.
fn strip_cve(upper: &str) -> Option<&str> {
    ["CVE", "CAN", "CPE"].iter().find_map(|prefix| upper.strip_prefix(prefix))
}

fn next_token(text: &str) -> Option<(&str, &str)> {
    let is_gap = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '&' | '+');
    let text = text.trim_start_matches(is_gap);
    if text.is_empty() {
        return None;
    }
    Some(text.split_at(text.find(is_gap).unwrap_or(text.len())))
}

/// Reads `-2018-16859`, `_2019-2426` or `2017-17434-1` (a part of a flaw) as the CVE that it means.
fn cve(tail: &str) -> Option<String> {
    let tail = tail.trim_start_matches(['-', '_', ':']);
    let (year, number) = tail.split_once(['-', '_'])?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let number = number.get(..digits)?;
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    (is_year && (4..=10).contains(&digits)).then(|| format!("CVE-{year}-{number}"))
}

/// Whether a word is a name in some other numbering: letters, a hyphen, and a digit (`XSA-207`, `ZBX-11023`,
/// `wnpa-sec-2017-18`, `GHSA-xxxx`). `XPTI` is a word.
fn is_name(token: &str) -> bool {
    let head_is_letter = token.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    head_is_letter
        && token.len() <= 64
        && token.bytes().all(fits)
        && (token.starts_with("GHSA-") || token.bytes().any(|b| b.is_ascii_digit()))
        && token.contains('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<String>, Vec<String>) {
        names(text).map(|n| (n.id, n.aliases, n.more)).unwrap_or_default()
    }

    /// Every odd shape of Alpine's databases v3.3 to v3.11.
    #[test]
    fn names_are_found_in_what_people_typed() {
        for (text, id) in [
            ("CVE-2019-14697", "CVE-2019-14697"),
            (" CVE-2015-8948", "CVE-2015-8948"),
            ("CVE 2018-16859", "CVE-2018-16859"),
            ("CVE_2019-2426", "CVE-2019-2426"),
            ("CVE-2017-8073.patch", "CVE-2017-8073"),
            ("CVE-2017-17434-2", "CVE-2017-17434"),
            ("CVE-2017-2616 (+ regression fix)", "CVE-2017-2616"),
            ("CVE-2018-14466 (AFS/RX)", "CVE-2018-14466"),
            ("CVE-2018-16301 (was fixed in libpcap)", "CVE-2018-16301"),
            ("CVE-????-?????  XSA-284", "XSA-284"),
            ("CPE-2019-2426", "CVE-2019-2426"),
            ("XSA-207", "XSA-207"),
            ("ZBX-11023", "ZBX-11023"),
            ("wnpa-sec-2017-18", "wnpa-sec-2017-18"),
            ("GHSA-abcd-efgh-ijkm", "GHSA-abcd-efgh-ijkm"),
        ] {
            assert_eq!(read(text), (id.to_owned(), vec![], vec![]), "{text}");
        }
        for text in ["", "   ", "CVE", "CVE-", "CVE-20-1", "CPE", "see notes", "(CVE-2019-1234)"] {
            assert_eq!(names(text), None, "{text}");
        }
    }

    #[test]
    fn several_names_of_one_flaw_are_aliases_and_several_cves_are_flaws() {
        let own = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            read("CVE-2017-14450 TALOS-2017-0499 XSA-273"),
            ("CVE-2017-14450".to_owned(), own(&["TALOS-2017-0499"]), vec![])
        );
        let several = names("CVE-2017-5753 CVE-2017-5715 CVE-2017-5754 XSA-254 XPTI").unwrap();
        assert_eq!(several.more, own(&["CVE-2017-5715", "CVE-2017-5754"]));
        let flaws: Vec<Names> = several.split();
        assert_eq!(flaws.len(), 3);
        assert!(flaws.iter().all(|f| f.is_cve() && f.aliases.is_empty()));
    }

    proptest::proptest! {
        #[test]
        fn any_text_never_panics(text in "\\PC*") {
            if let Some(names) = names(&text) {
                assert!(!names.id.is_empty());
            }
        }
    }
}
