//! `rest_framework.authentication`: the `Authorization` header (3.16, 3.18).

use super::exceptions::ApiException;

/// `TokenAuthentication.authenticate`: the key in an `Authorization` header, if it is for us.
///
/// # Errors
///
/// `AuthenticationFailed` where the scheme is ours and what follows is no single word.
pub fn token_from(header: Option<&[u8]>, keyword: &str) -> Result<Option<String>, ApiException> {
    let mut words = words(header.unwrap_or_default());
    let ours = keyword.to_lowercase();
    match words.next() {
        Some(scheme) if scheme.to_ascii_lowercase() == ours.as_bytes() => {}
        _ => return Ok(None),
    }
    let invalid =
        |what: &str| ApiException::authentication_failed(format!("Invalid token header. {what}"));
    let key = words.next().ok_or_else(|| invalid("No credentials provided."))?;
    if words.next().is_some() {
        return Err(invalid("Token string should not contain spaces."));
    }
    match std::str::from_utf8(key) {
        Ok(key) => Ok(Some(key.to_owned())),
        Err(_) => Err(invalid("Token string should not contain invalid characters.")),
    }
}

/// No row has the key: `Invalid token.`
pub fn invalid_token() -> ApiException {
    ApiException::authentication_failed("Invalid token.")
}

/// The key's user may not log in: `User inactive or deleted.`
pub fn user_inactive() -> ApiException {
    ApiException::authentication_failed("User inactive or deleted.")
}

/// `TokenAuthentication.authenticate_header`: the value of `WWW-Authenticate`.
pub fn authenticate_header(keyword: &str) -> &str {
    keyword
}

/// `bytes.split()`.
fn words(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| matches!(byte, b'\t'..=b'\r' | b' ')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(header: &[u8]) -> String {
        token_from(Some(header), "Token").unwrap_err().body()["detail"].as_str().unwrap().into()
    }

    #[test]
    fn keys() {
        let key = |header: &[u8]| token_from(Some(header), "Token").unwrap();
        assert_eq!(token_from(None, "Token"), Ok(None));
        for none in [&b""[..], b"  ", b"Bearer x", b"Tokenx y", b"\xc2\xa0Token x"] {
            assert_eq!(key(none), None, "{none:?}");
        }
        for ours in [&b"Token x"[..], b"token\tx", b" TOKEN \x0b x\x0c "] {
            assert_eq!(key(ours).as_deref(), Some("x"), "{ours:?}");
        }
        // A byte that is white space to str.split() only.
        assert_eq!(key(b"Token a\x1cb").as_deref(), Some("a\u{1c}b"));
        assert_eq!(key("Token é".as_bytes()).as_deref(), Some("é"));
        assert_eq!(token_from(Some(b"bearer x"), "Bearer").unwrap().as_deref(), Some("x"));
    }

    #[test]
    fn refusals() {
        assert_eq!(detail(b"Token "), "Invalid token header. No credentials provided.");
        let spaces = "Invalid token header. Token string should not contain spaces.";
        assert_eq!(detail(b"Token a b"), spaces);
        assert_eq!(detail(b"Token \xff b"), spaces);
        let characters =
            "Invalid token header. Token string should not contain invalid characters.";
        assert_eq!(detail(b"Token \xff"), characters);
        assert_eq!(detail(b"Token \xed\xa0\x80"), characters);
    }
}
