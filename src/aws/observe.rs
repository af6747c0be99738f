//! Looking at a service: a shared glance first, then only what the glance and what is known leave open.
//!
//! ECS is eventually consistent, and a service can go away between two calls. The rule: the later and the more detailed
//! reading wins, and what cannot be read yet is shown as not there yet, never as an error and never as an end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types as ecs;

use crate::core::failure::{Failure, FailureClass, Operation};
use crate::core::observed::{
    ActiveConfiguration, Glance, Known, LastEnded, Live, Observed, Place, Presence, Unhealthy, account_of,
};
use crate::core::rollout::{Deployment, DeploymentState};

use super::calls::Calls;
use super::client::Ecs;
use super::convert_in::{active_configurations, brief, deployment, glance, presence, text};
use super::error::incomplete;
use super::glances::{Answer, DescribeServices, Sight};

/// How many deployments are listed to find the newest: ECS documents no order, and shows the newest first.
const LISTED_DEPLOYMENTS: i32 = 20;

impl Ecs {
    /// Looks at the service. The first call may wait up to `patience` so that others can share it.
    ///
    /// # Errors
    /// When ECS could not be asked, or answered what cannot be read.
    pub async fn observe(&self, place: &Place, known: &Known, patience: Duration) -> Result<Observed, Failure> {
        let sight = self.glances.look(place, patience).await;
        self.understand(place, sight, known, None).await
    }

    /// Looks at a service whose ARN is known, when its configuration has to be read whatever the glance says: both calls
    /// at once, so that an edit waits for one answer of ECS and not for two.
    ///
    /// # Errors
    /// As [`Self::observe`].
    pub async fn observe_again(&self, place: &Place, arn: &str, known: &Known) -> Result<Observed, Failure> {
        let glance = self.glances.look(place, Duration::ZERO);
        let (sight, express) = tokio::join!(glance, self.express(arn, true));
        self.understand(place, sight, known, Some(express)).await
    }

    async fn understand(
        &self,
        place: &Place,
        sight: Answer,
        known: &Known,
        express: Option<Result<Express, Failure>>,
    ) -> Result<Observed, Failure> {
        match sight {
            Ok(Sight::Live(glance)) => self.read(place, glance, known, express).await,
            Ok(Sight::Absent(account)) => Ok(absent(account, known)),
            Ok(Sight::Draining(presence)) => Ok(Observed::Draining(presence)),
            Ok(Sight::Inactive(presence)) => Ok(Observed::Inactive(presence)),
            Ok(Sight::NotExpress(presence)) => Ok(Observed::NotExpress(presence)),
            Err(failure) => Err(failure),
        }
    }

    async fn read(
        &self,
        place: &Place,
        glance: Glance,
        known: &Known,
        read_before: Option<Result<Express, Failure>>,
    ) -> Result<Observed, Failure> {
        let list = glance.reading_list(known);
        let rested = glance.unmoved(known).filter(|_| !list.configurations);
        let arn = &glance.presence.arn;
        let express = async {
            match read_before {
                Some(express) => express,
                None => self.express(arn, list.configurations).await,
            }
        };
        // Each in a place of its own: calls of the SDK are large, and a thread's stack is not.
        let in_flight = Box::pin(self.in_flight(place, arn, list.in_flight));
        let last_ended = Box::pin(self.last_ended(place, arn, list.last_ended));
        let managed = Box::pin(async { Ok(self.managed(list.managed).await) });
        let (express, in_flight, last_ended, managed) =
            tokio::try_join!(Box::pin(express), in_flight, last_ended, managed)?;
        let in_flight = in_flight.or(list.unmoved.map(Deployment::just_begun));
        let mut presence = glance.presence;
        let mut infrastructure_role = rested.and_then(|rested| rested.infrastructure_role.clone());
        let configurations = match express {
            Express::NotRead => rested.map(|rested| rested.configurations.clone()),
            Express::NotThereYet => Some(Vec::new()),
            Express::Going { state, reason } => {
                presence.reason = reason.or(presence.reason);
                return Ok(match state {
                    Going::Draining => Observed::Draining(presence),
                    Going::Inactive => Observed::Inactive(presence),
                });
            }
            Express::Active { configurations, reason, role } => {
                presence.reason = reason.or(presence.reason);
                infrastructure_role = role;
                Some(configurations)
            }
        };
        let read_now = in_flight.or(last_ended).map(|deployment| with_health_answer(deployment, glance.unhealthy));
        let (in_flight, last_ended) = by_state(read_now);
        let last_ended = last_ended.or_else(|| rested.and_then(|rested| rested.last_ended.clone()));
        Ok(Observed::Live(Box::new(Live {
            presence,
            infrastructure_role,
            revisions: glance.revisions,
            configurations,
            in_flight,
            last_ended,
            managed,
        })))
    }

