//! Vectors come from real Djangos; the work is counted, never timed.

use std::collections::BTreeMap;

use super::*;
use crate::django::Release;

const PASSWORD: &str = "l\u{e8}tmein";

/// Encoded by Django 6.0.10 (`sha1` and the unsalted ones by 5.0).
const ENCODED: &[&str] = &[
    "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=",
    "pbkdf2_sha256$1000$abcdefghijklmnopqrstuv$U0gohcxyS7uZWC51gfsfQGH3XhfTzX/z9pk+BIv1JwY=",
    "pbkdf2_sha1$1000$seasalt$ljleU4wBmTtz/MoG5YTwxpM0d7I=",
    "argon2$argon2id$v=19$m=64,t=1,p=1$c2Vhc2FsdHNlYXNhbHRzZWFzYWx0MQ$ceIYPIscIRZ5HLqvDIziUn1TcYPAEA6GnLis5tiRYeg",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuulyx/yrfLnuLCi6gwFG5mrkJjuQKpL6S",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "scrypt$16$seasalt$8$1$Ag3xi9s5DI1IykxHwK69aAITcA5UG/ASVel5w/eh3arzvQVo4Qq5U22XZsZzfrmfVbXPWRUV6NNE9WSzQzZKig==",
    "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3",
    "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8",
    "sha1$$6d138ca3ae545631b3abd71a4f076ce759c5700b",
    "88a434c88cca4e900f7874cd98123f43",
    "md5$$88a434c88cca4e900f7874cd98123f43",
];

/// With Django's own memory costs: slow in a debug build, so one each.
const DEAR: &[&str] = &[
    "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$ffi3k8Fa5DDsIknJPF90lsUcithbK0BVd+dp3622GeY",
    "scrypt$16384$seasalt$8$5$ECMIUp+LMxMSK8xB/IVyba+KYGTI7FTnet025q/1f/vBAVnnP3hdYqJuRi+mJn6ji6ze3Fbb7JEFPKGpuEf5vw==",
];

const NAMES: [&str; 10] = [
    "pbkdf2_sha256",
    "pbkdf2_sha1",
    "argon2",
    "bcrypt_sha256",
    "bcrypt",
    "scrypt",
    "md5",
    "sha1",
    "unsalted_sha1",
    "unsalted_md5",
];

/// Stored strings that cannot be checked, and some that only no password matches.
const STRANGE: &[&str] = &[
    "",
    "!",
    "!abc",
    "x",
    "nothing$1$2$3",
    "default",
    "default$10$salt$h",
    "md5",
    "md5$",
    "md5$a",
    "md5$$",
    "md5$a$b$c",
    "sha1$$",
    "pbkdf2_sha256",
    "pbkdf2_sha256$",
    "pbkdf2_sha256$10",
    "pbkdf2_sha256$10$salt",
    "pbkdf2_sha256$x$salt$h",
    "pbkdf2_sha256$-5$salt$h",
    "pbkdf2_sha256$10$$h",
    "pbkdf2_sha256$0$salt$h",
    "pbkdf2_sha256$1_0$salt$h",
    "pbkdf2_sha256$ 10 $salt$h",
    "pbkdf2_sha256$10$salt$h$i",
    "pbkdf2_sha256$10$\u{e9}$h",
    "pbkdf2_sha256$99999999999$s$h",
    "pbkdf2_sha256$10000001$s$h",
    "pbkdf2_sha256$\u{661}\u{660}$s$h",
    "pbkdf2_sha1$x$y",
    "argon2",
    "argon2$",
    "argon2$argon2x$v=19$m=64,t=1,p=1$c2Vhc2FsdA$aaaa",
    "argon2$argon2id$v=19$m=64,t=1,p=1$c2Vhc2FsdA$",
    "argon2$argon2id$v=19$m=64,t=1,p=1$c2Vhc2FsdA$\u{e9}",
    "argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2Vhc2FsdA$aaaaaaaa",
    "argon2$argon2id$v=19$m=64,t=4294967295,p=1$c2Vhc2FsdA$aaaaaaaa",
    "argon2$argon2id$v=19$m=4294967295,t=1,p=16777215$c2Vhc2FsdA$aaaaaaaa",
    "argon2$argon2id$v=19$m=262144,t=5,p=1$c2Vhc2FsdA$aaaaaaaa",
    "bcrypt",
    "bcrypt_sha256$",
    "bcrypt_sha256$x",
    "bcrypt_sha256$$2b$12$short",
    "bcrypt$$2b$99$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$$2b$16$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$$2b$31$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuvanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$$2b$04$abcdefghijklmnopqr\u{e9}tuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG$",
    "bcrypt$x$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "scrypt$",
    "scrypt$16$salt$8$1",
    "scrypt$3$salt$8$1$h",
    "scrypt$1048576$salt$8$1$h",
    "scrypt$16$salt$8$-1$h",
    "scrypt$0$salt$8$1$h",
    "scrypt$16$salt$8$1$h",
    "scrypt$16384$salt$8$10000$h",
    "scrypt$9223372036854775807$salt$8$1$h",
    "scrypt$4611686018427387904$s$9223372036854775807$9223372036854775807$h",
];

