//! What is seen of an object: its conditions, its columns, its events.

use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, DynamicObject, ListParams};
use kube::core::ApiResource;
use serde_json::Value;

use expressway::api::ExpressGatewayService;

use super::control_plane::{RUNTIME, Said};
use super::patience::eventually;
use super::world::World;

/// One object of a story, whether or not it is there.
#[derive(Clone)]
pub struct Service<'w> {
    /// Where it lives.
    pub world: &'w World,
    /// Its name.
    pub name: String,
    /// The name of its service in ECS.
    pub service_name: String,
}

impl Service<'_> {
    /// The whole object as JSON; `None` when there is none.
    pub fn object(&self) -> Option<Value> {
        let resource = ApiResource::erase::<ExpressGatewayService>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.world.client(), &self.world.namespace, &resource);
        let object = RUNTIME.block_on(api.get_opt(&self.name)).unwrap()?;
        Some(serde_json::to_value(object).unwrap())
    }

    /// A value in the object, by JSON pointer: `/status/url`. Null when it is not there.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        let object = self.object().unwrap_or_else(|| panic!("there is no object {}", self.name));
        object.pointer(pointer).cloned().unwrap_or_default()
    }

    /// A text in the object, by JSON pointer; empty when it is not there.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap_or_default().to_owned()
    }

    /// The condition of this type, if it is about the spec as it is now.
    pub fn condition(&self, kind: &str) -> Option<Value> {
        let object = self.object()?;
        let conditions = object.pointer("/status/conditions")?.as_array()?;
        let condition = conditions.iter().find(|condition| condition["type"] == kind)?;
        let is_current = condition["observedGeneration"] == object["metadata"]["generation"];
        is_current.then(|| condition.clone())
    }

    /// `True RolledBack` of a condition; empty when it is not there, or not about the spec as it is now.
    pub fn says(&self, kind: &str) -> String {
        let condition = self.condition(kind).unwrap_or_default();
        let word = |member: &str| condition[member].as_str().unwrap_or_default().to_owned();
        format!("{} {}", word("status"), word("reason")).trim().to_owned()
    }

    /// The message of a condition.
    pub fn message(&self, kind: &str) -> String {
        self.condition(kind).and_then(|it| it["message"].as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Waits until a condition about the spec as it is now has this status and reason. Gives its message.
    #[track_caller]
    pub fn shows(&self, kind: &str, status: &str, reason: &str) -> String {
        let wanted = format!("{status} {reason}");
        eventually(format_args!("{} {kind}={wanted}", self.name), || {
            let condition = self.condition(kind).unwrap_or_default();
            let is_it = condition["status"] == status && condition["reason"] == reason;
            is_it.then(|| condition["message"].as_str().unwrap_or_default().to_owned()).ok_or(condition)
        })
    }

    /// Waits until there is no condition of this type in what is said of the spec as it is now.
    #[track_caller]
    pub fn no_longer_shows(&self, kind: &str) {
        eventually(format_args!("{} has no {kind}", self.name), || match self.condition("Ready") {
            Some(_) if self.condition(kind).is_none() => Ok(()),
            _ => Err(self.at("/status/conditions")),
        });
    }

    /// Waits until a value in the object, by JSON pointer, is this one.
    #[track_caller]
    pub fn has(&self, pointer: &str, value: impl Into<Value>) {
        let wanted = value.into();
        eventually(format_args!("{} {pointer} = {wanted}", self.name), || {
            let seen = self.object().and_then(|object| object.pointer(pointer).cloned()).unwrap_or_default();
            if seen == wanted { Ok(()) } else { Err(seen) }
        });
    }

    /// Waits until the object is gone.
    #[track_caller]
    pub fn is_gone(&self) {
        eventually(format_args!("{} is gone", self.name), || match self.object() {
            None => Ok(()),
            Some(object) => Err(object["metadata"].clone()),
        });
    }

    /// The reasons of its events, oldest first.
    pub fn events(&self) -> Vec<String> {
        self.event_objects().into_iter().filter_map(|event| event.reason).collect()
    }

    /// The notes of its events of one reason, oldest first.
    pub fn notes(&self, reason: &str) -> Vec<String> {
        let of_reason = self.event_objects().into_iter().filter(|event| event.reason.as_deref() == Some(reason));
        of_reason.filter_map(|event| event.note).collect()
    }

    fn event_objects(&self) -> Vec<Event> {
        let api: Api<Event> = Api::namespaced(self.world.client(), &self.world.namespace);
        let all = RUNTIME.block_on(api.list(&ListParams::default())).unwrap().items;
        let about = |event: &Event| event.regarding.as_ref().and_then(|it| it.name.clone());
        let mut events: Vec<Event> =
            all.into_iter().filter(|event| about(event).as_ref() == Some(&self.name)).collect();
        events.sort_by_key(|event| event.event_time.as_ref().map(|time| time.0));
        events
    }

    /// Waits until its events, oldest first, are exactly these.
    #[track_caller]
    pub fn told(&self, reasons: &[&str]) {
        eventually(format_args!("the events of {} are {reasons:?}", self.name), || {
            let seen = self.events();
            if seen == reasons { Ok(()) } else { Err(format!("{seen:?}")) }
        });
    }

    /// Waits until there is an event of this reason, and there is only one.
    #[track_caller]
    pub fn told_once(&self, reason: &str) {
        eventually(format_args!("an event {reason} of {}", self.name), || {
            if self.notes(reason).is_empty() { Err(format!("{:?}", self.events())) } else { Ok(()) }
        });
        assert_eq!(self.notes(reason).len(), 1, "{:?}", self.notes(reason));
    }

    /// Waits until this is its newest event.
    #[track_caller]
    pub fn told_last(&self, reason: &str) {
        eventually(format_args!("the newest event of {} is {reason}", self.name), || {
            let seen = self.events();
            if seen.last().is_some_and(|last| last == reason) { Ok(()) } else { Err(format!("{seen:?}")) }
        });
    }

    /// The row that `kubectl get egs` prints, by its heading.
    pub fn columns(&self, wide: bool) -> Vec<(String, String)> {
        let mut words = vec!["get", "egs", &self.name];
        words.extend(wide.then_some("--output=wide"));
        let printed = self.world.kubectl(&words).done();
        let mut lines = printed.lines();
        let (heading, row) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        // Columns are padded with spaces, at least three; a heading starts where its column does.
        let starts: Vec<usize> = heading
            .match_indices(|c: char| c != ' ')
            .map(|(at, _)| at)
            .filter(|at| starts_a_word(heading, *at))
            .collect();
        let cell = |line: &str, index: usize| {
            let end = starts.get(index + 1).copied().unwrap_or(usize::MAX);
            let text: String = line.chars().skip(starts[index]).take(end - starts[index]).collect();
            text.trim().to_owned()
        };
        (0..starts.len()).map(|index| (cell(heading, index), cell(row, index))).collect()
    }

    /// One cell of that row.
    pub fn column(&self, heading: &str) -> String {
        let row = self.columns(true);
        let cell = row.iter().find(|(name, _)| name == heading);
        cell.unwrap_or_else(|| panic!("no column {heading} in {row:?}")).1.clone()
    }

    /// `kubectl patch --type=merge`.
    #[track_caller]
    pub fn patch(&self, merge: &Value) {
        self.world.kubectl(&["patch", "egs", &self.name, "--type=merge", "--patch", &merge.to_string()]).done();
    }

    /// Writes another image into the spec.
    #[track_caller]
    pub fn set_image(&self, image: &str) {
        self.patch(&serde_json::json!({"spec": {"primaryContainer": {"image": image}}}));
    }

    /// `kubectl annotate`.
    #[track_caller]
    pub fn annotate(&self, annotation: &str) {
        self.world.kubectl(&["annotate", "--overwrite", "egs", &self.name, annotation]).done();
    }

    /// `kubectl delete --wait=false`.
    #[track_caller]
    pub fn delete(&self) -> Said {
        self.world.kubectl(&["delete", "--wait=false", "egs", &self.name])
    }
}

fn starts_a_word(line: &str, at: usize) -> bool {
    at == 0 || line[..at].ends_with(' ')
}
