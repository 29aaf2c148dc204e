//! `accounts::passwords`: bounded hashing. Time is never asserted: a hasher that waits to be told
//! shows who runs, who waits and who is refused.

use std::{
    convert::identity,
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
    django::{
        Release,
        hashers::{
            Cost, EncodeError, Hasher, Hashers, MalformedPassword, PBKDF2PasswordHasher,
            Parameters, Secret, Strength, Verification,
        },
    },
    lanes::{Engine, Path},
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

    fn encode(&self, password: &Secret, _salt: &str) -> Result<String, EncodeError> {
        self.pass();
        Ok(format!("gate${}", String::from_utf8_lossy(password)))
    }

    fn verify(&self, password: &Secret, encoded: &str) -> Result<Verification, MalformedPassword> {
        Ok((self.encode(password, "").unwrap() == encoded).into())
    }

    fn must_update(&self, _encoded: &str) -> Result<bool, MalformedPassword> {
        Ok(false)
    }

    fn harden_runtime(&self, _: &Secret, _: &str) -> Result<(), MalformedPassword> {
        Ok(())
    }

    fn cost(&self) -> Cost {
        any_cost()
    }

    fn stored_cost(&self, _encoded: &str) -> Result<Option<Cost>, MalformedPassword> {
        Ok(Some(any_cost()))
    }
}

fn any_cost() -> Cost {
    Cost { kind: String::new(), strength: Strength::Adaptive, family: "", work: 1, memory: 0 }
}

fn worker(gate: &Arc<Gate>, queue: usize, queue_wait: Duration) -> PasswordWorker {
    let hashers = Hashers::new(Arc::clone(gate) as Arc<dyn Hasher>, Vec::new());
    let limits = Limits { workers: 1, queue, queue_wait, memory: 0 };
    PasswordWorker::start(Arc::new(hashers), Engine::detect().clone(), limits).unwrap()
}

async fn check(worker: PasswordWorker, password: &str) -> Result<bool, CheckError> {
    let encoded = EncodedPassword::new("gate$right");
    let checked =
        worker.check(&Password::new(password.to_owned()), Some(&encoded), POLICY, identity).await?;
    Ok(matches!(checked.conclusion, Check::Correct { .. }))
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

/// Checks of several hashers and costs, right and wrong, all at once; some clients hang up midway.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_is_answered_one_by_one_right_on_every_path() {
    let mut parameters = Parameters::of(Release::V5_2);
    parameters.pbkdf2_sha256 = 30_000.try_into().unwrap();
    let names = ["pbkdf2_sha256", "pbkdf2_sha1", "md5"];
    let hashers = Arc::new(Hashers::named(names, &parameters).unwrap());
    let mut stored: Vec<String> = vec![
        hashers.make_password_with("right", None, Some("md5")).unwrap(),
        "pbkdf2_sha256$x".to_owned(),
        "!".to_owned(),
    ];
    for iterations in [1, 7, 29_999, 30_000, 45_000] {
        let hasher = PBKDF2PasswordHasher::new(iterations.try_into().unwrap());
        stored.push(hasher.encode(&"right".into(), "abcdefghijklmnopqrstuv").unwrap());
    }
    for path in Path::ALL {
        let Some(engine) = Engine::only(path) else {
            eprintln!("skipped: {path}: this processor has it not");
            continue;
        };
        let limits = Limits { workers: 2, queue: 1000, queue_wait: LONG, memory: 0 };
        let worker = PasswordWorker::start(Arc::clone(&hashers), engine, limits).unwrap();
        let policy = Policy { upgrade: true, refuse: false, only_current: false };
        let mut checks = Vec::new();
        for round in 0..6 {
            for encoded in &stored {
                let (worker, encoded) = (worker.clone(), EncodedPassword::new(encoded.clone()));
                let password = if round % 2 == 0 { "right" } else { "wrong" };
                let check = tokio::spawn(async move {
                    let checked = worker
                        .check(&Password::new(password.into()), Some(&encoded), policy, identity)
                        .await;
                    (password, encoded, checked.unwrap().conclusion)
                });
                if round == 3 {
                    check.abort();
                } else {
                    checks.push(check);
                }
            }
        }
        for check in checks {
            let (password, encoded, check) = check.await.unwrap();
            let encoded = encoded.expose();
            match (password, check) {
                (_, Check::Malformed(_)) => assert_eq!(encoded, "pbkdf2_sha256$x"),
                ("right", Check::Correct { upgrade }) => {
                    let dear = encoded.contains("30000") || encoded.contains("45000");
                    assert_eq!(upgrade.is_none(), dear, "{encoded}");
                    if let Some(upgrade) = upgrade {
                        assert_eq!(hashers.check_password("right", upgrade.expose()), Ok(true));
                    }
                }
                ("right", check) => assert!(encoded == "!" && matches!(check, Check::Wrong)),
                (_, check) => assert!(matches!(check, Check::Wrong), "{path}: {encoded}"),
            }
        }
    }
}

