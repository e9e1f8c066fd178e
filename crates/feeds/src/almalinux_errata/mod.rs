//! AlmaLinux's errata in its own JSON: `errata.full.json` of a release, and the `errata.json` of former times. They
//! say per package which module stream it is of and for which architecture it was built, which the
//! OSV records of the same errata do not. They name fixed flaws only.

use std::{io::Read, path::Path};

use jiff::Timestamp;
use plimsoll_model::Advisory;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, utc_date, walk},
    json_array,
    updateinfo::{self, Collection, Dialect, Package, Place, Reference, Update},
};

static META: FeedMeta = FeedMeta {
    id: "almalinux-errata",
    title: "AlmaLinux errata",
    homepage: "https://errata.almalinux.org/",
    licence: "none stated",
    upstream: &[
        Upstream {
            url: "https://errata.almalinux.org/8/errata.full.json",
            file: "8/errata.full.json",
        },
        Upstream {
            url: "https://errata.almalinux.org/9/errata.full.json",
            file: "9/errata.full.json",
        },
        Upstream {
            url: "https://errata.almalinux.org/10/errata.full.json",
            file: "10/errata.full.json",
        },
    ],
};

/// Largest erratum, in bytes.
const MAX_ERRATUM: u64 = 32 << 20;

const DIALECT: Dialect = Dialect { ecosystem: "almalinux", place, leave_out, id: str::to_owned };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct AlmalinuxErrata;

impl Feed for AlmalinuxErrata {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let mut files = Files(Collector::new(META.id, out));
        walk(input, &mut files)?;
        files.0.finish(input)
    }
}

struct Files<'a>(Collector<'a>);

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        name.ends_with(".json")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        read(&name, entry.reader(), &mut self.0)
    }
}

/// Reads the errata of a release.
///
/// # Errors
/// Where it is neither of the two forms.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut number = 0u64;
    let mut each = |raw: &RawValue| {
        number += 1;
        match serde_json::from_str::<Erratum>(raw.get()) {
            Ok(erratum) => match erratum.updates() {
                Ok(updates) => {
                    for update in updates {
                        updateinfo::take(place, number, &update, &DIALECT, into);
                    }
                }
                Err(why) => into.bad(format!("{place}: erratum {number}"), why),
            },
            Err(e) => into.bad(format!("{place}: erratum {number}"), e.to_string()),
        }
    };
    let (first, mut input) = first_byte(input).map_err(|e| FeedError::io(place, e))?;
    let read = match first {
        Some(b'[') => json_array::each(&mut input, &mut each),
        _ => json_array::each_of("data", MAX_ERRATUM, &mut input, &mut each),
    };
    read.map_err(|e| FeedError::malformed(place, e.to_string()))
}

/// The first byte that is no white space, and the input as it was from there on.
fn first_byte(input: &mut dyn Read) -> std::io::Result<(Option<u8>, impl Read)> {
    let mut byte = [0u8];
    loop {
        if input.read(&mut byte)? == 0 {
            return Ok((None, std::io::Cursor::new(Vec::new()).chain(input)));
        }
        if !byte[0].is_ascii_whitespace() {
            return Ok((Some(byte[0]), std::io::Cursor::new(byte.to_vec()).chain(input)));
        }
    }
}

/// An erratum in either form.
#[derive(Deserialize)]
struct Erratum {
    #[serde(alias = "updateinfo_id")]
    id: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    issued_date: Option<Time>,
    #[serde(default)]
    updated_date: Option<Time>,
    #[serde(default)]
    references: Vec<Link>,
    /// The newer form.
    #[serde(default)]
    packages: Vec<Build>,
    /// The older one: a repository, or a list of them.
    #[serde(default, deserialize_with = "one_or_more")]
    pkglist: Vec<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    #[serde(default)]
    packages: Vec<Build>,
    #[serde(default)]
    module: Option<Module>,
}

#[derive(Deserialize)]
struct Module {
    name: String,
    stream: String,
}

#[derive(Deserialize)]
struct Build {
    name: String,
    #[serde(default)]
    epoch: Option<String>,
    version: String,
    release: String,
    #[serde(default)]
    arch: String,
    /// `mariadb:10.3:8050020220427075058:c5368500:x86_64`
    #[serde(default)]
    module: Option<String>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    id: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    href: String,
}

