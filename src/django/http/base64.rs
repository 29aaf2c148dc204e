//! `binascii.a2b_base64`: base64 as Python reads it (CPython 3.10 to 3.13).

/// The bytes; `None` where Python raises `binascii.Error`.
///
/// Not strict, characters of no meaning are passed over and the first padding ends the data;
/// strict, neither is allowed.
pub(super) fn decode(text: &[u8], strict: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut position, mut left, mut pads, mut padded) = (0_usize, 0_u8, 0, false);
    for (at, character) in text.iter().enumerate() {
        if *character == b'=' {
            if strict && position == 0 {
                return None;
            }
            padded = true;
            if position >= 2 {
                pads += 1;
                if position + pads >= 4 {
                    return (!strict || at + 1 == text.len()).then_some(bytes);
                }
            }
            continue;
        }
        let Some(six) = value(*character) else {
            if strict {
                return None;
            }
            continue;
        };
        if strict && padded {
            return None;
        }
        pads = 0;
        match position {
            0 => {}
            1 => bytes.push(left << 2 | six >> 4),
            2 => bytes.push(left << 4 | six >> 2),
            _ => bytes.push(left << 6 | six),
        }
        left = six;
        position = (position + 1) % 4;
    }
    (position == 0).then_some(bytes)
}

fn value(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: binascii.a2b_base64(text, strict_mode=…) of CPython 3.13.
    #[test]
    fn as_python_reads_base64() {
        let both = |text: &str, lenient: Option<&[u8]>, strict: Option<&[u8]>| {
            assert_eq!(decode(text.as_bytes(), false).as_deref(), lenient, "{text}");
            assert_eq!(decode(text.as_bytes(), true).as_deref(), strict, "strict {text}");
        };
        both("", Some(b""), Some(b""));
        both("YWxpY2U=", Some(b"alice"), Some(b"alice"));
        both("+/+/", Some(b"\xfb\xff\xbf"), Some(b"\xfb\xff\xbf"));
        both("YWxp Y2U=\r\n", Some(b"alice"), None);
        both("YQ==YQ==", Some(b"a"), None);
        both("YQ=Q", None, None);
        both("Y=WxpY2U=", Some(b"alice"), None);
        both("====", Some(b""), None);
        both("YWxpY2U", None, None);
        both("!!!!", Some(b""), None);
    }
}
