//! Row 16: what somebody else changes is seen, told with both values, and undone once or only shown, as the policy says.
//! (Each field by itself is in `drift_fields.rs`.)

use serde_json::{Value, json};

use crate::vocabulary::{Manifest, Service, World, given_a_world};

const IMAGE: &str = "spec.primaryContainer.image";

fn policy(web: &Service<'_>, drift: &str) {
    web.patch(&json!({"spec": {"management": {"drift": drift}}}));
}

/// Somebody deploys another image, and it serves.
#[track_caller]
fn somebody_deploys(web: &Service<'_>, image: &str) {
    let before = web.in_ecs().unwrap().deployments;
    web.world.somebody_updates("web", json!({"primaryContainer": {"image": image}}));
    web.has_deployments(before + 1);
    web.rollout_ends();
}

/// The spec serves, ECS has been told so many times, and nothing more happens.
#[track_caller]
fn serves_the_spec(web: &Service<'_>, deployments: usize) {
    web.has_deployments(deployments);
    web.rollout_ends();
    web.shows_what_ecs_does();
    web.shows("Ready", "True", "Available");
    assert_eq!((web.says("Synced"), web.at("/status/drift")), ("True InSync".to_owned(), Value::Null));
    assert_eq!(web.column("IMAGE"), "nginx:1");
    web.world.passes(5);
    web.has_deployments(deployments);
}

fn is_without_a_write_since(world: &World, moment: u64) {
    let calls = world.calls_since(moment);
    assert!(calls.writes().is_empty(), "{:?}", calls.writes());
}

/// Row 16: a console change is told while its deployment is in flight, which is let end, and then undone by one update.
#[test]
fn a_console_change_is_let_end_and_undone_once() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();

    world.somebody_updates("web", json!({"primaryContainer": {"image": "theirs:1"}}));
    web.has_deployments(2);
    web.reaches("BAKE_TIME");
    web.has("/status/drift/handling", "Pending");
    assert_eq!(web.says("Synced"), "False DriftDetected");
    let message = web.shows("Ready", "False", "RollingOut");
    assert!(message.contains(IMAGE) && message.contains("It is let end, and then undone"), "{message}");
    let change = json!({"path": IMAGE, "wanted": "nginx:1", "live": "theirs:1"});
    assert_eq!(web.at("/status/drift/changes"), json!([change]));
    web.told_once("DriftDetected");
    assert!(web.notes("DriftDetected")[0].contains("spec.primaryContainer.image is theirs:1 instead of nginx:1"));
    let since = web.text("/status/drift/since");
    is_without_a_write_since(&world, moment);

    web.rollout_ends();
    web.has_deployments(3);
    web.told_once("DriftCorrected");
    assert!(web.notes("DriftCorrected")[0].contains(IMAGE), "{:?}", web.notes("DriftCorrected"));
    web.has("/status/drift/handling", "Correcting");
    assert_eq!(web.text("/status/drift/since"), since);
    serves_the_spec(&web, 3);

    assert_eq!(world.calls_since(moment).writes(), ["UpdateExpressGatewayService"]);
    web.told_once("DriftDetected");
    assert!(!web.events().contains(&"UpdateSubmitted".to_owned()), "{:?}", web.events());
}

/// Row 16: a change that ECS itself rolls back is over without a write.
#[test]
fn a_console_change_that_fails_is_over_without_a_write() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();

    world.somebody_updates("web", json!({"primaryContainer": {"image": "theirs:1-crash"}}));
    web.has_deployments(2);
    web.reaches("SCALE_UP");
    web.rollout_ends();
    web.has("/status/deployment/status", "ROLLBACK_SUCCESSFUL");
    serves_the_spec(&web, 2);

    assert_eq!(web.at("/status/failedAttempt"), Value::Null, "it was not ours");
    is_without_a_write_since(&world, moment);
}

