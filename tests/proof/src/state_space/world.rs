//! One state: the object and its status in Kubernetes, the account in ECS, the clock, the controllers, and what may still happen.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use express_simulator::model::Model;
use express_simulator::time::Time;
use expressway::api::status::{ExpressGatewayServiceStatus, NEVER_OBSERVED};
use expressway::core::failure::Failure;
use expressway::core::observed::Observed;
use expressway::core::plan::Plan;
use jiff::Timestamp;

use super::cast::{self, BEGINNING};

/// A rollout that failed, or that somebody has asked to stop: another one may overtake it before it ends.
const FAILED: [&str; 4] = ["STOP_REQUESTED", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"];

pub(super) type Status = ExpressGatewayServiceStatus;

/// One state.
#[derive(Clone, Debug)]
pub struct World {
    /// Seconds since the epoch.
    pub(super) now: i64,
    pub(super) ecs: Arc<Model>,
    /// ECS before its last change: what a stale read shows.
    pub(super) ecs_before: Option<Arc<Past>>,
    pub(super) object: Option<Arc<Object>>,
    /// The object before its last change: what a stale view shows.
    pub(super) object_before: Option<Arc<Object>>,
    pub(super) controllers: Vec<Controller>,
    pub(super) left: Budget,
    pub(super) ghost: Ghost,
    pub(super) digest: u64,
}

/// ECS at an earlier moment.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) ecs: Arc<Model>,
    /// A moment at which it was so.
    pub(super) at: i64,
    /// The moment from which on it was not.
    pub(super) until: i64,
}

/// The object, as the API server keeps it.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// Which incarnation of the name.
    pub(super) uid: u8,
    pub(super) resource_version: u32,
    pub(super) generation: i64,
    /// Index of its image.
    pub(super) variant: u8,
    pub(super) deleting: bool,
    pub(super) finalizer: bool,
    pub(super) retry: Option<u8>,
    pub(super) status: Arc<Status>,
}

impl Object {
    pub(super) fn new(uid: u8, variant: u8) -> Self {
        Self {
            uid,
            resource_version: 1,
            generation: 1,
            variant,
            deleting: false,
            finalizer: false,
            retry: None,
            status: Arc::new(never_observed()),
        }
    }
}

/// The status of an object that no controller has looked at.
pub(super) fn never_observed() -> Status {
    Status { observed_generation: NEVER_OBSERVED, ..Status::default() }
}

/// A controller's process.
#[derive(Clone, Debug, Default)]
pub(super) struct Controller {
    /// The status that its last pass left: as long as it stands, not everything is read again.
    pub(super) left: Option<Arc<Status>>,
    /// What it is in the middle of.
    pub(super) pass: Option<Arc<Pass>>,
}

/// One reconcile between two effects.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// The object as it was read, or as the pass's own last write left it.
    pub(super) seen: Arc<Object>,
    /// The status as it was read: the intention, if one was written since, is not in it.
    pub(super) before: Arc<Status>,
    /// The reading of ECS, and the account that was read: at the glance, and for the details.
    pub(super) observed: Arc<Result<Observed, Failure>>,
    pub(super) ecs_read: [Arc<Model>; 2],
    pub(super) read_at: i64,
    /// Until when its write may be on its way to AWS.
    pub(super) until: i64,
    /// How much others had done to the account by then.
    pub(super) outside: u8,
    pub(super) plan: Option<Arc<Plan>>,
    /// Whether its write was written down.
    pub(super) has_intended: bool,
    pub(super) next: Next,
}

/// The effect that comes next.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// The finalizer is put on.
    AddFinalizer,
    /// The finalizer is taken off.
    Release,
    /// What is about to be sent is written down.
    Intend(Arc<Status>),
    /// The write is sent to AWS.
    Send,
    /// The status is written: over the object as it was read, or, where it must be told, over the status as it was.
    Tell { status: Arc<Status>, must_be_told: bool },
}

/// What may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Edits, deletions, recreations, requests for a retry.
    pub edits: u8,
    /// Changes that others make to the account.
    pub outside: u8,
    /// Crashes, lost answers, repeated effects, stale readings, throttled calls, lost statuses, delays in the middle of a reconcile.
    pub faults: u8,
}

