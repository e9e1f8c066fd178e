//! The manifest of a published database: which blob is the database, which are its signatures, and which lead to it
//! from earlier ones.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_image::{ArtifactDoc, Descriptor, media, parse_artifact};
use plimsoll_model::Digest;
use serde_json::{Value, json};

use crate::DistributionError;

/// Type of the artifact, and of the blob that is the database.
pub const ARTIFACT_TYPE: &str = "application/vnd.plimsoll.db.v1";
/// Type of a blob that leads from one database to another.
pub const DELTA_TYPE: &str = "application/vnd.plimsoll.db.delta.v1";
/// Type of a blob that is a signature of the database, as a minisign file.
pub const SIGNATURE_TYPE: &str = "application/vnd.plimsoll.db.signature.v1";

/// Largest database that is fetched.
pub const MAX_DATABASE_BYTES: u64 = 4 << 30;
/// Largest signature.
pub const MAX_SIGNATURE_BYTES: u64 = 4 << 10;
/// Most signatures of one database.
pub const MAX_SIGNATURES: usize = 8;
/// Most deltas that are looked at.
pub const MAX_DELTAS: usize = 64;

const SCHEMA: &str = "plimsoll.db.schema";
const DIGEST: &str = "plimsoll.db.digest";
const BUILT: &str = "plimsoll.db.built";
const FROM: &str = "plimsoll.db.delta.from";
const TO: &str = "plimsoll.db.delta.to";
/// The pre-defined keys of the OCI image specification that other tools show.
const CREATED: &str = "org.opencontainers.image.created";
const TITLE: &str = "org.opencontainers.image.title";

/// A published database. Nothing in it is signed: it only says what to fetch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DbManifest {
    /// Schema version.
    pub schema: u32,
    /// Build time.
    pub built: Timestamp,
    /// Digest of the database's content.
    pub digest: Digest,
    /// The database.
    pub database: Descriptor,
    /// Its signatures.
    pub signatures: Vec<Descriptor>,
    /// What leads from one database to another, the newest first.
    pub deltas: Vec<DeltaPart>,
}

/// A delta.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeltaPart {
    /// Digest of the database that it is applied to.
    pub from: Digest,
    /// Digest of the database that comes out.
    pub to: Digest,
    /// The blob.
    pub part: Descriptor,
}

impl DbManifest {
    /// Reads the bytes of a manifest; `place` is for messages.
    ///
    /// # Errors
    /// Where it is none, or not one of a database.
    pub fn parse(place: &str, bytes: &[u8]) -> Result<Self, DistributionError> {
        Self::read(place, &parse_artifact(bytes)?)
    }

