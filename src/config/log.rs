//! `[log]`: how much is logged, and how it looks.

use super::{
    error::{Problem, quote},
    reader::Reader,
    value::{self, Value, one_of},
};

const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `[log]`. The log goes to standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Log {
    /// A level, and levels of single modules after it: `info,sqlx=warn`.
    ///
    /// Unit: off, error, warn, info, debug or trace. Default: `info`.
    /// In settings.py: `LOGGING`'s levels.
    pub level: String,
    /// Text or JSON.
    ///
    /// Unit: auto, text or json. Default: auto. In settings.py: `LOGGING`'s formatters.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::default() }
    }
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut read = Self::default();
        reader.set(&mut read.level, "log.level", level);
        reader.set(&mut read.format, "log.format", format);
        read
    }
}

/// Narrower than tracing's own directives, to which a mistyped level is the name of a module.
fn level(value: &Value) -> Result<String, Problem> {
    let text = value::text(value)?;
    match text.split(',').find(|part| !is_directive(part.trim())) {
        None => Ok(text.split(',').map(str::trim).collect::<Vec<_>>().join(",")),
        Some(wrong) => Err(Problem::new(
            format!("{} is no level", quote(wrong.trim())),
            format!(
                "write one of {}, and module=level after it where one differs: \"info,sqlx=warn\"",
                super::suggest::listed(LEVELS)
            ),
        )),
    }
}

fn is_directive(text: &str) -> bool {
    let (module, level) = text.split_once('=').map_or((None, text), |(m, l)| (Some(m), l));
    let is_module = |module: &str| {
        !module.is_empty()
            && module.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte))
    };
    LEVELS.contains(&level) && module.is_none_or(is_module)
}

fn format(value: &Value) -> Result<LogFormat, Problem> {
    Ok(match one_of(value, &["auto", "text", "json"])? {
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        _ => LogFormat::Auto,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn levels_and_modules() {
        for right in ["info", "off", "info,sqlx=warn", "drf_auth::http=debug,warn"] {
            assert_eq!(level(&text(right)), Ok(right.into()));
        }
        assert_eq!(level(&text("info, sqlx=warn")), Ok("info,sqlx=warn".into()));
        for wrong in ["", "inof", "INFO", "info,", "sqlx=", "=info", "a[b]=info", "info=sqlx"] {
            assert!(level(&text(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn formats() {
        assert_eq!(format(&text("auto")), Ok(LogFormat::Auto));
        assert_eq!(format(&text("text")), Ok(LogFormat::Text));
        assert_eq!(format(&text("json")), Ok(LogFormat::Json));
        assert!(format(&text("JSON")).is_err());
    }
}
