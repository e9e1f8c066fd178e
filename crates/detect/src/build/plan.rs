//! The whole build as checks see it: instructions with their stages, variables and shells.

use std::collections::{HashMap, HashSet};

use plimsoll_model::ImageConfig;

use super::{
    Options,
    dockerfile::{self, Comment, Directive, Mistake},
    instruction::{Instruction, Keyword, Place, Word},
    shell::{Command, Outcome},
    source::LineIndex,
    variables,
};

/// Where the instructions come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// A Dockerfile.
    Dockerfile,
    /// The history of an image.
    History,
}

/// A stage of a build.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Index of its `FROM`; for a history that of the first instruction.
    pub from: usize,
    /// Behind its last instruction.
    pub end: usize,
    /// The image it begins with, as written.
    pub image: Option<Word>,
    /// That image with its variables expanded, where they are known.
    pub resolved: Option<String>,
    /// Its name.
    pub name: Option<Word>,
    /// The earlier stage that it begins with.
    pub parent: Option<usize>,
    /// Whether the last stage needs it.
    pub is_used: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Where it comes from.
    pub origin: Origin,
    /// Text of the Dockerfile.
    pub text: &'a str,
    /// Its lines.
    pub lines: LineIndex,
    /// Its directives.
    pub directives: Vec<Directive>,
    /// Its comments.
    pub comments: Vec<Comment>,
    /// What a builder refuses in it.
    pub mistakes: Vec<Mistake>,
    /// The instructions.
    pub instructions: Vec<Instruction>,
    /// The stages.
    pub stages: Vec<Stage>,
    /// How a container of the image runs, where there is an image.
    pub config: Option<&'a ImageConfig>,
    /// What the caller wants.
    pub options: &'a Options,
    /// The shell of each instruction's shell form, where an instruction sets it.
    shells: Vec<Option<Vec<String>>>,
}

impl<'a> Plan<'a> {
    /// Of a Dockerfile.
    #[must_use]
    pub fn of_dockerfile(text: &'a str, options: &'a Options) -> Self {
        let file = dockerfile::parse(text);
        let mut plan = Self {
            origin: Origin::Dockerfile,
            text,
            lines: LineIndex::new(text),
            directives: file.directives,
            comments: file.comments,
            mistakes: file.mistakes,
            instructions: file.instructions,
            stages: Vec::new(),
            config: None,
            options,
            shells: Vec::new(),
        };
        plan.find_stages();
        plan.find_shells();
        plan
    }

    /// Of the history of an image.
    #[must_use]
    pub fn of_history(
        instructions: Vec<Instruction>,
        config: &'a ImageConfig,
        options: &'a Options,
    ) -> Self {
        let end = instructions.len();
        let stage = Stage {
            from: 0,
            end,
            image: None,
            resolved: None,
            name: None,
            parent: None,
            is_used: true,
        };
        let mut plan = Self {
            origin: Origin::History,
            text: "",
            lines: LineIndex::new(""),
            directives: Vec::new(),
            comments: Vec::new(),
            mistakes: Vec::new(),
            instructions,
            stages: vec![stage],
            config: Some(config),
            options,
            shells: Vec::new(),
        };
        plan.find_shells();
        plan
    }

    /// Values of `ARG`s before the first `FROM`.
    #[must_use]
    pub fn global_args(&self) -> HashMap<String, Option<String>> {
        let mut values = HashMap::new();
        for name in variables::PLATFORM {
            values.insert((*name).to_owned(), None);
        }
        for instruction in self.instructions.iter().filter(|i| i.stage.is_none()) {
            for pair in &instruction.pairs {
                let given =
                    self.options.build_args.iter().rev().find(|(name, _)| *name == pair.name);
                let value = match given {
                    Some((_, value)) => Some(value.clone()),
                    None => {
                        pair.value.as_deref().and_then(|value| variables::expand(value, &values))
                    }
                };
                values.insert(pair.name.clone(), value);
            }
        }
        values
    }

