//! What all decoders share: the text so far, and what becomes of an error.

use super::CodecError;
use crate::python::PyString;

/// How a decoder was called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `bytes.decode(codec)`.
    Strict,
    /// `bytes.decode(codec, "replace")`.
    Replace,
    /// `StreamReader.read()`: strict, and more bytes may come.
    Stream,
}

/// A run over some bytes.
pub(super) struct Decoder<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) mode: Mode,
    pub(super) text: PyString,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8], mode: Mode) -> Self {
        Self { bytes, mode, text: PyString::new() }
    }

    /// The bytes from `start` to `end` are no text. Where they are replaced, the place to go on at.
    pub(super) fn wrong(
        &mut self,
        encoding: &'static str,
        (start, end): (usize, usize),
        reason: &'static str,
    ) -> Result<usize, CodecError> {
        if self.mode == Mode::Replace {
            self.text.push(0xFFFD);
            return Ok(end);
        }
        let byte = self.bytes.get(start).copied().filter(|_| end == start + 1);
        Err(CodecError::Decode { encoding, byte, start, end, reason })
    }

    /// The bytes from `start` on are the beginning of a character: wrong, unless more may come.
    pub(super) fn cut(
        &mut self,
        encoding: &'static str,
        start: usize,
        reason: &'static str,
    ) -> Result<(), CodecError> {
        if self.mode == Mode::Stream {
            return Ok(());
        }
        self.wrong(encoding, (start, self.bytes.len()), reason).map(drop)
    }
}