/// Row 16: `Report` shows it, for one call a look and without a status write, until the policy or the spec says otherwise.
#[test]
fn a_policy_to_report_shows_the_change_and_leaves_it() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    policy(&web, "Report");
    web.shows("Ready", "True", "Available");
    let moment = world.now();

    somebody_deploys(&web, "theirs:1");
    let message = web.shows("Ready", "False", "DriftDetected");
    for words in [IMAGE, "status.drift has both values", "set it to Correct", "write the live values into the spec"] {
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(web.says("Synced"), "False DriftDetected");
    assert_eq!((web.says("Stalled"), web.says("Reconciling")), (String::new(), String::new()));
    assert_eq!((web.column("STATUS"), web.column("IMAGE")), ("DriftDetected".to_owned(), "theirs:1".to_owned()));
    assert_eq!(web.text("/status/drift/handling"), "Reported");
    let version = web.text("/metadata/resourceVersion");

    world.passes(2);
    let quiet = world.now();
    world.passes(10);
    let calls = world.calls_since(quiet);
    assert_eq!(calls.of("DescribeServices").len(), calls.len(), "one call a look");
    assert_eq!(web.text("/metadata/resourceVersion"), version);
    is_without_a_write_since(&world, moment);
    web.told_once("DriftDetected");

    policy(&web, "Correct");
    serves_the_spec(&web, 3);
    assert_eq!(world.calls_since(moment).updates(), 1);
}

/// Row 16: what is kept is written into the spec, and settles without a rollout.
#[test]
fn a_reported_change_that_is_written_into_the_spec_settles_without_a_rollout() {
    let world = given_a_world();
    let web = world.given_a_running_one(&Manifest::of("web", "nginx:1").with("spec.management.drift", "Report"));
    somebody_deploys(&web, "theirs:1");
    web.shows("Ready", "False", "DriftDetected");
    let moment = world.now();

    web.set_image("theirs:1");
    web.shows("Ready", "True", "Available");
    assert_eq!(web.at("/status/drift"), Value::Null);
    is_without_a_write_since(&world, moment);
}

/// Row 16: with a program that writes its change back there is no fight: after two corrections a person is asked.
#[test]
fn a_change_that_comes_back_a_third_time_is_left_to_a_person() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();
    for round in 0..2 {
        somebody_deploys(&web, "theirs:1");
        serves_the_spec(&web, 3 + 2 * round);
    }

    somebody_deploys(&web, "theirs:1");
    let message = web.shows("Stalled", "True", "DriftDetected");
    for words in ["it was undone 2 times within a day", "CloudTrail", "expressway.dev/retry-requested-at"] {
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(web.says("Ready"), "False DriftDetected");
    assert_eq!(web.text("/status/drift/handling"), "Contested");
    web.told_once("DriftContested");
    world.passes(10);
    assert_eq!(world.calls_since(moment).updates(), 2);

    // Also after a restart.
    world.kill_the_controller();
    world.start_the_controller();
    world.passes(3);
    assert_eq!(world.calls_since(moment).updates(), 2);

    web.annotate("expressway.dev/retry-requested-at=1");
    serves_the_spec(&web, 7);
    assert_eq!(world.calls_since(moment).updates(), 3);
}

/// Row 16: a newer edit overtakes a foreign deployment, and is an edit, no correction.
#[test]
fn an_edit_during_somebody_elses_rollout_is_sent_at_once() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    world.somebody_updates("web", json!({"primaryContainer": {"image": "theirs:1"}}));
    web.has_deployments(2);
    web.reaches("BAKE_TIME");
    web.has("/status/drift/handling", "Pending");

    web.set_image("nginx:2");
    web.has_deployments(3);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    assert_eq!(web.column("IMAGE"), "nginx:2");
    assert_eq!(web.at("/status/drift"), Value::Null);
    assert!(!web.events().contains(&"DriftCorrected".to_owned()), "{:?}", web.events());
}

