//! Row 26: every resource that ECS manages for a service, with its state, read where it makes sense and no more.

use serde_json::Value;

use crate::vocabulary::{Manifest, Service, World, eventually, given_a_world};

/// What is printed of `status.managedResources`, a line each.
fn lines(web: &Service<'_>) -> Vec<String> {
    let line = "jsonpath={range .status.managedResources[*]}{.kind} {.state}{\"\\n\"}{end}";
    web.world.kubectl(&["get", "egs", &web.name, "-o", line]).done().lines().map(str::to_owned).collect()
}

fn states(web: &Service<'_>, state: &str) -> usize {
    lines(web).iter().filter(|line| line.ends_with(&format!(" {state}"))).count()
}

/// Every kind, in the order in which a request meets them.
const KINDS: [&str; 12] = [
    "LoadBalancer",
    "LoadBalancerSecurityGroup",
    "Certificate",
    "Listener",
    "ListenerRule",
    "TargetGroup",
    "TargetGroup",
    "SecurityGroup",
    "ScalableTarget",
    "ScalingPolicy",
    "MetricAlarm",
    "LogGroup",
];

/// Row 26: while a service is created its resources are shown to come up one after the other, and each has its kind, name, ARN and
/// state in the end.
#[test]
fn every_resource_is_shown_from_its_making_to_its_end() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    web.reaches("SCALE_UP");
    eventually("the resources are shown", || {
        let seen = lines(&web);
        if seen.contains(&"LoadBalancer PROVISIONING".to_owned()) { Ok(()) } else { Err(seen.join(", ")) }
    });

    web.rollout_ends();
    web.shows("Ready", "True", "Available");

    let expected: Vec<String> = KINDS.iter().map(|kind| format!("{kind} ACTIVE")).collect();
    assert_eq!(lines(&web), expected);
    let all = web.at("/status/managedResources");
    for resource in all.as_array().unwrap() {
        let arn = resource["arn"].as_str().unwrap();
        let name = resource["name"].as_str().unwrap();
        assert!(arn.starts_with("arn:aws:") && !name.is_empty(), "{resource}");
        assert!(resource["since"].is_string() && resource["reason"].is_null(), "{resource}");
    }
    assert!(all[0]["name"].as_str().unwrap().starts_with("ecs-express-gateway-alb-"), "{}", all[0]);
}

/// The calls of every look of a rollout that was followed step by step.
fn reads_in_a_row(world: &World, moment: u64) -> Vec<usize> {
    let calls = world.calls_since(moment);
    let glances: Vec<u64> = calls.of("DescribeServices").iter().map(|call| call.sequence).collect();
    let all: Vec<u64> =
        ["DescribeServices", "DescribeServiceDeployments", "DescribeServiceRevisions", "DescribeExpressGatewayService"]
            .iter()
            .flat_map(|operation| calls.of(operation))
            .map(|call| call.sequence)
            .collect();
    let within = |from: u64, to: u64| all.iter().filter(|at| (from..to).contains(*at)).count();
    glances.windows(2).map(|pair| within(pair[0], pair[1])).collect()
}

/// Row 26: a creation whose resources are read is followed with two calls a look, and a canary does not read them at all.
#[test]
fn a_rollout_is_followed_with_two_calls_a_look() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    web.reaches("SCALE_UP");
    let moment = world.now();
    let read = |count: usize| {
        eventually("the resources are read again", || {
            match world.calls_since(moment).of("DescribeServiceRevisions").len() {
                reads if reads >= count => Ok(()),
                reads => Err(reads),
            }
        });
    };
    read(3);
    let looks = reads_in_a_row(&world, moment);
    assert!(looks.iter().all(|calls| *calls <= 2), "{looks:?}");
    let deployments = world.calls_since(moment).of("DescribeServiceDeployments").len();
    assert!(deployments >= 2, "the deployment is looked at in between: {deployments}");

    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    web.set_image("nginx:2");
    web.has_deployments(2);
    web.reaches("SCALE_UP");
    let moment = world.now();
    world.passes(5);
    assert_eq!(world.calls_since(moment).of("DescribeServiceRevisions").len(), 0);
}

/// Row 26: what is remembered in between is read again at a full look, and a change of ECS's order alone is no write.
#[test]
fn a_full_look_reads_them_again_and_writes_nothing_without_a_change() {
    let world = World::with_flags(&["--full-observe-interval=200ms"]);
    let web = world.given_a_running("nginx:1");
    world.passes(3);
    let (moment, version) = (world.now(), web.text("/metadata/resourceVersion"));
    eventually("the resources are read at full looks", || {
        match world.calls_since(moment).of("DescribeServiceRevisions").len() {
            0..=2 => Err("not yet"),
            _ => Ok(()),
        }
    });
    assert_eq!(web.text("/metadata/resourceVersion"), version);
    assert_eq!(states(&web, "ACTIVE"), KINDS.len());
}

/// Row 26: a controller that may not read them says everything else all the same.
#[test]
fn without_the_permission_everything_else_is_shown() {
    let world = given_a_world();
    let denied = express_simulator::server::FaultRequest::from(express_simulator::server::FaultKind::AccessDenied {
        message: None,
    });
    world.simulator.add_fault(denied.on(express_simulator::wire::Operation::DescribeServiceRevisions));
    let web = world.given_a_running("nginx:1");
    assert_eq!(web.at("/status/managedResources"), Value::Null);
    assert_eq!((web.says("Ready"), web.says("Reconciling")), ("True Available".to_owned(), String::new()));
}
