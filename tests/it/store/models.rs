//! Users and tokens as projects' own models have them, and what may be asked of the database besides.

use drf_auth::{
    accounts::{
        UserId,
        grants::GrantTables,
        inspection::{Count, Deed, Sameness, Table},
        store::{SchemaError, StoreErrorKind},
    },
    store::{self, Condition, Literal, StoreOptions, Test, UsernameMatch},
};

use super::{ENCODED, KEY, key, options};
use crate::harness::{Backend, NewUser, TestDatabase};

fn condition(column: &str, test: Test) -> Condition {
    Condition { column: column.to_owned(), test }
}

fn is(column: &str, literal: Literal) -> Condition {
    condition(column, Test::In(vec![literal]))
}

/// Django's types of a boolean and a time.
fn types(database: &TestDatabase) -> (&'static str, &'static str) {
    match database.backend {
        Backend::Postgres => ("boolean", "timestamptz"),
        Backend::MySql => ("bool", "datetime(6)"),
        Backend::Sqlite => ("bool", "datetime"),
    }
}

/// `auth_user` with columns that managers filter by, and one user for each that they hide.
async fn with_hidden(database: &TestDatabase) -> StoreOptions {
    let (boolean, time) = types(database);
    database
        .execute(&format!(
            "ALTER TABLE auth_user ADD is_deleted {boolean}; ALTER TABLE auth_user ADD gone {time}; \
             ALTER TABLE auth_user ADD state varchar(20); ALTER TABLE auth_user ADD site integer"
        ))
        .await;
    for name in ["here", "deleted", "unknown", "gone", "left", "elsewhere"] {
        database.insert_user(NewUser::new(name, ENCODED)).await;
    }
    let no = if database.backend == Backend::Postgres { "false" } else { "0" };
    let yes = if database.backend == Backend::Postgres { "true" } else { "1" };
    database
        .execute(&format!(
            "UPDATE auth_user SET is_deleted = {no}, state = 'it''s', site = 3; \
             UPDATE auth_user SET is_deleted = {yes} WHERE username = 'deleted'; \
             UPDATE auth_user SET is_deleted = NULL WHERE username = 'unknown'; \
             UPDATE auth_user SET gone = '2024-01-02 03:04:05' WHERE username = 'gone'; \
             UPDATE auth_user SET state = 'left' WHERE username = 'left'; \
             UPDATE auth_user SET site = 4 WHERE username = 'elsewhere'"
        ))
        .await;
    let mut options = options(database);
    let states = ["hired", "it's"].map(|state| Literal::Text(state.to_owned()));
    options.user_model.require = vec![
        is("is_deleted", Literal::Bool(false)),
        condition("gone", Test::IsNull(true)),
        condition("state", Test::In(states.into())),
        is("site", Literal::Int(3)),
    ];
    options
}

pub(super) async fn a_row_that_a_manager_hides_is_nobody_but_its_token_is_good(
    database: &TestDatabase,
) {
    let options = with_hidden(database).await;
    let store = store::connect(&options).unwrap();
    store.check_schema().await.unwrap();
    assert!(store.find_user("here").await.unwrap().is_some());
    for name in ["deleted", "unknown", "gone", "left", "elsewhere", "nobody"] {
        assert!(store.find_user(name).await.unwrap().is_none(), "{name}");
    }
    let deleted = "SELECT CAST(id AS char(20)) FROM auth_user WHERE username = 'deleted'";
    let id: i64 = database.text(deleted).await.trim().parse().unwrap();
    database.insert_token(KEY, id).await;
    let owner = store.find_token_owner(KEY).await.unwrap().unwrap();
    assert_eq!(owner.user.username, "deleted");

    let inspector = store::inspector(&options).unwrap();
    let counts = [
        (Count::Users, 6),
        (Count::HiddenUsers, 5),
        (Count::Tokens, 1),
        (Count::TokensOfHiddenUsers, 1),
        (Count::TokensOfInactiveUsers, 0),
        (Count::TokensWithoutUser, 0),
        (Count::UsersOfSeveralTokens, 0),
    ];
    for (what, expected) in counts {
        assert_eq!(inspector.count(what, 1000).await.unwrap(), expected, "{what:?}");
    }
    assert_eq!(inspector.count(Count::Users, 2).await.unwrap(), 2);
}

pub(super) async fn a_requirement_that_does_not_fit_is_told(database: &TestDatabase) {
    for (required, part) in [
        (is("no_such", Literal::Int(1)), "has no column no_such"),
        (is("is_active", Literal::Text("x".into())), "not compared with text"),
        (is("username", Literal::Bool(true)), "not compared with true or false"),
        (is("username", Literal::Int(0)), "not compared with a number"),
    ] {
        let mut options = options(database);
        options.user_model.require = vec![required];
        let store = store::connect(&options).unwrap();
        let Err(SchemaError::Mismatch(sentences)) = store.check_schema().await else {
            panic!("it fits: {part}")
        };
        assert!(sentences[0].contains(part) && sentences[0].contains("user_model.require"));
        let error = store.find_user("alice").await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Schema);
    }
}

