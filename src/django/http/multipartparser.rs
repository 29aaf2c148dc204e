//! `django.http.multipartparser`: multipart forms (Django 4.2, 5.2, 6.0, 6.1).
//!
//! Django reads the body in chunks of 64 KiB, and where the chunks fall shows: what it has not yet
//! read of a part that it passes over is read again as parts of its own.

mod file_name;
mod part;
mod stream;

use super::header::{Parameters, parse_header_parameters};
use super::request::{BadRequest, Limits, QueryDict};
use super::{Platform, base64};
use crate::django::Release;
use crate::python::codecs::Codec;
use crate::python::{PyString, Value};
use part::Part;
use stream::{BodyStream, PartStream};

/// How much Django reads at once (`FileUploadHandler.chunk_size`).
const CHUNK: usize = 64 * 1024;

/// Why a multipart body gives no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `MultiPartParserError`, with its text.
    #[error("{0}")]
    Parse(String),
    /// Django's 400.
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
}

/// What stands in the way of reading the parts, from the content type alone.
fn boundary(content_type: &str, django: Release) -> Result<Vec<u8>, Error> {
    if !content_type.starts_with("multipart/") {
        return Err(Error::Parse(format!("Invalid Content-Type: {content_type}")));
    }
    if !content_type.is_ascii() {
        let message = format!("Invalid non-ASCII Content-Type in multipart: {content_type}");
        return Err(Error::Parse(message));
    }
    let parameters =
        parse_header_parameters(content_type, django).map_err(|_| BadRequest::ContentType)?;
    let boundary = parameters.get("boundary");
    let text =
        boundary.map_or("None".into(), |boundary| String::from_utf8_lossy(boundary.as_bytes()));
    let last = text.as_bytes().last();
    let valid = boundary.is_some()
        && text.len() <= 201
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && last.is_some_and(|byte| *byte != b' ');
    if valid {
        Ok(text.into_owned().into_bytes())
    } else {
        Err(Error::Parse(format!("Invalid boundary in multipart: {text}")))
    }
}

/// `MultiPartParser(META, body, handlers, encoding).parse()`: the fields, and the files over them.
///
/// # Errors
///
/// What the content type or a file's base64 lacks, and Django's limits.
pub fn parse(
    content_type: &str,
    body: &[u8],
    codec: Codec,
    limits: &Limits,
    platform: Platform,
) -> Result<QueryDict, Error> {
    parse_in_chunks(content_type, BodyStream::new(body, CHUNK), codec, limits, platform)
}

fn parse_in_chunks(
    content_type: &str,
    mut stream: BodyStream<'_>,
    codec: Codec,
    limits: &Limits,
    platform: Platform,
) -> Result<QueryDict, Error> {
    let mut separator = b"--".to_vec();
    separator.extend(boundary(content_type, platform.django)?);
    let mut parser = Parser {
        codec,
        limits,
        django: platform.django,
        fields: QueryDict::default(),
        files: QueryDict::default(),
        bytes_read: 0,
        keys: 0,
        file_count: 0,
    };
    // A file counts only when another part, if only the rest behind the last boundary, follows.
    let mut unfinished: Option<(PyString, PyString)> = None;
    while let Some(mut content) = PartStream::new(&mut stream, &separator) {
        let part = part::read(&mut content, platform.django)?;
        if let Some((name, file)) = unfinished.take() {
            parser.files.append(name, Value::File(file));
        }
        unfinished = parser.part(&part, &mut content)?;
    }
    let Parser { mut fields, files, .. } = parser;
    fields.update(files);
    Ok(fields)
}

struct Parser<'a> {
    codec: Codec,
    limits: &'a Limits,
    django: Release,
    fields: QueryDict,
    files: QueryDict,
    bytes_read: usize,
    keys: usize,
    file_count: usize,
}

