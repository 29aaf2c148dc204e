//! Few lanes by the processor's own instructions for SHA-256 (SHA-NI).
//!
//! `sha256rnds2` does two rounds, and each waits for the one before; a second lane between them
//! costs little where the processor can begin one while another is under way. On Ice Lake the two
//! instructions of the message schedule (`sha256msg1`, `sha256msg2`) hinder each other; where
//! AVX-512VL has rotates and an exclusive or of three, those take the place of the first.

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_ror_epi32, _mm_set_epi32,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi32,
    _mm_srli_epi32, _mm_ternarylogic_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi64, _mm_xor_si128,
};

use crate::lanes::{
    lane::Chain,
    sha256::{K, PADDING, Words},
};

/// A hash state as the instructions want it; the words are named from the highest element down.
#[derive(Clone, Copy)]
struct State {
    abef: __m128i,
    cdgh: __m128i,
}

/// Four words, the first lowest.
#[inline]
#[target_feature(enable = "sse4.1")]
fn four([w, x, y, z]: [u32; 4]) -> __m128i {
    let [w, x, y, z] = [w, x, y, z].map(u32::cast_signed);
    _mm_set_epi32(z, y, x, w)
}

#[target_feature(enable = "sse4.1")]
#[expect(clippy::many_single_char_names, reason = "the standard's")]
fn load(&[a, b, c, d, e, f, g, h]: &Words) -> State {
    State { abef: four([f, e, b, a]), cdgh: four([h, g, d, c]) }
}

#[target_feature(enable = "sse4.1")]
fn store(State { abef, cdgh }: State) -> Words {
    [
        _mm_extract_epi32::<3>(abef),
        _mm_extract_epi32::<2>(abef),
        _mm_extract_epi32::<3>(cdgh),
        _mm_extract_epi32::<2>(cdgh),
        _mm_extract_epi32::<1>(abef),
        _mm_extract_epi32::<0>(abef),
        _mm_extract_epi32::<1>(cdgh),
        _mm_extract_epi32::<0>(cdgh),
    ]
    .map(i32::cast_unsigned)
}

/// The message's words that are a digest: a b c d, and e f g h.
#[inline]
#[target_feature(enable = "sse4.1")]
fn message(State { abef, cdgh }: State) -> (__m128i, __m128i) {
    let abef = _mm_shuffle_epi32::<0b00_01_10_11>(abef);
    let cdgh = _mm_shuffle_epi32::<0b00_01_10_11>(cdgh);
    (_mm_unpacklo_epi64(abef, cdgh), _mm_unpackhi_epi64(abef, cdgh))
}

/// `w[t] + σ0(w[t + 1])` for four `t`, by the instruction that is made for it.
#[inline]
#[target_feature(enable = "sha")]
fn msg1(w0: __m128i, w1: __m128i) -> __m128i {
    _mm_sha256msg1_epu32(w0, w1)
}

/// The same by rotates, a shift, and a table of exclusive or.
#[inline]
#[target_feature(enable = "sse4.1,avx512f,avx512vl")]
fn msg1_by_rotates(w0: __m128i, w1: __m128i) -> __m128i {
    let next = _mm_alignr_epi8::<4>(w1, w0);
    let (r7, r18) = (_mm_ror_epi32::<7>(next), _mm_ror_epi32::<18>(next));
    _mm_add_epi32(w0, _mm_ternarylogic_epi32::<0x96>(r7, r18, _mm_srli_epi32::<3>(next)))
}

