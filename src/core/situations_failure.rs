//! Situations in which a look is asked for, while AWS answers, and while it does not.

use crate::api::names::{FLUX_RECONCILE_REQUESTED_AT, RECONCILE_REQUESTED_AT};

use super::failure::FailureClass;
use super::fixtures::{a_spec, with_image};
use super::story::{Aws, Story};

/// Stories that are about to make one more pass.
pub fn failing() -> Vec<(&'static str, Story)> {
    let mut asked = Story::settled(a_spec());
    asked.annotate(RECONCILE_REQUESTED_AT, "1").annotate(FLUX_RECONCILE_REQUESTED_AT, "2");
    let mut unanswered = asked.clone();
    unanswered.aws = Aws::CannotBeRead(FailureClass::Throttled);
    unanswered.pass();
    unanswered.aws = Aws::Answers;
    let mut backing_off = Story::settled(a_spec());
    backing_off.edit(|spec| *spec = with_image("shop/web:2"));
    backing_off.aws = Aws::RefusesWrites(FailureClass::InvalidParameter);
    backing_off.pass();
    let mut hurried = backing_off.clone();
    hurried.annotate(RECONCILE_REQUESTED_AT, "1");
    vec![
        ("asked for", asked),
        ("asked for again after a failure", unanswered),
        ("backing off", backing_off),
        ("asked for while backing off", hurried),
    ]
}
