//! What is used of a CSAF document. Texts are borrowed from the document's bytes where they have no escapes:
//! a kernel flaw's document repeats its product ids many thousand times.

use std::{borrow::Cow, ops::Deref};

use serde::Deserialize;

/// A text of the document.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Document<'a> {
    #[serde(borrow, rename = "document")]
    pub(crate) head: Head<'a>,
    #[serde(borrow, default)]
    pub(crate) product_tree: ProductTree<'a>,
    #[serde(borrow, default)]
    pub(crate) vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Head<'a> {
    #[serde(borrow, default)]
    pub(crate) csaf_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) aggregate_severity: Option<AggregateSeverity<'a>>,
    #[serde(borrow, default)]
    pub(crate) title: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) tracking: Tracking<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AggregateSeverity<'a> {
    #[serde(borrow)]
    pub(crate) text: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Tracking<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) status: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) initial_release_date: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) current_release_date: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ProductTree<'a> {
    #[serde(borrow, default)]
    pub(crate) branches: Vec<Branch<'a>>,
    #[serde(borrow, default)]
    pub(crate) full_product_names: Vec<FullProductName<'a>>,
    #[serde(borrow, default)]
    pub(crate) product_groups: Vec<ProductGroup<'a>>,
    #[serde(borrow, default)]
    pub(crate) relationships: Vec<Relationship<'a>>,
}

/// The reader of JSON refuses more than 128 levels, which bounds the recursion of this type.
#[derive(Debug, Deserialize)]
pub(crate) struct Branch<'a> {
    #[serde(borrow, default)]
    pub(crate) category: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) name: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) product: Option<FullProductName<'a>>,
    #[serde(borrow, default)]
    pub(crate) branches: Vec<Branch<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct FullProductName<'a> {
    #[serde(borrow, default)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) product_id: Text<'a>,
    #[serde(borrow, default, rename = "product_identification_helper")]
    pub(crate) helper: Option<Helper<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Helper<'a> {
    #[serde(borrow, default)]
    pub(crate) cpe: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) purl: Option<Text<'a>>,
    /// Version 2.1 of the standard has a list.
    #[serde(borrow, default)]
    pub(crate) purls: Vec<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ProductGroup<'a> {
    #[serde(borrow)]
    pub(crate) group_id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) product_ids: Vec<Text<'a>>,
}

/// `default_component_of`, `installed_on` …: each makes one product of two.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Relationship<'a> {
    #[serde(borrow)]
    pub(crate) full_product_name: FullProductName<'a>,
    #[serde(borrow)]
    pub(crate) product_reference: Text<'a>,
    #[serde(borrow)]
    pub(crate) relates_to_product_reference: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Vulnerability<'a> {
    #[serde(borrow, default)]
    pub(crate) cve: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) ids: Vec<OtherId<'a>>,
    #[serde(borrow, default)]
    pub(crate) title: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) cwe: Option<Weakness<'a>>,
    /// Version 2.1 of the standard has a list.
    #[serde(borrow, default)]
    pub(crate) cwes: Vec<Weakness<'a>>,
    #[serde(borrow, default)]
    pub(crate) notes: Vec<Note<'a>>,
    #[serde(borrow, default)]
    pub(crate) references: Vec<Reference<'a>>,
    #[serde(borrow, default)]
    pub(crate) release_date: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) product_status: ProductStatus<'a>,
    #[serde(borrow, default)]
    pub(crate) remediations: Vec<Remediation<'a>>,
    #[serde(borrow, default)]
    pub(crate) scores: Vec<Score<'a>>,
    /// What scores are called in version 2.1 of the standard.
    #[serde(borrow, default)]
    pub(crate) metrics: Vec<Metric<'a>>,
    #[serde(borrow, default)]
    pub(crate) threats: Vec<Threat<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OtherId<'a> {
    #[serde(borrow, default)]
    pub(crate) text: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Weakness<'a> {
    #[serde(borrow, default)]
    pub(crate) id: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Note<'a> {
    #[serde(borrow, default)]
    pub(crate) category: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) text: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Reference<'a> {
    #[serde(borrow, default)]
    pub(crate) url: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProductStatus<'a> {
    #[serde(borrow)]
    pub(crate) first_affected: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) first_fixed: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) fixed: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) known_affected: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) known_not_affected: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) last_affected: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) recommended: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) under_investigation: Vec<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Remediation<'a> {
    #[serde(borrow, default)]
    pub(crate) category: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) details: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) date: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) url: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) product_ids: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub(crate) group_ids: Option<Vec<Text<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Score<'a> {
    #[serde(borrow, default)]
    pub(crate) products: Vec<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) cvss_v2: Option<Cvss<'a>>,
    #[serde(borrow, default)]
    pub(crate) cvss_v3: Option<Cvss<'a>>,
    #[serde(borrow, default)]
    pub(crate) cvss_v4: Option<Cvss<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Metric<'a> {
    #[serde(borrow, default)]
    pub(crate) products: Vec<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) content: Vectors<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Vectors<'a> {
    #[serde(borrow, default)]
    pub(crate) cvss_v2: Option<Cvss<'a>>,
    #[serde(borrow, default)]
    pub(crate) cvss_v3: Option<Cvss<'a>>,
    #[serde(borrow, default)]
    pub(crate) cvss_v4: Option<Cvss<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Cvss<'a> {
    #[serde(borrow, default, rename = "vectorString")]
    pub(crate) vector: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Threat<'a> {
    #[serde(borrow, default)]
    pub(crate) category: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) details: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) product_ids: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub(crate) group_ids: Option<Vec<Text<'a>>>,
}
