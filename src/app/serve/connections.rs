//! How many connections there are, for whoever scrapes it.

use std::fmt;

use super::places::Places;
use crate::metrics::{Collector, DescriptorEncoder, counter, gauge};

/// The places for connections, read whenever it is asked for.
#[derive(Debug)]
pub(super) struct Connections(pub(super) Places);

impl Collector for Connections {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let Self(places) = self;
        gauge(encoder, "http_connections", "Open connections.", places.taken())?;
        let help = "As many connections may be open; the next wait in the kernel's queue.";
        gauge(encoder, "http_connections_limit", help, places.most())?;
        counter(encoder, "http_connections_accepted", "Connections so far.", places.accepted())
    }
}
