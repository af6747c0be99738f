//! What must hold after every step, whatever went wrong: the rules of the conditions, and whose services are written to.

use express_simulator::model::Model;
use express_simulator::wire::{Operation, Request};
use expressway::api::names::{TAG_CLUSTER_ID, TAG_NAME, TAG_NAMESPACE, TAG_UID};
use expressway::controller::gate::Write;
use serde_json::{Value, json};

use crate::world::{CLUSTER_ID, NAME, NAMESPACE, Passed, Watchman, World, service_arn};

/// The rules, and what they have seen.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Everything has come to rest: from now on nothing may be written.
    pub rests: bool,
    /// The rules that were broken.
    pub broken: Vec<String>,
    before: Value,
    uid: Value,
}

impl Rules {
    /// What they hold the world to from now on.
    #[must_use]
    pub fn hold(&self, world: &World) -> String {
        format!("{} {} {} {}", self.rests, is_an_intention(world), self.uid, self.before)
    }

    /// Looks at the world after a reconcile.
    pub fn look(&mut self, world: &World, wrote: bool) {
        if self.rests && wrote {
            let last = world.passed.last().map(|passed| passed.call.to_string()).unwrap_or_default();
            self.broken.push(format!("a write ({last}) although nothing was to be done"));
        }
        let Some(object) = world.store.object(NAME) else { return };
        if self.uid != object["metadata"]["uid"] {
            // A namesake is another object.
            (self.uid, self.before) = (object["metadata"]["uid"].clone(), Value::Null);
        }
        let status = &object["status"];
        if *status == self.before {
            return;
        }
        if status["observedGeneration"] == -1 && status["conditions"].is_null() {
            // What is lost cannot be kept to.
            self.before = status.clone();
            return;
        }
        if !is_an_intention(world) {
            self.conditions(status);
        }
        self.ready_is_what_serves(world, object);
        self.before = status.clone();
    }

    fn conditions(&mut self, status: &Value) {
        let conditions: Vec<&Value> = status["conditions"].as_array().into_iter().flatten().collect();
        let count = |kind: &str| conditions.iter().filter(|condition| condition["type"] == kind).count();
        let is_true = |kind: &str| conditions.iter().any(|c| c["type"] == kind && c["status"] == "True");
        let mut say = |what: &str| self.broken.push(format!("{what}: {}", json!(conditions)));
        if conditions.iter().any(|condition| count(condition["type"].as_str().unwrap_or_default()) != 1) {
            say("a condition is there twice");
        }
        if count("Reconciling") + count("Stalled") > 1 {
            say("Reconciling and Stalled at once");
        }
        if ["Reconciling", "Stalled", "Suspended"].iter().any(|kind| count(kind) == 1 && !is_true(kind)) {
            say("an abnormal condition that is not true");
        }
        if count("Stalled") == 1 && is_true("Ready") {
            say("Ready and Stalled at once");
        }
        if !is_true("Ready")
            && count("Reconciling") + count("Stalled") == 0
            && status["plan"].is_null()
            && status["drift"].is_null()
        {
            say("not ready, and nothing says whether to wait");
        }
        if conditions.iter().any(|condition| condition["observedGeneration"] != status["observedGeneration"]) {
            say("a condition of another generation");
        }
        let before = self.before["conditions"].as_array().cloned().unwrap_or_default();
        for condition in &conditions {
            let was = before.iter().find(|before| before["type"] == condition["type"]);
            let Some(was) = was else { continue };
            let (same, since) = (was["status"] == condition["status"], &condition["lastTransitionTime"]);
            if same && was["lastTransitionTime"] != *since {
                self.broken.push(format!("a transition time moved without a transition: {condition}, before {was}"));
            }
        }
    }

    /// What is called ready takes all traffic, and is what the spec says.
    fn ready_is_what_serves(&mut self, world: &World, object: &Value) {
        let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
        let is_ready = conditions.clone().any(|c| c["type"] == "Ready" && c["status"] == "True");
        if !is_ready || object["status"]["observedGeneration"] != object["metadata"]["generation"] {
            return;
        }
        let arn = service_arn();
        let summary = world.ecs.summary();
        let service = summary.services.iter().find(|service| service.service_arn == arn);
        let serves = service.filter(|service| service.status == "ACTIVE").and_then(|it| it.serving_image.as_deref());
        let wanted = object["spec"]["primaryContainer"]["image"].as_str();
        if serves != wanted {
            self.broken.push(format!("Ready, but {serves:?} serves and not {wanted:?}"));
        }
    }
}

/// Whether the status is what was written down before a write to ECS: it says what it said before, and no more.
fn is_an_intention(world: &World) -> bool {
    let of_status =
        |passed: &&Passed| matches!(passed.write, Some(Write::Intention | Write::Status)) && passed.took_effect;
    world.passed.iter().rfind(of_status).is_some_and(|passed| passed.write == Some(Write::Intention))
}

/// Watches whose service is written to.
pub fn watchman(may_lack_tags: bool) -> Watchman {
    Box::new(move |ecs, request, store| {
        let operation = request.operation();
        if operation == Operation::CreateExpressGatewayService {
            return None;
        }
        let tags = tags(ecs)?;
        let tag = |key: &str| tags.iter().find(|tag| tag["key"] == key).and_then(|tag| tag["value"].as_str());
        let owner = (tag(TAG_CLUSTER_ID), tag(TAG_UID));
        let object = store.object(NAME);
        let uid = object.and_then(|object| object["metadata"]["uid"].as_str());
        let is_ours = uid.is_some() && owner == (Some(CLUSTER_ID), uid);
        // An object of the same name in the same cluster that is applied again finds its service by its tags.
        let of_a_namesake = (tag(TAG_CLUSTER_ID), tag(TAG_NAMESPACE), tag(TAG_NAME))
            == (Some(CLUSTER_ID), Some(NAMESPACE), Some(NAME))
            && operation == Operation::TagResource;
        let adoption = object.and_then(|object| object["spec"]["management"]["adoption"].as_str());
        let is_adopted = match (operation, adoption, owner.1) {
            (Operation::TagResource, Some("Always"), _) | (Operation::TagResource, Some("IfUnowned"), None) => true,
            (_, _, None) => may_lack_tags,
            _ => false,
        };
        (!is_ours && !of_a_namesake && !is_adopted).then(|| format!("{} on a service of {owner:?}", operation.name()))
    })
}

/// The tags of the service as they are; `None` when there is none.
fn tags(ecs: &Model) -> Option<Vec<Value>> {
    let mut ecs = ecs.clone();
    ecs.quotas_mut().enabled = false;
    let now = express_simulator::time::Time::default();
    let request = Request::from_json(Operation::ListTagsForResource, json!({"resourceArn": service_arn()})).ok()?;
    let answer = ecs.apply(request, now).ok()?.to_json();
    Some(answer["tags"].as_array().cloned().unwrap_or_default())
}
