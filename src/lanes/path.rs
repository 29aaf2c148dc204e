//! The ways to move lanes on, and which of them this processor has.

use std::{array, fmt, mem, num::NonZeroU32, str::FromStr, sync::LazyLock};

#[cfg(target_arch = "x86_64")]
use super::x86_64;
use super::{
    lane::{Chain, Lane},
    portable,
};

/// A way to move some lanes on together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Path {
    /// One lane by the `sha2` crate, on any processor.
    Portable,
    /// One lane by SHA-NI.
    ShaNi,
    /// Two lanes by SHA-NI, each in the other's waits.
    ShaNiX2,
    /// One lane by SHA-NI, part of the message schedule by AVX-512VL's rotates.
    ShaNiRotates,
    /// Eight lanes by AVX2, for processors without SHA-NI.
    Avx2,
    /// Eight lanes by AVX-512VL.
    Avx512Vl,
    /// Sixteen lanes by AVX-512.
    Avx512,
}

/// A path that was tried on this processor; the only way to get one is to ask [`available`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Available(Path);

/// No path has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no path has this name")]
pub struct UnknownPath;

impl Path {
    /// Every path, whether this processor has it or not.
    pub const ALL: [Self; 7] = [
        Self::Portable,
        Self::ShaNi,
        Self::ShaNiX2,
        Self::ShaNiRotates,
        Self::Avx2,
        Self::Avx512Vl,
        Self::Avx512,
    ];

    /// What [`Display`](fmt::Display) prints and [`FromStr`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::ShaNi => "sha-ni",
            Self::ShaNiX2 => "sha-ni-x2",
            Self::ShaNiRotates => "sha-ni-rotates",
            Self::Avx2 => "avx2",
            Self::Avx512Vl => "avx512vl",
            Self::Avx512 => "avx512",
        }
    }

    /// How many lanes it moves on together.
    pub const fn width(self) -> usize {
        match self {
            Self::Portable | Self::ShaNi | Self::ShaNiRotates => 1,
            Self::ShaNiX2 => 2,
            Self::Avx2 | Self::Avx512Vl => 8,
            Self::Avx512 => 16,
        }
    }

    /// Whether this processor has the instructions, and they gave the right answers.
    pub fn is_available(self) -> bool {
        self.available().is_some()
    }

    pub(super) fn available(self) -> Option<Available> {
        available().iter().copied().find(|available| available.0 == self)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Path {
    type Err = UnknownPath;

    fn from_str(name: &str) -> Result<Self, UnknownPath> {
        Self::ALL.into_iter().find(|path| path.name() == name).ok_or(UnknownPath)
    }
}

/// The paths that this processor has; the portable one is always among them.
///
/// Each was tried: one that a compiler, a hypervisor or an emulator got wrong must not decide about
/// a login.
pub(super) fn available() -> &'static [Available] {
    static AVAILABLE: LazyLock<Vec<Available>> = LazyLock::new(|| {
        let detected = Path::ALL.into_iter().filter(|path| is_detected(*path)).map(Available);
        detected
            .filter(|path| is_right(path.0.width(), |lanes, n| path.advance(lanes, n)))
            .collect()
    });
    &AVAILABLE
}

fn is_detected(path: Path) -> bool {
    #[cfg(target_arch = "x86_64")]
    if x86_64::detected(path) {
        return true;
    }
    path == Path::Portable
}

/// Whether `advance` does with this many lanes what the portable path does with each.
pub(super) fn is_right(width: usize, advance: impl Fn(&mut [&mut Lane], u32)) -> bool {
    const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);
    let start = || (0..width).map(|i| Lane::new(&i.to_be_bytes(), b"known", ITERATIONS));
    let mut lanes: Vec<Lane> = start().collect();
    advance(&mut lanes.iter_mut().collect::<Vec<_>>(), ITERATIONS.get() - 1);
    let expected = start().map(|mut lane| {
        together(&mut [&mut lane], ITERATIONS.get() - 1, portable::advance);
        lane.output()
    });
    lanes.iter().map(Lane::output).eq(expected)
}

impl Available {
    pub(super) const fn path(self) -> Path {
        self.0
    }

    /// Moves every lane on by this many iterations, which it must have left.
    pub(super) fn advance(self, lanes: &mut [&mut Lane], iterations: u32) {
        match self.0 {
            Path::Portable => together(lanes, iterations, portable::advance),
            #[cfg(target_arch = "x86_64")]
            _ => x86_64::advance(self, lanes, iterations),
            #[cfg(not(target_arch = "x86_64"))]
            _ => together(lanes, iterations, portable::advance),
        }
    }
}

/// Runs `advance`, which moves N chains on, over all lanes; where they are fewer, beside idle chains.
pub(super) fn together<const N: usize>(
    lanes: &mut [&mut Lane],
    iterations: u32,
    advance: impl Fn(&mut [Chain; N], u32),
) {
    for lanes in lanes.chunks_mut(N) {
        let mut chains: [Chain; N] = array::from_fn(|_| Chain::default());
        chains.iter_mut().zip(&mut *lanes).for_each(|(to, lane)| mem::swap(to, &mut lane.chain));
        advance(&mut chains, iterations);
        chains.iter_mut().zip(&mut *lanes).for_each(|(to, lane)| mem::swap(to, &mut lane.chain));
        for lane in lanes {
            lane.left = lane.left.saturating_sub(iterations);
        }
    }
}
