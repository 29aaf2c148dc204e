//! The SQL that looks at the database as it is.

use super::{Dialect, Statement, read};
use crate::{
    accounts::inspection::{Count, Sameness, Table},
    store::{
        condition::{Search, requirement},
        grants::user_columns,
        schema::Schema,
    },
};

/// A statement, and the texts that are bound in it.
pub(in crate::store) type Bound = (Statement, Vec<String>);

/// Which of some tables are there.
pub(in crate::store) fn existing_tables(
    dialect: Dialect,
    user_table: &str,
    names: &[&str],
) -> Bound {
    let places: Vec<_> = (2..names.len() + 2).map(|number| dialect.placeholder(number)).collect();
    let places = places.join(", ");
    let (sql, place) = match dialect {
        Dialect::Postgres => (
            format!(
                "SELECT CAST(c.relname AS text) FROM pg_catalog.pg_class c \
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (pg_table_is_visible(c.oid) \
                 OR c.relnamespace = (SELECT u.relnamespace FROM pg_catalog.pg_class u \
                 WHERE u.oid = to_regclass($1))) AND c.relname IN ({places})"
            ),
            dialect.table(user_table),
        ),
        Dialect::MySql => (
            format!(
                "SELECT CAST(table_name AS char) FROM information_schema.tables \
                 WHERE table_schema IN (DATABASE(), ?) AND table_name IN ({places})"
            ),
            schema_of(user_table).to_owned(),
        ),
        // There are no schemas; the first value only keeps the count.
        Dialect::Sqlite => (
            format!(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') \
                 AND ? IS NOT NULL AND name IN ({places})"
            ),
            user_table.to_owned(),
        ),
    };
    let names = names.iter().map(|&name| name.to_owned());
    (read(sql), std::iter::once(place).chain(names).collect())
}

/// Asks for a table that nobody makes. `None` where a catalogue shows every table to everybody.
pub(in crate::store) fn no_table(dialect: Dialect, user_table: &str) -> Option<Statement> {
    if dialect != Dialect::MySql {
        return None;
    }
    let place = match schema_of(user_table) {
        "" => String::new(),
        schema => format!("{}.", dialect.quote(schema)),
    };
    Some(read(format!("SELECT 1 FROM {place}drf_auth_no_such_table LIMIT 0")))
}

/// The version, the account's user and host, and milliseconds since 1970.
pub(in crate::store) fn server(dialect: Dialect) -> Statement {
    read(
        match dialect {
            Dialect::Postgres => {
                "SELECT CAST('PostgreSQL ' || current_setting('server_version') AS text), \
                 CAST(current_user AS text), CAST(CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 \
                 AS bigint) AS text)"
            }
            Dialect::MySql => {
                "SELECT CAST(CONCAT(IF(VERSION() LIKE '%Maria%', '', 'MySQL '), VERSION()) AS char), \
                 CAST(CURRENT_USER() AS char), \
                 CAST(ROUND(UNIX_TIMESTAMP(NOW(6)) * 1000) AS char)"
            }
            Dialect::Sqlite => "SELECT 'SQLite ' || sqlite_version(), '', ''",
        }
        .to_owned(),
    )
}

/// The schema in which the session finds a table.
pub(in crate::store) fn schema_of_table(dialect: Dialect, table: &str) -> Bound {
    match dialect {
        Dialect::Postgres => (
            read(
                "SELECT CAST(n.nspname AS text) FROM pg_catalog.pg_class c INNER JOIN \
                 pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)"
                    .to_owned(),
            ),
            vec![dialect.table(table)],
        ),
        Dialect::MySql => (
            read("SELECT CAST(COALESCE(NULLIF(?, ''), DATABASE()) AS char)".to_owned()),
            vec![schema_of(table).to_owned()],
        ),
        Dialect::Sqlite => (read("SELECT ?".to_owned()), vec![String::new()]),
    }
}

