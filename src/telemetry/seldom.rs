//! Events of the log that a client could cause by the thousand.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often one of a kind is said.
const EVERY: Duration = Duration::from_secs(10);

/// Lets one event of a kind through at once, then one every ten seconds, which tells how many were not
/// said. What is counted (`metrics`) is counted all the same.
#[derive(Debug)]
pub(crate) struct Seldom(Mutex<State>);

#[derive(Debug)]
struct State {
    said: Option<Instant>,
    unsaid: u64,
}

impl Seldom {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(State { said: None, unsaid: 0 }))
    }

    /// How many were not said since the last one that was; `None` where this one is not to be, either.
    pub(crate) fn unsaid(&self) -> Option<u64> {
        self.unsaid_at(Instant::now())
    }

    fn unsaid_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.said.is_some_and(|said| now.saturating_duration_since(said) < EVERY) {
            state.unsaid += 1;
            return None;
        }
        state.said = Some(now);
        Some(std::mem::take(&mut state.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_said_and_then_one_every_ten_seconds() {
        let (seldom, begin) = (Seldom::new(), Instant::now());
        let said = |seconds| seldom.unsaid_at(begin + Duration::from_secs(seconds));
        assert_eq!([0, 0, 9, 10, 15, 30].map(said), [Some(0), None, None, Some(2), None, Some(1)]);
        assert_eq!(said(1000), Some(0));
    }
}
