//! ECS in a random history: one service, its rollouts, and what others do to it. Far less than the simulator
//! (`tests/simulator`): only what is needed for something to be seen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use crate::api::spec::ExpressGatewayServiceSpec;

use super::fixtures::{at, live_service, presence, revision, shown_of, with_image};
use super::observed::{Glance, Known, LastEnded, Live, Observed, Presence, Tags};
use super::rollout::{DeploymentState, Stage};
use super::step::{AwsWrite, TagChange};

/// What happens in ECS.
#[derive(Clone, Debug)]
pub enum Happens {
    /// The deployment in flight gets one step further.
    Advances,
    /// The deployment in flight begins to go back.
    GoesBack,
    /// The deployment in flight ends so.
    Ends(DeploymentState),
    /// Somebody rolls out an image.
    SomebodyUpdates(u8),
    /// Somebody deletes the service.
    SomebodyDeletes,
    /// Somebody puts another owner's tags on the service, or takes all of them off.
    SomebodyTags(bool),
    /// What drains is gone.
    DrainEnds,
    /// ECS forgets a service that is gone.
    Forgets,
    /// From now on ECS shows another image than it was given, or no longer.
    Misreads(bool),
}

impl Happens {
    pub fn any() -> impl Strategy<Value = Self> {
        use DeploymentState::{RollbackFailed, RollbackSuccessful, Stopped, Successful};
        let end = prop_oneof![
            6 => Just(Successful),
            2 => Just(RollbackSuccessful),
            3 => Just(RollbackFailed),
            1 => Just(Stopped),
        ];
        prop_oneof![
            16 => Just(Self::Advances),
            6 => Just(Self::GoesBack),
            20 => end.prop_map(Self::Ends),
            2 => (1..4u8).prop_map(Self::SomebodyUpdates),
            1 => Just(Self::SomebodyDeletes),
            3 => any::<bool>().prop_map(Self::SomebodyTags),
            3 => Just(Self::DrainEnds),
            1 => Just(Self::Forgets),
            3 => any::<bool>().prop_map(Self::Misreads),
        ]
    }
}

/// A service revision: it never changes.
#[derive(Clone, Debug)]
struct Revision {
    id: String,
    /// As ECS shows it.
    spec: ExpressGatewayServiceSpec,
}

#[derive(Clone, Debug)]
struct Rollout {
    id: String,
    target: Revision,
    /// How far it is, in `STEPS`.
    step: usize,
    goes_back: bool,
}

/// Stage, and the traffic of the new revision. Before the first of these, ECS cannot describe the deployment.
const STEPS: [(Stage, i32); 4] =
    [(Stage::ScaleUp, 0), (Stage::ProductionTrafficShift, 5), (Stage::BakeTime, 100), (Stage::CleanUp, 100)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Active,
    Draining,
    Inactive,
}

#[derive(Clone, Debug)]
struct Service {
    life: Life,
    presence: Presence,
    serving: Option<Revision>,
    rollout: Option<Rollout>,
    ended: Option<(Rollout, DeploymentState)>,
}

/// ECS, with at most one service.
#[derive(Clone, Debug, Default)]
pub struct Ecs {
    service: Option<Service>,
    /// Counts services and deployments, so that no two have the same name.
    count: i64,
    misreads: bool,
}

impl Ecs {
    fn active(&mut self) -> Option<&mut Service> {
        self.service.as_mut().filter(|service| service.life == Life::Active)
    }

    pub fn goes_on(&mut self, happens: &Happens) {
        match happens {
            Happens::Advances => {
                if let Some(rollout) = self.active().and_then(|service| service.rollout.as_mut()) {
                    rollout.step = (rollout.step + 1).min(STEPS.len());
                }
            }
            Happens::GoesBack => {
                if let Some(rollout) = self.active().and_then(|service| service.rollout.as_mut()) {
                    rollout.goes_back = true;
                }
            }
            Happens::Ends(state) => {
                if let Some(service) = self.active() {
                    service.ends(state);
                }
            }
            Happens::SomebodyUpdates(version) => {
                let spec = with_image(&format!("shop/web:{version}"));
                let id = format!("s{}", self.count);
                self.rolls_out(Revision { id, spec });
            }
            Happens::SomebodyDeletes => self.drains(),
            Happens::SomebodyTags(other) => {
                if let Some(service) = self.active() {
                    let tags = &mut service.presence.tags;
                    match other {
                        true => tags.extend([("expressway.dev/name".to_owned(), "other".to_owned())]),
                        false => tags.clear(),
                    }
                }
            }
            Happens::DrainEnds => {
                if let Some(service) = self.service.as_mut().filter(|service| service.life == Life::Draining) {
                    service.life = Life::Inactive;
                }
            }
            Happens::Misreads(misreads) => self.misreads = *misreads,
            Happens::Forgets => {
                self.service.take_if(|service| service.life == Life::Inactive);
            }
        }
    }

