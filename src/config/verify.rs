//! `[verify]`: how gateways are told who it is.

use super::{
    error::{Problem, quote},
    reader::Reader,
    suggest::listed,
    token_model::keyword,
    value::{self, Value},
};

/// `[verify]`. In settings.py: nothing; the names are those that the gateway hands on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verify {
    /// Words that may stand before a token, beside `token_model.keyword`; for this view alone.
    ///
    /// Default: none.
    pub keywords: Vec<String>,
    /// The header with the user's primary key. `None`, written `""`, leaves it out.
    ///
    /// Default: `X-Auth-User-Id`.
    pub user_id_header: Option<String>,
    /// The header with the username. `None`, written `""`, leaves it out.
    ///
    /// Default: `X-Auth-Username`.
    pub username_header: Option<String>,
    /// The header with the email address. `None`, written `""`, leaves it out.
    ///
    /// Default: `X-Auth-Email`.
    pub email_header: Option<String>,
    /// The header that says whether the user is staff. `None`, written `""`, leaves it out.
    ///
    /// Default: `X-Auth-Staff`.
    pub staff_header: Option<String>,
    /// The header that says whether the user is a superuser. `None`, written `""`, leaves it out.
    ///
    /// Default: `X-Auth-Superuser`.
    pub superuser_header: Option<String>,
    /// The header with the names of the user's groups. `None`, written `""`, leaves it out.
    ///
    /// Default: none.
    pub groups_header: Option<String>,
    /// Whether a 200 has a body. Without one, gateways that read no body of it (Caddy) keep their
    /// connections; Oathkeeper and the remote client of the library need it.
    ///
    /// Default: true.
    pub body: bool,
}

impl Default for Verify {
    fn default() -> Self {
        let named = |name: &str| Some(name.to_owned());
        Self {
            keywords: Vec::new(),
            user_id_header: named("X-Auth-User-Id"),
            username_header: named("X-Auth-Username"),
            email_header: named("X-Auth-Email"),
            staff_header: named("X-Auth-Staff"),
            superuser_header: named("X-Auth-Superuser"),
            groups_header: None,
            body: true,
        }
    }
}

impl Verify {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut read = Self::default();
        reader.set(&mut read.keywords, "verify.keywords", keywords);
        reader.set(&mut read.user_id_header, "verify.user_id_header", no_or_header);
        reader.set(&mut read.username_header, "verify.username_header", no_or_header);
        reader.set(&mut read.email_header, "verify.email_header", no_or_header);
        reader.set(&mut read.staff_header, "verify.staff_header", no_or_header);
        reader.set(&mut read.superuser_header, "verify.superuser_header", no_or_header);
        reader.set(&mut read.groups_header, "verify.groups_header", no_or_header);
        reader.set(&mut read.body, "verify.body", value::boolean);
        read.keep_the_names_apart(reader);
        read
    }

    fn headers(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("verify.user_id_header", self.user_id_header.as_deref()),
            ("verify.username_header", self.username_header.as_deref()),
            ("verify.email_header", self.email_header.as_deref()),
            ("verify.staff_header", self.staff_header.as_deref()),
            ("verify.superuser_header", self.superuser_header.as_deref()),
            ("verify.groups_header", self.groups_header.as_deref()),
        ]
    }

    /// Two of one name would be joined, or one would be lost.
    fn keep_the_names_apart(&self, reader: &mut Reader) {
        let headers = self.headers();
        for (at, (key, name)) in headers.iter().enumerate() {
            let Some(name) = name else { continue };
            let same = |other: &str| other.eq_ignore_ascii_case(name);
            let mut before = headers.iter().take(at);
            if let Some((other, _)) = before.find(|(_, before)| before.is_some_and(same)) {
                let problem = Problem::new(
                    format!("the header {} is that of {other}, too", quote(name)),
                    "give each header a name of its own, or \"\" to leave it out",
                );
                reader.refuse(key, None, problem);
            }
        }
    }
}

fn keywords(value: &Value) -> Result<Vec<String>, Problem> {
    value::list(value)?.into_iter().map(|word| keyword(&Value::Text(word))).collect()
}

/// Headers that mean something to a gateway or a client already.
const TAKEN: [&str; 23] = [
    "accept",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "host",
    "keep-alive",
    "location",
    "retry-after",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "www-authenticate",
    "x-auth-required",
];

/// A header's name, or `""` for none. No underscore: the backends behind a gateway take it for a dash,
/// and gateways drop it.
fn no_or_header(value: &Value) -> Result<Option<String>, Problem> {
    let name = value::text(value)?;
    if name.is_empty() {
        return Ok(None);
    }
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !plain {
        let wrong = format!("{} is no name for a header", quote(name));
        let advice =
            "write letters, digits and dashes, a letter first, e.g. \"X-Auth-User-Id\"; or \"\"";
        return Err(Problem::new(wrong, advice));
    }
    if TAKEN.contains(&name.to_ascii_lowercase().as_str()) {
        let wrong = format!("the header {} has a meaning already", quote(name));
        return Err(Problem::new(wrong, format!("write none of {}", listed(&TAKEN))));
    }
    Ok(Some(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_plain_names() {
        let header = |name: &str| no_or_header(&Value::Text(name.into()));
        for right in ["X-Auth-User", "Remote-User", "x1", "X-Forwarded-User"] {
            assert_eq!(header(right), Ok(Some(right.into())));
        }
        assert_eq!(header(""), Ok(None));
        for wrong in [
            "X_Auth_User",
            "X Auth",
            "-X",
            "1X",
            "X\r\nY",
            "Ü",
            "X:",
            "Content-Type",
            "SET-COOKIE",
            "Connection",
            "X-Auth-Required",
        ] {
            assert!(header(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keywords_are_words() {
        let list = |words: &[&str]| {
            keywords(&Value::List(words.iter().map(|&word| Value::Text(word.into())).collect()))
        };
        assert_eq!(list(&["Bearer", "JWT"]), Ok(vec!["Bearer".into(), "JWT".into()]));
        assert_eq!(list(&[]), Ok(Vec::new()));
        assert!(list(&["Bearer x"]).is_err() && list(&[""]).is_err());
    }
}
