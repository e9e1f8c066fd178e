//! The OSV schema, as far as it is used (<https://ossf.github.io/osv-schema/>). Unknown fields are ignored;
//! `null` is taken for "absent", as exporters write it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A record.
#[derive(Clone, Debug, Deserialize)]
pub struct Record {
    /// Id.
    pub id: String,
    /// RFC 3339.
    #[serde(default)]
    pub modified: Option<String>,
    /// RFC 3339.
    #[serde(default)]
    pub published: Option<String>,
    /// RFC 3339.
    #[serde(default)]
    pub withdrawn: Option<String>,
    /// Other names of the same flaw.
    #[serde(default, deserialize_with = "or_default")]
    pub aliases: Vec<String>,
    /// Flaws that this one packages anew.
    #[serde(default, deserialize_with = "or_default")]
    pub upstream: Vec<String>,
    /// Whatever else is close to it; where distributions put CVEs before `upstream` existed.
    #[serde(default, deserialize_with = "or_default")]
    pub related: Vec<String>,
    /// One line.
    #[serde(default)]
    pub summary: Option<String>,
    /// Markdown.
    #[serde(default)]
    pub details: Option<String>,
    /// Ratings.
    #[serde(default, deserialize_with = "or_default")]
    pub severity: Vec<Severity>,
    /// Packages.
    #[serde(default, deserialize_with = "or_default")]
    pub affected: Vec<Affected>,
    /// Links.
    #[serde(default, deserialize_with = "or_default")]
    pub references: Vec<Reference>,
    /// Whatever the database adds.
    #[serde(default, deserialize_with = "or_default")]
    pub database_specific: BTreeMap<String, Value>,
}

/// A rating.
#[derive(Clone, Debug, Deserialize)]
pub struct Severity {
    /// `CVSS_V3`, `Ubuntu` …
    #[serde(rename = "type")]
    pub kind: String,
    /// A vector or a word.
    pub score: String,
}

/// A link.
#[derive(Clone, Debug, Deserialize)]
pub struct Reference {
    /// Where to.
    pub url: String,
}

/// A package and its affected versions.
#[derive(Clone, Debug, Deserialize)]
pub struct Affected {
    /// Which; absent in records about git repositories.
    #[serde(default)]
    pub package: Option<Package>,
    /// Ratings, where they differ by package.
    #[serde(default, deserialize_with = "or_default")]
    pub severity: Vec<Severity>,
    /// Ranges.
    #[serde(default, deserialize_with = "or_default")]
    pub ranges: Vec<Range>,
    /// Versions one by one.
    #[serde(default, deserialize_with = "or_default")]
    pub versions: Vec<String>,
    /// Whatever the ecosystem adds.
    #[serde(default, deserialize_with = "or_default")]
    pub ecosystem_specific: BTreeMap<String, Value>,
    /// Whatever the database adds.
    #[serde(default, deserialize_with = "or_default")]
    pub database_specific: BTreeMap<String, Value>,
}

/// A package.
#[derive(Clone, Debug, Deserialize)]
pub struct Package {
    /// `Debian:12`, `npm` …
    pub ecosystem: String,
    /// Name.
    pub name: String,
    /// Package URL.
    #[serde(default)]
    pub purl: Option<String>,
}

/// A range.
#[derive(Clone, Debug, Deserialize)]
pub struct Range {
    /// `SEMVER`, `ECOSYSTEM`, `GIT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its turning points.
    #[serde(default, deserialize_with = "or_default")]
    pub events: Vec<Event>,
}

/// A turning point: exactly one of the fields.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Event {
    /// First affected version; `0` is the beginning.
    #[serde(default)]
    pub introduced: Option<String>,
    /// First version that is no longer affected.
    #[serde(default)]
    pub fixed: Option<String>,
    /// Last affected version.
    #[serde(default)]
    pub last_affected: Option<String>,
    /// Where the statement ends.
    #[serde(default)]
    pub limit: Option<String>,
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
