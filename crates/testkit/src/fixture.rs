//! The text form of an image.

use plimsoll_model::{Compression, Platform};
use serde_json::{Map, Value, json};

use crate::{BuiltImage, BuiltLayer, Entry, Layer, Node};

/// An image to be built: what the text says, and what a test adds to it.
#[derive(Clone, Debug)]
pub struct ImageFixture {
    layers: Vec<Layer>,
    tags: Vec<String>,
    platform: Platform,
    created: String,
    /// The `config` object.
    run: Map<String, Value>,
    /// Instructions that made no layer, each with the number of layers below it.
    empty: Vec<(usize, String)>,
    /// Whether layers get history entries.
    history: bool,
    /// Merged over the whole document.
    over: Option<Value>,
}

impl Default for ImageFixture {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            tags: Vec::new(),
            platform: Platform { os: "linux".into(), architecture: "amd64".into(), variant: None },
            created: "2020-01-01T00:00:00Z".into(),
            run: Map::new(),
            empty: Vec::new(),
            history: true,
            over: None,
        }
    }
}

impl ImageFixture {
    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut fixture = Self::default();
        let text = dedent(text);
        let mut json = String::new();
        let mut in_config = false;
        let mut open: Option<(Entry, bool)> = None;
        for (number, line) in text.lines().enumerate() {
            let place = format!("fixture line {}: `{line}`", number + 1);
            if line.starts_with("=== ") || line.starts_with("//- ") {
                fixture.close(open.take());
            }
            if let Some(rest) = line.strip_prefix("=== layer") {
                in_config = false;
                fixture.layers.push(layer_line(rest, &place));
            } else if line.trim_end() == "=== config" {
                in_config = true;
            } else if line.starts_with("=== ") {
                panic!("{place}: neither `=== layer` nor `=== config`");
            } else if let Some(rest) = line.strip_prefix("//- ") {
                assert!(!in_config, "{place}: an entry within `=== config`");
                open = Some(entry_line(rest, &place));
            } else if let Some((entry, _)) = &mut open {
                match &mut entry.node {
                    Node::File(bytes) => {
                        bytes.extend_from_slice(line.as_bytes());
                        bytes.push(b'\n');
                    }
                    _ => assert!(line.trim().is_empty(), "{place}: text of what is no file"),
                }
            } else if !json.is_empty() || in_config && line.starts_with('{') {
                json.push_str(line);
                json.push('\n');
                if serde_json::from_str::<Value>(&json).is_ok() {
                    fixture = fixture.config_json_over(&json);
                    json.clear();
                }
            } else if !line.trim().is_empty() {
                assert!(in_config, "{place}: text before the first marker");
                let (key, value) = line.split_once(':').expect(&place);
                fixture = fixture.config_line(key.trim(), value.trim());
            }
        }
        fixture.close(open);
        assert!(json.is_empty(), "the JSON of `=== config` is not complete");
        fixture
    }

    fn close(&mut self, open: Option<(Entry, bool)>) {
        let Some((mut entry, newline)) = open else { return };
        if let Node::File(bytes) = &mut entry.node
            && !newline
        {
            bytes.pop();
        }
        if self.layers.is_empty() {
            self.layers.push(Layer::default());
        }
        self.layers.last_mut().unwrap().entries.push(entry);
    }

    /// One line of `=== config`. Keys: `tag` (repeatable), `platform`, `created`, `user`, `env`
    /// (repeatable, `NAME=value`), `cmd`, `entrypoint`, `shell`, `healthcheck` (each a JSON array, or
    /// text for `/bin/sh -c`), `workdir`, `stop-signal`, `label` (repeatable, `key=value`), `expose`,
    /// `volume`, `onbuild` (repeatable), `history` (an instruction that made no layer, above the layers
    /// so far; `history: none` leaves the history out).
    #[must_use]
    pub fn config_line(mut self, key: &str, value: &str) -> Self {
        let words = || -> Value {
            serde_json::from_str(value).unwrap_or_else(|_| json!(["/bin/sh", "-c", value]))
        };
        let text = || Value::String(value.to_owned());
        let push = |run: &mut Map<String, Value>, key: &str| {
            let list = run.entry(key).or_insert_with(|| json!([]));
            list.as_array_mut().unwrap().push(text());
        };
        let put = |run: &mut Map<String, Value>, map: &str, key: &str, value: Value| {
            run.entry(map).or_insert_with(|| json!({}))[key] = value;
        };
        let run = &mut self.run;
        match key {
            "tag" => self.tags.push(value.to_owned()),
            "platform" => self.platform = value.parse().unwrap(),
            "created" => value.clone_into(&mut self.created),
            "history" if value == "none" => self.history = false,
            "history" => self.empty.push((self.layers.len(), value.to_owned())),
            "env" => push(run, "Env"),
            "onbuild" => push(run, "OnBuild"),
            "user" => drop(run.insert("User".into(), text())),
            "workdir" => drop(run.insert("WorkingDir".into(), text())),
            "stop-signal" => drop(run.insert("StopSignal".into(), text())),
            "cmd" => drop(run.insert("Cmd".into(), words())),
            "entrypoint" => drop(run.insert("Entrypoint".into(), words())),
            "shell" => drop(run.insert("Shell".into(), words())),
            "healthcheck" => {
                run.insert("Healthcheck".into(), json!({ "Test": words() }));
            }
            "expose" => put(run, "ExposedPorts", value, json!({})),
            "volume" => put(run, "Volumes", value, json!({})),
            "label" => {
                let (key, value) = value.split_once('=').unwrap_or((value, ""));
                put(run, "Labels", key, json!(value));
            }
            other => panic!("`{other}` is no key of `=== config`"),
        }
        self
    }

    /// JSON that replaces keys of the configuration document, `null` included.
    #[must_use]
    pub fn config_json_over(mut self, json: &str) -> Self {
        self.over = Some(serde_json::from_str(json).unwrap());
        self
    }

    /// Adds a layer on top.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Adds a file to the top layer.
    #[must_use]
    pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.close(Some((Entry::file(path, bytes), true)));
        self
    }

    /// Stores every layer so.
    #[must_use]
    pub fn stored(mut self, compression: Compression) -> Self {
        self.layers.iter_mut().for_each(|layer| layer.compression = compression);
        self
    }

    /// Layers so far.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Tags so far.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Platform.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Builds it.
    #[must_use]
    pub fn build(self) -> BuiltImage {
        BuiltImage::new(self)
    }

    pub(crate) fn config_json(&self, layers: &[BuiltLayer]) -> Value {
        let mut history = Vec::new();
        for at in 0..=layers.len() {
            for (_, instruction) in self.empty.iter().filter(|(below, _)| *below == at) {
                history.push(json!({
                    "created": self.created, "created_by": instruction, "empty_layer": true,
                }));
            }
            if let Some(built) = layers.get(at) {
                history.push(json!({
                    "created": self.created, "created_by": built.layer.created_by,
                }));
            }
        }
        let diff_ids: Vec<_> = layers.iter().map(|layer| layer.diff_id.to_string()).collect();
        let mut value = json!({
            "created": self.created,
            "os": self.platform.os,
            "architecture": self.platform.architecture,
            "config": self.run,
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        if let Some(variant) = &self.platform.variant {
            value["variant"] = json!(variant);
        }
        if self.history {
            value["history"] = Value::Array(history);
        }
        if let Some(Value::Object(over)) = &self.over {
            for (key, part) in over {
                value[key] = part.clone();
            }
        }
        value
    }
}

fn dedent(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let common = text.lines().filter(|l| !l.trim().is_empty()).map(indent).min().unwrap_or(0);
    text.lines().map(|line| format!("{}\n", line.get(common..).unwrap_or_default())).collect()
}

fn layer_line(rest: &str, place: &str) -> Layer {
    let mut layer = Layer::default();
    let mut rest = rest.trim();
    loop {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        match word.split_once('=') {
            Some(("compression", "none")) => layer.compression = Compression::None,
            Some(("compression", "gzip")) => layer.compression = Compression::Gzip,
            Some(("compression", "zstd")) => layer.compression = Compression::Zstd,
            Some(("compression", other)) => panic!("{place}: compression `{other}`"),
            Some(("foreign", url)) => layer.foreign = Some(url.to_owned()),
            _ => break,
        }
        rest = after.trim_start();
    }
    rest.clone_into(&mut layer.created_by);
    layer
}

fn entry_line(rest: &str, place: &str) -> (Entry, bool) {
    let mut words = rest.split_whitespace().peekable();
    let path = words.next().expect(place);
    let node = match words.peek().copied() {
        Some("->") => {
            words.next();
            Node::Symlink(words.next().expect(place).to_owned())
        }
        Some("=>") => {
            words.next();
            let target = words.next().expect(place);
            Node::Hardlink(target.strip_prefix('/').unwrap_or(target).to_owned())
        }
        _ if path.ends_with('/') => Node::Dir,
        _ => Node::File(Vec::new()),
    };
    let mut entry = Entry::new(path, node);
    let mut newline = true;
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("mode", value) => entry.mode = u32::from_str_radix(value, 8).expect(place),
            ("uid", value) => entry.uid = value.parse().expect(place),
            ("gid", value) => entry.gid = value.parse().expect(place),
            ("mtime", value) => entry.mtime = value.parse().expect(place),
            ("size", value) => entry.claimed_size = Some(value.parse().expect(place)),
            ("type", "char") => entry.node = Node::Char,
            ("type", "block") => entry.node = Node::Block,
            ("type", "fifo") => entry.node = Node::Fifo,
            ("no-newline", _) => newline = false,
            _ => panic!("{place}: `{word}` is no attribute"),
        }
    }
    (entry, newline)
}
