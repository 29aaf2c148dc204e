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
    pub(super) async fn names(&self, diagnosis: &mut Diagnosis) {
        let subject = "names";
        if let Some(users) = self.count(diagnosis, subject, Count::Users).await {
            let sample = if users >= u64::from(AMONG) {
                " (of more, the newest were looked at)"
            } else {
                ""
            };
            diagnosis.say(Level::Ok, subject, format!("{users} users{sample}"));
        }
        if let Some(hidden) = self.count(diagnosis, subject, Count::HiddenUsers).await {
            let text = format!("{hidden} users do not meet user_model.require: they cannot log in");
            diagnosis.count(Level::Note, subject, hidden, text);
        }
        let iexact = self.config.user_model.username_match == UsernameMatch::IExact;
        for (how, level, what) in [
            (Sameness::Column, Level::Warning, "have the same name as others and cannot log in"),
            (
                Sameness::Case,
                if iexact { Level::Warning } else { Level::Note },
                if iexact {
                    "have names that differ from others' by case alone and cannot log in \
                     (username_match is \"iexact\")"
                } else {
                    "have names that differ from others' by case alone"
                },
            ),
        ] {
            match self.inspector.same_names(how, AMONG, PAIRS).await {
                Ok(pairs) => same(diagnosis, level, &pairs, what),
                Err(error) => diagnosis.say(Level::Warning, subject, not_looked_at(&error)),
            }
        }
    }

    async fn count(
        &self,
        diagnosis: &mut Diagnosis,
        subject: &'static str,
        what: Count,
    ) -> Option<u64> {
        match self.inspector.count(what, AMONG).await {
            Ok(count) => Some(count),
            Err(error) => {
                diagnosis.say(Level::Warning, subject, not_looked_at(&error));
                None
            }
        }
    }

    pub(super) async fn tokens(&self, diagnosis: &mut Diagnosis) {
        let subject = "tokens";
        if let Some(tokens) = self.count(diagnosis, subject, Count::Tokens).await {
            let sample =
                if tokens >= u64::from(AMONG) { " (of more, so many were looked at)" } else { "" };
            diagnosis.say(Level::Ok, subject, format!("{tokens} tokens{sample}"));
        }
        for (what, level, text) in [
            (
                Count::TokensWithoutUser,
                Level::Warning,
                "belong to no user: nobody is let in by them",
            ),
            (
                Count::TokensOfHiddenUsers,
                Level::Warning,
                "belong to users whom user_model.require hides: they are good, as in Django",
            ),
            (Count::TokensOfInactiveUsers, Level::Note, "belong to users who are not active"),
        ] {
            if let Some(count) = self.count(diagnosis, subject, what).await {
                diagnosis.count(level, subject, count, format!("{count} tokens {text}"));
            }
        }
        if let Some(users) = self.count(diagnosis, subject, Count::UsersOfSeveralTokens).await {
            let text = format!("{users} users have several tokens: their logins are answered 503");
            diagnosis.count(Level::Warning, subject, users, text);
        }
    }

    pub(super) async fn passwords(&self, diagnosis: &mut Diagnosis) {
        let subject = "passwords";
        let hashers = match hashing::hashers(self.config) {
            Ok(hashers) => hashers,
            Err(error) => return diagnosis.say(Level::Error, subject, error.to_string()),
        };
        let mut ward = Ward::default();
        let mut last: Option<UserId> = None;
        while ward.seen < u64::from(AMONG) {
            let page = match self.inspector.passwords(last.as_ref(), PAGE).await {
                Ok(page) => page,
                Err(error) => return diagnosis.say(Level::Warning, subject, not_looked_at(&error)),
            };
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
    let text = format!("{at_least}{count} groups of users {what} (users {examples}{more})");
    diagnosis.count(level, "names", count, text);
}

fn not_looked_at(error: &StoreError) -> String {
    format!("not looked at: {error}")
}
