//! What commands about passwords have in common: a password from whoever sits at the terminal, or on
//! standard input.

use std::io::{self, Read as _};

use anyhow::Context as _;
use zeroize::Zeroizing;

use super::terminal::Terminal;
use crate::app::Secret;

/// A password that is typed unseen.
pub(super) async fn ask(terminal: &mut Terminal) -> anyhow::Result<Zeroizing<String>> {
    terminal.ask_hidden("Password: ").await
}

/// A password that is to be stored: typed twice, because nobody sees a slip.
pub(super) async fn ask_twice() -> anyhow::Result<Zeroizing<String>> {
    let mut terminal = Terminal::open()?;
    let password = ask(&mut terminal).await?;
    let again = terminal.ask_hidden("Password (again): ").await?;
    anyhow::ensure!(*password == *again, "the passwords do not match");
    Ok(password)
}

/// All of standard input but the one line end behind it.
pub(super) fn read() -> anyhow::Result<Zeroizing<String>> {
    let mut input = Zeroizing::new(String::new());
    io::stdin().read_to_string(&mut input).context("standard input cannot be read as UTF-8")?;
    Ok(Zeroizing::new(without_line_end(&input).to_owned()))
}

/// A password as the hashers take it.
pub(super) fn secret(password: String) -> Secret {
    Secret::new(password.into_bytes())
}

/// A password without the one line end behind it that `echo` writes.
fn without_line_end(password: &str) -> &str {
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
