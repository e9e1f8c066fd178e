//! A database from the kept records.

use std::{io, path::Path};

use plimsoll_model::FeedInfo;
use plimsoll_vulndb::{BuildOptions, BuildStats, Builder, DbError, SCHEMA};
use sha2::{Digest as _, Sha256};

use super::{Kept, Options, UpdateError};
use crate::records::{About, Records, hex};

/// Tells a builder which feed speaks where several do.
pub fn set_priorities(builder: &mut Builder) {
    for feed in plimsoll_feeds::all() {
        builder.priority(feed.id(), plimsoll_feeds::priority(feed.id()));
    }
    for (feed, leader) in plimsoll_feeds::FILLS {
        builder.fills(*feed, *leader);
    }
}

/// What a database is built from, as one text: equal for equal records, whoever fetched them and when.
pub(super) fn inputs(used: &[&About], options: &Options) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(&format!("{SCHEMA} {} {}", options.keep_prose, options.parser));
    for about in used {
        let date = about.date.map(|d| d.to_string()).unwrap_or_default();
        for text in [&about.feed, &about.content, &date, &about.source, &about.licence] {
            add(text);
        }
        add(&about.bad.to_string());
        for (namespace, end) in &about.ends {
            add(&format!("{namespace} {} {:?}", end.date, end.extended));
        }
    }
    hex(hash)
}

pub(super) fn build(
    used: &[&About],
    kept: &Kept,
    options: &Options,
    to: &Path,
) -> Result<BuildStats, UpdateError> {
    let mut settings = BuildOptions::new(&options.tool, options.now);
    settings.keep_prose = options.keep_prose;
    settings.keep_unreferenced = true;
    let mut builder = Builder::new(settings)?;
    set_priorities(&mut builder);
    for about in used {
        let path = kept.records(&about.feed);
        let records = Records::open(&path).map_err(UpdateError::io(&path))?;
        records.each(|advisory| builder.add(advisory).map_err(Added::Db)).map_err(|e| match e {
            Added::Db(error) => UpdateError::Build(error),
            Added::Io(error) => UpdateError::io(&path)(error),
        })?;
        for (namespace, end) in &about.ends {
            builder.end_of_life(namespace.clone(), end.clone());
        }
        builder.feed(FeedInfo {
            id: about.feed.clone(),
            date: about.date,
            records: about.records,
            skipped: about.bad,
            licence: about.licence.clone(),
            source: about.source.clone(),
            knows: about.knows,
        });
    }
    Ok(builder.finish_to_path(to)?)
}

/// Either side of handing records over may fail.
enum Added {
    Db(DbError),
    Io(io::Error),
}

impl From<io::Error> for Added {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
