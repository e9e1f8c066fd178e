//! What somebody can do with a flaw, in classes that people without a security background understand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A class of harm, the worst first. The kebab-case name is stable and part of the JSON output.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// An attacker's program code or commands run.
    CodeExecution,
    /// The program is taken over as a whole: everything can be read, changed and stopped.
    Takeover,
    /// Text of an attacker becomes part of a query, command or template.
    CodeInjection,
    /// Whoever has a few rights gets more.
    PrivilegeEscalation,
    /// What needs a permission or login works without it.
    UnauthorisedAccess,
    /// Files outside of the intended folder are read or written.
    FileAccess,
    /// The program sends requests of an attacker's choice to places that only it can reach.
    RequestForgery,
    /// Messages are cut up otherwise than their sender meant.
    RequestSmuggling,
    /// An attacker's script runs in the browsers of other users.
    CrossSiteScripting,
    /// Users are led to a place, or into an action, that they did not choose.
    UserDeception,
    /// Encryption, signatures or certificates protect less than they seem to.
    WeakCryptography,
    /// Data is changed.
    DataManipulation,
    /// Data is read by whom it is not meant for.
    InformationDisclosure,
    /// The program crashes, hangs or uses up memory, disk or processor.
    DenialOfService,
}

impl Impact {
    /// All of them, the worst first.
    pub const ALL: [Impact; 14] = [
        Impact::CodeExecution,
        Impact::Takeover,
        Impact::CodeInjection,
        Impact::PrivilegeEscalation,
        Impact::UnauthorisedAccess,
        Impact::FileAccess,
        Impact::RequestForgery,
        Impact::RequestSmuggling,
        Impact::CrossSiteScripting,
        Impact::UserDeception,
        Impact::WeakCryptography,
        Impact::DataManipulation,
        Impact::InformationDisclosure,
        Impact::DenialOfService,
    ];

    /// In plain words, to be joined by commas.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Impact::CodeExecution => "code execution",
            Impact::Takeover => "full control",
            Impact::CodeInjection => "code injection",
            Impact::PrivilegeEscalation => "more rights than given",
            Impact::UnauthorisedAccess => "unauthorised access",
            Impact::FileAccess => "access to files outside of the intended folder",
            Impact::RequestForgery => "requests in the server's name",
            Impact::RequestSmuggling => "smuggled requests",
            Impact::CrossSiteScripting => "scripts in other users' browsers",
            Impact::UserDeception => "deceived users",
            Impact::WeakCryptography => "broken encryption or signatures",
            Impact::DataManipulation => "changed data",
            Impact::InformationDisclosure => "information disclosure",
            Impact::DenialOfService => "denial of service",
        }
    }
}
