//! A full set of advisories. Every record is a real one of the embedded database under another name: the number
//! of packages of an erratum, of flaws of a package, of versions and ranges are those of real data, because each
//! copy of it keeps its structure; ids, versions and releases differ from copy to copy, so that nothing but the structure
//! repeats.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::civil::Date;
use plimsoll_model::{Advisory, Affected, Epss, Kev, Namespace, Range};
use plimsoll_vulndb::{FlawRecord, Row, VulnDb};

use super::prose;

/// A stream of numbers that depends on its seeds only.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seeds: &[u64]) -> Self {
        let mut random = Self(0x9e37_79b9_7f4a_7c15);
        for seed in seeds {
            random.0 ^= seed.wrapping_mul(0xff51_afd7_ed55_8ccd);
            random.next();
        }
        random
    }

    pub(super) fn of(text: &str, seed: u64) -> Self {
        let hash =
            text.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Self::new(&[hash])
    }

    /// SplitMix64.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// A real record without its prose.
struct Template {
    feed: String,
    id: String,
    flaws: BTreeSet<String>,
    affected: Vec<Affected>,
}

/// The real records, and what is needed to give each copy its own names.
pub(super) struct World {
    templates: Vec<Template>,
    flaws: Vec<String>,
    /// Records of real flaws that have ratings.
    donors: Vec<FlawRecord>,
    ids: BTreeMap<(u64, String), String>,
    /// Percentile by probability in steps of 0.00001.
    percentiles: Vec<f32>,
    copies: u64,
}

/// Whose advisories a copy stands for, by the family of the real ones.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "almalinux",
        &[
            "almalinux",
            "rhel",
            "rocky",
            "ol",
            "centos",
            "amzn",
            "fedora",
            "sles",
            "opensuse-leap",
            "openeuler",
        ],
    ),
    (
        "alpine",
        &[
            "alpine",
            "wolfi",
            "chainguard",
            "photon",
            "azurelinux",
            "mariner",
            "arch",
            "minimos",
            "adelie",
            "postmarket",
        ],
    ),
    (
        "debian",
        &["debian", "maven", "npm", "pypi", "golang", "composer", "nuget", "gem", "cargo", "hex"],
    ),
    (
        "ubuntu",
        &[
            "ubuntu",
            "linuxmint",
            "elementary",
            "raspbian",
            "kali",
            "deepin",
            "astra",
            "pureos",
            "devuan",
            "parrot",
        ],
    ),
];

impl World {
    pub(super) fn new(starter: &VulnDb, wanted: u64) -> Result<Self> {
        let mut grouped: BTreeMap<(String, String), Template> = BTreeMap::new();
        starter.for_each_package(|namespace, kind, package, rows| {
            for row in rows {
                let template = grouped
                    .entry((row.feed.clone(), row.advisory.clone()))
                    .or_insert_with(|| Template {
                        feed: row.feed.clone(),
                        id: row.advisory.clone(),
                        flaws: BTreeSet::new(),
                        affected: Vec::new(),
                    });
                template.flaws.insert(row.flaw.clone());
                let affected = affected(namespace, kind, package, row);
                if template.affected.last() != Some(&affected) {
                    template.affected.push(affected);
                }
            }
            true
        })?;
        let templates: Vec<Template> = grouped.into_values().collect();
        let flaws: BTreeSet<&String> = templates.iter().flat_map(|t| &t.flaws).collect();
        let flaws: Vec<String> = flaws.into_iter().cloned().collect();
        let mut donors = Vec::new();
        for flaw in &flaws {
            let record = starter.flaw(flaw)?;
            donors.extend(record.filter(|r| r.ratings.iter().any(|rating| rating.cvss.is_some())));
        }
        let copies = wanted.div_ceil(flaws.len() as u64);
        let mut world = Self {
            templates,
            flaws,
            donors,
            ids: BTreeMap::new(),
            percentiles: Vec::new(),
            copies,
        };
        world.name_flaws();
        world.rank();
        Ok(world)
    }

