//! `accounts::authenticator`: when a refusal may leave. Only that it is not too early is asserted, and
//! that it holds nobody up.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use drf_auth::{
    accounts::{
        Credentials, EncodedPassword, Password, StoredUser, TokenKey, TokenOwner, UserId,
        authenticator::{Authenticator, LoginError},
        grants::{GrantStore, GrantTables, Permission},
        passwords::{Limits, PasswordWorker},
        refusal_floor::RefusalFloor,
        store::{AccountStore, SchemaError, StoreError, StoreErrorKind},
    },
    django::{
        Release,
        hashers::{Hashers, Parameters},
    },
    lanes::Engine,
    metrics::{self, ours, registry},
};

/// Users whose names are their stored passwords; one whose name is "away" asks too much, and one is
/// there twice.
#[derive(Debug)]
struct Names;

#[async_trait]
impl AccountStore for Names {
    async fn find_user(&self, username: &str) -> Result<Option<StoredUser>, StoreError> {
        match username {
            "nobody" => Ok(None),
            "twice" => Err(StoreError::new(StoreErrorKind::Row, "two users of one name")),
            "away" => Err(StoreError::new(StoreErrorKind::Unavailable, "away")),
            _ => Ok(Some(StoredUser {
                id: UserId::Int(1),
                password: EncodedPassword::new(username.trim_start_matches("inactive ")),
                is_active: !username.starts_with("inactive "),
            })),
        }
    }

    async fn find_token_owner(&self, _: &str) -> Result<Option<TokenOwner>, StoreError> {
        Ok(None)
    }

    async fn get_or_create_token(
        &self,
        _: &UserId,
        fresh: &TokenKey,
    ) -> Result<Option<TokenKey>, StoreError> {
        Ok(Some(fresh.clone()))
    }

    async fn upgrade_password(
        &self,
        _: &UserId,
        _: &EncodedPassword,
        _: &EncodedPassword,
    ) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn delete_token(&self, _: &TokenKey) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn recent_passwords(&self, _: u32) -> Result<Vec<EncodedPassword>, StoreError> {
        Ok(Vec::new())
    }

    async fn oldest_passwords(&self, _: u32) -> Result<Vec<EncodedPassword>, StoreError> {
        Ok(Vec::new())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn check_schema(&self) -> Result<(), SchemaError> {
        Ok(())
    }

    async fn close(&self) {}
}

#[async_trait]
impl GrantStore for Names {
    async fn has_permission(&self, _: &UserId, _: &Permission) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn groups_of(&self, _: &UserId) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn permissions_of(&self, _: Option<&UserId>) -> Result<Vec<Permission>, StoreError> {
        Ok(Vec::new())
    }

    async fn check_grants(&self, _: GrantTables) -> Result<(), SchemaError> {
        Ok(())
    }
}

fn hashers() -> Arc<Hashers> {
    let mut parameters = Parameters::of(Release::V5_2);
    parameters.pbkdf2_sha256 = 10.try_into().unwrap();
    parameters.argon2.memory_cost = 8192;
    Arc::new(Hashers::named(["pbkdf2_sha256", "argon2"], &parameters).unwrap())
}

fn authenticator(floor: RefusalFloor) -> Authenticator {
    authenticator_with(hashers(), floor)
}

fn authenticator_with(hashers: Arc<Hashers>, floor: RefusalFloor) -> Authenticator {
    let limits = Limits { workers: 1, queue: 10, queue_wait: Duration::from_mins(10), memory: 0 };
    let passwords = PasswordWorker::start(hashers, Engine::detect().clone(), limits).unwrap();
    Authenticator::new(Arc::new(Names), passwords, false, floor)
}

async fn log_in(authenticator: &Authenticator, username: &str) -> Result<TokenKey, LoginError> {
    guess(authenticator, username, "right").await
}

async fn guess(
    authenticator: &Authenticator,
    username: &str,
    password: &str,
) -> Result<TokenKey, LoginError> {
    let credentials = Credentials {
        username: username.to_owned(),
        password: Password::new(password.to_owned()),
        password_is_text: true,
    };
    authenticator.log_in(credentials).await
}

#[tokio::test]
async fn no_refusal_leaves_before_the_floor_and_none_holds_a_thread() {
    let floor = Duration::from_millis(700);
    let authenticator = authenticator(RefusalFloor::fixed(floor));
    let right = hashers().make_password("right").unwrap();
    let wrong = hashers().make_password("wrong").unwrap();
    for name in ["nobody", "twice", &wrong, "!", "pbkdf2_sha256$x", "unknown$x"] {
        let began = Instant::now();
        let refused = log_in(&authenticator, name);
        tokio::pin!(refused);
        // The only thread has long gone on to others while a refusal pauses.
        let accepted = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            log_in(&authenticator, &right).await
        };
        tokio::select! {
            biased;
            refused = &mut refused => panic!("{name}: {refused:?} before others were served"),
            accepted = accepted => assert!(accepted.is_ok(), "{accepted:?}"),
        }
        assert!(refused.await.unwrap_err().is_refusal(), "{name}");
        assert!(began.elapsed() >= floor, "{name}");
    }
    let error = log_in(&authenticator, "away").await.unwrap_err();
    assert!(!error.is_refusal(), "{error}");
}