/// Row 16: what ECS or autoscaling does by itself, and what says nothing of the spec, is not drift.
#[test]
fn what_ecs_does_by_itself_is_not_drift() {
    let world = World::with_flags(&["--full-observe-interval=100ms"]);
    // The image was made for the other architecture: ECS runs it there.
    let manifest = Manifest::of("web", "nginx:1-arm64").with("spec.cpuArchitecture", "X86_64");
    let web = world.given_a_running_one(&manifest);
    assert_eq!(web.at("/status/effective/cpuArchitecture"), "ARM64");
    let moment = world.now();

    assert!(world.simulator.autoscale("web", 5));
    world.advance(120);
    web.has("/status/summary/tasks", "5/5");
    world.somebody_updates_the_classic_way("web", json!({"desiredCount": 3, "enableExecuteCommand": true}));
    world.advance(120);
    web.has("/status/summary/tasks", "3/3");
    world.somebody_updates_the_classic_way("web", json!({"forceNewDeployment": true}));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    world.somebody_tags("web", &[("cost-center", "42")]);
    world.passes(5);

    assert_eq!((web.says("Synced"), web.at("/status/drift")), ("True InSync".to_owned(), Value::Null));
    assert_eq!(web.at("/status/effective/cpuArchitecture"), "ARM64");
    assert!(!web.events().iter().any(|event| event.starts_with("Drift")), "{:?}", web.events());
    is_without_a_write_since(&world, moment);
}

/// Row 16: the user's tags are put back without a rollout, or only shown; other people's are left.
#[test]
fn tags_that_somebody_changed_are_put_back_without_a_rollout() {
    let world = given_a_world();
    let tags = json!([{"key": "team", "value": "shop"}, {"key": "stage", "value": "prod"}]);
    let web = world.given_a_running_one(&Manifest::of("web", "nginx:1").with("spec.tags", tags));
    let value = |key: &str| {
        let tags = world.describes("web")["tags"].as_array().unwrap().clone();
        tags.into_iter().find(|tag| tag["key"] == key).map(|tag| tag["value"].as_str().unwrap().to_owned())
    };
    let moment = world.now();

    world.somebody_tags("web", &[("team", "theirs"), ("cost-center", "42")]);
    world.somebody_untags("web", &["stage"]);
    web.told_once("DriftCorrected");
    web.has("/status/drift", Value::Null);
    assert_eq!((value("team"), value("stage")), (Some("shop".to_owned()), Some("prod".to_owned())));
    assert_eq!(value("cost-center").as_deref(), Some("42"), "somebody else's stays");
    assert!(world.calls_since(moment).writes().iter().all(|write| *write == "TagResource"));
    assert_eq!(web.says("Ready"), "True Available");

    policy(&web, "Report");
    web.shows("Ready", "True", "Available");
    let moment = world.now();
    world.somebody_tags("web", &[("team", "theirs")]);
    let message = web.shows("Synced", "False", "DriftDetected");
    assert!(message.contains("spec.tags[team]"), "{message}");
    assert_eq!(web.says("Ready"), "True Available", "what serves is none the worse for it");
    world.passes(5);
    is_without_a_write_since(&world, moment);
    assert_eq!(value("team").as_deref(), Some("theirs"));
}

/// Row 16: somebody takes our tags off: they are put back, and the service stays this object's, under either policy.
#[test]
fn our_own_tags_are_put_back_and_the_service_stays_ours() {
    let world = given_a_world();
    for drift in ["Correct", "Report"] {
        let web = world
            .given_a_running_one(&Manifest::of(&drift.to_lowercase(), "nginx:1").with("spec.management.drift", drift));
        let tags = || world.describes(&web.name)["tags"].as_array().unwrap().len();
        let url = web.text("/status/url");
        let before = tags();

        let ours = ["cluster-id", "namespace", "name", "uid", "managed-by"].map(|tag| format!("expressway.dev/{tag}"));
        world.somebody_untags(&web.name, &ours.each_ref().map(String::as_str));
        web.told_once("DriftCorrected");
        assert!(
            web.notes("DriftCorrected")[0].contains("expressway.dev/cluster-id"),
            "{:?}",
            web.notes("DriftCorrected")
        );
        world.passes(6);

        assert_eq!(tags(), before);
        assert_eq!((web.says("Ready"), web.text("/status/url")), ("True Available".to_owned(), url));
        assert_eq!(world.calls().writes_about(&web.name), ["CreateExpressGatewayService", "TagResource"]);
    }
}

