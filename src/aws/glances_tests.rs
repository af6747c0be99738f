//! Who rides with whom.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt as _;
use futures::future::join_all;
use tokio::sync::Semaphore;

use super::*;

const NOW: Duration = Duration::ZERO;
const AN_HOUR: Duration = Duration::from_secs(3600);

/// Cluster and names of one call.
type Call = (String, Vec<String>);

/// Answers `Absent` for every name, and remembers each call. A call waits for a pass while `held`.
#[derive(Clone, Default)]
struct Fake {
    calls: Arc<Mutex<Vec<Call>>>,
    fails: Option<Failure>,
    forbidden: Option<String>,
    forgets: bool,
    dies_once: Arc<AtomicBool>,
    held: Option<Arc<Semaphore>>,
}

impl DescribeServices for Fake {
    async fn describe(&self, cluster: &str, names: BTreeSet<String>) -> Result<BTreeMap<String, Answer>, Failure> {
        let call = (cluster.to_owned(), names.iter().cloned().collect());
        self.calls.lock().unwrap().push(call);
        assert!(!self.dies_once.swap(false, Ordering::SeqCst), "dies, as it was told to");
        if let Some(held) = &self.held {
            held.acquire().await.unwrap().forget();
        }
        if let Some(failure) = &self.fails {
            return Err(failure.clone());
        }
        if self.forbidden.as_ref().is_some_and(|name| names.contains(name)) {
            return Err(a_failure(FailureClass::AccessDenied));
        }
        if self.forgets {
            return Ok(BTreeMap::new());
        }
        Ok(names.into_iter().map(|name| (name, Ok(Sight::Absent(None)))).collect())
    }
}

impl Fake {
    fn names_per_call(&self) -> Vec<usize> {
        self.calls.lock().unwrap().iter().map(|(_, names)| names.len()).collect()
    }
}

fn a_failure(class: FailureClass) -> Failure {
    Failure { class, ..interrupted() }
}

fn web(number: usize) -> Place {
    Place { cluster: "shop".to_owned(), service_name: format!("web-{number}") }
}

/// Lets every task run as far as it can.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_lone_request_is_sent_at_once() {
    let glances = Glances::new(Fake::default());

    let answer = glances.look(&web(1), NOW).await;

    assert_eq!(answer, Ok(Sight::Absent(None)));
    assert_eq!(glances.ecs.names_per_call(), [1]);
}

#[tokio::test]
async fn twenty_five_concurrent_requests_are_three_calls() {
    let glances = Glances::new(Fake::default());

    let places: Vec<_> = (0..25).map(web).collect();
    let answers = join_all(places.iter().map(|place| glances.look(place, NOW))).await;

    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(glances.ecs.names_per_call(), [10, 10, 5]);
}

#[tokio::test]
async fn the_same_name_is_asked_once_for_all_who_want_it() {
    let glances = Glances::new(Fake::default());

    let place = web(7);
    let answers = join_all((0..30).map(|_| glances.look(&place, NOW))).await;

    assert_eq!(answers.len(), 30);
    assert_eq!(glances.ecs.names_per_call(), [1]);
}

#[tokio::test]
async fn whoever_comes_during_a_call_rides_on_the_next() {
    let pass = Arc::new(Semaphore::new(0));
    let fake = Fake { held: Some(Arc::clone(&pass)), ..Fake::default() };
    let glances = Glances::new(fake);

    let first = tokio::spawn({
        let glances = glances.clone();
        async move { glances.look(&web(0), NOW).await }
    });
    settle().await;
    let later: Vec<_> = (1..4)
        .map(|n| {
            let glances = glances.clone();
            tokio::spawn(async move { glances.look(&web(n), NOW).await })
        })
        .collect();
    settle().await;
    assert_eq!(glances.ecs.names_per_call(), [1]);

    pass.add_permits(2);
    first.await.unwrap().unwrap();
    for rider in later {
        rider.await.unwrap().unwrap();
    }
    assert_eq!(glances.ecs.names_per_call(), [1, 3]);
}

#[tokio::test]
async fn a_patient_request_waits_for_company_but_not_longer() {
    let glances = Glances::new(Fake::default());
    let started = Instant::now();
    let patience = Duration::from_millis(30);

    glances.look(&web(1), patience).await.unwrap();

    assert!(started.elapsed() >= patience);
}

#[tokio::test]
async fn an_impatient_request_takes_the_waiting_ones_along() {
    let glances = Glances::new(Fake::default());
    let (one, two, three) = (web(1), web(2), web(3));

    // Without the third, the first two would wait for an hour.
    let (a, b, c) = tokio::join!(glances.look(&one, AN_HOUR), glances.look(&two, AN_HOUR), async {
        settle().await;
        glances.look(&three, NOW).await
    },);

    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(glances.ecs.names_per_call(), [3]);
}