pub(super) async fn a_name_of_any_case_is_found_where_the_manager_finds_it(
    database: &TestDatabase,
) {
    let id = database.insert_user(NewUser::new("Ann_%\\@x.org", ENCODED)).await;
    database.insert_user(NewUser::new("Annxyz@x.org", ENCODED)).await;
    let mut options = options(database);
    options.user_model.username_match = UsernameMatch::IExact;
    let store = store::connect(&options).unwrap();
    for name in ["Ann_%\\@x.org", "ANN_%\\@X.ORG", "ann_%\\@x.org"] {
        let found = store.find_user(name).await.unwrap();
        assert_eq!(found.unwrap().id, UserId::Int(id), "{name}");
    }
    for name in ["", "%", "_", "Ann%", "Ann___@x.org", "ann_%@x.org", "Ann_%\\@x.org ", "😀"] {
        assert!(store.find_user(name).await.unwrap().is_none(), "{name}");
    }
    if database.backend == Backend::MySql {
        return;
    }
    database.insert_user(NewUser::new("ANNXYZ@x.org", ENCODED)).await;
    let error = store.find_user("annxyz@x.org").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Row);
    let inspector = store::inspector(&options).unwrap();
    let pairs = inspector.same_names(Sameness::Case, 1000, 10).await.unwrap();
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    assert!(inspector.same_names(Sameness::Column, 1000, 10).await.unwrap().is_empty());
    // Of two, one of whom is hidden, the other can log in.
    options.user_model.require = vec![is("is_staff", Literal::Bool(true))];
    let inspector = store::inspector(&options).unwrap();
    assert!(inspector.same_names(Sameness::Case, 1000, 10).await.unwrap().is_empty());
}

pub(super) async fn a_token_model_of_the_project_s_own_works(database: &TestDatabase) {
    let quote = if database.backend == Backend::MySql { '`' } else { '"' };
    database
        .execute(&format!(
            "CREATE TABLE badge ({quote}digits{quote} varchar(64) PRIMARY KEY, owner integer NOT NULL, \
             note varchar(9) NOT NULL)"
        ))
        .await;
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let mut options = options(database);
    options.token_model.table = "badge".into();
    options.token_model.key_column = "digits".into();
    options.token_model.user_column = "owner".into();
    options.token_model.created_column = String::new();
    let store = store::connect(&options).unwrap();
    store.check_schema().await.unwrap();
    let inspector = store::inspector(&options).unwrap();
    let columns = inspector.columns(Table::Tokens).await.unwrap();
    let column = |name: &str| columns.iter().find(|column| column.name == name).unwrap();
    assert!(column("digits").is_unique && !column("owner").is_unique);
    let length = (database.backend != Backend::Sqlite).then_some(64);
    assert_eq!((column("digits").length, column("owner").length), (length, None));
    assert!(column("note").is_required && column("owner").is_required);

    // Whoever finds out at a login is told that it is the table's fault.
    let user = UserId::Int(id);
    let error = store.get_or_create_token(&user, &key(KEY)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Constraint, "{error}");
    assert!(error.to_string().starts_with("the table does not take the row: "), "{error}");
    let note = if database.backend == Backend::Postgres {
        "ALTER TABLE badge ALTER COLUMN note SET DEFAULT ''"
    } else if database.backend == Backend::MySql {
        "ALTER TABLE badge ALTER note SET DEFAULT ''"
    } else {
        "ALTER TABLE badge DROP COLUMN note"
    };
    database.execute(note).await;
    let long = "0123456789abcdef".repeat(4);
    let token = store.get_or_create_token(&user, &key(&long)).await.unwrap().unwrap();
    assert_eq!(token.expose(), long);
    if database.backend != Backend::Sqlite {
        let other = UserId::Int(database.insert_user(NewUser::new("bob", ENCODED)).await);
        let error = store.get_or_create_token(&other, &key(&long.repeat(2))).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Constraint, "{error}");
    }
    let owner = store.find_token_owner(&long).await.unwrap().unwrap();
    assert_eq!(owner.user.id, user);
    assert!(store.delete_token(&key(&long)).await.unwrap());
    let columns = inspector.columns(Table::Tokens).await.unwrap();
    assert!(columns.iter().all(|column| column.name != "note" || !column.is_required));
}

