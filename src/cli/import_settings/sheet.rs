//! The file in the making: sections of commented keys, and the decisions that are left to a person.

use std::fmt::Write as _;

use super::literal::{Key, Literal};
use crate::config::{Config, ConfigError, is_decision};

/// How wide comments are.
const WIDTH: usize = 100;

/// The decision on what no key holds.
const LEFT_OUT: &str = "left_out";

/// What happens where the configuration does not take a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// There is no file without it.
    Essential,
    /// A person makes this decision.
    Decided(&'static str),
    /// It is what holds anyway.
    Default,
    /// It stays, and the configuration itself says what a person must write beside it.
    Standing,
    /// A person has written it, and the configuration says itself what is wrong with it.
    Kept,
}

/// What became of a mistake.
enum Fate {
    LeftOut,
    Stands,
    Unknown,
}

enum Line {
    Comment(String),
    Entry { key: String, value: Literal, weight: Weight },
    LeftOut { key: String, value: Literal, problem: String },
}

impl Line {
    fn is_kept(&self) -> bool {
        matches!(self, Self::Entry { weight: Weight::Kept, .. })
    }
}

struct Section {
    name: String,
    lines: Vec<Line>,
}

/// An answer to a decision, in a former file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) name: String,
    pub(super) words: String,
    /// The lines of the comment above it.
    pub(super) reasons: Vec<String>,
}

impl Answer {
    /// Whether it was given in view of all of these.
    fn is_to(&self, reasons: &str) -> bool {
        reasons.lines().all(|line| self.reasons.iter().any(|known| known == line))
    }
}

/// The file in the making.
#[derive(Default)]
pub(super) struct Sheet {
    sections: Vec<Section>,
    decisions: Vec<(&'static str, Vec<String>)>,
    notes: Vec<String>,
}

impl Sheet {
    /// What follows belongs to `[name]`; to no section where it is empty.
    pub(super) fn section(&mut self, name: &str) {
        self.sections.push(Section { name: name.to_owned(), lines: Vec::new() });
    }

    fn push(&mut self, line: Line) {
        if let Some(section) = self.sections.last_mut() {
            section.lines.push(line);
        }
    }

    /// A comment, wrapped; `""` is an empty line.
    pub(super) fn comment(&mut self, text: impl Into<String>) {
        self.push(Line::Comment(text.into()));
    }

    fn entry(&mut self, key: &str, value: Literal, weight: Weight) {
        self.push(Line::Entry { key: key.to_owned(), value, weight });
    }

    /// A key. Where the configuration does not take it, a person decides.
    pub(super) fn set(&mut self, key: &str, value: impl Into<Literal>) {
        self.set_or_decide(key, value, LEFT_OUT);
    }

    /// A key. Where the configuration does not take it, a person makes this decision.
    pub(super) fn set_or_decide(
        &mut self,
        key: &str,
        value: impl Into<Literal>,
        decision: &'static str,
    ) {
        debug_assert!(is_decision(decision), "{decision}");
        self.entry(key, value.into(), Weight::Decided(decision));
    }

    /// A key without which there is no file.
    pub(super) fn set_essential(&mut self, key: &str, value: impl Into<Literal>) {
        self.entry(key, value.into(), Weight::Essential);
    }

    /// A key; where the value is `default` it may be missing.
    pub(super) fn set_beside_default(
        &mut self,
        key: &str,
        value: impl Into<Literal>,
        default: impl Into<Literal>,
    ) {
        let value = value.into();
        let weight =
            if value == default.into() { Weight::Default } else { Weight::Decided(LEFT_OUT) };
        self.entry(key, value, weight);
    }

    /// A key that may have to be answered by another one before the service starts.
    pub(super) fn set_standing(&mut self, key: &str, value: impl Into<Literal>) {
        self.entry(key, value.into(), Weight::Standing);
    }

    /// Whether the section is in the file, be it empty.
    pub(super) fn has_section(&self, section: &str) -> bool {
        self.sections.iter().any(|known| known.name == section)
    }

    /// What the file says of the key.
    pub(super) fn value(&self, section: &str, key: &str) -> Option<&Literal> {
        let sections = self.sections.iter().filter(|known| known.name == section);
        sections.flat_map(|known| &known.lines).find_map(|line| match line {
            Line::Entry { key: known, value, .. } if known == key => Some(value),
            _ => None,
        })
    }