/// Dearer than [`parameters`] by each hasher's own number; [`PASSWORD`] opens none of them.
const DEARER: &[&str] = &[
    "pbkdf2_sha256$1501$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=",
    "pbkdf2_sha1$1501$seasalt$ljleU4wBmTtz/MoG5YTwxpM0d7I=",
    "argon2$argon2id$v=19$m=288,t=2,p=8$c2Vhc2FsdHNlYXNhbHRzZWFzYWx0MQ$ceIYPIscIRZ5HLqvDIziUn1TcYPAEA6GnLis5tiRYeg",
    "argon2$argon2d$m=64,t=11,p=1$c2Vhc2FsdHNlYXNhbHRzZWFzYWx0MQ$ceIYPIscIRZ5HLqvDIziUn1TcYPAEA6GnLis5tiRYeg",
    "bcrypt_sha256$$2b$07$abcdefghijklmnopqrstuulyx/yrfLnuLCi6gwFG5mrkJjuQKpL6S",
    "bcrypt$$2b$07$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "scrypt$128$seasalt$8$6$h",
];

/// Cheap, and the same work for all of them to fall short of.
fn parameters() -> Parameters {
    let mut parameters = Parameters::of(Release::V5_2);
    parameters.pbkdf2_sha256 = DEFAULT_ITERATIONS.min(1500.try_into().unwrap());
    parameters.pbkdf2_sha1 = parameters.pbkdf2_sha256;
    parameters.argon2.memory_cost = 256;
    (parameters.bcrypt, parameters.bcrypt_sha256) = (6, 6);
    parameters.scrypt.work_factor = 128;
    parameters
}

/// One algorithm preferred, all others known.
fn preferring(name: &str) -> Hashers {
    let others = NAMES.iter().copied().filter(|other| *other != name);
    Hashers::named(std::iter::once(name).chain(others), &parameters()).unwrap()
}

/// What one encoding by a hasher costs.
fn one(hashers: &Hashers) -> BTreeMap<&'static str, u64> {
    work::take();
    hashers.run_once(&"no such user".into()).unwrap();
    work::take()
}

#[test]
fn django_s_own_strings_verify() {
    let hashers = preferring("pbkdf2_sha256");
    for encoded in ENCODED.iter().chain(DEAR) {
        assert_eq!(hashers.check_password(PASSWORD, encoded), Ok(true), "{encoded}");
    }
    for encoded in ENCODED {
        assert_eq!(hashers.check_password("letmein", encoded), Ok(false), "{encoded}");
    }
}

#[test]
fn a_new_password_verifies_and_needs_no_update() {
    for name in NAMES {
        let hashers = preferring(name);
        for password in ["", "\0 pass\u{1f511}", "x\0", &"p".repeat(72)] {
            let encoded = hashers.make_password(password).unwrap();
            assert_eq!(identify_algorithm(&encoded), name);
            let verdict = hashers.verify_password(password, &encoded).unwrap();
            assert_eq!(verdict, Verdict { is_correct: true, must_update: false }, "{encoded}");
            assert!(!hashers.check_password("other", &encoded).unwrap());
            assert!(!name.starts_with("pbkdf2") || encoded.split('$').nth(2).unwrap().len() == 22);
        }
    }
}

