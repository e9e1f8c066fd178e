//! What is used of an OpenVEX document.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) metadata: Metadata,
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) timestamp: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Statement {
    pub(super) vulnerability: Vulnerability,
    #[serde(default)]
    pub(super) timestamp: String,
    #[serde(default)]
    pub(super) products: Vec<Product>,
    pub(super) status: String,
    pub(super) action_statement: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Vulnerability {
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// The flaws of a notice.
    #[serde(default)]
    pub(super) aliases: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Product {
    #[serde(rename = "@id")]
    pub(super) id: String,
}