/// Seconds since 1970, or `{"$date": milliseconds}`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Time {
    Seconds(i64),
    Mongo {
        #[serde(rename = "$date")]
        milliseconds: i64,
    },
}

impl Time {
    fn day(&self) -> Result<String, String> {
        let time = match *self {
            Time::Seconds(seconds) => Timestamp::from_second(seconds),
            Time::Mongo { milliseconds } => Timestamp::from_millisecond(milliseconds),
        };
        time.map(|t| utc_date(t).to_string()).map_err(|e| e.to_string())
    }
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Repository>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(Repository),
        More(Vec<Repository>),
    }
    Ok(match Option::deserialize(deserializer)? {
        Some(Form::One(one)) => vec![one],
        Some(Form::More(more)) => more,
        None => Vec::new(),
    })
}

impl Erratum {
    /// As one update of each release that it has packages of.
    fn updates(self) -> Result<Vec<Update>, String> {
        let day = |time: &Option<Time>| time.as_ref().map_or(Ok(String::new()), Time::day);
        let references = self.references.into_iter().map(|link| Reference {
            kind: link.kind,
            id: link.id,
            title: String::new(),
            href: link.href,
        });
        let mut update = Update {
            kind: self.kind,
            id: self.id,
            title: self.title.unwrap_or_default(),
            severity: self.severity.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            issued: day(&self.issued_date)?,
            updated: day(&self.updated_date)?,
            references: references.collect(),
            ..Update::default()
        };
        let mut builds: Vec<(Option<String>, Build)> = Vec::new();
        for repository in self.pkglist {
            let module = repository.module.map(|m| format!("{}:{}", m.name, m.stream));
            builds.extend(repository.packages.into_iter().map(|b| (module.clone(), b)));
        }
        for build in self.packages {
            let stream = build.module.as_deref().and_then(stream);
            builds.push((stream, build));
        }
        for (module, build) in builds {
            let place = update.collections.iter().position(|c| c.module == module);
            let place = place.unwrap_or_else(|| {
                update.collections.push(Collection { module, ..Collection::default() });
                update.collections.len() - 1
            });
            if let Some(collection) = update.collections.get_mut(place) {
                collection.packages.push(Package {
                    name: build.name,
                    epoch: build.epoch.unwrap_or_default(),
                    version: build.version,
                    release: build.release,
                    arch: build.arch,
                });
            }
        }
        // Every build names its release in the dist tag; an erratum is of one release only.
        let packages = update.collections.iter().flat_map(|c| &c.packages);
        let mut majors: Vec<&str> = packages.filter_map(|p| major(&p.release)).collect();
        majors.sort_unstable();
        majors.dedup();
        let majors: Vec<String> = majors.into_iter().map(str::to_owned).collect();
        Ok(match majors.as_slice() {
            [] => vec![update],
            all => all
                .iter()
                .map(|major| Update { release: major.clone(), ..update.clone() })
                .collect(),
        })
    }
}

/// `name:stream` of a module's full name.
fn stream(module: &str) -> Option<String> {
    let mut parts = module.split(':');
    let (name, stream) = (parts.next()?, parts.next()?);
    (!name.is_empty() && !stream.is_empty()).then(|| format!("{name}:{stream}"))
}

/// `8` of `10.el8_4.1` and of `18.module_el8.5.0+2632+14ced695`.
fn major(release: &str) -> Option<&str> {
    let rest = release.split_once("el").map(|(_, rest)| rest)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest.get(..digits).filter(|d| !d.is_empty())
}

fn place(update: &Update, _: &Collection) -> Result<Place, &'static str> {
    match update.release.as_str() {
        "" => Err("collection of an unknown release"),
        major => Ok(Place::release(major)),
    }
}

fn leave_out(package: &Package, place: &Place) -> Option<&'static str> {
    match major(&package.release) {
        Some(major) if major == place.release => None,
        Some(_) => Some("package of another release"),
        None => Some("package that names no release"),
    }
}

#[cfg(test)]
mod tests;
