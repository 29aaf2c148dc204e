//! What Prometheus' clients tell of every process, under the names they give it.

use std::{
    fmt, fs,
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    encoding::EncodeMetric as _,
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::{Collector, DescriptorEncoder, gauge};

/// This process, read from `/proc` whenever it is asked for; what is not there is left out.
#[derive(Debug)]
pub struct Process {
    /// Seconds since the epoch.
    started: f64,
}

impl Default for Process {
    /// A process that starts now.
    fn default() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: since.as_secs_f64() }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let name = "process_start_time_seconds";
        let help = "When the process started, in seconds since the epoch.";
        let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(self.started).encode(metric)?;
        if let Some(bytes) = resident_memory() {
            let name = "process_resident_memory_bytes";
            gauge(encoder, name, "Memory that the process holds.", bytes)?;
        }
        if let Some(seconds) = cpu_seconds() {
            let help = "Processor time of the process.";
            let metric = encoder.encode_descriptor(
                "process_cpu_seconds",
                help,
                None,
                MetricType::Counter,
            )?;
            ConstCounter::new(seconds).encode(metric)?;
        }
        if let Some(files) = open_files() {
            gauge(encoder, "process_open_fds", "Open file descriptors.", files)?;
        }
        if let Some(most) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            gauge(encoder, "process_max_fds", "As many file descriptors may be open.", most)?;
        }
        Ok(())
    }
}

fn resident_memory() -> Option<usize> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let resident: usize = pages.split(' ').nth(1)?.parse().ok()?;
    Some(resident * rustix::param::page_size())
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a process")]
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which may hold anything, in parentheses: state is the third field.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()? + ticks()?;
    Some(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

fn open_files() -> Option<usize> {
    // The folder itself is open while it is read.
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn proc_is_read() {
        assert!(resident_memory().unwrap() > 100_000);
        assert!(cpu_seconds().unwrap() >= 0.0);
        assert!(open_files().unwrap() >= 3);
    }
}
