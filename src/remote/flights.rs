//! One question for all who wait with the same token.
//!
//! Whoever comes before a question has set out goes along; whoever comes while it is on its way waits for
//! the next: so nobody gets an answer that was asked for before they came. The questions are asked in a
//! task of their own: whoever goes away takes nothing from the others, and where all have gone, nothing is
//! asked. Each waits for as long as they were told, whichever question they go along with.

use std::{
    collections::HashMap,
    future::{Future as _, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use tokio::{
    runtime::Handle,
    sync::{SemaphorePermit, watch},
    time::timeout,
};

use super::{
    answer::No,
    client::{self, Client},
    options::Route,
};
use crate::accounts::TokenOwner;

type Answer = Result<TokenOwner, No>;

/// Those who wait, by their receivers; nothing was said to them yet.
type Waiting = watch::Sender<Option<Answer>>;

type Question = (Route, Arc<str>);

/// Questions on their way.
pub(super) struct Flights {
    client: Client,
    /// By route and key, who waits for the next.
    waiting: Mutex<HashMap<Question, Arc<Waiting>>>,
}

impl Flights {
    pub(super) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self { client, waiting: Mutex::default() })
    }

    /// Asks a route for a key, alone or together with others.
    pub(super) async fn ask(self: &Arc<Self>, route: &Route, key: &str) -> Answer {
        if !client::can_be_sent(key) {
            return Err(No::Unknown);
        }
        let mut answer = self.board((route.clone(), Arc::from(key)))?;
        let limit = self.client.timeout;
        let answer = timeout(limit, answer.wait_for(Option::is_some)).await;
        let answer = answer.map_err(|_| No::late(limit))?;
        let answer = answer.ok().and_then(|answer| answer.clone());
        answer.unwrap_or_else(|| Err(No::unavailable("the question broke off")))
    }

    /// Waits with the others, or sets out.
    fn board(self: &Arc<Self>, question: Question) -> Result<watch::Receiver<Option<Answer>>, No> {
        let runtime = Handle::try_current().map_err(|error| No::unavailable(error.to_string()))?;
        let mut waiting = self.lock();
        if let Some(others) = waiting.get(&question) {
            return Ok(others.subscribe());
        }
        let (reply, answer) = watch::channel(None);
        waiting.insert(question.clone(), Arc::new(reply));
        drop(waiting);
        runtime.spawn(Flight { flights: Arc::clone(self), question, landed: false }.run());
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Question, Arc<Waiting>>> {
        // Nothing that holds the lock can panic half-way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place among those who ask; none where all have gone before there is one.
    async fn place(&self, waiting: &Waiting) -> Option<SemaphorePermit<'_>> {
        let (mut place, mut gone) = (pin!(self.client.places.acquire()), pin!(waiting.closed()));
        poll_fn(|context| match gone.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => place.as_mut().poll(context).map(Result::ok),
        })
        .await
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
    async fn run(mut self) {
        while let Some(waiting) = self.waiting() {
            let Some(_place) = self.flights.place(&waiting).await else { continue };
            self.depart();
            if waiting.is_closed() {
                continue;
            }
            let (route, key) = &self.question;
            let answer = self.flights.client.ask(route, key).await;
            waiting.send_replace(Some(answer));
        }
    }

    /// Those who wait for the next; where there are none, the flight is over.
    fn waiting(&mut self) -> Option<Arc<Waiting>> {
        let mut all = self.flights.lock();
        let waiting = all.get(&self.question).filter(|waiting| !waiting.is_closed()).cloned();
        if waiting.is_none() {
            all.remove(&self.question);
            self.landed = true;
        }
        waiting
    }

    /// Whoever comes from now on waits for the next.
    fn depart(&self) {
        if let Some(waiting) = self.flights.lock().get_mut(&self.question) {
            *waiting = Arc::default();
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.landed {
            self.flights.lock().remove(&self.question);
        }
    }
}
