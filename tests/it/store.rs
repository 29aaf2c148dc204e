//! The account store: one suite, run on each engine, and what only one engine has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says when it is skipped"
)]

use std::sync::Arc;

use drf_auth::{
    accounts::{EncodedPassword, TokenKey, store::AccountStore},
    store::{self, StoreOptions},
};

use crate::harness::TestDatabase;

/// One test a function of this name and backend.
macro_rules! on {
    ($backend:expr; $($name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(database) = $crate::harness::database($backend).await {
                    $crate::store::suite::$name(&database).await;
                }
            }
        )*
    };
}

/// The whole suite on one backend.
macro_rules! store_suite {
    ($backend:expr) => {
        on! { $backend;
            a_default_schema_fits,
            a_user_is_found_by_name,
            nobody_is_found_by_another_name,
            null_and_missing_columns_read_as_django_reads_them,
            a_token_is_found_with_its_owner,
            a_first_login_makes_a_row_and_the_next_finds_it,
            first_logins_at_once_leave_one_row,
            a_vanished_user_gets_no_token,
            a_user_deleted_at_the_same_time_gets_no_token,
            a_key_of_another_user_is_never_overwritten,
            a_password_is_replaced_only_where_it_is_still_the_old_one,
            a_password_changed_at_the_same_time_stays,
            a_token_is_deleted_by_its_exact_key,
            the_newest_passwords_come_first,
            of_a_long_password_no_more_is_read_than_shows_that_it_is_long,
            text_that_no_row_can_hold_matches_no_row,
            two_users_of_one_name_are_an_error,
            created_is_written_as_django_writes_it,
            a_schema_that_does_not_fit_is_told_in_sentences,
            a_store_heals_when_its_tables_come_back,
            a_changed_column_type_is_no_error,
            other_tables_and_text_keys_work,
            a_cancelled_call_leaves_a_usable_connection,
            calls_beyond_the_pool_wait_for_their_turn,
            a_closed_store_is_unavailable,
            look_ups_at_once_answer_as_one_by_one,
            a_key_of_two_rows_disturbs_no_other,
            no_answer_is_older_than_its_question,
            grants_at_once_answer_as_one_by_one,
            grants_of_users_with_text_keys,
            no_grant_is_older_than_its_question,
            permissions_that_cannot_be_read_cost_token_checks_nothing,
            a_row_that_a_manager_hides_is_nobody_but_its_token_is_good,
            a_requirement_that_does_not_fit_is_told,
            a_name_of_any_case_is_found_where_the_manager_finds_it,
            a_token_model_of_the_project_s_own_works,
            the_tables_that_are_asked_for_are_found,
            stored_passwords_are_read_page_by_page,
            nothing_is_done_to_find_out_what_may_be_done,
            the_least_grants_are_enough,
        }
    };
}

mod connect;
mod migrations;
mod models;
mod mysql;
mod pgbouncer;
mod postgres;
mod shared_grants;
mod sharing;
mod sqlite;
mod suite;

const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
const ENCODED: &str = "pbkdf2_sha256$1$salt$AbCdEf+/=";

fn options(database: &TestDatabase) -> StoreOptions {
    StoreOptions::new(database.url().parse().unwrap())
}

fn connect(database: &TestDatabase) -> Arc<dyn AccountStore> {
    store::connect(&options(database)).unwrap()
}

fn key(text: &str) -> TokenKey {
    TokenKey::new(text)
}

fn encoded(text: &str) -> EncodedPassword {
    EncodedPassword::new(text)
}

/// A user model with nothing but what it must have.
fn member_options(database: &TestDatabase) -> StoreOptions {
    let mut options = options(database);
    options.user_model.table = "member".into();
    options.user_model.username_field = "email".into();
    options.user_model.password_column = "pass".into();
    options.user_model.is_active_column = String::new();
    options.user_model.is_staff_column = String::new();
    options.user_model.is_superuser_column = String::new();
    options.user_model.email_column = String::new();
    options
}
