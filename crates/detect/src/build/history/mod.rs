//! Instructions out of the history of an image, whichever tool wrote it.

mod base;
mod created_by;

use plimsoll_model::{HistoryEntry, ImageConfig};

pub use created_by::Builder;

use super::{
    dockerfile,
    instruction::{Instruction, Keyword, Pair, Place},
    source::Text,
};

/// Most entries that are looked at.
pub const MAX_ENTRIES: usize = 16_384;

/// Longest entry that is looked at.
pub const MAX_ENTRY: usize = 128 << 10;

/// What a history says.
#[derive(Debug, Default)]
pub struct History {
    /// The instructions in their order. An entry that is none has none.
    pub instructions: Vec<Instruction>,
    /// The tools that wrote entries, each once.
    pub builders: Vec<Builder>,
    /// Entries that say nothing of what was done.
    pub opaque: usize,
    /// What was not looked at, as lower-case fragments.
    pub limits: Vec<String>,
}

/// Reads a history.
#[must_use]
pub fn read(history: &[HistoryEntry], config: &ImageConfig) -> History {
    let mut found = History::default();
    if history.len() > MAX_ENTRIES {
        found
            .limits
            .push(format!("more than {MAX_ENTRIES} history entries; the rest was not looked at"));
    }
    for (index, entry) in history.iter().enumerate().take(MAX_ENTRIES) {
        if entry.created_by.len() > MAX_ENTRY {
            let message = format!(
                "history[{index}] is over the limit of {MAX_ENTRY} bytes; it was not looked at"
            );
            found.limits.push(message);
            continue;
        }
        let (builder, parsed) = created_by::parse(entry);
        if !found.builders.contains(&builder) {
            found.builders.push(builder);
        }
        let Some(parsed) = parsed else {
            found.opaque += 1;
            continue;
        };
        let place = Place::History { entry: index, layer: entry.layer };
        let mut instruction = dockerfile::instruction(
            parsed.keyword.name(),
            Text::detached(parsed.args),
            Vec::new(),
            '\\',
            place,
        );
        if parsed.keyword == Keyword::Run {
            instruction.pairs = parsed
                .build_args
                .into_iter()
                .map(|(name, value)| Pair {
                    name,
                    value: Some(value),
                    spaced: false,
                    at: 0,
                    end: 0,
                })
                .collect();
        }
        if parsed.is_foreign
            && let Some(script) = &mut instruction.script
        {
            script.commands.clear();
            script.outcome = super::shell::Outcome::OtherLanguage;
        }
        instruction.index = found.instructions.len();
        instruction.stage = Some(0);
        found.instructions.push(instruction);
    }
    base::mark(&mut found.instructions, history, config);
    found
}

#[cfg(test)]
mod tests;
