//! What guards Django's own login, and is not asked here: looked for in the schema.

use crate::{
    accounts::{inspection::Inspect, store::StoreError},
    config::{Config, GUARDS, Guard},
};

/// A sentence for each guard in use that the configuration does not acknowledge. Where no route takes
/// passwords there is no second door.
pub(super) async fn unacknowledged(
    config: &Config,
    inspector: &dyn Inspect,
) -> Result<Vec<String>, StoreError> {
    if !config.routes.log_in() {
        return Ok(Vec::new());
    }
    let open = |guard: &Guard| !config.second_door.acknowledges(guard);
    let found = in_use(inspector).await?;
    Ok(found
        .into_iter()
        .filter(|(guard, _)| open(guard))
        .map(|(guard, table)| {
            let Guard { name, about, .. } = guard;
            format!(
                "the database has the table {table} of {about}, which no login here passes: write \
             acknowledge = [{name:?}] under [django] where logins here may bypass it"
            )
        })
        .collect())
}

/// The guards in use, each with one of its tables.
pub(super) async fn in_use(
    inspector: &dyn Inspect,
) -> Result<Vec<(&'static Guard, String)>, StoreError> {
    let tables: Vec<_> = GUARDS.iter().flat_map(|guard| guard.tables).copied().collect();
    let found = inspector.existing_tables(&tables).await?;
    let of = |guard: &'static Guard| {
        let table = found.iter().find(|table| guard.tables.contains(&table.as_str()))?;
        Some((guard, table.clone()))
    };
    Ok(GUARDS.iter().filter_map(of).collect())
}
