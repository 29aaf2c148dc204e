//! `utf-8` and `utf-8-sig`.

use super::CodecError;
use super::decoder::{Decoder, Mode};
use crate::python::PyString;

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// `codecs.utf_8_decode`. Rust and Python agree on how long each malformed sequence is.
pub(super) fn decode(mut decoder: Decoder<'_>) -> Result<PyString, CodecError> {
    let mut rest = decoder.bytes;
    loop {
        let error = match str::from_utf8(rest) {
            Ok(valid) => {
                decoder.text.push_str(valid);
                return Ok(decoder.text);
            }
            Err(error) => error,
        };
        let (valid, malformed) = rest.split_at(error.valid_up_to());
        decoder.text.push_generalised(valid);
        let start = decoder.bytes.len() - malformed.len();
        // Python waits for the end of a surrogate, which some error handlers take.
        if decoder.mode == Mode::Stream && matches!(malformed, [0xED, 0xA0..=0xBF]) {
            return Ok(decoder.text);
        }
        let Some(length) = error.error_len() else {
            decoder.cut("utf-8", start, "unexpected end of data")?;
            return Ok(decoder.text);
        };
        let reason = match malformed.first() {
            Some(0xC2..=0xF4) => "invalid continuation byte",
            _ => "invalid start byte",
        };
        let end = decoder.wrong("utf-8", (start, start + length), reason)?;
        rest = decoder.bytes.get(end..).unwrap_or_default();
    }
}

/// `encodings.utf_8_sig`: a mark at the start is skipped, and positions count from behind it.
pub(super) fn decode_sig(bytes: &[u8], mode: Mode) -> Result<PyString, CodecError> {
    if mode == Mode::Stream && bytes.len() < MARK.len() && MARK.starts_with(bytes) {
        return Ok(PyString::new());
    }
    decode(Decoder::new(bytes.strip_prefix(MARK).unwrap_or(bytes), mode))
}
