//! `drf-auth createsuperuser`, as `manage.py createsuperuser` is.

use std::process::ExitCode;

use clap::Args;

use super::new_user::{Flags, Kind};

const SUPERUSER: Kind = Kind {
    is_superuser: true,
    prefix: "DJANGO_SUPERUSER_",
    created: "Superuser created successfully.",
    skipped: "Superuser creation skipped due to not running in a TTY. You can run `manage.py \
              createsuperuser` in your project to create one manually.",
};

/// The flags of `createsuperuser`.
#[derive(Debug, Args)]
pub(super) struct CreateSuperuser {
    #[command(flatten)]
    flags: Flags,
}

impl CreateSuperuser {
    /// Asks for what is missing, and says what Django says.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        self.flags.run(&SUPERUSER)
    }
}