/// What one verification by its own hasher costs.
fn stored_work(encoded: &str) -> u64 {
    let hasher = parameters().hasher(identify_algorithm(encoded)).unwrap();
    let cost = hasher.stored_cost(encoded).unwrap().unwrap();
    assert!(cost.exceeds(&hasher.cost()), "{encoded}");
    cost.work
}

#[test]
fn every_refusal_costs_one_preferred_hash() {
    for name in NAMES {
        let hashers = preferring(name);
        let one = one(&hashers);
        let (algorithm, units) = one.first_key_value().unwrap();
        assert_eq!((*algorithm, one.len()), (name, 1));
        let current = hashers.make_password("other").unwrap();
        work::take();
        let rows = STRANGE.iter().chain(ENCODED).chain(DEARER).copied();
        for encoded in rows.chain([&*current]) {
            let verdict = hashers.verify_password("wrong", encoded);
            assert!(!verdict.is_ok_and(|verdict| verdict.is_correct), "{encoded}");
            let mut done = work::take();
            let is_dearer = DEARER.contains(&encoded) && identify_algorithm(encoded) == name;
            let units = if is_dearer { stored_work(encoded) } else { *units };
            assert_eq!(done.remove(name), Some(units), "{name} preferred: {encoded}");
            // And nothing else, but for the work of another hasher.
            done.remove(identify_algorithm(encoded));
            assert!(done.is_empty(), "{name} preferred: {encoded}: {done:?}");
        }
    }
}

#[test]
fn a_match_that_is_refused_all_the_same_costs_one_too() {
    for name in NAMES {
        let hashers = preferring(name);
        let one = one(&hashers);
        for encoded in ENCODED {
            assert_eq!(hashers.check_password(PASSWORD, encoded), Ok(true));
            hashers.harden_runtime_steps(&PASSWORD.into(), encoded).finish().unwrap();
            let mut done = work::take();
            assert_eq!(done.remove(name), one.get(name).copied(), "{name} preferred: {encoded}");
        }
    }
}

#[test]
fn a_long_password_is_no_way_around_the_work() {
    let hashers = preferring("bcrypt");
    let (one, long) = (one(&hashers), "p".repeat(73));
    let encoded = hashers.make_password("other").unwrap();
    assert_eq!(hashers.make_password(&long), Err(EncodeError::PasswordTooLong));
    work::take();
    for encoded in ["!", "x", &encoded] {
        assert!(!hashers.check_password(&long, encoded).unwrap_or(false));
        assert_eq!(work::take(), one);
    }
    hashers.run_once(&long.as_str().into()).unwrap();
    assert_eq!(work::take(), one);
}

#[test]
fn older_bcrypts_took_the_first_72_bytes() {
    let mut parameters = parameters();
    parameters.bcrypt_truncates = true;
    let hashers = Hashers::named(["bcrypt"], &parameters).unwrap();
    let encoded = hashers.make_password(&"p".repeat(72)).unwrap();
    assert_eq!(hashers.check_password(&"p".repeat(80), &encoded), Ok(true));
    assert_eq!(hashers.check_password(&"p".repeat(71), &encoded), Ok(false));
}

#[test]
fn what_is_beyond_the_limits_is_not_begun() {
    let hashers = preferring("md5");
    for encoded in [
        "pbkdf2_sha256$10000001$s$h",
        "pbkdf2_sha1$2147483648$s$h",
        "argon2$argon2id$v=19$m=262145,t=1,p=1$c2Vhc2FsdHNhbHQ$aaaaaaaa",
        "argon2$argon2id$v=19$m=64,t=16385,p=1$c2Vhc2FsdHNhbHQ$aaaaaaaa",
        "argon2$argon2id$v=19$m=1024,t=1,p=17$c2Vhc2FsdHNhbHQ$aaaaaaaa",
        "argon2$argon2id$v=19$m=262144,t=5,p=1$c2Vhc2FsdHNhbHQ$aaaaaaaa",
        "bcrypt$$2b$16$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "scrypt$32768$salt$8$1$h",
        "scrypt$16384$salt$16$1$h",
        "scrypt$16384$salt$8$17$h",
        "scrypt$2$salt$1$262141$h",
    ] {
        work::take();
        let verdict = hashers.verify_password("x", encoded);
        assert_eq!(verdict, Err(MalformedPassword::TooCostly), "{encoded}");
        assert_eq!(work::take(), BTreeMap::from([("md5", 1)]), "{encoded}");
    }
}

