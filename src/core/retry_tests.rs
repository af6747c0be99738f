//! Delays: they grow, stay in their bounds, and differ from object to object.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::time::Duration;

use strum::IntoEnumIterator;

use crate::core::failure::{FailureClass, Operation};
use crate::core::fixtures::{at, failure};
use crate::core::retry::{Backoff, left};

#[test]
fn delays_grow_to_the_cap_and_never_leave_their_bounds() {
    let backoff = Backoff::default();
    for class in FailureClass::iter() {
        for failures in [1, 2, 3, 10, 40, i32::MAX] {
            for jitter in [0.0, 0.5, 1.0] {
                let delay = backoff.delay(class, failures, jitter);
                assert!(delay <= backoff.cap, "{class} {failures}: {delay:?}");
            }
        }
    }
    let throttled = |failures| backoff.delay(FailureClass::Throttled, failures, 1.0).as_secs();
    assert_eq!([1, 2, 3, 4, 9, 10, 99].map(throttled), [1, 2, 4, 8, 256, 300, 300]);
}

#[test]
fn a_new_role_is_asked_for_soon_and_a_refused_spec_slowly() {
    let backoff = Backoff::default();

    assert!(backoff.delay(FailureClass::RoleNotReady, 50, 1.0) <= Duration::from_secs(30));
    assert!(backoff.delay(FailureClass::InvalidParameter, 1, 0.0) >= Duration::from_secs(150));
}

#[test]
fn failures_are_counted_per_generation_and_the_call_is_named() {
    let throttled = failure(Operation::UpdateExpressGatewayService, FailureClass::Throttled);
    let after = |before, generation| Backoff::default().after(before, generation, &throttled, "u-1", at(0));

    let first = after(None, 7);
    let second = after(Some(&first), 7);
    let edited = after(Some(&second), 8);

    assert_eq!((first.failures, second.failures, edited.failures), (1, 2, 1));
    assert_eq!(edited.operation, "UpdateExpressGatewayService");
    assert!(second.next_attempt_at.unwrap().0 >= at(0));
}

/// Row 22: not half of the delay is fixed, not the first tenth of it left out.
#[test]
fn what_heals_outside_comes_back_anywhere_between_at_once_and_its_bound() {
    let slow = [FailureClass::InvalidParameter, FailureClass::Unsupported, FailureClass::ClusterNotFound];
    for class in FailureClass::iter().filter(|class| !slow.contains(class)) {
        let failed = failure(Operation::DescribeServices, class);
        let before = crate::api::status::RetryStatus { failures: 4, generation: 1, ..Default::default() };
        let delay = |uid: i32| {
            let retry = Backoff::default().after(Some(&before), 1, &failed, &uid.to_string(), at(0));
            retry.next_attempt_at.unwrap().0.duration_since(at(0)).as_secs_f64() / 16.0
        };
        let delays: Vec<f64> = (0..2000).map(delay).collect();
        let share = |from: f64| {
            let within = delays.iter().filter(|d| (from..from + 0.1).contains(*d)).count();
            within as f64 / delays.len() as f64
        };
        for tenth in 0..10 {
            let share = share(f64::from(tenth) / 10.0);
            assert!((0.07..0.13).contains(&share), "{class}, {tenth}: {share}");
        }
    }
}

#[test]
fn objects_that_fail_together_do_not_come_back_together() {
    let throttled = failure(Operation::DescribeServices, FailureClass::Throttled);
    let before = crate::api::status::RetryStatus { failures: 8, generation: 1, ..Default::default() };
    let next = |uid: usize| {
        let retry = Backoff::default().after(Some(&before), 1, &throttled, &uid.to_string(), at(0));
        retry.next_attempt_at.unwrap().0.as_second()
    };

    let moments: BTreeSet<i64> = (0..100).map(next).collect();

    assert!(moments.len() > 60, "{moments:?}");
}

#[test]
fn what_fails_for_another_reason_than_aws_waits_as_long_as_when_aws_is_unavailable() {
    let (backoff, longest) = (Backoff::default(), Backoff::default().delay(FailureClass::Unavailable, 5, 1.0));
    let delays: BTreeSet<Duration> = ["u-1", "u-2", "u-3"].map(|who| backoff.delay_of(who, 5, at(0))).into();
    assert!(delays.len() == 3 && delays.iter().all(|delay| *delay <= longest), "{delays:?}");
}

#[test]
fn a_wait_ends_at_its_time_and_when_the_clock_is_set_back_before_its_failure() {
    let failed = failure(Operation::DescribeServices, FailureClass::InvalidParameter);
    let retry = Backoff::default().after(None, 1, &failed, "uid", at(1000));
    let wait = retry.next_attempt_at.as_ref().unwrap().0.duration_since(at(1000)).as_secs();
    assert!(wait >= 150, "{wait}");
    let waits = |seconds| left(&retry, at(seconds)).is_some();
    assert_eq!([999, 1000, 1000 + wait - 1, 1000 + wait + 1].map(waits), [false, true, true, false]);
}
