//! `[passwords]`: how many logins are hashed at once, how many may wait, when a refusal may leave.

use std::time::Duration;

use super::{
    error::Problem,
    reader::Reader,
    value::{Value, duration, integer},
};

/// `[passwords]`. In settings.py: nothing; a WSGI server's workers and backlog.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passwords {
    /// Threads that hash; 0 stands for one a core. Each holds as many logins as its processor hashes
    /// best side by side.
    ///
    /// Unit: threads, 0 to 1024. Default: 0.
    pub workers: u32,
    /// How many logins may wait beside those that the threads hold; more are answered 503.
    ///
    /// Unit: logins, 0 to 100,000. Default: 64.
    pub queue: u32,
    /// How long a login may wait for a thread before it is answered 503.
    ///
    /// Unit: a duration, 10 ms to 10 m. Default: 10 s.
    pub queue_wait: Duration,
    /// No refused login is answered sooner than this; `None` ("auto") follows the slowest kind of
    /// stored password in use.
    ///
    /// Unit: a duration, 0 ms to 5 s, or "auto". Default: "auto".
    pub refusal_floor: Option<Duration>,
    /// How much memory the checks that run at once may fill (argon2, scrypt): others wait for it. One
    /// alone may fill more, up to half of the machine's or the control group's. `None` ("auto") is a quarter of the machine's or the control group's.
    ///
    /// Unit: MiB, 1 to 1,048,576, or "auto". Default: "auto".
    pub memory: Option<u32>,
}

impl Default for Passwords {
    fn default() -> Self {
        let queue_wait = Duration::from_secs(10);
        Self { workers: 0, queue: 64, queue_wait, refusal_floor: None, memory: None }
    }
}

impl Passwords {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let wait = Duration::from_millis(10)..=Duration::from_mins(10);
        let mut read = Self::default();
        reader.set(&mut read.workers, "passwords.workers", |v| integer(v, &(0..=1024)));
        reader.set(&mut read.queue, "passwords.queue", |v| integer(v, &(0..=100_000)));
        reader.set(&mut read.queue_wait, "passwords.queue_wait", |v| duration(v, &wait));
        reader.set(&mut read.refusal_floor, "passwords.refusal_floor", floor);
        reader.set(&mut read.memory, "passwords.memory", memory);
        read
    }
}

fn is_auto(value: &Value) -> bool {
    matches!(value, Value::Untyped(text) | Value::Text(text) if text == "auto")
}

fn memory(value: &Value) -> Result<Option<u32>, Problem> {
    if is_auto(value) {
        return Ok(None);
    }
    integer(value, &(1..=1 << 20)).map(Some).map_err(|problem| problem.or("\"auto\""))
}

fn floor(value: &Value) -> Result<Option<Duration>, Problem> {
    if is_auto(value) {
        return Ok(None);
    }
    let floor = duration(value, &(Duration::ZERO..=Duration::from_secs(5)));
    floor.map(Some).map_err(|problem| problem.or("\"auto\""))
}