    /// A key that a person has written into the file before this one.
    pub(super) fn keep(&mut self, section: &str, key: &str, value: Literal) {
        if !self.has_section(section) {
            self.section(section);
        }
        let Some(section) = self.sections.iter_mut().find(|known| known.name == section) else {
            return;
        };
        if !section.lines.iter().any(Line::is_kept) {
            section
                .lines
                .push(Line::Comment("Kept from the file that was here before:".to_owned()));
        }
        section.lines.push(Line::Entry { key: key.to_owned(), value, weight: Weight::Kept });
    }

    /// What was kept.
    pub(super) fn kept(&self) -> impl Iterator<Item = String> {
        self.sections.iter().flat_map(|section| {
            section.lines.iter().filter(|line| line.is_kept()).filter_map(|line| match line {
                Line::Entry { key, .. } => Some(whole_key(&section.name, key)),
                _ => None,
            })
        })
    }

    /// Leaves a decision to a person. `detail` says what was seen.
    pub(super) fn decide(&mut self, name: &'static str, detail: impl Into<String>) {
        debug_assert!(is_decision(name), "{name}");
        let detail = detail.into();
        match self.decisions.iter_mut().find(|(known, _)| *known == name) {
            Some((_, details)) => details.push(detail),
            None => self.decisions.push((name, vec![detail])),
        }
    }

    /// Something that whoever asks is to be told.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// What whoever asks is to be told.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The names of the decisions that are open, in the order of the file.
    pub(super) fn open(&self, answers: &[Answer]) -> impl Iterator<Item = &'static str> {
        self.decisions.iter().filter_map(|(name, details)| {
            let answer = answers.iter().find(|answer| answer.name == *name);
            (!answer.is_some_and(|answer| answer.is_to(&reasons(details)))).then_some(*name)
        })
    }

    /// The names of those that were answered when their reasons were others.
    pub(super) fn changed(&self, answers: &[Answer]) -> impl Iterator<Item = &'static str> {
        self.open(answers).filter(|name| answers.iter().any(|answer| answer.name == *name))
    }

    /// Takes out what the configuration does not take. What is left to say of it, the service says.
    ///
    /// # Errors
    /// Where it does not take what there is no file without: a sentence.
    pub(super) fn settle(&mut self) -> Result<Vec<String>, String> {
        loop {
            let Err(errors) = Config::check(&self.text(&[])) else { return Ok(Vec::new()) };
            let mut standing = Vec::new();
            for error in &errors {
                match self.leave_out(error)? {
                    Fate::LeftOut => {}
                    Fate::Stands => standing.push(error.to_string()),
                    Fate::Unknown => {
                        return Err(format!(
                            "what the project says makes no configuration: {error}"
                        ));
                    }
                }
            }
            if standing.len() == errors.iter().len() {
                return Ok(standing);
            }
        }
    }

    fn leave_out(&mut self, error: &ConfigError) -> Result<Fate, String> {
        for section in &mut self.sections {
            for line in &mut section.lines {
                let Line::Entry { key, value, weight } = line else { continue };
                let whole = whole_key(&section.name, key);
                if whole != error.key() {
                    continue;
                }
                let problem = error.problem().to_string();
                let decision = match *weight {
                    Weight::Essential => {
                        return Err(format!("{whole} would be {value}: {problem}"));
                    }
                    Weight::Standing | Weight::Kept => return Ok(Fate::Stands),
                    Weight::Decided(decision) => Some(decision),
                    Weight::Default => None,
                };
                let (key, value) = (key.clone(), value.clone());
                *line = match decision {
                    Some(_) => Line::LeftOut { key, value, problem: problem.clone() },
                    None => Line::Comment(format!("{} = {value}", Key(&key))),
                };
                if let Some(decision) = decision {
                    self.decide(decision, format!("{whole}: {problem}."));
                }
                return Ok(Fate::LeftOut);
            }
        }
        Ok(Fate::Unknown)
    }

    /// The file. Answers that were given before stay where the reasons are the same.
    pub(super) fn text(&self, answers: &[Answer]) -> String {
        let mut text = String::new();
        for section in self.sections.iter().filter(|section| !section.lines.is_empty()) {
            if !section.name.is_empty() {
                let _ = write!(text, "\n[{}]\n", section.name);
            }
            for line in &section.lines {
                write_line(&mut text, line);
            }
        }
        if !self.decisions.is_empty() {
            text.push_str("\n[decisions]\n");
            comment(
                &mut text,
                "What this service does not do as the project does. `drf-auth serve` starts when each has \
                a few words of yours in its quotes: why that is right here, or what was done about it.",
            );
        }
        for (name, details) in &self.decisions {
            let reasons = reasons(details);
            let _ = write!(text, "\n{reasons}");
            let answer = answers.iter().find(|answer| answer.name == *name);
            let words = answer.map_or("", |answer| &answer.words);
            let is_answered = answer.is_none_or(|answer| answer.is_to(&reasons));
            if !is_answered {
                let words = Literal::from(words);
                comment(&mut text, &format!("Answered before, to other reasons: {words}"));
            }
            let words = Literal::from(if is_answered { words } else { "" });
            let _ = writeln!(text, "{name} = {words}");
        }
        text
    }
}