#[tokio::test]
async fn a_full_call_waits_for_nobody() {
    let glances = Glances::new(Fake::default());

    let places: Vec<_> = (0..10).map(web).collect();
    join_all(places.iter().map(|place| glances.look(place, AN_HOUR))).await;

    assert_eq!(glances.ecs.names_per_call(), [10]);
}

#[tokio::test]
async fn one_failing_call_fails_all_its_riders_alike() {
    let failure = a_failure(FailureClass::Throttled);
    let glances = Glances::new(Fake { fails: Some(failure.clone()), ..Fake::default() });

    let places: Vec<_> = (0..5).map(web).collect();
    let answers = join_all(places.iter().map(|place| glances.look(place, NOW))).await;

    assert_eq!(answers, vec![Err(failure); 5]);
    assert_eq!(glances.ecs.names_per_call(), [5]);
}

#[tokio::test]
async fn a_name_that_a_policy_forbids_does_not_blind_the_others() {
    let fake = Fake { forbidden: Some("web-3".to_owned()), ..Fake::default() };
    let glances = Glances::new(fake);

    let places: Vec<_> = (0..5).map(web).collect();
    let answers = join_all(places.iter().map(|place| glances.look(place, NOW))).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 4);
    assert_eq!(answers[3], Err(a_failure(FailureClass::AccessDenied)));
}

#[tokio::test]
async fn a_name_that_the_answer_leaves_out_is_not_taken_for_absent() {
    let glances = Glances::new(Fake { forgets: true, ..Fake::default() });

    let failure = glances.look(&web(1), NOW).await.unwrap_err();

    assert_eq!(failure.class, FailureClass::Unexpected);
}

#[tokio::test]
async fn clusters_do_not_mix() {
    let glances = Glances::new(Fake::default());
    let elsewhere = Place { cluster: "bank".to_owned(), ..web(1) };
    let here = web(1);

    let (a, b) = tokio::join!(glances.look(&here, NOW), glances.look(&elsewhere, NOW));

    assert!(a.is_ok() && b.is_ok());
    let mut clusters: Vec<_> = glances.ecs.calls.lock().unwrap().iter().map(|(cluster, _)| cluster.clone()).collect();
    clusters.sort();
    assert_eq!(clusters, ["bank", "shop"]);
}

#[tokio::test]
async fn nothing_is_kept_of_a_cluster_that_nobody_asks_about() {
    let glances = Glances::new(Fake::default());

    glances.look(&web(1), NOW).await.unwrap();
    settle().await;

    assert!(glances.lanes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn callers_that_give_up_take_no_seat_and_leave_no_trace() {
    let glances = Glances::new(Fake::default());
    let gone = web(1);

    let gave_up = glances.look(&gone, AN_HOUR).now_or_never();
    settle().await;
    glances.look(&web(2), NOW).await.unwrap();

    assert!(gave_up.is_none());
    let calls = glances.ecs.calls.lock().unwrap().clone();
    assert_eq!(calls, [("shop".to_owned(), vec!["web-2".to_owned()])]);
    settle().await;
    assert!(glances.lanes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_call_survives_the_caller_that_started_it() {
    let pass = Arc::new(Semaphore::new(0));
    let fake = Fake { held: Some(Arc::clone(&pass)), ..Fake::default() };
    let glances = Glances::new(fake);
    let (one, two) = (web(1), web(2));

    let gave_up = tokio::spawn({
        let glances = glances.clone();
        async move { glances.look(&one, NOW).await }
    });
    settle().await;
    gave_up.abort();
    let other = glances.look(&two, NOW);
    pass.add_permits(2);

    assert_eq!(other.await, Ok(Sight::Absent(None)));
    assert_eq!(glances.ecs.names_per_call(), [1, 1]);
}

#[tokio::test]
async fn a_call_that_dies_fails_its_riders_and_nobody_after_them() {
    let fake = Fake { dies_once: Arc::new(AtomicBool::new(true)), ..Fake::default() };
    let glances = Glances::new(fake);

    let failure = glances.look(&web(1), NOW).await.unwrap_err();

    assert_eq!(failure.class, FailureClass::Unavailable);
    assert_eq!(glances.look(&web(1), NOW).await, Ok(Sight::Absent(None)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_load_everybody_gets_an_answer() {
    let glances = Glances::new(Fake::default());

    let callers: Vec<_> = (0..200)
        .map(|caller| {
            let glances = glances.clone();
            tokio::spawn(async move {
                for round in 0..50 {
                    glances.look(&web(caller), Duration::from_micros(round % 3)).await.unwrap();
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }

    let names = glances.ecs.names_per_call();
    assert_eq!(names.iter().sum::<usize>(), 200 * 50);
    assert!(names.iter().all(|names| *names <= 10));
}
