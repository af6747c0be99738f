//! What may be done with the service: `spec.management` and its emergency annotation, with every default filled in.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use crate::api::management::{Adoption, Approval, Deletion, Drift, Management, Mode, Recreate};
use crate::api::names;

/// Bounds of `resyncInterval`; the CRD refuses what is beyond them.
const RESYNC: std::ops::RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(24 * 60 * 60);

/// `spec.management` cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// What may be done with the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether AWS is changed at all.
    pub mode: Mode,
    /// Who stopped every write, if somebody did.
    pub suspended: Option<SuspendedBy>,
    /// What is done with a service of this name that is not this object's.
    pub adoption: Adoption,
    /// What becomes of the service when the object is deleted.
    pub deletion: Deletion,
    /// Why the service is kept from being deleted, if it is.
    pub protected: Option<ProtectedBy>,
    /// What is done about changes that others make.
    pub drift: Drift,
    /// Who starts a change.
    pub approval: Approval,
    /// Whether a service may be deleted and created again.
    pub recreate: Recreate,
    /// Time between two looks at a settled service; `None`: the controller's own.
    pub resync: Option<Duration>,
}

/// Who stopped every write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspendedBy {
    /// `spec.management.suspend`
    Spec,
    /// The annotation `expressway.dev/suspended`.
    Annotation,
}

/// Why a service is kept from being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtectedBy {
    /// `spec.management.deletionProtection`
    Spec,
    /// `spec.management` cannot be read, and may say so.
    Doubt,
}

impl Policy {
    /// Reads a policy. One that cannot be read protects the service: whatever it says, nothing is lost by waiting.
    #[must_use]
    pub fn of(management: Option<&Management>, annotations: &BTreeMap<String, String>) -> Self {
        let by_annotation = annotations.get(names::SUSPENDED).is_some_and(|value| value == "true");
        let Some(management) = management else {
            return Self {
                protected: Some(ProtectedBy::Doubt),
                suspended: by_annotation.then_some(SuspendedBy::Annotation),
                ..Self::default()
            };
        };
        let suspended = match management.suspend {
            Some(true) => Some(SuspendedBy::Spec),
            _ => by_annotation.then_some(SuspendedBy::Annotation),
        };
        Self {
            mode: management.mode.unwrap_or_default(),
            suspended,
            adoption: management.adoption.unwrap_or_default(),
            deletion: management.deletion.unwrap_or_default(),
            protected: management.deletion_protection.unwrap_or_default().then_some(ProtectedBy::Spec),
            drift: management.drift.unwrap_or_default(),
            approval: management.approval.unwrap_or_default(),
            recreate: management.recreate.unwrap_or_default(),
            resync: management.resync_interval.as_deref().and_then(duration),
        }
    }

    /// Whether a service is read whoever it belongs to. Otherwise only this object's own is.
    #[must_use]
    pub fn reads_anyones(&self) -> bool {
        self.mode == Mode::Observe
    }
}

/// `1h30m`, within bounds. What a laxer CRD let through is read as not set.
fn duration(text: &str) -> Option<Duration> {
    let parsed: SignedDuration = text.parse().ok()?;
    Duration::try_from(parsed).ok().filter(|duration| RESYNC.contains(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_cannot_be_read_protects_the_service() {
        let policy = Policy::of(None, &BTreeMap::new());
        assert_eq!(policy.protected, Some(ProtectedBy::Doubt));
    }

    #[test]
    fn the_emergency_annotation_suspends_as_the_spec_does() {
        let annotations = |value: &str| BTreeMap::from([(names::SUSPENDED.to_owned(), value.to_owned())]);
        let policy = |suspend, value| {
            Policy::of(Some(&Management { suspend, ..Management::default() }), &annotations(value)).suspended
        };
        assert_eq!(policy(None, "true"), Some(SuspendedBy::Annotation));
        assert_eq!(policy(Some(false), "true"), Some(SuspendedBy::Annotation));
        assert_eq!(policy(Some(true), "true"), Some(SuspendedBy::Spec));
        assert_eq!(policy(None, "yes"), None);
        assert_eq!(Policy::of(None, &annotations("true")).suspended, Some(SuspendedBy::Annotation));
    }

    #[test]
    fn an_interval_is_read_as_people_write_it() {
        for (text, seconds) in [("30s", 30), ("10m", 600), ("1h30m", 5400), ("24h", 86_400)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5s", "25h", "soon", "-10m"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
