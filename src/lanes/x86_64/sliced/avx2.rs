//! Eight lanes in the vectors of AVX2, for processors that have no instructions for SHA-256.

use std::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_or_si256,
    _mm256_set1_epi32, _mm256_sll_epi32, _mm256_srli_epi32, _mm256_xor_si256,
};

use super::sliced;

type Vector = __m256i;

sliced!(8, "avx2");

#[inline]
#[target_feature(enable = "avx2")]
fn add(x: Vector, y: Vector) -> Vector {
    _mm256_add_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(x: Vector, y: Vector) -> Vector {
    _mm256_xor_si256(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor3(x: Vector, y: Vector, z: Vector) -> Vector {
    xor(xor(x, y), z)
}

/// `(x & y) ^ (!x & z)`, in one operation fewer.
#[inline]
#[target_feature(enable = "avx2")]
fn choose(x: Vector, y: Vector, z: Vector) -> Vector {
    xor(z, _mm256_and_si256(x, xor(y, z)))
}

/// `(x & y) ^ (x & z) ^ (y & z)`, in one operation fewer.
#[inline]
#[target_feature(enable = "avx2")]
fn majority(x: Vector, y: Vector, z: Vector) -> Vector {
    xor(y, _mm256_and_si256(xor(x, y), xor(y, z)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate<const N: i32>(x: Vector) -> Vector {
    // Another constant of the compiler: it makes a shift by an immediate of it.
    let rest = _mm_cvtsi32_si128(32 - N);
    _mm256_or_si256(shift::<N>(x), _mm256_sll_epi32(x, rest))
}

#[inline]
#[target_feature(enable = "avx2")]
fn shift<const N: i32>(x: Vector) -> Vector {
    _mm256_srli_epi32::<N>(x)
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(word: u32) -> Vector {
    _mm256_set1_epi32(word.cast_signed())
}
