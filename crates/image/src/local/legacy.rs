//! Docker archives from before Docker 1.10, without `manifest.json`: `repositories` names the top
//! layer, and each layer's `json` its parent and the instruction that made it.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{HistoryEntry, normalize_path};
use serde::Deserialize;

use super::{archive::Archive, docker::DockerImage, layout::names_match, reference::PathReference};
use crate::{
    AcquireError, AcquireErrorKind, MAX_CONFIG_BYTES, MAX_DESCRIPTORS, MAX_MANIFEST_BYTES,
    Resolved, bare_layer, parse_config,
};

#[derive(Deserialize)]
struct Step {
    parent: Option<String>,
    created: Option<String>,
    author: Option<String>,
    comment: Option<String>,
    container_config: Option<ContainerConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerConfig {
    cmd: Option<Vec<String>>,
}

pub(super) fn open(
    reference: &PathReference,
    archive: Archive,
) -> Result<DockerImage, AcquireError> {
    let place = reference.place();
    let malformed =
        |message: String| AcquireError::new(AcquireErrorKind::Malformed, &place, message);
    let read = |name: &str, limit| {
        let bytes = archive.small(name, limit).map_err(|error| AcquireError::io(&place, error))?;
        bytes.ok_or_else(|| malformed(format!("{name} is missing from the archive")))
    };
    let bytes = read("repositories", MAX_MANIFEST_BYTES)?;
    let repositories: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_slice(&bytes)
            .map_err(|error| malformed(format!("repositories: {error}")))?;
    let named: Vec<(String, String)> = repositories
        .iter()
        .flat_map(|(name, tags)| {
            tags.iter().map(move |(tag, id)| (format!("{name}:{tag}"), id.clone()))
        })
        .collect();
    let meant: Vec<_> = named
        .iter()
        .filter(|(name, _)| reference.selector.as_deref().is_none_or(|w| names_match(name, w)))
        .collect();
    let ids: BTreeSet<_> = meant.iter().map(|(_, id)| id).collect();
    let Some(top) = ids.first().filter(|_| ids.len() == 1) else {
        let names: Vec<_> = named.iter().take(20).map(|(name, _)| name.as_str()).collect();
        let (kind, message) = if ids.is_empty() {
            (AcquireErrorKind::NotFound, "holds no such image")
        } else {
            (AcquireErrorKind::BadReference, "holds several images")
        };
        let error =
            AcquireError::new(kind, &place, format!("{message}; it has {}", names.join(", ")));
        return Err(error.advice(format!("name one, as in {place}:TAG")));
    };

    // The top layer's `json` has the shape of a configuration, without history and diffIDs.
    let member = |id: &str, file: &str| {
        let name = normalize_path(id.as_bytes()).filter(|id| !id.is_empty());
        name.map(|id| format!("{id}/{file}"))
            .ok_or_else(|| malformed("a layer id that leads out of the archive".to_owned()))
    };
    let mut config = parse_config(&read(&member(top, "json")?, MAX_CONFIG_BYTES)?)
        .map_err(|error| malformed(error.to_string()))?;
    let (mut members, mut history) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    let mut next = Some((*top).clone());
    while let Some(id) = next {
        if members.len() >= MAX_DESCRIPTORS || !seen.insert(id.clone()) {
            return Err(malformed("the chain of parent layers has no end".to_owned()));
        }
        let name = member(&id, "json")?;
        let step: Step = serde_json::from_slice(&read(&name, MAX_CONFIG_BYTES)?)
            .map_err(|error| malformed(format!("{name}: {error}")))?;
        let words = step.container_config.and_then(|config| config.cmd).unwrap_or_default();
        history.push(HistoryEntry {
            created: step.created,
            created_by: words.join(" "),
            author: step.author.filter(|author| !author.is_empty()),
            comment: step.comment.filter(|comment| !comment.is_empty()),
            empty_layer: false,
            layer: None,
        });
        members.push(Some(member(&id, "layer.tar")?));
        next = step.parent.filter(|parent| !parent.is_empty());
    }
    members.reverse();
    history.reverse();
    config.history = history;
    // These archives know no diffIDs, which is not a contradiction.
    config.diff_ids.clear();
    let layers = (0..).zip(&members).map(|(index, _)| bare_layer(index)).collect();
    let (mut manifest, mut problems) =
        Resolved::new(config, layers).into_manifest(&reference.written, "docker-archive");
    problems.clear();
    manifest.tags = meant.iter().map(|(name, _)| name.clone()).collect();
    Ok(DockerImage::new(archive, (manifest, problems), members))
}
