//! What is refused about a spec: its shape first, then what else is wrong with it, and each field once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::core::checks::Problem;
use crate::core::fixtures::a_spec;
use crate::core::story::Story;

#[test]
fn what_is_wrong_with_the_shape_comes_first_and_no_field_is_named_twice() {
    let mut story = Story::new(a_spec());
    story.edit(|spec| (spec.cpu, spec.health_check_path) = (Some("300".into()), Some("health".into())));
    let refused = |paths: &[&str]| {
        let shape = paths.iter().map(|path| Problem::at(*path, "has another shape")).collect();
        let problems = story.desired().refused_for(shape).intent.unwrap_err();
        problems.into_iter().map(|problem| problem.path).collect::<Vec<_>>()
    };
    assert_eq!(refused(&[]), ["spec.cpu", "spec.healthCheckPath"]);
    assert_eq!(refused(&["spec.memroy"]), ["spec.memroy", "spec.cpu", "spec.healthCheckPath"]);
    assert_eq!(refused(&["spec.healthCheckPath"]), ["spec.healthCheckPath", "spec.cpu"]);
}
