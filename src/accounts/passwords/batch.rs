//! Many hashes for a command: on all cores, in order, in bounded memory.

use std::{
    io::{self, Write},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    thread,
};

/// Jobs that wait for a worker, and results that wait for their turn, one worker's share.
const AHEAD: usize = 16;

/// Runs `work` over all inputs, on as many threads as there are workers, and writes what it gives,
/// in the order of the inputs. Writes through whenever it would have to wait.
///
/// # Errors
/// When `output` cannot be written. What is not begun then is left undone.
pub fn in_order<T, I>(
    workers: usize,
    inputs: I,
    work: impl Fn(T) -> Vec<u8> + Sync,
    output: &mut dyn Write,
) -> io::Result<()>
where
    T: Send,
    I: Iterator<Item = T> + Send,
{
    let workers = workers.clamp(1, 1024);
    let (jobs, waiting) = sync_channel::<Job<T>>(workers);
    let (turns, results) = sync_channel::<Receiver<Vec<u8>>>(workers.saturating_mul(AHEAD));
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        scope.spawn(move || feed(inputs, &jobs, &turns));
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((input, result)) = next(&waiting) {
                    // Nobody waits for it where the output is gone.
                    let _ = result.send(work(input));
                }
            });
        }
        deliver(results, output)
    })
}

type Job<T> = (T, SyncSender<Vec<u8>>);

/// Hands every input to a worker, and the place of its result to the writer. Ends where either is
/// gone.
fn feed<T>(
    inputs: impl Iterator<Item = T>,
    jobs: &SyncSender<Job<T>>,
    turns: &SyncSender<Receiver<Vec<u8>>>,
) {
    for input in inputs {
        let (result, place) = sync_channel(1);
        if turns.send(place).is_err() || jobs.send((input, result)).is_err() {
            return;
        }
    }
}

fn next<T>(waiting: &Mutex<Receiver<Job<T>>>) -> Option<Job<T>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn deliver(results: Receiver<Receiver<Vec<u8>>>, output: &mut dyn Write) -> io::Result<()> {
    while let Some(place) = received(&results, output)? {
        let broken = || io::Error::other("a worker broke off");
        let result = received(&place, output)?.ok_or_else(broken)?;
        output.write_all(&result)?;
    }
    // The feeder sees it gone only when it is dropped.
    drop(results);
    output.flush()
}

/// The next of a channel, `None` at its end; flushes before it waits.
fn received<T>(channel: &Receiver<T>, output: &mut dyn Write) -> io::Result<Option<T>> {
    match channel.try_recv() {
        Ok(next) => Ok(Some(next)),
        Err(TryRecvError::Disconnected) => Ok(None),
        Err(TryRecvError::Empty) => {
            output.flush()?;
            Ok(channel.recv().ok())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_however_long_each_takes() {
        let work = |n: u64| {
            thread::sleep(std::time::Duration::from_micros((n * 7919) % 97));
            format!("{n}\n").into_bytes()
        };
        let mut output = Vec::new();
        in_order(4, 0..1000, work, &mut output).unwrap();
        let output = String::from_utf8(output).unwrap();
        assert!(output.lines().map(str::parse).eq((0..1000_u64).map(Ok)));
    }

    #[test]
    fn an_output_that_fails_ends_it() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::other("full"))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = in_order(2, 0_u64.., |_| vec![b'x'], &mut Full).unwrap_err();
        assert_eq!(error.to_string(), "full");
    }
}
