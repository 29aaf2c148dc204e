//! Every path, forced, against the `pbkdf2` crate.

use std::num::NonZeroU32;

use pbkdf2::pbkdf2_hmac_array;
use proptest::{collection::vec, prelude::*, sample::select};
use sha2::Sha256;

use super::{
    path::{available, is_right, together},
    *,
};

/// What one derivation is made of.
#[derive(Clone, Debug)]
struct Input {
    password: Vec<u8>,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

impl Input {
    fn lane(&self) -> Lane {
        Lane::new(&self.password, &self.salt, self.iterations)
    }

    fn expected(&self) -> [u8; 32] {
        let Self { password, salt, iterations } = self;
        pbkdf2_hmac_array::<Sha256, 32>(password, salt, iterations.get())
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn nonzero(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

/// The lengths around SHA-256's blocks and their padding, and any others.
fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let edges = select(vec![0, 1, 51, 52, 55, 56, 59, 60, 63, 64, 65, 115, 116, 119, 120, 128]);
    prop_oneof![edges, 0..=most].prop_flat_map(|length| vec(any::<u8>(), length))
}

fn input() -> impl Strategy<Value = Input> {
    (bytes(200), bytes(150), 1..=200_u32).prop_map(|(password, salt, iterations)| Input {
        password,
        salt,
        iterations: nonzero(iterations),
    })
}

/// An engine for every path that this processor has; says which it has not.
fn engines() -> Vec<(Path, Engine)> {
    let (here, missing): (Vec<_>, Vec<_>) = Path::ALL
        .into_iter()
        .map(|path| (path, Engine::only(path)))
        .partition(|(_, e)| e.is_some());
    for (path, _) in missing {
        eprintln!("skipped: this processor has no {path}");
    }
    here.into_iter().map(|(path, engine)| (path, engine.unwrap())).collect()
}

/// Works everything off as the worker does: so many lanes at once, the next in line takes the place
/// of one that is done.
fn work_off(engine: &Engine, inputs: &[Input], places: usize, slice: u32) -> Vec<[u8; 32]> {
    let mut outputs = vec![None; inputs.len()];
    let mut waiting = inputs.iter().enumerate();
    let mut running: Vec<(usize, Lane)> = Vec::new();
    loop {
        let free = places - running.len();
        running.extend(waiting.by_ref().take(free).map(|(i, input)| (i, input.lane())));
        if running.is_empty() {
            return outputs.into_iter().map(Option::unwrap).collect();
        }
        let mut lanes: Vec<&mut Lane> = running.iter_mut().map(|(_, lane)| lane).collect();
        let before: Vec<u32> = lanes.iter().map(|lane| lane.left()).collect();
        engine.advance(&mut lanes, slice);
        for (lane, before) in lanes.iter().zip(before) {
            assert_eq!(lane.left(), before.saturating_sub(slice));
        }
        running.retain(|(i, lane)| {
            outputs[*i] = lane.output();
            outputs[*i].is_none()
        });
    }
}

fn check(inputs: &[Input], places: usize, slice: u32) {
    let expected: Vec<_> = inputs.iter().map(Input::expected).collect();
    for (path, engine) in engines() {
        assert_eq!(work_off(&engine, inputs, places, slice), expected, "{path}");
    }
    assert_eq!(work_off(Engine::detect(), inputs, places, slice), expected, "detected");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_path_equals_the_crate(
        inputs in vec(input(), 1..=35),
        places in 1..=35_usize,
        slice in 1..=211_u32,
    ) {
        check(&inputs, places, slice);
    }
}

#[test]
fn lanes_of_every_number_equal_the_crate() {
    let inputs: Vec<Input> = (1..=35_u8)
        .map(|n| Input { password: vec![n; 8], salt: b"salt".to_vec(), iterations: nonzero(5) })
        .collect();
    for n in 1..=35 {
        check(&inputs[..n], n, 3);
    }
}

#[test]
fn every_length_of_password_and_salt_equals_the_crate() {
    for length in 0..=200_u8 {
        let bytes: Vec<u8> = (0..length).collect();
        let input = |password: &[u8], salt: &[u8]| Input {
            password: password.to_vec(),
            salt: salt.to_vec(),
            iterations: nonzero(2),
        };
        check(&[input(&bytes, b"salt"), input(b"password", &bytes)], 2, 1);
    }
}

/// RFC 7914, section 11, cut to 32 bytes; and one of RFC 6070's inputs, with SHA-256.
#[test]
fn known_answers() {
    let known = [
        (("passwd", "salt", 1), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"),
        (
            ("Password", "NaCl", 80_000),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56",
        ),
        (
            ("password", "salt", 4096),
            "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a",
        ),
    ];
    for ((password, salt, iterations), expected) in known {
        let input =
            Input { password: password.into(), salt: salt.into(), iterations: nonzero(iterations) };
        for (path, engine) in engines() {
            let output = work_off(&engine, std::slice::from_ref(&input), 1, 20_011);
            assert_eq!(hex(&output[0]), expected, "{path}");
        }
        let output = pbkdf2_hmac_sha256(&input.password, &input.salt, input.iterations);
        assert_eq!(output, input.expected());
    }
}

#[test]
fn a_lane_changes_its_path_at_any_time() {
    let input =
        Input { password: b"pw".to_vec(), salt: b"salt".to_vec(), iterations: nonzero(500) };
    let engines = engines();
    let mut lane = input.lane();
    for ((_, engine), slice) in engines.iter().cycle().zip((1..=7).cycle()) {
        assert_eq!(lane.output().is_some(), lane.left() == 0);
        if lane.left() == 0 {
            break;
        }
        engine.advance(&mut [&mut lane], slice);
    }
    assert_eq!(lane.output(), Some(input.expected()));
    // A lane that is done stays as it is.
    Engine::detect().advance(&mut [&mut lane], 10);
    assert_eq!(lane.output(), Some(input.expected()));
    Engine::detect().advance(&mut [], 10);
}

#[test]
fn a_path_that_is_wrong_is_not_available() {
    for path in available() {
        let width = path.path().width();
        assert!(is_right(width, |lanes, n| path.advance(lanes, n)));
        assert!(!is_right(width, |lanes, n| path.advance(lanes, n - 1)));
        // One bit of one lane.
        assert!(!is_right(width, |lanes, n| {
            path.advance(lanes, n);
            lanes.last_mut().unwrap().chain.sum[7] ^= 1;
        }));
        // Lanes mixed up.
        if width > 1 {
            assert!(!is_right(width, |lanes, n| {
                path.advance(lanes, n);
                let (first, rest) = lanes.split_first_mut().unwrap();
                std::mem::swap(&mut first.chain, &mut rest[0].chain);
            }));
        }
    }
    assert!(Path::Portable.is_available());
}

#[test]
fn idle_chains_beside_a_lane_stay_out_of_it() {
    let mut lane = Lane::new(b"pw", b"salt", nonzero(3));
    let seen = std::cell::Cell::new(0);
    together::<4>(&mut [&mut lane], 2, |chains, n| {
        assert!(chains[0].inner != [0; 8] && chains[1..].iter().all(|c| c.inner == [0; 8]));
        seen.set(n);
    });
    assert_eq!((seen.get(), lane.left()), (2, 0));
}

#[test]
fn a_lane_is_wiped() {
    use zeroize::Zeroize as _;

    // What `Drop` calls; memory that is gone cannot be read.
    let mut lane = Lane::new(b"pw", b"salt", nonzero(3));
    let all = |chain: &super::lane::Chain| {
        [chain.inner, chain.outer, chain.last, chain.sum].into_iter().flatten().collect::<Vec<_>>()
    };
    assert!(all(&lane.chain).iter().all(|word| *word != 0));
    lane.chain.zeroize();
    assert!(all(&lane.chain).iter().all(|word| *word == 0));
    assert!(std::mem::needs_drop::<Lane>());
    assert_eq!(format!("{lane:?}"), "Lane { left: 2, .. }");
}

#[test]
fn names_are_read_as_they_are_printed() {
    for path in Path::ALL {
        assert_eq!(path.to_string().parse(), Ok(path));
    }
    assert_eq!("mmx".parse::<Path>(), Err(UnknownPath));
}
