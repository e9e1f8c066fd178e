//! A Maven project file: whose coordinates may come from its parent and its properties.

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

/// Largest project file that is read.
pub(super) const MAX_POM: usize = 4 << 20;

/// Deepest element.
const MAX_DEPTH: usize = 64;

/// Most dependencies, properties and licences that are kept, each.
const MAX_ITEMS: usize = 2000;

/// Longest text of an element that is kept.
const MAX_TEXT: usize = 1024;

/// Most replacements of `${…}` in one text.
const MAX_REPLACED: usize = 16;

/// What a project file says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Pom {
    group: String,
    artifact: String,
    version: String,
    parent_group: String,
    parent_version: String,
    properties: Vec<(String, String)>,
    licenses: Vec<String>,
    dependencies: Vec<Dependency>,
    managed: Vec<Dependency>,
}

/// A dependency as it is written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Dependency {
    pub(super) group: String,
    pub(super) artifact: String,
    /// Empty where the file leaves it to its parent or to a bill of materials.
    pub(super) version: String,
    pub(super) scope: String,
    pub(super) optional: bool,
}

/// Not a project file, or cut off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NoPom;

impl Pom {
    /// Reads a project file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NoPom> {
        // Whatever it declares: coordinates are ASCII.
        let text = String::from_utf8_lossy(bytes);
        let mut xml = Reader::from_str(&text);
        let mut pom = Self::default();
        let mut path: Vec<String> = Vec::new();
        let mut content = String::new();
        let mut item = Dependency::default();
        let mut seen = false;
        loop {
            match xml.read_event().map_err(|_| NoPom)? {
                Event::Start(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    if path.len() >= MAX_DEPTH || (path.is_empty() && name != "project") {
                        return Err(NoPom);
                    }
                    seen = true;
                    path.push(name);
                    content.clear();
                }
                Event::End(_) => {
                    pom.element(&path, content.trim(), &mut item);
                    path.pop();
                    content.clear();
                }
                Event::Text(text) => push(&mut content, &text.xml10_content()),
                Event::CData(text) => push(&mut content, &text.xml10_content()),
                Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                    Ok(Some(c)) => push(&mut content, c.encode_utf8(&mut [0; 4])),
                    _ => push(&mut content, resolve_predefined_entity(&entity).unwrap_or_default()),
                },
                Event::Eof if seen && path.is_empty() => return Ok(pom),
                Event::Eof => return Err(NoPom),
                _ => {}
            }
        }
    }

    fn element(&mut self, path: &[String], text: &str, item: &mut Dependency) {
        let [_, inner @ ..] = path else { return };
        let inner: Vec<&str> = inner.iter().map(String::as_str).collect();
        let own = |text: &str| text.to_owned();
        match inner[..] {
            ["groupId"] => self.group = own(text),
            ["artifactId"] => self.artifact = own(text),
            ["version"] => self.version = own(text),
            ["parent", "groupId"] => self.parent_group = own(text),
            ["parent", "version"] => self.parent_version = own(text),
            ["properties", name] if self.properties.len() < MAX_ITEMS => {
                self.properties.push((own(name), own(text)));
            }
            ["licenses", "license", "name"]
                if self.licenses.len() < MAX_ITEMS && !text.is_empty() =>
            {
                self.licenses.push(own(text));
            }
            ["dependencies", "dependency", field]
            | ["dependencyManagement", "dependencies", "dependency", field] => match field {
                "groupId" => item.group = own(text),
                "artifactId" => item.artifact = own(text),
                "version" => item.version = own(text),
                "scope" => item.scope = own(text),
                "optional" => item.optional = text == "true",
                _ => {}
            },
            ["dependencies", "dependency"] if self.dependencies.len() < MAX_ITEMS => {
                self.dependencies.push(std::mem::take(item));
            }
            ["dependencyManagement", "dependencies", "dependency"]
                if self.managed.len() < MAX_ITEMS =>
            {
                self.managed.push(std::mem::take(item));
            }
            _ => {}
        }
    }

    /// Its group, its own or its parent's.
    pub(super) fn group(&self) -> Option<String> {
        let group = if self.group.is_empty() { &self.parent_group } else { &self.group };
        self.resolve(group)
    }

    /// Its artifact.
    pub(super) fn artifact(&self) -> Option<String> {
        self.resolve(&self.artifact)
    }

    /// Its version, its own or its parent's.
    pub(super) fn version(&self) -> Option<String> {
        let version = if self.version.is_empty() { &self.parent_version } else { &self.version };
        self.resolve(version)
    }

    /// Names of its licences.
    pub(super) fn licenses(&self) -> &[String] {
        &self.licenses
    }

    /// What it needs, with properties replaced and versions from its own dependency management.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = Dependency> {
        self.dependencies.iter().filter_map(|dependency| {
            let group = self.resolve(&dependency.group)?;
            let artifact = self.resolve(&dependency.artifact)?;
            let managed = || {
                self.managed.iter().find(|managed| {
                    managed.artifact == dependency.artifact && managed.group == dependency.group
                })
            };
            let version = match dependency.version.as_str() {
                "" => managed().map_or("", |managed| &managed.version),
                version => version,
            };
            let scope = match dependency.scope.as_str() {
                "" => managed().map_or("", |managed| &managed.scope),
                scope => scope,
            };
            Some(Dependency {
                group,
                artifact,
                version: self.resolve(version).unwrap_or_default(),
                scope: scope.to_owned(),
                optional: dependency.optional,
            })
        })
    }

    /// `text` with its properties replaced; `None` where it is empty or one is unknown.
    fn resolve(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for _ in 0..MAX_REPLACED {
            let Some(start) = text.find("${") else {
                return (!text.is_empty()).then_some(text);
            };
            let end = start + text[start..].find('}')?;
            let value = self.property(&text[start + 2..end])?;
            text.replace_range(start..=end, value);
            if text.len() > MAX_TEXT {
                return None;
            }
        }
        None
    }

    fn property(&self, name: &str) -> Option<&str> {
        let plain = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom."));
        let first = |own, parent| [own, parent].into_iter().find(|text: &&str| !text.is_empty());
        match plain.unwrap_or(name) {
            "groupId" => first(self.group.as_str(), self.parent_group.as_str()),
            "version" => first(self.version.as_str(), self.parent_version.as_str()),
            "artifactId" => first(self.artifact.as_str(), ""),
            "parent.groupId" => first(self.parent_group.as_str(), ""),
            "parent.version" => first(self.parent_version.as_str(), ""),
            _ => self
                .properties
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str()),
        }
    }
}

