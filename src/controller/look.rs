//! Looking: the live object and its ECS service, at the same time where the last reconcile left word of the service.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::{Api, DynamicObject};
use tokio::time::Instant;

use crate::core::failure::Failure;
use crate::core::freshness::{self, Freshness};
use crate::core::managed::{Due, KnownManaged};
use crate::core::memory::Memory;
use crate::core::observed::{Known, Observed, Place};
use crate::core::ownership::Owner;
use crate::core::report::Report;
use crate::core::requests;

use super::context::{Context, Error, Metadata};
use super::head_start::Turn;
use super::object::LiveObject;
use super::recollection::{Key, Recollection};

/// How long the look at a settled service waits for those that are due at the same moment (see [`Pace::batch_window`]).
/// An edit that comes meanwhile waits no longer than this.
const GLANCE_PATIENCE: Duration = Duration::from_millis(20);

/// What comes of a look.
pub enum Look {
    /// There is no such object.
    Gone,
    /// The time of the next look has not come.
    Early {
        /// The object as the API server gave it.
        object: Box<DynamicObject>,
        /// The object as it is understood.
        live: Box<LiveObject>,
        /// What is told of it meanwhile.
        told: Box<Report>,
    },
    /// It was looked at.
    Done(Box<Looked>),
}

/// What a look brings.
pub struct Looked {
    /// The object as the API server gave it.
    pub object: DynamicObject,
    /// The object as it is understood.
    pub live: LiveObject,
    /// The service.
    pub observed: Result<Observed, Failure>,
    /// Whether everything was to be read.
    pub is_full: bool,
    /// When that was so last.
    pub full_at: Instant,
    /// How old the reading before this one is.
    pub freshness: Freshness,
}

/// The object and its service, as they were read at the same time.
pub type Reading = (Result<Option<DynamicObject>, kube::Error>, Result<Observed, Failure>);

/// Begins to read an edited object before its reconcile, where the last reconcile left word of the service.
pub fn begin(metadata: &Metadata, context: &Arc<Context>) {
    let key: Key = (metadata.namespace().unwrap_or_default(), metadata.name_any());
    let (generation, uid) = version(metadata);
    let Some(left) = context.recollections.of(&key, &uid).filter(|left| left.generation != generation) else { return };
    let (most, shared) = (usize::from(context.settings.concurrency), Arc::clone(context));
    let (name, known) = (key.clone(), known(&left, metadata, &key, context));
    context.head_starts.begin(key, generation, most, async move { read(&name, &left, &known, &shared).await });
}

/// Reads the object and ECS. Where the last reconcile left word of the service, both at the same time.
pub async fn look(
    api: &Api<DynamicObject>,
    metadata: &Metadata,
    key: &Key,
    head_start: &mut Turn<'_, Reading>,
    context: &Context,
) -> Result<Look, Error> {
    let (generation, uid) = version(metadata);
    let Some(left) = context.recollections.of(key, &uid) else {
        let Some(object) = api.get_opt(&key.1).await? else { return Ok(Look::Gone) };
        let live = context.understand(&object);
        let freshness = freshness(None, &live, context);
        if let Some(told) = freshness::wait(&live.desired, &live.before, &freshness, context.clock.now()) {
            return Ok(Look::Early { object: Box::new(object), live: Box::new(live), told: Box::new(told) });
        }
        let observed = observe(&live, true, context).await;
        let full_at = Instant::now();
        return Ok(Look::Done(Box::new(Looked { object, live, observed, is_full: true, full_at, freshness })));
    };
    let known = known(&left, metadata, key, context);
    let asked = requests::asked(metadata.annotations());
    let is_asked_for = requests::is_new(&asked, &left.answered);
    // What was read before it was asked for answers nothing.
    let begun = if is_asked_for { None } else { head_start.reading(generation).await };
    let (object, observed) = match begun {
        Some(reading) => reading,
        None => read(key, &left, &known, context).await,
    };
    let Some(object) = object? else { return Ok(Look::Gone) };
    let live = context.understand(&object);
    let freshness = freshness(left.last_read, &live, context);
    let memory = Memory::of(&live.before);
    let adoption = live.desired.policy.adoption;
    let answers =
        !requests::is_new(&live.desired.requests, &memory.answered) || (is_asked_for && live.desired.requests == asked);
    // The object may have moved on between the watch and the reading.
    let still = answers
        && live.desired.generation == generation
        && live.desired.place.as_ref() == Some(&left.place)
        && live.desired.owner.uid == uid
        && live.desired.policy.reads_anyones() == left.reads_anyones
        && adoption == known.adoption
        && (known.full || left.known.is_that_of(memory.known(generation, false), adoption));
    let full_at = if known.full { Instant::now() } else { left.full_at };
    if still {
        let had = live.before.service_arn.is_some();
        let observed = observed.or_else(|failure| live.desired.read_of_a_missing_cluster(failure, had));
        let is_full = known.full;
        return Ok(Look::Done(Box::new(Looked { object, live, observed, is_full, full_at, freshness })));
    }
    let observed = observe(&live, true, context).await;
    let full_at = Instant::now();
    Ok(Look::Done(Box::new(Looked { object, live, observed, is_full: true, full_at, freshness })))
}

