//! `hz`: GB 2312 in seven bits.

use super::CodecError;
use super::decoder::Decoder;
use super::multibyte::{Number, illegal, incomplete, push_unit};
use crate::python::PyString;

/// The decoder of CPython's `hz`.
pub(super) fn decode(mut decoder: Decoder<'_>) -> Result<PyString, CodecError> {
    let bytes = decoder.bytes;
    let (mut at, mut chinese) = (0, false);
    while let Some(first) = bytes.get(at) {
        let second = bytes.get(at + 1);
        at = match (*first, second) {
            (b'~', None) => incomplete(&mut decoder, "hz", at)?,
            (b'~', Some(b'~')) if !chinese => {
                decoder.text.push(b'~'.into());
                at + 2
            }
            (b'~', Some(b'{')) if !chinese => {
                chinese = true;
                at + 2
            }
            (b'~', Some(b'}')) if chinese => {
                chinese = false;
                at + 2
            }
            (b'~', Some(b'\n')) if !chinese => at + 2,
            (b'~' | 0x80.., _) => illegal(&mut decoder, "hz", at, 1)?,
            (first, _) if !chinese => {
                decoder.text.push(first.into());
                at + 1
            }
            (_, None) => incomplete(&mut decoder, "hz", at)?,
            (first, Some(second)) => match gb2312(first, *second) {
                0 => illegal(&mut decoder, "hz", at, 1)?,
                unit => {
                    push_unit(&mut decoder.text, unit);
                    at + 2
                }
            },
        };
    }
    Ok(decoder.text)
}

fn gb2312(first: u8, second: u8) -> u16 {
    if second.is_ascii() { Number::GB2312.tables().two(first | 0x80, second | 0x80) } else { 0 }
}

#[cfg(test)]
mod tests {
    use crate::python::codecs::lookup;

    #[test]
    fn as_python_reads_it() {
        let hz = lookup("hz").unwrap();
        assert_eq!(hz.decode(b"a~~~{VP9z~}~\nb").unwrap(), "a~中国b");
        assert_eq!(
            hz.decode(b"~{V").unwrap_err().to_string(),
            "'hz' codec can't decode byte 0x56 in position 2: incomplete multibyte sequence"
        );
        assert_eq!(hz.decode_replacing(b"~a\xff~"), "\u{fffd}a\u{fffd}\u{fffd}");
    }
}
