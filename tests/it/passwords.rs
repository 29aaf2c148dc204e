//! `accounts::passwords`: bounded hashing. Time is never asserted: a hasher that waits to be told
//! shows who runs, who waits and who is refused.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use drf_auth::{
    accounts::{
        EncodedPassword, Password,
        passwords::{Check, CheckError, Limits, PasswordWorker, Policy},
    },
    django::hashers::{EncodeError, Hasher, Hashers, MalformedPassword, Strength, Verification},
};

const POLICY: Policy = Policy { upgrade: false, refuse: false, only_current: false };

/// Encodes to `gate$<password>`, once the gate is open.
#[derive(Debug, Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
    begun: AtomicUsize,
}

impl Gate {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn pass(&self) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.opened.wait(open).unwrap();
        }
    }

    async fn begun(&self, count: usize) {
        while self.begun.load(Ordering::SeqCst) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Hasher for Gate {
    fn algorithm(&self) -> &'static str {
        "gate"
    }

    fn encode(&self, password: &[u8], _salt: &str) -> Result<String, EncodeError> {
        self.pass();
        Ok(format!("gate${}", String::from_utf8_lossy(password)))
    }

    fn verify(&self, password: &[u8], encoded: &str) -> Result<Verification, MalformedPassword> {
        Ok((self.encode(password, "").unwrap() == encoded).into())
    }

    fn must_update(&self, _encoded: &str) -> Result<bool, MalformedPassword> {
        Ok(false)
    }

    fn harden_runtime(&self, _: &[u8], _: &str) -> Result<(), MalformedPassword> {
        Ok(())
    }

    fn would_lower_cost(&self, _encoded: &str) -> bool {
        false
    }

    fn strength(&self) -> Strength {
        Strength::Adaptive
    }
}

fn worker(gate: &Arc<Gate>, queue: usize, queue_wait: Duration) -> PasswordWorker {
    let hashers = Hashers::new(Arc::clone(gate) as Arc<dyn Hasher>, Vec::new());
    PasswordWorker::new(Arc::new(hashers), Limits { workers: 1, queue, queue_wait })
}

async fn check(worker: PasswordWorker, password: &str) -> Result<bool, CheckError> {
    let encoded = Some(EncodedPassword::new("gate$right"));
    let check = worker.check(Password::new(password.to_owned()), encoded, POLICY).await?;
    Ok(matches!(check, Check::Correct { .. }))
}

const LONG: Duration = Duration::from_mins(10);

#[tokio::test]
async fn who_finds_no_place_is_refused_at_once() {
    let gate = Arc::new(Gate::default());
    let worker = worker(&gate, 1, LONG);
    let running = tokio::spawn(check(worker.clone(), "right"));
    gate.begun(1).await;
    let waiting = tokio::spawn(check(worker.clone(), "wrong"));
    tokio::task::yield_now().await;
    // The waiting one holds the only place.
    let refused = loop {
        match check_now(&worker).await {
            Some(refused) => break refused,
            None => tokio::task::yield_now().await,
        }
    };
    assert_eq!(refused, CheckError::QueueFull);
    assert_eq!(gate.begun.load(Ordering::SeqCst), 1, "a refusal is no work");
    gate.open();
    assert_eq!(running.await.unwrap(), Ok(true));
    assert_eq!(waiting.await.unwrap(), Ok(false));
    assert_eq!(check(worker, "right").await, Ok(true), "the places are free again");
}

/// The error of a check that is refused at once; `None` where it would wait.
async fn check_now(worker: &PasswordWorker) -> Option<CheckError> {
    let check = check(worker.clone(), "right");
    tokio::time::timeout(Duration::from_millis(1), check).await.ok()?.err()
}

#[tokio::test]
async fn who_waits_too_long_is_refused() {
    let gate = Arc::new(Gate::default());
    let worker = worker(&gate, 5, Duration::from_millis(5));
    let running = tokio::spawn(check(worker.clone(), "right"));
    gate.begun(1).await;
    assert_eq!(check(worker.clone(), "right").await, Err(CheckError::QueueWait));
    gate.open();
    assert_eq!(running.await.unwrap(), Ok(true));
}

#[tokio::test]
async fn a_client_that_hangs_up_frees_no_worker_that_still_works() {
    let gate = Arc::new(Gate::default());
    let worker = worker(&gate, 0, LONG);
    let running = tokio::spawn(check(worker.clone(), "right"));
    gate.begun(1).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert_eq!(check(worker.clone(), "right").await, Err(CheckError::QueueFull));
    gate.open();
    while check(worker.clone(), "right").await != Ok(true) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_waits_leaves_its_place() {
    let gate = Arc::new(Gate::default());
    let worker = worker(&gate, 1, LONG);
    let running = tokio::spawn(check(worker.clone(), "right"));
    gate.begun(1).await;
    for _ in 0..10 {
        let waiting = tokio::spawn(check(worker.clone(), "right"));
        tokio::task::yield_now().await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
    }
    gate.open();
    assert_eq!(running.await.unwrap(), Ok(true));
    assert_eq!(gate.begun.load(Ordering::SeqCst), 1);
}
