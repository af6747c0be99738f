//! An object as the API server may give it, and whatever ECS may show: read, decided, told.
//!
//! The input is the object's JSON up to the first NUL; the bytes after it say what ECS shows, in [`super::seen`].

use arbitrary::Unstructured;
use kube::api::DynamicObject;

use crate::pass::{decided, intended, redacted, told, understood};

use super::rules;
use super::seen::{moment, observed, outcome};

/// Takes one input through everything that is decided of it. Panics where a rule is broken.
pub fn object(input: &[u8]) {
    let (text, rest) = match input.iter().position(|byte| *byte == 0) {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (input, &input[..0]),
    };
    let Ok(object) = serde_json::from_slice::<DynamicObject>(text) else { return };
    let live = understood(&object);
    let mut bytes = Unstructured::new(rest);
    let now = moment(&mut bytes);
    let seen = redacted(&live, observed(&mut bytes, &live, now));
    let plan = decided(&live, &seen, now);
    if let Some(intended) = intended(&live, &seen, plan.as_ref(), now) {
        rules::is_taken(&live, &intended);
    }
    let outcome = plan.as_ref().and_then(|plan| plan.step.aws_write()).map(|write| outcome(&mut bytes, write));
    let told = told(&live, &seen, plan.as_ref(), outcome.as_ref(), now);
    rules::hold(&object, &live, plan.as_ref(), &told);
}
