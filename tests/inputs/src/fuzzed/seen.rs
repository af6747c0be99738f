//! What ECS may show, made from bytes: names that the object's own status knows stand beside others, so that both are met.

use arbitrary::{Arbitrary, Unstructured};
use expressway::api::names;
use expressway::controller::object::LiveObject;
use expressway::core::bake::Bakes;
use expressway::core::configuration::Configuration;
use expressway::core::failure::{Failure, FailureClass, Operation};
use expressway::core::managed::ManagedReading;
use expressway::core::observed::{ActiveConfiguration, Live, Observed, Presence, Tags};
use expressway::core::rollout::{CircuitBreaker, Deployment, HealthAnswer, RevisionLoad};
use expressway::core::step::{AwsWrite, Effect};
use jiff::{SignedDuration, Timestamp};
use strum::IntoEnumIterator;

use crate::ecs::{ACCOUNT, REGION};

/// ECS's words for the state of a deployment, and one that nobody knows.
const STATES: [&str; 10] = [
    "PENDING",
    "IN_PROGRESS",
    "STOP_REQUESTED",
    "STOPPED",
    "ROLLBACK_REQUESTED",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_SUCCESSFUL",
    "ROLLBACK_FAILED",
    "SUCCESSFUL",
    "NOVEL",
];

/// And for its stage.
const STAGES: [&str; 6] =
    ["RECONCILE_SERVICE", "SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP", "NOVEL"];

/// The moment of the reconcile: near to the times that a status of the corpus holds, or anywhere that a clock can be.
pub fn moment(bytes: &mut Unstructured<'_>) -> Timestamp {
    let anchor = 1_800_000_000;
    match number(bytes, 8) {
        0 => Timestamp::from_second(i64::from(u32::arbitrary(bytes).unwrap_or_default())).unwrap(),
        1 => Timestamp::MAX,
        2 => Timestamp::UNIX_EPOCH,
        _ => Timestamp::from_second(anchor + i64::from(u16::arbitrary(bytes).unwrap_or_default())).unwrap(),
    }
}

/// A number below `below`; 0 when the bytes are used up.
fn number(bytes: &mut Unstructured<'_>, below: usize) -> usize {
    bytes.int_in_range(0..=below - 1).unwrap_or_default()
}

fn yes(bytes: &mut Unstructured<'_>) -> bool {
    number(bytes, 2) == 1
}

fn some<T>(bytes: &mut Unstructured<'_>, make: impl FnOnce(&mut Unstructured<'_>) -> T) -> Option<T> {
    yes(bytes).then(|| make(bytes))
}

fn few<T>(bytes: &mut Unstructured<'_>, mut make: impl FnMut(&mut Unstructured<'_>) -> T) -> Vec<T> {
    (0..number(bytes, 4)).map(|_| make(bytes)).collect()
}

/// A text: a word of ECS's, one that is very long, or any.
fn text(bytes: &mut Unstructured<'_>) -> String {
    match number(bytes, 6) {
        0 => "x\u{e9}".repeat(40_000),
        1 => String::new(),
        2 => "(service web) deployment failed: tasks failed to start.".to_owned(),
        _ => String::arbitrary(bytes).unwrap_or_default(),
    }
}

/// What the bytes are turned into, for one object at one moment.
struct Scene<'a> {
    live: &'a LiveObject,
    now: Timestamp,
}

/// What a look brings.
///
/// # Errors
/// When the bytes say that ECS could not be read.
pub fn observed(bytes: &mut Unstructured<'_>, live: &LiveObject, now: Timestamp) -> Result<Observed, Failure> {
    let scene = Scene { live, now };
    Ok(match number(bytes, 12) {
        0 => Observed::Absent,
        1 => Observed::Draining(scene.presence(bytes)),
        2 => Observed::Inactive(scene.presence(bytes)),
        3 => Observed::NotExpress(scene.presence(bytes)),
        4 => Observed::InAnotherAccount("999999999999".to_owned()),
        5 => return Err(failure(bytes, Operation::DescribeServices)),
        _ => Observed::Live(Box::new(scene.service(bytes))),
    })
}

/// What comes of a write.
///
/// # Errors
/// When the bytes say that it failed.
pub fn outcome(bytes: &mut Unstructured<'_>, write: AwsWrite<'_>) -> Result<Effect, Failure> {
    if yes(bytes) {
        return Err(failure(bytes, write.operation()));
    }
    Ok(match write {
        AwsWrite::Create(_) => Effect::Created { service_arn: arn("service", "web") },
        AwsWrite::Update(_) => Effect::Updated { target_revision: some(bytes, |_| arn("service-revision", "web/9")) },
        AwsWrite::Retag(_) => Effect::Retagged,
        AwsWrite::Stop { .. } => Effect::Stopped,
        AwsWrite::Delete { .. } => Effect::Deleting,
    })
}

fn failure(bytes: &mut Unstructured<'_>, operation: Operation) -> Failure {
    let classes: Vec<FailureClass> = FailureClass::iter().collect();
    let class = classes[number(bytes, classes.len())];
    Failure { operation, class, code: text(bytes), message: text(bytes), request_id: some(bytes, text) }
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:{kind}/default/{name}")
}