    /// Takes a write of the controller, that made the service as `spec` says.
    pub fn takes(&mut self, write: &AwsWrite<'_>, spec: &ExpressGatewayServiceSpec, updates: usize) {
        match write {
            AwsWrite::Create(create) if self.service.as_ref().is_none_or(|it| it.life == Life::Inactive) => {
                self.count += 1;
                let presence = Presence { created_at: Some(at(self.count)), tags: create.tags.clone(), ..presence() };
                self.service =
                    Some(Service { life: Life::Active, presence, serving: None, rollout: None, ended: None });
                let id = format!("c{}", self.count);
                self.rolls_out(Revision { id, spec: spec.clone() });
            }
            AwsWrite::Create(_) => {}
            AwsWrite::Update(_) => self.rolls_out(Revision { id: format!("r{updates}"), spec: spec.clone() }),
            AwsWrite::Retag(retag) => {
                let Some(service) = self.active() else { return };
                let tags: &mut Tags = &mut service.presence.tags;
                match &retag.change {
                    TagChange::Set(set) => tags.extend(set.clone()),
                    TagChange::Remove(keys) => tags.retain(|key, _| !keys.contains(key)),
                }
            }
            AwsWrite::Stop { .. } => self.goes_on(&Happens::GoesBack),
            AwsWrite::Delete { .. } => self.drains(),
        }
    }

    fn drains(&mut self) {
        if let Some(service) = self.active() {
            service.life = Life::Draining;
        }
    }

    fn rolls_out(&mut self, mut target: Revision) {
        self.count += 1;
        if self.misreads {
            target.spec = with_image("shop/web:misread");
        }
        let id = format!("d{}", self.count);
        if let Some(service) = self.active() {
            // One in flight is overtaken.
            service.ends(&DeploymentState::Stopped);
            service.rollout = Some(Rollout { id, target, step: 0, goes_back: false });
        }
    }

    /// Image of what serves, while nothing is in flight.
    pub fn serves(&self) -> Option<String> {
        let service = self.service.as_ref().filter(|it| it.life == Life::Active && it.rollout.is_none())?;
        let spec = &service.serving.as_ref()?.spec;
        Some(spec.primary_container.as_ref()?.image.clone())
    }

    /// All that there is to see.
    pub fn observed(&self) -> Observed {
        let Some(service) = &self.service else { return Observed::Absent };
        match service.life {
            Life::Active => service.live().into(),
            Life::Draining => Observed::Draining(service.presence.clone()),
            Life::Inactive => Observed::Inactive(service.presence.clone()),
        }
    }

    /// As much of it as is read by one who knows this much already.
    pub fn as_listed(live: &Live, known: &Known) -> Observed {
        let glance = Glance {
            presence: live.presence.clone(),
            revisions: live.revisions.clone(),
            deployment: live.in_flight.as_ref().map(|deployment| deployment.arn.clone()),
            unhealthy: None,
        };
        let list = glance.reading_list(known);
        let mut read = live.clone();
        read.configurations = read.configurations.filter(|_| list.configurations);
        read.in_flight = read.in_flight.filter(|_| list.in_flight.is_some());
        read.last_ended = read.last_ended.filter(|ended| match &list.last_ended {
            LastEnded::Known => false,
            LastEnded::Describe(arn) => ended.arn == *arn,
            LastEnded::Newest => true,
        });
        read.into()
    }
}

impl Service {
    fn ends(&mut self, state: &DeploymentState) {
        let Some(rollout) = self.rollout.take() else { return };
        if *state == DeploymentState::Successful {
            self.serving = Some(rollout.target.clone());
        }
        self.ended = Some((rollout, state.clone()));
    }

    fn live(&self) -> Live {
        let mut live = Live { presence: self.presence.clone(), ..live_service() };
        if let Some(serving) = &self.serving {
            live = live.serving(&serving.id, &serving.spec);
        }
        match (&self.rollout, &self.ended) {
            (Some(rollout), _) => rollout.shown_in(live),
            (None, Some((ended, state))) => {
                let Revision { id, spec } = &ended.target;
                // A first revision that fails stays the one that is shown.
                let live = if self.serving.is_none() { live.showing(id, shown_of(spec)) } else { live };
                live.ended(&ended.id, id, state.clone())
            }
            (None, None) => live,
        }
    }
}

impl Rollout {
    fn shown_in(&self, live: Live) -> Live {
        let target = &self.target.id;
        let Some((stage, weight)) = self.step.checked_sub(1).and_then(|step| STEPS.get(step)) else {
            return live.just_begun(&self.id);
        };
        let state = match self.goes_back {
            true => DeploymentState::RollbackInProgress,
            false => DeploymentState::InProgress,
        };
        let shown = live.configurations.iter().flatten().any(|shown| shown.revision == revision(target));
        let live = if shown { live } else { live.showing(target, shown_of(&self.target.spec)) };
        live.in_flight(&self.id, target, state).at_stage(stage.clone(), *weight)
    }
}
