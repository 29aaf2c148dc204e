//! Answers, counted by view and status.

use std::fmt;

use axum::http::StatusCode;

use super::{Target, View};
use crate::metrics::{Counter, Family, Labels, Registry};

/// Whatever gives an answer, as metrics and logs name it; `none` is a path without a view, `gate` what
/// refuses a request before its path is looked at.
const VIEWS: [&str; 7] =
    ["obtain_auth_token", "login", "profile", "logout", "verify", "none", "gate"];

/// The statuses that there are; any other is counted as the last.
const STATUSES: [(u16, &str); 16] = [
    (200, "200"),
    (204, "204"),
    (301, "301"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (406, "406"),
    (413, "413"),
    (414, "414"),
    (415, "415"),
    (500, "500"),
    (501, "501"),
    (503, "503"),
    (0, "other"),
];

/// A counter for each view and status, made before the first answer: counting is one addition.
#[derive(Clone)]
pub struct Answers {
    all: Family<Labels<2>, Counter>,
    counters: [[Counter; STATUSES.len()]; VIEWS.len()],
}

impl Default for Answers {
    fn default() -> Self {
        let all: Family<Labels<2>, Counter> = Family::default();
        let counters = VIEWS.map(|view| {
            STATUSES
                .map(|(_, status)| all.get_or_create_owned(&[("view", view), ("status", status)]))
        });
        Self { all, counters }
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}

impl Answers {
    /// Adds the counters to a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("http_responses", "Answers by view and status", self.all.clone());
    }

    /// Counts an answer of the target of a route.
    pub(super) fn count(&self, target: Option<&Target>, status: StatusCode) {
        self.add(target.map_or(5, index), status);
    }

    /// Counts a refusal before the routes.
    pub fn count_refusal(&self, status: StatusCode) {
        self.add(6, status);
    }

    fn add(&self, view: usize, status: StatusCode) {
        let at = STATUSES.iter().position(|(known, _)| *known == status.as_u16());
        let at = at.unwrap_or(STATUSES.len() - 1);
        if let Some(counter) = self.counters.get(view).and_then(|of_view| of_view.get(at)) {
            counter.inc();
        }
    }
}

const fn index(target: &Target) -> usize {
    match target {
        Target::View(View::ObtainAuthToken) => 0,
        Target::View(View::Login) => 1,
        Target::View(View::Profile) => 2,
        Target::View(View::Logout) => 3,
        Target::Verify(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{accounts::grants::Requirement, metrics};

    #[test]
    fn every_view_is_counted_under_its_name() {
        let answers = Answers::default();
        let views = [View::ObtainAuthToken, View::Login, View::Profile, View::Logout];
        let targets = views.map(Target::View).into_iter();
        let mut registry = metrics::registry();
        answers.register(metrics::ours(&mut registry));
        for target in targets.chain([Target::Verify(Requirement::default())]) {
            assert_eq!(VIEWS[index(&target)], target.name());
            answers.count(Some(&target), StatusCode::UNAUTHORIZED);
        }
        answers.count(None, StatusCode::NOT_FOUND);
        answers.count_refusal(StatusCode::IM_A_TEAPOT);
        let text = metrics::expose(&registry).unwrap();
        let counted = |view: &str, status: &str| {
            let one =
                format!("drf_auth_http_responses_total{{view=\"{view}\",status=\"{status}\"}} 1\n");
            assert!(text.contains(&one), "{view} {status}: {text}");
        };
        VIEWS[..5].iter().for_each(|view| counted(view, "401"));
        counted("none", "404");
        counted("gate", "other");
    }
}
