//! What ECS may answer: read by the SDK and by `aws`, then decided and told for an object that waits for it.
//!
//! Each line of the input is one answer: `<operation> <HTTP status> <body>`. An operation may have several, given one after the
//! other; the last one stays.

use std::collections::{HashMap, VecDeque};
use std::sync::LazyLock;
use std::time::Duration;

use expressway::core::failure::Failure;
use expressway::core::managed::Due;
use expressway::core::memory::Memory;
use expressway::core::observed::{Known, Observed, Place};
use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::json;

use crate::ecs::{Answer, InProcess, with_client};
use crate::pass::{decided, redacted, told, understood};

use super::rules;

/// Where the service is that is looked for.
const PLACE: (&str, &str) = ("default", "web");

/// The moment of the look.
static NOW: LazyLock<Timestamp> = LazyLock::new(|| Timestamp::from_second(1_800_000_000).unwrap());

/// The object that waits for the answers.
static OBJECT: LazyLock<DynamicObject> = LazyLock::new(|| {
    let object = json!({
        "apiVersion": "expressway.dev/v1alpha1",
        "kind": "ExpressGatewayService",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": "u-1", "generation": 1,
            "finalizers": ["expressway.dev/finalizer"],
        },
        "spec": {
            "infrastructureRoleArn": "arn:aws:iam::111122223333:role/infrastructure",
            "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
            "primaryContainer": {"image": "nginx:1"},
        },
    });
    serde_json::from_value(object).unwrap()
});

type Lines = HashMap<String, VecDeque<Answer>>;

fn lines(input: &[u8]) -> Lines {
    let mut lines = Lines::new();
    for line in input.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(3, |byte| *byte == b' ');
        let (Some(operation), Some(status), Some(body)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let status = std::str::from_utf8(status).ok().and_then(|status| status.parse().ok());
        let operation = String::from_utf8_lossy(operation).into_owned();
        let status = status.filter(|status| (200..600).contains(status)).unwrap_or(200);
        lines.entry(operation).or_default().push_back((status, body.to_vec()));
    }
    lines
}

/// The next answer to an operation. What has none is refused, so that the look ends.
fn next(lines: &mut Lines, operation: &str) -> Answer {
    let nothing = || (400, br#"{"__type":"AccessDeniedException","message":"no answer is left"}"#.to_vec());
    let Some(answers) = lines.get_mut(operation) else { return nothing() };
    match answers.len() {
        0 | 1 => answers.front().cloned().unwrap_or_else(nothing),
        _ => answers.pop_front().unwrap_or_else(nothing),
    }
}

fn look(client: &InProcess, input: &[u8], known: &Known, arn: Option<&str>) -> Result<Observed, Failure> {
    let mut answers = lines(input);
    let place = Place { cluster: PLACE.0.to_owned(), service_name: PLACE.1.to_owned() };
    client.answered_by(
        move |operation, _| next(&mut answers, operation),
        |ecs| async move {
            match arn {
                Some(arn) => ecs.observe_again(&place, arn, known).await,
                None => ecs.observe(&place, known, Duration::ZERO).await,
            }
        },
    )
}

/// Takes one set of answers through everything that is made of it: looks as an object makes them that is new, and once more
/// as it then remembers. Panics where a rule is broken.
pub fn answers(input: &[u8]) {
    with_client(|client| {
        let mut object = OBJECT.clone();
        for _ in 0..2 {
            let live = understood(&object);
            let mut known = Known {
                owner: Some(live.desired.owner.clone()),
                ..Memory::of(&live.before).known(live.desired.generation, true)
            };
            known.managed.due = Due::Everything;
            let arn = live.before.service_arn.as_deref();
            let seen = redacted(&live, look(client, input, &known, arn));
            let plan = decided(&live, &seen, *NOW);
            let told = told(&live, &seen, plan.as_ref(), None, *NOW);
            rules::hold(&object, &live, plan.as_ref(), &told);
            object.data["status"] = serde_json::to_value(&told.status).unwrap();
        }
    });
}
