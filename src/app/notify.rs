//! What systemd is told (`Type=notify`); nothing where nobody listens.

use sd_notify::NotifyState;

/// Connections are taken.
pub(super) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("answering requests")]);
}

/// The first signal came.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("finishing the running requests")]);
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
