//! SHA-256 (FIPS 180-4) on words: its constants, and what a lane needs before its first iteration.

use sha2::block_api::compress256;
use zeroize::Zeroizing;

/// A hash state, or half a block of the message.
pub(super) type Words = [u32; 8];

/// The state before the first block.
#[rustfmt::skip]
pub(super) const INITIAL: Words = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
];

/// What follows a digest in the last block of an HMAC, inside and outside: the end mark, and the
/// length in bits of the key's block and the digest.
pub(super) const PADDING: Words = [0x8000_0000, 0, 0, 0, 0, 0, 0, (64 + 32) * 8];

/// The constants of the 64 rounds: four groups of sixteen, four a line.
#[rustfmt::skip]
pub(super) const K: [[[u32; 4]; 4]; 4] = [
    [
        [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
        [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
        [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
        [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    ],
    [
        [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
        [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
        [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
        [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    ],
    [
        [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
        [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
        [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
        [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    ],
    [
        [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
        [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
        [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
        [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
    ],
];

/// The digest of whole blocks that `state` has seen (`seen` bytes) and of `rest` after them.
pub(super) fn digest(mut state: Words, seen: usize, rest: &[u8]) -> Words {
    let (blocks, tail) = rest.as_chunks::<64>();
    compress256(&mut state, blocks);
    // The end mark and the eight bytes of the length need a second block behind a long tail.
    let mut last = Zeroizing::new([[0_u8; 64]; 2]);
    let end = [0x80];
    let padded = tail.iter().chain(&end);
    last.as_flattened_mut().iter_mut().zip(padded).for_each(|(to, from)| *to = *from);
    let used = if tail.len() < 56 { 1 } else { 2 };
    let used = last.split_at_mut(used).0;
    let bits = (seen + rest.len()) as u64 * 8;
    if let Some(length) = used.as_flattened_mut().last_chunk_mut() {
        *length = bits.to_be_bytes();
    }
    compress256(&mut state, used);
    state
}

/// The state after the block of an HMAC's key, which is at most 64 bytes, under this mask.
pub(super) fn keyed(key: &[u8], mask: u8) -> Words {
    let mut block = Zeroizing::new([mask; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to ^= from);
    let mut state = INITIAL;
    compress256(&mut state, std::slice::from_ref(&*block));
    state
}

/// A digest's bytes.
pub(super) fn to_bytes(words: &Words) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (to, _) = bytes.as_chunks_mut::<4>();
    to.iter_mut().zip(words).for_each(|(to, word)| *to = word.to_be_bytes());
    bytes
}
