//! In the place of the room `metrics` where the server was left out: nothing counts, nobody asks.

#![expect(clippy::unused_self, reason = "as the room's own types are called")]
#![allow(dead_code, reason = "what only the store counts, where there is none")]

/// The names of so many labels, each with its value.
pub(crate) type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Counts nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counter(());

impl Counter {
    pub(crate) fn inc(self) {}
}

/// Observes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Histogram;

impl Histogram {
    pub(crate) fn new<const N: usize>(_bounds: [f64; N]) -> Self {
        Self
    }

    pub(crate) fn observe(self, _value: f64) {}
}

/// The same for all labels.
#[derive(Clone, Debug)]
pub(crate) struct Family<L, M, C = fn() -> M> {
    make: C,
    of: std::marker::PhantomData<(L, M)>,
}

impl<L, M: Default> Default for Family<L, M> {
    fn default() -> Self {
        Self::new_with_constructor(M::default)
    }
}

impl<L, M, C: Fn() -> M> Family<L, M, C> {
    pub(crate) fn new_with_constructor(make: C) -> Self {
        Self { make, of: std::marker::PhantomData }
    }

    pub(crate) fn get_or_create(&self, _labels: &L) -> M {
        (self.make)()
    }

    pub(crate) fn get_or_create_owned(&self, _labels: &L) -> M {
        (self.make)()
    }
}

pub(crate) fn seconds() -> Histogram {
    Histogram
}
