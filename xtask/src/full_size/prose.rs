//! Made-up descriptions and addresses, as long as real ones and no easier to compress: words of the trade as often as
//! advisories use them, and a long tail of names and numbers. The lengths are those of 6,000 descriptions of the Ubuntu
//! tracker (quartiles 195, 258 and 329 bytes, 5 % beyond 530), half as long again because they have grown since.

use super::generate::Random;

const PHRASES: &[&str] = &[
    "remote attackers",
    "allows",
    "could allow",
    "an attacker to",
    "denial of service",
    "via a crafted",
    "in the",
    "of the",
    "a",
    "the",
    "in",
    "and",
    "to",
    "is",
    "was",
    "not",
    "that",
    "an",
    "with",
    "for",
    "memory corruption",
    "heap-based buffer overflow",
    "use after free",
    "out-of-bounds read",
    "arbitrary code execution",
    "information disclosure",
    "NULL pointer dereference",
    "integer overflow",
    "cross-site scripting",
    "SQL injection",
    "path traversal",
    "privilege escalation",
    "has been found in",
    "before version",
    "versions prior to",
    "has been resolved:",
    "Linux kernel",
    "local users",
    "user input",
    "component",
    "function",
    "the affected",
    "certain",
    "improper validation of",
    "issue",
    "flaw",
    "leads to",
    "crash",
    "request",
    "server",
    "client",
    "file",
    "parameter",
    "authentication",
    "process",
    "module",
    "when",
    "by",
    "this",
    "can be",
    "may",
    "result in",
    "on",
    "from",
    "which",
    "it",
    "as",
    "or",
    "specially crafted packet",
    "race condition",
    "web interface",
    "configuration",
    "unspecified vectors",
    "handling of",
    "parsing",
    "bypass",
    "access",
    "sensitive data",
    "system",
    "user",
    "plugin",
    "application",
];
const SYLLABLES: &[&str] = &[
    "ba", "con", "de", "ex", "fi", "gra", "hi", "in", "jo", "ker", "li", "mo", "net", "or", "pa",
    "qu", "re", "sys", "ti", "un", "ver", "wa", "xi", "yo", "ze", "ser", "fig", "par", "lib",
    "ssl", "get", "set",
];
/// Words that come back: names of products, functions, files.
const VOCABULARY: u64 = 6_000;
/// Sites that advisories link to.
const SITES: &[&str] = &[
    "https://github.com/",
    "https://git.kernel.org/stable/c/",
    "https://bugzilla.redhat.com/show_bug.cgi?id=",
    "https://lists.debian.org/debian-lts-announce/",
    "https://security.gentoo.org/glsa/",
    "https://access.redhat.com/errata/",
    "https://lists.fedoraproject.org/archives/list/",
    "https://www.openwall.com/lists/oss-security/",
    "https://security.netapp.com/advisory/",
    "https://usn.ubuntu.com/usn/",
    "https://hackerone.com/reports/",
    "https://www.debian.org/security/",
];

fn name(number: u64, out: &mut String) {
    let mut random = Random::new(&[number, 77]);
    for _ in 0..2 + random.below(2) {
        out.push_str(SYLLABLES[random.below(SYLLABLES.len() as u64) as usize]);
    }
    match random.below(9) {
        0 => out.push_str(".c"),
        1 => out.push_str("()"),
        2 => out.push_str(".php"),
        _ => {}
    }
}

/// Small numbers often, large ones seldom, as words are.
fn zipf(random: &mut Random, limit: u64) -> usize {
    ((limit as f64 + 1.0).powf(random.unit()) as u64 - 1).min(limit - 1) as usize
}

pub(super) fn description(random: &mut Random) -> String {
    let target = (330.0 * (0.55 * random.normal()).exp()) as usize;
    sentence(random, target.clamp(60, 4000))
}

pub(super) fn title(random: &mut Random) -> String {
    let length = 40 + random.below(50);
    sentence(random, length as usize)
}

fn sentence(random: &mut Random, target: usize) -> String {
    let mut text = String::with_capacity(target + 32);
    while text.len() < target {
        match random.below(100) {
            0..72 => text.push_str(PHRASES[zipf(random, PHRASES.len() as u64)]),
            72..93 => name(zipf(random, VOCABULARY) as u64, &mut text),
            93..97 => {
                text.push_str(&format!(
                    "{}.{}.{}",
                    random.below(12),
                    random.below(30),
                    random.below(99)
                ));
            }
            _ => text.push_str(&format!("{:x}", random.next() >> (16 + random.below(32)))),
        }
        text.push(if random.below(14) == 0 { '.' } else { ' ' });
    }
    text
}

pub(super) fn references(random: &mut Random) -> Vec<String> {
    let count = ((3.2 * random.unit() + 1.2) * (0.4 * random.normal()).exp()) as usize;
    (0..count.min(40))
        .map(|_| {
            let mut url = SITES[zipf(random, SITES.len() as u64)].to_owned();
            name(zipf(random, VOCABULARY) as u64, &mut url);
            url.push('/');
            match random.below(3) {
                0 => url.push_str(&format!("commit/{:016x}{:016x}", random.next(), random.next())),
                1 => url.push_str(&format!(
                    "{}/{:02}/msg{:05}",
                    2005 + random.below(21),
                    random.below(12),
                    random.below(100_000)
                )),
                _ => url.push_str(&format!("issues/{}", random.below(100_000))),
            }
            url
        })
        .collect()
}
