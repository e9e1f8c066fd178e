//! OVAL, the format of definitions that a distribution's own scanner would evaluate on a machine, read
//! as advisories: what a tree of criteria says about packages becomes ranges of versions.
//!
//! Distributions share the format and nothing else: what a criterion means (a product, a module, an
//! architecture, a package) is said in a [`Dialect`]. Definitions stand before the tests that they refer to,
//! so a file is held in a compact form, limited by [`MAX_HELD`], until its end.
//!
//! This module must not know any distribution.

mod criteria;
mod document;
mod record;

use std::io::Read;

use jiff::civil::Date;
use plimsoll_model::{Channel, FixState, Namespace};

pub use criteria::{Literal, MAX_CLAUSES};
pub use document::{MAX_DEPTH, MAX_EVENT, MAX_HELD};

pub(crate) use criteria::{Fact, Targets};
pub(crate) use document::{Cve, Definition};

use crate::{Collector, FeedError};

/// A criterion with what its test looks at.
#[derive(Clone, Copy, Debug)]
pub struct Criterion<'a> {
    /// Its own words, which name products and modules more directly than tests do.
    pub comment: &'a str,
    /// The package that its test looks at.
    pub package: Option<&'a str>,
    /// How the package's version is compared, and with which.
    pub version: Option<(&'a str, &'a str)>,
    /// Architectures that its test asks for, as a pattern.
    pub arch: Option<&'a str>,
    /// Whether it asks for something about the package that is no version: a key, a release.
    pub other: bool,
    /// Whether the test is for the absence of the package.
    pub absent: bool,
}

/// A release, and the repository or programme of it, that rows are for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Target {
    /// Distribution and release.
    pub namespace: Namespace,
    /// Repository or programme, where it is not the default one.
    pub channel: Option<Channel>,
}

impl Target {
    /// The default repositories of a release.
    pub(crate) fn base(ecosystem: &str, release: &str) -> Self {
        Self { namespace: Namespace::new(ecosystem, release), channel: None }
    }

    pub(crate) fn with(mut self, name: &str, paid: bool) -> Self {
        self.channel = Some(Channel { name: name.to_owned(), paid });
        self
    }
}

/// What a definition as a whole says about its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Holds for rows whose criteria name no product.
    pub(crate) targets: Vec<Target>,
    /// Holds for rows without a channel of their own.
    pub(crate) channel: Option<Channel>,
    /// The rows say that something is not affected.
    pub(crate) unaffected: bool,
}

/// What a distribution means with its definitions.
pub(crate) trait Dialect {
    /// Names the source of ratings.
    const SOURCE: &'static str;
    /// Whether packages are named by their source packages.
    const NAMES_SOURCES: bool = false;

    /// What the definition is about, or why it is left out.
    fn scope(&self, file: &str, definition: &Definition) -> Result<Scope, &'static str>;

    /// What a criterion says.
    fn literal(&self, criterion: &Criterion<'_>, targets: &mut Targets) -> Literal;

    /// The state of a package that is affected in all its versions.
    fn unfixed(&self, definition: &Definition, package: &str, module: Option<&str>) -> FixState {
        let _ = (definition, package, module);
        FixState::Affected
    }

    /// The channel that a fixed version or a mark of the criteria (`ksplice`) stands for.
    fn channel(&self, fixed: Option<&str>, mark: Option<&str>) -> Option<Channel> {
        let _ = (fixed, mark);
        None
    }
}

/// Reads a file.
pub(crate) fn read<D: Dialect>(
    dialect: &D,
    file: &str,
    input: &mut dyn Read,
    seen: &mut Seen,
    into: &mut Collector<'_>,
) -> Result<(), FeedError> {
    let document = document::read(file, input)?;
    into.date(document.date);
    record::write(dialect, file, document, seen, into);
    Ok(())
}

/// Flaws whose rating was handed over already: errata repeat it.
pub(crate) type Seen = std::collections::HashSet<String>;

fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// The `Feed` of a dialect: everything but the facts is the same.
macro_rules! oval_feed {
    ($feed:ident, $dialect:expr, $wants:expr $(, $folder:expr)?) => {
        #[async_trait::async_trait]
        impl crate::Feed for $feed {
            fn meta(&self) -> &'static crate::FeedMeta {
                &META
            }

            $(
                async fn fetch(
                    &self,
                    http: &crate::Http,
                    origin: &crate::Origin,
                    since: Option<&crate::Cursor>,
                    dir: &std::path::Path,
                ) -> Result<crate::Fetched, crate::FeedError> {
                    $folder.fetch(&META, http, origin, since, dir).await
                }
            )?

            fn parse(
                &self,
                input: &std::path::Path,
                out: &mut dyn FnMut(plimsoll_model::Advisory),
            ) -> Result<crate::Stats, crate::FeedError> {
                struct Files<'a>(crate::Collector<'a>, crate::oval::Seen);

                impl crate::input::Visitor for Files<'_> {
                    fn wants(&self, name: &str) -> bool {
                        let wants: fn(&str) -> bool = $wants;
                        wants(name)
                    }

                    fn visit(
                        &mut self,
                        mut entry: crate::input::Entry<'_>,
                    ) -> Result<(), crate::FeedError> {
                        let name = entry.name.to_owned();
                        crate::oval::read(
                            &$dialect,
                            &name,
                            entry.reader(),
                            &mut self.1,
                            &mut self.0,
                        )
                    }
                }

                let collector = crate::Collector::new(META.id, out);
                let mut files = Files(collector, crate::oval::Seen::new());
                crate::input::walk(input, &mut files)?;
                files.0.finish(input)
            }
        }

        /// Reads one file of the feed.
        ///
        /// # Errors
        /// Where it is no OVAL, or larger than the limits of the reader.
        pub fn read(
            place: &str,
            input: &mut dyn std::io::Read,
            into: &mut crate::Collector<'_>,
        ) -> Result<(), crate::FeedError> {
            crate::oval::read(&$dialect, place, input, &mut crate::oval::Seen::new(), into)
        }
    };
}
pub(crate) use oval_feed;

#[cfg(test)]
mod tests;
