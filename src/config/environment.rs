//! `DRF_AUTH_…`: which variable sets which key.

/// What the name of every variable of this program begins with.
pub(super) const PREFIX: &str = "DRF_AUTH_";

/// Names the configuration file.
pub(super) const CONFIG: &str = "DRF_AUTH_CONFIG";

/// Read for `database_url` where no variable of our own says otherwise.
pub(super) const DATABASE_URL: &str = "DATABASE_URL";

/// `DRF_AUTH_DJANGO__VERSION` sets `django.version`: two underscores where the file has a section.
pub(super) fn key_of(variable: &str) -> String {
    variable.strip_prefix(PREFIX).unwrap_or(variable).to_lowercase().replace("__", ".")
}

/// The variable that sets `key`.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

/// Whether a variable is none of the configuration's, though it begins as ours do.
///
/// `DRF_AUTH_CONFIG` names the file, `DRF_AUTH_TEST_…` and `DRF_AUTH_CACHE` steer this project's
/// own tests. And wherever a Kubernetes service is called `drf-auth` or `drf-auth-…`, every pod
/// near it is given `DRF_AUTH_SERVICE_HOST`, `DRF_AUTH_PORT=tcp://…` and more.
pub(super) fn is_no_key(variable: &str, value: &str) -> bool {
    variable == CONFIG
        || variable == "DRF_AUTH_CACHE"
        || variable.starts_with("DRF_AUTH_TEST_")
        || is_service_link(variable, value)
}

fn is_service_link(variable: &str, value: &str) -> bool {
    variable.ends_with("_SERVICE_HOST")
        || variable.ends_with("_SERVICE_PORT")
        || variable.contains("_SERVICE_PORT_")
        || (variable.ends_with("_PORT") && value.contains("://"))
        || variable.split_once("_PORT_").is_some_and(|(_, rest)| {
            let mut parts = rest.split('_');
            let numbered = parts.next().is_some_and(|port| port.parse::<u16>().is_ok());
            let protocol = parts.next();
            let field = parts.next();
            numbered
                && matches!(protocol, Some("TCP" | "UDP" | "SCTP"))
                && matches!(field, None | Some("PROTO" | "PORT" | "ADDR"))
                && parts.next().is_none()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_variables_name_each_other() {
        for (key, variable) in [
            ("listen", "DRF_AUTH_LISTEN"),
            ("database_url", "DRF_AUTH_DATABASE_URL"),
            ("django.version", "DRF_AUTH_DJANGO__VERSION"),
            ("user_model.is_staff_column", "DRF_AUTH_USER_MODEL__IS_STAFF_COLUMN"),
        ] {
            assert_eq!(variable_of(key), variable);
            assert_eq!(key_of(variable), key);
        }
    }

    #[test]
    fn what_an_orchestrator_sets_is_none_of_ours() {
        for (variable, value) in [
            ("DRF_AUTH_CONFIG", "x"),
            ("DRF_AUTH_CACHE", "x"),
            ("DRF_AUTH_TEST_REQUIRE", "postgres"),
            ("DRF_AUTH_SERVICE_HOST", "10.0.0.1"),
            ("DRF_AUTH_SERVICE_PORT", "8001"),
            ("DRF_AUTH_SERVICE_PORT_HTTP", "8001"),
            ("DRF_AUTH_PORT", "tcp://10.0.0.1:8001"),
            ("DRF_AUTH_PORT_8001_TCP", "tcp://10.0.0.1:8001"),
            ("DRF_AUTH_PORT_8001_TCP_PROTO", "tcp"),
            ("DRF_AUTH_CANARY_PORT_8001_TCP_ADDR", "10.0.0.1"),
        ] {
            assert!(is_no_key(variable, value), "{variable}");
        }
    }

    #[test]
    fn what_an_operator_mistypes_is_a_key() {
        for (variable, value) in [
            ("DRF_AUTH_PORT", "8001"),
            ("DRF_AUTH_LISTEN", "127.0.0.1:1"),
            ("DRF_AUTH_TESTS", "1"),
            ("DRF_AUTH_PORT_X_TCP", "1"),
            ("DRF_AUTH_PORT_8001_TCP_ADDR_X", "1"),
            ("DRF_AUTH_CONFIGURATION", "x"),
        ] {
            assert!(!is_no_key(variable, value), "{variable}");
        }
    }
}
