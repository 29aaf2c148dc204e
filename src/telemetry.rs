//! The log: what is written to standard error, and in which form.

mod lossy;
mod seldom;

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, IsTerminal as _, Write},
};

pub use self::lossy::LogGuard;
use self::lossy::Lossy;
pub(crate) use self::seldom::Seldom;
use tracing::Subscriber;
use tracing_subscriber::{
    filter::{LevelFilter, ParseError, Targets},
    layer::SubscriberExt as _,
    util::{SubscriberInitExt as _, TryInitError},
};

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// Text where standard error is a terminal, JSON elsewhere.
    pub fn auto() -> Self {
        if io::stderr().is_terminal() { Self::Text } else { Self::Json }
    }
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The levels are not what tracing reads.
    #[error("the log's levels cannot be read")]
    Level(#[from] ParseError),
    /// The system gives no thread to write it.
    #[error("the log cannot be written")]
    Writer(#[from] io::Error),
    /// This process logs already.
    #[error("the log has been set up before")]
    Twice(#[from] TryInitError),
}

/// Sets up the log of this process: `levels` like `info,sqlx=warn`, to standard error.
///
/// # Errors
/// Where `levels` cannot be read, the process has a log already, or no thread for it.
pub fn init(levels: &str, format: Format) -> Result<LogGuard, TelemetryError> {
    let (writer, guard) = Lossy::start(io::stderr())?;
    subscriber(levels, format, move || writer.clone())?.try_init()?;
    Ok(guard)
}

/// The subscriber that writes to what `open` gives, a line at a time.
fn subscriber<W: Write + 'static>(
    levels: &str,
    format: Format,
    open: impl Fn() -> W + Send + Sync + 'static,
) -> Result<Box<dyn Subscriber + Send + Sync>, ParseError> {
    let targets = targets(levels)?;
    let plain = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        // A closed standard error must not stop the service: there is nowhere to say so.
        .log_internal_errors(false)
        .with_writer(move || Visible { format, to: open() });
    Ok(match format {
        Format::Text => Box::new(plain.finish().with(targets)),
        Format::Json => {
            Box::new(plain.json().flatten_event(true).with_span_list(false).finish().with(targets))
        }
    })
}

/// The level of each module. sqlx logs every statement: it is heard where it is named, and else
/// only when it warns.
fn targets(levels: &str) -> Result<Targets, ParseError> {
    let targets: Targets = levels.parse()?;
    let named = targets.iter().any(|(target, _)| target.starts_with("sqlx"));
    let all = targets.default_level().unwrap_or(LevelFilter::OFF);
    Ok(if named { targets } else { targets.with_target("sqlx", all.min(LevelFilter::WARN)) })
}

/// Writes lines as [`visible`] shows them. Much of a line comes from clients.
struct Visible<W> {
    format: Format,
    to: W,
}

impl<W: Write> Write for Visible<W> {
    /// Takes the whole line: tracing-subscriber hands over one event at a time.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
        let mut shown = visible(line, self.format).into_owned();
        shown.push_str(end);
        self.to.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A line as the log shows it: with every character escaped that could end it early, steer a terminal
/// or turn the reading direction.
pub fn visible(line: &str, format: Format) -> Cow<'_, str> {
    if !line.contains(is_unseen) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        // Writing to a String cannot fail. All of them are below U+10000: four digits do.
        let _ = match format {
            _ if !is_unseen(c) => shown.write_char(c),
            Format::Text => write!(shown, "{}", c.escape_unicode()),
            Format::Json => write!(shown, "\\u{:04x}", u32::from(c)),
        };
    }
    Cow::Owned(shown)
}

/// Controls, line and paragraph separators, and what turns the reading direction.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A log that is kept.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(levels: &str, format: Format, log: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = subscriber(levels, format, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, log);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    const NASTY: &str = "a\r\nfake line\u{1b}[31m\u{9b}1m\u{7f}\u{0}\u{202e}gpj\u{2028}é";

    #[test]
    fn a_client_cannot_forge_a_line_of_text() {
        let log = logged("info", Format::Text, || {
            tracing::info!(display = %NASTY, debug = ?NASTY, plain = NASTY, "message {NASTY}");
        });
        assert_eq!(log.matches('\n').count(), 1, "{log:?}");
        assert!(log.ends_with('\n'));
        assert!(!log.trim_end_matches('\n').contains(is_unseen), "{log:?}");
        assert!(log.contains('é'), "{log}");
    }

    #[test]
    fn a_client_cannot_forge_a_line_of_json() {
        let log = logged("info", Format::Json, || {
            tracing::info!(display = %NASTY, plain = NASTY, "message");
        });
        assert_eq!(log.matches('\n').count(), 1, "{log:?}");
        assert!(!log.trim_end_matches('\n').contains(is_unseen), "{log:?}");
        let read: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(read["plain"], NASTY);
        assert_eq!(read["display"], NASTY);
        assert_eq!(read["level"], "INFO");
    }

    #[test]
    fn statements_are_not_logged_unless_asked_for() {
        let log = |levels| {
            logged(levels, Format::Text, || {
                tracing::warn!(target: "sqlx::query", "slow");
                tracing::info!(target: "sqlx::query", "statement");
                tracing::debug!(target: "sqlx::query", "detail");
                tracing::info!(target: "drf_auth", "ours");
            })
        };
        let info = log("info");
        assert!(info.contains("ours") && info.contains("slow") && !info.contains("statement"));
        assert!(!log("trace").contains("statement"));
        assert!(!log("error").contains("slow"));
        assert_eq!(log("off"), "");
        assert!(log("info,sqlx=debug").contains("detail"));
        assert!(log("off,sqlx::query=info").contains("statement"));
    }

    #[test]
    fn levels_are_read() {
        for levels in ["info", "off", "info,sqlx=warn", "drf_auth::http=debug,warn"] {
            assert!(targets(levels).is_ok(), "{levels}");
        }
        assert!(targets("info=loud").is_err());
    }

    #[test]
    fn a_closed_log_stops_nobody() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let subscriber = subscriber("info", Format::Text, || Closed).unwrap();
        tracing::subscriber::with_default(subscriber, || tracing::info!("unheard"));
    }
}
