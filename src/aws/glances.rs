//! `DescribeServices`, shared: requests about the same cluster ride together, ten names a call.
//!
//! One call per cluster is under way at a time; whoever comes meanwhile rides on the next one. So a lone request is sent
//! at once, and under load calls fill up by themselves. Nothing is cached: every answer is younger than its question.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::core::failure::{Failure, FailureClass, Operation};
use crate::core::observed::{Glance, Place, Presence};

use super::error::incomplete;
use super::queue::{Queue, Rider};

/// What one look says of a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sight {
    /// No service of this name, in this AWS account where ECS names it.
    Absent(Option<String>),
    /// It takes updates.
    Live(Glance),
    /// It is going.
    Draining(Presence),
    /// It is gone.
    Inactive(Presence),
    /// It is no Express service.
    NotExpress(Presence),
}

/// The answer about one name.
pub(super) type Answer = Result<Sight, Failure>;

/// One call about several services of one cluster.
pub(super) trait DescribeServices: Clone + Send + Sync + 'static {
    /// An answer for each of at most ten distinct names, or the failure of the whole call.
    fn describe(
        &self,
        cluster: &str,
        names: BTreeSet<String>,
    ) -> impl Future<Output = Result<BTreeMap<String, Answer>, Failure>> + Send;
}

type Lane = mpsc::UnboundedSender<Rider<Answer>>;

/// Where requests meet. Clones share their calls.
#[derive(Clone, Debug)]
pub(super) struct Glances<D> {
    ecs: D,
    /// One lane per cluster that somebody waits for. A lane's task takes it away when nobody does.
    lanes: Arc<Mutex<HashMap<String, Lane>>>,
}

impl<D: DescribeServices> Glances<D> {
    pub(super) fn new(ecs: D) -> Self {
        Self { ecs, lanes: Arc::default() }
    }

    /// Looks at one service; waits up to `patience` for company, unless a call leaves earlier.
    pub(super) async fn look(&self, place: &Place, patience: Duration) -> Answer {
        let (seat, answer) = oneshot::channel();
        self.board(&place.cluster, Rider { name: place.service_name.clone(), due: Instant::now() + patience, seat });
        answer.await.unwrap_or_else(|_| Err(interrupted()))
    }

    fn board(&self, cluster: &str, rider: Rider<Answer>) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let rider = match lanes.get(cluster) {
            None => rider,
            Some(lane) => match lane.send(rider) {
                Ok(()) => return,
                Err(mpsc::error::SendError(rider)) => rider,
            },
        };
        let (lane, riders) = mpsc::unbounded_channel();
        if lane.send(rider).is_ok() {
            lanes.insert(cluster.to_owned(), lane);
            tokio::spawn(self.clone().drive(cluster.to_owned(), riders));
        }
    }

    /// Sends call after call for one cluster until nobody waits.
    async fn drive(self, cluster: String, mut riders: mpsc::UnboundedReceiver<Rider<Answer>>) {
        let mut queue = Queue::new();
        loop {
            while let Ok(rider) = riders.try_recv() {
                queue.board(rider);
            }
            let now = Instant::now();
            match queue.departure(now) {
                None => {
                    let Some(rider) = self.close(&cluster, &mut riders) else {
                        return;
                    };
                    queue.board(rider);
                }
                Some(at) if at <= now => self.call(&cluster, queue.depart()).await,
                Some(at) => {
                    if let Ok(Some(rider)) = tokio::time::timeout_at(at, riders.recv()).await {
                        queue.board(rider);
                    }
                }
            }
        }
    }

    /// Takes the lane away, unless somebody came in the last moment. New riders come only under the same lock.
    fn close(&self, cluster: &str, riders: &mut mpsc::UnboundedReceiver<Rider<Answer>>) -> Option<Rider<Answer>> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let late = riders.try_recv().ok();
        if late.is_none() {
            lanes.remove(cluster);
        }
        late
    }

    async fn call(&self, cluster: &str, riders: Vec<Rider<Answer>>) {
        let names: BTreeSet<String> = riders.iter().map(|rider| rider.name.clone()).collect();
        let answers = self.answers(cluster, names).await;
        for rider in riders {
            let answer = answers.get(&rider.name).cloned().unwrap_or_else(|| Err(unanswered(&rider.name)));
            // A rider who gave up meanwhile needs no answer.
            let _ = rider.seat.send(answer);
        }
    }

    async fn answers(&self, cluster: &str, names: BTreeSet<String>) -> BTreeMap<String, Answer> {
        match self.ecs.describe(cluster, names.clone()).await {
            Ok(answers) => answers,
            Err(failure) if names.len() > 1 && may_be_about_one(failure.class) => self.one_by_one(cluster, names).await,
            Err(failure) => names.into_iter().map(|name| (name, Err(failure.clone()))).collect(),
        }
    }

    /// ECS refuses a call as a whole: one name that is bad, or that a policy forbids, must not blind all others.
    async fn one_by_one(&self, cluster: &str, names: BTreeSet<String>) -> BTreeMap<String, Answer> {
        let mut answers = BTreeMap::new();
        for name in names {
            match self.ecs.describe(cluster, BTreeSet::from([name.clone()])).await {
                Ok(answer) => answers.extend(answer),
                Err(failure) => {
                    answers.insert(name, Err(failure));
                }
            }
        }
        answers
    }
}

fn may_be_about_one(class: FailureClass) -> bool {
    matches!(class, FailureClass::InvalidParameter | FailureClass::AccessDenied)
}

/// An answer that leaves a service out does not say that it is absent: a create could follow.
fn unanswered(name: &str) -> Failure {
    incomplete(Operation::DescribeServices, &format!("ECS's answer says nothing about the service {name:?}"))
}

/// The task that made the call is gone: the process is ending.
fn interrupted() -> Failure {
    Failure {
        operation: Operation::DescribeServices,
        class: FailureClass::Unavailable,
        code: "Interrupted".to_owned(),
        message: "the call was given up before AWS answered".to_owned(),
        request_id: None,
    }
}

#[cfg(test)]
#[path = "glances_tests.rs"]
mod tests;
