//! Row 12: a service of that name that is not ours is refused, or adopted with tags alone.

use express_simulator::wire::Operation;
use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, given_a_world};

const OWN_IMAGE: &str = "/status/plan/changes/0";

/// The YAML of what somebody made (see [`World::somebody_creates`]), under a policy.
fn theirs(name: &str, image: &str, adoption: &str) -> Manifest {
    let role = "arn:aws:iam::111122223333:role/theirs";
    let manifest = Manifest::of(name, image).with("spec.serviceName", "web").with("spec.management.adoption", adoption);
    manifest.with("spec.infrastructureRoleArn", role).with("spec.executionRoleArn", role)
}

/// A service `web` that nobody here made serves `theirs:1`.
fn given_theirs(world: &World, tags: &[(&str, &str)]) {
    world.somebody_creates("web", tags);
    world.service("web", "web").rollout_ends();
}

fn tags_of(web: &Service<'_>) -> Value {
    let arn = web.in_ecs().unwrap().service_arn;
    let tags = web.world.somebody_calls(Operation::ListTagsForResource, json!({"resourceArn": arn}));
    tags["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| (tag["key"].as_str().unwrap().to_owned(), tag["value"].clone()))
        .collect()
}

/// Row 12: the service goes on as it was, and answers to this object from now on.
#[test]
fn a_service_that_matches_is_adopted_with_tags_alone() {
    let world = given_a_world();
    given_theirs(&world, &[("team", "theirs")]);
    let tags = json!([{"key": "cost", "value": "7"}]);
    let web = world.apply(&theirs("web", "theirs:1", "IfUnowned").with("spec.tags", tags));

    web.shows("Ready", "True", "Available");
    web.told(&["Adopted"]);
    assert_eq!(web.notes("Adopted"), ["adopted a service that had no owner: tags only, no rollout"]);
    world.passes(5);
    assert_eq!(world.calls().writes(), ["TagResource"]);
    assert_eq!(web.in_ecs().unwrap().deployments, 1);
    let tags = tags_of(&web);
    assert_eq!(
        (&tags["team"], &tags["cost"], &tags["expressway.dev/name"]),
        (&json!("theirs"), &json!("7"), &json!("web"))
    );

    web.set_image("theirs:2");
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
}

/// Row 12: nothing is written before a person has seen what the adoption would change.
#[test]
fn a_difference_is_shown_first_and_rolled_out_after_its_approval() {
    let world = given_a_world();
    given_theirs(&world, &[]);
    let web = world.apply(&theirs("web", "ours:2", "IfUnowned").with("spec.cpu", "512").with("spec.memory", "1024"));

    let message = web.shows("Ready", "False", "AwaitingApproval");
    let hash = web.text("/status/plan/hash");
    for words in ["spec.cpu, spec.memory, spec.primaryContainer.image", "Change the spec to match", &hash] {
        assert!(message.contains(words), "{words}: {message}");
    }
    assert_eq!((web.says("Stalled"), web.says("Reconciling")), (String::new(), String::new()));
    assert_eq!(web.text("/status/plan/action"), "Adopt");
    assert_eq!(web.at("/status/plan/startsRollout"), true);
    assert_eq!(web.at(OWN_IMAGE), json!({"path": "spec.cpu", "wanted": "512", "live": "1024"}));
    let (moment, version) = (world.now(), web.text("/metadata/resourceVersion"));
    world.passes(5);
    let idle = world.calls_since(moment);
    assert_eq!(idle.len(), idle.of("DescribeServices").len(), "one call for each look");
    assert_eq!(web.text("/metadata/resourceVersion"), version);
    assert!(world.calls().writes().is_empty());

    web.annotate(&format!("expressway.dev/approved-plan={hash}"));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().writes(), ["TagResource", "UpdateExpressGatewayService"]);
    assert_eq!(web.at("/status/plan"), Value::Null);
}

/// Row 12: the other way on.
#[test]
fn a_spec_that_is_changed_to_match_is_adopted_without_a_rollout() {
    let world = given_a_world();
    given_theirs(&world, &[]);
    let web = world.apply(&theirs("web", "ours:2", "IfUnowned"));
    web.shows("Ready", "False", "AwaitingApproval");

    web.set_image("theirs:1");
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().writes(), ["TagResource"]);
    assert_eq!(web.in_ecs().unwrap().deployments, 1);
}