impl Scene<'_> {
    /// A moment around now.
    fn time(&self, bytes: &mut Unstructured<'_>) -> Timestamp {
        if let Some(created) = self.live.before.service_created_at.as_ref().filter(|_| yes(bytes)) {
            return created.0;
        }
        let ago = SignedDuration::from_secs(i64::from(u16::arbitrary(bytes).unwrap_or_default()));
        self.now.checked_sub(ago).unwrap_or(self.now)
    }

    /// One of the revisions that the status knows, or another.
    fn revision(&self, bytes: &mut Unstructured<'_>) -> String {
        let before = &self.live.before;
        let submitted = before.submitted.as_ref().and_then(|sent| sent.revision.clone());
        let target = before.deployment.as_ref().and_then(|deployment| deployment.target_revision.clone());
        let known: Vec<String> = [before.serving_revision.clone(), submitted, target].into_iter().flatten().collect();
        let chosen = number(bytes, 6);
        known.get(chosen).cloned().unwrap_or_else(|| arn("service-revision", &format!("web/{chosen}")))
    }

    fn presence(&self, bytes: &mut Unstructured<'_>) -> Presence {
        let known = self.live.before.service_arn.clone().filter(|_| yes(bytes));
        Presence {
            arn: known.unwrap_or_else(|| arn("service", "web")),
            created_at: some(bytes, |bytes| self.time(bytes)),
            tags: self.tags(bytes),
            reason: some(bytes, text),
        }
    }

    fn tags(&self, bytes: &mut Unstructured<'_>) -> Tags {
        let mut tags = match number(bytes, 4) {
            0 => Tags::new(),
            1 => {
                let mut other = self.live.desired.owner.clone();
                other.uid = "another".to_owned();
                other.tags()
            }
            2 => few(bytes, |bytes| (text(bytes), text(bytes))).into_iter().collect(),
            _ => self.live.desired.owner.tags(),
        };
        if let Ok(intent) = &self.live.desired.intent {
            if yes(bytes) {
                tags.extend(intent.user_tags.clone());
            }
            if yes(bytes) {
                tags.insert(names::TAG_FAILED_SPEC_HASH.to_owned(), intent.spec_hash.clone());
            }
        }
        tags
    }

    fn load(&self, bytes: &mut Unstructured<'_>) -> RevisionLoad {
        RevisionLoad {
            arn: self.revision(bytes),
            weight: some(bytes, |bytes| i32::try_from(number(bytes, 101)).unwrap()),
            requested: i32::arbitrary(bytes).unwrap_or_default(),
            running: i32::arbitrary(bytes).unwrap_or_default(),
            pending: i32::arbitrary(bytes).unwrap_or_default(),
        }
    }

    fn configuration(&self, bytes: &mut Unstructured<'_>) -> ActiveConfiguration {
        let wanted = self.live.desired.intent.as_ref().map(|intent| intent.configuration.clone());
        let mut configuration = wanted.unwrap_or_default();
        match number(bytes, 8) {
            0 => configuration = Configuration::default(),
            1 => configuration.cpu = some(bytes, text),
            2 => configuration.task_role_arn = some(bytes, text),
            3 => configuration.container = None,
            4 => configuration.scaling.min_tasks = some(bytes, |bytes| i32::arbitrary(bytes).unwrap_or_default()),
            5 => configuration.security_groups = few(bytes, text).into_iter().collect(),
            _ => {}
        }
        ActiveConfiguration {
            revision: self.revision(bytes),
            created_at: some(bytes, |bytes| self.time(bytes)),
            configuration,
            url: some(bytes, text),
        }
    }

    fn deployment(&self, bytes: &mut Unstructured<'_>) -> Deployment {
        let known = self.live.before.deployment.as_ref().map(|deployment| deployment.arn.clone());
        Deployment {
            arn: known.filter(|_| yes(bytes)).unwrap_or_else(|| arn("service-deployment", "web/d")),
            state: STATES[number(bytes, STATES.len())].parse().unwrap(),
            image: some(bytes, text),
            stage: some(bytes, |bytes| STAGES[number(bytes, STAGES.len())].parse().unwrap()),
            target: some(bytes, |bytes| self.load(bytes)),
            sources: few(bytes, |bytes| self.load(bytes)),
            created_at: some(bytes, |bytes| self.time(bytes)),
            started_at: some(bytes, |bytes| self.time(bytes)),
            finished_at: some(bytes, |bytes| self.time(bytes)),
            reason: some(bytes, text),
            rollback_reason: some(bytes, text),
            triggered_alarms: few(bytes, text),
            circuit_breaker: some(bytes, |bytes| CircuitBreaker {
                triggered: yes(bytes),
                failures: i32::arbitrary(bytes).unwrap_or_default(),
                threshold: i32::arbitrary(bytes).unwrap_or_default(),
            }),
            bakes: Bakes::default(),
            stopped_task: some(bytes, text),
            unhealthy: some(bytes, |bytes| HealthAnswer(text(bytes))),
        }
    }

    fn service(&self, bytes: &mut Unstructured<'_>) -> Live {
        Live {
            presence: self.presence(bytes),
            infrastructure_role: some(bytes, |bytes| {
                let wanted = self.live.desired.intent.as_ref().map(|intent| intent.infrastructure_role_arn.clone());
                wanted.ok().filter(|_| yes(bytes)).unwrap_or_else(|| text(bytes))
            }),
            revisions: few(bytes, |bytes| self.load(bytes)),
            configurations: some(bytes, |bytes| few(bytes, |bytes| self.configuration(bytes))),
            in_flight: some(bytes, |bytes| self.deployment(bytes)),
            last_ended: some(bytes, |bytes| self.deployment(bytes)),
            managed: if yes(bytes) { ManagedReading::NotShown } else { ManagedReading::NotAsked },
        }
    }
}