/// A table's columns: name, type, collation, length, whether a value is required, whether unique.
pub(in crate::store) fn columns(dialect: Dialect, table: &str) -> Bound {
    match dialect {
        Dialect::Postgres => (read(POSTGRES_COLUMNS.to_owned()), vec![dialect.table(table)]),
        Dialect::MySql => {
            let name = table.rsplit('.').next().unwrap_or(table).to_owned();
            (read(MYSQL_COLUMNS.to_owned()), vec![schema_of(table).to_owned(), name])
        }
        Dialect::Sqlite => {
            (read(SQLITE_COLUMNS.to_owned()), vec![table.to_owned(), table.to_owned()])
        }
    }
}

const POSTGRES_COLUMNS: &str = "\
    SELECT CAST(a.attname AS text), CAST(format_type(a.atttypid, a.atttypmod) AS text), \
    CAST(CASE WHEN co.collname = 'default' THEN (SELECT d.datcollate FROM pg_catalog.pg_database d \
    WHERE d.datname = current_database()) ELSE co.collname END AS text), \
    CAST(CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END \
    AS text), \
    CAST(a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS text), \
    CAST(EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique \
    AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS text) \
    FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
    LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation \
    WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

const MYSQL_COLUMNS: &str = "\
    SELECT CAST(c.column_name AS char), CAST(c.column_type AS char), CAST(c.collation_name AS char), \
    CAST(c.character_maximum_length AS char), \
    CAST(c.is_nullable = 'NO' AND c.column_default IS NULL AND c.extra NOT LIKE '%auto_increment%' \
    AND c.extra NOT LIKE '%GENERATED%' AS char), \
    CAST(EXISTS (SELECT 1 FROM information_schema.statistics s WHERE s.table_schema = c.table_schema \
    AND s.table_name = c.table_name AND s.column_name = c.column_name AND s.non_unique = 0 AND NOT \
    EXISTS (SELECT 1 FROM information_schema.statistics o WHERE o.table_schema = s.table_schema AND \
    o.table_name = s.table_name AND o.index_name = s.index_name AND o.seq_in_index = 2)) AS char) \
    FROM information_schema.columns c \
    WHERE c.table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND c.table_name = ? \
    ORDER BY c.ordinal_position";

const SQLITE_COLUMNS: &str = "\
    SELECT c.name, lower(c.type), NULL, NULL, \
    CAST(c.\"notnull\" = 1 AND c.dflt_value IS NULL AND c.pk = 0 AS text), \
    CAST((c.pk = 1 AND NOT EXISTS (SELECT 1 FROM pragma_table_info(?1) o WHERE o.pk = 2)) OR \
    EXISTS (SELECT 1 FROM pragma_index_list(?2) l WHERE l.\"unique\" = 1 AND l.partial = 0 \
    AND (SELECT group_concat(i.name) FROM pragma_index_info(l.name) i) = c.name) AS text) \
    FROM pragma_table_info(?1) c";

