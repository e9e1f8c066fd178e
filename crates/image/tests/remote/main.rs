//! Images that have to be asked for: registries, engines, content stores. Real programs where the machine
//! has them (`docker-registry`, `skopeo`, `podman`), servers of the test's own for what real ones do not
//! do on demand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod auth;
mod containerd;
mod engine;
mod faults;
mod fixture;
mod mirrors;
mod program;
mod server;
mod tls;
