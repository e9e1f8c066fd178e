//! Evaluates a tree of criteria into clauses: all that has to hold for one package to be affected.

use std::{collections::HashMap, rc::Rc};

use super::{
    Criterion, Dialect, Target,
    document::{Document, Node, Text},
};

/// Most clauses of one definition. SUSE's widest definitions of kernel flaws have some thousands.
pub const MAX_CLAUSES: usize = 100_000;

/// What a criterion says.
#[derive(Clone, Debug)]
pub enum Literal {
    /// Nothing that is not known from the package itself: who signed it, which kernel runs.
    Always,
    /// Something that never holds together with the rest.
    Never,
    /// One of these products is installed: places in [`Targets`].
    Products(Vec<u32>),
    /// The architecture is one of these.
    Arches(Vec<String>),
    /// A module stream is enabled.
    Module(String),
    /// The package is of another flavour.
    Mark(&'static str),
    /// Something about a package, on these architectures (none: on all).
    Package(Rc<str>, Fact, Vec<String>),
    /// What this release does not understand: the clause is left out.
    Unknown,
}

impl Criterion<'_> {
    /// What the test says about a package, where that is a version or its presence.
    pub(crate) fn fact(&self) -> Literal {
        let Some(package) = self.package else { return self.words() };
        let fact = match self.version {
            _ if self.absent => return Literal::Unknown,
            None if self.other => return Literal::Always,
            None => Fact::Installed,
            Some((operation, version)) => {
                // Epoch 0 is what no epoch means.
                let version: Rc<str> = version.strip_prefix("0:").unwrap_or(version).into();
                match operation {
                    _ if version.is_empty() => return Literal::Unknown,
                    "less than" => Fact::Below(version),
                    "less than or equal" => Fact::UpTo(version),
                    "greater than or equal" => Fact::From(version),
                    "greater than" if matches!(&*version, "0" | "0-0") => Fact::Installed,
                    _ => return Literal::Unknown,
                }
            }
        };
        Literal::Package(package.into(), fact, arches(self.arch.unwrap_or_default()))
    }
}

impl Criterion<'_> {
    /// What the words say where the test is not in the file: parts of a feed have definitions only.
    fn words(&self) -> Literal {
        if self.comment.contains(" is signed with ") {
            return Literal::Always;
        }
        match self.comment.split_once(" is earlier than ") {
            Some((name, version)) if !version.is_empty() && !version.contains(' ') => {
                let version = version.strip_prefix("0:").unwrap_or(version);
                Literal::Package(name.into(), Fact::Below(version.into()), Vec::new())
            }
            _ => Literal::Unknown,
        }
    }
}

/// Reads `(aarch64|x86_64)`; packages for all architectures need no list.
pub(crate) fn arches(pattern: &str) -> Vec<String> {
    let inner = pattern.trim_matches(['(', ')', '^', '$']);
    let list: Vec<String> = inner.split('|').filter(|a| !a.is_empty()).map(str::to_owned).collect();
    let is_plain = |a: &String| a.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if list.iter().all(|a| is_plain(a) && a != "noarch") { list } else { Vec::new() }
}

/// What is said about a package.
#[derive(Clone, Debug)]
pub enum Fact {
    /// Affected below this version.
    Below(Rc<str>),
    /// Affected up to and with this version.
    UpTo(Rc<str>),
    /// Affected from this version on.
    From(Rc<str>),
    /// Affected if it is there.
    Installed,
    /// In this state, whatever the version.
    Is(plimsoll_model::FixState),
}

/// The products that criteria name.
#[derive(Debug, Default)]
pub(crate) struct Targets(Vec<Target>);

impl Targets {
    pub(crate) fn put(&mut self, target: Target) -> u32 {
        let place = self.0.iter().position(|t| *t == target).unwrap_or_else(|| {
            self.0.push(target);
            self.0.len() - 1
        });
        u32::try_from(place).unwrap_or_default()
    }

    pub(super) fn get(&self, place: u32) -> Option<&Target> {
        self.0.get(place as usize)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Clause {
    pub(super) targets: Option<Rc<[u32]>>,
    pub(super) arches: Option<Rc<[String]>>,
    pub(super) module: Option<Rc<str>>,
    pub(super) mark: Option<&'static str>,
    pub(super) facts: Vec<(Rc<str>, Fact)>,
    pub(super) unknown: bool,
}

pub(super) struct TooMany;

pub(super) struct Evaluator<'a, D> {
    pub(super) dialect: &'a D,
    pub(super) document: &'a Document,
    pub(super) targets: Targets,
    known: HashMap<(Text, Text), Literal>,
}

impl<'a, D: Dialect> Evaluator<'a, D> {
    pub(super) fn new(dialect: &'a D, document: &'a Document) -> Self {
        Self { dialect, document, targets: Targets::default(), known: HashMap::new() }
    }