#[test]
fn what_costs_little_in_an_odd_way_is_within_the_limits() {
    let hashers = preferring("md5");
    for encoded in [
        "argon2$argon2id$v=19$m=64,t=11,p=1$c2Vhc2FsdHNhbHQ$aaaaaaaa",
        "argon2$argon2id$v=19$m=8,t=2000,p=1$c2Vhc2FsdHNhbHQ$aaaaaaaa",
        "scrypt$16$salt$8$17$h",
    ] {
        assert!(hashers.verify_password("x", encoded).is_ok(), "{encoded}");
    }
}

#[test]
fn every_limit_is_exactly_where_it_is_set() {
    let mut parameters = parameters();
    parameters.max_encoded_length = 256;
    parameters.max_pbkdf2_iterations = 2000;
    parameters.max_bcrypt_rounds = 7;
    parameters.max_argon2 = Argon2Limits { memory_cost: 512, parallelism: 9, work: 2048 };
    parameters.max_scrypt_work = 1 << 14;
    let hashers = Hashers::named(NAMES, &parameters).unwrap();
    let md5 = |length: usize| format!("md5${}$x", "s".repeat(length - "md5$$x".len()));
    let bcrypt = |rounds| {
        format!("bcrypt$$2b${rounds}$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG")
    };
    let argon2 = |cost| format!("argon2$argon2id$v=19${cost}$c2Vhc2FsdHNhbHQ$aaaaaaaa");
    for (within, beyond) in [
        (md5(256), md5(257)),
        ("pbkdf2_sha1$2000$s$h".to_owned(), "pbkdf2_sha1$2001$s$h".to_owned()),
        (bcrypt("07"), bcrypt("08")),
        (argon2("m=512,t=1,p=1"), argon2("m=516,t=1,p=1")),
        (argon2("m=128,t=1,p=9"), argon2("m=128,t=1,p=10")),
        (argon2("m=512,t=4,p=1"), argon2("m=512,t=5,p=1")),
        ("scrypt$128$s$8$16$h".to_owned(), "scrypt$128$s$8$17$h".to_owned()),
    ] {
        assert!(hashers.verify_password("x", &within).is_ok(), "{within}");
        let reason = hashers.verify_password("x", &beyond).unwrap_err();
        assert!(
            matches!(reason, MalformedPassword::TooCostly | MalformedPassword::TooLong),
            "{beyond}"
        );
    }
}

#[test]
fn a_hasher_s_own_cost_is_never_too_much() {
    let mut parameters = parameters();
    parameters.max_pbkdf2_iterations = 10;
    parameters.max_bcrypt_rounds = 4;
    parameters.max_argon2 = Argon2Limits { memory_cost: 8, parallelism: 1, work: 8 };
    parameters.max_scrypt_work = 2;
    for name in NAMES {
        let hashers = Hashers::named([name], &parameters).unwrap();
        let encoded = hashers.make_password("x").unwrap();
        assert_eq!(hashers.check_password("x", &encoded), Ok(true), "{encoded}");
    }
}

#[test]
fn a_cost_is_never_lowered() {
    let lowers = |name, encoded| {
        let mut parameters = parameters();
        parameters.pbkdf2_sha256 = 999.try_into().unwrap();
        parameters.argon2.memory_cost = 64;
        (parameters.bcrypt, parameters.scrypt.work_factor) = (4, 8);
        parameters.scrypt.parallelism = 1;
        Hashers::named([name].into_iter().chain(NAMES), &parameters)
            .unwrap()
            .would_lower_cost(encoded)
    };
    assert!(lowers("pbkdf2_sha256", ENCODED[0]));
    assert!(!lowers("pbkdf2_sha256", "pbkdf2_sha256$999$s$h"));
    assert!(!lowers("pbkdf2_sha256", "pbkdf2_sha256$x"));
    assert!(lowers("scrypt", ENCODED[6]));
    assert!(lowers("argon2", DEAR[0]) && !lowers("argon2", ENCODED[3]));
    assert!(!lowers("bcrypt", ENCODED[5]));
    // Test settings prefer md5: no password of a real site is made one of those.
    for encoded in &ENCODED[..7] {
        assert!(lowers("md5", encoded), "{encoded}");
    }
    assert!(lowers("unsalted_md5", ENCODED[7]) && !lowers("md5", ENCODED[10]));
    assert!(!lowers("pbkdf2_sha256", ENCODED[7]));
}

