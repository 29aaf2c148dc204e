//! JSON lines from standard input to standard output.

use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write as _};

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use crate::{
    app::{self, Steps},
    config::Config,
};

/// The most bytes of a line: the largest body that a default project takes, all of it escaped.
const MAX_LINE: u64 = 16 << 20;

/// What a line becomes that cannot be answered.
#[derive(Serialize)]
struct Refused {
    error: String,
}

/// Answers every line of standard input with one line, in order; what `answer` refuses is answered
/// with its reason.
pub(super) fn batch<A: Serialize + 'static>(
    config: &Config,
    answer: impl Fn(&[u8]) -> anyhow::Result<Steps<anyhow::Result<A>>> + Send + 'static,
) -> anyhow::Result<()> {
    let work = move |line: io::Result<Vec<u8>>| {
        let answered = line.map_err(anyhow::Error::from).and_then(|line| answer(&line));
        answered.unwrap_or_else(|error| Steps::Done(Err(error))).map(written)
    };
    let lines = Lines { input: BufReader::new(io::stdin()), ended: false };
    let mut output = BufWriter::new(io::stdout());
    let size = |line: &io::Result<Vec<u8>>| line.as_ref().map_or(0, Vec::len);
    app::in_order(config, lines, size, work, &mut output)
        .and_then(|()| Ok(output.flush()?))
        .map_err(|error| match error.downcast::<io::Error>() {
            Ok(error) => anyhow::Error::new(error).context("standard output cannot be written"),
            Err(error) => error,
        })
}

/// A line as JSON. What is wrong with it is told without a value of it, which may be a password.
pub(super) fn parsed<'a, T: Deserialize<'a>>(line: &'a [u8]) -> anyhow::Result<T> {
    serde_json::from_slice(line).map_err(|error| {
        let said = error.to_string();
        if said.starts_with("invalid type") || said.starts_with("invalid value") {
            anyhow!("a value is not of the type that is expected at column {}", error.column())
        } else {
            error.into()
        }
    })
}

fn written<A: Serialize>(answered: anyhow::Result<A>) -> Vec<u8> {
    let text = match answered {
        Ok(answer) => serde_json::to_vec(&answer),
        Err(error) => serde_json::to_vec(&Refused { error: super::chain(&error) }),
    };
    // Plain data is always JSON.
    let mut text = text.unwrap_or_default();
    text.push(b'\n');
    text
}

/// Lines in bounded memory.
struct Lines<R> {
    input: R,
    ended: bool,
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut line = Vec::new();
        match self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) if line.last() == Some(&b'\n') => {
                line.pop();
                Some(Ok(line))
            }
            Ok(read) if u64::try_from(read).is_ok_and(|read| read < MAX_LINE) => Some(Ok(line)),
            Ok(_) => {
                self.ended = self.input.skip_until(b'\n').is_err();
                Some(Err(io::Error::other(format!("a line is longer than {MAX_LINE} bytes"))))
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_their_ends() {
        let lines = |input: &'static [u8]| -> Vec<Vec<u8>> {
            Lines { input, ended: false }.map(Result::unwrap).collect()
        };
        assert_eq!(lines(b""), Vec::<Vec<u8>>::new());
        assert_eq!(lines(b"a\n\nb"), [&b"a"[..], b"", b"b"]);
        assert_eq!(lines(b"a\n"), [b"a"]);
    }

    #[test]
    fn a_line_without_end_is_skipped() {
        let mut input = vec![b'x'; usize::try_from(MAX_LINE).unwrap() + 5];
        input.extend_from_slice(b"\nnext\n");
        let lines: Vec<_> = Lines { input: &input[..], ended: false }.collect();
        assert!(lines[0].is_err());
        assert_eq!(lines[1].as_ref().unwrap(), b"next");
        assert_eq!(lines.len(), 2);
    }
}
