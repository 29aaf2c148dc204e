//! `CommonPasswordValidator`'s list; `common_passwords.md` says where it comes from.

use crate::django::{Release, http::header::strip};

const PASSWORDS: &str = include_str!("common_passwords.txt");
const BEFORE_5_2: &str = include_str!("common_passwords_before_5_2.txt");

/// Whether the password is in the release's list.
pub(super) fn contains(password: &str, release: Release) -> bool {
    let lower = password.to_lowercase();
    let password = strip(&lower);
    if release < Release::V5_2
        && let Some(sign) = BEFORE_5_2.lines().find_map(|line| line.strip_suffix(password))
        && matches!(sign, "+" | "-")
    {
        return sign == "+";
    }
    PASSWORDS.lines().any(|common| common == password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_follow_the_release() {
        assert_eq!(PASSWORDS.lines().count(), 19_640);
        for (password, old, new) in [
            ("password", true, true),
            (" PassWord\t", true, true),
            ("correct horse", false, false),
            ("пароль", true, true),
            ("asdfjkl:", false, true),
            ("$HEX[3a]", true, false),
            ("", false, false),
        ] {
            assert_eq!(contains(password, Release::V4_2), old, "{password}");
            assert_eq!(contains(password, Release::V5_1), old, "{password}");
            assert_eq!(contains(password, Release::V5_2), new, "{password}");
        }
    }
}