#[test]
fn a_cost_is_not_lowered_by_another_hasher_either() {
    let lowers = |preferred, encoded| preferring(preferred).would_lower_cost(encoded);
    // Of more than its own hasher's number, whatever is preferred.
    for encoded in DEARER {
        for name in NAMES {
            assert!(lowers(name, encoded), "{name} preferred: {encoded}");
        }
    }
    // Of no more: as Django does it.
    for encoded in ENCODED {
        for name in &NAMES[..6] {
            assert!(!lowers(name, encoded), "{name} preferred: {encoded}");
        }
    }
    // Within a family the preferred hasher's number counts, too.
    let mut parameters = parameters();
    parameters.pbkdf2_sha256 = 999.try_into().unwrap();
    parameters.bcrypt_sha256 = 5;
    let lowers = |name, encoded: &str| {
        let names = std::iter::once(name).chain(NAMES);
        Hashers::named(names, &parameters).unwrap().would_lower_cost(encoded)
    };
    let sha1 = |iterations| format!("pbkdf2_sha1${iterations}$s$h");
    assert!(lowers("pbkdf2_sha256", &sha1(1000)) && !lowers("pbkdf2_sha256", &sha1(999)));
    assert!(!lowers("argon2", &sha1(1000)));
    let bcrypt = ENCODED[5].replace("$04$", "$06$");
    assert!(lowers("bcrypt_sha256", &bcrypt) && !lowers("argon2", &bcrypt));
    assert!(!lowers("bcrypt_sha256", ENCODED[5]));
}

#[test]
fn looking_at_a_row_sees_what_a_login_meets() {
    for name in NAMES {
        let hashers = preferring(name);
        for encoded in STRANGE.iter().chain(ENCODED).chain(DEARER) {
            let verdict = hashers.verify_password("wrong", encoded);
            let seen = hashers.look_at(encoded);
            match &seen {
                StoredPassword::Malformed(reason) => assert_eq!(verdict, Err(*reason)),
                StoredPassword::Sound { kind, must_update, would_lower_cost } => {
                    assert_eq!(verdict.unwrap().must_update, *must_update);
                    assert_eq!(hashers.would_lower_cost(encoded), *would_lower_cost);
                    let parameters = NAMES.iter().find_map(|name| kind.strip_prefix(name)).unwrap();
                    let quotes =
                        ["salt", "c2Vh", "abcdefgh"].iter().any(|text| parameters.contains(text));
                    assert!(!quotes, "{kind}");
                }
                _ => assert!(verdict.is_ok()),
            }
            let is_checked = matches!(seen, StoredPassword::Sound { .. });
            assert!(is_checked || hashers.extra_cost(encoded).is_none(), "{name}: {encoded}");
        }
    }
}

#[test]
fn a_long_password_is_digested_once() {
    let long: Secret = "p".repeat(65).as_str().into();
    for (name, digests) in [
        ("pbkdf2_sha256", 1),
        ("pbkdf2_sha1", 1),
        ("scrypt", 1),
        ("bcrypt_sha256", 1),
        ("argon2", 0),
    ] {
        let hashers = preferring(name);
        for encoded in STRANGE.iter().chain(ENCODED) {
            work::take();
            let password = Secret::new(long.to_vec());
            let _ = hashers.verify_password_steps(&password, encoded).finish();
            let done = work::take();
            let is_of_another = identify_algorithm(encoded) != name && done.len() > 2;
            let most = digests + u64::from(is_of_another);
            let digested = done.get("digest").copied().unwrap_or_default();
            assert!(
                (digests..=most).contains(&digested),
                "{name} preferred: {encoded}: {digested}"
            );
        }
    }
}

