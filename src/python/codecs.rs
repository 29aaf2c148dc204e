//! `codecs`: the charsets that a request may name, and what their decoders say about its bytes.

use std::fmt;

use super::{PyString, Version};

mod charmap;
mod decoder;
mod escape;
mod hz;
mod iso2022;
mod multibyte;
mod registry;
mod utf16;
mod utf32;
mod utf7;
mod utf8;

use decoder::{Decoder, Mode};

/// `codecs.lookup(name)` (CPython 3.10 to 3.13): nothing where Python raises `LookupError`.
///
/// What is found need not be of use: see [`Codec::is_text`] and [`Codec::is_supported`].
pub fn lookup(name: &str) -> Option<Codec> {
    registry::find(name)
}

/// An entry of Python's codec registry (`codecs.CodecInfo`, the decoding half).
#[derive(Clone, Copy)]
pub struct Codec {
    name: &'static str,
    kind: Kind,
}

/// What decodes.
#[derive(Clone, Copy)]
enum Kind {
    Utf8,
    Utf8Sig,
    Utf16(Order),
    Utf32(Order),
    Utf7,
    UnicodeEscape,
    RawUnicodeEscape,
    Ascii,
    Latin1,
    Charmap(&'static [u8]),
    Multibyte(multibyte::Number),
    Iso2022(&'static iso2022::Variant),
    Hz,
    /// `undefined`, which refuses everything.
    Undefined,
    /// Python's own transformations, such as `base64_codec`, which are no text encodings.
    NotText,
    /// A text encoding of Python's that is not built here.
    Unsupported,
}

/// The order of the bytes of a code unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As a byte order mark says, else little endian, as on nearly every machine.
    Marked,
    Little,
    Big,
}

impl Codec {
    /// UTF-8, the default charset of Django.
    pub const UTF_8: Self = Self { name: "utf-8", kind: Kind::Utf8 };
    /// ISO 8859-1, to which Django falls back.
    pub const LATIN_1: Self = Self { name: "iso8859-1", kind: Kind::Latin1 };

    /// `CodecInfo.name`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether `str.encode` takes it. DRF 3.18 refuses a charset for which it does not (and
    /// `undefined`, which takes nothing).
    pub fn is_text(&self) -> bool {
        !matches!(self.kind, Kind::NotText | Kind::Undefined)
    }

    /// Whether it can decode here. What cannot is best refused as what is no text encoding.
    pub fn is_supported(&self) -> bool {
        self.is_text() && !matches!(self.kind, Kind::Unsupported)
    }

    /// `bytes.decode(codec)`.
    ///
    /// # Errors
    ///
    /// The exception that Python raises.
    pub fn decode(&self, bytes: &[u8]) -> Result<PyString, CodecError> {
        self.run(bytes, Mode::Strict)
    }

    /// `bytes.decode(codec, "replace")`. What [`Self::is_supported`] denies is read as UTF-8.
    pub fn decode_replacing(&self, bytes: &[u8]) -> PyString {
        self.run(bytes, Mode::Replace)
            .or_else(|_| Self::UTF_8.run(bytes, Mode::Replace))
            .unwrap_or_default()
    }

    /// `codecs.getreader(codec)(io.BytesIO(bytes)).read()`, by which DRF reads JSON: many codecs
    /// wait for the rest of a character that has been cut off, and so drop what is there of it.
    ///
    /// # Errors
    ///
    /// The exception that Python raises.
    pub fn read_stream(&self, bytes: &[u8]) -> Result<PyString, CodecError> {
        self.run(bytes, Mode::Stream)
    }

