//! `plimsoll db push`, `export` and `keygen`: a database on its way to others.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf};

use anyhow::{Context, Result, anyhow};
use plimsoll_distribution::{Publication, export, generate, load_signatures, publish};
use plimsoll_image::registry::Reference;
use plimsoll_model::Digest;
use plimsoll_policy::ExitCode;
use plimsoll_vulndb::VulnDb;

use super::trust;
use crate::{
    acquire,
    args::{DbExportArgs, DbKeygenArgs, DbPushArgs, Global},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
};

/// The database to send and the signatures that it has.
fn database(named: Option<&PathBuf>, global: &Global) -> Result<(PathBuf, Vec<String>), Failure> {
    let path = named.cloned().or_else(|| places::default_db(global));
    let path = path
        .context("there is no database in use; build or update one, or name one with --db")
        .or_usage()?;
    let digest: Digest = VulnDb::open(&path)
        .with_context(|| format!("cannot use the advisory database {}", path.display()))
        .or_usage()?
        .info()
        .digest;
    let kept = places::cache_dir(global).map(|cache| places::signatures(&cache));
    let signatures = load_signatures(kept.as_deref(), &digest, &path);
    Ok((path, signatures))
}

/// Publishes a database in a registry.
pub(super) fn push(args: &DbPushArgs, global: &Global) -> Result<ExitCode, Failure> {
    let text = args.reference.strip_prefix("oci://").unwrap_or(&args.reference);
    let reference: Reference =
        text.parse().with_context(|| format!("`{text}` is no HOST/REPOSITORY:TAG")).or_usage()?;
    if global.offline {
        return Err(anyhow!("--offline was given, but a registry is to be written to")).or_usage();
    }
    let (db, signatures) = database(args.db.as_ref(), global)?;
    let keys = trust::signing_keys(&args.sign_key).or_usage()?;
    let options = acquire::registry_options(&args.registry, global).or_usage()?;
    let bars = Bars::new(global.quiet);
    if keys.is_empty() && signatures.is_empty() {
        bars.warn("the database is not signed: others will only take it with --allow-unsigned");
    }
    let step = bars.step(format!("publishing {reference}"));
    let runtime = acquire::runtime()?;
    let publication = Publication {
        db: &db,
        keys: &keys,
        signatures: if keys.is_empty() { signatures } else { Vec::new() },
        delta_from: &args.delta_from,
        allow_older: args.allow_older,
        options: &options,
    };
    let published = publish(&reference, &publication, &runtime);
    runtime.shutdown_background();
    step.finish_and_clear();
    let published = published.map_err(trust::failure)?;
    published.notes.iter().for_each(|note| bars.warn(note));
    for (from, bytes) in &published.deltas {
        bars.note(&format!("delta from {from}: {:.2} MB", *bytes as f64 / 1e6));
    }
    bars.note(&format!(
        "{} of {:.1} MB with {} signatures; {:.1} MB sent",
        published.digest,
        published.size as f64 / 1e6,
        published.signatures,
        published.uploaded as f64 / 1e6
    ));
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}@{}", reference.name(), published.manifest)
        .context("cannot write to standard output")?;
    Ok(ExitCode::Success)
}

/// Writes a database and its signatures into one file.
pub(super) fn run_export(args: &DbExportArgs, global: &Global) -> Result<ExitCode, Failure> {
    let (db, signatures) = database(args.db.as_ref(), global)?;
    let keys = trust::signing_keys(&args.sign_key).or_usage()?;
    let signatures = if keys.is_empty() { signatures } else { Vec::new() };
    let bars = Bars::new(global.quiet);
    let count = export(&db, &signatures, &keys, &args.file).map_err(trust::failure)?;
    let shown = args.file.display();
    match count {
        0 => bars
            .warn(&format!("{shown} is not signed: it can only be imported with --allow-unsigned")),
        _ => bars.note(&format!("{shown} written, signatures: {count}")),
    }
    Ok(ExitCode::Success)
}

/// Makes a pair of keys. Files that exist are never written over.
pub(super) fn keygen(args: &DbKeygenArgs, global: &Global) -> Result<ExitCode, Failure> {
    let password = std::env::var(trust::PASSWORD).ok().filter(|password| !password.is_empty());
    let pair = generate(password.as_deref()).map_err(trust::failure)?;
    let file = |extension: &str, mode: u32, text: &str| -> Result<PathBuf> {
        let mut path = args.name.clone().into_os_string();
        path.push(extension);
        let path = PathBuf::from(path);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        options
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    };
    let secret = file(".key", 0o600, &pair.secret).or_usage()?;
    let public = file(".pub", 0o644, &pair.public).or_usage()?;
    let bars = Bars::new(global.quiet);
    if password.is_none() {
        bars.note(&format!(
            "{} is not encrypted; set {} to make an encrypted key",
            secret.display(),
            trust::PASSWORD
        ));
    }
    bars.note(&format!("sign with {}, give {} to users", secret.display(), public.display()));
    let mut out = anstream::stdout().lock();
    out.write_all(pair.public.as_bytes()).context("cannot write to standard output")?;
    Ok(ExitCode::Success)
}
