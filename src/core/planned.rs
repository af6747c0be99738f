//! A write in the words of `status.plan`: what it would change, what that costs, and the hash that approves it.

use sha2::{Digest, Sha256};

use crate::api::names;
use crate::api::status::{FieldDifference, PlanStatus};

use super::immutable::INFRASTRUCTURE_ROLE;
use super::spec_hash::{Leaf, hexadecimal};
use super::step::{AwsWrite, Retag, TagChange};
use super::target::Difference;

/// Most fields that a plan or a drift lists; the CRD refuses more.
pub const MAX_CHANGES: usize = 64;

/// Most characters of a value that are shown.
const MAX_VALUE: usize = 256;

/// A field in the words of the status. Values that may be secret are redacted by their type.
#[must_use]
pub fn field_difference(difference: &Difference) -> FieldDifference {
    FieldDifference {
        path: difference.path.clone(),
        wanted: difference.wanted.as_ref().map(shown),
        live: difference.live.as_ref().map(shown),
    }
}

fn shown(leaf: &Leaf) -> String {
    let text = leaf.to_string();
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// What `write` would do. `differences` are those it removes (a tag that is not among them is shown without its live
/// value); `base` names what it starts from (the serving revision, or the moment at which the service was created), so that
/// an approval is for this change of this service and for no other.
#[must_use]
pub fn planned(action: Action, write: AwsWrite<'_>, differences: &[Difference], base: &str) -> PlanStatus {
    let updates = action == Action::Adopt && !differences.is_empty();
    let differences = match write {
        AwsWrite::Create(create) => created(create.configuration.leaves()),
        AwsWrite::Retag(Retag { change, .. }) => {
            let mut tags = tags(change);
            tags.retain(|tag| differences.iter().all(|known| known.path != tag.path));
            [differences, &tags].concat()
        }
        _ => differences.to_vec(),
    };
    PlanStatus {
        hash: hash(action, &differences, base),
        action: action.to_string(),
        base: base.starts_with("arn:").then(|| base.to_owned()),
        starts_rollout: updates || matches!(action, Action::Create | Action::Update | Action::Recreate),
        needs_replacement: action == Action::Recreate || differences.iter().any(|d| d.path == INFRASTRUCTURE_ROLE),
        changes: differences.iter().take(MAX_CHANGES).map(field_difference).collect(),
    }
}

/// What a plan does, in the word of `status.plan.action`.
#[derive(Clone, Copy, Debug, strum::Display, PartialEq, Eq)]
pub enum Action {
    /// Creates the service.
    Create,
    /// Updates the service: one canary.
    Update,
    /// Writes or removes tags.
    Retag,
    /// Puts our tags on a service that is not this object's.
    Adopt,
    /// Deletes the service so that it is created again.
    Recreate,
    /// Stops the deployment in flight.
    Stop,
    /// Takes our tags off, and lets go.
    Retain,
    /// Deletes the service.
    Delete,
}

fn created(leaves: std::collections::BTreeMap<String, Leaf>) -> Vec<Difference> {
    leaves.into_iter().map(|(path, leaf)| Difference { path, wanted: Some(leaf), live: None }).collect()
}

/// Path of a tag.
pub(super) fn tag_path(key: &str) -> String {
    format!("spec.tags[{key}]")
}

/// The user's tags by key; ours are nobody's to approve.
fn tags(change: &TagChange) -> Vec<Difference> {
    let path = |key: &String| tag_path(key);
    let is_users = |key: &String| !key.starts_with(names::TAG_PREFIX);
    match change {
        TagChange::Set(set) => set
            .iter()
            .filter(|(key, _)| is_users(key))
            .map(|(key, value)| Difference { path: path(key), wanted: Some(Leaf::Plain(value.clone())), live: None })
            .collect(),
        TagChange::Remove(keys) => keys
            .iter()
            .filter(|key| is_users(key))
            .map(|key| Difference { path: path(key), wanted: None, live: Some(Leaf::Plain("set".to_owned())) })
            .collect(),
    }
}

fn hash(action: Action, differences: &[Difference], base: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{action}/{base}/"));
    for Difference { path, wanted, live } in differences {
        for part in [Some(&Leaf::Plain(path.clone())), wanted.as_ref(), live.as_ref()] {
            match part {
                // Lengths keep "a" + "bc" apart from "ab" + "c".
                Some(Leaf::Plain(value) | Leaf::Secret(value)) => hasher.update(format!("{}:{value}", value.len())),
                None => hasher.update("-"),
            }
        }
    }
    hexadecimal(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(path: &str, wanted: Option<Leaf>, live: Option<Leaf>) -> Difference {
        Difference { path: path.to_owned(), wanted, live }
    }

    fn plain(text: &str) -> Option<Leaf> {
        Some(Leaf::Plain(text.to_owned()))
    }

    #[test]
    fn a_hash_is_of_this_change_of_this_service_alone() {
        let image = difference("spec.primaryContainer.image", plain("web:2"), plain("web:1"));
        let back = difference("spec.primaryContainer.image", plain("web:1"), plain("web:2"));
        let all = [
            hash(Action::Update, std::slice::from_ref(&image), "r1"),
            hash(Action::Update, std::slice::from_ref(&image), "r2"),
            hash(Action::Update, &[back], "r1"),
            hash(Action::Recreate, &[image], "r1"),
            hash(Action::Update, &[], "r1"),
        ];
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn secret_values_are_in_the_hash_and_not_in_the_text() {
        let secret = |value: &str| {
            difference("spec.primaryContainer.environment[KEY]", Some(Leaf::Secret(value.to_owned())), None)
        };
        let (one, other) = (secret("hunter2"), secret("hunter3"));
        assert_ne!(hash(Action::Update, std::slice::from_ref(&one), "r"), hash(Action::Update, &[other], "r"));
        assert_eq!(field_difference(&one).wanted.as_deref(), Some("<redacted>"));
        assert_eq!(format!("{:?}", (one.wanted, plain("a"))), r#"(Some("<redacted>"), Some("a"))"#);
    }
}