    fn run(&self, bytes: &[u8], mode: Mode) -> Result<PyString, CodecError> {
        let decoder = Decoder::new(bytes, mode);
        match self.kind {
            Kind::Utf8 => utf8::decode(decoder),
            Kind::Utf8Sig => utf8::decode_sig(bytes, mode),
            Kind::Utf16(order) => utf16::decode(decoder, order),
            Kind::Utf32(order) => utf32::decode(decoder, order),
            Kind::Utf7 => utf7::decode(decoder),
            Kind::UnicodeEscape => escape::decode(decoder),
            Kind::RawUnicodeEscape => escape::decode_raw(decoder),
            Kind::Ascii => charmap::decode_ascii(decoder),
            Kind::Latin1 => charmap::decode_latin_1(decoder),
            Kind::Charmap(table) => charmap::decode(decoder, table),
            Kind::Multibyte(number) => multibyte::decode(decoder, self.name, number),
            Kind::Iso2022(variant) => iso2022::decode(decoder, variant),
            Kind::Hz => hz::decode(decoder),
            Kind::Undefined => Err(CodecError::Undefined),
            Kind::NotText => Err(CodecError::NotText(self.name)),
            Kind::Unsupported => Err(CodecError::Unsupported(self.name)),
        }
    }
}

impl PartialEq for Codec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Codec {}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codec({})", self.name)
    }
}

/// The exception that a decoder raises.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecError {
    /// `UnicodeDecodeError`.
    Decode {
        /// The codec's name for itself, which is not always [`Codec::name`].
        encoding: &'static str,
        /// The byte at fault, where it is a single one.
        byte: Option<u8>,
        /// The first byte at fault.
        start: usize,
        /// The byte behind the last one at fault.
        end: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A `utf-16` or `utf-32` stream without a byte order mark: a `UnicodeError`, from 3.13 on a
    /// `UnicodeDecodeError`.
    NoByteOrderMark {
        /// 2 or 4.
        width: usize,
    },
    /// The `UnicodeError` of the codec `undefined`.
    Undefined,
    /// The `RuntimeError` of an ISO 2022 codec that has let itself in for a set it can't decode.
    Internal,
    /// A `LookupError`, from one of Python's transformations that are no text encodings.
    NotText(&'static str),
    /// A text encoding that Python has and this does not.
    Unsupported(&'static str),
}

impl CodecError {
    /// Whether `except ValueError` catches it, as all of `UnicodeError`.
    pub fn is_value_error(&self) -> bool {
        !matches!(self, Self::Internal | Self::NotText(_) | Self::Unsupported(_))
    }

    /// Whether `except UnicodeDecodeError` catches it, where `bytes.decode` raised it.
    pub fn is_unicode_decode_error(&self) -> bool {
        matches!(self, Self::Decode { .. })
    }

    /// `str(exc)` in the words of that Python.
    pub fn wording(&self, python: Version) -> String {
        match self {
            Self::NoByteOrderMark { width } if python >= Version::new(13) => format!(
                "'utf-{}' codec can't decode bytes in position 0-{}: Stream does not start with BOM",
                width * 8,
                width - 1
            ),
            _ => self.to_string(),
        }
    }
}

/// `str(exc)`; up to Python 3.12 where the versions differ (see [`CodecError::wording`]).
impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode { encoding, byte: Some(byte), start, reason, .. } => write!(
                f,
                "'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}"
            ),
            Self::Decode { encoding, byte: None, start, end, reason } => write!(
                f,
                "'{encoding}' codec can't decode bytes in position {start}-{}: {reason}",
                // Python writes -1 here where nothing at all is at fault, which no decoder says.
                end.saturating_sub(1)
            ),
            Self::NoByteOrderMark { width } => {
                write!(f, "UTF-{} stream does not start with BOM", width * 8)
            }
            Self::Undefined => f.write_str("undefined encoding"),
            Self::Internal => f.write_str("internal codec error"),
            Self::NotText(name) => write!(
                f,
                "'{name}' is not a text encoding; use codecs.decode() to handle arbitrary codecs"
            ),
            Self::Unsupported(name) => write!(f, "the codec '{name}' is not supported"),
        }
    }
}

impl std::error::Error for CodecError {}
