//! The rows: names that are the same, stored passwords, tokens that nobody has.

use std::collections::BTreeMap;

use super::{AMONG, Diagnosis, Level, Patient};
use crate::{
    accounts::{
        EncodedPassword, UserId,
        inspection::{Count, Sameness},
        store::StoreError,
    },
    app::hashing,
    config::{Config, UsernameMatch},
    django::hashers::{Hashers, StoredPassword},
};

/// Passwords that are read at once.
const PAGE: u32 = 2000;

/// Pairs of users that are looked for.
const PAIRS: u32 = 100;

/// Users whose keys are told.
const EXAMPLES: usize = 5;

impl Patient<'_> {
    pub(super) async fn rows(&self, diagnosis: &mut Diagnosis) {
        let looked = self.users(diagnosis).await;
        told("users", looked, diagnosis);
        if self.logs_in() {
            let looked = self.names(diagnosis).await;
            told("names", looked, diagnosis);
            let looked = self.passwords(diagnosis).await;
            told("passwords", looked, diagnosis);
        }
        let looked = self.tokens(diagnosis).await;
        told("tokens", looked, diagnosis);
    }

    async fn count(&self, what: Count) -> Result<u64, StoreError> {
        self.inspector.count(what, AMONG).await
    }

    async fn users(&self, diagnosis: &mut Diagnosis) -> Result<(), StoreError> {
        let users = self.count(Count::Users).await?;
        let sample =
            if users >= u64::from(AMONG) { " (of more, the newest were looked at)" } else { "" };
        diagnosis.say(Level::Ok, "users", format!("users: {users}{sample}"));
        Ok(())
    }

    async fn names(&self, diagnosis: &mut Diagnosis) -> Result<(), StoreError> {
        let subject = "names";
        let hidden = self.count(Count::HiddenUsers).await?;
        let text = format!("users who do not meet user_model.require and cannot log in: {hidden}");
        diagnosis.count(Level::Note, subject, hidden, text);
        let alike = "groups of users whose names are the same, who cannot log in";
        same(diagnosis, Level::Warning, &self.same_names(Sameness::Column).await?, alike);
        let iexact = self.config.user_model.username_match == UsernameMatch::IExact;
        let (level, alike) = if iexact {
            let alike = "groups of users whose names differ by case alone, who cannot log in \
                         (username_match is \"iexact\")";
            (Level::Warning, alike)
        } else {
            (Level::Note, "groups of users whose names differ by case alone")
        };
        same(diagnosis, level, &self.same_names(Sameness::Case).await?, alike);
        Ok(())
    }

    async fn same_names(&self, how: Sameness) -> Result<Vec<(String, String)>, StoreError> {
        self.inspector.same_names(how, AMONG, PAIRS).await
    }

    async fn tokens(&self, diagnosis: &mut Diagnosis) -> Result<(), StoreError> {
        let subject = "tokens";
        let tokens = self.count(Count::Tokens).await?;
        let sample =
            if tokens >= u64::from(AMONG) { " (of more, so many were looked at)" } else { "" };
        diagnosis.say(Level::Ok, subject, format!("tokens: {tokens}{sample}"));
        let counted = [
            (Count::TokensWithoutUser, Level::Warning, "tokens of no user, which let nobody in"),
            (Count::TokensOfInactiveUsers, Level::Note, "tokens of users who are not active"),
        ];
        let of_logins = [
            (
                Count::TokensOfHiddenUsers,
                Level::Warning,
                "tokens of users whom user_model.require hides, which are good, as in Django",
            ),
            (
                Count::UsersOfSeveralTokens,
                Level::Warning,
                "users of several tokens, whose logins are answered 503",
            ),
        ];
        let of_logins = of_logins.into_iter().filter(|_| self.logs_in());
        for (what, level, text) in counted.into_iter().chain(of_logins) {
            let count = self.count(what).await?;
            diagnosis.count(level, subject, count, format!("{text}: {count}"));
        }
        Ok(())
    }

    async fn passwords(&self, diagnosis: &mut Diagnosis) -> Result<(), StoreError> {
        let hashers = match hashing::hashers(self.config) {
            Ok(hashers) => hashers,
            Err(error) => {
                diagnosis.say(Level::Error, "passwords", error.to_string());
                return Ok(());
            }
        };
        for sentence in hashing::of_other_versions(self.config) {
            diagnosis.say(Level::Note, "passwords", sentence);
        }
        for sentence in hashing::of_memory(self.config, &hashers) {
            diagnosis.say(Level::Warning, "passwords", sentence);
        }
        let mut ward = Ward::default();
        let mut last: Option<UserId> = None;
        while ward.seen < u64::from(AMONG) {
            let page = self.inspector.passwords(last.as_ref(), PAGE).await?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            for (id, encoded) in page {
                ward.admit(self.config, &hashers, &id, &encoded);
                last = Some(id);
            }
            if is_last {
                break;
            }
        }
        ward.report(self.config, diagnosis);
        Ok(())
    }
}

