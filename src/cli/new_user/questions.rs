//! What is asked in a terminal, and again until the answer will do.

use zeroize::Zeroizing;

use super::{Form, cleaned};
use crate::{
    app::operator::{Operator, capfirst, is_blank},
    cli::{CommandError, complain, system, terminal::Terminal},
};

impl Form<'_> {
    /// What is missing from the terminal.
    pub(super) async fn ask(self) -> anyhow::Result<()> {
        let mut terminal = Terminal::open()?;
        let username = self.ask_username(&mut terminal).await?;
        let mut email = self.email.clone().unwrap_or_default();
        if self.operator.has_email_field() {
            match &self.email {
                Some(email) => cleaned(&Operator::clean_email(email, &self.facts))?,
                None => email = self.ask_email(&mut terminal).await?,
            }
        }
        let password = self.ask_password(&mut terminal, &username, &email).await?;
        self.create(&username, &email, Some(&password)).await
    }

    async fn ask_username(&self, terminal: &mut Terminal) -> anyhow::Result<String> {
        let name = capfirst(&self.operator.username_verbose_name());
        let default = self.operator.default_username(&system::username()).await?;
        if let Some(username) = &self.username {
            if username.is_empty() {
                return Err(CommandError(format!("{name} cannot be blank.")).into());
            }
            match self.operator.refuse_username(username, &self.facts).await? {
                None => return Ok(username.clone()),
                Some(message) => complain(&message),
            }
        }
        let offered = default.as_ref().map(|name| format!(" (leave blank to use '{name}')"));
        let prompt = format!("{name}{}: ", offered.unwrap_or_default());
        loop {
            let answer = terminal.ask(&prompt).await?;
            let username = match &default {
                Some(default) if answer.is_empty() => default.clone(),
                _ => answer,
            };
            let messages = self.operator.clean_username(&username, &self.facts);
            if !messages.is_empty() {
                complain(&format!("Error: {}", messages.join("; ")));
                continue;
            }
            match self.operator.refuse_username(&username, &self.facts).await? {
                None => return Ok(username),
                Some(message) => complain(&message),
            }
        }
    }

    async fn ask_email(&self, terminal: &mut Terminal) -> anyhow::Result<String> {
        loop {
            let email = terminal.ask("Email address: ").await?;
            let messages = Operator::clean_email(&email, &self.facts);
            if messages.is_empty() {
                return Ok(email);
            }
            complain(&format!("Error: {}", messages.join("; ")));
        }
    }

    async fn ask_password(
        &self,
        terminal: &mut Terminal,
        username: &str,
        email: &str,
    ) -> anyhow::Result<Zeroizing<String>> {
        let mut user = vec![(self.operator.username_field().to_owned(), username.to_owned())];
        if self.operator.has_email_field() {
            user.push(("email".to_owned(), email.to_owned()));
        }
        loop {
            let password = terminal.ask_hidden("Password: ").await?;
            let again = terminal.ask_hidden("Password (again): ").await?;
            if *password != *again {
                complain("Error: Your passwords didn't match.");
                continue;
            }
            if is_blank(&password) {
                complain("Error: Blank passwords aren't allowed.");
                continue;
            }
            let messages = self.operator.refuse_password(&password, &user);
            if messages.is_empty() {
                return Ok(password);
            }
            complain(&messages.join("\n"));
            let question = "Bypass password validation and create user anyway? [y/N]: ";
            if terminal.ask(question).await?.to_lowercase() == "y" {
                return Ok(password);
            }
        }
    }
}
