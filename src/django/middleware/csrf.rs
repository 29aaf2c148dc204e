//! `CsrfViewMiddleware` (Django 4.2 to 6.1), as far as an answer to a view without CSRF protection
//! shows it: a malformed cookie is replaced.

use crate::django::http::cookie::cookie;

/// `CSRF_COOKIE_NAME`.
const CSRF_COOKIE_NAME: &str = "csrftoken";
/// `CSRF_SECRET_LENGTH`: the characters of a new cookie.
pub const CSRF_SECRET_LENGTH: usize = 32;
/// `CSRF_TOKEN_LENGTH`: a secret with its mask.
const CSRF_TOKEN_LENGTH: usize = 64;
/// `CSRF_COOKIE_AGE`: seconds of a year of 52 weeks.
pub const CSRF_COOKIE_AGE: i64 = 60 * 60 * 24 * 7 * 52;

/// Whether Django would send a new cookie with its answer (`_get_secret` raises
/// `InvalidTokenFormat`). `header` is the `Cookie` header, several joined.
pub fn needs_new_cookie(header: &[u8]) -> bool {
    cookie(header, CSRF_COOKIE_NAME).is_some_and(|token| !is_well_formed(&token))
}

/// The value of `Set-Cookie`; `expires` as HTTP writes dates.
pub fn set_cookie(secret: &str, expires: &str) -> String {
    format!(
        "{CSRF_COOKIE_NAME}={secret}; expires={expires}; Max-Age={CSRF_COOKIE_AGE}; Path=/; SameSite=Lax"
    )
}

/// `_check_token_format(token)`.
fn is_well_formed(token: &str) -> bool {
    let length = token.chars().count();
    (length == CSRF_TOKEN_LENGTH || length == CSRF_SECRET_LENGTH)
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "abcdefghijklmnopqrstuvwxyz012345";

    // Expected: whether Django 5.2 answers with Set-Cookie.
    #[test]
    fn malformed_cookies_are_replaced() {
        let good = [
            String::new(),
            "sessionid=x".to_owned(),
            format!("csrftoken={SECRET}"),
            format!("a=b;  csrftoken = {SECRET}{SECRET} ; c"),
            format!("csrftoken=x; csrftoken={SECRET}"),
            format!("csrftoken=\"{SECRET}\""),
            format!("csrftoken=\"\\141{}\"", &SECRET[1..]),
            format!("csrftoken=\"\\a{}\"", &SECRET[1..]),
            "Csrftoken=x".to_owned(),
        ];
        for cookie in good {
            assert!(!needs_new_cookie(cookie.as_bytes()), "{cookie}");
        }
        let bad = [
            "csrftoken=x".to_owned(),
            "csrftoken=".to_owned(),
            format!("csrftoken={SECRET}; csrftoken=x"),
            format!("csrftoken={}-", &SECRET[1..]),
            format!("csrftoken={SECRET},a=b"),
        ];
        for cookie in bad {
            assert!(needs_new_cookie(cookie.as_bytes()), "{cookie}");
        }
    }
}
