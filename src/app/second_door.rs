//! What guards Django's own login, and is not asked here: looked for in the schema.

use crate::{
    accounts::{inspection::Inspect, store::StoreError},
    config::{Config, GUARDS, Guard},
};

/// What an account that is shown its own tables alone cannot know.
const UNSEEN: &str = "this account is shown only the tables that it may use: whether the database has \
    those of django-axes, django-otp or another guard of Django's login is not known; look into \
    INSTALLED_APPS, and write it as installed_apps under [django], or acknowledge: what logins here may \
    bypass, or [] where nothing guards Django's login";

/// What stands beside the door.
#[derive(Debug, Default)]
pub(super) struct Guards {
    /// A sentence for each guard in use that the configuration does not acknowledge.
    pub(super) unacknowledged: Vec<String>,
    /// A sentence where there may be others.
    pub(super) unseen: Option<&'static str>,
}

/// Looks for guards. Where no route takes passwords there is no second door.
pub(super) async fn guards(config: &Config, inspector: &dyn Inspect) -> Result<Guards, StoreError> {
    if !config.routes.log_in() {
        return Ok(Guards::default());
    }
    let door = &config.second_door;
    let is_known = door.is_told || inspector.sees_every_table().await?;
    let found = in_use(inspector).await?;
    let open = found.into_iter().filter(|(guard, _)| !door.acknowledges(guard));
    let sentence = |(guard, table): (&Guard, String)| {
        let (about, acknowledgement) = (guard.about, door.acknowledgement(&[guard.name]));
        format!(
            "the database has the table {table} of {about}, which no login here passes: write \
             {acknowledgement} under [django] where logins here may bypass it"
        )
    };
    Ok(Guards {
        unacknowledged: open.map(sentence).collect(),
        unseen: (!is_known).then_some(UNSEEN),
    })
}

/// The guards in use, each with one of its tables.
async fn in_use(inspector: &dyn Inspect) -> Result<Vec<(&'static Guard, String)>, StoreError> {
    let tables: Vec<_> = GUARDS.iter().flat_map(|guard| guard.tables).copied().collect();
    let found = inspector.existing_tables(&tables).await?;
    let of = |guard: &'static Guard| {
        let table = found.iter().find(|table| guard.tables.contains(&table.as_str()))?;
        Some((guard, table.clone()))
    };
    Ok(GUARDS.iter().filter_map(of).collect())
}