pub(super) async fn the_tables_that_are_asked_for_are_found(database: &TestDatabase) {
    database.execute("CREATE TABLE axes_accessattempt (id integer)").await;
    let inspector = store::inspector(&options(database)).unwrap();
    let names = ["mfa_authenticator", "axes_accessattempt", "auth_user"];
    let found = inspector.existing_tables(&names).await.unwrap();
    assert_eq!(found, ["auth_user", "axes_accessattempt"]);
    assert!(inspector.existing_tables(&[]).await.unwrap().is_empty());
    let server = inspector.server().await.unwrap();
    assert!(!server.version.is_empty());
    assert!(server.clock_ahead.unwrap_or_default().abs() < 60_000);
}

pub(super) async fn stored_passwords_are_read_page_by_page(database: &TestDatabase) {
    for number in 0..5 {
        database.insert_user(NewUser::new(&format!("u{number}"), &format!("p{number}"))).await;
    }
    let inspector = store::inspector(&options(database)).unwrap();
    let (mut read, mut last) = (Vec::new(), None);
    loop {
        let page = inspector.passwords(last.as_ref(), 2).await.unwrap();
        let Some((id, _)) = page.last() else { break };
        last = Some(id.clone());
        read.extend(page.into_iter().map(|(_, password)| password.expose().to_owned()));
    }
    assert_eq!(read, ["p4", "p3", "p2", "p1", "p0"]);
}

pub(super) async fn nothing_is_done_to_find_out_what_may_be_done(database: &TestDatabase) {
    database.insert_user(NewUser::new("alice", ENCODED)).await;
    let inspector = store::inspector(&options(database)).unwrap();
    let deeds = [
        Deed::ReadUsers,
        Deed::ReadTokens,
        Deed::AddTokens,
        Deed::DeleteTokens,
        Deed::UpgradePasswords,
    ];
    for deed in deeds {
        assert!(inspector.may(deed).await.unwrap(), "{deed:?}");
    }
    assert!(database.tokens().await.is_empty());
    assert_eq!(database.text("SELECT password FROM auth_user").await, ENCODED);
    let tables = GrantTables { permissions: true, groups: true };
    let grants = inspector.least_grants(&deeds, tables, "'x'").await.unwrap();
    assert_eq!(grants.is_empty(), database.backend == Backend::Sqlite);
}

/// The statements that the doctor prints are enough, and no less would be.
pub(super) async fn the_least_grants_are_enough(database: &TestDatabase) {
    let Some(account) = database.account().await else { return };
    let id = database.insert_user(NewUser::new("alice", ENCODED)).await;
    let owner = store::inspector(&options(database)).unwrap();
    let some = [Deed::ReadUsers, Deed::ReadTokens];
    let all = [Deed::AddTokens, Deed::DeleteTokens, Deed::UpgradePasswords];
    let tables = GrantTables { permissions: true, groups: true };
    let mut options = options(database);
    options.url = account.url.parse().unwrap();

    // For tokens alone no password need be readable: not to find out whether the tables fit, either.
    let tokens = [Deed::ReadTokens];
    for grant in
        owner.least_grants(&tokens, GrantTables::default(), &account.grantee).await.unwrap()
    {
        database.execute(&grant).await;
    }
    let mut checks = options.clone();
    checks.logs_in = false;
    let store = store::connect(&checks).unwrap();
    store.check_schema().await.unwrap();
    assert!(store.find_token_owner(KEY).await.unwrap().is_none());
    assert_eq!(store.find_user("alice").await.unwrap_err().kind(), StoreErrorKind::Denied);
    store.close().await;

    for grant in owner.least_grants(&some, tables, &account.grantee).await.unwrap() {
        database.execute(&grant).await;
    }
    let inspector = store::inspector(&options).unwrap();
    for deed in some {
        assert!(inspector.may(deed).await.unwrap(), "{deed:?}");
    }
    for deed in all {
        assert!(!inspector.may(deed).await.unwrap(), "{deed:?}");
    }
    inspector.close().await;
    for grant in owner.least_grants(&all, tables, &account.grantee).await.unwrap() {
        database.execute(&grant).await;
    }
    let inspector = store::inspector(&options).unwrap();
    for deed in some.into_iter().chain(all) {
        assert!(inspector.may(deed).await.unwrap(), "{deed:?}");
    }
    assert_eq!(inspector.count(Count::Users, 10).await.unwrap(), 1);
    assert_eq!(inspector.passwords(None, 10).await.unwrap().len(), 1);

    let store = store::connect(&options).unwrap();
    store.check_schema().await.unwrap();
    store.check_grants(tables).await.unwrap();
    let user = store.find_user("alice").await.unwrap().unwrap();
    let new = super::encoded("new");
    assert!(store.upgrade_password(&user.id, &user.password, &new).await.unwrap());
    let token = store.get_or_create_token(&UserId::Int(id), &key(KEY)).await.unwrap().unwrap();
    assert!(store.find_token_owner(KEY).await.unwrap().is_some());
    assert!(store.delete_token(&token).await.unwrap());
    store.close().await;
    inspector.close().await;
    account.remove(database).await;
}
