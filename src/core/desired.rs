//! What a person wants, parsed once from the object: after this nobody looks into the YAML again.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::api::management::Management;
use crate::api::names;
use crate::api::requests::ReconcileRequests;
use crate::api::spec::{ExpressGatewayServiceSpec, PrimaryContainer};

use super::checks::{self, Problem};
use super::configuration::{Configuration, Container, Logs, Scaling};
use super::failure::{Failure, FailureClass};
use super::observed::{Observed, Place, Tags};
use super::ownership::Owner;
use super::plan::VISIBILITY_GRACE;
use super::policy::{Policy, Unreadable};
use super::requests;
use super::wedge::CREATION_LIMIT;

/// Name of the cluster that ECS uses when none is named (developer guide: express-service-work).
pub const DEFAULT_CLUSTER: &str = "default";

/// What the object asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Whose service it is.
    pub owner: Owner,
    /// Generation of the spec.
    pub generation: i64,
    /// Whether the object is being deleted.
    pub deleting: bool,
    /// Whether our finalizer is on it.
    pub has_finalizer: bool,
    /// Value of the annotation `expressway.dev/retry-requested-at`.
    pub retry_token: Option<String>,
    /// Value of the annotation `expressway.dev/rollback-requested-at`.
    pub rollback_token: Option<String>,
    /// Values of the annotations that ask for a look now.
    pub requests: ReconcileRequests,
    /// Value of the annotation `expressway.dev/approved-plan`.
    pub approved_plan: Option<String>,
    /// Region that the controller works in.
    pub region: String,
    /// What may be done with the service.
    pub policy: Policy,
    /// Most time that the first deployment may take.
    pub creation_limit: SignedDuration,
    /// How long ECS is given to show what it was sent.
    pub visibility_grace: SignedDuration,
    /// Where the service is to be found. `None` when the spec is too broken to tell.
    pub place: Option<Place>,
    /// What the service should be, or every reason why the spec cannot work.
    pub intent: Result<Box<Intent>, Vec<Problem>>,
}

/// A spec that can be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// The infrastructure role, which ECS never changes.
    pub infrastructure_role_arn: String,
    /// The configuration; `None` is left to AWS.
    pub configuration: Configuration,
    /// The user's tags.
    pub user_tags: Tags,
    /// Hash over all of the configuration: equal hashes, equal rollouts. Tags are not in it.
    pub spec_hash: String,
}

/// What is known of the object besides its spec.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectFacts {
    /// Whose service it is.
    pub owner: Owner,
    /// Generation of the spec.
    pub generation: i64,
    /// Whether the object is being deleted.
    pub deleting: bool,
    /// Its finalizers.
    pub finalizers: Vec<String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Its `spec.management`, read by itself: the policy must be known even when the rest of the spec cannot be read.
    /// An error: it cannot be read either.
    pub management: Result<Management, Unreadable>,
    /// Region that the controller works in.
    pub region: String,
    /// Most time that a first deployment may take.
    pub creation_limit: SignedDuration,
    /// How long ECS is given to show what it was sent.
    pub visibility_grace: SignedDuration,
}

impl Default for ObjectFacts {
    fn default() -> Self {
        Self {
            owner: Owner::default(),
            generation: 0,
            deleting: false,
            finalizers: Vec::new(),
            annotations: BTreeMap::new(),
            management: Ok(Management::default()),
            region: String::new(),
            creation_limit: CREATION_LIMIT,
            visibility_grace: VISIBILITY_GRACE,
        }
    }
}

impl Desired {
    /// Parses the spec, or the words in which it could not be read.
    #[must_use]
    pub fn parse(facts: ObjectFacts, spec: Result<&ExpressGatewayServiceSpec, Problem>) -> Self {
        let place = spec.as_ref().ok().map(|spec| place_of(spec, &facts.owner.name));
        let intent = match spec {
            Ok(spec) => {
                let problems = checks::problems(spec, &facts.owner.name, &facts.region);
                if problems.is_empty() { Ok(Box::new(Intent::of(spec))) } else { Err(problems) }
            }
            Err(problem) => Err(vec![problem]),
        };
        Self {
            retry_token: facts.annotations.get(names::RETRY_REQUESTED_AT).cloned(),
            rollback_token: facts.annotations.get(names::ROLLBACK_REQUESTED_AT).cloned(),
            requests: requests::asked(&facts.annotations),
            approved_plan: facts.annotations.get(names::APPROVED_PLAN).cloned(),
            policy: Policy::of(facts.management.as_ref().ok(), &facts.annotations),
            creation_limit: facts.creation_limit,
            visibility_grace: facts.visibility_grace,
            has_finalizer: facts.finalizers.iter().any(|f| f == names::FINALIZER),
            region: facts.region,
            owner: facts.owner,
            generation: facts.generation,
            deleting: facts.deleting,
            place,
            intent,
        }
    }
}

