//! The image configuration (`container image v1`, OCI image configuration): how a container runs, the
//! history, and the diffIDs.

use std::collections::BTreeMap;

use plimsoll_model::{Digest, HistoryEntry, ImageConfig, Platform};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::ParseError;

/// Largest configuration that is read: the limit of containerd.
pub const MAX_CONFIG_BYTES: u64 = 8 << 20;

/// Most diffIDs.
pub const MAX_DIFF_IDS: usize = 4096;

/// Most history entries; later ones are dropped.
pub const MAX_HISTORY: usize = 16_384;

/// An image configuration.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ConfigDoc {
    /// Platform that it names; `None` where it names none.
    pub platform: Option<Platform>,
    /// How a container of it runs.
    pub config: ImageConfig,
    /// History, not yet assigned to layers.
    pub history: Vec<HistoryEntry>,
    /// Digests of the uncompressed layers, bottom first.
    pub diff_ids: Vec<Digest>,
    /// Parts that had the wrong shape and were left out, by name.
    pub ignored: Vec<&'static str>,
}

// Each part is kept as text first, so that one part of the wrong shape costs that part alone, and
// nothing that is not wanted is built up in memory.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    created: Option<&'a RawValue>,
    #[serde(borrow)]
    author: Option<&'a RawValue>,
    #[serde(borrow)]
    os: Option<&'a RawValue>,
    #[serde(borrow)]
    architecture: Option<&'a RawValue>,
    #[serde(borrow)]
    variant: Option<&'a RawValue>,
    #[serde(borrow)]
    config: Option<&'a RawValue>,
    #[serde(borrow)]
    history: Option<&'a RawValue>,
    rootfs: Option<RawRootfs>,
}

#[derive(Deserialize)]
struct RawRootfs {
    diff_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawConfig<'a> {
    #[serde(borrow)]
    user: Option<&'a RawValue>,
    #[serde(borrow)]
    env: Option<&'a RawValue>,
    #[serde(borrow)]
    entrypoint: Option<&'a RawValue>,
    #[serde(borrow)]
    cmd: Option<&'a RawValue>,
    #[serde(borrow)]
    working_dir: Option<&'a RawValue>,
    #[serde(borrow)]
    exposed_ports: Option<&'a RawValue>,
    #[serde(borrow)]
    volumes: Option<&'a RawValue>,
    #[serde(borrow)]
    labels: Option<&'a RawValue>,
    #[serde(borrow)]
    healthcheck: Option<&'a RawValue>,
    #[serde(borrow)]
    on_build: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_signal: Option<&'a RawValue>,
    #[serde(borrow)]
    shell: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawHistory {
    created: Option<String>,
    created_by: Option<String>,
    author: Option<String>,
    comment: Option<String>,
    empty_layer: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawHealthcheck {
    test: Option<Words>,
}

/// A list of strings; Docker's old clients wrote a single string for a shell command line.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Many(Vec<String>),
    One(String),
}

impl From<Words> for Vec<String> {
    fn from(words: Words) -> Self {
        match words {
            Words::Many(words) => words,
            Words::One(word) => vec![word],
        }
    }
}

/// Collects the names of the parts that had the wrong shape.
struct Lenient(Vec<&'static str>);

impl Lenient {
    fn take<'a, T: Deserialize<'a>>(
        &mut self,
        name: &'static str,
        raw: Option<&'a RawValue>,
    ) -> Option<T> {
        let parsed = serde_json::from_str::<Option<T>>(raw?.get());
        parsed.unwrap_or_else(|_| {
            self.0.push(name);
            None
        })
    }

    fn text(&mut self, name: &'static str, raw: Option<&RawValue>) -> Option<String> {
        self.take::<String>(name, raw).filter(|text| !text.is_empty())
    }

    fn words(&mut self, name: &'static str, raw: Option<&RawValue>) -> Vec<String> {
        self.take::<Words>(name, raw).map(Into::into).unwrap_or_default()
    }

    fn keys(&mut self, name: &'static str, raw: Option<&RawValue>) -> Vec<String> {
        let map = self.take::<BTreeMap<String, serde::de::IgnoredAny>>(name, raw);
        map.unwrap_or_default().into_keys().collect()
    }
}

/// Reads an image configuration. Wrong shapes are tolerated part by part ([`ConfigDoc::ignored`]), but
/// not in the diffIDs: what names the content is right or refused.
///
/// # Errors
/// For bytes that are no JSON object, and for diffIDs that are no digests.
pub fn parse_config(bytes: &[u8]) -> Result<ConfigDoc, ParseError> {
    if bytes.len() as u64 > MAX_CONFIG_BYTES {
        let message = format!("configuration larger than the limit of {MAX_CONFIG_BYTES} bytes");
        return Err(ParseError::Malformed(message));
    }
    let raw: Raw<'_> = serde_json::from_slice(bytes)
        .map_err(|error| ParseError::malformed("not an image configuration", error))?;
    let texts = raw.rootfs.and_then(|rootfs| rootfs.diff_ids).unwrap_or_default();
    if texts.len() > MAX_DIFF_IDS {
        let message = format!("{} diffIDs, more than the limit of {MAX_DIFF_IDS}", texts.len());
        return Err(ParseError::Malformed(message));
    }
    let diff_ids = texts
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Digest>, _>>()
        .map_err(|error| ParseError::malformed("a diffID of the configuration", error))?;

    let mut lenient = Lenient(Vec::new());
    let os = lenient.text("os", raw.os);
    let architecture = lenient.text("architecture", raw.architecture);
    let variant = lenient.text("variant", raw.variant);
    let mut config = match lenient.take::<RawConfig<'_>>("config", raw.config) {
        Some(raw) => run_config(&raw, &mut lenient),
        None => ImageConfig::default(),
    };
    config.created = lenient.text("created", raw.created);
    config.author = lenient.text("author", raw.author);
    let history = lenient.take::<Vec<RawHistory>>("history", raw.history).unwrap_or_default();
    Ok(ConfigDoc {
        platform: os.zip(architecture).map(|(os, architecture)| Platform {
            os,
            architecture,
            variant,
        }),
        config,
        history: history.into_iter().take(MAX_HISTORY).map(history_entry).collect(),
        diff_ids,
        ignored: lenient.0,
    })
}

fn run_config(raw: &RawConfig<'_>, lenient: &mut Lenient) -> ImageConfig {
    let labels = lenient.take::<BTreeMap<String, Option<String>>>("Labels", raw.labels);
    let healthcheck = lenient.take::<RawHealthcheck>("Healthcheck", raw.healthcheck);
    ImageConfig {
        created: None,
        author: None,
        user: lenient.text("User", raw.user).unwrap_or_default(),
        env: lenient.words("Env", raw.env),
        entrypoint: lenient.words("Entrypoint", raw.entrypoint),
        cmd: lenient.words("Cmd", raw.cmd),
        working_dir: lenient.text("WorkingDir", raw.working_dir).unwrap_or_default(),
        exposed_ports: lenient.keys("ExposedPorts", raw.exposed_ports),
        volumes: lenient.keys("Volumes", raw.volumes),
        labels: labels
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.unwrap_or_default()))
            .collect(),
        healthcheck: healthcheck
            .and_then(|check| check.test)
            .map(Vec::from)
            .filter(|test| !test.is_empty()),
        on_build: lenient.words("OnBuild", raw.on_build),
        stop_signal: lenient.text("StopSignal", raw.stop_signal),
        shell: lenient.words("Shell", raw.shell),
    }
}

