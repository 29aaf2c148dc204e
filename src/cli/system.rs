//! What the system knows of whoever runs the program.

use std::fs;

use crate::config::{Environment, Lookup as _};

/// `getpass.getuser()`: from the environment, else from `/etc/passwd`. Empty where nobody knows.
pub(super) fn username() -> String {
    let variables = ["LOGNAME", "USER", "LNAME", "USERNAME"];
    let named = variables.iter().filter_map(|name| Environment.variable(name)?.into_string().ok());
    named.into_iter().find(|name| !name.is_empty()).or_else(from_passwd).unwrap_or_default()
}

fn from_passwd() -> Option<String> {
    let id = rustix::process::getuid().as_raw().to_string();
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    let name = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    };
    passwd.lines().find_map(name)
}