/// Where the service of a spec is to be found.
#[must_use]
pub fn place_of(spec: &ExpressGatewayServiceSpec, object_name: &str) -> Place {
    Place {
        cluster: cluster_name(spec.cluster.as_deref().unwrap_or(DEFAULT_CLUSTER)).to_owned(),
        service_name: spec.service_name.clone().unwrap_or_else(|| object_name.to_owned()),
    }
}

/// The short name of a cluster given by name or ARN.
#[must_use]
pub fn cluster_name(cluster: &str) -> &str {
    cluster.rsplit('/').next().unwrap_or(cluster)
}

impl Intent {
    fn of(spec: &ExpressGatewayServiceSpec) -> Self {
        let configuration = Configuration::of(spec);
        Self {
            infrastructure_role_arn: spec.infrastructure_role_arn.clone(),
            spec_hash: configuration.hash(),
            configuration,
            user_tags: spec.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
        }
    }
}

impl Configuration {
    /// The normal form of a spec.
    #[must_use]
    pub fn of(spec: &ExpressGatewayServiceSpec) -> Self {
        let network = spec.network_configuration.clone().unwrap_or_default();
        let scaling = spec.scaling_target.clone().unwrap_or_default();
        Self {
            execution_role_arn: spec.execution_role_arn.clone(),
            task_role_arn: spec.task_role_arn.clone(),
            task_definition_arn: spec.task_definition_arn.clone(),
            container: spec.primary_container.as_ref().map(Container::of),
            cpu: spec.cpu.clone(),
            memory: spec.memory.clone(),
            cpu_architecture: spec.cpu_architecture,
            subnets: network.subnets.into_iter().collect(),
            security_groups: network.security_groups.into_iter().collect(),
            health_check_path: spec.health_check_path.clone(),
            scaling: Scaling {
                min_tasks: scaling.min_task_count,
                max_tasks: scaling.max_task_count,
                metric: scaling.auto_scaling_metric,
                target_value: scaling.auto_scaling_target_value,
            },
        }
    }
}

impl Container {
    fn of(container: &PrimaryContainer) -> Self {
        Self {
            image: container.image.clone(),
            port: container.container_port,
            logs: container
                .aws_logs_configuration
                .as_ref()
                .map(|logs| Logs { group: logs.log_group.clone(), stream_prefix: logs.log_stream_prefix.clone() }),
            repository_credentials: container.repository_credentials.as_ref().map(|c| c.credentials_parameter.clone()),
            command: container.command.clone(),
            environment: container.environment.iter().map(|e| (e.name.clone(), e.value.clone())).collect(),
            secrets: container.secrets.iter().map(|s| (s.name.clone(), s.value_from.clone())).collect(),
        }
    }
}

impl Desired {
    /// Refuses the spec for these problems of its shape, if there are any; what else is wrong with it is told with them. A spec
    /// that could not be read at all is told by its shape alone, which names every field.
    #[must_use]
    pub fn refused_for(self, shape: Vec<Problem>) -> Self {
        if shape.is_empty() {
            return self;
        }
        let others = if self.place.is_some() { self.intent.err().unwrap_or_default() } else { Vec::new() };
        let others = others.into_iter().filter(|other| shape.iter().all(|problem| problem.path != other.path));
        let problems = shape.iter().cloned().chain(others).collect();
        Self { intent: Err(problems), ..self }
    }

    /// A cluster that does not exist holds no service: nothing is left to delete, and the cluster `default` comes into
    /// being with its first service (developer guide: express-service-work). Where this object `had` a service in it, the
    /// cluster is somewhere else: the credentials may be of another account.
    ///
    /// # Errors
    /// Every other failure stays what it is.
    pub fn read_of_a_missing_cluster(&self, failure: Failure, had: bool) -> Result<Observed, Failure> {
        let is_default = self.place.as_ref().is_some_and(|place| place.cluster == DEFAULT_CLUSTER);
        if failure.class == FailureClass::ClusterNotFound && (self.deleting || (is_default && !had)) {
            return Ok(Observed::Absent);
        }
        Err(failure)
    }
}

#[cfg(test)]
#[path = "desired_tests.rs"]
mod tests;
