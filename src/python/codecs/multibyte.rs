//! The East Asian codecs without a state (CPython's `cjkcodecs`): GB, Big5, EUC, Shift JIS, Johab.

use std::sync::OnceLock;

use super::CodecError;
use super::decoder::Decoder;
use crate::python::PyString;

/// All tables, packed; made by `compat/fixtures/codec_tables.py`, which says how.
static PACKED: &[u8] = include_bytes!("multibyte.bin");
/// What the units from [`EXTRA`] on stand for; made by `compat/fixtures/codec_tables.py`.
static EXTRAS: &str = include_str!("extras.txt");

const COUNT: usize = 16;
/// A first byte that says that more belong to it.
const LEAD: u16 = 0xFFFE;
/// A single byte that means nothing; of a longer sequence, one whose first two bytes are at fault.
const ILLEGAL: u16 = 0xFFFF;
/// Units from the surrogates' range number the texts that are no single unit.
const EXTRA: std::ops::Range<u16> = 0xD800..0xE000;

/// The number of a codec in the tables.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(usize);

impl Number {
    pub(super) const GB2312: Self = Self(1);
    pub(super) const GB18030: Self = Self(2);
    pub(super) const EUC_KR: Self = Self(6);
    pub(super) const EUC_JP: Self = Self(13);
    pub(super) const EUC_JIS_2004: Self = Self(14);
    pub(super) const EUC_JISX0213: Self = Self(15);

    pub(super) fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| *number < COUNT).map(Self)
    }

    /// The tables, which are unpacked when they are first asked for.
    pub(super) fn tables(self) -> &'static Tables {
        static LOADED: [OnceLock<Tables>; COUNT] = [const { OnceLock::new() }; COUNT];
        LOADED.get(self.0).map_or(&EMPTY, |slot| slot.get_or_init(|| Tables::unpack(self)))
    }
}

/// What each sequence of a codec means: a code unit, 0 where it is illegal.
pub(super) struct Tables {
    ones: Vec<u16>,
    /// By the first byte less 128, and the second.
    twos: Vec<u16>,
    /// Behind the first byte 8F: by the second byte less 128, and the third.
    threes: Vec<u16>,
    /// Of GB 18030: those that begin with 81 to 84, in order.
    fours: Vec<u16>,
}

static EMPTY: Tables =
    Tables { ones: Vec::new(), twos: Vec::new(), threes: Vec::new(), fours: Vec::new() };

/// What stands at the beginning of some bytes.
enum Step {
    Unit(u16, usize),
    Char(u32, usize),
    Illegal(usize),
    Incomplete,
}

