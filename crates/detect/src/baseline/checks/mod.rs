//! The checks of the system itself; those of services are in `services`.

pub(crate) mod accounts;
pub(crate) mod cron;
pub(crate) mod database;
pub(crate) mod environment;
pub(crate) mod files;
pub(crate) mod image_config;
pub(crate) mod keys;
pub(crate) mod modes;
pub(crate) mod packages;
pub(crate) mod passwords;
pub(crate) mod ssh;
pub(crate) mod sudo;
