//! `utf-16`, `utf-16-le` and `utf-16-be`.

use super::decoder::{Decoder, Mode};
use super::{CodecError, Order};
use crate::python::PyString;

/// `codecs.utf_16_ex_decode`, and `encodings.utf_16`'s wish for a mark in a stream.
pub(super) fn decode(mut decoder: Decoder<'_>, order: Order) -> Result<PyString, CodecError> {
    let (order, mut at) = match (order, decoder.bytes) {
        (Order::Marked, [0xFF, 0xFE, ..]) => (Order::Little, 2),
        (Order::Marked, [0xFE, 0xFF, ..]) => (Order::Big, 2),
        (order, _) => (order, 0),
    };
    let encoding = if order == Order::Big { "utf-16-be" } else { "utf-16-le" };
    let bytes = decoder.bytes;
    let unit = |at: usize| match bytes.get(at..)? {
        [first, second, ..] if order == Order::Big => Some(u16::from_be_bytes([*first, *second])),
        [first, second, ..] => Some(u16::from_le_bytes([*first, *second])),
        _ => None,
    };
    while let Some(first) = unit(at).map(u32::from) {
        at = match first {
            0xD800..0xDC00 => match unit(at + 2).map(u32::from) {
                Some(second @ 0xDC00..0xE000) => {
                    decoder.text.push(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
                    at + 4
                }
                Some(_) => decoder.wrong(encoding, (at, at + 2), "illegal UTF-16 surrogate")?,
                None => break,
            },
            0xDC00..0xE000 => decoder.wrong(encoding, (at, at + 2), "illegal encoding")?,
            _ => {
                decoder.text.push(first);
                at + 2
            }
        };
    }
    if decoder.mode == Mode::Stream && order == Order::Marked && at >= 2 {
        return Err(CodecError::NoByteOrderMark { width: 2 });
    }
    match bytes.len().saturating_sub(at) {
        0 => {}
        1 => decoder.cut(encoding, at, "truncated data")?,
        _ => decoder.cut(encoding, at, "unexpected end of data")?,
    }
    Ok(decoder.text)
}