#[test]
fn what_fills_more_than_there_is_is_refused_unless_new_passwords_do() {
    let of = |preferred: &str, memory| {
        let mut parameters = parameters();
        parameters.max_memory = memory;
        let others = NAMES.into_iter().filter(|name| *name != preferred);
        Hashers::named([preferred].into_iter().chain(others), &parameters).unwrap()
    };
    // 512 KiB, with parameters of its own.
    let stored = "argon2$argon2id$v=19$m=512,t=1,p=1$c2Vhc2FsdHNhbHQ$aaaaaaaa";
    let verified = |hashers: &Hashers| hashers.check_password("x", stored);
    assert_eq!(verified(&of("pbkdf2_sha256", 512 << 10)), Ok(false));
    let short = of("pbkdf2_sha256", (512 << 10) - 1);
    work::take();
    assert_eq!(verified(&short), Err(MalformedPassword::TooMuchMemory));
    assert_eq!(work::take().into_keys().collect::<Vec<_>>(), ["pbkdf2_sha256"]);
    assert_eq!(short.look_at(stored), StoredPassword::Malformed(MalformedPassword::TooMuchMemory));
    // What every refusal fills is filled here, too, whatever there is.
    let own = of("argon2", 0);
    assert_eq!(own.memory(), 256 << 10);
    assert_eq!(own.check_password("x", &stored.replace("512", "256")), Ok(false));
    assert_eq!(verified(&own), Err(MalformedPassword::TooMuchMemory));
}

#[test]
fn must_update_as_django_says() {
    let hashers = preferring("argon2");
    let salt = "c2Vhc2FsdHNlYXNhbHRzZWFzYWx0MQ";
    let hash = "ceIYPIscIRZ5HLqvDIziUn1TcYPAEA6GnLis5tiRYeg";
    for (encoded, must_update) in [
        (format!("argon2$argon2id$v=19$m=256,t=2,p=8${salt}${hash}"), Some(false)),
        (format!("argon2$argon2i$v=19$m=256,t=2,p=8${salt}${hash}"), Some(true)),
        (format!("argon2$argon2id$v=16$m=256,t=2,p=8${salt}${hash}"), Some(true)),
        (format!("argon2$argon2id$m=256,t=2,p=8${salt}${hash}"), Some(true)),
        (format!("argon2$argon2id$v=19$p=8,m= 256,t=2${salt}${hash}"), Some(false)),
        (format!("argon2$argon2id$v=19$m=256,t=2,p=8$c2Vhc2FsdHNhbHQ${hash}"), Some(true)),
        (format!("argon2$argon2id$v=19$m=256,t=2,p=8${salt}${hash}ab"), Some(true)),
        (format!("argon2$argon2id$v=19$m=256,t=2,p=8${salt}aaa${hash}"), None),
        (format!("argon2$argon2id$v=19$m=256,t=2,p=8,x=1${salt}${hash}"), None),
        (format!("argon2$argon2id$v=19$m=256,t=2${salt}${hash}"), None),
    ] {
        let verdict = hashers.verify_password("x", &encoded).ok();
        assert_eq!(verdict.map(|verdict| verdict.must_update), must_update, "{encoded}");
    }
}

#[test]
fn strictness_of_argon2_s_salt_is_the_release_s() {
    let encoded =
        "argon2$argon2id$v=19$m=64,t=1,p=1$c2Vhc2Fs*$ceIYPIscIRZ5HLqvDIziUn1TcYPAEA6GnLis5tiRYeg";
    for (release, is_malformed) in [(Release::V6_0, false), (Release::V6_1, true)] {
        let mut parameters = parameters();
        parameters.argon2.is_strict = Parameters::of(release).argon2.is_strict;
        let hashers = Hashers::named(["argon2"], &parameters).unwrap();
        assert_eq!(hashers.verify_password("x", encoded).is_err(), is_malformed, "{release}");
    }
}