    fn find_stages(&mut self) {
        let globals = self.global_args();
        let mut stages: Vec<Stage> = Vec::new();
        for (index, instruction) in self.instructions.iter().enumerate() {
            if instruction.keyword != Keyword::From || instruction.is_trigger {
                continue;
            }
            if let Some(last) = stages.last_mut() {
                last.end = index;
            }
            let image = instruction.words.first().cloned();
            let resolved = image.as_ref().and_then(|word| variables::expand(&word.value, &globals));
            let named =
                instruction.words.get(1).is_some_and(|word| word.value.eq_ignore_ascii_case("as"));
            let name = instruction.words.get(2).filter(|_| named).cloned();
            let parent = resolved
                .as_deref()
                .and_then(|image| stages.iter().rposition(|stage| stage.is_called(image)));
            stages.push(Stage {
                from: index,
                end: self.instructions.len(),
                image,
                resolved,
                name,
                parent,
                is_used: false,
            });
        }
        self.stages = stages;
        self.mark_used();
    }

    fn mark_used(&mut self) {
        let mut open: Vec<usize> = self.stages.len().checked_sub(1).into_iter().collect();
        let mut seen: HashSet<usize> = HashSet::new();
        while let Some(index) = open.pop() {
            let Some(stage) = self.stages.get_mut(index).filter(|_| seen.insert(index)) else {
                continue;
            };
            stage.is_used = true;
            let (parent, from, end) = (stage.parent, stage.from, stage.end);
            open.extend(parent);
            let inside = self.instructions.get(from..end).unwrap_or_default();
            let names: Vec<String> = inside.iter().flat_map(other_stages).collect();
            for name in names {
                open.extend(self.stage_called(&name, index));
            }
        }
    }

    /// The stage before `before` with this name or number.
    #[must_use]
    pub fn stage_called(&self, name: &str, before: usize) -> Option<usize> {
        let earlier = self.stages.get(..before)?;
        let named = earlier.iter().rposition(|stage| stage.is_called(name));
        named.or_else(|| name.parse().ok().filter(|number| *number < before))
    }

    fn find_shells(&mut self) {
        let mut shells: Vec<Option<Vec<String>>> = Vec::with_capacity(self.instructions.len());
        let mut at_end: Vec<Option<Vec<String>>> = vec![None; self.stages.len()];
        let mut now: Option<Vec<String>> = None;
        let pragma = self.comments.iter().find_map(|comment| {
            let shell = comment.text.strip_prefix("hadolint")?.trim().strip_prefix("shell")?;
            let shell = shell.trim().strip_prefix('=')?;
            Some(vec![shell.trim().to_owned()])
        });
        for index in 0..self.instructions.len() {
            let instruction = &self.instructions[index];
            match instruction.keyword {
                Keyword::From if !instruction.is_trigger => {
                    if let Some(ended) = instruction
                        .stage
                        .and_then(|s| s.checked_sub(1))
                        .and_then(|s| at_end.get_mut(s))
                    {
                        *ended = now.take();
                    }
                    let stage = instruction.stage.and_then(|stage| self.stages.get(stage));
                    now = match stage.and_then(|stage| stage.parent) {
                        Some(parent) => at_end.get(parent).cloned().flatten(),
                        None if stage.is_some_and(|stage| stage.is_windows()) => {
                            Some(vec!["cmd".to_owned()])
                        }
                        None => pragma.clone(),
                    };
                }
                Keyword::Shell if instruction.is_json => {
                    now = Some(instruction.words.iter().map(|word| word.value.clone()).collect());
                }
                _ => {}
            }
            let foreign = now.as_ref().is_some_and(|shell| !is_posix(shell));
            let instruction = &mut self.instructions[index];
            if let Some(script) =
                instruction.script.as_mut().filter(|_| foreign && !instruction.is_json)
            {
                script.commands.clear();
                script.outcome = Outcome::OtherLanguage;
            }
            shells.push(now.clone());
        }
        self.shells = shells;
    }

    /// The words of the shell that runs the shell form of an instruction, where one was set.
    #[must_use]
    pub fn shell_at(&self, index: usize) -> Option<&[String]> {
        self.shells.get(index)?.as_deref()
    }

