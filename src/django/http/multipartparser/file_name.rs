//! `MultiPartParser.sanitize_file_name` and `UploadedFile.name`.

use crate::django::http::entities::unescape;
use crate::python::{PyString, unicodedata::is_printable};

/// The name under which an uploaded file is known; `None` where Django passes the file over.
pub(super) fn sanitize(name: &PyString) -> Option<PyString> {
    let text = String::from_utf8_lossy(name.as_bytes());
    let text = unescape(&text);
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| is_printable(u32::from(*c))).collect();
    if matches!(name.as_str(), "" | "." | "..") {
        return None;
    }
    Some(shorten(name).into())
}

/// At most 255 characters, the extension kept.
fn shorten(name: String) -> String {
    let count = name.chars().count();
    if count <= 255 {
        return name;
    }
    let (stem, extension) = split_extension(&name);
    let extension: String = extension.chars().take(255).collect();
    let stem = stem.chars().take(255 - extension.chars().count());
    stem.chain(extension.chars()).collect()
}

/// `os.path.splitext` of a name: at the last dot that is not among leading ones.
fn split_extension(name: &str) -> (&str, &str) {
    let leading = name.len() - name.trim_start_matches('.').len();
    match name.rfind('.') {
        Some(at) if at >= leading => name.split_at(at),
        _ => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<String> {
        sanitize(&text.into()).map(|name| name.as_str().unwrap().to_owned())
    }

    // Expected: UploadedFile.name in request.FILES of Django 5.2.
    #[test]
    fn as_django_names_files() {
        for (text, django) in [
            ("a.txt", "a.txt"),
            ("/tmp/a", "a"),
            ("C:\\x\\y.txt", "y.txt"),
            (" ", " "),
            ("a\0b\u{200b}\u{a0}é", "abé"),
            ("&#x2f;a&amp;", "a&"),
            ("'\"", "'\""),
            ("a\u{301}", "a\u{301}"),
            ("\u{301}", "\u{301}"),
        ] {
            assert_eq!(name(text).as_deref(), Some(django), "{text:?}");
        }
        for text in [".", "..", "/", "a/", "a\\..", "&nbsp;", "&period;", "\0"] {
            assert_eq!(name(text), None, "{text:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let long = "é".repeat(300);
        assert_eq!(name(&(long.clone() + ".tar.gz")).unwrap(), "é".repeat(252) + ".gz");
        assert_eq!(name(&long).unwrap(), "é".repeat(255));
        assert_eq!(name(&format!("a.{long}")).unwrap(), format!(".{}", "é".repeat(254)));
        assert_eq!(name(&".".repeat(300)).unwrap(), ".".repeat(255));
    }
}