#[test]
fn salts_that_upstream_refuses() {
    let made = |name, salt| preferring(name).make_password_with("x", Some(salt), None);
    assert_eq!(made("pbkdf2_sha256", "a$b"), Err(EncodeError::Salt));
    assert_eq!(made("argon2", "1234567"), Err(EncodeError::ShortSalt));
    assert_eq!(made("bcrypt", "salt"), Err(EncodeError::BcryptSalt));
    assert_eq!(made("bcrypt", "$2b$31$abcdefghijklmnopqrstuu"), Err(EncodeError::BcryptSalt));
    assert_eq!(made("unsalted_md5", "salt"), Err(EncodeError::SaltGiven));
    assert!(made("md5", "").is_ok());
    let unknown = preferring("md5").make_password_with("x", None, Some("crypt"));
    assert_eq!(unknown, Err(EncodeError::UnknownHasher));
}

#[test]
fn parameters_that_no_algorithm_has() {
    let mut parameters = Parameters::of(Release::V5_2);
    parameters.scrypt.work_factor = 3;
    parameters.bcrypt = 3;
    parameters.argon2.memory_cost = 63;
    for name in ["scrypt", "bcrypt", "argon2"] {
        let error = Hashers::named([name], &parameters).unwrap_err().to_string();
        assert_eq!(error, format!("{name} is not defined for these parameters"));
    }
    assert_eq!(Hashers::named([], &parameters).unwrap_err(), UnknownHasher::None);
    assert!(Hashers::named(["crypt"], &parameters).is_err());
}

