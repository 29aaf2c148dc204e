//! The door: hands the arguments to [`drf_auth::cli`] and its exit code back.

use std::process::ExitCode;

fn main() -> ExitCode {
    drf_auth::cli::run(std::env::args_os())
}
