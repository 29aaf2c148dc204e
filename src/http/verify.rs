//! The view that gateways ask whose token a request came with (nginx `auth_request`, forward-auth,
//! `ext_authz`): any method, any path below the route's, and nothing of it but `Authorization`.
//!
//! Its answers are made for gateways: 200, 401, 403 or 503 and no other, since nginx turns whatever else
//! into 500. No header that a client or a gateway could write decides, nor the Host, nor the query, nor
//! the body, which is not waited for.

use std::borrow::Cow;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde_json::{Value as Json, json};

use super::{AppState, Route, Target, authentication, request::Request};
use crate::{
    accounts::{User, grants::Requirement, verify::VerifyToken as _},
    drf::{
        authentication::authenticate_header,
        exceptions::ApiException,
        renderers::{self, CONTENT_TYPE},
    },
    guard::refusal,
    python::urllib::quote,
};

/// How the verify view hears tokens and names users.
#[derive(Clone, Debug, Default)]
pub struct VerifySettings {
    /// What may stand before a token beside `TokenAuthentication.keyword`.
    pub keywords: Vec<String>,
    /// The headers of an accepted request; `None` leaves one out.
    pub headers: IdentityHeaders,
    /// An accepted request's answer is headers alone.
    pub without_body: bool,
}

/// The names of the headers that say who it is.
#[derive(Clone, Debug, Default)]
pub struct IdentityHeaders {
    /// The primary key.
    pub user_id: Option<HeaderName>,
    /// The configured `username_field`.
    pub username: Option<HeaderName>,
    /// The email address, empty where there is none.
    pub email: Option<HeaderName>,
    /// `true` or `false`.
    pub staff: Option<HeaderName>,
    /// `true` or `false`.
    pub superuser: Option<HeaderName>,
    /// The groups' names, separated by commas.
    pub groups: Option<HeaderName>,
}

/// Whether the verify view at `route` answers `path`. The route's own last slash may be missing: a
/// redirect would be an error to a gateway.
pub(super) fn is_below(path: &str, route: &str) -> bool {
    let route = route.trim_end_matches('/');
    let rest = path.strip_prefix(route);
    // `OPTIONS *` has no slash at all.
    rest.is_some_and(|rest| route.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

/// Whoever relies on what a route asks sees here that it does: a path below a route that asks less is
/// answered, too.
pub(super) const REQUIRED: HeaderName = HeaderName::from_static("x-auth-required");

/// Answers one request.
pub(super) async fn answer(state: &AppState, request: &Request) -> Response<Body> {
    let accepted = accept(state, request).await;
    let mut response = accepted
        .unwrap_or_else(|exception| refuse(exception, authenticate_header(state.keyword())));
    if let Some(required) = required(requirements(&state.routes, &request.path_info)) {
        response.headers_mut().insert(REQUIRED, required);
    }
    response
}

async fn accept(state: &AppState, request: &Request) -> Result<Response<Body>, ApiException> {
    let keywords = &state.verify.keywords;
    let owner = authentication::authenticate_by(state, request, keywords).await?;
    let owner = owner.ok_or_else(ApiException::not_authenticated)?;
    let (user, authenticator) = (&owner.user, &*state.authenticator);
    for requirement in requirements(&state.routes, &request.path_info) {
        let met = requirement.is_met(&owner, authenticator).await;
        if !met.map_err(|error| refusal::refuse(&error))? {
            tracing::debug!(user.id = %user.id, "the user may not do what the route asks");
            return Err(ApiException::permission_denied());
        }
    }
    let groups = match state.verify.headers.groups {
        Some(_) => {
            let groups = authenticator.groups_of(&owner).await;
            groups.map_err(|error| refusal::refuse(&error))?
        }
        None => Vec::new(),
    };
    let mut response = if state.verify.without_body {
        vary(Response::default())
    } else {
        let body = json!({ "sub": user.id.to_string(), "username": user.username });
        respond(StatusCode::OK, &body)
    };
    identify(response.headers_mut(), &state.verify.headers, user, &groups);
    Ok(response)
}

/// What every route on the way to `path` asks. Where a gateway appends what its client asked for, the
/// client chooses how far down it comes: so a route further down never asks for less. The path counts as
/// it stands and as other programs could read it.
fn requirements<'a>(routes: &'a [Route], path: &'a str) -> impl Iterator<Item = &'a Requirement> {
    let resolved = resolve(path);
    routes.iter().filter_map(move |route| match &route.target {
        Target::Verify(asked)
            if is_below(path, &route.path) || is_below(&resolved, &route.path) =>
        {
            Some(asked)
        }
        _ => None,
    })
}

/// What is asked beside a token: `staff`, `superuser`, `perm=blog.change_entry`, `group=team`, with commas
/// between them. `None` where it is nothing.
fn required<'a>(asked: impl Iterator<Item = &'a Requirement>) -> Option<HeaderValue> {
    let mut words = Vec::new();
    for Requirement { staff, superuser, permissions, groups } in asked {
        let flags = [(*staff, "staff"), (*superuser, "superuser")];
        words
            .extend(flags.iter().filter(|(is_asked, _)| *is_asked).map(|(_, it)| (*it).to_owned()));
        words.extend(permissions.iter().map(|it| format!("perm={}", plain(&it.to_string()))));
        words.extend(groups.iter().map(|it| format!("group={}", plain(it))));
    }
    HeaderValue::try_from(words.join(",")).ok().filter(|value| !value.is_empty())
}

/// The path without empty segments and dots.
fn resolve(path: &str) -> Cow<'_, str> {
    if !path.contains("//") && !path.contains("/.") {
        return Cow::Borrowed(path);
    }
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    Cow::Owned(format!("/{}", segments.join("/")))
}

