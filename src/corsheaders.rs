//! What django-cors-headers does, which most projects with a browser on another origin have.
//!
//! A mirror room: the files carry the names of its modules (4.9). Pure.

pub mod conf;
pub mod middleware;