    /// Instructions of these sorts.
    pub fn of<'p>(&'p self, keywords: &'p [Keyword]) -> impl Iterator<Item = &'p Instruction> + 'p {
        self.instructions.iter().filter(move |instruction| keywords.contains(&instruction.keyword))
    }

    /// The commands of all `RUN`s.
    pub fn commands(&self) -> impl Iterator<Item = (&Instruction, &Command)> {
        self.of(&[Keyword::Run]).flat_map(|instruction| {
            let script = instruction.script.iter();
            script.flat_map(|script| &script.commands).map(move |command| (instruction, command))
        })
    }

    /// The instructions of a stage, its `FROM` included, triggers not.
    pub fn in_stage(&self, stage: usize) -> impl Iterator<Item = &Instruction> {
        let range = self.stages.get(stage).map(|stage| stage.from..stage.end).unwrap_or_default();
        self.instructions.get(range).unwrap_or_default().iter().filter(|i| !i.is_trigger)
    }

    /// A stage and those that it begins with, the nearest first.
    #[must_use]
    pub fn lineage(&self, stage: usize) -> Vec<usize> {
        let mut line = vec![stage];
        let mut at = stage;
        while let Some(parent) = self.stages.get(at).and_then(|stage| stage.parent) {
            // A parent stands earlier: this ends.
            line.push(parent);
            at = parent;
        }
        line
    }

    /// Index of the last stage.
    #[must_use]
    pub fn last_stage(&self) -> Option<usize> {
        self.stages.len().checked_sub(1)
    }

    /// The last instruction of a sort that counts for a stage, in it or in the stages it begins with.
    #[must_use]
    pub fn last_in(&self, stage: usize, keyword: Keyword) -> Option<&Instruction> {
        self.lineage(stage)
            .into_iter()
            .find_map(|stage| self.in_stage(stage).filter(|i| i.keyword == keyword).last())
    }

    /// The image that a stage is in the end made of, past all stages of this file.
    #[must_use]
    pub fn root_image(&self, stage: usize) -> Option<&str> {
        let root = self.lineage(stage).pop()?;
        self.stages.get(root)?.resolved.as_deref()
    }

    /// Values that the variables have in front of an instruction, of its stage and those it begins with. `None` stands
    /// for a variable that is set to something unknown.
    #[must_use]
    pub fn variables_at(&self, index: usize) -> HashMap<String, Option<String>> {
        let mut values = HashMap::new();
        let Some(stage) = self.instructions.get(index).and_then(|i| i.stage) else {
            return self.global_args();
        };
        let globals = self.global_args();
        for stage in self.lineage(stage).into_iter().rev() {
            for instruction in self.in_stage(stage).take_while(|i| i.index < index) {
                self.assign(instruction, &globals, &mut values);
            }
        }
        values
    }

    /// What an `ARG` or `ENV` does to the variables.
    pub fn assign(
        &self,
        instruction: &Instruction,
        globals: &HashMap<String, Option<String>>,
        values: &mut HashMap<String, Option<String>>,
    ) {
        // All pairs of one instruction see the values from before it.
        let mut made = Vec::new();
        for pair in &instruction.pairs {
            let default =
                || pair.value.as_deref().and_then(|value| variables::expand(value, values));
            let value = match instruction.keyword {
                Keyword::Env => default(),
                Keyword::Arg => {
                    let given =
                        self.options.build_args.iter().rev().find(|(name, _)| *name == pair.name);
                    match given {
                        Some((_, value)) => Some(value.clone()),
                        None if pair.value.is_some() => default(),
                        None => globals.get(&pair.name).cloned().flatten(),
                    }
                }
                _ => return,
            };
            made.push((pair.name.clone(), value));
        }
        values.extend(made);
    }

    /// Whether an `ENV` or `ARG` in front of an instruction sets a variable, in its stage or those it begins with.
    #[must_use]
    pub fn env_sets(&self, instruction: &Instruction, name: &str) -> bool {
        let Some(stage) = instruction.stage else { return false };
        self.lineage(stage).into_iter().any(|stage| {
            self.in_stage(stage)
                .take_while(|i| i.index < instruction.index)
                .filter(|i| matches!(i.keyword, Keyword::Env | Keyword::Arg))
                .any(|i| i.pairs.iter().any(|pair| pair.name == name))
        })
    }

    /// Line and column of an offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> (u32, u32) {
        self.lines.position(self.text, offset)
    }

    /// The text of the file between two offsets.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Where a line begins that holds this offset, and where the next one does.
    #[must_use]
    pub fn line_range(&self, offset: usize) -> (usize, usize) {
        let start =
            self.text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let rest = self.text.get(offset..).unwrap_or_default();
        let end = rest.find('\n').map_or(self.text.len(), |length| offset + length + 1);
        (start, end)
    }

    /// Whether an instruction of a file begins its line, which it does but for triggers.
    #[must_use]
    pub fn range(&self, instruction: &Instruction) -> Option<(usize, usize)> {
        match instruction.place {
            Place::File { start, end } => Some((start, end)),
            Place::History { .. } => None,
        }
    }
}

