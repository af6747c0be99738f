//! One object with its service: every reconcile is the real one, ECS is the simulator's model behind the real client, and time
//! is the model's. A life is a value: it can be led twice from the same moment on.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use express_simulator::model::{Config, Model, QuotaConfig};
use express_simulator::time::Time;
use express_simulator::wire::{Operation, Request};
use expressway::core::failure::{Failure, FailureClass};
use expressway::core::memory::Memory;
use expressway::core::observed::{Known, Observed};
use expressway::core::plan::{Plan, Verdict};
use expressway::core::step::{AwsWrite, Step};
use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use crate::admission::NAME;
use crate::ecs::{ACCOUNT, REGION, answer, with_client};
use crate::pass::{decided, redacted, told, understood};

/// Longer than anything that ECS does by itself, the first deployment included.
const A_WHILE: Duration = Duration::from_secs(40 * 60);

/// Looks after which a life must have come to rest. Each comes after everything in ECS has ended.
const MOST_LOOKS: usize = 10;

/// An object and its service.
#[derive(Clone)]
pub struct Life {
    model: Model,
    now: Time,
    spec: Value,
    status: Value,
    generation: i64,
    has_finalizer: bool,
    /// The writes to AWS, by their operation.
    pub writes: Vec<String>,
    /// What ECS answered in the last look, as lines of the fuzz target `answers`.
    pub answers: Vec<u8>,
    last: Option<Look>,
}

/// What the last look came to.
#[derive(Clone)]
pub struct Look {
    /// What was seen.
    pub observed: Result<Observed, Failure>,
    /// What was decided.
    pub plan: Option<Plan>,
    refused: Option<Failure>,
}

/// An account with a second cluster and two task definitions of its own.
fn account(now: Time) -> Model {
    let quotas = QuotaConfig { enabled: false, ..QuotaConfig::default() };
    let clusters = vec!["prod".to_owned()];
    let config =
        Config { region: REGION.to_owned(), account: ACCOUNT.to_owned(), quotas, clusters, ..Config::default() };
    let mut model = Model::new(config);
    for (cpu, memory) in [("512", "1024"), ("4096", "8192")] {
        let definition = json!({
            "family": "own", "cpu": cpu, "memory": memory, "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
            "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/own"),
            "containerDefinitions": [{
                "name": "Main", "image": format!("own:{cpu}"), "essential": true,
                "portMappings": [{"name": "http", "containerPort": 8080, "protocol": "tcp"}],
                "environment": [{"name": "SIZE", "value": cpu}],
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-group": "/ecs/own", "awslogs-region": REGION, "awslogs-stream-prefix": "own",
                }},
            }],
        });
        let request = Request::from_json(Operation::RegisterTaskDefinition, definition).unwrap();
        model.apply(request, now).unwrap();
    }
    model
}

impl Life {
    /// An object that was never looked at.
    pub fn begins(spec: &Value) -> Self {
        let now = Time(1_800_000_000_000);
        Self {
            model: account(now),
            now,
            spec: spec.clone(),
            status: json!({"observedGeneration": -1}),
            generation: 1,
            has_finalizer: false,
            writes: Vec::new(),
            answers: Vec::new(),
            last: None,
        }
    }

    /// An edit of the spec.
    pub fn edited(mut self, spec: &Value) -> Self {
        self.spec = spec.clone();
        self.generation += 1;
        self.writes.clear();
        self
    }

    /// Looks until nothing more comes of it.
    ///
    /// # Errors
    /// When it never comes to rest: the writes so far, and the last conditions.
    pub fn at_rest(mut self) -> Result<Self, String> {
        for _ in 0..MOST_LOOKS {
            let before = (self.story(), self.writes.len(), self.has_finalizer);
            self.look();
            if before == (self.story(), self.writes.len(), self.has_finalizer) {
                return Ok(self);
            }
            self.now = self.now + A_WHILE;
        }
        Err(format!("it never rests: {:?}, {}", self.writes, self.status["conditions"]))
    }

    /// The status without what each look may write anew: when it was, and how often the same call has failed.
    fn story(&self) -> Value {
        let mut story = self.status.clone();
        if let Some(members) = story.as_object_mut() {
            members.remove("lastObservedTime");
            members.remove("retry");
        }
        story
    }

    /// Looks once; then so much time passes.
    pub fn looked_at(mut self, then: Duration) -> Self {
        self.look();
        self.now = self.now + then;
        self
    }

