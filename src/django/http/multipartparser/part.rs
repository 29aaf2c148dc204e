//! `parse_boundary_stream`: the headers of a part.

use super::stream::{PartStream, find};
use super::{Error, Parameters};
use crate::django::Release;
use crate::django::http::header::{HeaderError, parse_header_parameters, strip};

/// How long the headers may be, the empty line that ends them counted (`MAX_TOTAL_HEADER_SIZE`).
const MAX_SIZE: usize = 1024;

/// What a part's headers say.
#[derive(Default)]
pub(super) struct Part {
    /// The parameters of `Content-Disposition`; without them it is neither field nor file.
    pub(super) disposition: Option<Parameters>,
    /// Whether `Content-Transfer-Encoding` is `base64`.
    pub(super) is_base64: bool,
}

/// Reads the headers; the content is what comes next.
pub(super) fn read(content: &mut PartStream<'_, '_>, django: Release) -> Result<Part, Error> {
    let chunk = content.read(MAX_SIZE);
    let Some(end) = find(chunk, b"\r\n\r\n") else {
        content.unget(chunk.len());
        if chunk.len() == MAX_SIZE && django >= Release::V5_2 {
            return Err(Error::Parse("Request max total header size exceeded.".into()));
        }
        return Ok(Part::default());
    };
    content.unget(chunk.len() - end - 4);
    let mut part = Part::default();
    for line in lines(chunk.get(..end).unwrap_or_default()) {
        let Ok((name, value)) = header(line, django) else { continue };
        match name.as_str() {
            "content-disposition" => part.disposition = Some(value),
            "content-transfer-encoding" => part.is_base64 = strip(&value.value) == "base64",
            _ => {}
        }
    }
    Ok(part)
}

/// The name of a header, and what it says.
fn header(line: &[u8], django: Release) -> Result<(String, Parameters), HeaderError> {
    let line = std::str::from_utf8(line).map_err(|_| HeaderError)?;
    let (name, parameters) = if django >= Release::V6_0 {
        let (name, value) = line.split_once(':').ok_or(HeaderError)?;
        let name = name.to_lowercase().trim_end_matches(' ').to_owned();
        (name, parse_header_parameters(value.trim_start_matches(' '), django)?)
    } else {
        let mut parameters = parse_header_parameters(line, django)?;
        let (name, value) = parameters.value.split_once(':').ok_or(HeaderError)?;
        let name = name.to_owned();
        parameters.value = value.to_owned();
        (name, parameters)
    };
    // Django encodes the values as UTF-8, which surrogates are not part of.
    if parameters.list.iter().any(|(_, value)| value.first_surrogate().is_some()) {
        return Err(HeaderError);
    }
    Ok((name, parameters))
}

/// The lines between CRLF.
fn lines(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(header);
    std::iter::from_fn(move || {
        let all = rest?;
        let Some(at) = find(all, b"\r\n") else { return rest.take() };
        let (line, after) = all.split_at(at);
        rest = after.get(2..);
        Some(line)
    })
}
