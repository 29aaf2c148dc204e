//! `utf-32`, `utf-32-le` and `utf-32-be`.

use super::decoder::{Decoder, Mode};
use super::{CodecError, Order};
use crate::python::PyString;

/// `codecs.utf_32_ex_decode`, and `encodings.utf_32`'s wish for a mark in a stream.
pub(super) fn decode(mut decoder: Decoder<'_>, order: Order) -> Result<PyString, CodecError> {
    let (order, mut at) = match (order, decoder.bytes) {
        (Order::Marked, [0xFF, 0xFE, 0, 0, ..]) => (Order::Little, 4),
        (Order::Marked, [0, 0, 0xFE, 0xFF, ..]) => (Order::Big, 4),
        (order, _) => (order, 0),
    };
    let encoding = if order == Order::Big { "utf-32-be" } else { "utf-32-le" };
    let bytes = decoder.bytes;
    while let Some(unit) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let place = (at, at + 4);
        let code_point =
            if order == Order::Big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
        at = match code_point {
            0xD800..0xE000 => {
                let reason = "code point in surrogate code point range(0xd800, 0xe000)";
                decoder.wrong(encoding, place, reason)?
            }
            0x11_0000.. => decoder.wrong(encoding, place, "code point not in range(0x110000)")?,
            _ => {
                decoder.text.push(code_point);
                at + 4
            }
        };
    }
    if decoder.mode == Mode::Stream && order == Order::Marked && at >= 4 {
        return Err(CodecError::NoByteOrderMark { width: 4 });
    }
    if at < bytes.len() {
        decoder.cut(encoding, at, "truncated data")?;
    }
    Ok(decoder.text)
}
