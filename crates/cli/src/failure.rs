//! Which published exit code an error means.

use plimsoll_policy::ExitCode;

/// An error and the code to end with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    pub(crate) error: anyhow::Error,
}

/// Attaches an exit code to an error.
pub(crate) trait OrExit<T> {
    /// The error is the command line's, a setting's or an ignore file's.
    fn or_usage(self) -> Result<T, Failure>;
    /// The image, or the feeds, cannot be had.
    fn or_not_acquired(self) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_usage(self) -> Result<T, Failure> {
        self.map_err(|error| Failure { code: ExitCode::Usage, error: error.into() })
    }

    fn or_not_acquired(self) -> Result<T, Failure> {
        self.map_err(|error| Failure { code: ExitCode::NotAcquired, error: error.into() })
    }
}

/// Everything that has no better code is internal.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { code: ExitCode::Internal, error }
    }
}