/// Stored passwords, by what is to be said of them.
#[derive(Default)]
struct Ward {
    seen: u64,
    unusable: u64,
    kinds: BTreeMap<(String, Fate), u64>,
    /// Who cannot log in, by the reason: how many, and some of them.
    lost: BTreeMap<String, (u64, Vec<String>)>,
}

/// What becomes of a stored password at a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Current,
    Upgraded,
    Kept,
}

impl Ward {
    fn admit(
        &mut self,
        config: &Config,
        hashers: &Hashers,
        id: &UserId,
        encoded: &EncodedPassword,
    ) {
        self.seen += 1;
        let reason = match hashers.look_at(encoded.expose()) {
            StoredPassword::Unusable => {
                self.unusable += 1;
                return;
            }
            StoredPassword::Sound { kind, must_update, would_lower_cost } => {
                let fate = match (must_update, would_lower_cost) {
                    (false, _) => Fate::Current,
                    (true, false) => Fate::Upgraded,
                    (true, true) => Fate::Kept,
                };
                *self.kinds.entry((kind, fate)).or_default() += 1;
                return;
            }
            StoredPassword::OfNoHasher if encoded.expose().is_empty() => "it is empty".to_owned(),
            StoredPassword::OfNoHasher => hashing::unsupported(config, hashers, encoded.expose())
                .unwrap_or_else(|| "it is no password that Django has encoded".to_owned()),
            StoredPassword::Malformed(reason) => reason.to_string(),
            StoredPassword::Impossible => "its hasher never writes such a text".to_owned(),
        };
        let (count, examples) = self.lost.entry(reason).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(id.to_string());
        }
    }

    fn report(self, config: &Config, diagnosis: &mut Diagnosis) {
        let subject = "passwords";
        let upgrades = config.django.upgrades_passwords();
        for ((kind, fate), count) in self.kinds {
            let (level, what) = match fate {
                Fate::Current => (Level::Ok, "as the configuration has it"),
                Fate::Upgraded if upgrades => (Level::Note, "encoded anew at the next login"),
                Fate::Upgraded => (
                    Level::Note,
                    "Django would encode it anew at a login; upgrade_passwords is false",
                ),
                Fate::Kept => (
                    Level::Warning,
                    "costs more than the configuration's: kept here, but a login in Django with these \
                     settings lowers it; is django.version right?",
                ),
            };
            diagnosis.count(level, subject, count, format!("{count} of {kind}: {what}"));
        }
        let text = format!("{} unusable, as set_unusable_password() leaves them", self.unusable);
        diagnosis.count(Level::Note, subject, self.unusable, text);
        for (reason, (count, examples)) in self.lost {
            let users = examples.join(", ");
            let more = if count > EXAMPLES as u64 { ", …" } else { "" };
            let text = format!("{count} that no password matches: {reason} (users {users}{more})");
            diagnosis.count(Level::Warning, subject, count, text);
        }
    }
}

fn same(diagnosis: &mut Diagnosis, level: Level, pairs: &[(String, String)], what: &str) {
    let examples: Vec<_> =
        pairs.iter().take(EXAMPLES).map(|(one, other)| format!("{one} and {other}")).collect();
    let count = u64::try_from(pairs.len()).unwrap_or(u64::MAX);
    let at_least = if count >= u64::from(PAIRS) { "at least " } else { "" };
    let more = if pairs.len() > EXAMPLES { ", …" } else { "" };
    let examples = examples.join(", ");
    let text = format!("{what}: {at_least}{count} (users {examples}{more})");
    diagnosis.count(level, "names", count, text);
}

/// What kept a table from being looked at is said once, whatever was to be seen there.
fn told(subject: &'static str, looked: Result<(), StoreError>, diagnosis: &mut Diagnosis) {
    if let Err(error) = looked {
        diagnosis.say(Level::Warning, subject, format!("not looked at: {error}"));
    }
}
