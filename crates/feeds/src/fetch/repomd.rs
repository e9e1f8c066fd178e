//! `repodata/repomd.xml`, the table of contents of an RPM repository: where its updateinfo is, and which digest
//! it has. It changes with every change of the repository, so that it stands for all of it.

use quick_xml::{Reader, XmlVersion, events::Event};

use super::{Expected, Http, Wanted, is_plain_path, pages};
use crate::FeedError;

/// Most files that a repository may name.
pub const MAX_DATA: usize = 1000;

/// Deepest element.
const MAX_DEPTH: usize = 16;

/// Longest text of an element that matters.
const MAX_TEXT: usize = 1024;

/// A `<data>`: a file of the repository's metadata.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Data {
    /// `primary`, `updateinfo`, `modules` …
    pub kind: String,
    /// Its path below the repository.
    pub href: String,
    /// Its digest.
    pub expected: Expected,
    /// When it was made, in seconds since 1970.
    pub timestamp: Option<i64>,
}

/// Reads a table of contents.
///
/// # Errors
/// Where it is none, or names no file at all.
pub fn read(bytes: &[u8]) -> Result<Vec<Data>, String> {
    let mut xml = Reader::from_reader(bytes);
    let mut path: Vec<String> = Vec::new();
    let mut all: Vec<Data> = Vec::new();
    let mut text = String::new();
    let mut is_sha256 = false;
    let mut buffer = Vec::new();
    loop {
        let event = xml.read_event_into(&mut buffer).map_err(|e| e.to_string())?;
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                if path.is_empty() && name != "repomd" {
                    return Err("no `repomd` element".into());
                }
                let attribute = |wanted: &str| -> Result<String, String> {
                    for attribute in start.attributes() {
                        let attribute = attribute.map_err(|e| e.to_string())?;
                        if attribute.key.as_ref() == wanted {
                            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                            return Ok(value.map_err(|e| e.to_string())?.trim().to_owned());
                        }
                    }
                    Ok(String::new())
                };
                match (path.len(), name.as_str()) {
                    (1, "data") => {
                        all.push(Data { kind: attribute("type")?, ..Data::default() });
                    }
                    (2, "location") => {
                        if let Some(data) = all.last_mut() {
                            data.href = attribute("href")?;
                        }
                    }
                    (2, "checksum") => is_sha256 = attribute("type")? == "sha256",
                    _ => {}
                }
                if all.len() > MAX_DATA || path.len() > MAX_DEPTH {
                    return Err("more files or deeper elements than any repository has".into());
                }
                text.clear();
                if !is_empty {
                    path.push(name);
                }
            }
            Event::Text(more) => {
                let more = more.xml10_content();
                if path.len() == 3 && text.len().saturating_add(more.len()) <= MAX_TEXT {
                    text.push_str(&more);
                }
            }
            Event::End(_) => {
                let name = path.pop().unwrap_or_default();
                if let Some(data) = all.last_mut().filter(|_| path.len() == 2) {
                    match name.as_str() {
                        "checksum" if is_sha256 => data.expected = Expected::sha256(&text),
                        "timestamp" => {
                            // Older tools write fractions of a second.
                            let whole = text.trim().split('.').next().unwrap_or_default();
                            data.timestamp = whole.parse().ok();
                        }
                        _ => {}
                    }
                }
                text.clear();
            }
            Event::Eof if path.is_empty() => break,
            Event::Eof => return Err("the file ends early".into()),
            _ => {}
        }
        buffer.clear();
    }
    if all.is_empty() {
        return Err("it names no file".into());
    }
    Ok(all)
}

/// A repository whose updateinfo is wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Repository {
    /// Its address; ends in `/`.
    pub url: String,
    /// Folder below the feed's for its file.
    pub folder: String,
}

impl Repository {
    /// A repository at an address.
    #[must_use]
    pub fn new(url: impl Into<String>, folder: impl Into<String>) -> Self {
        let mut url = url.into();
        if !url.ends_with('/') {
            url.push('/');
        }
        Self { url, folder: folder.into() }
    }
}

