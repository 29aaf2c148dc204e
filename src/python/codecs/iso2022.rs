//! ISO 2022: character sets that escape sequences switch between.

use super::CodecError;
use super::decoder::Decoder;
use super::multibyte::{Number, illegal, incomplete, push_unit};
use crate::python::PyString;

const ESC: u8 = 0x1B;
/// How far Python looks for the end of an escape sequence.
const LONGEST: usize = 16;

/// What one of the codecs knows besides ASCII.
pub(super) struct Variant {
    name: &'static str,
    /// The final byte of a set's escape sequence; with the high bit for a set of two bytes.
    sets: &'static [u8],
    /// Whether SO and SI switch to the second set and back.
    shift: bool,
    /// Whether a single character can come from a third set.
    third: bool,
}

const ASCII: u8 = b'B';
const LATIN_1: u8 = b'A';
const GREEK: u8 = b'F';
const KATAKANA: u8 = b'I';
const ROMAN: u8 = b'J';
const GB2312: u8 = b'A' | 0x80;
const JISX0208: u8 = b'B' | 0x80;
const JISX0208_1978: u8 = b'@' | 0x80;
const KSX1001: u8 = b'C' | 0x80;
const JISX0212: u8 = b'D' | 0x80;
const JISX0213_2000: u8 = b'O' | 0x80;
const JISX0213_PLANE_2: u8 = b'P' | 0x80;
const JISX0213_2004: u8 = b'Q' | 0x80;

static VARIANTS: &[Variant] = &[
    Variant { name: "iso2022_kr", sets: &[KSX1001], shift: true, third: false },
    japanese("iso2022_jp", &[JISX0208, ROMAN, JISX0208_1978]),
    japanese("iso2022_jp_1", &[JISX0208, JISX0212, ROMAN, JISX0208_1978]),
    Variant {
        name: "iso2022_jp_2",
        sets: &[JISX0208, JISX0212, KSX1001, GB2312, ROMAN, JISX0208_1978, LATIN_1, GREEK],
        shift: false,
        third: true,
    },
    japanese("iso2022_jp_2004", &[JISX0213_2004, JISX0208, JISX0213_PLANE_2]),
    japanese("iso2022_jp_3", &[JISX0213_2000, JISX0208, JISX0213_PLANE_2]),
    japanese("iso2022_jp_ext", &[JISX0208, JISX0212, ROMAN, KATAKANA, JISX0208_1978]),
];

const fn japanese(name: &'static str, sets: &'static [u8]) -> Variant {
    Variant { name, sets, shift: false, third: false }
}

/// The codec of that name.
pub(super) fn variant(name: &str) -> Option<&'static Variant> {
    VARIANTS.iter().find(|variant| variant.name == name)
}

/// The sets in use.
struct State {
    variant: &'static Variant,
    sets: [u8; 3],
    /// Behind SO.
    shifted: bool,
    /// In an escape sequence of another kind, which is kept as it is.
    foreign: bool,
}

/// Why a step failed.
enum Failure {
    Illegal(usize),
    Incomplete,
    /// `RuntimeError`: Python has no decoder for what it let itself be told.
    Internal,
}

/// The decoder of CPython's `iso2022_…` codecs.
pub(super) fn decode(
    mut decoder: Decoder<'_>,
    variant: &'static Variant,
) -> Result<PyString, CodecError> {
    let mut state = State { variant, sets: [ASCII; 3], shifted: false, foreign: false };
    let (bytes, mut at) = (decoder.bytes, 0);
    while let Some((first, _)) = bytes.get(at..).and_then(<[u8]>::split_first) {
        let rest = bytes.get(at..).unwrap_or_default();
        at = match state.step(*first, rest, &mut decoder.text) {
            Ok(length) => at + length,
            Err(Failure::Illegal(length)) => illegal(&mut decoder, variant.name, at, length)?,
            Err(Failure::Incomplete) => incomplete(&mut decoder, variant.name, at)?,
            Err(Failure::Internal) => return Err(CodecError::Internal),
        };
    }
    Ok(decoder.text)
}