/// Panics where a real hasher never does.
#[derive(Debug)]
struct Explosive;

impl Hasher for Explosive {
    fn algorithm(&self) -> &'static str {
        "explosive"
    }

    fn encode(&self, _: &Secret, _: &str) -> Result<String, EncodeError> {
        Ok(String::new())
    }

    fn verify(&self, _: &Secret, _: &str) -> Result<Verification, MalformedPassword> {
        panic!("as ordered");
    }

    fn must_update(&self, _: &str) -> Result<bool, MalformedPassword> {
        Ok(false)
    }

    fn harden_runtime(&self, _: &Secret, _: &str) -> Result<(), MalformedPassword> {
        Ok(())
    }

    fn cost(&self) -> Cost {
        any_cost()
    }

    fn stored_cost(&self, _: &str) -> Result<Option<Cost>, MalformedPassword> {
        Ok(Some(any_cost()))
    }
}

#[tokio::test]
async fn a_check_that_breaks_off_takes_no_thread_with_it() {
    let hashers = Arc::new(Hashers::new(Arc::new(Explosive), Vec::new()));
    let limits = Limits { workers: 1, queue: 0, queue_wait: LONG, memory: 0 };
    let worker = PasswordWorker::start(hashers, Engine::detect().clone(), limits).unwrap();
    for stored in [Some("explosive$"), None, Some("explosive$"), None] {
        let encoded = stored.map(EncodedPassword::new);
        let checked = loop {
            let password = Password::new(String::new());
            match worker.check(&password, encoded.as_ref(), POLICY, identity).await {
                // The thread gives the place back a moment after the news.
                Err(CheckError::QueueFull) => tokio::time::sleep(Duration::from_millis(1)).await,
                checked => break checked,
            }
        };
        match stored {
            Some(_) => assert_eq!(checked.unwrap_err(), CheckError::Broken),
            None => assert!(matches!(checked.unwrap().conclusion, Check::Wrong)),
        }
    }
}

/// Finds no memory for anything.
#[derive(Debug)]
struct Starved;

impl Hasher for Starved {
    fn algorithm(&self) -> &'static str {
        "starved"
    }

    fn encode(&self, _: &Secret, _: &str) -> Result<String, EncodeError> {
        Err(EncodeError::NoMemory)
    }

    fn verify(&self, _: &Secret, encoded: &str) -> Result<Verification, MalformedPassword> {
        match encoded {
            "starved$right" => Ok(Verification::Correct),
            "starved$impossible" => Ok(Verification::Impossible),
            "starved$malformed" => Err(MalformedPassword::Parts),
            _ => Err(MalformedPassword::NoMemory),
        }
    }

    fn must_update(&self, _: &str) -> Result<bool, MalformedPassword> {
        Ok(false)
    }

    fn harden_runtime(&self, _: &Secret, _: &str) -> Result<(), MalformedPassword> {
        Err(MalformedPassword::NoMemory)
    }

    fn cost(&self) -> Cost {
        any_cost()
    }

    fn stored_cost(&self, _: &str) -> Result<Option<Cost>, MalformedPassword> {
        Ok(Some(any_cost()))
    }
}

#[tokio::test]
async fn without_memory_nobody_is_refused_for_less_work() {
    let hashers = Arc::new(Hashers::new(Arc::new(Starved), Vec::new()));
    let limits = Limits { workers: 1, queue: 9, queue_wait: LONG, memory: 0 };
    let worker = PasswordWorker::start(hashers, Engine::detect().clone(), limits).unwrap();
    for stored in [
        None,
        Some("!"),
        Some("unknown"),
        Some("starved$wrong"),
        Some("starved$impossible"),
        Some("starved$malformed"),
        Some("starved$right"),
    ] {
        let encoded = stored.map(EncodedPassword::new);
        let (password, policy) = (Password::new(String::new()), Policy { refuse: true, ..POLICY });
        let checked = worker.check(&password, encoded.as_ref(), policy, identity).await;
        assert_eq!(checked.unwrap_err(), CheckError::NoMemory, "{stored:?}");
    }
}
