//! Fetches public advisories and turns each feed's own format into [`plimsoll_model::Advisory`].
//!
//! A feed is a folder: what it is ([`FeedMeta`]), how its files are fetched and how one of them is parsed.
//! Everything that feeds share (conditional downloads in [`fetch`], compressed files and archives in
//! [`input`], counting of good, skipped and bad records in [`Collector`]) lives outside those folders, so
//! that a new feed is a parser and a table of facts.
//!
//! This crate must not know how advisories are stored or matched: it never imports `vulndb`, and both meet
//! only on `Advisory`. Whatever it reads is hostile: all sizes are capped, all feeds stream, and one bad
//! record costs that record, never the feed.

pub mod alinux_oval;
pub mod almalinux_errata;
pub mod almalinux_osv;
pub mod alpine_secdb;
pub mod alpine_unfixed;
pub mod amazon_alas;
pub mod anolis_oval;
pub mod arch_security;
pub mod azurelinux_oval;
pub mod bottlerocket_updateinfo;
pub mod centos_updateinfo;
pub mod chainguard_secdb;
pub mod cisa_kev;
pub mod csaf;
pub mod debian_cve_list;
pub mod debian_elts;
pub mod debian_lists;
mod debian_series;
pub mod debian_tracker;
pub mod eol_dates;
pub mod epss;
pub mod fedora_updateinfo;
mod feed;
pub mod fetch;
pub mod ghsa;
pub mod input;
mod json_array;
mod language;
pub mod malware_hashes;
pub mod mariner_oval;
mod microsoft_oval;
pub mod nodejs_security_wg;
pub mod nvd;
pub mod nvd_scores;
mod openanolis_oval;
pub mod openeuler_csaf;
pub mod openeuler_cvrf;
pub mod oracle_oval;
pub mod osv;
pub mod oval;
pub mod photon_cve;
pub mod photon_oval;
pub mod php_friends;
mod precedence;
pub mod redhat_csaf_vex;
pub mod redhat_oval;
pub mod rocky_updateinfo;
pub mod rubysec;
pub mod rustsec;
#[cfg(test)]
mod sample;
pub mod secdb;
mod stats;
pub mod suse_csaf;
pub mod suse_cvrf;
pub mod suse_oval;
pub mod ubuntu_cve_tracker;
pub mod ubuntu_osv;
pub mod ubuntu_oval;
mod ubuntu_series;
pub mod ubuntu_usn;
pub mod ubuntu_vex;
pub mod updateinfo;
pub mod wolfi_secdb;

pub use feed::{Cursor, Feed, FeedError, FeedId, FeedMeta, Fetched, Origin, Upstream, Validator};
pub use fetch::{Http, Progress};
pub use precedence::{DEFAULT_PRIORITY, FILLS, priority};
pub use stats::{BadRecord, Collector, Stats};

/// Every feed, in the order of their ids.
#[must_use]
pub fn all() -> Vec<Box<dyn Feed>> {
    vec![
        Box::new(alinux_oval::AlinuxOval),
        Box::new(almalinux_errata::AlmalinuxErrata),
        Box::new(almalinux_osv::AlmalinuxOsv),
        Box::new(alpine_secdb::AlpineSecdb),
        Box::new(alpine_unfixed::AlpineUnfixed),
        Box::new(amazon_alas::AmazonAlas),
        Box::new(anolis_oval::AnolisOval),
        Box::new(arch_security::ArchSecurity),
        Box::new(azurelinux_oval::AzurelinuxOval),
        Box::new(bottlerocket_updateinfo::BottlerocketUpdateinfo),
        Box::new(centos_updateinfo::CentosUpdateinfo),
        Box::new(chainguard_secdb::ChainguardSecdb),
        Box::new(cisa_kev::CisaKev),
        Box::new(csaf::Csaf),
        Box::new(debian_cve_list::DebianCveList),
        Box::new(debian_elts::DebianElts),
        Box::new(debian_lists::DebianLists),
        Box::new(debian_tracker::DebianTracker),
        Box::new(eol_dates::EolDates),
        Box::new(epss::Epss),
        Box::new(fedora_updateinfo::FedoraUpdateinfo),
        Box::new(ghsa::Ghsa),
        Box::new(malware_hashes::MalwareHashes),
        Box::new(mariner_oval::MarinerOval),
        Box::new(nodejs_security_wg::NodejsSecurityWg),
        Box::new(nvd::Nvd),
        Box::new(nvd_scores::NvdScores),
        Box::new(openeuler_csaf::OpeneulerCsaf),
        Box::new(openeuler_cvrf::OpeneulerCvrf),
        Box::new(oracle_oval::OracleOval),
        Box::new(osv::Osv),
        Box::new(photon_cve::PhotonCve),
        Box::new(photon_oval::PhotonOval),
        Box::new(php_friends::PhpFriends),
        Box::new(redhat_csaf_vex::RedhatCsafVex),
        Box::new(redhat_oval::RedhatOval),
        Box::new(rocky_updateinfo::RockyUpdateinfo),
        Box::new(rubysec::Rubysec),
        Box::new(rustsec::Rustsec),
        Box::new(suse_csaf::SuseCsaf),
        Box::new(suse_cvrf::SuseCvrf),
        Box::new(suse_oval::SuseOval),
        Box::new(ubuntu_cve_tracker::UbuntuCveTracker),
        Box::new(ubuntu_osv::UbuntuOsv),
        Box::new(ubuntu_oval::UbuntuOval),
        Box::new(ubuntu_usn::UbuntuUsn),
        Box::new(ubuntu_vex::UbuntuVex),
        Box::new(wolfi_secdb::WolfiSecdb),
    ]
}

/// The feed with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<Box<dyn Feed>> {
    all().into_iter().find(|feed| feed.id() == id)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// A folder is a feed if its `mod.rs` implements the trait: such a folder must be listed.
    #[test]
    fn every_feed_folder_is_listed_once_and_in_order() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = BTreeSet::new();
        for entry in fs::read_dir(&src).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = fs::read_to_string(path.join("mod.rs")) else { continue };
            if text.contains("impl Feed for ") || text.contains("oval_feed!(") {
                let name = path.file_name().unwrap().to_str().unwrap().replace('_', "-");
                assert!(path.join("testdata").is_dir(), "{name} has no testdata/");
                folders.insert(name);
            }
        }
        let ids: Vec<&str> = all().iter().map(|f| f.id()).collect();
        let sorted: BTreeSet<String> = ids.iter().map(|&id| id.to_owned()).collect();
        assert_eq!(folders, sorted);
        assert!(ids.is_sorted() && sorted.len() == ids.len(), "{ids:?}");
    }

    #[test]
    fn every_feed_says_what_it_is() {
        for feed in all() {
            let meta = feed.meta();
            assert_eq!(by_id(meta.id).map(|f| f.id()), Some(meta.id));
            for text in [meta.title, meta.homepage, meta.licence] {
                assert!(!text.is_empty(), "{}", meta.id);
            }
            for upstream in meta.upstream {
                assert!(upstream.url.starts_with("https://"), "{}", upstream.url);
                assert!(!upstream.file.contains(".."), "{}", upstream.file);
            }
        }
    }
}
