//! The names of codecs (`encodings.search_function` and `encodings.aliases`).

use std::{collections::HashMap, sync::LazyLock};

use super::{Codec, Kind, Order, charmap, iso2022, multibyte};

/// `module name kind`, a line each; made by `compat/fixtures/codec_tables.py`.
static MODULES: &str = include_str!("modules.txt");

/// `alias module`, a line each; made by `compat/fixtures/codec_tables.py`.
static ALIASES: &str = include_str!("aliases.txt");

/// `codecs.lookup`.
pub(super) fn find(name: &str) -> Option<Codec> {
    if name.eq_ignore_ascii_case("utf-8") {
        return Some(Codec::UTF_8);
    }
    let normal = normalize(name);
    let alias = |wanted: &str| ALIAS_TABLE.get(wanted).copied();
    // Python takes an alias where there is one, with `_` for a `.` too, and only else a module.
    match alias(&normal).or_else(|| alias(&normal.replace('.', "_"))) {
        Some(module) => codec(module),
        None => codec(&normal),
    }
}

fn codec(module: &str) -> Option<Codec> {
    let (name, kind) = MODULE_TABLE.get(module)?.split_once(' ')?;
    let kind = match (module, kind) {
        (_, "bytes") => Kind::NotText,
        ("utf_8", _) => Kind::Utf8,
        ("utf_8_sig", _) => Kind::Utf8Sig,
        ("utf_16", _) => Kind::Utf16(Order::Marked),
        ("utf_16_le", _) => Kind::Utf16(Order::Little),
        ("utf_16_be", _) => Kind::Utf16(Order::Big),
        ("utf_32", _) => Kind::Utf32(Order::Marked),
        ("utf_32_le", _) => Kind::Utf32(Order::Little),
        ("utf_32_be", _) => Kind::Utf32(Order::Big),
        ("utf_7", _) => Kind::Utf7,
        ("unicode_escape", _) => Kind::UnicodeEscape,
        ("raw_unicode_escape", _) => Kind::RawUnicodeEscape,
        ("hz", _) => Kind::Hz,
        ("ascii", _) => Kind::Ascii,
        ("latin_1" | "charmap", _) => Kind::Latin1,
        ("undefined", _) => Kind::Undefined,
        (_, kind) => table_kind(name, kind),
    };
    Some(Codec { name, kind })
}

fn table_kind(name: &str, kind: &str) -> Kind {
    let charmap = kind.strip_prefix("charmap").and_then(charmap::table).map(Kind::Charmap);
    let multibyte = || kind.strip_prefix("multibyte").and_then(multibyte::Number::parse);
    charmap
        .or_else(|| multibyte().map(Kind::Multibyte))
        .or_else(|| iso2022::variant(name).map(Kind::Iso2022))
        .unwrap_or(Kind::Unsupported)
}

/// What stands behind the first word of each line.
type Table = HashMap<&'static str, &'static str>;

static MODULE_TABLE: LazyLock<Table> = LazyLock::new(|| table(MODULES));
static ALIAS_TABLE: LazyLock<Table> = LazyLock::new(|| table(ALIASES));

fn table(lines: &'static str) -> Table {
    lines.lines().filter_map(|line| line.split_once(' ')).collect()
}

/// Lower case; each run of anything but ASCII letters, digits and dots is one `_`, none at the ends.
fn normalize(name: &str) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let words = name.split(|c| !is_kept(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let name = |name: &str| find(name).map(|codec| codec.name());
        for (charset, python) in [
            ("UTF-8", "utf-8"),
            ("utf8", "utf-8"),
            ("-utf 8!é", "utf-8"),
            ("ISO-8859-1", "iso8859-1"),
            ("iso8859.1", "iso8859-1"),
            ("8859", "iso8859-1"),
            ("l2", "iso8859-2"),
            ("Windows-1252", "cp1252"),
            ("charmap", "charmap"),
            ("base64", "base64"),
            ("rot13", "rot-13"),
            ("UTF-16", "utf-16"),
        ] {
            assert_eq!(name(charset), Some(python), "{charset}");
        }
        for unknown in ["", "bogus", "utf.8", "tactis", "aliases", "mbcs", "oem", "__init__"] {
            assert_eq!(name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn kinds() {
        let codec = |name| find(name).unwrap();
        for name in ["bz2_codec", "base64", "rot13", "hex", "zlib", "uu", "quopri", "undefined"] {
            assert!(!codec(name).is_text(), "{name}");
            assert!(!codec(name).is_supported(), "{name}");
        }
        for name in ["ascii", "koi8-r", "cp037", "utf-32-be", "mac_roman", "charmap"] {
            assert!(codec(name).is_supported(), "{name}");
        }
    }
}
