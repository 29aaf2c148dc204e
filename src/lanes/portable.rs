//! One lane by the `sha2` crate's block function, which is safe, runs everywhere, and uses what
//! instructions for SHA-256 the processor has (on `AArch64`, too).

use sha2::block_api::compress256;
use zeroize::Zeroizing;

use super::{
    lane::Chain,
    sha256::{PADDING, Words},
};

/// Moves the lane on. What it saves beside the `pbkdf2` crate: the padding is written once, and no
/// hash objects are copied.
pub(super) fn advance([chain]: &mut [Chain; 1], iterations: u32) {
    let mut block = Zeroizing::new([[0_u8; 4]; 16]);
    put(block.split_at_mut(8).1, &PADDING);
    for _ in 0..iterations {
        for key in [chain.inner, chain.outer] {
            put(block.as_mut_slice(), &chain.last);
            chain.last = key;
            if let Some(block) = block.as_flattened().first_chunk() {
                compress256(&mut chain.last, std::slice::from_ref(block));
            }
        }
        chain.sum.iter_mut().zip(&chain.last).for_each(|(sum, last)| *sum ^= last);
    }
}

/// Writes the words to the front of the bytes.
fn put(bytes: &mut [[u8; 4]], words: &Words) {
    bytes.iter_mut().zip(words).for_each(|(to, word)| *to = word.to_be_bytes());
}
