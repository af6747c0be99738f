//! Row 1: each field of the spec is set, changed and removed, alone and beside each other field.
//!
//! A field that leaves the YAML goes back to ECS's default, or is named where ECS cannot clear it. Each edit is one update,
//! and after it nothing more is sent: what ECS shows then is read in full on every look.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::vocabulary::fields::{Field, Left, every_field, merge, shows};
use crate::vocabulary::{Manifest, Service, World};

/// What the YAML says of a field.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    One,
    Two,
    Nothing,
}

/// One object, whose fields are edited.
struct Edited<'f> {
    name: String,
    fields: Vec<&'f Field>,
    /// What ECS has of each field; `None`: what it gave by itself.
    has: Vec<Option<Value>>,
    deployments: usize,
}

/// What an edit comes to.
#[derive(Default)]
struct Expected {
    writes: Vec<&'static str>,
    named: Vec<&'static str>,
}

impl<'f> Edited<'f> {
    fn of(fields: Vec<&'f Field>) -> Self {
        let name = fields.iter().map(|field| field.name).collect::<Vec<_>>().join("-");
        let has = fields.iter().map(|_| None).collect();
        Self { name, fields, has, deployments: 1 }
    }

    fn yaml(&self, says: &[Says]) -> String {
        let mut spec = json!({});
        for (field, says) in self.fields.iter().zip(says) {
            match says {
                Says::One => merge(&mut spec, &field.one),
                Says::Two => merge(&mut spec, &field.two),
                Says::Nothing => {}
            }
        }
        Manifest::of(&self.name, "nginx:1").with_spec(&spec).yaml()
    }

    /// The edit, as ECS is told to take it.
    fn edit(&mut self, says: &[Says]) -> Expected {
        let mut expected = Expected::default();
        let mut is_changed = false;
        for ((field, says), has) in self.fields.iter().zip(says).zip(&mut self.has) {
            let before = has.clone();
            match (says, &field.left) {
                (Says::One, _) => *has = Some(field.one.clone()),
                (Says::Two, _) => *has = Some(field.two.clone()),
                (Says::Nothing, Left::GoesBackTo(default)) => *has = Some(default.clone()),
                (Says::Nothing, Left::Stays(path)) if has.is_some() => expected.named.push(path),
                (Says::Nothing, Left::Stays(_)) => {}
            }
            let default = match &field.left {
                Left::GoesBackTo(default) => Some(default),
                Left::Stays(_) => None,
            };
            match before.as_ref().or(default) == has.as_ref() {
                true => {}
                false if field.name == "tags" && *says == Says::Nothing => expected.writes.push("UntagResource"),
                false if field.name == "tags" => expected.writes.push("TagResource"),
                false => is_changed = true,
            }
        }
        if is_changed {
            expected.writes.push("UpdateExpressGatewayService");
            self.deployments += 1;
        }
        expected.writes.sort_unstable();
        expected
    }
}

