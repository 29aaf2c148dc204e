//! `django.contrib.sessions.middleware` (Django 4.2 to 6.1), as far as an answer shows it that never
//! looked into a session: a cookie that can be no session's key is deleted.

use crate::django::http::cookie::cookie;

/// `SESSION_COOKIE_NAME`.
const SESSION_COOKIE_NAME: &str = "sessionid";
/// `SessionBase._validate_session_key`.
const SHORTEST_KEY: usize = 8;

/// The value of `Set-Cookie` that deletes the cookie.
pub const DELETE_COOKIE: &str =
    "sessionid=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax";

/// Whether Django would delete the client's cookie. `header` is the `Cookie` header, several joined.
pub fn has_dead_cookie(header: &[u8]) -> bool {
    cookie(header, SESSION_COOKIE_NAME).is_some_and(|key| key.chars().count() < SHORTEST_KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_keys_are_deleted() {
        for dead in ["sessionid=", "sessionid=1234567", "a=b; sessionid = \"1234567\""] {
            assert!(has_dead_cookie(dead.as_bytes()), "{dead}");
        }
        for other in ["", "a=b", "sessionid=12345678", "sessionid=1; sessionid=12345678"] {
            assert!(!has_dead_cookie(other.as_bytes()), "{other}");
        }
    }
}
