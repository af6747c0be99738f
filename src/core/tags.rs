//! The tags of a service against those that it should carry. Other people's are theirs, and never looked at.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::api::names;

use super::observed::Tags;
use super::planned::tag_path;
use super::spec_hash::{Leaf, hexadecimal};
use super::step::TagChange;
use super::target::Difference;

/// A tag that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TagDifference {
    /// Its key.
    pub(super) key: String,
    /// The value it should have; `None`: it was set before and is to be removed.
    pub(super) wanted: Option<String>,
    /// The value it has; `None`: it is not there.
    pub(super) live: Option<String>,
}

impl TagDifference {
    /// Whether it is one of the controller's own.
    pub(super) fn is_ours(&self) -> bool {
        self.key.starts_with(names::TAG_PREFIX)
    }

    /// The same in the words of a comparison.
    pub(super) fn difference(&self) -> Difference {
        let leaf = |value: &Option<String>| value.clone().map(Leaf::Plain);
        Difference { path: tag_path(&self.key), wanted: leaf(&self.wanted), live: leaf(&self.live) }
    }
}

/// What differs: tags that are `wanted` and are not there with that value, and those that were set `before`, are not wanted
/// any more, and are still there.
pub(super) fn compare(wanted: &Tags, before: &[String], live: &Tags) -> Vec<TagDifference> {
    let left = before.iter().filter(|key| live.contains_key(*key));
    let keys: BTreeSet<&String> = wanted.keys().chain(left).collect();
    keys.into_iter()
        .map(|key| TagDifference { key: key.clone(), wanted: wanted.get(key).cloned(), live: live.get(key).cloned() })
        .filter(|tag| tag.wanted != tag.live)
        .collect()
}

/// The one call to AWS that comes first, to a service that carries `live`: tags are written before others are removed, unless
/// there is no room for them before.
pub(super) fn change<'a>(
    differences: impl Iterator<Item = &'a TagDifference> + Clone,
    live: &Tags,
) -> Option<TagChange> {
    let set: Tags = differences.clone().filter_map(|tag| Some((tag.key.clone(), tag.wanted.clone()?))).collect();
    let remove: Vec<String> = differences.filter(|tag| tag.wanted.is_none()).map(|tag| tag.key.clone()).collect();
    let new = set.keys().filter(|key| !live.contains_key(*key)).count();
    let has_room = live.len() + new <= names::SERVICE_TAGS;
    match (set.is_empty(), remove.is_empty()) {
        (true, true) => None,
        (false, true) => Some(TagChange::Set(set)),
        (false, false) if has_room => Some(TagChange::Set(set)),
        _ => Some(TagChange::Remove(remove)),
    }
}

/// Hash over tags.
pub(super) fn hash(tags: &Tags) -> String {
    let mut hasher = Sha256::new();
    for (key, value) in tags {
        // Lengths keep "a" + "bc" apart from "ab" + "c".
        hasher.update(format!("{}:{key}{}:{value}", key.len(), value.len()));
    }
    hexadecimal(&hasher.finalize())
}

#[cfg(test)]
#[path = "plan_tags_tests.rs"]
mod tests;
