//! Rewrites a Dockerfile where a check is certain how. Comments and layout stay; only the words that change are touched.

use super::{Edit, Found, Options, Outcome, dockerfile, lint};

/// A change may open the way for another; more rounds than these it never takes.
const MAX_ROUNDS: usize = 12;

/// A Dockerfile, rewritten.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// What was mended: the check, and the line at the time.
    pub applied: Vec<(String, u32)>,
}

/// Rewrites a Dockerfile. `wanted` says which findings are to be mended; suppressed ones never are.
#[must_use]
pub fn fix(path: &str, text: &str, options: &Options, wanted: &dyn Fn(&Found) -> bool) -> Fixed {
    let mut fixed = Fixed { text: text.to_owned(), applied: Vec::new() };
    if text.len() > dockerfile::MAX_FILE {
        return fixed;
    }
    for _ in 0..MAX_ROUNDS {
        let evaluated = lint(path, &fixed.text, options);
        let found: Vec<&Found> = evaluated
            .findings
            .iter()
            .filter(|found| !found.edits.is_empty() && found.suppressed.is_none() && wanted(found))
            .collect();
        let (next, applied) = round(&fixed.text, &found);
        if applied.is_empty() || next == fixed.text || !is_sound(&fixed.text, &next) {
            break;
        }
        fixed.text = next;
        fixed.applied.extend(applied);
    }
    fixed
}

/// Applies what does not overlap.
fn round(text: &str, found: &[&Found]) -> (String, Vec<(String, u32)>) {
    let has_backslash = dockerfile::parse(text)
        .directives
        .iter()
        .all(|directive| directive.name != "escape" || directive.value == "\\");
    let is_crlf = text.contains("\r\n");
    let mut taken: Vec<Edit> = Vec::new();
    let mut applied = Vec::new();
    for found in found {
        let is_possible = found.edits.iter().all(|edit| {
            edit.start <= edit.end
                && text.is_char_boundary(edit.start)
                && text.is_char_boundary(edit.end)
                && (has_backslash || !edit.text.contains('\\'))
                && taken.iter().all(|other| !overlap(edit, other))
        });
        if !is_possible {
            continue;
        }
        taken.extend(found.edits.iter().cloned());
        let line =
            found.placed.detection.sightings.first().and_then(|s| s.line).unwrap_or_default();
        applied.push((found.placed.detection.rule.clone(), line));
    }
    // Insertions at one place keep the order in which they were found.
    taken.sort_by_key(|edit| (edit.start, edit.end));
    let mut next = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in &taken {
        next.push_str(text.get(at..edit.start).unwrap_or_default());
        if is_crlf {
            next.push_str(&edit.text.replace('\n', "\r\n"));
        } else {
            next.push_str(&edit.text);
        }
        at = edit.end;
    }
    next.push_str(text.get(at..).unwrap_or_default());
    (next, applied)
}

fn overlap(a: &Edit, b: &Edit) -> bool {
    a.start < b.end && b.start < a.end
        || (a.start == b.start && (a.end != a.start || b.end != b.start))
}