    /// New ids: the years in which flaws were found shift from copy to copy, the numbers of each year are dense.
    fn name_flaws(&mut self) {
        let mut years: BTreeMap<u64, Vec<(u64, u64, &String)>> = BTreeMap::new();
        // One more copy is what the next day brings.
        for copy in 0..=self.copies {
            for flaw in &self.flaws {
                let cve = flaw.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
                let cve = cve.and_then(|(year, number)| {
                    Some((year.parse::<u64>().ok()?.max(1999), number.parse::<u64>().ok()?))
                });
                match cve {
                    Some((year, number)) => {
                        let year = if copy == self.copies {
                            2027
                        } else {
                            1999 + (year - 1999 + 3 * copy) % 28
                        };
                        years.entry(year).or_default().push((number, copy, flaw));
                    }
                    None => {
                        self.ids.insert((copy, flaw.clone()), format!("{flaw}{copy}"));
                    }
                }
            }
        }
        for (year, mut flaws) in years {
            flaws.sort_unstable();
            let mut number = 0;
            for (old, copy, flaw) in flaws {
                number += 1 + Random::new(&[old, copy]).below(3);
                let year = year.min(2026);
                let number = if copy == self.copies { number + 200_000 } else { number };
                self.ids.insert((copy, flaw.clone()), format!("CVE-{year}-{number:04}"));
            }
        }
    }

    fn probability(&self, id: &str) -> f32 {
        let mut random = Random::of(id, 11);
        let p = (0.0009f64.ln() + 1.7 * random.normal()).exp().min(0.97);
        ((p * 100_000.0).round().max(1.0) / 100_000.0) as f32
    }

    fn rank(&mut self) {
        let all: Vec<f32> = self.ids.values().map(|id| self.probability(id)).collect();
        let mut counts = vec![0u64; 100_001];
        all.iter().for_each(|p| counts[(f64::from(*p) * 100_000.0).round() as usize] += 1);
        let mut below = 0;
        self.percentiles = counts
            .into_iter()
            .map(|count| {
                below += count;
                let share = below as f64 / all.len() as f64;
                ((share * 100_000.0).round() / 100_000.0) as f32
            })
            .collect();
    }

    /// All scores change from one day to the next, most by little.
    fn epss(&self, id: &str, day: u64) -> Epss {
        let steps = |share: f32| (f64::from(share) * 100_000.0).round();
        let share = |steps: f64| (steps.clamp(1.0, 100_000.0) / 100_000.0) as f32;
        let mut random = Random::of(id, 23 + day);
        let probability = self.probability(id);
        let percentile = self.percentiles[steps(probability) as usize];
        let drift = if day == 0 { 0.0 } else { random.normal() * 0.01 };
        Epss {
            probability: share((steps(probability) * (1.0 + drift)).round()),
            percentile: share(steps(percentile) + (random.normal() * 30.0).round()),
            date: Date::constant(2026, 11, 22 + day as i8),
        }
    }

    /// Hands over all advisories as of a day. On day 1 half a percent of the records has changed, a thousandth is new,
    /// and every score has moved.
    pub(super) fn advisories(
        &self,
        day: u64,
        mut out: impl FnMut(Advisory) -> Result<()>,
    ) -> Result<()> {
        for copy in 0..=self.copies {
            let new = copy == self.copies;
            let here = |id: &str| !new || (day > 0 && Random::of(id, 5).below(1000) < self.copies);
            for template in &self.templates {
                if template.flaws.iter().any(|flaw| here(flaw)) {
                    let changed = day > 0 && Random::of(&template.id, copy + 31).below(200) == 0;
                    out(self.erratum(template, copy, u64::from(changed)))?;
                }
            }
            for flaw in self.flaws.iter().filter(|flaw| here(flaw)) {
                let changed = day > 0 && Random::of(flaw, copy + 37).below(200) == 0;
                out(self.record(flaw, copy, u64::from(changed))?)?;
                let id = self.id(copy, flaw)?;
                if id.starts_with("CVE-") {
                    let epss = Some(self.epss(id, day));
                    out(Advisory {
                        id: id.to_owned(),
                        feed: "epss".into(),
                        epss,
                        ..Advisory::default()
                    })?;
                }
            }
        }
        Ok(())
    }

