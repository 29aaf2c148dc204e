//! `drf-auth createuser`: `createsuperuser` for a user who is neither staff nor a superuser.

use std::process::ExitCode;

use clap::Args;

use super::new_user::{Flags, Kind};

const USER: Kind = Kind {
    is_superuser: false,
    prefix: "DJANGO_USER_",
    created: "User created successfully.",
    skipped: "User creation skipped due to not running in a TTY. You can run `drf-auth createuser` \
              in a terminal to create one manually, or with --noinput.",
};

/// The flags of `createuser`.
#[derive(Debug, Args)]
pub(super) struct CreateUser {
    #[command(flatten)]
    flags: Flags,
}

impl CreateUser {
    /// Asks for what is missing.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        self.flags.run(&USER)
    }
}