/// The repository that a mirror's address itself is, where it is one and not the folder of several.
///
/// # Errors
/// Where the address cannot be reached.
pub async fn is_repository(http: &Http, url: &str) -> Result<Option<Repository>, FeedError> {
    let page = http.page_if_there(&format!("{url}repodata/repomd.xml")).await?;
    Ok(page.map(|_| Repository::new(url, "")))
}

/// The updateinfo of each repository that is there and has one.
///
/// # Errors
/// Where a table of contents cannot be had or read.
pub async fn updateinfos(
    http: &Http,
    repositories: &[Repository],
) -> Result<Vec<Wanted>, FeedError> {
    let urls: Vec<String> =
        repositories.iter().map(|r| format!("{}repodata/repomd.xml", r.url)).collect();
    let mut wanted = Vec::new();
    for (repository, (url, page)) in
        repositories.iter().zip(urls.iter().zip(pages::pages(http, &urls).await?))
    {
        let Some(page) = page else { continue };
        let found = updateinfo(repository, &page);
        wanted.extend(found.map_err(|message| FeedError::malformed(url, message))?);
    }
    Ok(wanted)
}

fn updateinfo(repository: &Repository, page: &str) -> Result<Option<Wanted>, String> {
    let all = read(page.as_bytes())?;
    // Beside it may stand the same in another compression, as `updateinfo_zck`.
    let Some(data) = all.into_iter().find(|d| d.kind == "updateinfo") else { return Ok(None) };
    if !is_plain_path(&data.href) {
        return Err(format!("`{}` is no path below the repository", data.href));
    }
    // `<digest>-updateinfo.xml.xz` gets a new name with every change; ours stays.
    let leaf = data.href.rsplit('/').next().unwrap_or_default();
    let ending = leaf.rsplit_once(".xml").map_or("", |(_, ending)| ending);
    let folder = match repository.folder.as_str() {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let file = format!("{folder}updateinfo.xml{ending}");
    Ok(Some(Wanted::new(format!("{}{}", repository.url, data.href), file).expected(data.expected)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = r#"<?xml version="1.0"?><repomd xmlns="http://linux.duke.edu/metadata/repo">
      <revision>1</revision><data type="primary"><location href="repodata/p.xml.gz"/></data>
      <data type="updateinfo">
        <checksum type="sha256">e6f569f8ed2246a6b06c0fef7cfd71560df02781327e31c38396ed358d591d48</checksum>
        <open-checksum type="sha256">d00ca5a4fa4b40ea884c4510c76194c4b13da46fdf5863bcc81615efd7b1eafa</open-checksum>
        <location href="repodata/e6f5-updateinfo.xml.gz"/><timestamp>1569972326.5</timestamp></data></repomd>"#;

    #[test]
    fn the_updateinfo_is_found_with_its_digest() {
        let all = read(GOOD.as_bytes()).unwrap();
        assert_eq!((all.len(), all[1].timestamp), (2, Some(1_569_972_326)));
        let repository = Repository::new("https://example.org/8/os", "8");
        let wanted = updateinfo(&repository, GOOD).unwrap().unwrap();
        assert_eq!(wanted.url, "https://example.org/8/os/repodata/e6f5-updateinfo.xml.gz");
        assert_eq!(wanted.file, "8/updateinfo.xml.gz");
        assert!(matches!(wanted.expected, Expected::Sha256(d) if d.starts_with("e6f569f8")));
        let none = GOOD.replace("\"updateinfo\"", "\"updateinfo_zck\"");
        assert_eq!(updateinfo(&repository, &none), Ok(None));
        let sha1 = GOOD.replace("<checksum type=\"sha256\"", "<checksum type=\"sha\"");
        assert_eq!(read(sha1.as_bytes()).unwrap()[1].expected, Expected::Unknown);
        let out = GOOD.replace("repodata/e6f5", "../e6f5");
        assert!(updateinfo(&repository, &out).is_err());
    }

    #[test]
    fn what_is_no_table_of_contents_is_refused() {
        let unclosed = GOOD.replace("</repomd>", "");
        for text in ["", "<repomd></repomd>", "<html><data/></html>", "invalid", &unclosed] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for head in ["", "<repomd><data type='updateinfo'><checksum type='sha256'>", "<repomd><data>"] {
                let _ = read(&[head.as_bytes(), &bytes].concat());
            }
        }
    }
}
