//! The main section of `META-INF/MANIFEST.MF` (JAR File Specification): `Name: value` lines of at most 72
//! bytes, continued by lines that begin with a space.

/// Most bytes of a manifest that are read: a signed jar lists a digest for each class behind the main
/// section, in megabytes.
pub(super) const MAX_MANIFEST: usize = 256 << 10;

/// Longest value that is kept.
const MAX_VALUE: usize = 1024;

/// What a manifest says about the jar.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Manifest {
    pub(super) implementation_title: Option<String>,
    pub(super) implementation_version: Option<String>,
    pub(super) implementation_vendor: Option<String>,
    pub(super) implementation_vendor_id: Option<String>,
    pub(super) specification_title: Option<String>,
    pub(super) specification_version: Option<String>,
    pub(super) bundle_symbolic_name: Option<String>,
    pub(super) bundle_version: Option<String>,
    pub(super) bundle_vendor: Option<String>,
    pub(super) bundle_license: Option<String>,
    pub(super) automatic_module_name: Option<String>,
    /// Jenkins: `Group-Id`.
    pub(super) group_id: Option<String>,
    /// Jenkins: `Short-Name`, the plugin's artifact.
    pub(super) short_name: Option<String>,
    /// Jenkins: `Plugin-Version`.
    pub(super) plugin_version: Option<String>,
}

impl Manifest {
    /// Reads the main section; what is no field is passed over.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut manifest = Self::default();
        let mut name: Vec<u8> = Vec::new();
        let mut value: Vec<u8> = Vec::new();
        let mut begun = false;
        for line in lines(bytes) {
            if let Some(more) = line.strip_prefix(b" ") {
                value.extend(more.iter().take(MAX_VALUE.saturating_sub(value.len())));
                continue;
            }
            manifest.set(&name, &value);
            name.clear();
            value.clear();
            if line.is_empty() {
                // Some tools leave a blank line at the beginning.
                if begun {
                    break;
                }
                continue;
            }
            begun = true;
            if let Some(colon) = line.iter().position(|&c| c == b':') {
                name.extend(line[..colon].iter().take(70).map(u8::to_ascii_lowercase));
                value.extend(line[colon + 1..].iter().take(MAX_VALUE));
            }
        }
        manifest.set(&name, &value);
        manifest
    }

    fn set(&mut self, name: &[u8], value: &[u8]) {
        let slot = match name {
            b"implementation-title" => &mut self.implementation_title,
            b"implementation-version" => &mut self.implementation_version,
            b"implementation-vendor" => &mut self.implementation_vendor,
            b"implementation-vendor-id" => &mut self.implementation_vendor_id,
            b"specification-title" => &mut self.specification_title,
            b"specification-version" => &mut self.specification_version,
            b"bundle-symbolicname" => &mut self.bundle_symbolic_name,
            b"bundle-version" => &mut self.bundle_version,
            b"bundle-vendor" => &mut self.bundle_vendor,
            b"bundle-license" => &mut self.bundle_license,
            b"automatic-module-name" => &mut self.automatic_module_name,
            b"group-id" => &mut self.group_id,
            b"short-name" => &mut self.short_name,
            b"plugin-version" => &mut self.plugin_version,
            _ => return,
        };
        let text = String::from_utf8_lossy(value);
        let text = text.trim();
        if slot.is_none() && !text.is_empty() && !text.contains("${") {
            *slot = Some(text.to_owned());
        }
    }

    /// The version it names, the most specific field first. OSGi puts a dot where Maven has a dash, so its
    /// field comes last but for the specification's.
    pub(super) fn version(&self) -> Option<&str> {
        [&self.plugin_version, &self.implementation_version, &self.bundle_version]
            .into_iter()
            .chain([&self.specification_version])
            .flatten()
            .filter_map(|text| text.split_whitespace().next())
            .find(|text| super::is_version(text))
    }

    /// OSGi's name of the bundle, without directives.
    pub(super) fn bundle_name(&self) -> Option<&str> {
        let name = self.bundle_symbolic_name.as_deref()?.split(';').next()?.trim();
        (!name.is_empty()).then_some(name)
    }

    /// Whether the jar is a part of the Java runtime itself.
    pub(super) fn is_runtime(&self) -> bool {
        self.implementation_title.as_deref() == Some("Java Runtime Environment")
            || self
                .specification_title
                .as_deref()
                .is_some_and(|title| title.starts_with("Java Platform API"))
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let Some(end) = bytes.iter().position(|&c| c == b'\n' || c == b'\r') else {
            rest = None;
            return Some(bytes);
        };
        let next = if bytes[end..].starts_with(b"\r\n") { end + 2 } else { end + 1 };
        rest = Some(&bytes[next..]);
        Some(&bytes[..end])
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folded_lines_are_joined_and_later_sections_do_not_count() {
        let text = "Manifest-Version: 1.0\r\nImplementation-Title: a-very-long-na\r\n me\r\n\
            Bundle-SymbolicName: org.example.a;singleton:=true\r\nimplementation-version: 2.0 (x)\r\n\
            Implementation-Vendor: ${vendor}\r\n\r\nName: a/B.class\r\nBundle-Version: 9\r\n";
        let manifest = Manifest::parse(text.as_bytes());
        assert_eq!(manifest.implementation_title.as_deref(), Some("a-very-long-name"));
        assert_eq!(manifest.bundle_name(), Some("org.example.a"));
        assert_eq!(manifest.version(), Some("2.0"));
        assert_eq!((manifest.bundle_version, manifest.implementation_vendor), (None, None));
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Manifest::parse(&bytes).version();
        }
    }
}
