//! `cargo xtask starter-db`: makes the database that is part of the program, from a folder of real advisories.
//! The same folder gives the same bytes on every machine: nothing is read from a clock, the network or the
//! environment.

use anyhow::Result;

#[cfg(not(feature = "starter"))]
pub(crate) fn run(args: &[&str]) -> Result<()> {
    // The parsers and the database are built only for this chore: every other one starts without them.
    crate::process::execute(
        crate::process::cargo()
            .args(["run", "--quiet", "--package", "xtask", "--features", "starter", "--"])
            .arg("starter-db")
            .args(args),
    )
}

#[cfg(feature = "starter")]
pub(crate) use build::run;

#[cfg(feature = "starter")]
mod build {
    use std::{
        collections::BTreeMap,
        path::{Path, PathBuf},
    };

    use anyhow::{Context, bail};
    use jiff::{civil::Date, tz::TimeZone};
    use plimsoll_feeds::by_id;
    use plimsoll_model::{Advisory, Affected, FeedInfo, FixState};
    use plimsoll_vulndb::{BuildOptions, Builder};

    use super::Result;

    /// Feeds, and their files below the folder, in the order in which they are read.
    const INPUTS: &[(&str, &[&str])] = &[
        ("almalinux-osv", &["almalinux-osv.tar.xz"]),
        ("alpine-secdb", &["alpine-secdb-2020.tar.xz"]),
        ("cisa-kev", &["cisa-kev.json.xz"]),
        ("debian-lists", &["debian-DSA-list.xz", "debian-DLA-list.xz"]),
        ("nodejs-security-wg", &["nodejs-security-wg.tar.xz"]),
        ("nvd-scores", &["nvd-scores-2002-2018.csv.xz"]),
        ("osv", &["golang-osv.tar.xz", "pypa-osv.tar.xz"]),
        ("php-friends", &["php-friends.tar.xz"]),
        ("rubysec", &["rubysec.tar.xz"]),
        ("rustsec", &["rustsec.tar.xz"]),
        ("ubuntu-cve-tracker", &["ubuntu-cve-tracker-2020.tar.xz"]),
    ];

    /// Largest file that may be part of the program, in bytes.
    const MAX_SIZE: u64 = 12 << 20;

    pub(crate) fn run(args: &[&str]) -> Result<()> {
        let (mut data, mut out) = (None, None);
        let mut args = args.iter();
        while let Some(&arg) = args.next() {
            let value = args.next().with_context(|| format!("{arg} needs a value"))?;
            match arg {
                "--data" => data = Some(PathBuf::from(value)),
                "--out" => out = Some(PathBuf::from(value)),
                _ => bail!("unknown option {arg} (use --data DIR and --out FILE)"),
            }
        }
        let data = data.context("--data DIR is missing: the folder that holds advisories/")?;
        let committed = crate::process::root().join("crates/vulndb/starter/plimsoll-starter.db");
        build(&data.join("advisories"), &out.unwrap_or(committed))
    }

    fn build(data: &Path, out: &Path) -> Result<()> {
        // The newest date is only known when all feeds are read, but the builder wants it first.
        let mut parsed = Vec::new();
        let mut newest: Option<Date> = None;
        for (id, files) in INPUTS {
            let feed = by_id(id).with_context(|| format!("{id} is no feed"))?;
            let meta = feed.meta();
            let mut advisories = Vec::new();
            let mut info = FeedInfo {
                id: meta.id.into(),
                date: None,
                records: 0,
                skipped: 0,
                licence: meta.licence.into(),
                source: meta.homepage.into(),
                knows: feed.knows(),
            };
            for file in *files {
                let path = data.join(file);
                let stats = feed
                    .parse(&path, &mut |advisory| advisories.extend(facts(advisory)))
                    .with_context(|| format!("{id} could not be read"))?;
                eprintln!(
                    "{file}: {} records, {} skipped, {} bad",
                    stats.records,
                    stats.skipped_total(),
                    stats.bad
                );
                info.date = info.date.max(stats.date);
                info.records += stats.records;
                info.skipped += stats.bad;
            }
            newest = newest.max(info.date);
            parsed.push((info, advisories));
        }
        let newest = newest.context("no feed names a date")?;
        let built = TimeZone::UTC.to_timestamp(newest.at(0, 0, 0, 0))?;
        let mut options = BuildOptions::new("plimsoll starter-db", built);
        options.keep_prose = false;
        options.keep_unreferenced = false;
        let mut builder = Builder::new(options)?;
        for (id, _) in INPUTS {
            builder.priority(*id, plimsoll_feeds::priority(id));
        }
        for (info, advisories) in parsed {
            builder.feed(info);
            for advisory in advisories {
                builder.add(advisory)?;
            }
        }
        let stats = builder.finish_to_path(out)?;
        eprintln!("{}: {stats:#?}", out.display());
        if stats.bytes > MAX_SIZE {
            bail!("{} bytes are more than the {MAX_SIZE} that the program may carry", stats.bytes);
        }
        Ok(())
    }

    /// What the database needs of an advisory: facts, and of those only what changes an answer.
    fn facts(mut advisory: Advisory) -> Option<Advisory> {
        advisory.title = None;
        advisory.description = None;
        advisory.references.clear();
        let named_packages = !advisory.affected.is_empty();
        drop_silent(&mut advisory.affected);
        (!advisory.affected.is_empty() || !named_packages).then_some(advisory)
    }

    /// "Not affected" overrules another statement about the same package of the same release. Where there is
    /// none, it says what silence says as well, and is left out: nine tenths of such rows.
    fn drop_silent(affected: &mut Vec<Affected>) {
        let mut rows: BTreeMap<(String, String), usize> = BTreeMap::new();
        for one in affected.iter() {
            *rows.entry((one.namespace.to_string(), one.package.clone())).or_default() += 1;
        }
        affected.retain(|one| {
            let alone = rows.get(&(one.namespace.to_string(), one.package.clone())) == Some(&1);
            !(alone && one.state == FixState::NotAffected)
        });
    }
}