impl Stage {
    /// Names of stages do not differ in case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(name))
    }

    /// Whether its base image is known to run Windows.
    fn is_windows(&self) -> bool {
        let image = self.resolved.as_deref().unwrap_or_default().to_ascii_lowercase();
        image.starts_with("mcr.microsoft.com/windows")
            || ["nanoserver", "windowsservercore", "servercore"]
                .iter()
                .any(|part| image.contains(part))
    }
}

/// Whether a shell reads POSIX shell code.
fn is_posix(shell: &[String]) -> bool {
    let name = shell.first().map(String::as_str).unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    !["pwsh", "powershell", "cmd"].iter().any(|foreign| name.starts_with(foreign))
}

/// Stages or images that an instruction takes files from.
pub(crate) fn other_stages(instruction: &Instruction) -> Vec<String> {
    let mut names = Vec::new();
    match instruction.keyword {
        Keyword::Copy | Keyword::Add => {
            names.extend(instruction.flag("from").and_then(|flag| flag.value.clone()));
        }
        Keyword::Run => {
            for mount in mounts(instruction) {
                names.extend(mount.get("from").map(|from| (*from).to_owned()));
            }
        }
        _ => {}
    }
    names
}

/// The `--mount`s of a `RUN`: their keys and values.
pub(crate) fn mounts(instruction: &Instruction) -> Vec<HashMap<&str, &str>> {
    instruction
        .flags
        .iter()
        .filter(|flag| flag.name == "mount")
        .filter_map(|flag| flag.value.as_deref())
        .map(|value| {
            value.split(',').map(|part| part.split_once('=').unwrap_or((part, ""))).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn stages_and_who_needs_them() {
        let options = Options::default();
        let plan = Plan::of_dockerfile(
            "ARG V=1\nFROM a:${V} AS one\nFROM one AS Two\nFROM b AS three\nFROM c\n\
             COPY --from=two /x /y\nRUN --mount=type=bind,from=0 z",
            &options,
        );
        let used: Vec<bool> = plan.stages.iter().map(|s| s.is_used).collect();
        assert_eq!(used, [true, true, false, true]);
        assert_eq!(plan.stages[1].parent, Some(0));
        assert_eq!(plan.root_image(1), Some("a:1"));
    }

    #[test]
    fn build_args_win() {
        let mut options = Options::default();
        options.build_args.push(("V".into(), "2".into()));
        let plan = Plan::of_dockerfile("ARG V=1\nFROM a:$V\nARG V\nENV W=x$V\nRUN y", &options);
        assert_eq!(plan.stages[0].resolved.as_deref(), Some("a:2"));
        assert_eq!(plan.variables_at(4)["W"].as_deref(), Some("x2"));
    }

    #[test]
    fn code_of_other_shells_is_not_read() {
        let options = Options::default();
        let plan = Plan::of_dockerfile(
            "FROM a AS x\nSHELL [\"pwsh\", \"-c\"]\nRUN a b\nFROM x\nRUN c\nFROM mcr.microsoft.com/windows/nanoserver:1\nRUN d\nFROM e\nRUN f",
            &options,
        );
        let read: Vec<bool> = plan
            .of(&[Keyword::Run])
            .map(|i| i.script.as_ref().unwrap().outcome == Outcome::Read)
            .collect();
        assert_eq!(read, [false, false, false, true]);
    }
}
