//! What `x86_64` processors have beyond the portable path. All of the crate's `unsafe` is here and
//! in the files below: the calls of functions that need instructions, and the passage between
//! arrays and vectors.

mod sha_ni;
mod sliced;

use super::{
    lane::Lane,
    path::{Available, Path, together},
};

/// Whether this processor has what a path needs.
pub(super) fn detected(path: Path) -> bool {
    let has_sha_ni = is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse4.1");
    let has_avx512 = is_x86_feature_detected!("avx512f");
    let has_avx512vl = has_avx512 && is_x86_feature_detected!("avx512vl");
    match path {
        Path::Portable => false,
        Path::ShaNi | Path::ShaNiX2 => has_sha_ni,
        Path::ShaNiRotates => has_sha_ni && has_avx512vl,
        Path::Avx2 => is_x86_feature_detected!("avx2"),
        Path::Avx512Vl => has_avx512vl,
        Path::Avx512 => has_avx512,
    }
}

/// Moves the lanes on by a path that is not portable.
#[expect(unsafe_code, reason = "calls of functions for some processors only")]
pub(super) fn advance(path: Available, lanes: &mut [&mut Lane], iterations: u32) {
    // SAFETY (of each call): `detected` has seen the features that the function asks for; an
    // `Available` is not made otherwise.
    match path.path() {
        Path::Portable => {}
        Path::ShaNi => together::<1>(lanes, iterations, |chains, n| unsafe {
            sha_ni::plain::advance(chains, n);
        }),
        Path::ShaNiX2 => together::<2>(lanes, iterations, |chains, n| unsafe {
            sha_ni::plain::advance(chains, n);
        }),
        Path::ShaNiRotates => together::<1>(lanes, iterations, |chains, n| unsafe {
            sha_ni::with_rotates::advance(chains, n);
        }),
        Path::Avx2 => together(lanes, iterations, |chains, n| unsafe {
            sliced::avx2::advance(chains, n);
        }),
        Path::Avx512Vl => together(lanes, iterations, |chains, n| unsafe {
            sliced::avx512::x8::advance(chains, n);
        }),
        Path::Avx512 => together(lanes, iterations, |chains, n| unsafe {
            sliced::avx512::x16::advance(chains, n);
        }),
    }
}