    pub(crate) fn read(place: &str, artifact: &ArtifactDoc) -> Result<Self, DistributionError> {
        let not = |reason: String| DistributionError::NotADatabase { place: place.into(), reason };
        if artifact.artifact_type != ARTIFACT_TYPE {
            let kind = plimsoll_model::CappedText(artifact.artifact_type.as_bytes(), 100);
            return Err(not(format!("it is of the type `{kind}`")));
        }
        let text = |name: &str| {
            let value = artifact.annotations.get(name).map(String::as_str);
            value.ok_or_else(|| not(format!("the manifest has no {name}")))
        };
        let unreadable = |name: &str| not(format!("{name} of the manifest cannot be read"));
        let of_type = |kind: &'static str, limit: u64| {
            let parts = artifact.layers.iter().filter(move |layer| layer.media_type == kind);
            parts.filter(move |part| {
                part.digest.is_some() && part.size.is_some_and(|size| size <= limit)
            })
        };
        let database = of_type(ARTIFACT_TYPE, MAX_DATABASE_BYTES).next().cloned();
        let database = database.ok_or_else(|| {
            not(format!("the manifest names no database of at most {MAX_DATABASE_BYTES} bytes"))
        })?;
        let deltas = of_type(DELTA_TYPE, MAX_DATABASE_BYTES).filter_map(|part| {
            let digest = |name: &str| part.annotations.get(name)?.parse().ok();
            Some(DeltaPart { from: digest(FROM)?, to: digest(TO)?, part: part.clone() })
        });
        Ok(Self {
            schema: text(SCHEMA)?.parse().map_err(|_| unreadable(SCHEMA))?,
            built: text(BUILT)?.parse().map_err(|_| unreadable(BUILT))?,
            digest: text(DIGEST)?.parse().map_err(|_| unreadable(DIGEST))?,
            database,
            signatures: of_type(SIGNATURE_TYPE, MAX_SIGNATURE_BYTES)
                .take(MAX_SIGNATURES)
                .cloned()
                .collect(),
            deltas: deltas.take(MAX_DELTAS).collect(),
        })
    }

    /// The document to publish. The same database with the same parts gives the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let config = plimsoll_image::sha256(EMPTY_CONFIG);
        let mut layers =
            vec![layer(&self.database, ARTIFACT_TYPE, &[(TITLE, "plimsoll.db".to_owned())])];
        for (number, signature) in self.signatures.iter().enumerate() {
            let title = match number {
                0 => "plimsoll.db.minisig".to_owned(),
                n => format!("plimsoll.db.{n}.minisig"),
            };
            layers.push(layer(signature, SIGNATURE_TYPE, &[(TITLE, title)]));
        }
        for delta in &self.deltas {
            let annotations = [(FROM, delta.from.to_string()), (TO, delta.to.to_string())];
            layers.push(layer(&delta.part, DELTA_TYPE, &annotations));
        }
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media::OCI_MANIFEST,
            "artifactType": ARTIFACT_TYPE,
            "config": {
                "mediaType": media::OCI_EMPTY,
                "digest": config.to_string(),
                "size": EMPTY_CONFIG.len(),
                "data": "e30=",
            },
            "layers": layers,
            "annotations": {
                SCHEMA: self.schema.to_string(),
                BUILT: self.built.to_string(),
                DIGEST: self.digest.to_string(),
                CREATED: self.built.to_string(),
            },
        });
        // A document of texts and numbers always has a form.
        serde_json::to_vec(&manifest).unwrap_or_default()
    }

    /// The deltas that lead from one database to this one, in the order of their use, if they are together smaller
    /// than the database.
    #[must_use]
    pub fn path_from(&self, from: &Digest) -> Option<Vec<&DeltaPart>> {
        // The last step that leads to each place reached so far.
        let mut steps: BTreeMap<Digest, Option<&DeltaPart>> = BTreeMap::from([(*from, None)]);
        loop {
            if steps.contains_key(&self.digest) {
                break;
            }
            let next: Vec<&DeltaPart> = self
                .deltas
                .iter()
                .filter(|delta| steps.contains_key(&delta.from) && !steps.contains_key(&delta.to))
                .collect();
            if next.is_empty() {
                return None;
            }
            for delta in next {
                steps.entry(delta.to).or_insert(Some(delta));
            }
        }
        let mut path = Vec::new();
        let mut at = self.digest;
        while let Some(Some(delta)) = steps.get(&at) {
            path.push(*delta);
            at = delta.from;
        }
        path.reverse();
        let total: u64 = path.iter().filter_map(|delta| delta.part.size).sum();
        (self.database.size.is_some_and(|size| total < size)).then_some(path)
    }
}

/// The configuration of an artifact that has none.
pub(crate) const EMPTY_CONFIG: &[u8] = b"{}";

