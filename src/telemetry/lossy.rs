//! A writer that keeps nobody waiting: a reader of the log that stalls costs lines, not requests.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

/// Lines that may wait to be written.
const WAITING: usize = 10_000;

/// How long the end of the process waits for the last lines.
const PATIENCE: Duration = Duration::from_secs(1);

/// Hands whole lines to a thread that writes them; what finds no place is counted and dropped.
#[derive(Clone, Debug)]
pub(super) struct Lossy {
    lines: SyncSender<Vec<u8>>,
    dropped: Arc<AtomicU64>,
}

/// Keeps the log alive. On drop the last lines are written, if their reader takes them.
#[derive(Debug)]
#[must_use]
pub struct LogGuard {
    last: SyncSender<Vec<u8>>,
    written: Receiver<()>,
}

impl Lossy {
    /// Begins to write to `to`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(to: impl Write + Send + 'static) -> io::Result<(Self, LogGuard)> {
        let (lines, waiting) = sync_channel(WAITING);
        let (done, written) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let lost = Arc::clone(&dropped);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            write_all(&waiting, &lost, to);
            // Nobody may be waiting for it.
            let _ = done.send(());
        })?;
        let guard = LogGuard { last: lines.clone(), written };
        Ok((Self { lines, dropped }, guard))
    }
}

/// Writes lines until an empty one, the last.
fn write_all(waiting: &Receiver<Vec<u8>>, lost: &AtomicU64, mut to: impl Write) {
    while let Ok(line) = waiting.recv()
        && !line.is_empty()
    {
        // Nowhere is left to say that the log cannot be written.
        let _ = to.write_all(&line);
        let count = lost.swap(0, Ordering::Relaxed);
        if count > 0 {
            let _ = writeln!(to, "{count} lines of the log were dropped: its reader is too slow");
        }
    }
    let _ = to.flush();
}

impl Write for Lossy {
    /// Takes the whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.lines.try_send(line.to_vec()) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        if self.last.try_send(Vec::new()).is_ok() {
            // Written, or its reader stalls: either way it is over.
            let _ = self.written.recv_timeout(PATIENCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Writes once it is let.
    struct Stalled {
        gate: Arc<Mutex<()>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _gate = self.gate.lock().unwrap();
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_stalls_costs_lines_and_nobody_s_time() {
        let (gate, written) = (Arc::default(), Arc::default());
        let to = Stalled { gate: Arc::clone(&gate), written: Arc::clone(&written) };
        let stalled = gate.lock().unwrap();
        let (mut lossy, guard) = Lossy::start(to).unwrap();
        for _ in 0..WAITING + 100 {
            lossy.write_all(b"line\n").unwrap();
        }
        drop(stalled);
        // The last line finds a place once the others are written.
        while written.lock().unwrap().len() < 5 * WAITING {
            thread::yield_now();
        }
        lossy.write_all(b"later\n").unwrap();
        drop(guard);
        let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        assert!(written.contains("lines of the log were dropped"), "{written}");
        assert!(written.ends_with("later\n"));
    }
}
