//! What decides a rollout: the words in the request, and the rules set by hand. Each word of the README's table is here.
use crate::given::*;
use express_simulator::model::{Fate, FateRule, ServiceKey};
use express_simulator::wire::*;

fn end_of(image: &str) -> String {
    let mut story = Story::begins().where_web_runs();
    story.image(image);
    story.settles();
    story.newest_deployment().status.unwrap()
}

/// Bad images, paths, secrets and roles are no API error: the call is accepted and the deployment fails.
/// [O] terraform-provider-aws#47919, field reports
#[test]
fn bad_configuration_is_accepted_and_fails_later() {
    for image in ["nginx:cannot-pull", "registry.example.com:5000/missing", "nginx:v3-crash", "nginx:unhealthy.1"] {
        assert_eq!(end_of(image), "ROLLBACK_SUCCESSFUL", "{image}");
    }
    let secret = Secret { name: text("S"), value_from: text("arn:aws:ssm:us-east-1:123456789012:parameter/missing") };
    let mut container = change().image("nginx:2");
    container.primary_container.as_mut().unwrap().secrets = Some(vec![secret]);
    let role = text("arn:aws:iam::123456789012:role/missing");
    let role = UpdateExpressGatewayServiceRequest { execution_role_arn: role, ..change() };
    let path = UpdateExpressGatewayServiceRequest { health_check_path: text("/missing"), ..change() };
    for request in [container, role, path] {
        let mut story = Story::begins().where_web_runs();
        story.update(request).unwrap();
        story.settles();
        assert_eq!(story.newest_deployment().status.as_deref(), Some("ROLLBACK_SUCCESSFUL"));
    }
}

/// A word counts only when it stands by itself in the tag.
/// [I] the simulator's own rule
#[test]
fn a_word_stands_by_itself() {
    for image in ["nginx:change", "nginx:crashing", "crash/nginx:1", "nginx:1", "nginx@sha256:crash", "hang:5000/nginx"]
    {
        assert_eq!(end_of(image), "SUCCESSFUL", "{image}");
    }
}

/// A slow start ends well, ten minutes later; a hang never ends.
/// [I] the simulator's own rule
#[test]
fn slow_ends_late_and_hang_never() {
    let mut story = Story::begins().where_web_runs();
    let start = story.now;
    story.image("nginx:slow-start");
    story.settles();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("SUCCESSFUL"));
    assert!(story.now.since(start).as_secs() > 1200);
    story.image("nginx:hang");
    story.after(30 * 24 * 3600);
    assert_eq!(story.newest_deployment().lifecycle_stage.as_deref(), Some("SCALE_UP"));
}

/// A rule set by hand comes before what the request says, for as many rollouts as it was set for.
/// [I] the simulator's own rule
#[test]
fn a_rule_set_by_hand_comes_first() {
    let mut story = Story::begins().where_web_runs();
    story.model.set_fate(FateRule { service: Some("default/web".to_owned()), fate: Fate::Crash, left: Some(1) });
    story.model.set_fate(FateRule { service: Some("other".to_owned()), fate: Fate::Hang, left: None });
    story.image("nginx:2");
    story.settles();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("ROLLBACK_SUCCESSFUL"));
    story.image("nginx:2");
    story.settles();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("SUCCESSFUL"));
}

/// The fate of the rollout in flight can be changed, in any stage.
/// [I] the simulator's own rule
#[test]
fn the_fate_in_flight_can_be_changed() {
    let key = ServiceKey::new("default", "web");
    for stage in ["SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"] {
        for (fate, end) in [(Fate::Answers5xx, "ROLLBACK_SUCCESSFUL"), (Fate::Crash, "ROLLBACK_SUCCESSFUL")] {
            let mut story = Story::begins().where_web_runs();
            story.image("nginx:2");
            story.reaches(stage);
            assert!(story.model.set_current_fate(&key, fate, story.now));
            story.settles();
            assert_eq!(story.newest_deployment().status.as_deref(), Some(end), "{stage} {fate:?}");
        }
    }
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:2");
    story.reaches("BAKE_TIME");
    assert!(story.model.set_current_fate(&key, Fate::Answers5xx, story.now));
    let target = story.newest_deployment().target_service_revision.unwrap();
    assert_eq!(target.running_task_count, Some(1), "what runs goes on");
    let mut story = Story::begins().where_web_runs();
    story.image("nginx:hang");
    story.after(3600);
    assert!(story.model.set_current_fate(&key, Fate::Healthy, story.now));
    story.settles();
    let healed = story.newest_deployment();
    assert_eq!(healed.status.as_deref(), Some("SUCCESSFUL"));
    assert_eq!(healed.target_service_revision.unwrap().running_task_count, Some(1), "its tasks run now");
    assert!(!story.model.set_current_fate(&key, Fate::Crash, story.now), "nothing is in flight");
}

/// Rules are listed, the newest first, and can all be forgotten; one that has been used up is gone.
/// [I] the simulator's own rule
#[test]
fn rules_are_listed_used_up_and_forgotten() {
    let rule = |fate, left| FateRule { service: None, fate, left };
    let mut story = Story::begins().where_web_runs();
    story.model.set_fate(rule(Fate::Hang, None));
    story.model.set_fate(rule(Fate::Crash, Some(2)));
    assert_eq!(story.model.fates(), [rule(Fate::Crash, Some(2)), rule(Fate::Hang, None)]);
    story.image("nginx:2");
    assert_eq!(story.model.fates()[0], rule(Fate::Crash, Some(1)));
    story.settles();
    story.image("nginx:3");
    assert_eq!(story.model.fates(), [rule(Fate::Hang, None)]);
    story.model.clear_fates();
    assert_eq!(story.model.fates(), []);
}

/// Where the architecture is not detected (architecture_is_detected), an image runs on the one that its tag names alone.
/// [I] the simulator's own rule
#[test]
fn an_image_runs_on_its_own_architecture_alone() {
    let end = |architecture: &str, image: &str| {
        let mut story = Story::begins().where_switch("architecture_is_detected", "false");
        let asked = CreateExpressGatewayServiceRequest { cpu_architecture: text(architecture), ..web("nginx:1") };
        story.create(asked).unwrap();
        story.settles();
        story.image(image);
        story.settles();
        story.newest_deployment().status.unwrap()
    };
    for (image, on_x86, on_arm) in [
        ("nginx:2", "SUCCESSFUL", "SUCCESSFUL"),
        ("nginx:v2-amd64", "SUCCESSFUL", "ROLLBACK_SUCCESSFUL"),
        ("registry.example.com:5000/team/nginx:arm64@sha256:0", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"),
        ("arm64/nginx:2", "SUCCESSFUL", "SUCCESSFUL"),
    ] {
        assert_eq!((end("X86_64", image).as_str(), end("ARM64", image).as_str()), (on_x86, on_arm), "{image}");
    }
}

/// Without a task, nothing fails: a rollout to no task ends well whatever the image.
/// [I] the simulator's own rule
#[test]
fn without_a_task_nothing_fails() {
    let mut story = Story::begins();
    let scaling_target = Some(ExpressGatewayScalingTarget { min_task_count: Some(0), ..Default::default() });
    story.create(CreateExpressGatewayServiceRequest { scaling_target, ..web("nginx:cannot-pull") }).unwrap();
    story.settles();
    assert_eq!(story.newest_deployment().status.as_deref(), Some("SUCCESSFUL"));
}