/// How many rows of that kind there are among the newest so many.
pub(in crate::store) fn count(dialect: Dialect, schema: &Schema, what: Count, among: u32) -> Bound {
    let users = dialect.table(&schema.user.table);
    let tokens = dialect.table(&schema.token.table);
    let id = dialect.quote(&schema.user.id_column);
    let owner = dialect.quote(&schema.token.user_column);
    let search = requirement(dialect, &schema.user, 1);
    let hidden = format!("CASE WHEN {} THEN 0 ELSE 1 END = 1", search.condition);
    let newest_users = newest_users(dialect, schema, among);
    let some_tokens = format!("(SELECT {owner} FROM {tokens} LIMIT {among}) t");
    let of_user = format!("INNER JOIN {users} u ON u.{id} = t.{owner}");
    let inactive = match schema.user.is_active_column.as_str() {
        "" => "1 = 0".to_owned(),
        column => {
            let (column, yes) = (dialect.quote(column), dialect.boolean(true));
            format!("CASE WHEN u.{column} = {yes} THEN 0 ELSE 1 END = 1")
        }
    };
    let rows = match what {
        Count::Users => newest_users,
        Count::HiddenUsers => format!("{newest_users} WHERE {hidden}"),
        Count::Tokens => some_tokens,
        Count::TokensWithoutUser => {
            format!("{some_tokens} LEFT JOIN {users} u ON u.{id} = t.{owner} WHERE u.{id} IS NULL")
        }
        Count::TokensOfHiddenUsers => format!("{some_tokens} {of_user} WHERE {hidden}"),
        Count::TokensOfInactiveUsers => format!("{some_tokens} {of_user} WHERE {inactive}"),
        Count::UsersOfSeveralTokens => format!(
            "(SELECT t.{owner} FROM {some_tokens} GROUP BY t.{owner} HAVING COUNT(*) > 1) several"
        ),
    };
    let binds = matches!(what, Count::HiddenUsers | Count::TokensOfHiddenUsers);
    let texts = if binds { search.texts } else { Vec::new() };
    (read(format!("SELECT {} FROM {rows}", dialect.text("COUNT(*)"))), texts)
}

/// Pairs of users of the same name among the newest that meet what is required of a row.
pub(in crate::store) fn same_names(
    dialect: Dialect,
    schema: &Schema,
    how: Sameness,
    among: u32,
    pairs: u32,
) -> Bound {
    let newest_users = newest_users(dialect, schema, among);
    let id = dialect.quote(&schema.user.id_column);
    let name = format!("u.{}", dialect.quote(&schema.user.username_field));
    let name = match (how, dialect) {
        (Sameness::Column, _) => name,
        (Sameness::Case, Dialect::Postgres) => format!("UPPER({})", dialect.text(&name)),
        (Sameness::Case, Dialect::MySql | Dialect::Sqlite) => format!("UPPER({name})"),
    };
    let key = dialect.text(&format!("u.{id}"));
    let Search { condition, texts } = requirement(dialect, &schema.user, 1);
    let statement = read(format!(
        "SELECT MIN({key}), MAX({key}) FROM {newest_users} WHERE {name} IS NOT NULL AND {condition} \
         GROUP BY {name} HAVING COUNT(*) > 1 LIMIT {pairs}"
    ));
    (statement, texts)
}

/// The newest users as a table, with the columns that an account may read who has the least grants.
fn newest_users(dialect: Dialect, schema: &Schema, among: u32) -> String {
    let columns = user_columns(&schema.user, schema.logs_in);
    let columns: Vec<_> = columns.iter().map(|column| dialect.quote(column)).collect();
    let (columns, users) = (columns.join(", "), dialect.table(&schema.user.table));
    let id = dialect.quote(&schema.user.id_column);
    format!("(SELECT {columns} FROM {users} ORDER BY {id} DESC LIMIT {among}) u")
}

/// Keys and passwords of so many users from the highest key down, below one that is bound.
pub(in crate::store) fn passwords(
    dialect: Dialect,
    schema: &Schema,
    below: bool,
    limit: u32,
) -> Statement {
    let users = dialect.table(&schema.user.table);
    let id = format!("u.{}", dialect.quote(&schema.user.id_column));
    let stored = dialect.stored_password(&schema.user);
    let (key, p1) = (dialect.text(&id), dialect.placeholder(1));
    let below = if below { format!("WHERE {id} < {p1}") } else { String::new() };
    read(format!("SELECT {key}, {stored} FROM {users} u {below} ORDER BY {id} DESC LIMIT {limit}"))
}

/// A table's configured name.
pub(in crate::store) fn name_of(schema: &Schema, table: Table) -> &str {
    match table {
        Table::Users => &schema.user.table,
        Table::Tokens => &schema.token.table,
    }
}

fn schema_of(table: &str) -> &str {
    table.split_once('.').map_or("", |(schema, _)| schema)
}
