//! `django.views.defaults` (Django 4.2 to 6.1): the pages of a project without templates of its own.

/// `bad_request`: what a `SuspiciousOperation` is answered with.
pub fn bad_request() -> String {
    error_page("Bad Request (400)", "")
}

/// `page_not_found`.
pub fn page_not_found() -> String {
    error_page("Not Found", "The requested resource was not found on this server.")
}

/// `server_error`.
pub fn server_error() -> String {
    error_page("Server Error (500)", "")
}

fn error_page(title: &str, details: &str) -> String {
    [
        "",
        "<!doctype html>",
        "<html lang=\"en\">",
        "<head>",
        &format!("  <title>{title}</title>"),
        "</head>",
        "<body>",
        &format!("  <h1>{title}</h1><p>{details}</p>"),
        "</body>",
        "</html>",
        "",
    ]
    .join("\n")
}
