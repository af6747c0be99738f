//! What a failed call says: to wait, to change the spec, or to look elsewhere; and what a read that fails leaves standing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::core::advice::{message, statements, unread};
use crate::core::desired::Desired;
use crate::core::failure::{FailureClass, Operation};
use crate::core::fixtures::{a_spec, at, failure};
use crate::core::story::Story;

fn desired() -> Desired {
    Story::new(a_spec()).desired()
}

fn in_deletion() -> Desired {
    Story::new(a_spec()).delete().desired()
}

#[test]
fn a_name_that_drains_is_waited_for_and_not_retried_in_vain() {
    let drains = failure(Operation::CreateExpressGatewayService, FailureClass::StillDraining);
    let said = statements(&drains, &desired());
    let reconciling = said.iter().find(|said| said.kind == ConditionType::Reconciling).unwrap();
    assert_eq!(reconciling.reason, Reason::Progressing);
}

#[test]
fn a_refused_spec_stalls_what_is_wanted_and_not_what_is_deleted() {
    let refused = failure(Operation::UpdateExpressGatewayService, FailureClass::InvalidParameter);
    let says = |desired: &Desired, kind| {
        statements(&refused, desired).into_iter().find(|said| said.kind == kind).map(|said| said.reason)
    };
    assert_eq!(says(&desired(), ConditionType::Stalled), Some(Reason::InvalidSpec));
    assert_eq!(says(&desired(), ConditionType::Reconciling), None);
    assert_eq!(says(&in_deletion(), ConditionType::Stalled), None);
    assert_eq!(says(&in_deletion(), ConditionType::Reconciling), Some(Reason::ProgressingWithRetry));
}

#[test]
fn the_advice_fits_what_was_called_and_what_is_wanted() {
    let advice = |operation, class, desired: &Desired| message(&failure(operation, class), desired);
    let (update, describe) = (Operation::UpdateExpressGatewayService, Operation::DescribeServices);
    for (said, says) in [
        (advice(describe, FailureClass::InvalidParameter, &desired()), "Check spec.serviceName and spec.cluster"),
        (advice(describe, FailureClass::InvalidParameter, &in_deletion()), "Check spec.serviceName and spec.cluster"),
        (advice(update, FailureClass::InvalidParameter, &desired()), "Change the spec as it says"),
        (advice(update, FailureClass::InvalidParameter, &in_deletion()), "It is tried again by itself, only slowly"),
        (advice(describe, FailureClass::Unavailable, &desired()), "It is tried again by itself"),
        (advice(update, FailureClass::Unavailable, &desired()), "Whether it took effect is looked up"),
    ] {
        assert!(said.contains(&format!("req-1). {says}")), "{said}");
    }
}

/// What was in sync was so with the spec of then: of an edit that was never compared nothing is known, nothing was known, and
/// so nothing becomes unknown.
#[test]
fn after_an_edit_an_old_reading_says_nothing_about_being_in_sync() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| spec.cpu = Some("512".into()));
    let unavailable = failure(Operation::DescribeServices, FailureClass::Unavailable);
    let said = unread(&unavailable, &story.desired(), &story.status, Some(at(0)));
    let reason = |kind| said.iter().find(|said| said.kind == kind).map(|said| said.reason);
    assert_eq!(reason(ConditionType::Ready), Some(Reason::ObservationStale));
    assert_eq!(reason(ConditionType::Synced), Some(Reason::Error));
}