/// Applies all edits at once, lets ECS roll them out in one jump, and looks.
#[track_caller]
fn edits_are_taken(world: &World, all: &mut [Edited<'_>], says: &[Says]) {
    let moment = world.now();
    let expected: Vec<Expected> = all.iter_mut().map(|edited| edited.edit(says)).collect();
    let yaml = all.iter().map(|edited| edited.yaml(says)).collect::<Vec<_>>().join("\n---\n");
    world.kubectl_apply(&yaml).done();
    for edited in all.iter() {
        world.service(&edited.name, &edited.name).has_deployments(edited.deployments);
    }
    world.advance(40 * 60);
    let version = |service: &Service<'_>| service.text("/metadata/resourceVersion");
    let mut versions = BTreeMap::new();
    for (edited, expected) in all.iter().zip(&expected) {
        let service = world.service(&edited.name, &edited.name);
        service.shows("Ready", "True", "Available");
        service.shows("Synced", "True", "InSync");
        let message = service.message("Ready");
        let named = |path: &&&str| message.contains(**path);
        assert_eq!(message.contains("cannot clear"), !expected.named.is_empty(), "{}: {message}", edited.name);
        assert_eq!(expected.named.iter().filter(named).count(), expected.named.len(), "{}: {message}", edited.name);
        let shown = in_ecs(world, &edited.name);
        for has in edited.has.iter().flatten() {
            assert!(shows(&shown, has, ""), "{}: {has} in {shown}", edited.name);
        }
    }
    // Tags are written after the rollout.
    world.passes(all.len() as u64);
    for edited in all.iter() {
        versions.insert(edited.name.clone(), version(&world.service(&edited.name, &edited.name)));
    }
    world.passes(2 * all.len() as u64);
    let calls = world.calls_since(moment);
    for (edited, expected) in all.iter().zip(&expected) {
        let mut writes = calls.writes_about(&edited.name);
        writes.sort_unstable();
        assert_eq!(writes, expected.writes, "{}", edited.name);
        let service = world.service(&edited.name, &edited.name);
        assert_eq!(version(&service), versions[&edited.name], "{}: a write to Kubernetes", edited.name);
    }
}

/// What ECS has: its only active configuration, and the tags that are not ours.
fn in_ecs(world: &World, name: &str) -> Value {
    let service = world.describes(name);
    let mut shown = service["activeConfigurations"][0].clone();
    let is_theirs = |tag: &&Value| !tag["key"].as_str().unwrap().starts_with("expressway.dev/");
    shown["tags"] = service["tags"].as_array().unwrap().iter().filter(is_theirs).cloned().collect();
    shown
}

/// ECS is read in full on every look, and not so often that dozens of services are too many.
fn given_a_world_that_reads_in_full() -> World {
    World::with_flags(&[
        "--full-observe-interval=1500ms",
        "--observe-interval=1500ms",
        "--rollout-interval=500ms",
        // One for each object: on a busy machine nobody waits for his turn.
        "--concurrency=64",
    ])
}

/// Row 1: alone.
#[test]
fn each_field_is_set_changed_and_removed() {
    let world = given_a_world_that_reads_in_full();
    let fields = every_field();
    let mut all: Vec<Edited<'_>> = fields.iter().map(|field| Edited::of(vec![field])).collect();
    begins(&world, &all);

    edits_are_taken(&world, &mut all, &[Says::One]);
    edits_are_taken(&world, &mut all, &[Says::Two]);
    edits_are_taken(&world, &mut all, &[Says::Nothing]);
    edits_are_taken(&world, &mut all, &[Says::One]);
}

/// Row 1: beside each other field: removed while the other changes, set while the other leaves.
#[test]
fn each_pair_of_fields_is_set_changed_and_removed() {
    let world = given_a_world_that_reads_in_full();
    let fields = every_field();
    let pairs = (0..fields.len()).flat_map(|one| (one + 1..fields.len()).map(move |two| (one, two)));
    // The others are in `core::target`: any set of fields at once.
    let interact = pairs.filter(|(one, two)| interact(fields[*one].name, fields[*two].name));
    let mut all: Vec<Edited<'_>> = interact.map(|(one, two)| Edited::of(vec![&fields[one], &fields[two]])).collect();
    assert!(all.len() > 30, "{}", all.len());
    begins(&world, &all);

    edits_are_taken(&world, &mut all, &[Says::One, Says::One]);
    edits_are_taken(&world, &mut all, &[Says::Nothing, Says::Two]);
    edits_are_taken(&world, &mut all, &[Says::Two, Says::Nothing]);
    edits_are_taken(&world, &mut all, &[Says::Nothing, Says::Nothing]);
}

/// Row 1: what the YAML never said is AWS's to keep, whoever changes it and however: no write, and no word of it in `Ready`.
#[test]
fn a_field_that_was_never_set_is_left_as_somebody_made_it() {
    let world = given_a_world_that_reads_in_full();
    let fields = every_field();
    // What the least YAML says, or what goes with its container, is not left open; tags are nobody's but their writer's.
    let is_ours = |name: &str| ["image", "execution-role", "command", "environment", "secrets", "tags"].contains(&name);
    let open: Vec<&Field> = fields.iter().filter(|field| !is_ours(field.name)).collect();
    let all: Vec<Edited<'_>> = open.iter().map(|field| Edited::of(vec![field])).collect();
    begins(&world, &all);
    let moment = world.now();

    for edited in &all {
        let mut members = edited.fields[0].two.clone();
        if members.get("primaryContainer").is_some() {
            merge(&mut members, &json!({"primaryContainer": {"image": "nginx:1"}}));
        }
        world.somebody_updates(&edited.name, members);
    }
    world.somebody_updates_the_classic_way("size", json!({"desiredCount": 4}));
    assert!(world.simulator.autoscale("health", 3), "autoscaling is ECS's own doing");
    world.advance(40 * 60);
    world.passes(3 * all.len() as u64);

    for edited in &all {
        let service = world.service(&edited.name, &edited.name);
        let message = service.shows("Ready", "True", "Available");
        assert!(!message.contains("cannot clear"), "{}: {message}", edited.name);
        assert_eq!(service.says("Synced"), "True InSync", "{}", edited.name);
        let shown = in_ecs(&world, &edited.name);
        assert!(shows(&shown, &edited.fields[0].two, ""), "{}: {shown}", edited.name);
    }
    assert_eq!(world.service("size", "size").column("TASKS"), "4/4");
    assert_eq!(world.service("health", "health").column("TASKS"), "3/3");
    assert!(world.calls_since(moment).writes().is_empty(), "{:?}", world.calls_since(moment).writes());
}

/// Whether ECS has a rule that knows both, or the same structure holds them.
fn interact(one: &str, two: &str) -> bool {
    const TOGETHER: [&[&str]; 6] = [
        &["subnets", "groups"],
        &["min", "max", "metric", "target"],
        &["image", "port", "logs", "credentials", "command", "environment", "secrets"],
        &["execution-role", "task-role", "credentials"],
        &["size", "architecture", "image"],
        &["port", "health", "groups", "max"],
    ];
    TOGETHER.iter().any(|names| names.contains(&one) && names.contains(&two))
}

/// All of them run, with nothing but the least there is.
fn begins(world: &World, all: &[Edited<'_>]) {
    let nothing = |edited: &Edited<'_>| edited.yaml(&[Says::Nothing, Says::Nothing]);
    world.kubectl_apply(&all.iter().map(nothing).collect::<Vec<_>>().join("\n---\n")).done();
    for edited in all {
        world.service(&edited.name, &edited.name).has_deployments(1);
    }
    world.advance(40 * 60);
    for edited in all {
        world.service(&edited.name, &edited.name).shows("Ready", "True", "Available");
    }
}
