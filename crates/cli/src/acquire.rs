//! From flags to an opened image.

use std::io::Read;

use anyhow::{Context, Result, bail};
use plimsoll_image::{
    Image, OpenOptions, PlatformChoice,
    registry::{ClientCertificate, Credentials, RegistryOptions},
};

use crate::{
    args::{Global, ImageArgs, RegistryArgs},
    failure::{Failure, OrExit},
};

/// Most bytes of a password on standard input.
const MAX_PASSWORD_BYTES: u64 = 64 << 10;

/// Opens the image that the flags name.
pub(crate) fn open(
    args: &ImageArgs,
    global: &Global,
    runtime: &tokio::runtime::Runtime,
) -> Result<Box<dyn Image>, Failure> {
    let options = options(args, global).or_usage()?;
    runtime.block_on(plimsoll_image::open(&args.image, &options)).or_not_acquired()
}

fn options(args: &ImageArgs, global: &Global) -> Result<OpenOptions> {
    let mut options = registry_options(&args.registry, global)?;
    options.platform = args.platform.clone().map_or(PlatformChoice::Default, PlatformChoice::Exact);
    Ok(options)
}

/// How registries are talked to.
pub(crate) fn registry_options(args: &RegistryArgs, global: &Global) -> Result<OpenOptions> {
    let mut registry = RegistryOptions::default();
    if let Some(username) = &args.username {
        let password = password()?;
        registry.credentials = Some(Credentials { username: username.clone(), password });
    }
    registry.ca_file = args.ca_cert.clone();
    if let (Some(certificate), Some(key)) = (&args.client_cert, &args.client_key) {
        registry.client_certificate =
            Some(ClientCertificate { certificate: certificate.clone(), key: key.clone() });
    }
    registry.insecure = args.insecure;
    registry.mirrors = args.mirror.iter().map(|m| m.parse()).collect::<Result<_, _>>()?;
    let mut options = OpenOptions::default();
    options.offline = global.offline;
    options.registry = registry;
    Ok(options)
}

/// What drives the network while other threads read.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the network runtime")
}

fn password() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_PASSWORD_BYTES)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("--password-stdin was given, but standard input holds no password");
    }
    Ok(password.to_owned())
}
