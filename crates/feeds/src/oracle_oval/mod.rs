//! Oracle Linux's errata as OVAL. Builds for kernels patched while they run (ksplice) and for machines under
//! FIPS rules are flavours with versions of their own: each is a channel, and never tells of the plain build.

use plimsoll_model::Channel;

use crate::{
    FeedMeta, Upstream,
    oval::{Criterion, Definition, Dialect, Literal, Scope, Target, Targets, oval_feed},
};

static META: FeedMeta = FeedMeta {
    id: "oracle-oval",
    title: "Oracle Linux OVAL",
    homepage: "https://linux.oracle.com/security/",
    licence: "none stated",
    upstream: &[Upstream {
        url: "https://linux.oracle.com/security/oval/com.oracle.elsa-all.xml.bz2",
        file: "com.oracle.elsa-all.xml.bz2",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct OracleOval;

oval_feed!(OracleOval, Oracle, |name| name.ends_with(".xml"));

struct Oracle;

impl Dialect for Oracle {
    const SOURCE: &'static str = "oracle";

    fn scope(&self, _file: &str, definition: &Definition) -> Result<Scope, &'static str> {
        if definition.id.starts_with("oval:com.oracle.elsa:") {
            Ok(Scope::default())
        } else {
            Err("definition for another product than the release")
        }
    }

    fn literal(&self, criterion: &Criterion<'_>, targets: &mut Targets) -> Literal {
        let comment = criterion.comment;
        if let Some(rest) = comment.strip_prefix("Oracle Linux ") {
            if let Some(arch) = rest.strip_prefix("arch is ") {
                // The package of a 32-bit system is built for i686, and i586 before.
                let arches: &[&str] = match arch {
                    "i386" => &["i386", "i586", "i686"],
                    "x86_64" => &["i386", "i586", "i686", "x86_64"],
                    arch => &[arch],
                };
                return Literal::Arches(arches.iter().map(|&a| a.to_owned()).collect());
            }
            return match rest.strip_suffix(" is installed") {
                Some(release) if release.bytes().all(|b| b.is_ascii_digit()) => {
                    Literal::Products(vec![targets.put(Target::base("ol", release))])
                }
                _ => Literal::Unknown,
            };
        }
        if let Some(module) =
            comment.strip_prefix("Module ").and_then(|m| m.strip_suffix(" is enabled"))
        {
            return Literal::Module(module.to_owned());
        }
        if comment.ends_with(" is ksplice-based") {
            return Literal::Mark("ksplice");
        }
        if comment.ends_with(" is fips patched") {
            return Literal::Mark("fips");
        }
        criterion.fact()
    }

    fn channel(&self, fixed: Option<&str>, mark: Option<&str>) -> Option<Channel> {
        // Older errata have the mark in the version only.
        let fixed = fixed.unwrap_or_default();
        let name = match mark {
            Some(mark) => mark,
            None if fixed.contains(".ksplice") => "ksplice",
            None if fixed.contains("_fips") || fixed.contains(".fips") => "fips",
            None => return None,
        };
        Some(Channel { name: name.to_owned(), paid: name == "ksplice" })
    }
}

#[cfg(test)]
mod tests;
