//! `django.utils.crypto` (Django 5.2): random strings and constant-time comparison.

use subtle::ConstantTimeEq as _;

/// `RANDOM_STRING_CHARS`.
const RANDOM_STRING_CHARS: &[u8; 62] =
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// `get_random_string(length)`: unbiased, from the operating system's generator.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn get_random_string(length: usize) -> Result<String, getrandom::Error> {
    let mut string = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    while string.len() < length {
        getrandom::fill(&mut bytes)?;
        // Six bits name one of 64; the two that name no character are thrown away.
        let chars = bytes.iter().filter_map(|byte| RANDOM_STRING_CHARS.get(usize::from(byte & 63)));
        string.extend(chars.take(length - string.len()).map(|byte| char::from(*byte)));
    }
    Ok(string)
}

/// `constant_time_compare(val1, val2)`: only the lengths show in the time.
pub fn constant_time_compare(val1: &str, val2: &str) -> bool {
    val1.as_bytes().ct_eq(val2.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_strings_have_the_length_and_alphabet() {
        for length in [0, 1, 22, 40, 200] {
            let string = get_random_string(length).unwrap();
            assert_eq!(string.len(), length);
            assert!(string.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        assert_ne!(get_random_string(22).unwrap(), get_random_string(22).unwrap());
    }
}