/// Row 16: in mode `Observe` and while suspended, drift is shown with its values and not undone.
#[test]
fn drift_is_shown_and_not_undone_where_nothing_may_be_written() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.annotate("expressway.dev/suspended=true");
    web.shows("Suspended", "True", "SuspendedByAnnotation");
    let moment = world.now();

    somebody_deploys(&web, "theirs:1");
    web.shows("Ready", "False", "Suspended");
    let change = json!([{"path": IMAGE, "wanted": "nginx:1", "live": "theirs:1"}]);
    assert_eq!(
        (web.at("/status/drift/changes"), web.text("/status/drift/handling")),
        (change.clone(), "Pending".to_owned())
    );
    web.told_once("DriftDetected");

    web.patch(&json!({"spec": {"management": {"mode": "Observe"}}}));
    web.shows("Ready", "False", "ObserveOnly");
    assert_eq!(web.at("/status/drift/changes"), change);
    world.passes(5);
    is_without_a_write_since(&world, moment);
    web.told_once("DriftDetected");

    web.annotate("expressway.dev/suspended-");
    web.patch(&json!({"spec": {"management": {"mode": "Manage"}}}));
    serves_the_spec(&web, 3);
    web.told_once("DriftCorrected");
}

/// Row 16: with an approval required, undoing somebody's change is a plan that waits for it.
#[test]
fn undoing_a_change_waits_for_an_approval_where_one_is_required() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    web.patch(&json!({"spec": {"management": {"approval": "Required"}}}));
    web.shows("Ready", "True", "Available");
    let moment = world.now();

    somebody_deploys(&web, "theirs:1");
    web.shows("Ready", "False", "AwaitingApproval");
    assert_eq!(web.text("/status/drift/handling"), "Pending");
    is_without_a_write_since(&world, moment);

    web.annotate(&format!("expressway.dev/approved-plan={}", web.text("/status/plan/hash")));
    serves_the_spec(&web, 3);
    web.told_once("DriftCorrected");
}

/// Row 16: values of the environment are redacted, in the status, in the event and in the log.
#[test]
fn values_of_the_environment_that_somebody_changed_are_redacted() {
    let world = World::with_flags(&["--log-level=debug"]);
    let environment = |value: &str| json!({"image": "nginx:1", "environment": [{"name": "PASSWORD", "value": value}]});
    let manifest = Manifest::of("web", "").with("spec.primaryContainer", environment("hunter2-ours"));
    let web = world.given_a_running_one(&manifest.with("spec.management.drift", "Report"));

    world.somebody_updates("web", json!({"primaryContainer": environment("hunter2-theirs")}));
    web.has_deployments(2);
    web.rollout_ends();
    web.shows("Ready", "False", "DriftDetected");

    let path = "spec.primaryContainer.environment[PASSWORD]";
    let change = json!([{"path": path, "wanted": "<redacted>", "live": "<redacted>"}]);
    assert_eq!(web.at("/status/drift/changes"), change);
    web.told_once("DriftDetected");
    assert!(web.notes("DriftDetected")[0].contains(&format!("{path} has another value")));
    assert!(!web.at("/status").to_string().contains("hunter2"), "{}", web.at("/status"));
    let events = world.kubectl(&["get", "events.events.k8s.io", "-o", "json"]).done();
    assert!(!events.contains("hunter2"), "{events}");
    assert!(!world.controller(|controller| controller.log()).contains("hunter2"));
}

/// Row 16: a controller that dies right after the correction follows it, and does not correct again.
#[test]
fn a_correction_survives_a_crash() {
    let world = given_a_world();
    let web = world.given_a_running("nginx:1");
    let moment = world.now();
    somebody_deploys(&web, "theirs:1");
    web.has_deployments(3);

    world.kill_the_controller();
    world.advance(20);
    world.start_the_controller();
    web.rollout_ends();
    web.has("/status/drift", Value::Null);
    web.shows("Ready", "True", "Available");
    world.passes(5);

    assert_eq!(web.column("IMAGE"), "nginx:1");
    assert_eq!(world.calls_since(moment).updates(), 1);
}