impl State {
    /// Reads one character or switch at the start of `bytes`; the number of bytes it took.
    fn step(&mut self, first: u8, bytes: &[u8], text: &mut PyString) -> Result<usize, Failure> {
        if self.foreign {
            text.push(first.into());
            self.foreign = !is_final(first);
            return Ok(1);
        }
        match first {
            ESC => self.escape(bytes, text),
            0x0E | 0x0F if self.variant.shift => {
                self.shifted = first == 0x0E;
                Ok(1)
            }
            b'\n' => {
                self.shifted = false;
                text.push(first.into());
                Ok(1)
            }
            0x80.. => Err(Failure::Illegal(1)),
            0x20.. => {
                let set = if self.shifted { self.sets[1] } else { self.sets[0] };
                Self::character(set, bytes, text)
            }
            _ => {
                text.push(first.into());
                Ok(1)
            }
        }
    }

    fn escape(&mut self, bytes: &[u8], text: &mut PyString) -> Result<usize, Failure> {
        match bytes {
            [_] | [] => Err(Failure::Incomplete),
            [_, b'(' | b')' | b'$' | b'.' | b'&', ..] => self.designate(bytes),
            [_, b'N', rest @ ..] if self.variant.third => {
                self.single_shift(*rest.first().ok_or(Failure::Incomplete)?, text)
            }
            _ => {
                text.push(ESC.into());
                self.foreign = true;
                Ok(1)
            }
        }
    }

    /// An escape sequence that names a set.
    fn designate(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        let length = self.sequence_length(bytes)?;
        let sequence = bytes.get(..length).unwrap_or_default();
        let (place, set) = match sequence {
            [_, b'$', set] | [_, b'$', b'(', set] => (0, *set | 0x80),
            [_, b'(', set] => (0, *set),
            [_, b')', set] => (1, *set),
            [_, b'.', set] if self.variant.third => (2, *set),
            [_, b'$', b')', set] => (1, *set | 0x80),
            // JIS X 0208-1990, which comes with the sequence of its revision in front.
            [_, _, _, ESC, b'$', b'B'] if !self.variant.shift => (0, JISX0208),
            _ => return Err(Failure::Illegal(length)),
        };
        if set != ASCII && !self.variant.sets.contains(&set) {
            return Err(Failure::Illegal(length));
        }
        if let Some(place) = self.sets.get_mut(place) {
            *place = set;
        }
        Ok(length)
    }

    fn sequence_length(&self, bytes: &[u8]) -> Result<usize, Failure> {
        let mut at = 1;
        while at < LONGEST {
            match bytes.get(at..).unwrap_or_default() {
                [] => return Err(Failure::Incomplete),
                [byte, ..] if is_final(*byte) => return Ok(at + 1),
                [b'&', b'@', ..] if !self.variant.shift => at += 3,
                _ => at += 1,
            }
        }
        Err(Failure::Illegal(1))
    }

    /// The character of the third set that follows ESC N.
    fn single_shift(&self, byte: u8, text: &mut PyString) -> Result<usize, Failure> {
        let code_point = match self.sets[2] {
            LATIN_1 if byte.is_ascii() => u32::from(byte) + 0x80,
            GREEK => greek(byte ^ 0x80).ok_or(Failure::Illegal(3))?,
            ASCII if byte.is_ascii() => byte.into(),
            LATIN_1 | ASCII => return Err(Failure::Illegal(3)),
            _ => return Err(Failure::Internal),
        };
        text.push(code_point);
        Ok(3)
    }

    fn character(set: u8, bytes: &[u8], text: &mut PyString) -> Result<usize, Failure> {
        let first = bytes.first().copied().unwrap_or_default();
        let (unit, width) = match set {
            ASCII => (Some(first.into()), 1),
            ROMAN => (Some(roman(first)), 1),
            KATAKANA => (katakana(first), 1),
            LATIN_1 | GREEK => (None, 1),
            _ => {
                let second = *bytes.get(1).ok_or(Failure::Incomplete)?;
                (Self::two_bytes(set, first, second), 2)
            }
        };
        push_unit(text, unit.ok_or(Failure::Illegal(width))?);
        Ok(width)
    }

