//! What commands about passwords have in common: a password on standard input.

use std::io::{self, Read as _};

use anyhow::Context as _;

use crate::app::Secret;

/// All of standard input.
pub(super) fn standard_input() -> anyhow::Result<String> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).context("standard input cannot be read as UTF-8")?;
    Ok(text)
}

/// A password as the hashers take it.
pub(super) fn secret(password: String) -> Secret {
    Secret::new(password.into_bytes())
}

/// A password without the one line end behind it that `echo` writes.
pub(super) fn without_line_end(password: &str) -> &str {
    match password.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => password,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_no_part_of_a_password() {
        for (input, password) in
            [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("\n", ""), ("a\r", "a\r")]
        {
            assert_eq!(without_line_end(input), password);
        }
    }
}
