//! One login attempt, from its credentials to its end: counted once, and logged once.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use tracing::Span;

use super::{UserId, authenticator::LoginError};
#[cfg(feature = "server")]
use crate::metrics::Registry;
use crate::metrics::{Counter, Family, Labels};

/// The target of the events, so that they can be told from all others: one for each attempt, with
/// `result` and `reason` in fixed words, how long it took (`duration_ms`, waiting and the floor
/// included), and the hasher and parameters of the row that was checked. The request's span says where
/// it came from.
///
/// Never the name that was presented: people type passwords there. Where it is no user's, `name` tells
/// attempts at one name from attempts at many, by a hash whose key ends with the process.
pub const AUDIT: &str = "drf_auth::audit";

/// How many attempts had which end.
#[derive(Clone, Debug)]
pub(super) struct Attempts {
    by_end: Family<Labels<2>, Counter>,
}

/// Every end that there can be, with its reasons.
const ENDS: [(&str, &[&str]); 3] = [
    ("accepted", &["none"]),
    (
        "refused",
        &[
            "unknown_user",
            "wrong_password",
            "unknown_hasher",
            "malformed_password",
            "damaged_row",
            "inactive_user",
            "vanished_user",
        ],
    ),
    (
        "unanswered",
        &[
            "queue_full",
            "queue_wait",
            "no_memory",
            "no_thread",
            "broken",
            "no_randomness",
            "row",
            "constraint",
            "database",
            "client_gone",
        ],
    ),
];

impl Default for Attempts {
    /// All counters are there from the beginning: a sum of one that is not there yet is none, and no
    /// alert would come of it.
    fn default() -> Self {
        let by_end: Family<Labels<2>, Counter> = Family::default();
        for (result, reasons) in ENDS {
            for &reason in reasons {
                let _: Counter =
                    by_end.get_or_create_owned(&[("result", result), ("reason", reason)]);
            }
        }
        Self { by_end }
    }
}

impl Attempts {
    #[cfg(feature = "server")]
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Login attempts by what came of them";
        registry.register("logins", help, self.by_end.clone());
    }

    /// An attempt begins, in the span of its request.
    pub(super) fn begin(&self, username: &str) -> Arc<Attempt> {
        Arc::new(Attempt {
            attempts: self.clone(),
            name: self::name(username),
            span: Span::current(),
            began: Instant::now(),
            hasher: OnceLock::new(),
            ended: AtomicBool::new(false),
        })
    }
}

/// Ends once, by whoever first knows how: the thread that checked the password, so that a refusal is
/// counted although its client has hung up; else the task that answers. Dropped without an end, it
/// leaves its trace, too.
#[derive(Debug)]
pub(super) struct Attempt {
    attempts: Attempts,
    name: u64,
    span: Span,
    began: Instant,
    hasher: OnceLock<String>,
    ended: AtomicBool,
}

impl Attempt {
    /// The kind of stored password that it met: that of a user who is there, and sound.
    pub(super) fn meets(&self, hasher: String) {
        // It meets one.
        let _ = self.hasher.set(hasher);
    }

    fn duration_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// How it ended. What comes later is of no interest.
    pub(super) fn end(&self, user: Result<&UserId, &LoginError>) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        self.span.in_scope(|| match user {
            Ok(user) => self.accepted(user),
            Err(error) => self.failed(error),
        });
    }

    fn accepted(&self, user: &UserId) {
        self.count("accepted", "none");
        let (duration_ms, hasher) = (self.duration_ms(), self.hasher.get());
        tracing::info!(
            target: AUDIT, result = "accepted", reason = "none", user.id = %user, duration_ms, hasher,
            "login accepted"
        );
    }

    fn failed(&self, error: &LoginError) {
        let (result, reason) = (error.result(), error.reason());
        self.count(result, reason);
        let (duration_ms, hasher) = (self.duration_ms(), self.hasher.get());
        let user = error.user().map(tracing::field::display);
        let name = user.is_none().then(|| format!("{:016x}", self.name));
        // The texts of these say more than their word; they quote nothing.
        match error {
            LoginError::MalformedPassword { .. } => {
                tracing::error!(target: AUDIT, result, reason, user.id = user, duration_ms, %error, "login refused");
            }
            LoginError::DamagedRow(_) => {
                tracing::error!(target: AUDIT, result, reason, name, duration_ms, %error, "login refused");
            }
            LoginError::UnknownHasher { .. } => {
                tracing::warn!(target: AUDIT, result, reason, user.id = user, duration_ms, "login refused");
            }
            LoginError::Overloaded(_) => {
                tracing::warn!(target: AUDIT, result, reason, name, duration_ms, "login not answered");
            }
            LoginError::NoRandomness | LoginError::Store(_) => {
                tracing::error!(target: AUDIT, result, reason, name, duration_ms, %error, "login not answered");
            }
            _ => {
                tracing::info!(
                    target: AUDIT, result, reason, user.id = user, name, duration_ms, hasher, "login refused"
                );
            }
        }
    }

    fn count(&self, result: &'static str, reason: &'static str) {
        self.attempts.by_end.get_or_create(&[("result", result), ("reason", reason)]).inc();
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !*self.ended.get_mut() {
            self.span.in_scope(|| {
                let (result, reason, name) = ("unanswered", "client_gone", self.name);
                self.count(result, reason);
                let (name, duration_ms) = (format!("{name:016x}"), self.duration_ms());
                tracing::info!(target: AUDIT, result, reason, name, duration_ms, "login abandoned");
            });
        }
    }
}

/// The same for the same name, in this process alone.
fn name(username: &str) -> u64 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEY.hash_one(username)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::{
            passwords::CheckError,
            store::{StoreError, StoreErrorKind},
        },
        django::hashers::MalformedPassword,
    };

    #[test]
    fn every_end_is_listed() {
        let user = || UserId::from(1);
        let store = |kind| StoreError::new(kind, "away");
        let errors = [
            LoginError::UnknownUser,
            LoginError::WrongPassword { user: user() },
            LoginError::UnknownHasher { user: user() },
            LoginError::MalformedPassword { user: user(), reason: MalformedPassword::Parts },
            LoginError::DamagedRow(store(StoreErrorKind::Row)),
            LoginError::InactiveUser { user: user() },
            LoginError::VanishedUser { user: user() },
            LoginError::Overloaded(CheckError::QueueFull),
            LoginError::Overloaded(CheckError::QueueWait),
            LoginError::Overloaded(CheckError::NoMemory),
            LoginError::Overloaded(CheckError::NoThread),
            LoginError::Overloaded(CheckError::Broken),
            LoginError::NoRandomness,
            LoginError::Store(store(StoreErrorKind::Row)),
            LoginError::Store(store(StoreErrorKind::Constraint)),
            LoginError::Store(store(StoreErrorKind::Unavailable)),
        ];
        let seen: Vec<_> = errors.iter().map(|error| (error.result(), error.reason())).collect();
        let listed = ENDS.iter().flat_map(|&(end, reasons)| reasons.iter().map(move |&r| (end, r)));
        let without_error = [("accepted", "none"), ("unanswered", "client_gone")];
        let listed: Vec<_> = listed.filter(|end| !without_error.contains(end)).collect();
        assert_eq!(seen, listed);
    }
}