    fn two_bytes(set: u8, first: u8, second: u8) -> Option<u16> {
        if !second.is_ascii() {
            return None;
        }
        // Behind 8F the EUC tables have JIS X 0212 in the rows that are free in JIS X 0213's plane 2.
        if set == JISX0213_PLANE_2
            && matches!(first, 0x22 | 0x26 | 0x27 | 0x29..=0x2B | 0x30..=0x6D)
        {
            return None;
        }
        let (first, second) = (first | 0x80, second | 0x80);
        let unit = match set {
            // What EUC reads as the wide form U+FF5E.
            JISX0213_2000 | JISX0213_2004 if (first, second) == (0xA2, 0xB2) => u16::from(b'~'),
            GB2312 => Number::GB2312.tables().two(first, second),
            KSX1001 => Number::EUC_KR.tables().two(first, second),
            JISX0212 => Number::EUC_JP.tables().three(first, second),
            JISX0213_2000 => Number::EUC_JISX0213.tables().two(first, second),
            JISX0213_2004 => Number::EUC_JIS_2004.tables().two(first, second),
            JISX0213_PLANE_2 => Number::EUC_JIS_2004.tables().three(first, second),
            _ => Number::EUC_JP.tables().two(first, second),
        };
        // 0 is illegal in those tables, and so is what is so from the second byte on.
        Some(unit).filter(|unit| (1..u16::MAX).contains(unit))
    }
}

/// JIS X 0201, the left half: ASCII with two other signs.
fn roman(byte: u8) -> u16 {
    match byte {
        b'\\' => 0xA5,
        b'~' => 0x203E,
        _ => byte.into(),
    }
}

/// JIS X 0201, the right half.
fn katakana(byte: u8) -> Option<u16> {
    (0x21..=0x5F).contains(&byte).then(|| 0xFF40 + u16::from(byte))
}

/// ISO 8859-7 of 1987.
fn greek(byte: u8) -> Option<u32> {
    match byte {
        0xA1 => Some(0x2018),
        0xA2 => Some(0x2019),
        0xAF => Some(0x2015),
        0x00..=0xA0 | 0xA3 | 0xA6..=0xA9 | 0xAB..=0xAD | 0xB0..=0xB3 | 0xB7 | 0xBB | 0xBD => {
            Some(byte.into())
        }
        0xB4..=0xB6 | 0xB8..=0xBA | 0xBC | 0xBE..=0xD1 | 0xD3..=0xFE => {
            Some(0x2D0 + u32::from(byte))
        }
        _ => None,
    }
}

fn is_final(byte: u8) -> bool {
    matches!(byte, b'@'..=b'Z')
}

#[cfg(test)]
mod tests {
    use crate::python::codecs::lookup;

    #[test]
    fn as_python_reads_them() {
        for (name, bytes, python) in [
            ("iso2022_jp", &b"a\x1b$BF|K\\\x1b(J\\~\x1b(Bb"[..], "a日本¥‾b"),
            ("iso2022_jp_ext", b"\x1b(I1\x1b&@\x1b$BF|\x1b(B", "ｱ日"),
            ("iso2022_jp_1", b"\x1b$(D0!", "丂"),
            ("iso2022_jp_2", b"\x1b$A0!\x1b$(C0!\x1b(B\x1b.A\x1bNi\x1b.F\x1bNa", "啊가éα"),
            ("iso2022_jp_3", b"\x1b$(O$w", "か゚"),
            ("iso2022_jp_2004", b"\x1b$(Q.!\x1b$(P!!", "俱𠂉"),
            ("iso2022_kr", b"\x1b$)C\x0e0!\x0fa\x0e0!\nb", "가a가\nb"),
            ("iso2022_jp", b"\x1b[1mA\x1b", ""),
        ] {
            let result = lookup(name).unwrap().decode(bytes);
            let text = result.as_ref().ok().and_then(|text| text.as_str()).unwrap_or_default();
            assert_eq!(text, python, "{name}");
        }
    }

    #[test]
    fn errors() {
        let error =
            |bytes: &[u8]| lookup("iso2022_jp").unwrap().decode(bytes).unwrap_err().to_string();
        assert_eq!(
            error(b"\x1b$A"),
            "'iso2022_jp' codec can't decode bytes in position 0-2: illegal multibyte sequence"
        );
        assert_eq!(
            error(b"\x1b$BF"),
            "'iso2022_jp' codec can't decode byte 0x46 in position 3: incomplete multibyte sequence"
        );
        assert_eq!(
            error(b"a\x80"),
            "'iso2022_jp' codec can't decode byte 0x80 in position 1: illegal multibyte sequence"
        );
    }
}
