//! `rest_framework.views`: what every `APIView` says of itself (3.16, 3.18).

use super::renderers::Renderer;

/// `APIView.http_method_names`, the order of `Allow`.
pub const HTTP_METHOD_NAMES: [&str; 8] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

/// The value of `Allow`: the methods that have a handler, and OPTIONS; HEAD where GET has one.
pub fn allow(handlers: &[&str]) -> String {
    let has = |method: &&str| match *method {
        "OPTIONS" => true,
        "HEAD" => handlers.contains(&"GET") || handlers.contains(&"HEAD"),
        method => handlers.contains(&method),
    };
    HTTP_METHOD_NAMES.iter().filter(|method| has(method)).copied().collect::<Vec<_>>().join(", ")
}

/// The value of `Vary`, where a client has a choice of renderers.
pub fn vary(renderers: &[Renderer]) -> Option<&'static str> {
    (renderers.len() > 1).then_some("Accept")
}

/// `get_view_name`: the class's name without `View`, in words.
pub fn view_name(class: &str) -> String {
    let without = |name: &str, end: &str| match name.strip_suffix(end) {
        Some(stem) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    };
    let name: Vec<char> = without(&without(class, "View"), "ViewSet").chars().collect();
    let mut words = String::new();
    for (at, c) in name.iter().enumerate() {
        let after_lower = at.checked_sub(1).and_then(|before| name.get(before));
        let after_lower = after_lower.is_some_and(char::is_ascii_lowercase);
        let before_other = name.get(at + 1).is_some_and(|next| !next.is_ascii_uppercase());
        if c.is_ascii_uppercase() && (after_lower || before_other) {
            words.push(' ');
        }
        words.push(*c);
    }
    title(&words.trim_matches(' ').replace('_', " "))
}

/// `str.title()`.
fn title(text: &str) -> String {
    let mut inside = false;
    let mut titled = String::with_capacity(text.len());
    for c in text.chars() {
        if inside {
            titled.extend(c.to_lowercase());
        } else {
            titled.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    titled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_methods() {
        assert_eq!(allow(&["POST"]), "POST, OPTIONS");
        assert_eq!(allow(&["GET"]), "GET, HEAD, OPTIONS");
        assert_eq!(vary(&[Renderer::Json]), None);
    }

    // Expected: get_view_name() of DRF 3.18.
    #[test]
    fn names() {
        for (class, name) in [
            ("ObtainAuthToken", "Obtain Auth Token"),
            ("LoginView", "Login"),
            ("View", "View"),
            ("APIView", "Api"),
            ("UserViewSet", "User"),
            ("HTTPServer2View", "Http Server2"),
            ("login_view", "Login View"),
            ("AView", "A"),
            ("_my_ViewSetView", " My "),
        ] {
            assert_eq!(view_name(class), name, "{class}");
        }
    }
}
