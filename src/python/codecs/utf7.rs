//! `utf-7`.

use super::CodecError;
use super::decoder::{Decoder, Mode};
use crate::python::PyString;

/// Between a `+` and what ends its base 64.
struct Shift {
    /// Where the `+` is.
    start: usize,
    /// How long the text was then, in bytes.
    text: usize,
    bits: u32,
    buffer: u32,
    /// A high surrogate that waits for a low one.
    high: Option<u32>,
}

/// `codecs.utf_7_decode`.
pub(super) fn decode(mut decoder: Decoder<'_>) -> Result<PyString, CodecError> {
    let bytes = decoder.bytes;
    let (mut at, mut shift) = (0, None::<Shift>);
    while let Some(byte) = bytes.get(at) {
        at = match (&mut shift, *byte) {
            (Some(open), byte) => {
                if let Some(sextet) = sextet(byte) {
                    open.take(sextet, &mut decoder.text);
                    at + 1
                } else {
                    let open = shift.take();
                    open.map_or(Ok(at), |open| leave(&mut decoder, &open, at, byte))?
                }
            }
            (None, b'+') => match bytes.get(at + 1) {
                Some(b'-') => {
                    decoder.text.push(b'+'.into());
                    at + 2
                }
                Some(byte) if sextet(*byte).is_none() => {
                    decoder.wrong("utf7", (at, at + 2), "ill-formed sequence")?
                }
                _ => {
                    let text = decoder.text.as_bytes().len();
                    shift = Some(Shift { start: at, text, bits: 0, buffer: 0, high: None });
                    at + 1
                }
            },
            (None, byte) if byte.is_ascii() => {
                decoder.text.push(byte.into());
                at + 1
            }
            (None, _) => decoder.wrong("utf7", (at, at + 1), "unexpected special character")?,
        };
    }
    if let Some(open) = shift {
        if decoder.mode == Mode::Stream {
            decoder.text.truncate_generalised(open.text);
        } else if open.high.is_some() || open.bits >= 6 || open.buffer != 0 {
            let place = (open.start, bytes.len());
            decoder.wrong("utf7", place, "unterminated shift sequence")?;
        }
    }
    Ok(decoder.text)
}

impl Shift {
    fn take(&mut self, sextet: u8, text: &mut PyString) {
        self.buffer = (self.buffer << 6) | u32::from(sextet);
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let unit = self.buffer >> self.bits;
        self.buffer &= (1 << self.bits) - 1;
        match (self.high.take(), unit) {
            (Some(high), 0xDC00..0xE000) => {
                text.push(0x1_0000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
                return;
            }
            (Some(high), _) => text.push(high),
            (None, _) => {}
        }
        if (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
        } else {
            text.push(unit);
        }
    }
}

/// The end of base 64, at a byte that is none of it. The place to go on at.
fn leave(
    decoder: &mut Decoder<'_>,
    shift: &Shift,
    at: usize,
    byte: u8,
) -> Result<usize, CodecError> {
    let place = (shift.start, at + 1);
    if shift.bits >= 6 {
        return decoder.wrong("utf7", place, "partial character in shift sequence");
    }
    if shift.buffer != 0 {
        return decoder.wrong("utf7", place, "non-zero padding bits in shift sequence");
    }
    if let Some(high) = shift.high.filter(|_| byte.is_ascii()) {
        decoder.text.push(high);
    }
    Ok(at + usize::from(byte == b'-'))
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::python::codecs::lookup;

    #[test]
    fn as_python_reads_it() {
        let utf7 = lookup("utf-7").unwrap();
        let error = |bytes: &[u8]| utf7.decode(bytes).unwrap_err().to_string();
        assert_eq!(utf7.decode(b"a+AOk-b+-+2D3eAA.").unwrap(), "aéb+\u{1f600}.");
        assert_eq!(
            error(b"a+2D3"),
            "'utf7' codec can't decode bytes in position 1-4: unterminated shift sequence"
        );
        assert_eq!(
            error(b"+~"),
            "'utf7' codec can't decode bytes in position 0-1: ill-formed sequence"
        );
        assert_eq!(utf7.read_stream(b"a+AOkA6Q").unwrap(), "a");
        assert_eq!(utf7.decode_replacing(b"+AO.\xff"), "\u{fffd}\u{fffd}");
    }
}
