//! "Did you mean": the known word that a mistyped one is nearest to.

/// The word among `known` that `written` was probably meant to be.
///
/// A dotted key counts as near, too, where only its last part is right: `version` for
/// `django.version`, and `ALLOWED_HOSTS` as settings.py spells it.
pub(super) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = written.to_lowercase().replace('-', "_");
    let last = last_part(&written);
    let same_last = || known.iter().copied().find(|word| last_part(word) == last);
    by_distance(&written, known).or_else(same_last)
}

fn by_distance<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let allowed = (written.chars().count() / 3).clamp(1, 3);
    known
        .iter()
        .map(|word| (distance(written, word), *word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Levenshtein's distance: insertions, deletions and substitutions of one character.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut before = i + 1;
        next.push(before);
        for (to, pair) in right.iter().zip(row.windows(2)) {
            let [diagonal, above] = pair else { continue };
            before = (diagonal + usize::from(from != *to)).min(above + 1).min(before + 1);
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// The words as a sentence lists them: `"a", "b", "c"`.
pub(super) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["listen", "django.version", "django.allowed_hosts", "log.level"];

    #[test]
    fn distances() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("listne", "listen"), 2);
        assert_eq!(distance("ü", "u"), 1);
    }

    #[test]
    fn a_near_word_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("listne", KNOWN), Some("listen"));
        assert_eq!(nearest("django.verison", KNOWN), Some("django.version"));
        assert_eq!(nearest("log-level", KNOWN), Some("log.level"));
        assert_eq!(nearest("ALLOWED_HOSTS", KNOWN), Some("django.allowed_hosts"));
        assert_eq!(nearest("version", KNOWN), Some("django.version"));
        assert_eq!(nearest("passwords.level", KNOWN), Some("log.level"));
        assert_eq!(nearest("admin_listen", KNOWN), None);
        assert_eq!(nearest("", KNOWN), None);
    }
}
