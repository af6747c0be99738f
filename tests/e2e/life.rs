//! The life of a service, as a person sees it.

use std::time::Duration;

use crate::vocabulary::{InFlight, Manifest, given_a_world};

/// Row 7: a service comes to life stage by stage.
#[test]
fn a_service_comes_to_life_stage_by_stage() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1.27"));

    web.shows("Ready", "False", "Creating");
    web.shows("Reconciling", "True", "Progressing");
    web.has_deployments(1);
    let mut stages = Vec::new();
    world.advance(2);
    web.shows_what_ecs_does();
    while web.deployment().is_in_flight() {
        let stage = web.says("RolledOut");
        if stages.last() != Some(&stage) {
            stages.push(stage);
        }
        assert!(web.says("Ready").starts_with("False "), "{}", web.says("Ready"));
        web.next_stage();
    }
    web.shows("Ready", "True", "Available");

    assert_eq!(
        stages,
        ["Unknown Waiting", "Unknown ScalingUp", "Unknown ShiftingTraffic", "Unknown Baking", "Unknown CleaningUp"]
    );
    assert_eq!(web.says("RolledOut"), "True Succeeded");
    assert_eq!(web.says("Synced"), "True InSync");
    assert_eq!((web.says("Reconciling"), web.says("Stalled")), (String::new(), String::new()));
    web.told(&["Created", "RolloutSucceeded"]);
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}

#[test]
fn the_columns_say_what_a_person_asks_first() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1.27");

    let row = web.columns(false);
    let headings: Vec<&str> = row.iter().map(|(heading, _)| heading.as_str()).collect();
    assert_eq!(headings, ["NAME", "READY", "STATUS", "REVISION", "TRAFFIC", "TASKS", "URL", "AGE"]);
    let cells: Vec<&str> = row.iter().map(|(_, cell)| cell.as_str()).collect();
    let url = format!("https://{}", web.in_ecs().unwrap().endpoint);
    assert_eq!(cells[..3], ["web", "True", "Available"]);
    assert_eq!(cells[4..7], ["100", "1/1", &url]);
    assert!(web.text("/status/servingRevision").ends_with(cells[3]), "{cells:?}");

    assert_eq!(web.column("IMAGE"), "nginx:1.27");
    assert_eq!(web.column("REGION"), "eu-central-1");
    assert_eq!(web.column("ACCOUNT"), "111122223333");
    assert_eq!(web.column("SYNCED"), "True");
    assert_eq!(web.column("DEPLOYMENT"), "SUCCESSFUL");
}

#[test]
fn the_url_is_shown_as_soon_as_ecs_has_one() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1.27"));
    web.has_deployments(1);
    world.simulator.advance(Duration::from_secs(20));

    web.has("/status/url", format!("https://{}", web.in_ecs().unwrap().endpoint));
    assert!(web.deployment().is_in_flight());
}

#[test]
fn kubectl_wait_returns_when_the_service_is_ready() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1.27"));
    web.shows("Ready", "False", "Creating");

    std::thread::scope(|scope| {
        let wait = scope.spawn(|| world.kubectl(&["wait", "egs/web", "--for=condition=Ready", "--timeout=60s"]).done());
        web.has_deployments(1);
        web.rollout_ends();
        assert_eq!(wait.join().unwrap(), "expressgatewayservice.expressway.dev/web condition met");
    });
    assert_eq!(web.says("Ready"), "True Available");
}

#[test]
fn an_edit_is_not_ready_by_what_was_said_before_it() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");

    world.kill_the_controller();
    web.set_image("nginx:2");
    let said = world.kubectl(&["wait", "egs/web", "--for=condition=Ready", "--timeout=1s"]).refused();
    assert!(said.contains("timed out"), "{said}");

    world.start_the_controller();
    web.shows("Ready", "False", "RollingOut");
}

#[test]
fn the_service_carries_the_tags_that_prove_whose_it_is() {
    let world = given_a_world();
    let web = world.given_a_running_one(
        &Manifest::of("web", "nginx:1").with("spec.tags", serde_json::json!([{"key": "team", "value": "shop"}])),
    );

    let sent = world.calls().of("CreateExpressGatewayService")[0].request["tags"].clone();
    let tag = |key: &str| {
        let tags = sent.as_array().unwrap();
        tags.iter().find(|tag| tag["key"] == key).unwrap_or_else(|| panic!("no {key}"))["value"].clone()
    };
    let kube_system = world.kubectl(&["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]).done();
    assert_eq!(tag("team"), "shop");
    assert_eq!(tag("expressway.dev/cluster-id"), *kube_system);
    assert_eq!(tag("expressway.dev/namespace"), *world.namespace);
    assert_eq!(tag("expressway.dev/name"), "web");
    assert_eq!(tag("expressway.dev/uid"), web.at("/metadata/uid"));
    assert_eq!(tag("expressway.dev/managed-by"), "expressway");
}
