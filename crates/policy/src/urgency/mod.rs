//! How soon to act on a finding: points that add up to a score, and the reasons in words.
//!
//! The scale is published in `docs/urgency.md`; its tables are made from [`terms`] and a test keeps them
//! true. Every number stands in that file and nowhere else.

mod exposure;
mod names;
mod terms;

use plimsoll_model::{
    Confidence, Finding, FixState, Reason, RiskKind, Severity, Urgency, UrgencyLevel,
};

use crate::Context;
use terms::Term;

pub use terms::{FIX_LATER_FROM, FIX_NOW_FROM};

/// The urgency of a finding. The points of the reasons add up to the score, which is then kept within 0
/// and 100.
pub(crate) fn of(finding: &Finding, context: &Context) -> Urgency {
    let mut reasons = Vec::new();
    let mut add = |term: &Term, text: String| {
        if !text.is_empty() {
            reasons.push(Reason { points: term.points, text });
        }
    };
    severity(finding, &mut add);
    exploitation(finding, &mut add);
    let vulnerability =
        matches!(finding.kind, RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability);
    if vulnerability {
        fix(finding, context, &mut add);
        exposure::judge(finding, context, &mut add);
    } else if finding.kind == RiskKind::Malware {
        add(&terms::MALWARE, "malicious content".into());
    } else if finding.kind == RiskKind::SensitiveFile {
        credential(finding, &mut add);
    }
    let sum = |reasons: &[Reason]| reasons.iter().map(|r| i32::from(r.points)).sum::<i32>();
    let lacking = i32::from(FIX_NOW_FROM) - sum(&reasons);
    if finding.kev.is_some() && finding.fixed_version.is_some() && lacking > 0 {
        reasons.push(Reason {
            points: i8::try_from(lacking).unwrap_or(i8::MAX),
            text: format!(
                "raised to {FIX_NOW_FROM}: it is being exploited and a fixed version is out"
            ),
        });
    }
    reasons.sort_by_key(|r| std::cmp::Reverse(r.points.unsigned_abs()));
    let score = u8::try_from(sum(&reasons).clamp(0, 100)).unwrap_or(100);
    Urgency { level: level(score), score, reasons }
}

fn level(score: u8) -> UrgencyLevel {
    match score {
        s if s >= FIX_NOW_FROM => UrgencyLevel::FixNow,
        s if s >= FIX_LATER_FROM => UrgencyLevel::FixLater,
        _ => UrgencyLevel::CanWait,
    }
}

fn severity(finding: &Finding, add: &mut impl FnMut(&Term, String)) {
    let term = match finding.severity {
        Severity::Critical => &terms::CRITICAL,
        Severity::High => &terms::HIGH,
        Severity::Medium => &terms::MEDIUM,
        Severity::Low => &terms::LOW,
        Severity::Negligible => &terms::NEGLIGIBLE,
        Severity::Unknown => &terms::UNKNOWN,
    };
    let source = &finding.severity_source;
    let text = match finding.severity {
        Severity::Unknown => "nobody has rated its severity yet".into(),
        severity if source.is_empty() => format!("{severity} severity"),
        severity => format!("{severity} severity ({source})"),
    };
    add(term, text);
}

fn credential(finding: &Finding, add: &mut impl FnMut(&Term, String)) {
    match finding.detection.as_ref().map(|detection| detection.confidence) {
        Some(Confidence::High) => {
            add(&terms::CREDENTIAL, "everybody who has the image has it, too".into());
        }
        Some(Confidence::Medium) => {
            add(&terms::LIKELY_CREDENTIAL, "probably works for everybody who has the image".into());
        }
        Some(Confidence::Low) | None => {
            add(&terms::UNLIKELY_CREDENTIAL, "may be no credential at all".into());
        }
    }
}

fn exploitation(finding: &Finding, add: &mut impl FnMut(&Term, String)) {
    if let Some(kev) = &finding.kev {
        add(
            &terms::KEV,
            format!("known to be exploited (in CISA's catalogue since {})", kev.added),
        );
        if kev.ransomware {
            add(&terms::RANSOMWARE, "used by ransomware".into());
        }
    }
    let Some(epss) = &finding.epss else { return };
    let probability = f64::from(epss.probability);
    let text = format!("{} likely to be exploited within 30 days (EPSS)", percent(probability));
    match terms::EPSS.iter().find(|(floor, _)| probability >= *floor) {
        Some((_, term)) => add(term, text),
        None if probability < terms::EPSS_HARDLY && finding.kev.is_none() => {
            add(&terms::EPSS_LOW, text);
        }
        None => {}
    }
}

/// A probability for people: `94 %`, `0.4 %`, `under 0.1 %`.
fn percent(probability: f64) -> String {
    match probability * 100.0 {
        p if p < 0.1 => "under 0.1 %".into(),
        p if p < 10.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

fn fix(finding: &Finding, context: &Context, add: &mut impl FnMut(&Term, String)) {
    if let Some(version) = &finding.fixed_version {
        return match &finding.fix_channel {
            Some(channel) if channel.paid => add(
                &terms::FIX_PAID,
                format!("mended in {version}, which needs a subscription ({})", channel.name),
            ),
            _ => add(&terms::FIX_OUT, format!("mended in {version}")),
        };
    }
    match finding.fix_state {
        Some(FixState::EndOfLife) => add(
            &terms::NO_FIX_EVER,
            "no fix will come: the release is past its end of life; move to a newer one".into(),
        ),
        _ if context.os_end_of_life && finding.kind == RiskKind::SystemVulnerability => add(
            &terms::NO_FIX_EVER,
            "no fix will come: the release is past its end of life; move to a newer one".into(),
        ),
        Some(FixState::WillNotFix) => {
            add(&terms::WILL_NOT_FIX, "the maintainers decided not to mend it".into());
        }
        Some(FixState::FixDeferred) => {
            add(&terms::FIX_DEFERRED, "the maintainers put the fix off".into());
        }
        Some(FixState::UnderInvestigation) => {
            add(&terms::INVESTIGATED, "the maintainers are still looking at it".into());
        }
        _ => add(&terms::NO_FIX_YET, "no fixed version is out yet".into()),
    }
}

#[cfg(test)]
mod tests;
