//! The routes as an OpenAPI 3.1 document, for clients that generate code and tests from one.

use serde_json::{Map, Value as Json, json};

use super::{Route, Target, VerifySettings, View, verify::REQUIRED};
use crate::{
    accounts::grants::Requirement,
    python::{re::Pattern, urllib::quote},
};

/// What the document says beside the routes.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// Every path that is answered.
    pub routes: &'a [Route],
    /// `TokenAuthentication.keyword`.
    pub keyword: &'a str,
    /// Whether the login views refuse a bad `Authorization` header.
    pub authenticate_logins: bool,
    /// How the verify view hears and tells.
    pub verify: &'a VerifySettings,
    /// `CORS_URLS_REGEX`, where the project has django-cors-headers.
    pub cors_urls: Option<&'a Pattern>,
}

/// The document. Every answer that a client can provoke is in it, but for those to what is no HTTP.
pub fn openapi(described: &Described<'_>) -> Json {
    let mut paths = Map::new();
    for (number, route) in described.routes.iter().enumerate() {
        let item = match &route.target {
            Target::View(view) => view_item(described, *view, &route.path, number),
            Target::Verify(asked) => verify_item(described, asked, number),
        };
        // A brace would begin a parameter.
        paths.insert(quote(route.path.as_bytes(), "/:@&+$,-_.!~*'()"), item);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "drf-auth",
            "description": "Django REST framework's token login, on Django's own database.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "securitySchemes": { "tokenAuth": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": keywords(described),
            } },
            "schemas": schemas(),
            "responses": responses(),
        },
    })
}

/// What stands before a token.
fn keywords(described: &Described<'_>) -> String {
    let others = &described.verify.keywords;
    let token = format!("`{} ` and the token", described.keyword);
    if others.is_empty() {
        return token;
    }
    let others: Vec<_> = others.iter().map(|keyword| format!("`{keyword} `")).collect();
    format!("{token}; for gateways also {}", others.join(", "))
}

fn schemas() -> Json {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
    json!({
        "Credentials": {
            "type": "object",
            "properties": {
                "username": { "type": "string", "minLength": 1 },
                "password": { "type": "string", "minLength": 1, "format": "password" },
            },
            "required": ["username", "password"],
        },
        "Token": object(&[("token", json!({ "type": "string", "minLength": 1 }))]),
        "Profile": object(&[("username", text.clone()), ("email", text.clone())]),
        "Detail": object(&[("detail", text.clone())]),
        "InvalidCredentials": object(&[("error", text.clone())]),
        "FieldErrors": { "type": "object", "additionalProperties": texts, "minProperties": 1 },
        "Identity": object(&[("sub", text.clone()), ("username", text.clone())]),
        "Metadata": { "type": "object", "required": ["name", "description", "renders", "parses"] },
    })
}