/// Every configured header, empty where it has no value: a gateway that copies what is there cannot let
/// the client's own through.
fn identify(headers: &mut HeaderMap, names: &IdentityHeaders, user: &User, groups: &[String]) {
    let flag = |flag: bool| if flag { "true" } else { "false" }.to_owned();
    let groups = groups.iter().map(|name| plain(name)).collect::<Vec<_>>().join(",");
    for (name, value) in [
        (&names.user_id, plain(&user.id.to_string())),
        (&names.username, plain(&user.username)),
        (&names.email, plain(user.email.as_deref().unwrap_or_default())),
        (&names.staff, flag(user.is_staff)),
        (&names.superuser, flag(user.is_superuser)),
        (&names.groups, groups),
    ] {
        let Some(name) = name else { continue };
        // It is ASCII without control characters by now.
        let value = HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static(""));
        headers.insert(name.clone(), value);
    }
}

/// A value as a header carries it: ASCII letters and digits and `-._~@+` as they are, every other octet
/// of its UTF-8 as `%XX`.
fn plain(value: &str) -> String {
    quote(value, "@+")
}

fn refuse(exception: ApiException, authenticate: &str) -> Response<Body> {
    let exception = exception.with_authenticate_header(Some(authenticate));
    let mut response = respond(exception.status, &exception.body());
    refusal::challenge(response.headers_mut(), &exception, authenticate);
    response
}

fn respond(status: StatusCode, body: &Json) -> Response<Body> {
    let mut response = Response::new(Body::from(renderers::render(body, None)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    vary(response)
}

/// For caches that are told to ignore Cache-Control.
fn vary(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Authorization"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_its_path_and_all_below() {
        for (path, route, expected) in [
            ("/verify/", "/verify/", true),
            ("/verify", "/verify/", true),
            ("/verify/a/b", "/verify/", true),
            ("/verify//", "/verify/", true),
            ("/verify/../x", "/verify/", true),
            ("/verifyx/", "/verify/", false),
            ("/verify", "/verify", true),
            ("/verify/x", "/verify", true),
            ("/Verify/", "/verify/", false),
            ("//verify/", "/verify/", false),
            ("/", "/", true),
            ("/x", "/", true),
            ("*", "/", true),
            ("*", "/verify/", false),
            ("/", "/verify/", false),
        ] {
            assert_eq!(is_below(path, route), expected, "{path} {route}");
        }
    }

    #[test]
    fn every_route_on_the_way_asks() {
        let route = |path: &str, groups: &[&str]| {
            let groups = groups.iter().map(|&group| group.to_owned()).collect();
            let requirement = Requirement { groups, ..Requirement::default() };
            Route { path: path.to_owned(), target: Target::Verify(requirement) }
        };
        let routes = [
            route("/v/", &[]),
            route("/v/a/", &["a"]),
            route("/v/a/b", &["b"]),
            route("/other/", &["never"]),
        ];
        let asked = |path: &str| -> Vec<String> {
            requirements(&routes, path).flat_map(|asked| asked.groups.clone()).collect()
        };
        for (path, expected) in [
            ("/v/", &[][..]),
            ("/v/x", &[]),
            ("/v/ab", &[]),
            ("/v/a", &["a"]),
            ("/v/a/", &["a"]),
            ("/v/a/x", &["a"]),
            ("/v/a/b/", &["a", "b"]),
            ("/v//a/", &["a"]),
            ("/v/./a", &["a"]),
            ("/v/x/../a/", &["a"]),
            // As it stands, too: whoever resolves nothing sees it below.
            ("/v/a/../x", &["a"]),
            ("/v/../../v/a/b/c", &["a", "b"]),
        ] {
            assert_eq!(asked(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_asked_is_told() {
        let asked = [
            Requirement::default(),
            Requirement::default().staff().superuser(),
            Requirement::default().permission("blog.change_entry").permission("shop.a,b=c"),
            Requirement::default().group("team").group("é"),
        ];
        let told =
            "staff,superuser,perm=blog.change_entry,perm=shop.a%2Cb%3Dc,group=team,group=%C3%A9";
        assert_eq!(required(asked.iter()).unwrap(), told);
        assert_eq!(required(asked.iter().take(1)), None);
    }

    #[test]
    fn values_are_plain() {
        for (value, expected) in [
            ("ayush", "ayush"),
            ("a.b-c_d~e@f+g", "a.b-c_d~e@f+g"),
            ("", ""),
            ("a b", "a%20b"),
            ("a,b;c%20", "a%2Cb%3Bc%2520"),
            ("é\u{1F600}", "%C3%A9%F0%9F%98%80"),
            ("x\r\nX-Auth-Staff: true", "x%0D%0AX-Auth-Staff%3A%20true"),
            ("\0\u{7f}\"<", "%00%7F%22%3C"),
        ] {
            assert_eq!(plain(value), expected);
        }
    }
}