fn push(content: &mut String, text: &str) {
    if content.len() + text.len() <= MAX_TEXT {
        content.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHILD: &str = r#"<?xml version="1.0"?><!-- a licence -->
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>3</version></parent>
          <artifactId>child</artifactId>
          <properties><lib.version>1.${minor}</lib.version><minor>7</minor><loop>${loop}x</loop></properties>
          <licenses><license><name>A &amp; B</name></license></licenses>
          <dependencyManagement><dependencies>
            <dependency><groupId>g</groupId><artifactId>managed</artifactId><version>9</version><scope>test</scope></dependency>
          </dependencies></dependencyManagement>
          <dependencies>
            <dependency><groupId>${project.groupId}</groupId><artifactId>lib</artifactId><version>${lib.version}</version></dependency>
            <dependency><groupId>g</groupId><artifactId>managed</artifactId></dependency>
            <dependency><groupId>g</groupId><artifactId>unknown</artifactId><version>${nowhere}</version><optional>true</optional>
              <exclusions><exclusion><groupId>not</groupId><artifactId>this</artifactId></exclusion></exclusions></dependency>
            <dependency><groupId>g</groupId><artifactId>endless</artifactId><version>${loop}</version></dependency>
          </dependencies>
        </project>"#;

    #[test]
    fn coordinates_come_from_parent_and_properties() {
        let pom = Pom::parse(CHILD.as_bytes()).unwrap();
        assert_eq!(pom.group().as_deref(), Some("org.example"));
        assert_eq!(pom.artifact().as_deref(), Some("child"));
        assert_eq!(pom.version().as_deref(), Some("3"));
        assert_eq!(pom.licenses(), ["A & B"]);
        let all: Vec<_> = pom.dependencies().collect();
        let rows: Vec<_> = all
            .iter()
            .map(|d| (&d.group[..], &d.artifact[..], &d.version[..], &d.scope[..], d.optional))
            .collect();
        assert_eq!(
            rows,
            [
                ("org.example", "lib", "1.7", "", false),
                ("g", "managed", "9", "test", false),
                ("g", "unknown", "", "", true),
                ("g", "endless", "", "", false),
            ]
        );
    }

    #[test]
    fn what_is_no_project_is_refused() {
        for text in ["", "<html></html>", "<project><version>1</version>", "no xml"] {
            assert_eq!(Pom::parse(text.as_bytes()), Err(NoPom), "{text}");
        }
        let deep = format!("<project>{}", "<a>".repeat(100));
        assert_eq!(Pom::parse(deep.as_bytes()), Err(NoPom));
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Pom::parse(&bytes);
        }

        #[test]
        fn any_elements_never_panic(text in "(<(/?)(project|parent|groupId|version|dependency|properties|a)>|\\$\\{[a-z.]{0,9}\\}|x){0,30}") {
            if let Ok(pom) = Pom::parse(format!("<project>{text}</project>").as_bytes()) {
                let _ = (pom.group(), pom.version(), pom.dependencies().count());
            }
        }
    }
}
