//! Whose service it is: proved by AWS tags, never by the object's own status.

use crate::api::management::Adoption;
use crate::api::names;

use super::observed::Tags;

/// The object that a service belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// Id of the Kubernetes cluster.
    pub cluster_id: String,
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// Uid of the object.
    pub uid: String,
}

/// What the tags of a service say about us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It is ours, perhaps left by an object of the same name that came before.
    Ours,
    /// It belongs to another object.
    Other(Owner),
    /// It carries none of our tags.
    Nobody,
}

impl Owner {
    /// The tags that prove ownership.
    #[must_use]
    pub fn tags(&self) -> Tags {
        [
            (names::TAG_CLUSTER_ID, self.cluster_id.as_str()),
            (names::TAG_NAMESPACE, &self.namespace),
            (names::TAG_NAME, &self.name),
            (names::TAG_UID, &self.uid),
            (names::TAG_MANAGED_BY, names::MANAGED_BY),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
    }

    /// Reads whose service carries these tags, for an object that may have `managed` this very service: tags that somebody took
    /// off do not make it nobody's.
    #[must_use]
    pub fn of_managed(&self, tags: &Tags, managed: bool) -> Ownership {
        match self.of(tags) {
            Ownership::Nobody if managed => Ownership::Ours,
            whose => whose,
        }
    }

    /// Reads whose service carries these tags.
    #[must_use]
    pub fn of(&self, tags: &Tags) -> Ownership {
        let tag = |key: &str| tags.get(key).cloned().unwrap_or_default();
        let other = Self {
            cluster_id: tag(names::TAG_CLUSTER_ID),
            namespace: tag(names::TAG_NAMESPACE),
            name: tag(names::TAG_NAME),
            uid: tag(names::TAG_UID),
        };
        if [&other.cluster_id, &other.namespace, &other.name].iter().any(|part| part.is_empty()) {
            return Ownership::Nobody;
        }
        let same_object =
            other.cluster_id == self.cluster_id && other.namespace == self.namespace && other.name == self.name;
        if same_object { Ownership::Ours } else { Ownership::Other(other) }
    }
}

impl Ownership {
    /// Whether the service may be changed.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        *self == Self::Ours
    }

    /// Whether the policy lets the service be made ours. What was ours and has another owner now was taken over by that
    /// owner: taken back by itself, it would go to and fro between two that may.
    #[must_use]
    pub fn may_be_adopted(&self, adoption: Adoption, was_ours: bool) -> bool {
        match (self, adoption) {
            (Self::Ours, _) | (_, Adoption::Never) | (Self::Other(_), Adoption::IfUnowned) => false,
            (Self::Nobody, Adoption::IfUnowned | Adoption::Always) => true,
            (Self::Other(_), Adoption::Always) => !was_ours,
        }
    }
}
