//! Delays: they grow, stay in their bounds, and differ from object to object.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::time::Duration;

use strum::IntoEnumIterator;

use crate::core::failure::{FailureClass, Operation};
use crate::core::fixtures::{at, failure};
use crate::core::retry::Backoff;

#[test]
fn delays_grow_to_the_cap_and_never_leave_their_bounds() {
    let backoff = Backoff::default();
    for class in FailureClass::iter() {
        for failures in [1, 2, 3, 10, 40, i32::MAX] {
            for jitter in [0.0, 0.5, 1.0] {
                let delay = backoff.delay(class, failures, jitter);
                assert!(delay >= backoff.base / 4 && delay <= backoff.cap, "{class} {failures}: {delay:?}");
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
    assert!(second.next_attempt_at.unwrap().0 > at(0));
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
