//! `unicode-escape` and `raw-unicode-escape`.

use super::CodecError;
use super::decoder::{Decoder, Mode};
use crate::python::PyString;

/// What a backslash and what follows it come to.
enum Escape {
    /// A code point, or nothing at all, and the place behind the escape.
    Char(Option<u32>, usize),
    /// No escape: what stands there up to a place is kept.
    Plain(usize),
    /// Wrong, for a reason, up to a place; also where the end has cut it off.
    Wrong(&'static str, usize),
    Cut(&'static str),
}

/// `codecs.unicode_escape_decode`, but for `\N{…}`: Unicode's names are not known here.
pub(super) fn decode(decoder: Decoder<'_>) -> Result<PyString, CodecError> {
    run(decoder, "unicodeescape", escape)
}

/// `codecs.raw_unicode_escape_decode`.
pub(super) fn decode_raw(decoder: Decoder<'_>) -> Result<PyString, CodecError> {
    run(decoder, "rawunicodeescape", raw_escape)
}

/// Bytes are read as ISO 8859-1; `escape` gets the place behind a backslash.
fn run(
    mut decoder: Decoder<'_>,
    encoding: &'static str,
    escape: fn(&Decoder<'_>, usize) -> Escape,
) -> Result<PyString, CodecError> {
    let mut at = 0;
    while let Some(byte) = decoder.bytes.get(at) {
        if *byte != b'\\' {
            decoder.text.push((*byte).into());
            at += 1;
            continue;
        }
        at = match escape(&decoder, at + 1) {
            Escape::Char(code_point, next) => {
                decoder.text.extend(code_point);
                next
            }
            Escape::Plain(next) => {
                let kept = decoder.bytes.get(at..next).unwrap_or_default();
                decoder.text.extend(kept.iter().copied().map(u32::from));
                next
            }
            Escape::Wrong(reason, end) => decoder.wrong(encoding, (at, end), reason)?,
            Escape::Cut(reason) => {
                decoder.cut(encoding, at, reason)?;
                break;
            }
        };
    }
    Ok(decoder.text)
}

fn escape(decoder: &Decoder<'_>, at: usize) -> Escape {
    let bytes = decoder.bytes;
    let Some(byte) = bytes.get(at) else { return Escape::Cut("\\ at end of string") };
    let simple = |byte: u8| Escape::Char(Some(byte.into()), at + 1);
    match byte {
        b'\n' => Escape::Char(None, at + 1),
        b'\\' | b'\'' | b'"' => simple(*byte),
        b'a' => simple(0x07),
        b'b' => simple(0x08),
        b't' => simple(b'\t'),
        b'n' => simple(b'\n'),
        b'v' => simple(0x0B),
        b'f' => simple(0x0C),
        b'r' => simple(b'\r'),
        b'0'..=b'7' => octal(bytes, at),
        b'x' => hexadecimal(bytes, at + 1, 2, "truncated \\xXX escape", TOO_HIGH),
        b'u' => hexadecimal(bytes, at + 1, 4, "truncated \\uXXXX escape", TOO_HIGH),
        b'U' => hexadecimal(bytes, at + 1, 8, "truncated \\UXXXXXXXX escape", TOO_HIGH),
        b'N' => named(bytes, at + 1),
        _ => Escape::Plain(at),
    }
}

const TOO_HIGH: &str = "illegal Unicode character";

fn raw_escape(decoder: &Decoder<'_>, at: usize) -> Escape {
    let too_high = "\\Uxxxxxxxx out of range";
    match decoder.bytes.get(at) {
        Some(b'u') => hexadecimal(decoder.bytes, at + 1, 4, "truncated \\uXXXX escape", too_high),
        Some(b'U') => {
            hexadecimal(decoder.bytes, at + 1, 8, "truncated \\UXXXXXXXX escape", too_high)
        }
        // A second backslash does not begin an escape of its own.
        Some(b'\\') => Escape::Plain(at + 1),
        None if decoder.mode == Mode::Stream => Escape::Cut(""),
        _ => Escape::Plain(at),
    }
}

fn octal(bytes: &[u8], at: usize) -> Escape {
    let digits = bytes.get(at..).unwrap_or_default();
    let digits = digits.iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte));
    let (value, end) =
        digits.fold((0, at), |(value, at), digit| (value * 8 + u32::from(digit - b'0'), at + 1));
    Escape::Char(Some(value), end)
}

fn hexadecimal(
    bytes: &[u8],
    start: usize,
    count: usize,
    truncated: &'static str,
    too_high: &'static str,
) -> Escape {
    let mut value = 0;
    for at in start..start + count {
        let Some(byte) = bytes.get(at) else { return Escape::Cut(truncated) };
        match char::from(*byte).to_digit(16) {
            Some(digit) => value = (value << 4) | digit,
            None => return Escape::Wrong(truncated, at),
        }
    }
    match value {
        0..=0x10_FFFF => Escape::Char(Some(value), start + count),
        _ => Escape::Wrong(too_high, start + count),
    }
}

fn named(bytes: &[u8], at: usize) -> Escape {
    let malformed = "malformed \\N character escape";
    match bytes.get(at) {
        None => Escape::Cut(malformed),
        Some(b'{') => {
            let name = bytes.get(at + 1..).unwrap_or_default();
            match name.iter().position(|byte| *byte == b'}') {
                None => Escape::Cut(malformed),
                Some(0) => Escape::Wrong(malformed, at + 1),
                Some(length) => Escape::Wrong("unknown Unicode character name", at + length + 2),
            }
        }
        Some(_) => Escape::Wrong(malformed, at),
    }
}

#[cfg(test)]
mod tests {
    use crate::python::codecs::lookup;

    #[test]
    fn as_python_reads_them() {
        let escape = lookup("unicode_escape").unwrap();
        let raw = lookup("raw-unicode-escape").unwrap();
        let bytes = br"\x41\u00e9\U0001F600\101\q\\u0041\n";
        assert_eq!(escape.decode(bytes).unwrap(), "Aé😀A\\q\\u0041\n");
        assert_eq!(raw.decode(bytes).unwrap(), "\\x41é😀\\101\\q\\\\u0041\\n");
        let error = |bytes: &[u8]| escape.decode(bytes).unwrap_err().to_string();
        assert_eq!(
            error(b"a\\"),
            "'unicodeescape' codec can't decode byte 0x5c in position 1: \\ at end of string"
        );
        assert_eq!(
            error(br"\u12z"),
            "'unicodeescape' codec can't decode bytes in position 0-3: truncated \\uXXXX escape"
        );
        assert_eq!(escape.read_stream(br"a\u12").unwrap(), "a");
    }
}
