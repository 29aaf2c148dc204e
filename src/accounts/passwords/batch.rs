//! Many hashes for a command: on all cores, in order, in bounded memory.

use std::{
    io::{self, Write},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    thread,
    time::Duration,
};

use super::workers::Workers;
use crate::{django::hashers::Steps, lanes::Engine};

/// What is begun or waits for its turn to be written, for each lane of a worker.
const AHEAD: usize = 16;

/// Bytes of inputs that are under way; one alone may be larger.
const UNDER_WAY: usize = 64 << 20;

/// Does the work of all inputs, on as many threads as there are workers, and writes what it gives, in
/// the order of the inputs. Writes through whenever it would have to wait.
///
/// What runs at once fills so many bytes of `memory`; inputs whose `size`, in bytes, is together more
/// than a bound wait for each other.
///
/// # Errors
/// When `output` cannot be written (what is not begun then is left undone), or there is no thread to
/// be had.
pub fn in_order<T, I>(
    workers: usize,
    memory: u64,
    engine: Engine,
    inputs: I,
    size: impl Fn(&T) -> usize + Send + 'static,
    work: impl Fn(T) -> Steps<Vec<u8>> + Send + 'static,
    output: &mut dyn Write,
) -> io::Result<()>
where
    T: 'static,
    I: Iterator<Item = T> + Send + 'static,
{
    let workers = workers.clamp(1, 1024);
    let ahead = workers.saturating_mul(engine.capacity()).saturating_mul(AHEAD);
    // Two more have a turn: one that is being written, and one whose turn is not taken yet.
    let workers = Arc::new(Workers::start(workers, ahead + 2, Duration::MAX, memory, engine)?);
    let (turns, results) = sync_channel(ahead);
    // Nobody waits for this thread: where the output is gone, it may be waiting for an input. The
    // workers are there until the last result is.
    let feed = {
        let workers = Arc::clone(&workers);
        move || feed(inputs, size, work, &workers, &turns)
    };
    thread::Builder::new().name("inputs".to_owned()).spawn(feed)?;
    deliver(&results, output)
}

/// Hands every input's work to the workers, and the place of its result to the writer. Ends where
/// that is gone.
fn feed<T>(
    inputs: impl Iterator<Item = T>,
    size: impl Fn(&T) -> usize,
    work: impl Fn(T) -> Steps<Vec<u8>>,
    workers: &Workers,
    turns: &SyncSender<Receiver<Done>>,
) {
    let under_way = Arc::new(UnderWay::default());
    for input in inputs {
        let (result, place) = sync_channel(1);
        if turns.send(place).is_err() {
            return;
        }
        let room = UnderWay::enter(&under_way, size(&input));
        // Nobody waits for it where the output is gone.
        let steps = work(input).map(move |text| {
            drop(result.send(Done { text, _room: room }));
        });
        // What was done at once is sent already, and would hold a place after its turn.
        if !matches!(steps, Steps::Done(())) {
            // As many as there are turns find a place.
            let _ = workers.admit(steps, super::Meter::default().into());
        }
    }
}

/// What an input gave; its room is free when that is written.
struct Done {
    text: Vec<u8>,
    _room: Entered,
}

/// How many bytes of inputs are under way.
#[derive(Default)]
struct UnderWay {
    bytes: Mutex<usize>,
    fewer: Condvar,
}

/// A part of them, until it is dropped.
struct Entered {
    under_way: Arc<UnderWay>,
    bytes: usize,
}

impl UnderWay {
    /// Waits until there is room.
    fn enter(this: &Arc<Self>, size: usize) -> Entered {
        let mut bytes = this.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        while *bytes > 0 && bytes.saturating_add(size) > UNDER_WAY {
            bytes = this.fewer.wait(bytes).unwrap_or_else(PoisonError::into_inner);
        }
        *bytes += size;
        drop(bytes);
        Entered { under_way: Arc::clone(this), bytes: size }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut bytes = self.under_way.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *bytes -= self.bytes;
        drop(bytes);
        self.under_way.fewer.notify_one();
    }
}

fn deliver(results: &Receiver<Receiver<Done>>, output: &mut dyn Write) -> io::Result<()> {
    while let Some(place) = received(results, output)? {
        let broken = || io::Error::other("a worker broke off");
        let done = received(&place, output)?.ok_or_else(broken)?;
        output.write_all(&done.text)?;
    }
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

    fn engine() -> Engine {
        Engine::detect().clone()
    }

    #[test]
    fn results_come_in_order_however_long_each_takes() {
        let work = |n: u64| {
            Steps::run(0, move || {
                thread::sleep(std::time::Duration::from_micros((n * 7919) % 97));
                format!("{n}\n").into_bytes()
            })
        };
        let mut output = Vec::new();
        in_order(4, 0, engine(), 0..1000, |_| 1, work, &mut output).unwrap();
        let output = String::from_utf8(output).unwrap();
        assert!(output.lines().map(str::parse).eq((0..1000_u64).map(Ok)));
    }

    #[test]
    fn what_needs_no_work_takes_nobody_s_place() {
        let work = |n: u32| match n % 100 {
            0 => Steps::run(0, || {
                thread::sleep(Duration::from_millis(3));
                vec![b'w']
            }),
            _ => Steps::Done(vec![b'-']),
        };
        let mut output = Vec::new();
        in_order(1, 0, engine(), 0..5000, |_| 1, work, &mut output).unwrap();
        assert_eq!(output.len(), 5000);
    }

    #[test]
    fn large_inputs_wait_for_each_other() {
        use std::sync::atomic::{AtomicUsize, Ordering};

        static NOW: AtomicUsize = AtomicUsize::new(0);
        let work = |size: usize| {
            NOW.fetch_add(size, Ordering::SeqCst);
            Steps::run(0, move || {
                thread::sleep(Duration::from_millis(1));
                NOW.fetch_sub(size, Ordering::SeqCst).to_le_bytes().to_vec()
            })
        };
        let inputs = (0..30).map(|n| if n == 7 { 2 * UNDER_WAY } else { UNDER_WAY / 3 });
        let mut output = Vec::new();
        in_order(2, 0, engine(), inputs, |size| *size, work, &mut output).unwrap();
        let seen = output.chunks_exact(8).map(|n| usize::from_le_bytes(n.try_into().unwrap()));
        let most: Vec<usize> = seen.filter(|seen| *seen > UNDER_WAY).collect();
        assert_eq!(
            (output.len(), most),
            (240, vec![2 * UNDER_WAY]),
            "the one that is larger, alone"
        );
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
        let work = |_| Steps::run(0, || vec![b'x']);
        let error = in_order(2, 0, engine(), 0_u64.., |_| 1, work, &mut Full).unwrap_err();
        assert_eq!(error.to_string(), "full");
        // Also where no input comes any more, and none is the last.
        let (sender, inputs) = sync_channel(1);
        sender.send(0).unwrap();
        let inputs = inputs.into_iter();
        let error = in_order(2, 0, engine(), inputs, |_| 1, work, &mut Full).unwrap_err();
        assert_eq!(error.to_string(), "full");
        drop(sender);
    }
}
