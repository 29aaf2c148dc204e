//! Questions to whoever sits at the terminal, as Python's `input()` and `getpass` ask them.
//!
//! A library for hidden input would leave the terminal silent where Ctrl-C ends the program: here the
//! wait for a line can be given up (see `database::wait`), and the echo comes back with the drop.

use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal as _, Write as _},
    os::fd::{AsFd, OwnedFd},
};

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

/// No line that someone types is longer.
const MAX_LINE: usize = 1 << 16;

/// The terminal, or what stands for it.
pub(super) struct Terminal {
    input: tokio::fs::File,
    output: File,
    /// What was read after the last line's end.
    unread: Zeroizing<Vec<u8>>,
}

/// Whether someone can be asked.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal()
}

impl Terminal {
    /// The terminal of this process; standard input where it has none.
    pub(super) fn open() -> anyhow::Result<Self> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
        let (input, output) = match terminal.and_then(|tty| Ok((tty.try_clone()?, tty))) {
            Ok(both) => both,
            Err(_) => (duplicate(io::stdin())?, duplicate(io::stderr())?),
        };
        Ok(Self { input: input.into(), output, unread: Zeroizing::default() })
    }

    /// `input(prompt)`.
    pub(super) async fn ask(&mut self, prompt: &str) -> anyhow::Result<String> {
        self.write(prompt)?;
        Ok(self.line().await?.as_str().to_owned())
    }

    /// `getpass.getpass(prompt)`.
    pub(super) async fn ask_hidden(&mut self, prompt: &str) -> anyhow::Result<Zeroizing<String>> {
        let silence = Silence::over(self.output.try_clone()?);
        self.write(prompt)?;
        let line = self.line().await;
        let was_silent = silence.is_some();
        drop(silence);
        if was_silent {
            self.write("\n")?;
        }
        line
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        let written = self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush());
        written.context("the terminal cannot be written to")
    }

    async fn line(&mut self) -> anyhow::Result<Zeroizing<String>> {
        let mut chunk = Zeroizing::new([0_u8; 1024]);
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let rest = Zeroizing::new(self.unread.split_off(end + 1));
                let mut line = std::mem::replace(&mut self.unread, rest);
                line.truncate(end);
                return text(&line);
            }
            let read = self.input.read(&mut *chunk).await.context("nothing can be read")?;
            if read == 0 && self.unread.is_empty() {
                anyhow::bail!("the input has ended before an answer");
            }
            if read == 0 {
                return text(&std::mem::take(&mut self.unread));
            }
            self.unread.extend_from_slice(chunk.get(..read).unwrap_or_default());
            anyhow::ensure!(self.unread.len() <= MAX_LINE, "a line is too long");
        }
    }
}

fn text(line: &[u8]) -> anyhow::Result<Zeroizing<String>> {
    let text = str::from_utf8(line).context("what was typed is not UTF-8")?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn duplicate(stream: impl AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(|fd: OwnedFd| fd.into())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silence {
    terminal: File,
    before: Termios,
}

impl Silence {
    /// `None` where it is no terminal.
    fn over(terminal: File) -> Option<Self> {
        let before = tcgetattr(&terminal).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // What was typed before the question is no answer to it.
        tcsetattr(&terminal, OptionalActions::Flush, &silent).ok()?;
        Some(Self { terminal, before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs none.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}
