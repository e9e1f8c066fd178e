//! What package managers are asked to install.

use super::shell::{Argument, Command};

/// A package manager.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manager {
    /// Names of the program.
    pub(crate) programs: &'static [&'static str],
    /// Words that make it install.
    pub(crate) verbs: &'static [&'static str],
    /// Options that take the next word as their value.
    pub(crate) valued: &'static [&'static str],
}

pub(crate) const APT: Manager = Manager {
    programs: &["apt-get", "apt", "aptitude"],
    verbs: &["install"],
    valued: &[
        "-o",
        "-t",
        "-c",
        "-a",
        "--option",
        "--target-release",
        "--default-release",
        "--config-file",
        "--solver",
    ],
};
pub(crate) const APK: Manager = Manager {
    programs: &["apk"],
    verbs: &["add"],
    valued: &[
        "-t",
        "--virtual",
        "-X",
        "--repository",
        "-p",
        "--root",
        "--keys-dir",
        "--repositories-file",
        "--cache-dir",
        "--wait",
        "--arch",
    ],
};
pub(crate) const YUM: Manager = Manager {
    programs: &["yum"],
    verbs: &["install", "reinstall", "localinstall", "groupinstall"],
    valued: &[
        "-c",
        "-d",
        "-e",
        "-x",
        "--enablerepo",
        "--disablerepo",
        "--installroot",
        "--setopt",
        "--releasever",
        "--exclude",
    ],
};
pub(crate) const DNF: Manager = Manager {
    programs: &["dnf", "dnf5", "microdnf", "tdnf"],
    verbs: &["install", "reinstall"],
    valued: &[
        "-c",
        "-d",
        "-e",
        "-x",
        "--enablerepo",
        "--disablerepo",
        "--installroot",
        "--setopt",
        "--releasever",
        "--exclude",
        "--repo",
    ],
};
pub(crate) const ZYPPER: Manager = Manager {
    programs: &["zypper"],
    verbs: &["install", "in"],
    valued: &["-r", "--repo", "--from", "-t", "--type", "-R", "--root", "-p", "--plus-repo"],
};
pub(crate) const PIP: Manager = Manager {
    programs: &["pip", "pip2", "pip3"],
    verbs: &["install"],
    valued: &[
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-e",
        "--editable",
        "-t",
        "--target",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "--trusted-host",
        "--prefix",
        "--root",
        "--src",
        "--platform",
        "--python-version",
        "--implementation",
        "--abi",
        "--cache-dir",
        "--timeout",
        "--retries",
        "--proxy",
        "--cert",
        "--no-binary",
        "--only-binary",
        "--upgrade-strategy",
        "--log",
        "--config-settings",
        "-C",
        "--progress-bar",
        "--global-option",
        "--install-option",
        "--default-timeout",
        "--group",
        "--python",
    ],
};
pub(crate) const NPM: Manager = Manager {
    programs: &["npm"],
    verbs: &["install", "i", "add", "isntall"],
    valued: &[
        "--prefix",
        "--registry",
        "--cache",
        "-w",
        "--workspace",
        "--loglevel",
        "--userconfig",
        "--omit",
        "--include",
        "--tag",
        "--fetch-timeout",
        "--fetch-retries",
    ],
};
pub(crate) const GEM: Manager = Manager {
    programs: &["gem"],
    verbs: &["install", "i"],
    valued: &[
        "-v",
        "--version",
        "-i",
        "--install-dir",
        "-n",
        "--bindir",
        "-s",
        "--source",
        "-p",
        "--http-proxy",
        "-P",
        "--trust-policy",
        "-g",
        "--file",
        "--platform",
    ],
};
pub(crate) const GO: Manager = Manager {
    programs: &["go"],
    verbs: &["install"],
    valued: &["-ldflags", "-tags", "-o", "-gcflags", "-p", "-mod", "-C", "-asmflags", "-buildmode"],
};

impl Manager {
    /// What a command asks this manager to install; `None` where it is another command.
    pub(crate) fn installs<'c>(&self, command: &'c Command) -> Option<Vec<&'c Argument>> {
        let args = self.behind_program(command)?;
        let mut operands = self.operands(args);
        let verb = operands.next()?;
        self.verbs.contains(&verb.value.as_str()).then(|| operands.collect())
    }

    /// Whether a command is this manager with one of these verbs.
    pub(crate) fn does(&self, command: &Command, verbs: &[&str]) -> bool {
        self.behind_program(command)
            .and_then(|args| self.operands(args).next())
            .is_some_and(|verb| verbs.contains(&verb.value.as_str()))
    }

    /// The arguments: `python -m pip …` is `pip …`.
    fn behind_program<'c>(&self, command: &'c Command) -> Option<&'c [Argument]> {
        if command.is(self.programs) || self.is_versioned(command.base_name()) {
            return Some(&command.args);
        }
        if self.programs.contains(&"pip") && command.base_name().starts_with("python") {
            let at = command.args.iter().position(|arg| arg.value == "-m")?;
            let is_pip = command.args.get(at + 1).is_some_and(|arg| arg.value == "pip");
            return is_pip.then(|| command.args.get(at + 2..).unwrap_or_default());
        }
        None
    }

    /// `pip3.11`
    fn is_versioned(&self, name: &str) -> bool {
        let version = self.programs.contains(&"pip").then(|| name.strip_prefix("pip")).flatten();
        version.is_some_and(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    }

    fn operands<'c>(&self, args: &'c [Argument]) -> impl Iterator<Item = &'c Argument> + use<'c> {
        let valued = self.valued;
        let mut skip = false;
        args.iter().filter(move |arg| {
            if std::mem::take(&mut skip) {
                return false;
            }
            if arg.value.starts_with('-') {
                skip = valued.contains(&arg.value.as_str());
                return false;
            }
            !arg.value.is_empty()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{Options, plan::Plan};

    fn installed(manager: &Manager, code: &str) -> Option<Vec<String>> {
        let options = Options::default();
        let text = format!("FROM a\nRUN {code}");
        let plan = Plan::of_dockerfile(&text, &options);
        let (_, command) = plan.commands().next()?;
        Some(manager.installs(command)?.into_iter().map(|arg| arg.value.clone()).collect())
    }

    #[test]
    fn packages_without_options_and_their_values() {
        for (manager, code, packages) in [
            (&APT, "apt-get -o A=b install -t bookworm -y x y=1", vec!["x", "y=1"]),
            (&APK, "apk add --no-cache --virtual .build x", vec!["x"]),
            (&PIP, "python3 -m pip install -r req.txt x", vec!["x"]),
            (&PIP, "pip3.11 install x", vec!["x"]),
            (&NPM, "npm i -g x@1", vec!["x@1"]),
        ] {
            assert_eq!(installed(manager, code).unwrap_or_default(), packages, "{code}");
        }
        assert_eq!(installed(&APT, "apt-get update"), None);
    }
}
