//! `cargo xtask prove`: the same report from every source, on real Debian systems that this chore makes, and on the
//! Alpine systems of `PLIMSOLL_TEST_DATA`. Too slow for CI, and it needs root and a Debian mirror.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use crate::process::{cargo, execute, has, need, root};

/// Debian releases to make.
const RELEASES: &[&str] = &["bullseye", "bookworm", "trixie"];

/// What the systems hold in which nothing may be taken for malware: compilers and the languages that rules know.
const LANGUAGES: &str = "build-essential perl php-cli python3 python3-pip nodejs npm golang-go ruby openssh-server cron curl \
                         wget sudo nginx git";

/// `cargo xtask prove-malware`: nothing in real Debian systems with compilers and languages is taken for malware.
pub(crate) fn malware() -> Result<()> {
    let roots = root().join("target/prove-malware");
    fs::create_dir_all(&roots).with_context(|| format!("cannot make {}", roots.display()))?;
    need("debootstrap", has("debootstrap"), &["apt-get", "install", "-y", "debootstrap"])?;
    for release in RELEASES {
        let tree = roots.join(release);
        if tree.join("usr/bin/go").exists() && !tree.join("debootstrap").exists() {
            continue;
        }
        if !tree.join("var/lib/dpkg/status").is_file() || tree.join("debootstrap").exists() {
            execute(Command::new("debootstrap").args(["--variant=minbase", release]).arg(&tree))
                .context("debootstrap needs root and a Debian mirror")?;
        }
        // By apt: debootstrap does not see that a package may provide another, and npm needs some that do.
        let install = format!(
            "apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
             apt-get install -y -qq --no-install-recommends {LANGUAGES}"
        );
        execute(Command::new("chroot").arg(&tree).args(["sh", "-c", &install]))
            .context("apt needs a Debian mirror")?;
    }
    execute(
        cargo()
            .args([
                "test",
                "--release",
                "--locked",
                "--package",
                "plimsoll-malware",
                "--test",
                "clean",
            ])
            .args(["--", "--nocapture"])
            .env("PLIMSOLL_TEST_ROOTS", &roots),
    )
}

/// Makes what is not there yet and runs the test.
pub(crate) fn run() -> Result<()> {
    let roots = root().join("target/prove");
    fs::create_dir_all(&roots).with_context(|| format!("cannot make {}", roots.display()))?;
    need("debootstrap", has("debootstrap"), &["apt-get", "install", "-y", "debootstrap"])?;
    for release in RELEASES {
        let tree = roots.join(release);
        if tree.join("var/lib/dpkg/status").is_file() && !tree.join("debootstrap").exists() {
            continue;
        }
        execute(Command::new("debootstrap").args(["--variant=minbase", release]).arg(&tree))
            .context("debootstrap needs root and a Debian mirror")?;
    }
    execute(
        cargo()
            .args([
                "test",
                "--locked",
                "--package",
                "plimsoll",
                "--test",
                "sources",
                "--",
                "--nocapture",
            ])
            .env("PLIMSOLL_TEST_ROOTS", &roots),
    )
}
