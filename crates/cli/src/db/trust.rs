//! Which keys are trusted, and which ones sign.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use plimsoll_distribution::{DistributionError, MAX_KEY_BYTES, SigningKey, Trust, TrustedKeys};
use plimsoll_model::read_capped;
use plimsoll_policy::ExitCode;

use crate::{args::TrustArgs, failure::Failure};

/// Keys for everybody on this machine.
const SYSTEM_KEYS: &str = "/etc/plimsoll/db.pub";

/// Environment variable with the password of an encrypted secret key.
pub(super) const PASSWORD: &str = "PLIMSOLL_DB_KEY_PASSWORD";

/// The user's demands: keys that he names, else those of the configuration folders.
pub(super) fn trust(args: &TrustArgs) -> Result<Trust> {
    let places = places();
    let mut keys = TrustedKeys::default();
    for key in &args.key {
        let path = Path::new(key);
        let text = if path.is_file() { read(path)? } else { key.clone() };
        keys.extend(
            TrustedKeys::parse(&text)
                .with_context(|| format!("--key {key} is neither a file nor a key"))?,
        );
    }
    if args.key.is_empty() {
        for path in places.iter().filter(|path| path.is_file()) {
            let shown = path.display();
            keys.extend(
                TrustedKeys::parse(&read(path)?).with_context(|| format!("cannot use {shown}"))?,
            );
        }
    }
    Ok(Trust {
        keys,
        place: places.first().map(|path| path.display().to_string()).unwrap_or_default(),
        allow_unsigned: args.allow_unsigned,
        allow_older: args.allow_older,
    })
}

fn places() -> Vec<PathBuf> {
    let own = etcetera::choose_base_strategy().ok();
    let own = own.map(|places| places.config_dir().join("plimsoll/db.pub"));
    own.into_iter().chain([PathBuf::from(SYSTEM_KEYS)]).collect()
}

/// Reads secret keys.
pub(super) fn signing_keys(paths: &[PathBuf]) -> Result<Vec<SigningKey>> {
    let password = std::env::var(PASSWORD).ok().filter(|password| !password.is_empty());
    let key = |path: &PathBuf| {
        SigningKey::parse(&read(path)?, password.as_deref()).with_context(|| {
            format!(
                "cannot use the key {} (an encrypted one needs its password in {PASSWORD})",
                path.display()
            )
        })
    };
    paths.iter().map(key).collect()
}

fn read(path: &Path) -> Result<String> {
    let shown = path.display();
    let file = fs::File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let bytes = read_capped(file, MAX_KEY_BYTES).with_context(|| format!("cannot read {shown}"))?;
    String::from_utf8(bytes).with_context(|| format!("{shown} is no text"))
}

/// The published exit code of an error on the way of a database.
pub(super) fn failure(error: DistributionError) -> Failure {
    let code = match &error {
        DistributionError::NoKey { .. } | DistributionError::Key(_) => ExitCode::Usage,
        DistributionError::Io { .. } | DistributionError::Sign(_) => ExitCode::Internal,
        _ => ExitCode::NotAcquired,
    };
    Failure { code, error: error.into() }
}
