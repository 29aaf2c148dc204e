//! The codecs in which a byte is a character.

use super::CodecError;
use super::decoder::Decoder;
use crate::python::PyString;

/// 256 little-endian code units for each codec; made by `compat/fixtures/codec_tables.py`.
static TABLES: &[u8] = include_bytes!("charmap.bin");
const TABLE: usize = 512;
const UNDEFINED: u16 = 0xFFFE;

/// The table of that number.
pub(super) fn table(number: &str) -> Option<&'static [u8]> {
    let start = number.parse::<usize>().ok()?.checked_mul(TABLE)?;
    TABLES.get(start..start + TABLE)
}

/// `codecs.charmap_decode`.
pub(super) fn decode(mut decoder: Decoder<'_>, table: &[u8]) -> Result<PyString, CodecError> {
    for (at, byte) in decoder.bytes.iter().enumerate() {
        let unit = table.get(2 * usize::from(*byte)..).and_then(<[u8]>::first_chunk);
        match unit.map_or(UNDEFINED, |unit| u16::from_le_bytes(*unit)) {
            UNDEFINED => {
                decoder.wrong("charmap", (at, at + 1), "character maps to <undefined>")?;
            }
            code_point => decoder.text.push(code_point.into()),
        }
    }
    Ok(decoder.text)
}

/// `codecs.ascii_decode`.
pub(super) fn decode_ascii(mut decoder: Decoder<'_>) -> Result<PyString, CodecError> {
    for (at, byte) in decoder.bytes.iter().enumerate() {
        if byte.is_ascii() {
            decoder.text.push((*byte).into());
        } else {
            decoder.wrong("ascii", (at, at + 1), "ordinal not in range(128)")?;
        }
    }
    Ok(decoder.text)
}

/// `codecs.latin_1_decode`.
#[allow(clippy::unnecessary_wraps)] // one shape for all decoders
pub(super) fn decode_latin_1(mut decoder: Decoder<'_>) -> Result<PyString, CodecError> {
    decoder.text.extend(decoder.bytes.iter().copied().map(u32::from));
    Ok(decoder.text)
}