#[tokio::test]
async fn the_inactive_log_in_where_all_users_are_allowed() {
    let authenticator = authenticator(RefusalFloor::fixed(Duration::ZERO));
    let name = format!("inactive {}", hashers().make_password("right").unwrap());
    let error = log_in(&authenticator, &name).await.unwrap_err();
    assert!(matches!(error, LoginError::InactiveUser { .. }), "{error}");
    let authenticator = authenticator.let_inactive_log_in(true).with_key_length(64);
    let key = log_in(&authenticator, &name).await.unwrap();
    assert_eq!(key.expose().len(), 64);
    let error = log_in(&authenticator, "twice").await.unwrap_err();
    assert!(matches!(error, LoginError::DamagedRow(_)) && error.is_refusal(), "{error}");
}

#[tokio::test]
async fn auto_follows_the_dearest_kind_in_use() {
    let authenticator = authenticator(RefusalFloor::auto());
    let dear = hashers().make_password_with("wrong", None, Some("argon2")).unwrap();
    // How long that kind takes, as the floor will measure it, at least.
    let cheapest = (0..5).map(|_| {
        let began = Instant::now();
        assert_eq!(hashers().check_password("right", &dear), Ok(false));
        began.elapsed()
    });
    let cheapest = cheapest.min().unwrap();
    authenticator.learn_costs(&[EncodedPassword::new(dear.clone())]).await;
    for name in ["nobody", "!", "pbkdf2_sha256$x"] {
        let began = Instant::now();
        assert!(log_in(&authenticator, name).await.unwrap_err().is_refusal());
        assert!(began.elapsed() >= cheapest / 2, "{name}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_password_that_bcrypt_takes_not_lowers_no_floor() {
    const SALT: &str = "$2b$08$Jq0wJkcQCX0FBX1m0oKeVu";
    let mut parameters = Parameters::of(Release::V5_2);
    parameters.pbkdf2_sha256 = 10.try_into().unwrap();
    let hashers = Arc::new(Hashers::named(["pbkdf2_sha256", "bcrypt"], &parameters).unwrap());
    let authenticator = authenticator_with(Arc::clone(&hashers), RefusalFloor::auto());
    let dear = hashers.make_password_with("wrong", Some(SALT), Some("bcrypt")).unwrap();
    let cheapest = (0..5).map(|_| {
        let began = Instant::now();
        assert_eq!(hashers.check_password("right", &dear), Ok(false));
        began.elapsed()
    });
    let cheapest = cheapest.min().unwrap();
    authenticator.learn_costs(&[EncodedPassword::new(dear.clone())]).await;
    for _ in 0..20 {
        let error = guess(&authenticator, &dear, &"x".repeat(73)).await.unwrap_err();
        assert!(matches!(error, LoginError::WrongPassword { .. }), "{error}");
    }
    let began = Instant::now();
    assert!(log_in(&authenticator, "nobody").await.unwrap_err().is_refusal());
    assert!(began.elapsed() >= cheapest / 2, "{:?} of {cheapest:?}", began.elapsed());
}

#[tokio::test]
async fn where_no_check_has_room_the_database_is_not_asked() {
    let limits = Limits { workers: 1, queue: 0, queue_wait: Duration::from_mins(10), memory: 0 };
    let mut parameters = Parameters::of(Release::V5_2);
    parameters.pbkdf2_sha256 = 10_000_000.try_into().unwrap();
    let hashers = Arc::new(Hashers::named(["pbkdf2_sha256"], &parameters).unwrap());
    let passwords = PasswordWorker::start(hashers, Engine::detect().clone(), limits).unwrap();
    let floor = RefusalFloor::fixed(Duration::ZERO);
    let authenticator = Arc::new(Authenticator::new(Arc::new(Names), passwords, false, floor));
    let busy: Vec<_> = (0..Engine::detect().capacity())
        .map(|_| {
            let authenticator = Arc::clone(&authenticator);
            tokio::spawn(async move { log_in(&authenticator, "nobody").await })
        })
        .collect();
    while authenticator.passwords().has_room().is_ok() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Its name would make the database fail.
    let error = log_in(&authenticator, "away").await.unwrap_err();
    assert!(matches!(error, LoginError::Overloaded(_)), "{error}");
    busy.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_refusal_is_counted_though_its_client_hangs_up() {
    let authenticator = authenticator(RefusalFloor::fixed(Duration::from_mins(10)));
    let mut registry = registry();
    authenticator.register_metrics(ours(&mut registry));
    let ends = || {
        let text = metrics::expose(&registry).unwrap();
        let counted =
            |line: &&str| line.starts_with("drf_auth_logins_total") && !line.ends_with(" 0");
        text.lines().filter(counted).map(str::to_owned).collect::<Vec<_>>()
    };
    let wrong = hashers().make_password("wrong").unwrap();
    for (name, reason) in
        [("nobody", "unknown_user"), (&*wrong, "wrong_password"), ("twice", "damaged_row")]
    {
        let guess = tokio::spawn({
            let (authenticator, name) = (authenticator.clone(), name.to_owned());
            async move { log_in(&authenticator, &name).await }
        });
        let end = format!("drf_auth_logins_total{{result=\"refused\",reason=\"{reason}\"}} 1");
        // The answer pauses for the floor; the count does not.
        while !ends().contains(&end) {
            assert!(!guess.is_finished());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        guess.abort();
        assert!(guess.await.unwrap_err().is_cancelled());
    }
    // Who goes while the password is being hashed is counted when that is done, and who goes before
    // that as somebody who has gone.
    let dear = hashers().make_password_with("wrong", None, Some("argon2")).unwrap();
    let count = |end: &str| {
        let line = format!("drf_auth_logins_total{{{end}}} ");
        let ends = ends();
        ends.iter().find_map(|end| end.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
    };
    let refused = || count("result=\"refused\",reason=\"wrong_password\"");
    let gone = || count("result=\"unanswered\",reason=\"client_gone\"");
    let mut patience = Duration::from_micros(100);
    for guesses in 2_u64.. {
        let guess = log_in(&authenticator, &dear);
        assert!(tokio::time::timeout(patience, guess).await.is_err());
        while refused() + gone() < guesses {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if refused() > 1 {
            break;
        }
        patience *= 2;
    }
}

/// Before it is known what else guards the login nobody is let in or refused.
#[tokio::test]
async fn a_shut_door_is_nobody_s_refusal() {
    let authenticator = authenticator(RefusalFloor::fixed(Duration::ZERO));
    let encoded = hashers().make_password("right").unwrap();
    authenticator.shut();
    for name in [&*encoded, "nobody"] {
        let error = log_in(&authenticator, name).await.unwrap_err();
        assert!(matches!(error, LoginError::Store(_)), "{error:?}");
    }
    authenticator.open();
    assert!(log_in(&authenticator, &encoded).await.is_ok());
    assert!(log_in(&authenticator, "nobody").await.unwrap_err().is_refusal());
}
