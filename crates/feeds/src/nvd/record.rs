//! A record of the NVD's API and data feeds, version 2.0, as far as we use it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::cpe::Configuration;

/// An element of `vulnerabilities`.
#[derive(Deserialize)]
pub(super) struct Item {
    pub(super) cve: Cve,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cve {
    pub(super) id: String,
    #[serde(default)]
    pub(super) published: Option<String>,
    #[serde(default)]
    pub(super) last_modified: Option<String>,
    #[serde(default)]
    pub(super) vuln_status: Option<String>,
    #[serde(default)]
    pub(super) descriptions: Vec<Text>,
    /// By kind: `cvssMetricV31`; others than CVSS (`ssvcV203`) have another form.
    #[serde(default)]
    pub(super) metrics: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) weaknesses: Vec<Weakness>,
    #[serde(default)]
    pub(super) references: Vec<Reference>,
    #[serde(default)]
    pub(super) configurations: Vec<Configuration>,
}

#[derive(Deserialize)]
pub(super) struct Text {
    #[serde(default)]
    pub(super) lang: String,
    #[serde(default)]
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metric {
    pub(super) source: String,
    pub(super) cvss_data: CvssData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CvssData {
    #[serde(default)]
    pub(super) version: String,
    #[serde(default)]
    pub(super) vector_string: String,
}

#[derive(Deserialize)]
pub(super) struct Weakness {
    #[serde(default)]
    pub(super) description: Vec<Text>,
}

#[derive(Deserialize)]
pub(super) struct Reference {
    #[serde(default)]
    pub(super) url: String,
}