#[test]
fn defaults_follow_the_release() {
    let algorithms = |release| Hashers::of(release).algorithms().count();
    assert_eq!((algorithms(Release::V3_2), algorithms(Release::V6_1)), (4, 5));
    assert_eq!(Parameters::of(Release::V5_0).scrypt.parallelism, 1);
    assert_eq!(Parameters::of(Release::V5_1).scrypt.parallelism, 5);
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

/// Parameters for which nothing takes long.
fn quick(name: &str) -> Hashers {
    let mut parameters = parameters();
    parameters.pbkdf2_sha256 = 2.try_into().unwrap();
    parameters.max_pbkdf2_iterations = 2000;
    parameters.max_bcrypt_rounds = 5;
    parameters.max_argon2 = Argon2Limits { memory_cost: 512, parallelism: 8, work: 1024 };
    parameters.scrypt.maxmem = 1 << 20;
    (parameters.bcrypt, parameters.bcrypt_sha256) = (4, 4);
    let others = NAMES.iter().copied().filter(|other| *other != name);
    Hashers::named(std::iter::once(name).chain(others), &parameters).unwrap()
}

/// Whether two stored passwords are the same but for the letters of bcrypt's versions, which have no
/// meaning to the Python package.
fn says_the_same(one: &str, other: &str) -> bool {
    let plain = |encoded: &str| {
        let is_bcrypt = encoded.starts_with("bcrypt");
        let letters = ["$2a$", "$2x$", "$2y$"].into_iter().filter(|_| is_bcrypt);
        letters.fold(encoded.to_owned(), |text, letter| text.replacen(letter, "$2b$", 1))
    };
    plain(one) == plain(other)
}

#[test]
fn the_letters_of_bcrypt_s_versions_mean_nothing() {
    let hashers = preferring("bcrypt");
    for encoded in &ENCODED[4..6] {
        for letter in ["$2a$", "$2x$", "$2y$"] {
            let other = encoded.replace("$2b$", letter);
            assert_eq!(hashers.check_password(PASSWORD, &other), Ok(true), "{other}");
            assert!(says_the_same(&other, encoded));
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(256))]

    #[test]
    fn no_text_panics(
        preferred in proptest::sample::select(&NAMES[..]),
        algorithm in proptest::sample::select(&NAMES[..]),
        rest in "[$]?([$=,.+/_!*a-z0-9\u{e9}\u{660}\0 ]|[$](2b|argon2id|v=19|m=64,t=1,p=1)|[$][0-9]{1,20}){0,24}",
    ) {
        let _ = quick(preferred).verify_password("x", &format!("{algorithm}{rest}"));
        let _ = quick(preferred).verify_password("x", &rest);
    }

    #[test]
    fn what_is_changed_matches_where_it_says_the_same(
        at in proptest::prop_oneof![0_usize..150, 15_usize..18, 8_usize..11],
        to in proptest::prop_oneof![proptest::char::any(), proptest::sample::select(&['a', 'x', 'y', '0', '$'][..])],
        index in 0_usize..12,
    ) {
        let mut chars: Vec<char> = ENCODED[index].chars().collect();
        let at = at % chars.len();
        chars[at] = to;
        let changed: String = chars.into_iter().collect();
        let verdict = quick("argon2").verify_password(PASSWORD, &changed);
        let is_correct = verdict.is_ok_and(|verdict| verdict.is_correct);
        proptest::prop_assert_eq!(is_correct, says_the_same(&changed, ENCODED[index]), "{}", changed);
    }

    #[test]
    fn what_is_encoded_verifies(
        name in proptest::sample::select(&NAMES[..]),
        password in "\\PC{0,18}",
        other in "\\PC{0,18}",
    ) {
        let hashers = quick(name);
        let encoded = hashers.make_password(&password).unwrap();
        proptest::prop_assert_eq!(hashers.check_password(&password, &encoded), Ok(true));
        proptest::prop_assert_eq!(hashers.check_password(&other, &encoded), Ok(other == password));
    }
}

#[test]
fn kinds_of_rows_are_told_apart_by_what_they_cost() {
    let hashers = preferring("pbkdf2_sha256");
    for (encoded, extra) in [
        ("pbkdf2_sha256$1500$s$h", None),
        ("pbkdf2_sha256$10$s$h", None),
        ("pbkdf2_sha256$1501$s$h", Some("pbkdf2_sha256$1501")),
        ("pbkdf2_sha1$10$s$h", Some("pbkdf2_sha1$10")),
        (
            "argon2$argon2id$v=19$m=64,t=1,p=1$c2Vhc2FsdHNhbHQ$aGFzaGhhc2g",
            Some("argon2$argon2id$v=19$m=64,t=1,p=1"),
        ),
        (ENCODED[4], Some("bcrypt_sha256$2b$04")),
        ("scrypt$16$salt$8$1$hash", Some("scrypt$16$8$1")),
        ("md5$salt$hash", Some("md5")),
        // A salt, or a text of any kind, in a parameter's place is none.
        (
            "argon2$argon2i$m=512,t=2,p=2$c2Vhc2FsdHNhbHQ$aGFzaGhhc2g",
            Some("argon2$argon2i$v=16$m=512,t=2,p=2"),
        ),
        ("argon2$argon2i$c2Vhc2FsdHNhbHQ$c2Vhc2FsdHNhbHQ$aGFzaGhhc2g", None),
        ("bcrypt$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", None),
        ("bcrypt_sha256$$2b$04$abcdefghij", None),
        ("scrypt$salt$16$8$1$hash", None),
        ("scrypt$16$salt$8$hash$1", None),
        ("pbkdf2_sha1$salt$10$hash", None),
        ("pbkdf2_sha1$010$salt$hash", None),
        ("pbkdf2_sha1$99999999999$salt$hash", None),
        ("default$10$salt$hash", None),
        ("nonsense", None),
        ("", None),
        ("!pbkdf2_sha1$10$s$h", None),
    ] {
        assert_eq!(hashers.extra_cost(encoded).as_deref(), extra, "{encoded}");
        let is_another = ["nonsense", ""].contains(&encoded);
        assert_eq!(hashers.is_of_another_hasher(encoded), is_another, "{encoded}");
    }
}

#[test]
fn the_pieces_are_the_whole() {
    for name in NAMES {
        let hashers = preferring(name);
        for encoded in STRANGE.iter().chain(ENCODED) {
            work::take();
            let whole = hashers.verify_password(PASSWORD, encoded);
            let cost = work::take();
            let mut steps = hashers.verify_password_steps(&PASSWORD.into(), encoded);
            assert_eq!(work::take(), BTreeMap::new(), "work before it was asked for");
            let pieces = loop {
                steps = match steps {
                    Steps::Done(verdict) => break verdict,
                    Steps::Derive(derivation, then) => then(derivation.derive()),
                    Steps::Run { work, .. } => work(),
                };
            };
            assert_eq!((pieces, work::take()), (whole, cost), "{name} preferred: {encoded}");
        }
    }
}
