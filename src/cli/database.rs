//! What the operator's commands on a database have in common.

use anyhow::Context as _;

/// Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("Operation cancelled.")]
pub(super) struct Cancelled;

/// Waits for what a command asks of the database, and of whoever sits at the terminal, or for Ctrl-C.
pub(super) fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot start")?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = work => done,
            cancelled = tokio::signal::ctrl_c() => Err(match cancelled {
                Ok(()) => Cancelled.into(),
                Err(error) => anyhow::anyhow!(error).context("no signals can be waited for"),
            }),
        }
    });
    // A thread may still read from the terminal.
    runtime.shutdown_background();
    done
}
