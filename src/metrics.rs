//! What the service counts, in Prometheus' words, for whoever scrapes it.
//!
//! Every room counts what it does by itself, in counters of its own, and adds them to a [`Registry`]
//! when it is asked to (`register_metrics`). Labels hold words of this program alone, never a
//! client's: their number is known beforehand. `compat/deploy/README.md` lists all of them, and
//! `tests/it/serve/admin.rs` holds it to what is there.

mod process;

use std::fmt;

pub use prometheus_client::{
    collector::Collector,
    encoding::DescriptorEncoder,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use prometheus_client::{
    encoding::{EncodeMetric as _, prometheus_text},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge, info::Info},
};

pub use self::process::Process;

/// The names of so many labels, each with its value.
pub type Labels<const N: usize> = [(&'static str, &'static str); N];

/// What the name of every metric of this program begins with, those of the process set aside.
const PREFIX: &str = "drf_auth";

/// An empty registry that knows this program's version and its process.
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Process::default()));
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    ours(&mut registry).register("build", "The version of the program", build);
    registry
}

/// The part of the registry whose names begin with this program's.
pub fn ours(registry: &mut Registry) -> &mut Registry {
    registry.sub_registry_with_prefix(PREFIX)
}

/// The media type of [`expose`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics as Prometheus reads them.
///
/// # Errors
/// When one of them cannot be written.
pub fn expose(registry: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::new();
    prometheus_text::encode(&mut text, registry)?;
    Ok(text)
}

/// A histogram of seconds, from a tenth of a millisecond to half a minute.
pub fn seconds() -> Histogram {
    const BOUNDS: [f64; 15] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
        5.0, 30.0,
    ];
    Histogram::new(BOUNDS)
}

/// Writes a gauge that is read when it is asked for.
///
/// # Errors
/// When it cannot be written.
pub fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: usize,
) -> fmt::Result {
    gauges::<0>(encoder, name, help, [([], value)])
}

/// Writes a gauge for each set of labels.
///
/// # Errors
/// When it cannot be written.
pub fn gauges<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (Labels<N>, usize)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in values {
        let gauge = ConstGauge::new(u64::try_from(value).unwrap_or(u64::MAX));
        if N == 0 {
            gauge.encode(metric)?;
            return Ok(());
        }
        gauge.encode(metric.encode_family(&labels)?)?;
    }
    Ok(())
}

/// Writes a counter that is read when it is asked for.
///
/// # Errors
/// When it cannot be written.
pub fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: u64,
) -> fmt::Result {
    let metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    ConstCounter::new(value).encode(metric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_program_s_but_for_the_process() {
        let text = expose(&registry()).unwrap();
        assert!(text.contains("drf_auth_build_info{version=\""), "{text}");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.starts_with("drf_auth_") || line.starts_with("process_"), "{line}");
        }
    }
}
