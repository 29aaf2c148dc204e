//! django-cors-headers' settings, from the configuration.

use std::sync::Arc;

use anyhow::Context as _;

use crate::{
    config::{Config, Misconfigured},
    corsheaders::conf::{Conf, Origins},
    python::re::Pattern,
};

/// `None` where the project has no such middleware.
pub(super) fn conf(config: &Config) -> anyhow::Result<Option<Arc<Conf>>> {
    let Some(cors) = &config.cors else { return Ok(None) };
    let regexes = cors.allowed_origin_regexes.iter();
    Ok(Some(Arc::new(Conf {
        allowed_origins: Origins::new(&cors.allowed_origins),
        allowed_origin_regexes: regexes
            .map(|regex| pattern("cors.allowed_origin_regexes", regex))
            .collect::<Result<_, _>>()?,
        allow_all_origins: cors.allow_all_origins,
        allow_credentials: cors.allow_credentials,
        allow_methods: cors.allow_methods.join(", "),
        allow_headers: cors.allow_headers.join(", "),
        expose_headers: cors.expose_headers.join(", "),
        preflight_max_age: cors.preflight_max_age,
        urls_regex: pattern("cors.urls_regex", &cors.urls_regex)?,
        allow_private_network: cors.allow_private_network,
    })))
}

/// The configuration's reader has said so where it cannot be compiled.
fn pattern(key: &'static str, regex: &str) -> anyhow::Result<Pattern> {
    Pattern::compile(regex).context(key).context(Misconfigured)
}