impl Parser<'_> {
    /// One part; a file's field name and name come back.
    fn part(
        &mut self,
        part: &Part,
        content: &mut PartStream<'_, '_>,
    ) -> Result<Option<(PyString, PyString)>, Error> {
        let file_name = part
            .disposition
            .as_ref()
            .and_then(|parameters| parameters.get("filename").filter(|name| !name.is_empty()));
        if file_name.is_none() {
            self.keys += 1;
            // Two more, for what stands before the first and behind the last boundary.
            if self.limits.max_number_fields.is_some_and(|most| most.saturating_add(2) < self.keys)
            {
                return Err(BadRequest::TooManyFieldsSent.into());
            }
        }
        let Some(name) = part.disposition.as_ref().and_then(|parameters| parameters.get("name"))
        else {
            return Ok(None);
        };
        let name = self.codec.decode_replacing(strip_ascii(name.as_bytes()));
        match file_name {
            None => self.field(name, part.is_base64, content).map(|()| None),
            Some(file_name) => {
                let file_name = self.codec.decode_replacing(file_name.as_bytes());
                self.file(name, &file_name, part.is_base64, content)
            }
        }
    }

    fn field(
        &mut self,
        name: PyString,
        is_base64: bool,
        content: &mut PartStream<'_, '_>,
    ) -> Result<(), Error> {
        let most = self.limits.max_memory_size.unwrap_or(usize::MAX);
        let raw = content.read(most.saturating_sub(self.bytes_read));
        // Two for the `&` and `=` of the same data in a urlencoded form.
        self.bytes_read += raw.len() + name.len() + 2;
        if self.bytes_read > most {
            return Err(BadRequest::RequestDataTooBig.into());
        }
        let strict = self.django >= Release::V6_1;
        let decoded = if is_base64 { base64::decode(raw, strict) } else { None };
        let value = self.codec.decode_replacing(decoded.as_deref().unwrap_or(raw));
        self.fields.append(name, Value::Str(value));
        Ok(())
    }

    fn file(
        &mut self,
        name: PyString,
        file_name: &PyString,
        is_base64: bool,
        content: &mut PartStream<'_, '_>,
    ) -> Result<Option<(PyString, PyString)>, Error> {
        self.file_count += 1;
        if self.limits.max_number_files.is_some_and(|most| most < self.file_count) {
            return Err(BadRequest::TooManyFilesSent.into());
        }
        let Some(file_name) = file_name::sanitize(file_name) else { return Ok(None) };
        let readable = if !is_base64 {
            content.exhaust();
            true
        } else if self.django >= Release::V5_2 {
            base64_by_chunk(content, self.django >= Release::V6_1)
        } else {
            base64_with_more(content)
        };
        if !readable {
            return Err(Error::Parse("Could not decode base64 data.".into()));
        }
        // Django forgets a file whose field has no name.
        Ok((!name.is_empty()).then_some((name, file_name)))
    }
}

/// Whether a file's base64 can be read, chunk by chunk, what is over four characters carried along
/// (Django 5.2 and later).
fn base64_by_chunk(content: &mut PartStream<'_, '_>, strict: bool) -> bool {
    let mut carried = Vec::new();
    while let Some(chunk) = content.next() {
        carried.extend(chunk.iter().filter(|byte| !is_space(**byte)));
        let rest = carried.split_off(carried.len() / 4 * 4);
        if base64::decode(&carried, strict).is_none() {
            return false;
        }
        carried = rest;
    }
    carried.is_empty()
}

/// The same with the chunk made longer until it has a multiple of four characters (Django 4.2).
fn base64_with_more(content: &mut PartStream<'_, '_>) -> bool {
    while let Some(chunk) = content.next() {
        let mut text: Vec<u8> = chunk.iter().copied().filter(|byte| !is_space(*byte)).collect();
        while !text.len().is_multiple_of(4) {
            let more = content.read(CHUNK);
            if more.is_empty() {
                break;
            }
            text.extend(more.iter().filter(|byte| !is_space(**byte)));
        }
        if base64::decode(&text, false).is_none() {
            return false;
        }
    }
    true
}

/// What `bytes.split()` and `bytes.strip()` take for white space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

fn strip_ascii(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_space(*byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_space(*byte)).map_or(start, |at| at + 1);
    bytes.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