fn freshness(last_read: Option<Timestamp>, live: &LiveObject, context: &Context) -> Freshness {
    let trust = freshness::trust(live.desired.policy.resync, context.settings.pace.observe);
    Freshness::new(last_read, &live.before, trust)
}

fn version(metadata: &Metadata) -> (i64, String) {
    (metadata.metadata.generation.unwrap_or_default(), metadata.uid().unwrap_or_default())
}

/// What need not be read again of an object that has come so far.
fn known(left: &Recollection, metadata: &Metadata, key: &Key, context: &Context) -> Known {
    let full = metadata.metadata.generation.unwrap_or_default() != left.generation
        || requests::is_new(&requests::asked(metadata.annotations()), &left.answered)
        || left.is_due(context.settings.pace.full_observe);
    let owner = (!left.reads_anyones).then(|| Owner {
        uid: left.uid.clone(),
        cluster_id: context.settings.cluster_id.clone(),
        namespace: key.0.clone(),
        name: key.1.clone(),
    });
    let pace = &context.settings.pace;
    let due = left.managed_due(pace.observe, pace.full_observe);
    let managed = KnownManaged { due, ..left.known.managed.clone() };
    Known { full: full || left.known.full, owner, managed, ..left.known.clone() }
}

async fn read(key: &Key, left: &Recollection, known: &Known, context: &Context) -> Reading {
    let api = context.objects(&key.0);
    tokio::join!(api.get_opt(&key.1), observe_left(left, known, context))
}

/// Looks at the service that the last reconcile left word of.
async fn observe_left(left: &Recollection, known: &Known, context: &Context) -> Result<Observed, Failure> {
    match &left.service_arn {
        Some(arn) if known.full => context.ecs.observe_again(&left.place, arn, known).await,
        _ => {
            let is_settled = (known.settled_revision.is_some() || known.rested.is_some()) && !known.full;
            let patience = if is_settled { GLANCE_PATIENCE } else { Duration::ZERO };
            context.ecs.observe(&left.place, known, patience).await
        }
    }
}

async fn observe(live: &LiveObject, full: bool, context: &Context) -> Result<Observed, Failure> {
    let Some(place) = live.desired.place.clone().or_else(|| remembered_place(live)) else {
        return Ok(Observed::Absent);
    };
    let owner = (!live.desired.policy.reads_anyones()).then(|| live.desired.owner.clone());
    let adoption = live.desired.policy.adoption;
    let mut known = Known { owner, adoption, ..Memory::of(&live.before).known(live.desired.generation, full) };
    if !known.managed.is_settled {
        known.managed.due = Due::Everything;
    }
    let observed = context.ecs.observe(&place, &known, Duration::ZERO).await;
    let had = live.before.service_arn.is_some();
    observed.or_else(|failure| live.desired.read_of_a_missing_cluster(failure, had))
}

/// Where the service of an object is whose spec can no longer be read: `arn:…:service/<cluster>/<name>`.
fn remembered_place(live: &LiveObject) -> Option<Place> {
    let mut parts = live.before.service_arn.as_deref()?.rsplit('/');
    let service_name = parts.next()?.to_owned();
    Some(Place { service_name, cluster: parts.next()?.to_owned() })
}
