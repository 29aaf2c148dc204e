//! The routes, and how the verify view answers on its own.

use std::sync::Arc;

use anyhow::Context as _;
use axum::http::HeaderName;

use crate::{
    accounts::grants::{GrantTables, Permission, Requirement},
    config::{Config, Misconfigured, Requirement as Asked, View as RouteView},
    http::{IdentityHeaders, Route, Target, VerifySettings, View},
};

/// What answers where.
pub(super) fn routes(config: &Config) -> anyhow::Result<Arc<[Route]>> {
    let routes = config.routes.iter().map(|route| {
        Ok(Route {
            path: route.path.clone(),
            target: match route.view {
                RouteView::ObtainAuthToken => Target::View(View::ObtainAuthToken),
                RouteView::Login => Target::View(View::Login),
                RouteView::Profile => Target::View(View::Profile),
                RouteView::Logout => Target::View(View::Logout),
                RouteView::Verify => Target::Verify(requirement(&route.requirement)?),
            },
        })
    });
    routes.collect()
}

/// Keywords and headers of the verify view.
pub(super) fn settings(config: &Config) -> anyhow::Result<VerifySettings> {
    let verify = &config.verify;
    Ok(VerifySettings {
        keywords: verify.keywords.clone(),
        headers: IdentityHeaders {
            user_id: header(verify.user_id_header.as_deref())?,
            username: header(verify.username_header.as_deref())?,
            email: header(verify.email_header.as_deref())?,
            staff: header(verify.staff_header.as_deref())?,
            superuser: header(verify.superuser_header.as_deref())?,
            groups: header(verify.groups_header.as_deref())?,
        },
        without_body: !verify.body,
    })
}

/// The tables that routes and headers need: one that nothing needs may be missing.
pub(super) fn tables(config: &Config) -> GrantTables {
    let mut verifying = config.routes.iter().filter(|route| route.view == RouteView::Verify);
    if verifying.clone().next().is_none() {
        return GrantTables::default();
    }
    let asks_groups = verifying.clone().any(|route| !route.requirement.groups.is_empty());
    GrantTables {
        permissions: verifying.any(|route| !route.requirement.permissions.is_empty()),
        groups: asks_groups || config.verify.groups_header.is_some(),
    }
}

fn requirement(asked: &Asked) -> anyhow::Result<Requirement> {
    let permission = |name: &String| {
        let parsed = Permission::parse(name);
        parsed.with_context(|| format!("routes: {name:?} is no permission")).context(Misconfigured)
    };
    Ok(Requirement {
        staff: asked.staff,
        superuser: asked.superuser,
        permissions: asked.permissions.iter().map(permission).collect::<Result<_, _>>()?,
        groups: asked.groups.clone(),
    })
}

fn header(name: Option<&str>) -> anyhow::Result<Option<HeaderName>> {
    name.map(str::parse)
        .transpose()
        .context("verify: a header has no such name")
        .context(Misconfigured)
}