fn history_entry(raw: RawHistory) -> HistoryEntry {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    HistoryEntry {
        created: some(raw.created),
        created_by: raw.created_by.unwrap_or_default(),
        author: some(raw.author),
        comment: some(raw.comment),
        empty_layer: raw.empty_layer.unwrap_or(false),
        layer: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_part_of_the_wrong_shape_costs_itself_alone() {
        let config = parse_config(
            br#"{"os":"linux","architecture":"arm64","variant":7,"created":null,
            "config":{"User":1,"Env":null,"Cmd":"run me","Labels":{"b":null,"a":"1"},
                      "ExposedPorts":{"80/tcp":{}},"Volumes":[],"Healthcheck":{"Test":[]},
                      "Entrypoint":["/a"],"Unknown":{"x":[1]}},
            "history":[{"created_by":"A","empty_layer":true},{}],
            "rootfs":{"type":"layers","diff_ids":[]}}"#,
        )
        .unwrap();
        assert_eq!(config.platform.unwrap().to_string(), "linux/arm64");
        assert_eq!(config.ignored, ["variant", "User", "Volumes"]);
        assert_eq!(config.config.cmd, ["run me"]);
        assert_eq!(config.config.entrypoint, ["/a"]);
        assert_eq!(config.config.exposed_ports, ["80/tcp"]);
        assert_eq!(config.config.labels, [("a".into(), "1".into()), ("b".into(), "".into())]);
        assert_eq!(config.config.healthcheck, None);
        assert_eq!(config.history.len(), 2);
        assert!(config.history[0].empty_layer);
    }

    #[test]
    fn nothing_at_all_is_a_configuration_without_layers() {
        for text in ["{}", r#"{"config":null,"rootfs":null,"history":null}"#] {
            assert_eq!(parse_config(text.as_bytes()).unwrap(), ConfigDoc::default(), "{text}");
        }
    }

    #[test]
    fn what_names_the_content_is_right_or_refused() {
        for text in [
            r#"{"rootfs":{"diff_ids":["sha256:12"]}}"#,
            r#"{"rootfs":{"diff_ids":[null]}}"#,
            r#"{"rootfs":{"diff_ids":"sha256:12"}}"#,
            r#"{"rootfs":[1]}"#,
            "[]",
            "",
        ] {
            assert!(parse_config(text.as_bytes()).is_err(), "{text}");
        }
        let many = format!(r#"{{"rootfs":{{"diff_ids":[{}""]}}}}"#, "\"\",".repeat(MAX_DIFF_IDS));
        assert!(parse_config(many.as_bytes()).unwrap_err().to_string().contains("limit"));
    }

    #[test]
    fn the_history_is_cut_at_its_limit() {
        let text = format!(r#"{{"history":[{}{{}}]}}"#, "{},".repeat(MAX_HISTORY + 5));
        assert_eq!(parse_config(text.as_bytes()).unwrap().history.len(), MAX_HISTORY);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>, part in r#"[{}\[\]":,a-z0-9 ]{0,100}"#) {
            let _ = parse_config(&bytes);
            let _ = parse_config(format!(r#"{{"config":{part}}}"#).as_bytes());
        }
    }
}
