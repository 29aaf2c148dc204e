//! What `str` knows about characters.

/// Made by `compat/fixtures/printable_table.py`.
static PRINTABLE: &[u8] = include_bytes!("unicodedata/printable.bin");

/// Made by `compat/fixtures/character_tables.py`.
static WORD: &[u8] = include_bytes!("unicodedata/word.bin");
static DIGIT: &[u8] = include_bytes!("unicodedata/digit.bin");

/// `str.isprintable()` of one code point (CPython 3.13, Unicode 15.1).
///
/// Reads the whole table for a high code point, which is fine for a thing as rare as the `repr()`
/// of a request's text.
pub fn is_printable(code_point: u32) -> bool {
    if code_point < 0x7F {
        return code_point >= 0x20;
    }
    is_in(PRINTABLE, code_point)
}

/// Whether `\w` of a regular expression matches the character (CPython 3.13, Unicode 15.1).
pub fn is_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { is_in(WORD, u32::from(c)) }
}

/// `str.isdigit()` of one character (CPython 3.13, Unicode 15.1).
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { is_in(DIGIT, u32::from(c)) }
}

fn is_in(table: &[u8], code_point: u32) -> bool {
    changes(table).take_while(|change| *change <= code_point).count() % 2 == 1
}

/// The code points at which the answer changes; that of U+0000 is no.
fn changes(table: &[u8]) -> impl Iterator<Item = u32> {
    let (mut change, mut shift) = (0, 0);
    table.iter().filter_map(move |byte| {
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
        let count = |table| {
            let changes: Vec<u32> = changes(table).collect();
            changes.chunks(2).map(|run| run.get(1).unwrap() - run[0]).sum::<u32>()
        };
        // sum(chr(c).isprintable() for c in range(0x110000)), CPython 3.13.
        assert_eq!(count(PRINTABLE), 149_625);
        // The same of re.match(r"\w", chr(c)) and chr(c).isdigit().
        assert_eq!((count(WORD), count(DIGIT)), (138_558, 808));
        for c in ['é', 'ß', '漢', '٣', '²', '½', 'Ⅷ', 'ª'] {
            assert!(is_word(c), "{c}");
        }
        for c in ['€', '\u{301}', '-', ' ', '·', '\u{93e}'] {
            assert!(!is_word(c), "{c}");
        }
        assert!(is_digit('٣') && is_digit('²') && !is_digit('½') && !is_digit('Ⅷ'));
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
