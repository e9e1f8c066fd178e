//! Images that have to be asked for: registries, engines, content stores. Real programs where the machine
//! has them (`docker-registry`, `skopeo`, `podman`, `containerd`), servers of the test's own for what real
//! ones do not do on demand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod auth;
mod containerd;
mod daemon;
mod engine;
mod faults;
mod fixture;
mod mirrors;
mod podman;
#[allow(dead_code)]
mod programs;
mod push;
mod real_registry;
mod server;
#[allow(dead_code)]
mod shelf;
mod tls;