    /// The object as it is stored.
    pub fn object(&self) -> DynamicObject {
        let finalizers = if self.has_finalizer { json!(["expressway.dev/finalizer"]) } else { json!([]) };
        let mut object = json!({
            "apiVersion": "expressway.dev/v1alpha1",
            "kind": "ExpressGatewayService",
            "metadata": {
                "name": NAME, "namespace": "shop", "uid": "u-1", "generation": self.generation, "finalizers": finalizers,
            },
            "status": self.status,
        });
        if !self.spec.is_null() {
            object["spec"] = self.spec.clone();
        }
        serde_json::from_value(object).unwrap()
    }

    /// One reconcile.
    fn look(&mut self) {
        self.answers.clear();
        let now = Timestamp::from_millisecond(self.now.0).unwrap();
        let mut live = understood(&self.object());
        let known = Known {
            owner: (!live.desired.policy.reads_anyones()).then(|| live.desired.owner.clone()),
            adoption: live.desired.policy.adoption,
            ..Memory::of(&live.before).known(self.generation, true)
        };
        let observed = match &live.desired.place {
            None => Ok(Observed::Absent),
            Some(place) => self.asks(async |ecs| ecs.observe(place, &known, Duration::ZERO).await),
        };
        let had = live.before.service_arn.is_some();
        let observed = observed.or_else(|failure| live.desired.read_of_a_missing_cluster(failure, had));
        let observed = redacted(&live, observed);
        let mut plan = decided(&live, &observed, now);
        if plan.as_ref().is_some_and(|plan| plan.step == Step::AddFinalizer) {
            self.has_finalizer = true;
            live = understood(&self.object());
            plan = decided(&live, &observed, now);
        }
        let write = plan.as_ref().and_then(|plan| plan.step.aws_write());
        let outcome = write.map(|write| self.writes(write));
        let told = told(&live, &observed, plan.as_ref(), outcome.as_ref(), now);
        self.status = serde_json::to_value(&told.status).unwrap();
        self.last = Some(Look { observed, plan, refused: outcome.and_then(Result::err) });
    }

    fn writes(&mut self, write: AwsWrite<'_>) -> Result<expressway::core::step::Effect, Failure> {
        let done = self.asks(async |ecs| ecs.act(write).await);
        if done.is_ok() {
            self.writes.push(write.operation().to_string());
        }
        done
    }

    fn asks<T>(&mut self, work: impl AsyncFnOnce(&expressway::aws::Ecs) -> T) -> T {
        let model = Arc::new(Mutex::new(self.model.clone()));
        let said = Arc::new(Mutex::new(Vec::new()));
        let (asked, heard, now) = (Arc::clone(&model), Arc::clone(&said), self.now);
        let answers = move |operation: &str, body: &[u8]| {
            let (status, body) = answer(&mut asked.lock().unwrap(), operation, body, now);
            let line = [format!("{operation} {status} ").as_bytes(), &body, b"\n"].concat();
            heard.lock().unwrap().extend(line);
            (status, body)
        };
        let done = with_client(|client| client.answered_by(answers, |ecs| Box::pin(work(ecs))));
        self.model = model.lock().unwrap().clone();
        self.answers.extend(said.lock().unwrap().iter());
        done
    }

    /// Whether ECS, and nobody before it, refused what the spec says: a value, or the cluster.
    pub fn is_refused_by_ecs(&self) -> bool {
        let look = self.last();
        let failure = look.refused.as_ref().or(look.observed.as_ref().err());
        let is_of_the_spec = |failure: &Failure| match failure.class {
            FailureClass::InvalidParameter | FailureClass::Unsupported | FailureClass::ClusterNotFound => true,
            FailureClass::Throttled
            | FailureClass::AccessDenied
            | FailureClass::Credentials
            | FailureClass::RoleNotReady
            | FailureClass::StillDraining
            | FailureClass::NameTaken
            | FailureClass::NotFound
            | FailureClass::NotActive
            | FailureClass::Unavailable
            | FailureClass::Unexpected => false,
        };
        let backs_off = look.plan.as_ref().is_some_and(|plan| plan.verdict == Verdict::BackingOff);
        failure.is_some_and(is_of_the_spec) || (backs_off && self.condition("Stalled")["status"] == "True")
    }

    /// What the last look came to.
    pub fn last(&self) -> &Look {
        self.last.as_ref().expect("nobody has looked")
    }

    /// A condition, as the status shows it.
    pub fn condition(&self, kind: &str) -> &Value {
        let conditions = self.status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
        conditions.iter().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
    }

    /// The status.
    pub fn status(&self) -> &Value {
        &self.status
    }

    /// Status and reason of `Ready`, in one word.
    pub fn ready(&self) -> String {
        let ready = self.condition("Ready");
        let word = |member: &str| ready[member].as_str().unwrap_or("?").to_owned();
        format!("{} {}", word("status"), word("reason"))
    }

    /// The message of `Ready`.
    pub fn message(&self) -> &str {
        self.condition("Ready")["message"].as_str().unwrap_or_default()
    }
}
