//! The oracles: what has to be true once all is calm, and what must never have happened. Values in, complaints out.

use std::collections::{BTreeMap, BTreeSet};

use express_simulator::server::{Entry, Outcome};
use expressway::api::names;
use serde_json::Value;

use crate::fleet::{Declared, Fleet};
use crate::vocabulary::fields::shows;

const CREATE: &str = "CreateExpressGatewayService";
const UPDATE: &str = "UpdateExpressGatewayService";
const DELETE: &str = "DeleteExpressGatewayService";

/// What there is, in Kubernetes and in ECS.
#[derive(Debug, Default)]
pub struct Seen {
    /// All objects.
    pub objects: Vec<Value>,
    /// All services in small, with those that are gone but not forgotten.
    pub services: Vec<Value>,
    /// Services in full, by name; `None`: not looked at yet.
    pub described: Option<BTreeMap<String, Value>>,
}

/// What is not as it was declared: nothing lost, nothing doubled, nothing stuck.
pub fn differences(fleet: &Fleet, seen: &Seen) -> Vec<String> {
    let mut said = Vec::new();
    let declared: BTreeMap<&str, &Declared> =
        fleet.services.iter().filter(|it| it.spec.is_some()).map(|it| (it.name.as_str(), it)).collect();
    let objects: BTreeMap<&str, &Value> =
        seen.objects.iter().map(|it| (it["metadata"]["name"].as_str().unwrap_or_default(), it)).collect();
    for (name, object) in &objects {
        if !declared.contains_key(name) {
            said.push(format!(
                "{name}: deleted, and the object is still there, with {}",
                object["metadata"]["finalizers"]
            ));
        }
    }
    let alive = seen.services.iter().filter(|it| it["status"] != "INACTIVE");
    let mut active = BTreeSet::new();
    for service in alive {
        let arn = service["serviceArn"].as_str().unwrap_or_default();
        let name = arn.rsplit('/').next().unwrap_or_default();
        if !declared.contains_key(name) {
            said.push(format!("{name}: no object, and ECS has {arn}, which is {}", service["status"]));
        } else if service["status"] == "ACTIVE" && !active.insert(name) {
            said.push(format!("{name}: two services"));
        }
    }
    for (name, declared) in declared {
        let Some(object) = objects.get(name) else {
            said.push(format!("{name}: declared, and there is no object"));
            continue;
        };
        if !active.contains(name) {
            said.push(format!("{name}: declared, and ECS has no ACTIVE service"));
        }
        said.extend(object_says(declared, object).map(|what| format!("{name}: {what}")));
        if let Some(described) = &seen.described {
            let shown = described.get(name).unwrap_or(&Value::Null);
            said.extend(ecs_says(declared, object, shown).map(|what| format!("{name}: {what}")));
        }
    }
    said
}

/// Ready, or held for good; both about the spec as it is.
fn object_says(declared: &Declared, object: &Value) -> Option<String> {
    let is_bad = declared.spec.as_ref()?.is_bad;
    let wanted = if is_bad { ("Stalled", "True") } else { ("Ready", "True") };
    let none = Vec::new();
    let conditions = object["status"]["conditions"].as_array().unwrap_or(&none);
    let condition = conditions.iter().find(|it| it["type"] == wanted.0).unwrap_or(&Value::Null);
    let is_current = condition["observedGeneration"] == object["metadata"]["generation"];
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Some("declared, and being deleted".to_owned());
    }
    if !is_current || condition["status"] != wanted.1 {
        let words =
            |it: &Value| format!("{}={} {} ({})", it["type"], it["status"], it["reason"], it["observedGeneration"]);
        let all: Vec<String> = conditions.iter().map(words).collect();
        return Some(format!(
            "not {}={} in generation {}, but {}",
            wanted.0,
            wanted.1,
            object["metadata"]["generation"],
            all.join(", ")
        ));
    }
    let drift = &object["status"]["drift"];
    (!drift.is_null()).then(|| format!("drift is left: {drift}"))
}

