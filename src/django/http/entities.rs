//! `html.unescape`: character references in a file's name (CPython 3.10 to 3.13).

use std::collections::HashMap;
use std::sync::LazyLock;

/// The names of HTML 5, most with a `;`, some without too, and their code points.
static NAMES: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
    let lines = include_str!("entities.txt").lines();
    lines.filter_map(|line| line.split_once(' ')).map(|(name, codes)| (name, text(codes))).collect()
});

/// What browsers make of the code points 0x80 to 0x9F: those of Windows-1252.
const WINDOWS: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}', '\u{178}',
];

/// The longest name that is looked for, in characters, its `;` not counted.
const MAX_NAME: usize = 32;

/// The text with its character references resolved.
pub(super) fn unescape(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (plain, reference) = rest.split_at(at);
        resolved.push_str(plain);
        let reference = reference.get(1..).unwrap_or_default();
        rest = match reference.strip_prefix('#') {
            Some(number) => numeric(number, &mut resolved).unwrap_or_else(|| {
                resolved.push('&');
                reference
            }),
            None => named(reference, &mut resolved),
        };
    }
    resolved.push_str(rest);
    resolved
}

/// `&#…`: what is left behind it; none where no digit follows.
fn numeric<'a>(text: &'a str, resolved: &mut String) -> Option<&'a str> {
    let hexadecimal = text.strip_prefix(['x', 'X']);
    let (digits, radix) = hexadecimal.map_or((text, 10), |digits| (digits, 16));
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let (number, rest) = digits.split_at(end);
    let code = number.chars().filter_map(|c| c.to_digit(radix));
    let code = code.fold(0_u32, |code, digit| code.saturating_mul(radix).saturating_add(digit));
    resolved.extend(character(code));
    Some(rest.strip_prefix(';').unwrap_or(rest))
}

/// The character of a number, if it stands for any.
fn character(code: u32) -> Option<char> {
    match code {
        0 => Some('\u{FFFD}'),
        0x0D => Some('\r'),
        0x80..=0x9F => WINDOWS.get(usize::try_from(code - 0x80).ok()?).copied(),
        0x01..=0x08 | 0x0B | 0x0E..=0x1F | 0x7F | 0xFDD0..=0xFDEF => None,
        _ if code <= 0x0010_FFFF && code & 0xFFFE == 0xFFFE => None,
        _ => Some(char::from_u32(code).unwrap_or('\u{FFFD}')),
    }
}

/// `&name`: the longest name that is known; what is left behind it.
fn named<'a>(text: &'a str, resolved: &mut String) -> &'a str {
    let ends = |c: char| matches!(c, '\t' | '\n' | '\u{c}' | ' ' | '<' | '&' | '#' | ';');
    let longest = text.char_indices().nth(MAX_NAME).map_or(text.len(), |(at, _)| at);
    let end = text.find(ends).unwrap_or(text.len()).min(longest);
    let semicolon = text.get(end..).is_some_and(|rest| end != 0 && rest.starts_with(';'));
    let with_semicolon = end + usize::from(semicolon);
    let candidates = (2..=with_semicolon).rev().filter_map(|length| text.split_at_checked(length));
    for (name, rest) in candidates {
        if let Some(characters) = NAMES.get(name) {
            resolved.push_str(characters);
            return rest;
        }
    }
    resolved.push('&');
    text
}

fn text(codes: &str) -> String {
    let code = |code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
    codes.split(' ').filter_map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: html.unescape() of CPython 3.13.
    #[test]
    fn as_python_resolves() {
        for (text, python) in [
            ("a &amp; b&lt;", "a & b<"),
            ("&ampx &notit; &notin; &xyz; &", "&x ¬it; ∉ &xyz; &"),
            ("&#65&#x42;&#X43 &#; &#x; &#xg", "ABC &#; &#x; &#xg"),
            ("&#0;&#128;&#xD800;&#1114112;&#99999999999;", "\u{fffd}€\u{fffd}\u{fffd}\u{fffd}"),
            ("[&#1;&#x7f;&#xfdd0;&#x1ffff;&#11;]", "[]"),
            ("&NewLine;&NotEqualTilde;&fjlig;", "\n≂\u{338}fj"),
            ("&&amp;&;&\u{e9};", "&&&;&\u{e9};"),
            ("&CounterClockwiseContourIntegral;", "∳"),
        ] {
            assert_eq!(unescape(text), python, "{text}");
        }
    }
}
