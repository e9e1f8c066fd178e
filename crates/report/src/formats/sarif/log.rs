//! The part of SARIF 2.1.0's object model that we write, by the standard's own names (OASIS, section 3).
//!
//! A crate of types for all of SARIF exists; generating them costs more build time than the whole of this
//! crate, and of some 60 types these are needed.

use std::collections::BTreeMap;

use plimsoll_model::UrgencyLevel;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Log<'a> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a> {
    pub(super) tool: SarifTool<'a>,
    pub(super) invocations: [Invocation<'a>; 1],
    pub(super) original_uri_base_ids: BTreeMap<&'static str, Description>,
    pub(super) results: Vec<Result<'a>>,
    pub(super) properties: RunProperties<'a>,
}

#[derive(Serialize)]
pub(super) struct Description {
    pub(super) description: Message,
}

#[derive(Serialize)]
pub(super) struct RunProperties<'a> {
    pub(super) image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
    pub(super) verdict: String,
}

#[derive(Serialize)]
pub(super) struct SarifTool<'a> {
    pub(super) driver: Driver<'a>,
}

#[derive(Serialize)]
pub(super) struct Driver<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule<'a> {
    pub(super) id: &'a str,
    pub(super) short_description: Message,
    pub(super) full_description: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<&'a str>,
    pub(super) properties: RuleProperties,
}

#[derive(Serialize)]
pub(super) struct RuleProperties {
    /// GitHub's property: documentation of code scanning, "SARIF support", `reportingDescriptor`.
    #[serde(rename = "security-severity")]
    pub(super) security_severity: String,
    pub(super) tags: [&'static str; 3],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    pub(super) execution_successful: bool,
    pub(super) end_time_utc: String,
    pub(super) tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
pub(super) struct Notification<'a> {
    pub(super) level: &'static str,
    pub(super) message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result<'a> {
    pub(super) rule_id: &'a str,
    pub(super) rule_index: usize,
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: Vec<Location<'a>>,
    pub(super) partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) suppressions: Vec<SarifSuppression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) properties: Option<Properties>,
}

/// Tells a result of one run from the others of the same rule, and finds it again in the next run: no
/// version is in it.
#[derive(Serialize)]
pub(super) struct Fingerprints {
    #[serde(rename = "plimsollFinding/v1")]
    pub(super) finding: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties {
    pub(super) urgency: UrgencyLevel,
    pub(super) urgency_score: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    pub(super) physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) logical_locations: Vec<LogicalLocation<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
    pub(super) region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation {
    pub(super) uri: String,
    pub(super) uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation<'a> {
    pub(super) fully_qualified_name: &'a str,
    pub(super) kind: &'static str,
}

#[derive(Serialize)]
pub(super) struct SarifSuppression {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) justification: String,
}

/// Text. In SARIF's messages `{0}` stands for an argument and `[…](…)` for a link, so braces are doubled
/// and brackets escaped (sections 3.11.5 and 3.11.6).
#[derive(Serialize)]
pub(super) struct Message {
    text: String,
}

impl Message {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        let mut escaped = String::with_capacity(text.as_ref().len());
        for c in text.as_ref().chars() {
            match c {
                '{' => escaped.push_str("{{"),
                '}' => escaped.push_str("}}"),
                '[' | ']' | '\\' => {
                    escaped.push('\\');
                    escaped.push(c);
                }
                c => escaped.push(c),
            }
        }
        Self { text: escaped }
    }
}
