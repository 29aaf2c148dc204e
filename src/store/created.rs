//! The `created` column, as Django's database backends write it.

use jiff::{Timestamp, civil, tz::TimeZone};

use super::{Clock, ConnectError, Engine};

/// Writes instants as one engine's Django backend does with a project's settings.
#[derive(Clone, Debug)]
pub(super) struct CreatedFormat {
    engine: Engine,
    zone: TimeZone,
}

impl CreatedFormat {
    /// The format for `engine` under the project's `clock`.
    ///
    /// # Errors
    /// When a time zone's name is not known.
    pub(super) fn new(engine: Engine, clock: &Clock) -> Result<Self, ConnectError> {
        // With USE_TZ, MySQL and SQLite hold the time of the connection's zone (DATABASES[…]["TIME_ZONE"],
        // else UTC) without saying so; without USE_TZ the local time of TIME_ZONE.
        let database_zone = zone("django.database_time_zone", &clock.database_time_zone)?;
        let local_zone = zone("django.time_zone", &clock.time_zone)?;
        Ok(Self { engine, zone: if clock.use_tz { database_zone } else { local_zone } })
    }

    /// The column's text for `instant`, cut to microseconds as Python's clock is.
    pub(super) fn text(&self, instant: Timestamp) -> String {
        // PostgreSQL's column knows its zone: the offset makes the text mean one instant, whatever
        // the session's zone. (Without USE_TZ, Django sends local time without an offset there; what
        // it reads back is the same, also in the hour that a clock change repeats.)
        if self.engine == Engine::Postgres {
            return format!("{}+00:00", write(TimeZone::UTC.to_datetime(instant)));
        }
        write(self.zone.to_datetime(instant))
    }
}

/// Python's `str(datetime)`: no fraction where it is zero.
fn write(time: civil::DateTime) -> String {
    let microseconds = time.subsec_nanosecond() / 1000;
    let seconds = time.strftime("%Y-%m-%d %H:%M:%S");
    if microseconds == 0 {
        return seconds.to_string();
    }
    format!("{seconds}.{microseconds:06}")
}

fn zone(key: &'static str, name: &str) -> Result<TimeZone, ConnectError> {
    if name.is_empty() || name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(name).map_err(|_| ConnectError::TimeZone { key, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// UTC, and what the column held after a live Django 5.2 had saved a token at that instant on
    /// SQLite, with each of the clocks below.
    const RECORDED: [(&str, [&str; 4]); 5] = [
        // The clocks go back: 02:30 comes twice in Berlin.
        (
            "2024-10-27T00:30:00.123456Z",
            [
                "2024-10-27 00:30:00.123456",
                "2024-10-27 06:15:00.123456",
                "2024-10-27 02:30:00.123456",
                "2024-10-26 22:00:00.123456",
            ],
        ),
        (
            "2024-10-27T01:30:00Z",
            [
                "2024-10-27 01:30:00",
                "2024-10-27 07:15:00",
                "2024-10-27 02:30:00",
                "2024-10-26 23:00:00",
            ],
        ),
        // They go forward.
        (
            "2024-03-31T01:00:00.000005Z",
            [
                "2024-03-31 01:00:00.000005",
                "2024-03-31 06:45:00.000005",
                "2024-03-31 03:00:00.000005",
                "2024-03-30 22:30:00.000005",
            ],
        ),
        (
            "1999-12-31T23:59:59.999999Z",
            [
                "1999-12-31 23:59:59.999999",
                "2000-01-01 05:44:59.999999",
                "2000-01-01 00:59:59.999999",
                "1999-12-31 20:29:59.999999",
            ],
        ),
        (
            "2026-11-24T04:05:06.100000Z",
            [
                "2026-11-24 04:05:06.100000",
                "2026-11-24 09:50:06.100000",
                "2026-11-24 05:05:06.100000",
                "2026-11-24 00:35:06.100000",
            ],
        ),
    ];

    fn clocks() -> [Clock; 4] {
        let clock = |use_tz, time_zone: &str, database_time_zone: &str| Clock {
            use_tz,
            time_zone: time_zone.to_owned(),
            database_time_zone: database_time_zone.to_owned(),
        };
        [
            clock(true, "Europe/Berlin", ""),
            clock(true, "UTC", "Asia/Kathmandu"),
            clock(false, "Europe/Berlin", ""),
            clock(false, "America/St_Johns", ""),
        ]
    }

    #[test]
    fn texts_are_those_that_live_django_wrote() {
        for (instant, texts) in RECORDED {
            let instant: Timestamp = instant.parse().unwrap();
            for (clock, text) in clocks().iter().zip(texts) {
                for engine in [Engine::Sqlite, Engine::MySql] {
                    let format = CreatedFormat::new(engine, clock).unwrap();
                    assert_eq!(format.text(instant), text, "{engine:?} {clock:?}");
                }
                let format = CreatedFormat::new(Engine::Postgres, clock).unwrap();
                assert_eq!(format.text(instant), format!("{}+00:00", texts[0]), "{clock:?}");
            }
        }
    }

    #[test]
    fn nanoseconds_are_cut_off() {
        let format = CreatedFormat::new(Engine::Sqlite, &Clock::default()).unwrap();
        let text = |instant: &str| format.text(instant.parse().unwrap());
        assert_eq!(text("2024-01-01T00:00:00.999999999Z"), "2024-01-01 00:00:00.999999");
        assert_eq!(text("2024-01-01T00:00:00.000000999Z"), "2024-01-01 00:00:00");
    }

    #[test]
    fn an_unknown_zone_is_an_error_with_its_key() {
        let clock = Clock { time_zone: "Europe/Berlim".to_owned(), ..Clock::default() };
        let error = CreatedFormat::new(Engine::Sqlite, &clock).unwrap_err().to_string();
        assert!(
            error.starts_with("django.time_zone: there is no time zone \"Europe/Berlim\""),
            "{error}"
        );
    }
}