/// What no controller knows, and what the promises are about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ghost {
    /// Others' changes so far.
    pub(super) outside: u8,
    /// What the last deployment that a controller began was for.
    pub(super) last_sent: Option<Cause>,
    /// The promise that was broken on the way here.
    pub(super) broken: Option<Promise>,
    /// Whether the service was once tagged as another cluster's: it does not come back by itself.
    pub(super) taken_over: bool,
    /// Whether the status was once lost: then the tags alone say whose the service is.
    pub(super) lost_status: bool,
    /// Whether no status tells of the last create yet: until then, too.
    pub(super) untold_create: bool,
    /// The images, by their place, whose rollout has failed.
    pub(super) failed: [bool; cast::IMAGES.len()],
    /// Services that a controller created or adopted, by their creation.
    pub(super) made: Vec<Made>,
}

/// A service of the object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Made {
    pub(super) uid: u8,
    pub(super) created_at: Time,
}

/// What entitles to one deployment: a spec as it stands, a retry that was asked for, a change of somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Cause {
    pub(super) uid: u8,
    pub(super) generation: i64,
    pub(super) retry: Option<u8>,
    pub(super) outside: u8,
}

/// What is promised of every state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::AsRefStr, strum::EnumIter)]
pub enum Promise {
    /// Never more than one service that is up carries the object's tags.
    OneService,
    /// What is written to was the object's own when it was read.
    OnlyOurs,
    /// Nothing is sent that the reading showed to be so already.
    OnlyDifferences,
    /// One edit, one retry or one drift leads to one deployment, whatever becomes of it.
    OneCanary,
    /// The finalizer goes when no service of the object is up or draining.
    FinalizerStays,
    /// Ready is said of the spec that takes all traffic, in the reading that it was said from.
    ReadyIsTrue,
    /// Once edits and faults stop, the object reaches its declared state and stays there.
    Settles,
}

impl World {
    /// A new object, an empty account.
    pub(super) fn new(controllers: u8, left: Budget) -> Self {
        Self {
            now: BEGINNING,
            ecs: cast::ecs(),
            ecs_before: None,
            object: Some(Arc::new(Object::new(1, 0))),
            object_before: None,
            controllers: vec![Controller::default(); usize::from(controllers)],
            left,
            ghost: Ghost::default(),
            digest: 0,
        }
    }

    /// Now, for the core.
    pub(super) fn timestamp(&self) -> Timestamp {
        Timestamp::from_second(self.now).unwrap_or_default()
    }

    /// Now, for the simulator.
    pub(super) fn time(&self) -> Time {
        Time(self.now * 1000)
    }

    /// Changes the account; what it was can still be read for a while.
    pub(super) fn change_ecs<T>(&mut self, change: impl FnOnce(&mut Model, Time) -> T) -> T {
        let mut ecs = Model::clone(&self.ecs);
        let done = change(&mut ecs, self.time());
        self.ecs_before = Some(Arc::new(Past { ecs: Arc::clone(&self.ecs), at: self.now, until: self.now }));
        self.ecs = Arc::new(ecs);
        self.remember_failures();
        done
    }

    /// Rollouts that have failed, whoever began them.
    pub(super) fn remember_failures(&mut self) {
        let services = self.ecs.summary().services;
        let newest = services.first().filter(|it| it.status == "ACTIVE").and_then(|it| it.deployment.as_ref());
        let Some(newest) = newest.filter(|it| FAILED.contains(&it.status)) else { return };
        let image = newest.image.as_deref();
        for (failed, _) in self.ghost.failed.iter_mut().zip(cast::IMAGES).filter(|(_, known)| image == Some(*known)) {
            *failed = true;
        }
    }

    /// Changes the object; what it was can still be read by a stale view.
    pub(super) fn change_object(&mut self, change: impl FnOnce(&mut Object)) {
        let Some(before) = self.object.clone() else { return };
        let mut object = Object::clone(&before);
        change(&mut object);
        object.resource_version += 1;
        self.object = Some(Arc::new(object));
        self.object_before = Some(before);
    }

    /// The object is gone.
    pub(super) fn remove_object(&mut self) {
        self.object_before = self.object.take();
    }

    pub(super) fn breaks(&mut self, promise: Promise) {
        self.ghost.broken.get_or_insert(promise);
    }

    pub(super) fn is_calm(&self) -> bool {
        self.controllers.iter().all(|controller| controller.pass.is_none())
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}
