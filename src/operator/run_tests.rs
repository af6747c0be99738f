//! Tests of the process's order of events: waiting for what it needs, stopping, and giving up.

use std::cell::Cell;
use std::future::{pending, ready};

use super::*;
use crate::controller::readiness::Phase;

/// Long enough to be a wait, short enough for nobody to notice.
const SHORT: Duration = Duration::from_millis(10);
/// Never reached.
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_is_missing_is_waited_for_and_shown() {
    let readiness = Readiness::default();
    let stop = CancellationToken::new();
    let asked = Cell::new(0);
    let found = insist(&readiness, &stop, SHORT, SHORT, || {
        asked.set(asked.get() + 1);
        ready(match asked.get() {
            3 => Ok("here"),
            _ => Err(Absence::Yet("no CRD".to_owned())),
        })
    });
    assert!(matches!(found.await, Ok(Some("here"))));
    assert_eq!(asked.get(), 3);
    assert_eq!(readiness.phase(), Phase::Starting("no CRD".to_owned()));
}

#[tokio::test]
async fn a_server_that_never_answers_is_shown_and_a_stop_ends_the_wait() {
    let readiness = Readiness::default();
    let stop = CancellationToken::new();
    let wait = insist(&readiness, &stop, SHORT, SHORT, pending::<Result<(), Absence>>);
    let stopper = async {
        while !matches!(readiness.phase(), Phase::Starting(reason) if reason.contains("not answered for 10ms")) {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (found, ()) = tokio::join!(wait, stopper);
    assert!(matches!(found, Ok(None)));
}

#[tokio::test]
async fn what_will_never_come_ends_the_process() {
    let ask = || ready(Err::<(), _>(Absence::ForGood(Failure::NoClusterId)));
    let found = insist(&Readiness::default(), &CancellationToken::new(), SHORT, SHORT, ask).await;
    assert!(matches!(found, Err(Failure::NoClusterId)));
}

#[tokio::test]
async fn a_stop_lets_what_is_in_flight_finish() {
    let (readiness, stop) = (Readiness::default(), CancellationToken::new());
    let finished = Cell::new(false);
    let work = async {
        stop.cancelled().await;
        tokio::task::yield_now().await;
        finished.set(true);
    };
    let stopper = async { stop.cancel() };
    let (ended, ()) = tokio::join!(until_stopped(work, &readiness, &stop, LONG), stopper);
    assert!(ended.is_ok());
    assert!(finished.get());
    assert_eq!(readiness.phase(), Phase::Stopping);
}

#[tokio::test]
async fn what_does_not_finish_within_the_grace_is_given_up() {
    let (readiness, stop) = (Readiness::default(), CancellationToken::new());
    stop.cancel();
    let ended = until_stopped(pending(), &readiness, &stop, SHORT).await;
    assert!(matches!(ended, Err(Failure::GraceOver(SHORT))));
}

#[tokio::test]
async fn a_controller_that_ends_by_itself_is_a_failure() {
    let (readiness, stop) = (Readiness::default(), CancellationToken::new());
    let ended = until_stopped(ready(()), &readiness, &stop, SHORT).await;
    assert!(matches!(ended, Err(Failure::ControllerReturned)));
}