/// Whether the configuration takes this value where nothing else is written.
pub(super) fn is_taken(section: &str, key: &str, value: &Literal) -> bool {
    Config::check(&format!("[{section}]\n{key} = {value}\n")).is_ok()
}

fn whole_key(section: &str, key: &str) -> String {
    match section {
        "" => key.to_owned(),
        // As the reader of routes spells it.
        "routes" => format!("routes.{key:?}"),
        section => format!("{section}.{key}"),
    }
}

fn write_line(text: &mut String, line: &Line) {
    match line {
        Line::Comment(what) if what.is_empty() => text.push('\n'),
        Line::Comment(what) => comment(text, what),
        Line::Entry { key, value, .. } => {
            let _ = writeln!(text, "{} = {value}", Key(key));
        }
        Line::LeftOut { key, value, problem } => {
            comment(text, &format!("Left out ({problem}):"));
            let _ = writeln!(text, "# {} = {value}", Key(key));
        }
    }
}

/// The comment above a decision.
fn reasons(details: &[String]) -> String {
    let mut text = String::new();
    for detail in details {
        comment(&mut text, detail);
    }
    text
}

/// Wrapped, with nothing in it that a comment may not hold.
fn comment(text: &mut String, what: &str) {
    let mut width = 0;
    for word in what.split_whitespace() {
        let word: String = word
            .chars()
            .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
            .collect();
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            text.push('\n');
            width = 0;
        }
        text.push_str(if width == 0 { "# " } else { " " });
        text.push_str(&word);
        width += length + 1;
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_configuration_does_not_take_is_left_to_a_person() {
        let mut sheet = Sheet::default();
        sheet.section("");
        sheet.comment("a\u{1b}[31m\nb");
        sheet.set("listen", "nowhere");
        sheet.section("django");
        sheet.set("time_zone", "Mars/Olympus");
        sheet.set_essential("version", "5.2");
        sheet.set_beside_default("not_built", "x", "x");
        sheet.section("routes");
        sheet.set("/a/<int:b>/\"", "obtain_auth_token");
        sheet.set("/a/", "obtain_auth_token");
        sheet.settle().unwrap();
        let text = sheet.text(&[]);
        assert!(text.starts_with("# a\\u{1b}[31m b\n# Left out (\"nowhere\" is no IP"), "{text}");
        assert!(
            text.contains("# time_zone = \"Mars/Olympus\"\nversion = \"5.2\"\n# not_built"),
            "{text}"
        );
        assert!(text.contains("\nleft_out = \"\"\n"), "{text}");
        assert_eq!(sheet.open(&[]).collect::<Vec<_>>(), ["left_out"]);
        let (before, _) = text.split_once("\nleft_out = ").unwrap();
        let (_, above) = before.rsplit_once("\n\n").unwrap();
        let answer = |reasons: &str| Answer {
            name: "left_out".to_owned(),
            words: "so be \"it\"".to_owned(),
            reasons: reasons.lines().map(str::to_owned).collect(),
        };
        // A comment of one's own beside it is no other reason.
        let kept = [answer(&format!("# I say\n{above}"))];
        assert!(sheet.text(&kept).contains("left_out = \"so be \\\"it\\\"\"\n"));
        assert_eq!((sheet.open(&kept).count(), sheet.changed(&kept).count()), (0, 0));
        let other = [answer("# listen: \"elsewhere\" is no address.")];
        let text = sheet.text(&other);
        let asked = "# Answered before, to other reasons: \"so be \\\"it\\\"\"\nleft_out = \"\"\n";
        assert!(text.ends_with(asked), "{text}");
        assert_eq!(sheet.open(&other).collect::<Vec<_>>(), ["left_out"]);
        assert_eq!(sheet.changed(&other).collect::<Vec<_>>(), ["left_out"]);
    }

    #[test]
    fn there_is_no_file_without_the_essentials() {
        let mut sheet = Sheet::default();
        sheet.section("user_model");
        sheet.set_essential("table", "my-users");
        let sentence = sheet.settle().unwrap_err();
        assert!(sentence.starts_with("user_model.table would be \"my-users\": "), "{sentence}");
    }
}
