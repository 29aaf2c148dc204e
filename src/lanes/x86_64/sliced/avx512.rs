//! Sixteen lanes in the vectors of AVX-512, and eight in those of half the length (its part VL),
//! which win where only few wait.

/// The operations by these intrinsics: rotates and any function of three bits are one instruction.
macro_rules! avx512 {
    (
        $lanes:literal lanes of $vector:ident, $features:literal, shifts by $count:ident,
        $add:ident, $xor:ident, $splat:ident, $rotate:ident, $shift:ident, $ternary:ident
    ) => {
        use std::arch::x86_64::{$add, $rotate, $shift, $splat, $ternary, $vector, $xor};

        use super::{CHOOSE, MAJORITY, XOR3};
        use crate::lanes::x86_64::sliced::sliced;

        type Vector = $vector;

        sliced!($lanes, $features);

        #[inline]
        #[target_feature(enable = $features)]
        fn add(x: Vector, y: Vector) -> Vector {
            $add(x, y)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn xor(x: Vector, y: Vector) -> Vector {
            $xor(x, y)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn xor3(x: Vector, y: Vector, z: Vector) -> Vector {
            $ternary::<XOR3>(x, y, z)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn choose(x: Vector, y: Vector, z: Vector) -> Vector {
            $ternary::<CHOOSE>(x, y, z)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn majority(x: Vector, y: Vector, z: Vector) -> Vector {
            $ternary::<MAJORITY>(x, y, z)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn rotate<const N: i32>(x: Vector) -> Vector {
            $rotate::<N>(x)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn shift<const N: $count>(x: Vector) -> Vector {
            $shift::<N>(x)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn splat(word: u32) -> Vector {
            $splat(word.cast_signed())
        }
    };
}

#[rustfmt::skip]
pub(in crate::lanes) mod x16 {
    avx512!(
        16 lanes of __m512i, "avx512f", shifts by u32,
        _mm512_add_epi32, _mm512_xor_si512, _mm512_set1_epi32,
        _mm512_ror_epi32, _mm512_srli_epi32, _mm512_ternarylogic_epi32
    );
}

#[rustfmt::skip]
pub(in crate::lanes) mod x8 {
    avx512!(
        8 lanes of __m256i, "avx512f,avx512vl", shifts by i32,
        _mm256_add_epi32, _mm256_xor_si256, _mm256_set1_epi32,
        _mm256_ror_epi32, _mm256_srli_epi32, _mm256_ternarylogic_epi32
    );
}

// The instruction for any function of three bits takes the function's table, bit `4x + 2y + z` for
// the inputs x, y, z. So each of these is the table of one input, and what the standard does with
// the inputs, done with them, is the table of that.
const X: i32 = 0b1111_0000;
const Y: i32 = 0b1100_1100;
const Z: i32 = 0b1010_1010;

const XOR3: i32 = X ^ Y ^ Z;
const CHOOSE: i32 = (X & Y) ^ (!X & Z);
const MAJORITY: i32 = (X & Y) ^ (X & Z) ^ (Y & Z);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_say_what_the_standard_does() {
        for bits in 0..8 {
            let (x, y, z) = (bits & 4 != 0, bits & 2 != 0, bits & 1 != 0);
            let entry = |table: i32| (table >> bits) & 1 == 1;
            assert_eq!(entry(XOR3), x ^ y ^ z);
            assert_eq!(entry(CHOOSE), if x { y } else { z });
            assert_eq!(entry(MAJORITY), u8::from(x) + u8::from(y) + u8::from(z) >= 2);
        }
        assert_eq!((XOR3, CHOOSE, MAJORITY), (0x96, 0xca, 0xe8));
    }
}