    /// The depth of the tree is limited by the reader.
    pub(super) fn clauses(&mut self, node: &Node) -> Result<Vec<Clause>, TooMany> {
        match node {
            Node::True => Ok(vec![Clause::default()]),
            Node::Unknown => Ok(vec![Clause { unknown: true, ..Clause::default() }]),
            Node::Test { test, comment } => {
                let literal = self.literal(*test, *comment);
                Ok(clause(literal).into_iter().collect())
            }
            Node::Any(nodes) => {
                let mut all = Vec::new();
                for node in nodes {
                    all.extend(self.clauses(node)?);
                    if all.len() > MAX_CLAUSES {
                        return Err(TooMany);
                    }
                }
                Ok(join(all))
            }
            Node::All(nodes) => {
                let mut all = vec![Clause::default()];
                for node in nodes {
                    let more = self.clauses(node)?;
                    if all.len().saturating_mul(more.len()) > MAX_CLAUSES {
                        return Err(TooMany);
                    }
                    all = all.iter().flat_map(|a| more.iter().filter_map(|b| both(a, b))).collect();
                }
                Ok(all)
            }
        }
    }

    fn literal(&mut self, test: Text, comment: Text) -> Literal {
        if let Some(known) = self.known.get(&(test, comment)) {
            return known.clone();
        }
        let Document { texts, tests, objects, states, .. } = self.document;
        let found = tests.get(&test).copied().unwrap_or_default();
        let package = objects.get(&found.object).map(|name| texts.get(*name));
        let state = states.get(&found.state).copied().unwrap_or_default();
        let version = state.evr.or(state.version);
        let criterion = Criterion {
            comment: texts.get(comment),
            package: package.filter(|name| !name.is_empty()),
            version: version.map(|(operation, evr)| (texts.get(operation), texts.get(evr))),
            arch: state.arch.map(|arch| texts.get(arch)),
            other: state.other,
            absent: found.absent,
        };
        let mut literal = self.dialect.literal(&criterion, &mut self.targets);
        if let Literal::Package(name, ..) = &literal
            && (name.is_empty() || name.contains(char::is_whitespace))
        {
            literal = Literal::Unknown;
        }
        self.known.insert((test, comment), literal.clone());
        literal
    }
}

fn clause(literal: Literal) -> Option<Clause> {
    let mut clause = Clause::default();
    match literal {
        Literal::Always => {}
        Literal::Never => return None,
        Literal::Products(places) => clause.targets = Some(places.into()),
        Literal::Arches(arches) => clause.arches = Some(arches.into()),
        Literal::Module(module) => clause.module = Some(module.into()),
        Literal::Mark(mark) => clause.mark = Some(mark),
        Literal::Package(name, fact, arches) => {
            clause.facts.push((name, fact));
            clause.arches = (!arches.is_empty()).then(|| arches.into());
        }
        Literal::Unknown => clause.unknown = true,
    }
    Some(clause)
}

/// Makes one clause of all those that only name products, and one of those that say nothing: a list of fifty
/// products is one condition and not fifty.
fn join(all: Vec<Clause>) -> Vec<Clause> {
    let is_plain = |c: &Clause| {
        c.arches.is_none()
            && c.module.is_none()
            && c.mark.is_none()
            && c.facts.is_empty()
            && !c.unknown
    };
    let (plain, mut rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_plain);
    if plain.iter().any(|c| c.targets.is_none()) {
        rest.push(Clause::default());
    } else if !plain.is_empty() {
        let mut places: Vec<u32> =
            plain.iter().flat_map(|c| c.targets.iter().flat_map(|t| t.iter().copied())).collect();
        places.sort_unstable();
        places.dedup();
        rest.push(Clause { targets: Some(places.into()), ..Clause::default() });
    }
    rest
}

fn both(a: &Clause, b: &Clause) -> Option<Clause> {
    let mut out = a.clone();
    out.unknown |= b.unknown;
    out.targets = common(a.targets.as_ref(), b.targets.as_ref())?;
    out.arches = common(a.arches.as_ref(), b.arches.as_ref())?;
    match (&a.module, &b.module) {
        (Some(x), Some(y)) if x != y => return None,
        (None, Some(_)) => out.module.clone_from(&b.module),
        _ => {}
    }
    out.mark = a.mark.or(b.mark);
    out.facts.extend(b.facts.iter().cloned());
    Some(out)
}

/// What two conditions have in common; `None` where that is nothing.
#[expect(clippy::option_option, reason = "the inner one is `no condition`")]
fn common<T: Clone + PartialEq>(
    a: Option<&Rc<[T]>>,
    b: Option<&Rc<[T]>>,
) -> Option<Option<Rc<[T]>>> {
    Some(match (a, b) {
        (Some(a), Some(b)) => {
            let both: Vec<T> = a.iter().filter(|x| b.contains(x)).cloned().collect();
            if both.is_empty() {
                return None;
            }
            Some(both.into())
        }
        (a, b) => a.or(b).cloned(),
    })
}
