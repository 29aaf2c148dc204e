//! What `str` knows about characters.

/// Made by `compat/fixtures/printable_table.py`.
static PRINTABLE: &[u8] = include_bytes!("unicodedata/printable.bin");

/// `str.isprintable()` of one code point (CPython 3.13, Unicode 15.1).
///
/// Reads the whole table for a high code point, which is fine for a thing as rare as the `repr()`
/// of a request's text.
pub fn is_printable(code_point: u32) -> bool {
    if code_point < 0x7F {
        return code_point >= 0x20;
    }
    changes().take_while(|change| *change <= code_point).count() % 2 == 1
}

/// The code points at which the answer changes; U+0000 is not printable.
fn changes() -> impl Iterator<Item = u32> {
    let (mut change, mut shift) = (0, 0);
    PRINTABLE.iter().filter_map(move |byte| {
        change += u32::from(byte & 0x7F) << shift;
        shift = if byte & 0x80 == 0 { 0 } else { shift + 7 };
        (shift == 0).then_some(change)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_says() {
        let changes: Vec<u32> = changes().collect();
        let printable: u32 = changes.chunks(2).map(|run| run.get(1).unwrap() - run[0]).sum();
        // sum(chr(c).isprintable() for c in range(0x110000)), CPython 3.13.
        assert_eq!(printable, 149_625);
        for (code_point, python) in [
            (0x1F, false),
            (0x20, true),
            (0x7E, true),
            (0x7F, false),
            (0xA0, false),
            (0xA1, true),
            (0xAD, false),
            (0x378, false),
            (0x3000, false),
            (0xD800, false),
            (0xE000, false),
            (0x1F600, true),
            (0xE_0100, true),
            (0x10_FFFF, false),
        ] {
            assert_eq!(is_printable(code_point), python, "{code_point:x}");
        }
    }
}