    fn id(&self, copy: u64, flaw: &str) -> Result<&str> {
        self.ids.get(&(copy, flaw.to_owned())).map(String::as_str).context("a flaw without a name")
    }

    fn erratum(&self, template: &Template, copy: u64, change: u64) -> Advisory {
        let own = template.flaws.contains(&template.id);
        let named = |flaw: &String| self.id(copy, flaw).unwrap_or(flaw).to_owned();
        let flaws: Vec<String> = template.flaws.iter().map(named).collect();
        let id = if own { named(&template.id) } else { shifted(&template.id, copy * 1000) };
        let mut affected = template.affected.clone();
        for one in &mut affected {
            rename(&mut one.namespace, copy);
            for range in &mut one.ranges {
                for end in [&mut range.introduced, &mut range.fixed, &mut range.last_affected] {
                    if let Some(version) = end.as_mut() {
                        *version = shifted(version, copy + 7919 * change);
                    }
                }
            }
        }
        Advisory { id, feed: template.feed.clone(), flaws, affected, ..Advisory::default() }
    }

    fn record(&self, flaw: &str, copy: u64, change: u64) -> Result<Advisory> {
        let id = self.id(copy, flaw)?;
        let mut random = Random::of(id, 3 + change);
        let donor = &self.donors[Random::of(id, 4).below(self.donors.len() as u64) as usize];
        let known = random.below(1000);
        Ok(Advisory {
            id: id.to_owned(),
            feed: "nvd".into(),
            published: donor.published,
            modified: Some(Date::constant(
                2024,
                1 + random.below(12) as i8,
                1 + random.below(28) as i8,
            )),
            ratings: donor.ratings.clone(),
            cwes: donor.cwes.clone(),
            title: (random.below(3) == 0).then(|| prose::title(&mut random)),
            description: Some(prose::description(&mut random)),
            references: prose::references(&mut random),
            kev: (known < 4)
                .then(|| Kev { added: Date::constant(2022, 3, 3), ransomware: known == 0 }),
            ..Advisory::default()
        })
    }
}

fn affected(
    namespace: &Namespace,
    kind: plimsoll_model::NameKind,
    package: &str,
    row: Row,
) -> Affected {
    let range = |r: plimsoll_vulndb::RowRange| Range {
        introduced: r.introduced,
        fixed: r.fixed,
        last_affected: r.last_affected,
    };
    Affected {
        namespace: namespace.clone(),
        package: package.to_owned(),
        name_kind: kind,
        arches: row.arches,
        module: row.module,
        channel: row.channel,
        ranges: row.ranges.into_iter().map(range).collect(),
        versions: row.versions,
        state: row.state,
        severity: row.severity,
    }
}

fn rename(namespace: &mut Namespace, copy: u64) {
    let family = FAMILIES.iter().find(|(name, _)| *name == namespace.ecosystem);
    if let Some((_, names)) = family {
        let turn = copy / names.len() as u64;
        namespace.ecosystem = names[(copy % names.len() as u64) as usize].to_owned();
        if turn > 0 {
            namespace.release = format!("{}-{turn}", namespace.release);
        }
    }
}

/// Other numbers in the same places; the marks of releases (`el8`, `deb11u1`) stay.
fn shifted(version: &str, seed: u64) -> String {
    if seed == 0 || version == "0" {
        return version.to_owned();
    }
    let mut random = Random::of(version, seed);
    let mut out = String::with_capacity(version.len());
    let mut before = ' ';
    let mut marked = false;
    for c in version.chars() {
        if c.is_ascii_digit() {
            if !before.is_ascii_digit() {
                marked = before.is_alphabetic();
            }
            let digit =
                if marked || c == '0' { c } else { char::from(b'1' + random.below(9) as u8) };
            out.push(digit);
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}
