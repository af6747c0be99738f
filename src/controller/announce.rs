//! Publishing events. A lost event is logged and no more: the status holds the truth.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};

use crate::core::events::Note;

use super::gate::Pass;

/// Longest note that events.k8s.io/v1 takes, in bytes.
const MAX_NOTE: usize = 1024;

/// What the events say they came from.
const CONTROLLER: &str = "expressway";

/// Publishes one event about an object.
///
/// Each has a recorder of its own: kube's would fold an event into an earlier one of the same reason and show that one's
/// text. Ours are about transitions, so each is news.
pub async fn publish(_pass: Pass, client: &Client, about: &ObjectReference, note: &Note) -> Result<(), kube::Error> {
    let recorder = Recorder::new(client.clone(), Reporter { controller: CONTROLLER.to_owned(), instance: None });
    let event = Event {
        type_: if note.warning { EventType::Warning } else { EventType::Normal },
        reason: note.reason.to_string(),
        note: Some(capped(&note.text)),
        action: note.reason.to_string(),
        secondary: None,
    };
    recorder.publish(&event, about).await
}

fn capped(text: &str) -> String {
    let end = (0..=text.len().min(MAX_NOTE)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}