/// `codecs.MultibyteCodec.decode`. Its stream reader takes a cut-off sequence for an error, too.
pub(super) fn decode(
    mut decoder: Decoder<'_>,
    name: &'static str,
    number: Number,
) -> Result<PyString, CodecError> {
    let tables = number.tables();
    let (bytes, mut at) = (decoder.bytes, 0);
    while let Some((first, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) {
        at = match tables.step(number, *first, rest) {
            Step::Unit(unit, length) => {
                push_unit(&mut decoder.text, unit);
                at + length
            }
            Step::Char(code_point, length) => {
                decoder.text.push(code_point);
                at + length
            }
            Step::Illegal(length) => illegal(&mut decoder, name, at, length)?,
            Step::Incomplete => incomplete(&mut decoder, name, at)?,
        };
    }
    Ok(decoder.text)
}

/// The error of a sequence that means nothing.
pub(super) fn illegal(
    decoder: &mut Decoder<'_>,
    name: &'static str,
    at: usize,
    length: usize,
) -> Result<usize, CodecError> {
    decoder.wrong(name, (at, at + length), "illegal multibyte sequence")
}

/// The error of a sequence that the end cuts off.
pub(super) fn incomplete(
    decoder: &mut Decoder<'_>,
    name: &'static str,
    at: usize,
) -> Result<usize, CodecError> {
    decoder.wrong(name, (at, decoder.bytes.len()), "incomplete multibyte sequence")
}

/// Appends what a unit stands for.
pub(super) fn push_unit(text: &mut PyString, unit: u16) {
    static PARSED: OnceLock<Vec<Vec<u32>>> = OnceLock::new();
    if !EXTRA.contains(&unit) {
        return text.push(unit.into());
    }
    let extras = PARSED.get_or_init(|| {
        let code_points = |line: &str| {
            line.split(' ').filter_map(|hex| u32::from_str_radix(hex, 16).ok()).collect()
        };
        EXTRAS.lines().map(code_points).collect()
    });
    if let Some(code_points) = extras.get(usize::from(unit - EXTRA.start)) {
        text.extend(code_points.iter().copied());
    }
}

impl Tables {
    /// The unit of two bytes.
    pub(super) fn two(&self, first: u8, second: u8) -> u16 {
        let index = ((usize::from(first) << 8) | usize::from(second)).checked_sub(0x8000);
        index.and_then(|index| self.twos.get(index)).copied().unwrap_or_default()
    }

    /// The unit of two bytes behind 8F.
    pub(super) fn three(&self, second: u8, third: u8) -> u16 {
        let index = ((usize::from(second) << 8) | usize::from(third)).checked_sub(0x8000);
        index.and_then(|index| self.threes.get(index)).copied().unwrap_or_default()
    }

    fn step(&self, number: Number, first: u8, rest: &[u8]) -> Step {
        match self.ones.get(usize::from(first)).copied().unwrap_or(ILLEGAL) {
            ILLEGAL => return Step::Illegal(1),
            LEAD => {}
            unit => return Step::Unit(unit, 1),
        }
        let &[second, ref rest @ ..] = rest else { return Step::Incomplete };
        match (number, first, second) {
            (Number::GB18030, _, b'0'..=b'9') => self.four(first, second, rest),
            (Number::EUC_KR, 0xA4, 0xD4) => make_up(rest),
            (Number::EUC_JP | Number::EUC_JIS_2004 | Number::EUC_JISX0213, 0x8F, _) => {
                match rest.first() {
                    Some(third) => unit_step(self.three(second, *third), 3),
                    None => Step::Incomplete,
                }
            }
            _ => unit_step(self.two(first, second), 2),
        }
    }

    /// GB 18030's four bytes, which count through Unicode.
    fn four(&self, first: u8, second: u8, rest: &[u8]) -> Step {
        let &[third, fourth, ..] = rest else { return Step::Incomplete };
        if first < 0x81 || !(0x81..=0xFE).contains(&third) || !fourth.is_ascii_digit() {
            return Step::Illegal(1);
        }
        let count = |byte: u8, from: u8| u32::from(byte.saturating_sub(from));
        let index = (count(second, b'0') * 126 + count(third, 0x81)) * 10 + count(fourth, b'0');
        match first {
            0x81..=0x84 => {
                let index = usize::try_from(count(first, 0x81) * 12600 + index);
                match index.ok().and_then(|index| self.fours.get(index)) {
                    Some(unit) => Step::Char((*unit).into(), 4),
                    None => Step::Illegal(1),
                }
            }
            0x90.. => match 0x1_0000 + count(first, 0x90) * 12600 + index {
                code_point @ ..=0x10_FFFF => Step::Char(code_point, 4),
                _ => Step::Illegal(1),
            },
            _ => Step::Illegal(1),
        }
    }

    fn unpack(number: Number) -> Self {
        let mut packed = Packed(PACKED);
        for _ in 0..number.0 {
            packed.skip_codec();
        }
        // A base has a lower number than what is built on it, so this ends.
        let base = usize::from(packed.byte());
        let base = if base < number.0 { Number(base).tables() } else { &EMPTY };
        Self {
            ones: packed.block(0x100, &base.ones),
            twos: packed.block(0x8000, &base.twos),
            threes: packed.block(0x8000, &base.threes),
            fours: packed.block(39420, &base.fours),
        }
    }
}

fn unit_step(unit: u16, length: usize) -> Step {
    match unit {
        0 => Step::Illegal(1),
        ILLEGAL => Step::Illegal(2),
        unit => Step::Unit(unit, length),
    }
}

/// The rest of a Hangul syllable spelt out in EUC-KR: behind a filler three letters of two bytes,
/// of which the last is a filler where there is none (KS X 1001:1998, annex 3).
fn make_up(rest: &[u8]) -> Step {
    // The letters from A1 to BE that can begin a syllable, and those that can end it.
    const INITIALS: &[u8] =
        b"\xA1\xA2\xA4\xA7\xA8\xA9\xB1\xB2\xB3\xB5\xB6\xB7\xB8\xB9\xBA\xBB\xBC\xBD\xBE";
    const FINALS: &[u8] = b"\xD4\xA1\xA2\xA3\xA4\xA5\xA6\xA7\xA9\xAA\xAB\xAC\xAD\xAE\xAF\xB0\xB1\xB2\xB4\xB5\xB6\xB7\xB8\xBA\xBB\xBC\xBD\xBE";
    let index = |letters: &[u8], letter: u8| {
        letters.iter().position(|known| *known == letter).and_then(|at| u32::try_from(at).ok())
    };
    match rest {
        [0xA4, initial, 0xA4, vowel @ 0xBF..=0xD3, 0xA4, last, ..] => {
            match (index(INITIALS, *initial), index(FINALS, *last)) {
                (Some(initial), Some(last)) => {
                    let vowel = u32::from(vowel - 0xBF);
                    Step::Char(0xAC00 + (initial * 21 + vowel) * 28 + last, 8)
                }
                _ => Step::Illegal(1),
            }
        }
        [_, _, _, _, _, _, ..] => Step::Illegal(1),
        _ => Step::Incomplete,
    }
}

/// What is left of [`PACKED`].
struct Packed(&'static [u8]);

impl Packed {
    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *byte
    }

    fn unit(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// A number in LEB128.
    fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= usize::from(byte & 0x7F) << shift;
            shift += 7;
            if byte & 0x80 == 0 || shift > 28 {
                return number;
            }
        }
    }

    fn skip_codec(&mut self) {
        self.byte();
        for _ in 0..4 {
            let length = self.number();
            self.0 = self.0.get(length..).unwrap_or_default();
        }
    }

    /// A block of at most `size` units; none at all where it is empty.
    fn block(&mut self, size: usize, base: &[u16]) -> Vec<u16> {
        const EMPTY_BLOCK: usize = 2;
        let length = self.number();
        if length <= EMPTY_BLOCK {
            self.0 = self.0.get(length..).unwrap_or_default();
            return Vec::new();
        }
        let mut units = vec![0; size];
        let mut at = 0;
        loop {
            at += self.number();
            let record = self.number();
            let (count, how) = (record / 4, record % 4);
            if count == 0 {
                return units;
            }
            let counted = if how == 1 { self.unit() } else { 0 };
            for (step, index) in (0..).zip(at..at + count) {
                let unit = match how {
                    0 => self.unit(),
                    1 => counted.wrapping_add(step),
                    _ => base.get(index).copied().unwrap_or_default(),
                };
                if let Some(place) = units.get_mut(index) {
                    *place = unit;
                }
            }
            at += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::python::codecs::lookup;

    fn decode(name: &str, bytes: &[u8]) -> Result<String, String> {
        let text = lookup(name).unwrap().decode(bytes).map_err(|error| error.to_string())?;
        Ok(text.as_str().unwrap().to_owned())
    }

    #[test]
    fn each_family() {
        for (name, bytes, python) in [
            ("gb2312", &b"a\xd6\xd0\xb9\xfa"[..], "a中国"),
            ("gbk", b"\xd6\xd0\x87\xf8", "中國"),
            ("gb18030", b"\xd6\xd0\x95\x32\x82\x36\x81\x30\x84\x36", "中𠀀¥"),
            ("big5", b"\xa4\xa4\xb0\xea", "中國"),
            ("cp950", b"\xa4\xa4\xa3\xe1", "中€"),
            ("big5hkscs", b"\x88\x62\x87\x5c", "Ê̄䪤"),
            ("shift_jis", b"\x93\xfa\x96\x7b\xb1", "日本ｱ"),
            ("cp932", b"\x93\xfa\x87\x40", "日①"),
            ("shift_jis_2004", b"\x82\xf5\x88\x73", "か゚埶"),
            ("euc_jp", b"\xc6\xfc\x8e\xb1\x8f\xb0\xa1", "日ｱ丂"),
            ("euc_kr", b"\xb0\xa1\xa4\xd4\xa4\xa1\xa4\xbf\xa4\xa1", "가각"),
            ("cp949", b"\xb0\xa1\x81\x41", "가갂"),
            ("johab", b"\x88\x61\xd0\x65", "가한"),
        ] {
            assert_eq!(decode(name, bytes).as_deref(), Ok(python), "{name}");
        }
    }

    #[test]
    fn errors() {
        let illegal =
            "'euc_jp' codec can't decode byte 0xa1 in position 1: illegal multibyte sequence";
        assert_eq!(decode("euc-jp", b"a\xa1\xff"), Err(illegal.to_owned()));
        let cut =
            "'euc_jp' codec can't decode bytes in position 1-2: incomplete multibyte sequence";
        assert_eq!(decode("euc-jp", b"a\x8f\xa1"), Err(cut.to_owned()));
        let replaced = lookup("gb18030").unwrap().decode_replacing(b"\x81\x30\x81a\xff\x81\x30");
        assert_eq!(replaced, "\u{fffd}0乤\u{fffd}\u{fffd}");
    }
}
