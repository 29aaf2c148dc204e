//! Vectors come from real Djangos (`fixtures/passwords.jsonl`); the work is counted, never timed.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use super::*;

const PASSWORD: &str = "l\u{e8}tmein";

fn hasher(iterations: u32) -> PBKDF2PasswordHasher {
    PBKDF2PasswordHasher::new(NonZeroU32::new(iterations).unwrap())
}

fn hashers(iterations: u32) -> Hashers {
    Hashers::new(Arc::new(hasher(iterations)), Vec::new())
}

/// Counts the iterations that [`PBKDF2PasswordHasher`] would run.
#[derive(Debug)]
struct CountingHasher {
    inner: PBKDF2PasswordHasher,
    iterations: u32,
    work: AtomicU32,
}

impl CountingHasher {
    fn new(iterations: u32) -> Arc<Self> {
        Arc::new(Self { inner: hasher(iterations), iterations, work: AtomicU32::new(0) })
    }

    fn add(&self, work: u32) {
        self.work.fetch_add(work, Ordering::Relaxed);
    }

    fn take(&self) -> u32 {
        self.work.swap(0, Ordering::Relaxed)
    }
}

impl Hasher for CountingHasher {
    fn algorithm(&self) -> &'static str {
        self.inner.algorithm()
    }

    fn encode(&self, password: &[u8], salt: &str) -> String {
        self.add(self.iterations);
        self.inner.encode(password, salt)
    }

    fn verify(&self, password: &[u8], encoded: &str) -> Result<bool, MalformedPassword> {
        let verdict = self.inner.verify(password, encoded)?;
        self.add(PBKDF2PasswordHasher::stored_iterations(encoded).unwrap().get());
        Ok(verdict)
    }

    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword> {
        self.inner.must_update(encoded)
    }

    fn harden_runtime(&self, password: &[u8], encoded: &str) -> Result<(), MalformedPassword> {
        let stored = PBKDF2PasswordHasher::stored_iterations(encoded).unwrap().get();
        self.add(self.iterations.saturating_sub(stored));
        self.inner.harden_runtime(password, encoded)
    }

    fn would_lower_cost(&self, encoded: &str) -> bool {
        self.inner.would_lower_cost(encoded)
    }
}

/// Encoded by Django 6.0.10.
const ENCODED: &str = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
const LONG_SALT: &str =
    "pbkdf2_sha256$1000$abcdefghijklmnopqrstuv$U0gohcxyS7uZWC51gfsfQGH3XhfTzX/z9pk+BIv1JwY=";

#[test]
fn django_s_own_strings_verify() {
    let hashers = hashers(1000);
    let right = |encoded| hashers.verify_password(PASSWORD, encoded).unwrap();
    assert_eq!(right(ENCODED), Verdict { is_correct: true, must_update: true });
    assert_eq!(right(LONG_SALT), Verdict { is_correct: true, must_update: false });
    let wrong = hashers.verify_password("letmein", LONG_SALT).unwrap();
    assert_eq!(wrong, Verdict { is_correct: false, must_update: false });
}

#[test]
fn a_new_password_verifies_and_needs_no_update() {
    let hashers = hashers(3);
    let encoded = hashers.make_password("\0 pass\u{1f511}").unwrap();
    let verdict = hashers.verify_password("\0 pass\u{1f511}", &encoded).unwrap();
    assert_eq!(verdict, Verdict { is_correct: true, must_update: false });
    assert_eq!(encoded.split('$').nth(2).unwrap().len(), 22);
}

#[test]
fn every_refusal_costs_one_preferred_hash() {
    let counting = CountingHasher::new(5000);
    let hashers = Hashers::new(Arc::clone(&counting) as Arc<dyn Hasher>, Vec::new());
    let current = hasher(5000).encode(b"other", "abcdefghijklmnopqrstuv");
    let refused = [
        "",
        "!",
        "!abc",
        "x",
        "md5$a$b",
        "sha1$$",
        "pbkdf2_sha256",
        "pbkdf2_sha256$",
        ENCODED,
        LONG_SALT,
        "pbkdf2_sha256$1000",
        "pbkdf2_sha256$1000$salt",
        "pbkdf2_sha256$x$salt$h",
        "pbkdf2_sha256$-5$salt$h",
        "pbkdf2_sha256$10$$h",
        "pbkdf2_sha256$0$salt$h",
        "pbkdf2_sha256$1_0$salt$h",
        "pbkdf2_sha256$ 10 $s$h",
        "pbkdf2_sha256$10$salt$h$i",
        "pbkdf2_sha256$10$\u{e9}$h",
        "pbkdf2_sha256$99999999999$s$h",
        "pbkdf2_sha256$10000001$s$h",
        "pbkdf2_sha256$\u{661}\u{660}$s$h",
        "pbkdf2_sha256$010$s$h",
        &current,
    ];
    for encoded in refused {
        let verdict = hashers.verify_password("wrong", encoded);
        assert!(!verdict.is_ok_and(|verdict| verdict.is_correct), "{encoded}");
        assert_eq!(counting.take(), 5000, "{encoded}");
    }
    hashers.run_once(b"no such user");
    assert_eq!(counting.take(), 5000);
}

#[test]
fn a_cost_is_never_lowered() {
    assert!(hashers(999).would_lower_cost(ENCODED));
    assert!(!hashers(1000).would_lower_cost(ENCODED));
    assert!(!hashers(1001).would_lower_cost("md5$salt$3f86d0d3d465b7b458c231bf3555c0e3"));
    assert!(!hashers(1001).would_lower_cost("pbkdf2_sha256$x"));
}

#[test]
fn the_oldest_formats_have_names() {
    assert_eq!(identify_algorithm("88a434c88cca4e900f7874cd98123f43"), "unsalted_md5");
    assert_eq!(identify_algorithm("md5$$88a434c88cca4e900f7874cd98123f43"), "unsalted_md5");
    let unsalted = "sha1$$6d138ca3ae545631b3abd71a4f076ce759c5700b";
    assert_eq!(identify_algorithm(unsalted), "unsalted_sha1");
    assert_eq!(identify_algorithm("md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3"), "md5");
    assert_eq!(identify_algorithm(""), "");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(encoded in "(pbkdf2_sha256)?[$0-9a-z!\u{e9}\u{660}]{0,40}") {
        let _ = hashers(2).verify_password("x", &encoded);
    }
}
