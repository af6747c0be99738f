//! Controllers that are wrong on purpose: a checker that does not catch them proves nothing.

use std::borrow::Cow;

use expressway::api::names;
use expressway::core::desired::Desired;
use expressway::core::memory::Memory;
use expressway::core::observed::{Observed, Presence};

use super::world::Status;

/// What is wrong with the controllers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::Display, strum::EnumIter, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// What is about to be sent is not written down first.
    SendsUnrecorded,
    /// A rollout that failed is forgotten.
    ForgetsFailures,
    /// Every service of the name is taken for its own.
    OwnsEverything,
    /// A service that drains is taken for gone.
    TakesDrainingForGone,
    /// What was sent is forgotten.
    ForgetsWhatItSent,
}

impl Flaw {
    pub(super) fn writes_ahead(self) -> bool {
        self != Self::SendsUnrecorded
    }

    /// What a controller with this flaw remembers.
    pub(super) fn memory(self, status: &Status) -> Memory {
        let memory = Memory::of(status);
        match self {
            Self::ForgetsFailures => Memory { failed: None, ..memory },
            Self::ForgetsWhatItSent => Memory { submitted: None, ..memory },
            _ => memory,
        }
    }

    /// What a controller with this flaw makes of what it sees.
    pub(super) fn observed<'o>(self, observed: &'o Observed, desired: &Desired) -> Cow<'o, Observed> {
        let retagged = |change: &dyn Fn(&mut Presence)| {
            let mut observed = observed.clone();
            if let Observed::Live(live) = &mut observed {
                change(&mut live.presence);
            }
            Cow::Owned(observed)
        };
        match (self, observed) {
            (Self::OwnsEverything, _) => retagged(&|presence| presence.tags.extend(desired.owner.tags())),
            (Self::ForgetsFailures, _) => retagged(&|presence| drop(presence.tags.remove(names::TAG_FAILED_SPEC_HASH))),
            (Self::TakesDrainingForGone, Observed::Draining(presence)) => {
                Cow::Owned(Observed::Inactive(presence.clone()))
            }
            _ => Cow::Borrowed(observed),
        }
    }
}