/// The service is this object's, and is what was declared, unless that can only be rolled back: then all of it is held.
fn ecs_says(declared: &Declared, object: &Value, shown: &Value) -> Option<String> {
    let spec = declared.spec.as_ref()?;
    let none = Vec::new();
    let tags = shown["tags"].as_array().unwrap_or(&none);
    let owner = tags.iter().find(|tag| tag["key"] == names::TAG_UID).map_or(&Value::Null, |tag| &tag["value"]);
    if *owner != object["metadata"]["uid"] {
        return Some(format!("the service is owned by {owner}, not by {}", object["metadata"]["uid"]));
    }
    if spec.is_bad {
        return None;
    }
    let mut wanted = spec.members();
    let team = wanted.as_object_mut()?.remove("tags").and_then(|mut tags| Some(tags.get_mut(0)?.take()));
    let shown_team = tags.iter().find(|tag| tag["key"] == "team");
    if team.as_ref() != shown_team {
        return Some(format!("ECS has the tag {shown_team:?}, not {team:?}"));
    }
    let serving = shown["activeConfigurations"].as_array().unwrap_or(&none);
    match serving.as_slice() {
        [only] if shows(only, &wanted, "") => None,
        others => Some(format!("ECS serves {}, not {wanted}", Value::from(others.to_vec()))),
    }
}

/// A call of the controller's that changed something.
struct Write<'e> {
    call: &'e Entry,
    is_theirs: bool,
}

/// The writes that had an effect, by the name of their service.
fn writes(journal: &[Entry]) -> BTreeMap<&str, Vec<Write<'_>>> {
    let mut writes: BTreeMap<&str, Vec<Write<'_>>> = BTreeMap::new();
    for call in journal {
        let has_effect = matches!(call.outcome, Outcome::Ok | Outcome::Fault { effect: true, .. });
        if has_effect && [CREATE, UPDATE, DELETE].contains(&call.operation.as_str()) {
            let name = call.service.as_deref().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let is_theirs = is_theirs(call);
            writes.entry(name).or_default().push(Write { call, is_theirs });
        }
    }
    writes
}

/// Canaries too many: the same update twice with nothing between that would be a reason for it.
pub fn doubled(journal: &[Entry]) -> Vec<String> {
    let mut said = Vec::new();
    for (name, writes) in writes(journal) {
        for pair in writes.windows(2) {
            let [one, other] = pair else { continue };
            let are_updates = one.call.operation == UPDATE && other.call.operation == UPDATE;
            if are_updates && one.call.request == other.call.request {
                said.push(format!(
                    "{name}: calls {} and {} are the same update: {}",
                    one.call.sequence, other.call.sequence, other.call.request
                ));
            }
        }
    }
    said
}

/// More writes than there were reasons for.
pub fn too_many(fleet: &Fleet, journal: &[Entry]) -> Vec<String> {
    let writes = writes(journal);
    let none = Vec::new();
    let mut said = Vec::new();
    for service in &fleet.services {
        let own = writes.get(service.name.as_str()).unwrap_or(&none).iter().filter(|write| !write.is_theirs);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        own.for_each(|write| *counts.entry(write.call.operation.as_str()).or_default() += 1);
        let bounds = [
            (CREATE, service.incarnations),
            (UPDATE, service.applied - service.incarnations + service.drifts),
            (DELETE, service.incarnations - usize::from(service.spec.is_some())),
        ];
        for (operation, bound) in bounds {
            let count = counts.get(operation).copied().unwrap_or(0);
            if count > bound {
                said.push(format!("{}: {count} times {operation}, and {bound} reasons for it", service.name));
            }
        }
    }
    said
}

/// Calls that are missing in the journal: the record is whole.
pub fn forgotten(journal: &[Entry]) -> Vec<String> {
    let gap = |pair: &[Entry]| (pair[0].sequence + 1 != pair[1].sequence).then(|| pair[0].sequence);
    journal.windows(2).filter_map(gap).map(|at| format!("the journal has a gap after call {at}")).collect()
}

/// How many calls of the controller's were to change something in ECS; and how many calls it made.
pub fn traffic(journal: &[Entry]) -> (usize, usize) {
    let is_write = |call: &&Entry| !call.operation.starts_with("Describe") && !call.operation.starts_with("List");
    let own = || journal.iter().filter(|call| !is_theirs(call));
    (own().filter(is_write).count(), own().count())
}

/// Whether somebody else made it: the soak signs nothing.
fn is_theirs(call: &Entry) -> bool {
    call.caller.is_none()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
