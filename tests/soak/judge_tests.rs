//! The oracles see what they are there to see.

use express_simulator::time::Time;
use serde_json::json;

use super::*;

fn call(sequence: u64, operation: &str, service: &str, request: Value) -> Entry {
    Entry {
        sequence,
        operation: operation.to_owned(),
        caller: Some("AKIDEXAMPLE".to_owned()),
        received_at_micros: 0,
        simulated_at: Time(0),
        service: Some(format!("arn:aws:ecs:eu-central-1:1:service/default/{service}")),
        request,
        outcome: Outcome::Ok,
    }
}

fn theirs(call: Entry) -> Entry {
    Entry { caller: None, ..call }
}

fn image(image: &str) -> Value {
    json!({"primaryContainer": {"image": image}})
}

/// Two services that were declared, and the probe; and all as it should be.
fn calm() -> (Fleet, Seen) {
    let mut fleet = Fleet::new(1, 2);
    fleet.begin();
    let mut seen = Seen::default();
    let mut described = BTreeMap::new();
    for service in &fleet.services {
        let mut members = service.spec.as_ref().unwrap().members();
        members["more"] = json!("what ECS adds");
        let name = &service.name;
        seen.objects.push(json!({
            "metadata": {"name": name, "uid": format!("uid-{name}"), "generation": 3},
            "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Available", "observedGeneration": 3}]},
        }));
        seen.services.push(json!({"serviceArn": format!("arn:x:service/default/{name}"), "status": "ACTIVE"}));
        let tags = json!([{"key": names::TAG_UID, "value": format!("uid-{name}")}]);
        described.insert(name.clone(), json!({"tags": tags, "activeConfigurations": [members]}));
    }
    seen.described = Some(described);
    (fleet, seen)
}

#[test]
fn calm_is_calm() {
    let (fleet, seen) = calm();
    assert_eq!(differences(&fleet, &seen), [""; 0]);
}

#[test]
fn what_is_lost_doubled_stuck_or_left_is_said() {
    type Spoil = fn(&mut Fleet, &mut Seen);
    let cases: [(&str, Spoil); 12] = [
        ("service-0: declared, and there is no object", |_, seen| drop(seen.objects.remove(0))),
        ("service-0: declared, and ECS has no ACTIVE service", |_, seen| drop(seen.services.remove(0))),
        ("service-0: declared, and ECS has no ACTIVE service", |_, seen| {
            seen.services[0]["status"] = json!("DRAINING")
        }),
        ("service-0: two services", |_, seen| seen.services.push(seen.services[0].clone())),
        ("service-0: deleted, and the object is still there", |fleet, _| fleet.services[0].spec = None),
        ("stray: no object, and ECS has", |_, seen| {
            seen.services.push(json!({"serviceArn": "arn:x:service/default/stray", "status": "ACTIVE"}));
        }),
        ("service-0: not Ready=True", |_, seen| {
            seen.objects[0]["status"]["conditions"][0]["status"] = json!("False");
        }),
        ("service-0: not Ready=True in generation 4", |_, seen| seen.objects[0]["metadata"]["generation"] = json!(4)),
        ("service-0: not Stalled=True", |fleet, _| {
            fleet.services[0].spec.as_mut().unwrap().is_bad = true;
        }),
        ("service-0: the service is owned by", |_, seen| seen.objects[0]["metadata"]["uid"] = json!("another")),
        ("service-0: ECS serves", |_, seen| {
            let described = seen.described.as_mut().unwrap();
            described.get_mut("service-0").unwrap()["activeConfigurations"][0]["cpu"] = json!("256");
        }),
        ("service-0: drift is left", |_, seen| seen.objects[0]["status"]["drift"] = json!({"handling": "Pending"})),
    ];
    for (words, spoil) in cases {
        let (mut fleet, mut seen) = calm();
        spoil(&mut fleet, &mut seen);
        let said = differences(&fleet, &seen).join("\n");
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_service_that_is_gone_but_not_forgotten_is_gone() {
    let (mut fleet, mut seen) = calm();
    fleet.services[0].spec = None;
    seen.objects.remove(0);
    seen.services[0]["status"] = json!("INACTIVE");
    assert_eq!(differences(&fleet, &seen), [""; 0]);
}

#[test]
fn the_same_update_twice_in_a_row_is_one_too_many() {
    let twice = [call(1, UPDATE, "a", image("1")), call(2, UPDATE, "b", image("2")), call(3, UPDATE, "a", image("1"))];
    assert_eq!(doubled(&twice).len(), 1);
    let between = |operation: &str, other: Value| {
        doubled(&[call(1, UPDATE, "a", image("1")), call(2, operation, "a", other), call(3, UPDATE, "a", image("1"))])
    };
    assert_eq!(between(UPDATE, image("theirs:1")), [""; 0], "somebody changed it between them");
    assert_eq!(between(CREATE, image("2")), [""; 0], "another service");
    assert_eq!(between("DescribeServices", json!({})).len(), 1, "a look is no reason");
    let mut refused = twice;
    refused[0].outcome = Outcome::Error("ThrottlingException".to_owned());
    assert_eq!(doubled(&refused), [""; 0], "the first had no effect");
    refused[0].outcome = Outcome::Fault { kind: "answer-lost".into(), effect: true };
    assert_eq!(doubled(&refused).len(), 1, "the first had its effect");
}

#[test]
fn writes_are_counted_against_their_reasons() {
    let mut fleet = Fleet::new(1, 1);
    fleet.begin();
    let create = |sequence| call(sequence, CREATE, "service-0", image("1"));
    let update = |sequence| call(sequence, UPDATE, "service-0", image(&sequence.to_string()));
    assert_eq!(too_many(&fleet, &[create(1)]), [""; 0]);
    assert_eq!(too_many(&fleet, &[create(1), update(2)]).len(), 1, "nobody edited it");
    assert_eq!(too_many(&fleet, &[create(1), create(2)]).len(), 1);
    assert_eq!(too_many(&fleet, &[create(1), call(2, DELETE, "service-0", json!({}))]).len(), 1);
    fleet.services[0].drifts = 1;
    assert_eq!(too_many(&fleet, &[create(1), theirs(update(2)), update(3)]), [""; 0]);
}

#[test]
fn what_somebody_else_calls_is_not_the_controllers_traffic() {
    let journal = [call(1, UPDATE, "a", image("1")), call(2, "DescribeServices", "a", json!({}))];
    let both = [&journal[..], &[theirs(call(3, UPDATE, "a", image("2")))]].concat();
    assert_eq!((traffic(&journal), traffic(&both)), ((1, 2), (1, 2)));
}

#[test]
fn a_gap_in_the_journal_is_seen() {
    let create = |sequence| call(sequence, CREATE, "a", json!({}));
    assert_eq!(forgotten(&[create(1), create(2)]), [""; 0]);
    assert_eq!(forgotten(&[create(1), create(3)]).len(), 1);
}
