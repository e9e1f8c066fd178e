//! The checks, one file each.

mod add;
mod add_unverified;
mod apk_no_cache;
mod apt_in_run;
mod apt_lists;
mod as_casing;
mod cache_mount;
mod cd_in_run;
mod cmd_shell_form;
mod consecutive_run;
mod copy_archive;
mod copy_destination_slash;
mod copy_everything;
mod copy_ignored;
mod copy_own_stage;
mod copy_relative;
mod copy_root;
mod copy_secret_file;
mod copy_unknown_stage;
mod dependency_unpinned;
mod description;
mod dist_upgrade;
mod duplicate_stage;
mod empty_continuation;
mod empty_password;
mod entrypoint_root;
mod env_refers_to_itself;
mod first_instruction;
mod healthcheck_missing;
mod ignore_comment;
mod install_asks;
mod keyword_casing;
mod label_key;
mod label_required;
mod label_unknown;
mod label_value;
mod latest_tag;
mod legacy_pair;
mod maintainer;
mod onbuild_forbidden;
mod package_cache;
mod package_unpinned;
mod package_verification_off;
mod parse_error;
mod pip_cache;
mod pipe_to_shell;
mod pipefail;
mod platform_constant;
mod platform_redundant;
mod pointless_command;
mod port_invalid;
mod recommends;
mod registry_not_allowed;
mod reserved_stage;
mod secret_in_arg;
mod secret_in_env;
mod secret_in_run;
mod setuid;
mod several_cmd;
mod several_entrypoint;
mod several_healthcheck;
mod shell_link;
mod ssh_port;
mod stage_casing;
mod stage_unreachable;
mod sudo;
mod system_directory;
mod tls_verification_off;
mod undefined_arg_in_from;
mod undefined_variable;
mod untagged_image;
mod update_alone;
mod user_missing;
mod user_name;
mod user_root;
mod useradd_log;
mod wget_and_curl;
mod wget_progress;
mod workdir_relative;
mod world_writable;
mod yarn_cache;

use plimsoll_model::{Confidence, Severity};

use super::{
    check::{
        BUILD_CHECKS, BUILD_SECRETS, CACHE_MOUNTS, Check, Class, Hits, Judges, PRACTICES, REFERENCE,
    },
    instruction::{Instruction, Keyword, Word},
    packages::{APK, APT, DNF, GEM, GO, Manager, NPM, PIP, YUM, ZYPPER},
    plan::{self, Origin, Plan, Stage},
    secret,
    shell::{Argument, Command, Join, Outcome},
    variables,
};

static ALL: &[Check] = &[
    add::CHECK,
    add_unverified::CHECK,
    apk_no_cache::CHECK,
    apt_in_run::CHECK,
    apt_lists::CHECK,
    as_casing::CHECK,
    cache_mount::CHECK,
    cd_in_run::CHECK,
    cmd_shell_form::CHECK,
    consecutive_run::CHECK,
    copy_archive::CHECK,
    copy_destination_slash::CHECK,
    copy_everything::CHECK,
    copy_ignored::CHECK,
    copy_own_stage::CHECK,
    copy_relative::CHECK,
    copy_root::CHECK,
    copy_secret_file::CHECK,
    copy_unknown_stage::CHECK,
    dependency_unpinned::CHECK,
    description::CHECK,
    dist_upgrade::CHECK,
    duplicate_stage::CHECK,
    empty_continuation::CHECK,
    empty_password::CHECK,
    entrypoint_root::CHECK,
    env_refers_to_itself::CHECK,
    first_instruction::CHECK,
    healthcheck_missing::CHECK,
    ignore_comment::CHECK,
    install_asks::CHECK,
    keyword_casing::CHECK,
    label_key::CHECK,
    label_required::CHECK,
    label_unknown::CHECK,
    label_value::CHECK,
    latest_tag::CHECK,
    legacy_pair::CHECK,
    maintainer::CHECK,
    onbuild_forbidden::CHECK,
    package_cache::CHECK,
    package_unpinned::CHECK,
    package_verification_off::CHECK,
    parse_error::CHECK,
    pip_cache::CHECK,
    pipe_to_shell::CHECK,
    pipefail::CHECK,
    platform_constant::CHECK,
    platform_redundant::CHECK,
    pointless_command::CHECK,
    port_invalid::CHECK,
    recommends::CHECK,
    registry_not_allowed::CHECK,
    reserved_stage::CHECK,
    secret_in_arg::CHECK,
    secret_in_env::CHECK,
    secret_in_run::CHECK,
    setuid::CHECK,
    several_cmd::CHECK,
    several_entrypoint::CHECK,
    several_healthcheck::CHECK,
    shell_link::CHECK,
    ssh_port::CHECK,
    stage_casing::CHECK,
    stage_unreachable::CHECK,
    sudo::CHECK,
    system_directory::CHECK,
    tls_verification_off::CHECK,
    undefined_arg_in_from::CHECK,
    undefined_variable::CHECK,
    untagged_image::CHECK,
    update_alone::CHECK,
    user_missing::CHECK,
    user_name::CHECK,
    user_root::CHECK,
    useradd_log::CHECK,
    wget_and_curl::CHECK,
    wget_progress::CHECK,
    workdir_relative::CHECK,
    world_writable::CHECK,
    yarn_cache::CHECK,
];

/// All checks, by file name.
#[must_use]
pub fn all() -> &'static [Check] {
    ALL
}

/// The check of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.id.eq_ignore_ascii_case(id))
}

/// The stages with their `FROM`s.
fn stages<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = (&'p Stage, &'p Instruction)> {
    plan.stages.iter().filter_map(|stage| Some((stage, plan.instructions.get(stage.from)?)))
}

/// The image of a stage, expanded where that is possible.
fn image_of(stage: &Stage) -> &str {
    let written = stage.image.as_ref().map(|word| word.value.as_str());
    stage.resolved.as_deref().or(written).unwrap_or_default()
}

/// The tag of an image; a port of its registry is none.
fn tag(image: &str) -> Option<&str> {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split_once(':').map(|(_, tag)| tag)
}

/// Whether a `RUN` keeps a folder out of its layer by mounting something there.
fn cached_target(instruction: &Instruction, folder: &str) -> bool {
    plan::mounts(instruction).iter().any(|mount| {
        let target = mount.get("target").or(mount.get("dst")).or(mount.get("destination"));
        let is_cache = matches!(mount.get("type"), Some(&"cache" | &"tmpfs"));
        is_cache && target.is_some_and(|target| target.starts_with(folder))
    })
}

#[cfg(test)]
mod tests;
