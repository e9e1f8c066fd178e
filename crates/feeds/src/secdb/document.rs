//! The outer form of a security database, as JSON or YAML. A package that does not follow it costs only
//! itself.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{Collector, FeedError};

/// A database: one repository of one release.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Document {
    /// `v3.9`, `edge`; empty in rolling distributions.
    pub distroversion: String,
    /// Where its packages are served.
    pub urlprefix: String,
    /// Its packages.
    pub packages: Vec<Package>,
}

/// A source package.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// What each version fixed. Alpine's files hold empty ones (`secfixes:`, `"1.2-r0": null`).
    #[serde(default, deserialize_with = "fixes")]
    pub secfixes: BTreeMap<String, Vec<String>>,
}

fn fixes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    let fixes: Option<BTreeMap<String, List<String>>> = Option::deserialize(deserializer)?;
    let fixes = fixes.unwrap_or_default().into_iter();
    Ok(fixes.map(|(version, names)| (version, names.0)).collect())
}

/// A list. Alpine writes its files with Lua, which does not tell an empty list from an empty map: `{}`.
struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(List(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = seq.next_element()? {
                    all.push(one);
                }
                Ok(List(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                match map.next_key::<IgnoredAny>()? {
                    None => Ok(List(Vec::new())),
                    Some(_) => Err(de::Error::custom("a map where a list is expected")),
                }
            }
        }
        deserializer.deserialize_any(Items(std::marker::PhantomData))
    }
}

#[derive(Deserialize)]
struct Outer<P> {
    #[serde(default)]
    distroversion: Option<String>,
    #[serde(default)]
    urlprefix: Option<String>,
    #[serde(bound(deserialize = "P: Deserialize<'de>"))]
    packages: List<P>,
}

#[derive(Deserialize)]
struct Wrapped {
    pkg: Package,
}

impl<P> Outer<P> {
    fn document(self, package: impl FnMut(P) -> Option<Package>) -> Document {
        Document {
            distroversion: self.distroversion.unwrap_or_default(),
            urlprefix: self.urlprefix.unwrap_or_default(),
            packages: self.packages.0.into_iter().filter_map(package).collect(),
        }
    }
}

/// Reads a database; packages that do not follow the form are noted in `into` and left out.
///
/// # Errors
/// Where it is neither JSON nor YAML, or has no list of packages.
pub fn parse(place: &str, bytes: &[u8], into: &mut Collector<'_>) -> Result<Document, FeedError> {
    let fail = |message: String| FeedError::malformed(place, message);
    if bytes.trim_ascii_start().first() == Some(&b'{') {
        let outer: Outer<&RawValue> =
            serde_json::from_slice(bytes).map_err(|e| fail(e.to_string()))?;
        let mut number = 0usize;
        return Ok(outer.document(|raw| {
            number += 1;
            let package = serde_json::from_str::<Wrapped>(raw.get());
            package
                .map(|w| w.pkg)
                .map_err(|e| into.bad(format!("{place}: package {number}"), e.to_string()))
                .ok()
        }));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| fail(e.to_string()))?;
    // Typed first: only then is a version such as `1.10` the text that was written and not a number.
    if let Ok(outer) = serde_norway::from_str::<Outer<Wrapped>>(text) {
        return Ok(outer.document(|w| Some(w.pkg)));
    }
    let outer: Outer<serde_norway::Value> =
        serde_norway::from_str(text).map_err(|e| fail(e.to_string()))?;
    let mut number = 0usize;
    Ok(outer.document(|value| {
        number += 1;
        let package = serde_norway::from_value::<Wrapped>(value);
        package
            .map(|w| w.pkg)
            .map_err(|e| into.bad(format!("{place}: package {number}"), e.to_string()))
            .ok()
    }))
}
