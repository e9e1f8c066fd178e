//! From what rules found to findings of the report.

use plimsoll_model::{
    Detection, DetectionInfo, Evidence, Finding, Fix, FixKind, Inventory, LayerRef,
    PlacedDetection, RiskKind, Suppression, SuppressionSource,
};

/// A finding for each detection of the inventory.
pub(super) fn findings(inventory: &Inventory) -> Vec<Finding> {
    inventory.detections.iter().map(|placed| finding(inventory, placed)).collect()
}

/// The finding that a detection is.
pub(super) fn finding(inventory: &Inventory, placed: &PlacedDetection) -> Finding {
    let Detection { kind, rule, severity, title, advice, .. } = &placed.detection;
    let detection = &placed.detection;
    let mut text = advice.clone();
    if let Some(above) = placed.hidden_by {
        text = format!(
            "layer {above} hides the file, but everybody who has the image can still pull it out of layer {}: \
             deleting it in a later instruction does not help, the instruction that brings it must go. {text}",
            placed.layer.unwrap_or_default(),
        );
    }
    let fix = Fix { kind: FixKind::Advice, commands: Vec::new(), advice: text.trim().to_owned() };
    let mut finding = Finding::new(*kind, rule, *severity, title, fix);
    finding.aliases.clone_from(&detection.aliases);
    finding.description = Some(detection.description.clone()).filter(|text| !text.is_empty());
    finding.path.clone_from(&placed.path);
    finding.layer = placed.layer.and_then(|index| layer(inventory, index));
    finding.evidence = detection.sightings.iter().cloned().map(Evidence::from).collect();
    finding.references.clone_from(&detection.references);
    finding.detection = Some(Box::new(DetectionInfo {
        class: detection.class.clone(),
        confidence: detection.confidence,
        inside: detection.inside.clone(),
        config_field: placed.config_field.clone(),
        hidden_by: placed.hidden_by,
        fingerprint: detection.fingerprint.clone(),
        file: detection.file.clone(),
        setting: detection.setting.clone(),
    }));
    if let (RiskKind::SensitiveFile, Some(owner)) = (kind, &placed.owner) {
        finding.suppression = Some(Suppression {
            source: SuppressionSource::PackageOwned,
            reason: format!(
                "part of the package {owner}, as its distribution gives it to everybody"
            ),
            expires: None,
        });
    }
    finding
}

fn layer(inventory: &Inventory, index: u32) -> Option<LayerRef> {
    let layer = inventory.layers.get(index as usize)?;
    Some(LayerRef {
        index,
        digest: layer.blob,
        diff_id: layer.diff_id,
        created_by: layer.created_by.clone(),
    })
}