/// An object of these properties and no others.
fn object(properties: &[(&str, Json)]) -> Json {
    let required: Vec<_> = properties.iter().map(|(name, _)| *name).collect();
    let properties: Map<_, _> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn responses() -> Json {
    let detail = |description: &str| answer(description, "Detail");
    let mut forbidden = detail("the user may not do what the route asks");
    let mut unauthorized = detail("no token, or none that is accepted");
    let mut unavailable = detail("nobody can say: the database is away, or too many log in");
    set(&mut forbidden, "headers", header("X-Auth-Required", "string"));
    set(&mut unauthorized, "headers", header("WWW-Authenticate", "string"));
    set(&mut unavailable, "headers", header("Retry-After", "integer"));
    json!({
        "BadRequest": {
            "description": "a Host that is not served, or what cannot be read",
            "content": { "text/html": { "schema": { "type": "string" } } },
        },
        "Unauthorized": unauthorized,
        "Forbidden": forbidden,
        "NotFound": detail("`?format=` names none that there is"),
        "NotAcceptable": detail("`Accept` names nothing that there is"),
        "UnsupportedMediaType": detail("a body of a kind that is not read"),
        "Unavailable": unavailable,
    })
}

fn answer(description: &str, schema: &str) -> Json {
    json!({ "description": description, "content": { "application/json": { "schema": schema_ref(schema) } } })
}

fn header(name: &str, kind: &str) -> Json {
    json!({ name: { "required": true, "schema": { "type": kind } } })
}

fn schema_ref(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn response_ref(name: &str) -> Json {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// Adds a member to an object.
fn set(object: &mut Json, name: &str, value: Json) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

fn view_item(described: &Described<'_>, view: View, path: &str, number: usize) -> Json {
    let guarded = matches!(view, View::Profile | View::Logout);
    let authenticates = guarded || described.authenticate_logins;
    let mut method = json!({ "summary": summary(view), "operationId": id(view.name(), number) });
    let mut answers = common(authenticates);
    let name = match view {
        View::ObtainAuthToken | View::Login => {
            set(&mut method, "requestBody", credentials());
            answers.insert("200".to_owned(), answer("logged in", "Token"));
            answers.insert("400".to_owned(), refusal(view));
            answers.insert("415".to_owned(), response_ref("UnsupportedMediaType"));
            "post"
        }
        View::Profile => {
            answers.insert("200".to_owned(), answer("the token's owner", "Profile"));
            "get"
        }
        View::Logout => {
            answers.insert("204".to_owned(), json!({ "description": "the token is no more" }));
            "post"
        }
    };
    set(&mut method, "responses", Json::Object(answers));
    let mut metadata = common(authenticates);
    let has_preflights = described.cors_urls.is_some_and(|urls| urls.matches(path));
    metadata.insert("200".to_owned(), metadata_answer(has_preflights));
    let mut options = json!({
        "summary": "What the view takes and gives",
        "operationId": id(&format!("{}_options", view.name()), number),
        "responses": metadata,
    });
    if authenticates {
        let token = json!({ "tokenAuth": [] });
        let security = if guarded { json!([token]) } else { json!([{}, token]) };
        set(&mut method, "security", security.clone());
        set(&mut options, "security", security);
    }
    json!({ name: method, "options": options })
}

fn metadata_answer(has_preflights: bool) -> Json {
    let mut content = json!({ "application/json": { "schema": schema_ref("Metadata") } });
    if has_preflights {
        let empty = json!({ "type": "string", "maxLength": 0, "description": "a preflight's" });
        set(&mut content, "text/html", json!({ "schema": empty }));
    }
    json!({ "description": "what the view takes and gives", "content": content })
}

const fn summary(view: View) -> &'static str {
    match view {
        View::ObtainAuthToken | View::Login => {
            "Logs in: the user's token, made where there is none"
        }
        View::Profile => "Whose token it is",
        View::Logout => "Logs out: deletes the token",
    }
}

/// Operations have names of their own, which two routes of one view must not share.
fn id(name: &str, number: usize) -> String {
    format!("{name}_{number}")
}

/// What every view of DRF's kind may answer.
fn common(authenticates: bool) -> Map<String, Json> {
    let mut answers = Map::new();
    if authenticates {
        answers.insert("401".to_owned(), response_ref("Unauthorized"));
    }
    let always = [
        ("400", "BadRequest"),
        ("404", "NotFound"),
        ("406", "NotAcceptable"),
        ("503", "Unavailable"),
    ];
    for (status, name) in always {
        answers.insert(status.to_owned(), response_ref(name));
    }
    answers
}

fn credentials() -> Json {
    let schema = json!({ "schema": schema_ref("Credentials") });
    json!({
        "required": true,
        "content": {
            "application/json": schema,
            "application/x-www-form-urlencoded": schema,
            "multipart/form-data": schema,
        },
    })
}

fn refusal(view: View) -> Json {
    let words = if view == View::Login { "InvalidCredentials" } else { "FieldErrors" };
    let either = [schema_ref(words), schema_ref("Detail")];
    json!({
        "description": "no such credentials, or a body that cannot be read",
        "content": {
            "application/json": { "schema": { "anyOf": either } },
            "text/html": { "schema": { "type": "string" } },
        },
    })
}

fn verify_item(described: &Described<'_>, asked: &Requirement, number: usize) -> Json {
    let required = (*asked != Requirement::default()).then_some(REQUIRED);
    let names = &described.verify.headers;
    let headers: Map<_, _> = [
        (&names.user_id, "the primary key"),
        (&names.username, "the username"),
        (&names.email, "the email address, empty where there is none"),
        (&names.staff, "`true` or `false`"),
        (&names.superuser, "`true` or `false`"),
        (&names.groups, "the groups' names, with commas between them"),
        (&required, "what the route asks beside a token, with commas between it"),
    ]
    .into_iter()
    .filter_map(|(name, what)| {
        let header =
            json!({ "description": what, "required": true, "schema": { "type": "string" } });
        Some((name.as_ref()?.to_string(), header))
    })
    .collect();
    let mut identity = if described.verify.without_body {
        json!({ "description": "whose token it is" })
    } else {
        answer("whose token it is", "Identity")
    };
    set(&mut identity, "headers", Json::Object(headers));
    let methods = ["get", "post", "put", "patch", "delete", "options", "head", "trace"];
    let operation = |method: &&str| {
        let operation = json!({
            "summary": "For gateways: whose token it is, and whether the route is theirs",
            "description": "The same for every method, and for every path below this one.",
            "operationId": id(&format!("verify_{method}"), number),
            "security": [{ "tokenAuth": [] }],
            "responses": {
                "200": identity,
                "401": response_ref("Unauthorized"),
                "403": response_ref("Forbidden"),
                "503": response_ref("Unavailable"),
            },
        });
        ((*method).to_owned(), operation)
    };
    Json::Object(methods.iter().map(operation).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(routes: &[Route]) -> Json {
        told(routes, false)
    }

    fn told(routes: &[Route], without_body: bool) -> Json {
        let verify = VerifySettings { without_body, ..VerifySettings::default() };
        openapi(&described(routes, &verify))
    }

    fn described<'a>(routes: &'a [Route], verify: &'a VerifySettings) -> Described<'a> {
        Described { routes, keyword: "Token", authenticate_logins: false, verify, cors_urls: None }
    }

    #[test]
    fn a_refused_host_and_a_preflight_are_told() {
        let route = |path: &str| Route { path: path.into(), target: Target::View(View::Profile) };
        let routes = [route("/api/p/"), route("/p/")];
        let verify =
            VerifySettings { keywords: vec!["Bearer".into()], ..VerifySettings::default() };
        let urls = Pattern::compile("^/api/").unwrap();
        let told = openapi(&Described { cors_urls: Some(&urls), ..described(&routes, &verify) });
        let answers = |path: &str, method: &str| told["paths"][path][method]["responses"].clone();
        let html = |answer: &Json| answer["content"].get("text/html").is_some();
        for method in ["get", "options"] {
            assert_eq!(answers("/p/", method)["400"], response_ref("BadRequest"), "{method}");
        }
        assert!(html(&told["components"]["responses"]["BadRequest"]));
        assert!(html(&answers("/api/p/", "options")["200"]));
        assert!(!html(&answers("/p/", "options")["200"]));
        let scheme = &told["components"]["securitySchemes"]["tokenAuth"]["description"];
        assert_eq!(scheme, "`Token ` and the token; for gateways also `Bearer `");
    }

    #[test]
    fn a_200_of_the_verify_view_has_a_body_where_it_has_one() {
        let route = Route { path: "/v/".into(), target: Target::Verify(Requirement::default()) };
        for without_body in [false, true] {
            let document = told(std::slice::from_ref(&route), without_body);
            let accepted = &document["paths"]["/v/"]["get"]["responses"]["200"];
            assert_eq!(accepted.get("content").is_none(), without_body, "{accepted}");
            assert!(accepted["headers"].is_object());
        }
    }

    #[test]
    fn a_verify_route_that_asks_for_more_names_it() {
        for (asked, is_named) in
            [(Requirement::default(), false), (Requirement::default().staff(), true)]
        {
            let route = Route { path: "/v/".into(), target: Target::Verify(asked) };
            let document = document(&[route]);
            let headers = &document["paths"]["/v/"]["get"]["responses"]["200"]["headers"];
            assert_eq!(headers.get("x-auth-required").is_some(), is_named, "{headers}");
        }
    }

    #[test]
    fn every_route_is_a_path_and_every_reference_there() {
        let views = [View::ObtainAuthToken, View::Login, View::Profile, View::Logout, View::Login];
        let mut routes: Vec<_> = views
            .into_iter()
            .enumerate()
            .map(|(at, view)| Route { path: format!("/{{{at}}}/"), target: Target::View(view) })
            .collect();
        routes.push(Route { path: "/v/".into(), target: Target::Verify(Requirement::default()) });
        let document = document(&routes);
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.len(), 6);
        assert!(paths.contains_key("/%7B0%7D/") && paths.contains_key("/v/"));
        let text = document.to_string();
        for (at, _) in text.match_indices("\"#/") {
            let pointer = text[at + 2..].split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        let ids: Vec<_> =
            text.match_indices("operationId").map(|(at, _)| &text[at..at + 40]).collect();
        let different: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len());
    }
}