    async fn express(&self, arn: &str, wanted: bool) -> Result<Express, Failure> {
        if !wanted {
            return Ok(Express::NotRead);
        }
        let operation = Operation::DescribeExpressGatewayService;
        let call = self.reads.describe_express_gateway_service().service_arn(arn);
        let service = match self.calls.track(operation, call.send()).await {
            Ok(answer) => answer.service,
            Err(failure) if failure.class == FailureClass::NotFound => None,
            Err(failure) => return Err(failure),
        };
        Ok(service.map_or(Express::NotThereYet, Express::from))
    }

    /// A deployment that ECS names as the current one but does not show has just begun.
    async fn in_flight(
        &self,
        place: &Place,
        service_arn: &str,
        named: Option<String>,
    ) -> Result<Option<Deployment>, Failure> {
        let Some(named) = named else { return Ok(None) };
        match self.deployment(&named).await? {
            Some(shown) => {
                let shown = self.or_what_overtook(place, service_arn, shown).await?;
                Ok(Some(self.with_cause(place, shown).await))
            }
            None => Ok(Some(Deployment::just_begun(named))),
        }
    }

    /// One that was overtaken tells nothing of its own: what overtook it does.
    async fn or_what_overtook(
        &self,
        place: &Place,
        service_arn: &str,
        shown: Deployment,
    ) -> Result<Deployment, Failure> {
        match shown.state {
            DeploymentState::Stopped => Ok(self.newest(place, service_arn).await?.unwrap_or(shown)),
            _ => Ok(shown),
        }
    }

    async fn last_ended(
        &self,
        place: &Place,
        service_arn: &str,
        how: LastEnded,
    ) -> Result<Option<Deployment>, Failure> {
        let ended = match how {
            LastEnded::Known => return Ok(None),
            LastEnded::Describe(arn) => match self.deployment(&arn).await? {
                Some(shown) => Some(self.or_what_overtook(place, service_arn, shown).await?),
                // ECS keeps deployments for 90 days: the newest of those it still has tells more than nothing.
                None => self.newest(place, service_arn).await?,
            },
            LastEnded::Newest => self.newest(place, service_arn).await?,
        };
        let Some(ended) = ended else { return Ok(None) };
        Ok(Some(self.with_cause(place, ended).await))
    }

    /// The deployment with its image and what became of its tasks, if it failed.
    async fn with_cause(&self, place: &Place, deployment: Deployment) -> Deployment {
        let deployment = self.with_image(deployment).await;
        self.with_stopped_task(place, deployment).await
    }

    /// The newest deployment; in full unless it was successful.
    async fn newest(&self, place: &Place, service_arn: &str) -> Result<Option<Deployment>, Failure> {
        let call = self
            .reads
            .list_service_deployments()
            .cluster(&place.cluster)
            .service(service_arn)
            .max_results(LISTED_DEPLOYMENTS);
        let listed = self.calls.track(Operation::ListServiceDeployments, call.send()).await;
        let listed = match listed {
            Ok(answer) => answer.service_deployments.unwrap_or_default(),
            Err(failure) if failure.class == FailureClass::NotFound => Vec::new(),
            Err(failure) => return Err(failure),
        };
        // Of two that were begun at the same moment the later one is listed first, and `max_by_key` takes the last.
        let Some(newest) = listed.into_iter().rev().max_by_key(|entry| entry.created_at) else {
            return Ok(None);
        };
        let newest = brief(newest);
        if newest.state == DeploymentState::Successful {
            return Ok(Some(newest));
        }
        let shown = self.deployment(&newest.arn).await?;
        Ok(Some(shown.unwrap_or(newest)))
    }

