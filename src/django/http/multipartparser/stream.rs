//! `LazyStream` over `ChunkIter`, and over `BoundaryIter`: which bytes Django has at hand when.
//!
//! Bytes are only ever given back that were just read, so both are positions in the body.
//! Django's check that parsing got stuck (`SuspiciousMultipartForm`) is left out: it takes 41
//! equal steps back among 50 without a new chunk, and no body makes more than every second alike.

/// The body in chunks, with what was given back.
pub(super) struct BodyStream<'a> {
    body: &'a [u8],
    chunk: usize,
    position: usize,
    produced: usize,
}

impl<'a> BodyStream<'a> {
    pub(super) fn new(body: &'a [u8], chunk: usize) -> Self {
        Self { body, chunk, position: 0, produced: 0 }
    }

    /// The number of bytes that come next: what was given back, or a chunk.
    fn advance(&mut self) -> usize {
        let start = self.position;
        if self.position == self.produced {
            self.produced = self.produced.saturating_add(self.chunk).min(self.body.len());
        }
        self.position = self.produced;
        self.position - start
    }

    /// What `read(1)` and giving it back does.
    fn peek(&mut self) -> bool {
        let count = self.advance();
        self.position -= count;
        count != 0
    }

    fn slice(&self, start: usize) -> &'a [u8] {
        self.body.get(start..self.position).unwrap_or_default()
    }
}

/// The content of one part.
pub(super) struct PartStream<'s, 'a> {
    stream: &'s mut BodyStream<'a>,
    separator: &'s [u8],
    done: bool,
    /// What was given back, and where it starts.
    start: usize,
    end: usize,
}

impl<'s, 'a> PartStream<'s, 'a> {
    /// The next part, if there is anything left.
    pub(super) fn new(stream: &'s mut BodyStream<'a>, separator: &'s [u8]) -> Option<Self> {
        if !stream.peek() {
            return None;
        }
        let start = stream.position;
        Some(Self { stream, separator, done: false, start, end: start })
    }

    /// The bytes at hand, or more of the part.
    pub(super) fn next(&mut self) -> Option<&'a [u8]> {
        if self.start == self.end {
            let count = self.produce()?;
            self.end = self.start + count;
        }
        let bytes = self.stream.body.get(self.start..self.end).unwrap_or_default();
        self.start = self.end;
        Some(bytes)
    }

    /// At most so many bytes.
    pub(super) fn read(&mut self, size: usize) -> &'a [u8] {
        let first = self.start;
        while self.start - first < size {
            let Some(chunk) = self.next() else { break };
            let excess = (self.start - first).saturating_sub(size).min(chunk.len());
            self.start -= excess;
        }
        self.stream.body.get(first..self.start).unwrap_or_default()
    }

    /// Gives back the last bytes.
    pub(super) fn unget(&mut self, count: usize) {
        self.start = self.start.saturating_sub(count);
    }

    /// Reads on to the end of the part.
    pub(super) fn exhaust(&mut self) {
        while self.next().is_some() {}
    }

    /// `BoundaryIter.__next__`: how many bytes more are known to be of this part.
    fn produce(&mut self) -> Option<usize> {
        if self.done {
            return None;
        }
        let keep = self.separator.len() + 6;
        let first = self.stream.position;
        let mut count = 0;
        while count <= keep {
            let more = self.stream.advance();
            if more == 0 {
                self.done = true;
                break;
            }
            count += more;
        }
        if count == 0 {
            return None;
        }
        let bytes = self.stream.slice(first);
        if let Some(at) = find(bytes, self.separator) {
            self.done = true;
            self.stream.position = first + at + self.separator.len();
            return Some(without_line_end(bytes.get(..at).unwrap_or_default()));
        }
        if count <= keep {
            self.done = true;
            return Some(count);
        }
        // A boundary may have begun.
        self.stream.position -= keep;
        Some(count - keep)
    }
}

/// How much is left without the line end before a boundary.
fn without_line_end(bytes: &[u8]) -> usize {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes).len()
}

/// Where the needle is.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
