//! `[passwords]`: how many logins are hashed at once, and how many may wait.

use std::time::Duration;

use super::{
    reader::Reader,
    value::{duration, integer},
};

/// `[passwords]`. In settings.py: nothing; a WSGI server's workers and backlog.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passwords {
    /// How many passwords are hashed at once; 0 stands for one a core.
    ///
    /// Unit: threads, 0 to 1024. Default: 0.
    pub workers: u32,
    /// How many logins may wait for a worker; more are answered 503.
    ///
    /// Unit: logins, 0 to 100,000. Default: 64.
    pub queue: u32,
    /// How long a login may wait for a worker before it is answered 503.
    ///
    /// Unit: a duration, 10 ms to 10 m. Default: 10 s.
    pub queue_wait: Duration,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { workers: 0, queue: 64, queue_wait: Duration::from_secs(10) }
    }
}

impl Passwords {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let wait = Duration::from_millis(10)..=Duration::from_mins(10);
        let mut read = Self::default();
        reader.set(&mut read.workers, "passwords.workers", |v| integer(v, &(0..=1024)));
        reader.set(&mut read.queue, "passwords.queue", |v| integer(v, &(0..=100_000)));
        reader.set(&mut read.queue_wait, "passwords.queue_wait", |v| duration(v, &wait));
        read
    }
}