fn layer(part: &Descriptor, kind: &str, annotations: &[(&str, String)]) -> Value {
    let annotations: BTreeMap<&str, &String> = annotations.iter().map(|(k, v)| (*k, v)).collect();
    json!({
        "mediaType": kind,
        "digest": part.digest.map(|digest| digest.to_string()),
        "size": part.size,
        "annotations": annotations,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digest(n: u8) -> Digest {
        Digest::from_bytes([n; 32])
    }

    fn delta(from: u8, to: u8, size: u64) -> DeltaPart {
        let part = Descriptor::new(DELTA_TYPE, digest(100 + from), Some(size));
        DeltaPart { from: digest(from), to: digest(to), part }
    }

    fn manifest(deltas: Vec<DeltaPart>) -> DbManifest {
        DbManifest {
            schema: 1,
            built: "2026-11-23T04:05:06Z".parse().unwrap(),
            digest: digest(9),
            database: Descriptor::new(ARTIFACT_TYPE, digest(1), Some(1000)),
            signatures: vec![Descriptor::new(SIGNATURE_TYPE, digest(2), Some(300))],
            deltas,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let written = manifest(vec![delta(8, 9, 10), delta(7, 8, 20)]);
        let mut read = DbManifest::parse("x", &written.to_bytes()).unwrap();
        let parts = [&mut read.database]
            .into_iter()
            .chain(&mut read.signatures)
            .chain(read.deltas.iter_mut().map(|delta| &mut delta.part));
        parts.for_each(|part| part.annotations.clear());
        assert_eq!(read, written);
    }

    #[test]
    fn others_and_liars_are_refused() {
        let good: Value = serde_json::from_slice(&manifest(vec![]).to_bytes()).unwrap();
        type Change = fn(&mut Value);
        let changes: [Change; 7] = [
            |m| m["artifactType"] = "application/vnd.example".into(),
            |m| m["annotations"][SCHEMA] = "one".into(),
            |m| m["annotations"][BUILT] = "yesterday".into(),
            |m| m["annotations"][DIGEST] = "md5:12".into(),
            |m| m["layers"] = json!([]),
            |m| m["layers"][0]["size"] = (MAX_DATABASE_BYTES + 1).into(),
            |m| m["layers"][0]["digest"] = "sha256:12".into(),
        ];
        for change in changes {
            let mut bad = good.clone();
            change(&mut bad);
            let bytes = serde_json::to_vec(&bad).unwrap();
            assert!(DbManifest::parse("x", &bytes).is_err(), "{bad}");
        }
        let huge = vec![b' '; 5 << 20];
        assert!(DbManifest::parse("x", &huge).is_err());
        // A signature that is too large is as good as none.
        let mut bad = good;
        bad["layers"][1]["size"] = (MAX_SIGNATURE_BYTES + 1).into();
        let read = DbManifest::parse("x", &serde_json::to_vec(&bad).unwrap()).unwrap();
        assert!(read.signatures.is_empty());
    }

    #[test]
    fn the_shortest_way_that_is_worth_it() {
        let path = |deltas: Vec<DeltaPart>, from: u8| -> Option<Vec<u8>> {
            let manifest = manifest(deltas);
            let path = manifest.path_from(&digest(from))?;
            Some(path.iter().map(|delta| delta.from.as_bytes()[0]).collect())
        };
        let chain = vec![delta(8, 9, 10), delta(7, 8, 20), delta(6, 7, 980)];
        assert_eq!(path(chain.clone(), 8), Some(vec![8]));
        assert_eq!(path(chain.clone(), 7), Some(vec![7, 8]));
        assert_eq!(path(chain.clone(), 6), None, "larger than the database");
        assert_eq!(path(chain.clone(), 5), None);
        let direct = [chain, vec![delta(7, 9, 25)]].concat();
        assert_eq!(path(direct, 7), Some(vec![7]));
        let circle = vec![delta(7, 8, 1), delta(8, 7, 1)];
        assert_eq!(path(circle, 7), None);
        assert_eq!(path(vec![], 9), Some(vec![]));
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = DbManifest::parse("x", &bytes);
        }

        #[test]
        fn any_deltas_have_an_end(pairs in proptest::collection::vec((0u8..12, 0u8..12), 0..40), from in 0u8..12) {
            let manifest = manifest(pairs.into_iter().map(|(a, b)| delta(a, b, 1)).collect());
            if let Some(path) = manifest.path_from(&digest(from)) {
                let mut at = digest(from);
                for delta in path {
                    prop_assert_eq!(delta.from, at);
                    at = delta.to;
                }
                prop_assert_eq!(at, manifest.digest);
            }
        }
    }
}