/// The functions for processors with these features, and with this `msg1`.
macro_rules! sha_ni {
    ($features:literal, $msg1:ident) => {
        use super::*;

        /// Moves all lanes on, each step of one beside the same step of the others.
        #[target_feature(enable = $features)]
        pub(in crate::lanes) fn advance<const N: usize>(chains: &mut [Chain; N], iterations: u32) {
            let inner = chains.each_ref().map(|chain| load(&chain.inner));
            let outer = chains.each_ref().map(|chain| load(&chain.outer));
            let mut last = chains.each_ref().map(|chain| load(&chain.last));
            let mut sum = chains.each_ref().map(|chain| load(&chain.sum));
            for _ in 0..iterations {
                last = hash(&outer, &hash(&inner, &last));
                for (sum, last) in sum.iter_mut().zip(&last) {
                    sum.abef = _mm_xor_si128(sum.abef, last.abef);
                    sum.cdgh = _mm_xor_si128(sum.cdgh, last.cdgh);
                }
            }
            for ((chain, last), sum) in chains.iter_mut().zip(last).zip(sum) {
                chain.last = store(last);
                chain.sum = store(sum);
            }
        }

        /// The states after a last block: a digest and the padding behind it.
        #[inline]
        #[target_feature(enable = $features)]
        fn hash<const N: usize>(keys: &[State; N], digests: &[State; N]) -> [State; N] {
            let [p0, p1, p2, p3, p4, p5, p6, p7] = PADDING;
            let messages = digests.map(|digest| message(digest));
            let (mut w0, mut w1) = (messages.map(|(w0, _)| w0), messages.map(|(_, w1)| w1));
            let (mut w2, mut w3) = ([four([p0, p1, p2, p3]); N], [four([p4, p5, p6, p7]); N]);
            let mut states = *keys;
            let [[k0, k1, k2, k3], rest @ ..] = K;
            rounds(&mut states, &w0, k0);
            rounds(&mut states, &w1, k1);
            rounds(&mut states, &w2, k2);
            rounds(&mut states, &w3, k3);
            for [k0, k1, k2, k3] in rest {
                schedule(&mut w0, &w1, &w2, &w3);
                rounds(&mut states, &w0, k0);
                schedule(&mut w1, &w2, &w3, &w0);
                rounds(&mut states, &w1, k1);
                schedule(&mut w2, &w3, &w0, &w1);
                rounds(&mut states, &w2, k2);
                schedule(&mut w3, &w0, &w1, &w2);
                rounds(&mut states, &w3, k3);
            }
            for (state, key) in states.iter_mut().zip(keys) {
                state.abef = _mm_add_epi32(state.abef, key.abef);
                state.cdgh = _mm_add_epi32(state.cdgh, key.cdgh);
            }
            states
        }

        /// Four rounds. The instruction gives a, b, e, f after two; the old ones are then c, d, g, h.
        #[inline]
        #[target_feature(enable = $features)]
        fn rounds<const N: usize>(states: &mut [State; N], w: &[__m128i; N], k: [u32; 4]) {
            for (State { abef, cdgh }, w) in states.iter_mut().zip(w) {
                let wk = _mm_add_epi32(*w, four(k));
                *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, wk);
                *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32::<0b11_10>(wk));
            }
        }

        /// The next four words of the message, from the sixteen before; they replace the oldest.
        #[inline]
        #[target_feature(enable = $features)]
        fn schedule<const N: usize>(
            w0: &mut [__m128i; N],
            w1: &[__m128i; N],
            w2: &[__m128i; N],
            w3: &[__m128i; N],
        ) {
            for (((w0, w1), w2), w3) in w0.iter_mut().zip(w1).zip(w2).zip(w3) {
                let sum = _mm_add_epi32($msg1(*w0, *w1), _mm_alignr_epi8::<4>(*w3, *w2));
                *w0 = _mm_sha256msg2_epu32(sum, *w3);
            }
        }
    };
}

/// By SHA-NI alone.
pub(super) mod plain {
    sha_ni!("sha,ssse3,sse4.1", msg1);
}

/// By SHA-NI, and AVX-512VL for the half of the message schedule. For one lane: the compiler joins two
/// into wider registers, and an instruction of SHA-NI beside those takes a hundred times as long.
pub(super) mod with_rotates {
    sha_ni!("sha,ssse3,sse4.1,avx512f,avx512vl", msg1_by_rotates);
}