/// Row 12: what moves is left alone until it rests.
#[test]
fn a_service_in_flight_is_adopted_when_its_deployment_has_ended() {
    let world = given_a_world();
    world.somebody_creates("web", &[]);
    let web = world.apply(&theirs("web", "theirs:1", "Always"));
    let message = web.shows("Ready", "False", "RollingOut");
    assert!(message.contains("once its deployment has ended"), "{message}");
    world.passes(3);
    assert!(world.calls().writes().is_empty());

    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    assert_eq!(world.calls().writes(), ["TagResource"]);
}

/// Row 12: the first one's tags refuse the second.
#[test]
fn of_two_objects_that_adopt_the_same_service_one_gets_it() {
    let world = given_a_world();
    given_theirs(&world, &[]);
    let first = world.apply(&theirs("first", "theirs:1", "IfUnowned"));
    first.shows("Ready", "True", "Available");

    let second = world.apply(&theirs("second", "theirs:1", "IfUnowned"));
    let message = second.shows("Ready", "False", "AlreadyExists");
    for words in [&format!("{}/first", world.namespace), "deletion: Retain", "Always"] {
        assert!(message.contains(words), "{words}: {message}");
    }
    world.passes(5);
    assert_eq!(world.calls().writes(), ["TagResource"]);
    assert_eq!(first.says("Ready"), "True Available");
}

/// Row 12: `Always` takes from another owner, once: two that both may do not fight over it.
#[test]
fn a_service_that_was_taken_over_is_not_taken_back_by_itself() {
    let world = given_a_world();
    given_theirs(&world, &[]);
    let first = world.apply(&theirs("first", "theirs:1", "Always"));
    first.shows("Ready", "True", "Available");

    let second = world.apply(&theirs("second", "theirs:1", "Always"));
    second.shows("Ready", "True", "Available");
    let message = first.shows("Ready", "False", "AlreadyExists");
    for words in [&format!("{}/second", world.namespace), "was this object's before"] {
        assert!(message.contains(words), "{words}: {message}");
    }
    first.shows("Stalled", "True", "AlreadyExists");
    world.passes(10);
    assert_eq!(world.calls().writes(), ["TagResource", "TagResource"]);

    first.delete().done();
    first.is_gone();
    assert_eq!(second.says("Ready"), "True Available");
    assert_eq!(second.in_ecs().unwrap().status, "ACTIVE");
}

/// Row 12: a name that drains is waited for.
#[test]
fn what_drains_is_not_adopted() {
    let world = given_a_world();
    given_theirs(&world, &[]);
    world.somebody_deletes("web");
    let web = world.apply(&theirs("web", "theirs:1", "Always"));
    web.shows("Ready", "False", "WaitingForDrain");
    world.passes(3);
    assert!(world.calls().writes().is_empty());

    world.advance(400);
    web.shows("Ready", "False", "Creating");
}

/// Row 12: each owner is named, with the way out.
#[test]
fn every_owner_is_named_with_the_way_out() {
    let tags = |cluster, namespace| {
        let tag = |name: &str, value: &str| (format!("expressway.dev/{name}"), value.to_owned());
        [tag("cluster-id", cluster), tag("namespace", namespace), tag("name", "web"), tag("uid", "0")]
    };
    for (owner, adoption, words) in [
        (None, "Never", ["carries no owner tags", "spec.management.adoption to IfUnowned"]),
        (Some(tags("mine", "elsewhere")), "IfUnowned", ["elsewhere/web in this Kubernetes cluster", "Always"]),
        (
            Some(tags("theirs", "prod")),
            "IfUnowned",
            ["prod/web of another Kubernetes cluster (cluster id theirs)", "let go there"],
        ),
    ] {
        let world = World::with_flags(&["--cluster-id=mine"]);
        let owner: Vec<(&str, &str)> =
            owner.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        given_theirs(&world, &owner);
        let web = world.apply(&theirs("web", "theirs:1", adoption));
        let message = web.shows("Ready", "False", "AlreadyExists");
        for words in words {
            assert!(message.contains(words), "{words}: {message}");
        }
        world.passes(3);
        assert!(world.calls().writes().is_empty());
    }
}
