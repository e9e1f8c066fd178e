//! Bills of materials that lie in an image: CycloneDX (JSON) and SPDX 2 (JSON). What they name is evidence of
//! what somebody put in, without a file of its own to show it.

use plimsoll_model::{Confidence, FileError, LayerFile, Package, PackageEvidence, PackageKind};
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, json, package};
use crate::purl;

#[cfg(test)]
mod tests;

/// Depth limit of nested components.
const MAX_DEPTH: usize = 16;

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "sbom",
    name: "Bills of materials",
    // And every other that a purl can name.
    kinds: &[PackageKind::Bitnami],
    osv: &["Bitnami"],
    files: &[
        FileForm {
            name: "*.cdx.json, bom.json, sbom.json, *.bom.json",
            evidence: PackageEvidence::Sbom,
            note: "CycloneDX; packages of languages by their purl, system packages are the package database's to tell",
        },
        FileForm {
            name: "*.spdx.json, *.spdx, .spdx-*.spdx",
            evidence: PackageEvidence::Sbom,
            note: "SPDX 2 in JSON, as Bitnami's images carry it; tag-value files are not read",
        },
    ],
};

fn role(path: &str) -> Option<()> {
    let name = path.rsplit('/').next()?;
    let is_bom = matches!(name, "bom.json" | "sbom.json")
        || [".cdx.json", ".bom.json", ".spdx.json", ".spdx"].iter().any(|end| name.ends_with(end));
    is_bom.then_some(())
}

fn read((): (), file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    // SPDX in its tag-value form shares a suffix with the JSON.
    if !file.bytes.trim_ascii_start().starts_with(b"{") {
        return Ok(());
    }
    let document: Value = json(file.bytes)?;
    if document.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX") {
        let components = document.get("components").and_then(Value::as_array);
        let mut open: Vec<(&Value, usize)> =
            components.into_iter().flatten().rev().map(|c| (c, 0)).collect();
        while let Some((component, depth)) = open.pop() {
            let text = |key: &str| component.get(key).and_then(Value::as_str).unwrap_or_default();
            add(text("purl"), licenses_of_cyclonedx(component), found);
            let below = component.get("components").and_then(Value::as_array);
            if depth < MAX_DEPTH {
                open.extend(below.into_iter().flatten().rev().map(|c| (c, depth + 1)));
            }
        }
    } else if document.get("spdxVersion").is_some() {
        for row in document.get("packages").and_then(Value::as_array).into_iter().flatten() {
            let references = row.get("externalRefs").and_then(Value::as_array);
            let purl = references.into_iter().flatten().find_map(|reference| {
                let kind = reference.get("referenceType")?.as_str()?;
                (kind == "purl").then(|| reference.get("referenceLocator")?.as_str()).flatten()
            });
            let license = row.get("licenseConcluded").and_then(Value::as_str);
            let license = license.filter(|l| !matches!(*l, "NOASSERTION" | "NONE"));
            add(purl.unwrap_or_default(), license.map(str::to_owned).into_iter().collect(), found);
        }
    }
    Ok(())
}

fn licenses_of_cyclonedx(component: &Value) -> Vec<String> {
    let licenses = component.get("licenses").and_then(Value::as_array).into_iter().flatten();
    let name = |entry: &Value| {
        let license = entry.get("license");
        let name = license.and_then(|l| l.get("id").or_else(|| l.get("name"))?.as_str());
        name.or_else(|| entry.get("expression")?.as_str()).map(str::to_owned)
    };
    licenses.filter_map(name).collect()
}

fn add(url: &str, licenses: Vec<String>, found: &mut Found) {
    let Some((kind, name, version)) = purl::parse(url) else { return };
    if kind.is_system() {
        return;
    }
    let mut package: Package = package(kind, &name, &version, PackageEvidence::Sbom);
    package.licenses = licenses;
    if let Some(app) = &mut package.app {
        app.confidence = Confidence::Medium;
    }
    found.push(package);
}