    /// A deployment in full; `None` while, or when no more, ECS shows it.
    async fn deployment(&self, arn: &str) -> Result<Option<Deployment>, Failure> {
        let operation = Operation::DescribeServiceDeployments;
        let call = self.reads.describe_service_deployments().service_deployment_arns(arn);
        let answer = match self.calls.track(operation, call.send()).await {
            Ok(answer) => answer,
            Err(failure) if failure.class == FailureClass::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let shown = answer.service_deployments.unwrap_or_default();
        match shown.into_iter().find(|shown| shown.service_deployment_arn.as_deref() == Some(arn)) {
            Some(shown) => Ok(Some(deployment(shown))),
            None => match answer.failures.unwrap_or_default().first() {
                Some(failed) if !is_missing(failed) => Err(not_shown(operation, failed)),
                _ => Ok(None),
            },
        }
    }
}

/// ECS names what it does not know by an ARN of the caller's account (API reference: `Failure`).
fn absent(account: Option<String>, known: &Known) -> Observed {
    match account {
        Some(account) if known.account.as_ref().is_some_and(|known| *known != account) => {
            Observed::InAnotherAccount(account)
        }
        _ => Observed::Absent,
    }
}

/// What `DescribeExpressGatewayService` says.
enum Express {
    NotRead,
    /// ECS shows the service elsewhere, but not here yet.
    NotThereYet,
    Active {
        configurations: Vec<ActiveConfiguration>,
        reason: Option<String>,
        role: Option<String>,
    },
    /// It was deleted since the glance.
    Going {
        state: Going,
        reason: Option<String>,
    },
}

enum Going {
    Draining,
    Inactive,
}

impl From<ecs::EcsExpressGatewayService> for Express {
    fn from(service: ecs::EcsExpressGatewayService) -> Self {
        use ecs::ExpressGatewayServiceStatusCode as Code;
        let (code, reason) =
            service.status.map_or((None, None), |status| (status.status_code, text(status.status_reason)));
        match code {
            Some(Code::Draining) => Self::Going { state: Going::Draining, reason },
            Some(Code::Inactive) => Self::Going { state: Going::Inactive, reason },
            _ => Self::Active {
                configurations: active_configurations(service.active_configurations.unwrap_or_default()),
                reason,
                role: text(service.infrastructure_role_arn),
            },
        }
    }
}

/// A deployment with what a task last answered, if the service's events tell of its time: they are read anyway. One that
/// ended well had none that mattered.
fn with_health_answer(deployment: Deployment, unhealthy: Option<Unhealthy>) -> Deployment {
    let began = deployment.created_at.filter(|_| deployment.state != DeploymentState::Successful);
    let is_of_its_time =
        |at| began.is_some_and(|began| began <= at) && deployment.finished_at.is_none_or(|finished| at <= finished);
    let unhealthy = unhealthy.filter(|unhealthy| is_of_its_time(unhealthy.at)).map(|unhealthy| unhealthy.answer);
    Deployment { unhealthy, ..deployment }
}

/// A deployment ends between two calls, or has begun since the glance: its own state tells, not the call that found it.
fn by_state(deployment: Option<Deployment>) -> (Option<Deployment>, Option<Deployment>) {
    match deployment {
        Some(deployment) if deployment.state.is_over() => (None, Some(deployment)),
        other => (other, None),
    }
}

/// The one call that glances share.
#[derive(Clone, Debug)]
pub(super) struct ServiceReader {
    client: Client,
    calls: Calls,
}

impl ServiceReader {
    pub(super) fn new(client: Client, calls: Calls) -> Self {
        Self { client, calls }
    }
}

impl DescribeServices for ServiceReader {
    async fn describe(&self, cluster: &str, names: BTreeSet<String>) -> Result<BTreeMap<String, Answer>, Failure> {
        let call = self
            .client
            .describe_services()
            .cluster(cluster)
            .set_services(Some(names.into_iter().collect()))
            .include(ecs::ServiceField::Tags);
        let answer = self.calls.track(Operation::DescribeServices, call.send()).await?;
        let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
        for failed in answer.failures() {
            if let Some(name) = failed.arn().and_then(|arn| arn.rsplit('/').next()) {
                let sight = if is_missing(failed) {
                    Ok(Sight::Absent(failed.arn().and_then(account_of).map(str::to_owned)))
                } else {
                    Err(not_shown(Operation::DescribeServices, failed))
                };
                answers.insert(name.to_owned(), sight);
            }
        }
        // A record tells more than its absence, should ECS say both.
        for service in answer.services() {
            if let Some(name) = service.service_name() {
                answers.insert(name.to_owned(), sight(service));
            }
        }
        Ok(answers)
    }
}

fn sight(service: &ecs::Service) -> Answer {
    let presence: Presence = presence(service);
    if presence.arn.is_empty() {
        return Err(incomplete(Operation::DescribeServices, "ECS shows a service without an ARN"));
    }
    match service.status() {
        Some("INACTIVE") => Ok(Sight::Inactive(presence)),
        Some("DRAINING") => Ok(Sight::Draining(presence)),
        Some("ACTIVE") if is_express(service) => Ok(Sight::Live(glance(service))),
        Some("ACTIVE") => Ok(Sight::NotExpress(presence)),
        other => Err(incomplete(
            Operation::DescribeServices,
            &format!(
                "ECS shows the service in a state that this version does not know: {:?}",
                other.unwrap_or_default()
            ),
        )),
    }
}

/// `resourceManagementType: ECS` marks what Express Mode manages (botocore ECS model, `Service`).
fn is_express(service: &ecs::Service) -> bool {
    service.resource_management_type() == Some(&ecs::ResourceManagementType::Ecs)
}

fn is_missing(failed: &ecs::Failure) -> bool {
    failed.reason() == Some("MISSING")
}

fn not_shown(operation: Operation, failed: &ecs::Failure) -> Failure {
    let reason = failed.reason().unwrap_or("no reason given");
    let detail = failed.detail().unwrap_or_default();
    incomplete(operation, &format!("ECS does not show the resource: {reason} {detail}"))
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;
