//! An object that is removed by force and applied again in the middle of a reconcile is another object.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Duration;

use serde_json::json;

use crate::run::{Beginning, live};
use crate::weather::Climate;
use crate::workload::Workload;
use crate::world::{Act, Call, Fortune, Mishap, Moment, NAME, Verb};

/// The API server takes no notice of a uid in a status that is applied (`truth_tests`): what is known of the object of before
/// must be kept from its namesake otherwise, or that one takes the service for its own.
#[test]
fn a_status_is_never_written_to_a_namesake() {
    let workload =
        Workload::named("replaced").then(Act::Apply(json!({}))).after(1000, Act::ReplaceByForce).then(Act::Nothing);
    let mut has_created = false;
    let fortune: Fortune = Box::new(move |moment: &Moment| {
        let is_told = moment.call == Call::Kubernetes(Verb::ApplyStatus) && has_created;
        has_created |= matches!(moment.call, Call::Ecs(operation) if operation.name() == "CreateExpressGatewayService");
        (is_told && moment.since_act < Duration::from_secs(1)).then_some(Mishap::Meanwhile)
    });
    let lived =
        live(Beginning { workload: &workload, left: None, is_recorded: true, fortune, climate: Climate::default() });

    let place = lived.passed.iter().position(|passed| passed.disturbed).unwrap();
    let object = lived.boundaries[place].1.store.object(NAME).unwrap();
    assert_eq!(object["metadata"]["uid"], "00000000-0000-4000-8000-000000000002");
    assert_eq!(object["status"], json!({"observedGeneration": -1}), "nothing is known of it");
    assert_eq!(lived.breaches, Vec::<String>::new());
}
