//! From checks to detections.

use plimsoll_model::{
    Detection, Inventory, PlacedDetection, Problem, ProblemKind, RiskKind, Sighting,
};

use super::{
    Answer, Check, Hit, Image, Judge, Parameters, Verdict, catalogue, check::MAX_HITS, checks,
    service,
};

/// Most characters of a line that are shown.
const MAX_SHOWN: usize = 160;

/// What all checks together say of an image.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// A detection for each place in which a check fails, in the order of the catalogue.
    pub detections: Vec<PlacedDetection>,
    /// What could not be read, and what no check could decide.
    pub problems: Vec<Problem>,
    /// How many checks found all in order.
    pub passed: usize,
    /// How many checks failed.
    pub failed: usize,
    /// How many checks could not decide (and found nothing wrong).
    pub undecided: usize,
    /// How many checks had nothing to judge.
    pub not_applicable: usize,
}

/// Judges a finished image by the checks that the parameters select.
#[must_use]
pub fn evaluate(inventory: &Inventory, parameters: &Parameters) -> Outcome {
    let image = Image::new(inventory, parameters);
    let mut outcome = Outcome::default();
    for check in catalogue::all().filter(|check| parameters.selects(check)) {
        let answer = answer(check, &image);
        match answer.verdict() {
            Verdict::Fail => outcome.failed += 1,
            Verdict::Pass => outcome.passed += 1,
            Verdict::NotApplicable => outcome.not_applicable += 1,
            Verdict::CannotDecide => outcome.undecided += 1,
        }
        for (path, reason) in answer.unsure {
            image.problem(
                ProblemKind::CannotTell,
                path.as_deref(),
                format!("{}: {reason}", check.id),
            );
        }
        if answer.more > 0 {
            let more = answer.more;
            let message = format!(
                "{}: {more} further places than the {MAX_HITS} reported fail it as well",
                check.id
            );
            image.problem(ProblemKind::LimitReached, None, message);
        }
        outcome.detections.extend(answer.hits.into_iter().map(|hit| placed(check, hit, inventory)));
    }
    outcome.problems = image.into_problems();
    outcome
}

/// What one check says.
pub(crate) fn answer(check: &Check, image: &Image<'_>) -> Answer {
    let mut answer = Answer::default();
    match &check.judge {
        Judge::Rule(rule) => rule(image, &mut answer),
        Judge::Mode(rule) => checks::modes::judge(rule, image, &mut answer),
        Judge::Setting(rule) => service::judge(rule, image, &mut answer),
    }
    answer
}

fn placed(check: &Check, hit: Hit, inventory: &Inventory) -> PlacedDetection {
    let mut detection = Detection::new(RiskKind::Baseline, check.id, check.severity);
    detection.aliases = check.aliases.iter().map(|&id| id.to_owned()).collect();
    detection.class = check.class.to_owned();
    detection.title = check.title.to_owned();
    detection.description = check.why.to_owned();
    detection.references = check.references.iter().map(|&url| url.to_owned()).collect();
    detection.advice = match &hit.change {
        Some(change) => format!("{change}. {}", check.advice).trim_end().to_owned(),
        None => check.advice.to_owned(),
    };
    if hit.line.is_some() || !hit.text.is_empty() {
        let text: String = hit.text.trim().chars().take(MAX_SHOWN).collect();
        detection.sightings = vec![Sighting { line: hit.line, text, ..Sighting::default() }];
    }
    detection.setting = hit.setting;
    let text = hit.path.as_deref().and_then(|path| {
        let at = inventory.texts.binary_search_by(|text| text.path.as_str().cmp(path)).ok()?;
        inventory.texts.get(at).map(|text| (text.layer, None))
    });
    let place = text.or_else(|| {
        let path = hit.path.as_deref()?;
        let at = inventory.notable.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        let file = inventory.notable.get(at)?;
        Some((file.layer, file.owner.clone()))
    });
    PlacedDetection {
        detection,
        layer: place.as_ref().map(|(layer, _)| *layer),
        owner: place.and_then(|(_, owner)| owner),
        path: hit.path,
        config_field: hit.config_field.map(str::to_owned),
        hidden_by: None,
    }
}
