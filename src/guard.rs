//! For Rust backends: how a route is protected by the tokens of the Django project.

pub mod refusal;
