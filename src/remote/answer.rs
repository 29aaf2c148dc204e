//! What the verify view's answers mean.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, response::Parts};
use percent_encoding::percent_decode;
use serde_json::Value;

use super::options::Route;
use crate::accounts::{TokenKey, TokenOwner, User, UserId, verify::VerifyError};

/// Names what the route asks beside a token.
const REQUIRED: HeaderName = HeaderName::from_static("x-auth-required");

/// How a 200 says who it is: by which headers, and what kind of primary key.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) text_ids: bool,
    pub(super) email: Option<HeaderName>,
    pub(super) staff: Option<HeaderName>,
    pub(super) superuser: Option<HeaderName>,
    pub(super) groups: Option<HeaderName>,
}

/// A token that was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum No {
    /// No row has it.
    Unknown,
    /// Its owner may not log in.
    Inactive,
    /// Its owner may not do what the route asks.
    Forbidden,
    /// Nobody said anything that can be relied on.
    Unavailable(Arc<str>),
}

impl No {
    pub(super) fn unavailable(why: impl AsRef<str>) -> Self {
        Self::Unavailable(why.as_ref().into())
    }

    pub(super) fn late(limit: Duration) -> Self {
        Self::unavailable(format!("nothing within {limit:?}"))
    }
}

impl From<No> for VerifyError {
    fn from(no: No) -> Self {
        let unavailable = |why: &str| {
            Self::Unavailable(format!("the remote drf-auth did not answer: {why}").into())
        };
        match no {
            No::Unknown => Self::UnknownToken,
            No::Inactive => Self::InactiveUser,
            No::Forbidden => unavailable("its verify route asks for more than a token (403)"),
            No::Unavailable(why) => unavailable(&why),
        }
    }
}

/// Reads an answer. Only what is certainly the verify view's counts as a yes or a no.
pub(super) fn read(
    route: &Route,
    key: &str,
    head: &Parts,
    body: &[u8],
    names: &Names,
) -> Result<TokenOwner, No> {
    let status = head.status;
    let known = [StatusCode::OK, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
    if !known {
        return Err(No::unavailable(format!("the status {status}")));
    }
    let strange = || No::unavailable(format!("{status}, but not as the verify view says it"));
    if head.headers.get(header::CONTENT_TYPE) != Some(&HeaderValue::from_static("application/json"))
    {
        return Err(strange());
    }
    if let Some(permission) = &route.permission
        && !asks_for(&head.headers, permission)
    {
        return Err(No::unavailable(format!("its route does not ask for {permission}")));
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| strange())?;
    if status == StatusCode::OK {
        return yes(key, &head.headers, &body, names).ok_or_else(strange);
    }
    let detail = body.get("detail").and_then(Value::as_str).unwrap_or_default();
    Err(match (status, detail) {
        (StatusCode::UNAUTHORIZED, "User inactive or deleted.") => No::Inactive,
        (StatusCode::UNAUTHORIZED, "Invalid token.") => No::Unknown,
        // A key that cannot be written into a header, which no key in a table is.
        (StatusCode::UNAUTHORIZED, detail) if detail.starts_with("Invalid token header. ") => {
            No::Unknown
        }
        (StatusCode::UNAUTHORIZED, "Authentication credentials were not provided.") => {
            No::unavailable("the token did not arrive there: another keyword, or a proxy")
        }
        (StatusCode::FORBIDDEN, "You do not have permission to perform this action.") => {
            No::Forbidden
        }
        _ => strange(),
    })
}

/// Whether the answer is that of a route that asks for the permission.
fn asks_for(headers: &HeaderMap, permission: &str) -> bool {
    let required = headers.get(REQUIRED).map_or(&b""[..], HeaderValue::as_bytes);
    let mut names = required.split(|&byte| byte == b',').filter_map(|it| it.strip_prefix(b"perm="));
    names.any(|name| decode(name).as_deref() == Some(permission))
}

fn yes(key: &str, headers: &HeaderMap, body: &Value, names: &Names) -> Option<TokenOwner> {
    let id = body.get("sub")?.as_str().filter(|id| !id.is_empty())?;
    let username = body.get("username")?.as_str()?;
    let user = User {
        email: Some(named(headers, names.email.as_ref())?.unwrap_or_default()),
        is_staff: flag(headers, names.staff.as_ref())?,
        is_superuser: flag(headers, names.superuser.as_ref())?,
        // An active one: another would not have been accepted.
        ..User::new(user_id(id, names.text_ids), username)
    };
    let groups = match names.groups.as_ref().and_then(|name| headers.get(name)) {
        None => None,
        Some(value) if value.is_empty() => Some(Vec::new()),
        Some(value) => {
            let names = value.as_bytes().split(|&byte| byte == b',');
            Some(names.map(decode).collect::<Option<Vec<_>>>()?)
        }
    };
    Some(TokenOwner { groups, ..TokenOwner::new(TokenKey::new(key), user) })
}

/// A header's text; `None` outside where it cannot be read, inside where it is not there.
#[expect(clippy::option_option, reason = "unreadable and absent are two things")]
fn named(headers: &HeaderMap, name: Option<&HeaderName>) -> Option<Option<String>> {
    match name.and_then(|name| headers.get(name)) {
        None => Some(None),
        Some(value) => decode(value.as_bytes()).map(Some),
    }
}

/// A flag is false where it is left out.
fn flag(headers: &HeaderMap, name: Option<&HeaderName>) -> Option<bool> {
    match named(headers, name)?.as_deref() {
        None | Some("false") => Some(false),
        Some("true") => Some(true),
        Some(_) => None,
    }
}

fn decode(value: &[u8]) -> Option<String> {
    percent_decode(value).decode_utf8().ok().map(Into::into)
}

/// A key that an integer column could hold is taken for one, unless all are text.
fn user_id(id: &str, is_text: bool) -> UserId {
    match id.parse::<i64>() {
        Ok(number) if !is_text && number.to_string() == id => UserId::Int(number),
        _ => UserId::Text(id.to_owned()),
    }
}
