//! What is said of an object that the API server does not let be written to: an event, as its status cannot say it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use crate::api::conditions::{ConditionType, Reason};

use super::conditions::find;
use super::events::{EventReason, Note};

/// Most fields that are named.
const MAX_FIELDS: usize = 8;

/// The event. `conditions` are those that could not be written; `fields` are those that the API server named.
#[must_use]
pub fn note(conditions: &[Condition], fields: &[String]) -> Note {
    let invalid = find(conditions, ConditionType::Ready).filter(|ready| ready.reason == Reason::InvalidSpec.as_ref());
    let problem = match (invalid, fields) {
        (Some(ready), _) => ready.message.clone(),
        (None, []) => "the spec is not what the CRD says".to_owned(),
        (None, fields) => {
            let named: Vec<&str> = fields.iter().take(MAX_FIELDS).map(String::as_str).collect();
            format!("the CRD does not take {}", named.join(", "))
        }
    };
    let text = format!(
        "{problem}. Until that is corrected the API server refuses every write to this object, so its status is not kept up \
         to date and its finalizer cannot be taken off"
    );
    Note { reason: EventReason::InvalidSpec, warning: true, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::conditions::{Statement, Truth, stated};
    use crate::core::fixtures::at;

    #[test]
    fn it_names_the_field_as_the_condition_would_have() {
        let message = "spec.serviceName: cannot be read: expected a string";
        let ready = Statement::new(ConditionType::Ready, Truth::False, Reason::InvalidSpec, message);

        let note = note(&stated(&[], vec![ready], 1, at(0)), &["spec".to_owned()]);

        assert_eq!((note.reason, note.warning), (EventReason::InvalidSpec, true));
        assert!(note.text.starts_with(&format!("{message}. Until that is corrected")), "{}", note.text);
    }

    #[test]
    fn without_a_condition_it_names_what_the_api_server_named() {
        assert!(note(&[], &["spec.cpu".to_owned()]).text.starts_with("the CRD does not take spec.cpu. Until"));
        assert!(note(&[], &[]).text.starts_with("the spec is not what the CRD says. Until"));
    }
}
