//! Where Amazon's repositories are. A `mirror.list` names a repository by an address that changes with each of
//! its updates; the topics of Extras are listed in a catalogue.

use serde::Deserialize;

use crate::{
    FeedError, Http,
    fetch::{pages::pages, repomd::Repository},
};

/// Amazon Linux 1 is served from S3 by names that its certificates do not hold: there is no TLS.
pub(super) const FIRST_SERVER: &str = "http://repo.us-west-2.amazonaws.com/";

/// All later releases.
pub(super) const SERVER: &str = "https://cdn.amazonlinux.com/";

/// Architectures that have repositories of their own.
const ARCHES: [&str; 2] = ["x86_64", "aarch64"];

/// Repositories beside the core one, by release.
const OTHERS: [(&str, &str); 2] = [("2023", "kernel-livepatch"), ("2023", "nvidia")];

/// Most topics of the catalogue.
const MAX_TOPICS: usize = 1000;

/// `extras-catalog.json`
#[derive(Deserialize)]
struct Catalogue {
    topics: Vec<Topic>,
}

#[derive(Deserialize)]
struct Topic {
    n: String,
}

/// Asks for all repositories below the two servers.
pub(super) async fn repositories(
    http: &Http,
    first: &str,
    server: &str,
) -> Result<Vec<Repository>, FeedError> {
    let mut lists: Vec<(String, String)> = Vec::new();
    let arch = "x86_64";
    for repository in ["main", "updates"] {
        let url = format!("{first}2018.03/{repository}/{arch}/mirror.list");
        lists.push((url, format!("1/{repository}/{arch}")));
    }
    for arch in ARCHES {
        lists.push((format!("{server}2/core/latest/{arch}/mirror.list"), format!("2/core/{arch}")));
        for release in ["2022", "2023"] {
            lists.push((
                format!("{server}al{release}/core/mirrors/latest/{arch}/mirror.list"),
                format!("{release}/core/{arch}"),
            ));
        }
        for (release, repository) in OTHERS {
            lists.push((
                format!("{server}al{release}/{repository}/mirrors/latest/{arch}/mirror.list"),
                format!("{release}/{repository}/{arch}"),
            ));
        }
    }
    let catalogue = format!("{server}2/extras-catalog.json");
    if let Some(text) = http.page_if_there(&catalogue).await? {
        let topics = topics(&text).map_err(|e| FeedError::malformed(&catalogue, e))?;
        for topic in topics {
            for arch in ARCHES {
                lists.push((
                    format!("{server}2/extras/{topic}/latest/{arch}/mirror.list"),
                    format!("2/extras/{topic}/{arch}"),
                ));
            }
        }
    }
    let urls: Vec<String> = lists.iter().map(|(url, _)| url.clone()).collect();
    let mut all = Vec::new();
    for ((url, folder), page) in lists.into_iter().zip(pages(http, &urls).await?) {
        let Some(page) = page else { continue };
        let address = mirror(&page)
            .ok_or_else(|| FeedError::malformed(url, "the list of mirrors names none"))?;
        all.push(Repository::new(address, folder));
    }
    Ok(all)
}

/// The first address of a list of mirrors; all lead to the same content.
fn mirror(page: &str) -> Option<&str> {
    let mut lines = page.lines().map(str::trim);
    lines.find(|line| line.starts_with("https://") || line.starts_with("http://"))
}

fn topics(text: &str) -> Result<Vec<String>, String> {
    let catalogue: Catalogue = serde_json::from_str(text).map_err(|e| e.to_string())?;
    if catalogue.topics.len() > MAX_TOPICS {
        return Err(format!("more than {MAX_TOPICS} topics"));
    }
    let mut all: Vec<String> = catalogue.topics.into_iter().map(|t| t.n).collect();
    all.retain(|name| crate::fetch::is_plain_path(name) && !name.contains('/'));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_catalogues() {
        let list = "\nhttp://packages.us-west-2.example.org/2018.03/updates/c539/x86_64\nhttp://b/";
        assert_eq!(
            mirror(list),
            Some("http://packages.us-west-2.example.org/2018.03/updates/c539/x86_64")
        );
        assert_eq!(mirror("<html>"), None);
        let text =
            r#"{"version":1,"topics":[{"n":"kernel-5.15","inst":[]},{"n":"../x"},{"n":"R3.4"}]}"#;
        assert_eq!(topics(text).unwrap(), ["kernel-5.15", "R3.4"]);
        assert!(topics("{}").is_err() && topics("invalid").is_err());
    }
}
