//! Many lanes at once, a vector for each word: element `i` of every vector belongs to lane `i`.
//!
//! The code is SHA-256 as the standard writes it, over whole vectors. `sliced!` makes it for one
//! kind of vector; each file below brings the kind and its few operations: `add`, `xor`, `xor3`,
//! `choose`, `majority`, `rotate`, `shift`, `splat`.

pub(super) mod avx2;
pub(super) mod avx512;

use zeroize::Zeroizing;

use crate::lanes::sha256::Words;

/// Word by word, of every lane.
type Columns<const N: usize> = Zeroizing<[[u32; N]; 8]>;

fn columns<const N: usize>(lanes: [&Words; N]) -> Columns<N> {
    let mut columns = Zeroizing::new([[0; N]; 8]);
    for (i, lane) in lanes.into_iter().enumerate() {
        let row = columns.iter_mut().filter_map(|column| column.get_mut(i));
        row.zip(lane).for_each(|(to, from)| *to = *from);
    }
    columns
}

fn rows<const N: usize>(columns: &Columns<N>, lanes: [&mut Words; N]) {
    for (i, lane) in lanes.into_iter().enumerate() {
        let row = columns.iter().filter_map(|column| column.get(i));
        lane.iter_mut().zip(row).for_each(|(to, from)| *to = *from);
    }
}

/// The block sixteen times, each with the next of 0 to 15 as the constant: so that the vectors stay
/// in registers, no word may have a place that is computed while it runs.
macro_rules! sixteen {
    ($t:ident => $block:block) => {
        sixteen!($t => $block, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    };
    ($t:ident => $block:block, $($n:literal)*) => {
        $({
            const $t: usize = $n;
            $block
        })*
    };
}

/// `advance` for so many lanes, on processors with these features.
macro_rules! sliced {
    ($lanes:literal, $features:literal) => {
        use std::mem;

        use zeroize::Zeroizing;

        use crate::lanes::{
            lane::Chain,
            sha256::{K, PADDING, Words},
            x86_64::sliced::{columns, rows, sixteen},
        };

        /// Moves all lanes on.
        #[target_feature(enable = $features)]
        pub(in crate::lanes) fn advance(chains: &mut [Chain; $lanes], iterations: u32) {
            let inner = load(chains.each_ref().map(|chain| &chain.inner));
            let outer = load(chains.each_ref().map(|chain| &chain.outer));
            let mut last = load(chains.each_ref().map(|chain| &chain.last));
            let mut sum = load(chains.each_ref().map(|chain| &chain.sum));
            for _ in 0..iterations {
                last = hash(&inner, &last);
                last = hash(&outer, &last);
                for (sum, last) in sum.iter_mut().zip(&last) {
                    *sum = xor(*sum, *last);
                }
            }
            store(last, chains.each_mut().map(|chain| &mut chain.last));
            store(sum, chains.each_mut().map(|chain| &mut chain.sum));
        }

        /// The states after a last block: a digest and the padding behind it.
        ///
        /// Twice its code in the loop would not fit the cache of decoded instructions.
        #[inline(never)]
        #[target_feature(enable = $features)]
        fn hash(keys: &[Vector; 8], digests: &[Vector; 8]) -> [Vector; 8] {
            let mut w = [splat(0); 16];
            let message = digests.iter().copied().chain(PADDING.map(|word| splat(word)));
            w.iter_mut().zip(message).for_each(|(to, from)| *to = from);
            let mut state = *keys;
            let [first, rest @ ..] = K;
            sixteen!(T => {
                state = round(state, add(w[T], splat(first[T / 4][T % 4])));
            });
            for k in rest {
                sixteen!(T => {
                    let (before15, before7, before2) =
                        (w[(T + 1) % 16], w[(T + 9) % 16], w[(T + 14) % 16]);
                    w[T] = add(
                        add(w[T], small_sigma0(before15)),
                        add(before7, small_sigma1(before2)),
                    );
                    state = round(state, add(w[T], splat(k[T / 4][T % 4])));
                });
            }
            state.iter_mut().zip(keys).for_each(|(state, key)| *state = add(*state, *key));
            state
        }

        /// One round; `wk` is the sum of its word of the message and its constant.
        #[inline]
        #[target_feature(enable = $features)]
        fn round([a, b, c, d, e, f, g, h]: [Vector; 8], wk: Vector) -> [Vector; 8] {
            let t1 = add(add(h, wk), add(big_sigma1(e), choose(e, f, g)));
            let t2 = add(big_sigma0(a), majority(a, b, c));
            [add(t1, t2), a, b, c, add(d, t1), e, f, g]
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn big_sigma0(x: Vector) -> Vector {
            xor3(rotate::<2>(x), rotate::<13>(x), rotate::<22>(x))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn big_sigma1(x: Vector) -> Vector {
            xor3(rotate::<6>(x), rotate::<11>(x), rotate::<25>(x))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn small_sigma0(x: Vector) -> Vector {
            xor3(rotate::<7>(x), rotate::<18>(x), shift::<3>(x))
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn small_sigma1(x: Vector) -> Vector {
            xor3(rotate::<17>(x), rotate::<19>(x), shift::<10>(x))
        }

        #[target_feature(enable = $features)]
        #[expect(unsafe_code, reason = "from an array to a vector")]
        fn load(lanes: [&Words; $lanes]) -> [Vector; 8] {
            // SAFETY: an array of words and a vector are the same bytes, and any will do.
            columns(lanes).map(|column| unsafe { mem::transmute::<[u32; $lanes], Vector>(column) })
        }

        #[target_feature(enable = $features)]
        #[expect(unsafe_code, reason = "from a vector to an array")]
        fn store(vectors: [Vector; 8], lanes: [&mut Words; $lanes]) {
            // SAFETY: as in `load`.
            let columns = vectors.map(|v| unsafe { mem::transmute::<Vector, [u32; $lanes]>(v) });
            rows(&Zeroizing::new(columns), lanes);
        }
    };
}

use {sixteen, sliced};
