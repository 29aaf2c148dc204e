//! One question for all who wait with the same token.
//!
//! Whoever comes while a question is on its way waits for the next, which all who wait share: so nobody
//! gets an answer that was asked for before they came. The questions are asked in a task of their own:
//! whoever goes away takes nothing from the others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::Uri;
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    answer::{No, Yes},
    client::Client,
};

type Answer = Result<Yes, No>;

/// Questions on their way.
pub(super) struct Flights {
    client: Client,
    /// By URL and key, who waits for the next.
    waiting: Mutex<HashMap<Question, Vec<oneshot::Sender<Answer>>>>,
}

type Question = (Uri, Arc<str>);

impl Flights {
    pub(super) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self { client, waiting: Mutex::default() })
    }

    /// Asks the view at `url` for a key, alone or together with others.
    pub(super) async fn ask(self: &Arc<Self>, url: &Uri, key: &str) -> Answer {
        let answer = self.board((url.clone(), Arc::from(key)));
        answer.await.unwrap_or_else(|_| Err(No::unavailable("the question broke off")))
    }

    /// Waits with the others, or sets out.
    fn board(self: &Arc<Self>, question: Question) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let mut waiting = self.lock();
        if let Some(others) = waiting.get_mut(&question) {
            others.push(reply);
            return answer;
        }
        waiting.insert(question.clone(), Vec::new());
        drop(waiting);
        let flight = Flight { flights: Arc::clone(self), question, landed: false };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(flight.run(vec![reply]));
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Question, Vec<oneshot::Sender<Answer>>>> {
        // Nothing that holds the lock can panic half-way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One token's questions, one after the other for as long as somebody waits. However it ends, nobody
/// waits for it afterwards.
struct Flight {
    flights: Arc<Flights>,
    question: Question,
    /// Whether it is out of the table again.
    landed: bool,
}

impl Flight {
    async fn run(mut self, mut replies: Vec<oneshot::Sender<Answer>>) {
        while !replies.is_empty() {
            let (url, key) = &self.question;
            let answer = self.flights.client.ask(url, key).await;
            for reply in replies {
                // Some have gone away.
                let _ = reply.send(answer.clone());
            }
            replies = self.next();
        }
    }

    /// Those who came meanwhile and still wait; where there are none, the flight is over.
    fn next(&mut self) -> Vec<oneshot::Sender<Answer>> {
        let mut waiting = self.flights.lock();
        let mut next = waiting.get_mut(&self.question).map(std::mem::take).unwrap_or_default();
        next.retain(|reply| !reply.is_closed());
        if next.is_empty() {
            waiting.remove(&self.question);
            self.landed = true;
        }
        next
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.landed {
            self.flights.lock().remove(&self.question);
        }
    }
}
