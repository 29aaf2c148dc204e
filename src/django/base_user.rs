//! Mirrors what `django.contrib.auth.base_user` does to a name and an address (4.2 to 6.1).

use unicode_normalization::UnicodeNormalization as _;

use super::http::header::strip;

/// `AbstractBaseUser.normalize_username`: NFKC.
pub fn normalize_username(username: &str) -> String {
    username.nfkc().collect()
}

/// `BaseUserManager.normalize_email`: the domain in lower case.
pub fn normalize_email(email: &str) -> String {
    match strip(email).rsplit_once('@') {
        Some((name, domain)) => format!("{name}@{}", domain.to_lowercase()),
        None => email.to_owned(),
    }
}

/// What `get_default_username` makes of the name of the system's user, before it is validated.
pub fn default_username(system: &str) -> String {
    let ascii: String = system.nfkd().filter(|c| c.is_ascii() && *c != ' ').collect();
    ascii.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        assert_eq!(normalize_username("ﬁ\u{212b}①"), "fiÅ1");
        assert_eq!(normalize_email(" A@B@EXAMPLE.com "), "A@B@example.com");
        assert_eq!(normalize_email("nobody "), "nobody ");
        assert_eq!(normalize_email(""), "");
        assert_eq!(default_username("Ayüsh Kumar"), "ayushkumar");
    }
}