/// Whether nothing got worse: no mistake more, and no shell code that was readable and is not any more.
fn is_sound(before: &str, after: &str) -> bool {
    let count = |text: &str| {
        let file = dockerfile::parse(text);
        let unreadable = file
            .instructions
            .iter()
            .filter_map(|instruction| instruction.script.as_ref())
            .filter(|script| matches!(script.outcome, Outcome::Unreadable(_)))
            .count();
        let unknown = file
            .instructions
            .iter()
            .filter(|instruction| instruction.keyword == super::instruction::Keyword::Unknown)
            .count();
        (file.mistakes.len(), unreadable, unknown)
    };
    let (before, after) = (count(before), count(after));
    after.0 <= before.0 && after.1 <= before.1 && after.2 <= before.2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fixed(text: &str) -> String {
        let once = fix("Dockerfile", text, &Options::default(), &|_| true).text;
        let twice = fix("Dockerfile", &once, &Options::default(), &|_| true);
        assert_eq!(twice.text, once, "not idempotent");
        assert!(twice.applied.is_empty());
        once
    }

    #[test]
    fn the_mechanical_ones() {
        for (before, after) in [
            (
                "FROM a:1\nMAINTAINER J \"D\" <j@x>\n",
                "FROM a:1\nLABEL org.opencontainers.image.authors=\"J \\\"D\\\" <j@x>\"\n",
            ),
            ("FROM a:1\nADD --chown=1 app /app\n", "FROM a:1\nCOPY --chown=1 app /app\n"),
            ("FROM a:1\nADD app.tgz /app\n", "FROM a:1\nADD app.tgz /app\n"),
            (
                "FROM a:1\nRUN apt update && apt install curl=1\n",
                "FROM a:1\nRUN apt-get update && apt-get install -y --no-install-recommends curl=1 && rm -rf /var/lib/apt/lists/*\n",
            ),
            (
                "FROM a:1\n# why\nRUN apt-get update \\\n    && apt-get install -y --no-install-recommends curl=1\n",
                "FROM a:1\n# why\nRUN apt-get update \\\n    && apt-get install -y --no-install-recommends curl=1 \\\n    && rm -rf /var/lib/apt/lists/*\n",
            ),
            ("FROM a:1\nRUN apk add x=1\n", "FROM a:1\nRUN apk add --no-cache x=1\n"),
            (
                "FROM a:1\nCMD nginx -g 'daemon off;'\n",
                "FROM a:1\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
            ),
            ("FROM a:1\nCMD exec app \"$HOME\" | x\n", "FROM a:1\nCMD exec app \"$HOME\" | x\n"),
            (
                "FROM a:1\nRUN cd /app && make\nWORKDIR /x\n",
                "FROM a:1\nWORKDIR /app\nRUN make\nWORKDIR /x\n",
            ),
            (
                "FROM a:1\nRUN cd /app && make\nRUN pwd\n",
                "FROM a:1\nRUN cd /app && make\nRUN pwd\n",
            ),
            ("FROM a:1 as b\nrun x \\\n\n  y\n", "FROM a:1 AS b\nRUN x \\\n  y\n"),
            (
                "FROM a:1\r\nENV A some value\r\nENV B c\r\n",
                "FROM a:1\r\nENV A=\"some value\"\r\nENV B=c\r\n",
            ),
            ("FROM --platform=$TARGETPLATFORM a:1\nEXPOSE 80/TCP\n", "FROM a:1\nEXPOSE 80/tcp\n"),
            (
                "FROM a:1\n# hadolint ignore=DL3027\nRUN apt list\nRUN apt list\n",
                "FROM a:1\n# hadolint ignore=DL3027\nRUN apt list\nRUN apt list\n",
            ),
        ] {
            assert_eq!(fixed(before), after);
        }
    }

    #[test]
    fn what_is_suppressed_stays() {
        let text = "FROM a:1\n# hadolint ignore=DL3020\nADD app /app\nADD b /b\n";
        assert_eq!(fixed(text), "FROM a:1\n# hadolint ignore=DL3020\nADD app /app\nCOPY b /b\n");
    }

    proptest! {
        #[test]
        fn any_file_is_rewritten_soundly_and_once(
            lines in proptest::collection::vec(
                "(FROM a|RUN |run |COPY |ADD |ENV |CMD |MAINTAINER |ONBUILD |EXPOSE |#|    )(apt install x|apk add y|cd /x && |pip install z|a b|80/TCP|\\\\|'|\"|ü| |<<E|E){0,4}", 0..8)
        ) {
            let text = lines.join("\n");
            let once = fix("Dockerfile", &text, &Options::default(), &|_| true).text;
            prop_assert!(is_sound(&text, &once));
            let twice = fix("Dockerfile", &once, &Options::default(), &|_| true).text;
            prop_assert_eq!(twice, once);
        }
    }
}
