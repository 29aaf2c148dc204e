//! What reads `$argon2id$v=19$m=102400,t=2,p=8$<salt>$<hash>`: the C library's own decoder, which
//! verifies, and argon2-cffi's `extract_parameters()`, which only says what the parameters are.
//! They do not agree on everything.

use ::argon2::{Algorithm, Version};
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{MalformedPassword, Numbers};
use crate::django::hashers::integer::int;

/// The C library's: canonical, without padding.
const C_BASE_64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Everything that a verification needs.
#[derive(Debug)]
pub(super) struct Phc {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) numbers: Numbers,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl Phc {
    /// `decode_string()` and `validate_inputs()` of the C library, `None` where they refuse.
    ///
    /// It would run versions that there never were; no writer makes them, so they are refused here.
    pub(super) fn parse(encoded: &str) -> Result<Option<Self>, MalformedPassword> {
        let (_, text) = encoded.split_once('$').ok_or(MalformedPassword::Parts)?;
        if !text.is_ascii() {
            return Err(MalformedPassword::NotAscii);
        }
        // The package looks at nine characters, the first `$` among them.
        let (algorithm, rest) = match (text.strip_prefix("argon2id"), text.get(..8)) {
            (Some(rest), _) => (Algorithm::Argon2id, rest),
            (None, Some("argon2i$")) => (Algorithm::Argon2i, text.get(7..).unwrap_or_default()),
            (None, Some("argon2d$")) => (Algorithm::Argon2d, text.get(7..).unwrap_or_default()),
            _ => return Err(MalformedPassword::Variety),
        };
        // Text ends at a NUL in C.
        let rest = rest.split('\0').next().unwrap_or_default();
        Ok(Self::parameters(algorithm, rest))
    }

    fn parameters(algorithm: Algorithm, text: &str) -> Option<Self> {
        let (version, text) = match text.strip_prefix("$v=") {
            Some(text) => decimal(text)?,
            None => (0x10, text),
        };
        let (memory, text) = decimal(text.strip_prefix("$m=")?)?;
        let (time, text) = decimal(text.strip_prefix(",t=")?)?;
        let (lanes, text) = decimal(text.strip_prefix(",p=")?)?;
        let (salt, hash) = text.strip_prefix('$')?.split_once('$')?;
        let salt = C_BASE_64.decode(salt).ok()?;
        let hash = C_BASE_64.decode(hash).ok()?;
        let version = Version::try_from(version).ok()?;
        let sound = hash.len() >= 4
            && salt.len() >= 8
            && time >= 1
            && (1..=0xFF_FFFF).contains(&lanes)
            && memory >= lanes.saturating_mul(8);
        let numbers = Numbers { time, memory, lanes };
        sound.then_some(Self { algorithm, version, numbers, salt, hash })
    }
}

/// `decode_decimal()`: as few digits as can be, no more than 32 bits.
fn decimal(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let minimal = digits == "0" || !digits.starts_with('0');
    if minimal { Some((digits.parse().ok()?, rest)) } else { None }
}

/// What `decode()` says of a stored password.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) is_id: bool,
    pub(super) version: i64,
    pub(super) memory: i64,
    pub(super) time: i64,
    pub(super) lanes: i64,
    pub(super) hash_length: usize,
    pub(super) salt_length: usize,
}

impl Decoded {
    /// `decode(encoded)`; `is_strict` where it validates the salt's base64 (Django 6.1).
    pub(super) fn parse(encoded: &str, is_strict: bool) -> Result<Self, MalformedPassword> {
        let mut parts: Vec<&str> = encoded.split('$').skip(1).collect();
        if parts.len() == 4 {
            // Argon2 1.2 wrote no version.
            parts.insert(1, "v=18");
        }
        let [variety, version, parameters, salt, hash] = parts[..] else {
            return Err(MalformedPassword::Parts);
        };
        let is_id = match variety {
            "argon2id" => true,
            "argon2i" | "argon2d" => false,
            _ => return Err(MalformedPassword::Variety),
        };
        let (mut v, mut m, mut t, mut p) = (None, None, None, None);
        for pair in std::iter::once(version).chain(parameters.split(',')) {
            let (key, value) = pair.split_once('=').ok_or(MalformedPassword::Parts)?;
            let value = int(value).ok_or(MalformedPassword::Number)?;
            let place = match key {
                "v" => &mut v,
                "m" => &mut m,
                "t" => &mut t,
                "p" => &mut p,
                _ => return Err(MalformedPassword::Parts),
            };
            *place = Some(value);
        }
        let (Some(version), Some(memory), Some(time), Some(lanes)) = (v, m, t, p) else {
            return Err(MalformedPassword::Parts);
        };
        let salt_length = decoded_length(salt, is_strict).ok_or(MalformedPassword::Salt)?;
        let hash_length = decoded_str_len(hash.chars().count());
        Ok(Self { is_id, version, memory, time, lanes, hash_length, salt_length })
    }
}

/// `_decoded_str_len()` of argon2-cffi.
fn decoded_str_len(length: usize) -> usize {
    length / 4 * 3 + (length % 4).saturating_sub(1)
}

/// How many bytes `b64decode(salt + padding)` gives, `None` where it raises.
fn decoded_length(salt: &str, is_strict: bool) -> Option<usize> {
    if !salt.is_ascii() {
        return None;
    }
    let padding = (4 - salt.len() % 4) % 4;
    let padded = salt.bytes().chain(std::iter::repeat_n(b'=', padding));
    if is_strict { strict_length(salt, padding) } else { lenient_length(padded) }
}

/// `binascii.a2b_base64(text, strict_mode=True)`: whole groups, padding only where it belongs.
fn strict_length(salt: &str, padding: usize) -> Option<usize> {
    let data = salt.trim_end_matches('=');
    let padding = padding + (salt.len() - data.len());
    let fits = matches!((data.len() % 4, padding), (0, 0) | (2, 2) | (3, 1));
    (fits && data.bytes().all(is_base64)).then_some(decoded_str_len(data.len()))
}

/// `binascii.a2b_base64(text)`: what is not of the alphabet does not count, and a padding that
/// completes a group ends the text.
fn lenient_length(text: impl Iterator<Item = u8>) -> Option<usize> {
    let (mut digits, mut padding) = (0_usize, 0_usize);
    for byte in text {
        if byte == b'=' {
            padding += 1;
            if digits % 4 >= 2 && digits % 4 + padding >= 4 {
                return Some(decoded_str_len(digits));
            }
        } else if is_base64(byte) {
            digits += 1;
            padding = 0;
        }
    }
    (digits % 4 == 0).then_some(decoded_str_len(digits))
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}
