//! The process, where there is a cluster: what it serves, and how it ends.

use std::process::Command;

use express_simulator::server::{FaultKind, FaultRequest};
use express_simulator::wire::Operation;

use crate::vocabulary::control_plane::CLUSTER;
use crate::vocabulary::{Manifest, controller, eventually, given_a_world};

#[test]
fn sigterm_ends_it_with_0_after_what_is_in_flight() {
    let world = given_a_world();
    let late = FaultRequest::from(FaultKind::Latency { milliseconds: 500 }).on(Operation::CreateExpressGatewayService);
    world.simulator.add_fault(late);
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    web.has_deployments(1);
    assert_eq!(web.text("/status/serviceArn"), "", "the create is in flight");

    let controller = world.take_the_controller();
    let ended = controller.terminate();

    assert_eq!(ended.code(), Some(0));
    assert_eq!(web.text("/status/serviceArn"), web.in_ecs().unwrap().service_arn);
    let log = std::fs::read_to_string(world.log_file()).unwrap();
    assert!(log.lines().last().unwrap().contains("\"stopped\""), "{log}");
}

#[test]
fn it_answers_on_its_three_pages() {
    let world = given_a_world();
    world.given_a_running("nginx:1");

    let page = |path: &str| world.controller(|controller| controller.get(path));
    assert_eq!((page("/livez").status, page("/livez").body.as_str()), (200, "ok\n"));
    assert_eq!((page("/readyz").status, page("/readyz").body.as_str()), (200, "ok\n"));
    let metrics = page("/metrics").body;
    let namespace = &world.namespace;
    for line in [
        format!("expressway_objects{{namespace=\"{namespace}\",reason=\"Available\"}} 1"),
        "expressway_aws_writes_total{kind=\"create\",outcome=\"succeeded\"} 1".to_owned(),
        "expressway_time_to_ready_seconds_count 1".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
}

#[test]
fn without_its_permissions_it_says_in_one_line_what_is_missing() {
    let world = given_a_world();
    let account = || CLUSTER.control_plane.service_account_kubeconfig(&world.namespace, "default");
    let kubeconfig = eventually("the namespace's own service account", account);
    let words = controller::command(&world.namespace, &world.simulator.endpoint, &kubeconfig, &[]);

    let ended = Command::new(&words[0]).args(&words[1..]).output().unwrap();

    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    let last = said.lines().last().unwrap();
    for words in ["kube-system", "--cluster-id"] {
        assert!(last.contains(words), "{said}");
    }
}

#[test]
fn it_waits_for_a_namespace_that_it_may_not_list_and_says_so() {
    let world = given_a_world();
    let account = || CLUSTER.control_plane.service_account_kubeconfig(&world.namespace, "default");
    let kubeconfig = eventually("the namespace's own service account", account);
    let words = controller::command(&world.namespace, &world.simulator.endpoint, &kubeconfig, &["--cluster-id=mine"]);
    let log = world.log_file().with_file_name("forbidden.log");

    let controller = controller::Controller::start_unready(&words, &log);

    let page = eventually("it says what it may not do", || {
        let page = controller.get("/readyz");
        if page.body.contains("expressgatewayservices") { Ok(page) } else { Err(page.body) }
    });
    assert_eq!(page.status, 503);
    assert_eq!(controller.get("/livez").status, 200);
    assert_eq!(controller.terminate().code(), Some(0));
}
