//! How much hashing was done: what the tests of equal refusals count. Nothing is counted elsewhere.

/// Notes work of one algorithm in its own unit: iterations, filled blocks, mixed blocks. And digests
/// of long passwords.
#[cfg(not(test))]
#[inline]
pub(super) fn done(_algorithm: &'static str, _units: u64) {}

#[cfg(test)]
pub(super) use self::counted::{done, take};

#[cfg(test)]
mod counted {
    use std::{cell::RefCell, collections::BTreeMap};

    thread_local! {
        static DONE: RefCell<BTreeMap<&'static str, u64>> = const { RefCell::new(BTreeMap::new()) };
    }

    pub(in super::super) fn done(algorithm: &'static str, units: u64) {
        if units > 0 {
            DONE.with_borrow_mut(|done| *done.entry(algorithm).or_default() += units);
        }
    }

    /// What this thread has done since the last call.
    pub(in super::super) fn take() -> BTreeMap<&'static str, u64> {
        DONE.with_borrow_mut(std::mem::take)
    }
}
