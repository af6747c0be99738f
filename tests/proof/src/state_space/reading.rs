//! Looking at the simulator's model as `aws::observe` looks at ECS: a glance, then what the core's reading list asks for.

use express_simulator::model::{ApiError, Model};
use express_simulator::time::Time;
use express_simulator::wire;
use expressway::core::failure::{Failure, FailureClass, Operation};
use expressway::core::managed::ManagedReading;
use expressway::core::observed::{Glance, Known, LastEnded, Live, Observed, Place, Presence, account_of};
use expressway::core::rollout::{Deployment, DeploymentState};

use super::convert::{active_configurations, brief, deployment, glance, presence};
use super::writing::failure;

/// The account at a moment.
pub(super) type Shown<'a> = (&'a Model, Time);

/// What a look at the model shows of the service: a glance, and the details that were read after it.
pub(super) fn observe(
    glance: Shown<'_>,
    details: Shown<'_>,
    place: &Place,
    known: &Known,
) -> Result<Observed, Failure> {
    // Reading takes tokens from a bucket, which is a change of the model: copies are read.
    let mut reading = Reading { model: glance.0.clone(), at: glance.1, details };
    reading.observe(place, known)
}

struct Reading<'a> {
    model: Model,
    at: Time,
    details: Shown<'a>,
}

impl Reading<'_> {
    fn observe(&mut self, place: &Place, known: &Known) -> Result<Observed, Failure> {
        let answer = self.ask(Operation::DescribeServices, described(place))?;
        let wire::Response::DescribeServices(answer) = answer else { return Ok(Observed::Absent) };
        let Some(service) = answer.services.into_iter().flatten().next() else {
            let failed = answer.failures.into_iter().flatten().next().and_then(|failed| failed.arn);
            return Ok(absent(failed.as_deref().and_then(account_of), known));
        };
        if let Some(going) = going(service.status.as_deref(), presence(&service)) {
            return Ok(going);
        }
        match service.resource_management_type.as_deref() {
            Some("ECS") => self.live(place, glance(&service), known),
            _ => Ok(Observed::NotExpress(presence(&service))),
        }
    }

    fn live(&mut self, place: &Place, glance: Glance, known: &Known) -> Result<Observed, Failure> {
        let list = glance.reading_list(known);
        (self.model, self.at) = (self.details.0.clone(), self.details.1);
        let mut infrastructure_role = None;
        let configurations = match list.configurations {
            false => None,
            true => {
                let service = self.express(&glance.presence.arn)?;
                let status = service.as_ref().and_then(|it| it.status.as_ref()?.status_code.clone());
                if let Some(going) = going(status.as_deref(), glance.presence.clone()) {
                    return Ok(going);
                }
                infrastructure_role = service.as_ref().and_then(|it| it.infrastructure_role_arn.clone());
                Some(service.and_then(|it| it.active_configurations).map(active_configurations).unwrap_or_default())
            }
        };
        let in_flight = match list.in_flight {
            None => list.unmoved.map(Deployment::just_begun),
            Some(arn) => match self.deployment(&arn)? {
                Some(shown) => {
                    let shown = self.or_what_overtook(place, &glance.presence.arn, shown)?;
                    Some(self.with_image(shown))
                }
                None => Some(Deployment::just_begun(arn)),
            },
        };
        let read = match in_flight {
            Some(deployment) => Some(deployment),
            None => self.last_ended(place, &glance.presence.arn, list.last_ended)?,
        };
        let (last_ended, in_flight) = match read {
            Some(deployment) if deployment.state.is_over() => (Some(deployment), None),
            other => (None, other),
        };
        Ok(Observed::Live(Box::new(Live {
            presence: glance.presence,
            infrastructure_role,
            revisions: glance.revisions,
            configurations,
            in_flight,
            last_ended,
            managed: ManagedReading::NotAsked,
        })))
    }

    fn express(&mut self, arn: &str) -> Result<Option<wire::ECSExpressGatewayService>, Failure> {
        let request = wire::DescribeExpressGatewayServiceRequest { service_arn: Some(arn.to_owned()), include: None };
        match self.look_up(Operation::DescribeExpressGatewayService, request)? {
            Some(wire::Response::DescribeExpressGatewayService(answer)) => Ok(answer.service),
            _ => Ok(None),
        }
    }

    fn deployment(&mut self, arn: &str) -> Result<Option<Deployment>, Failure> {
        let request = wire::DescribeServiceDeploymentsRequest { service_deployment_arns: Some(vec![arn.to_owned()]) };
        match self.look_up(Operation::DescribeServiceDeployments, request)? {
            Some(wire::Response::DescribeServiceDeployments(answer)) => {
                Ok(answer.service_deployments.into_iter().flatten().next().map(deployment))
            }
            _ => Ok(None),
        }
    }

    fn or_what_overtook(&mut self, place: &Place, service: &str, shown: Deployment) -> Result<Deployment, Failure> {
        match shown.state {
            DeploymentState::Stopped => Ok(self.newest(place, service)?.unwrap_or(shown)),
            _ => Ok(shown),
        }
    }

    fn last_ended(&mut self, place: &Place, service: &str, how: LastEnded) -> Result<Option<Deployment>, Failure> {
        let ended = match how {
            LastEnded::Known => None,
            LastEnded::Describe(arn) => match self.deployment(&arn)? {
                Some(shown) => Some(self.or_what_overtook(place, service, shown)?),
                None => self.newest(place, service)?,
            },
            LastEnded::Newest => self.newest(place, service)?,
        };
        Ok(ended.map(|ended| self.with_image(ended)))
    }

    fn with_image(&mut self, ended: Deployment) -> Deployment {
        let target = ended.target.as_ref().filter(|_| ended.state.has_failed()).map(|target| target.arn.clone());
        let Some(arn) = target else { return ended };
        let request = wire::DescribeServiceRevisionsRequest { service_revision_arns: Some(vec![arn]) };
        let image = match self.ask(Operation::DescribeServiceRevisions, request) {
            Ok(wire::Response::DescribeServiceRevisions(answer)) => {
                let revision = answer.service_revisions.into_iter().flatten().next();
                let main = revision.and_then(|revision| revision.container_images?.into_iter().next());
                main.and_then(|main| main.image)
            }
            _ => None,
        };
        Deployment { image, ..ended }
    }

    fn newest(&mut self, place: &Place, service: &str) -> Result<Option<Deployment>, Failure> {
        let request = wire::ListServiceDeploymentsRequest {
            service: Some(service.to_owned()),
            cluster: Some(place.cluster.clone()),
            ..Default::default()
        };
        let listed = match self.look_up(Operation::ListServiceDeployments, request)? {
            Some(wire::Response::ListServiceDeployments(answer)) => answer.service_deployments.unwrap_or_default(),
            _ => Vec::new(),
        };
        let Some(newest) = listed.into_iter().rev().max_by_key(|entry| entry.created_at).map(brief) else {
            return Ok(None);
        };
        if newest.state == DeploymentState::Successful {
            return Ok(Some(newest));
        }
        Ok(Some(self.deployment(&newest.arn)?.unwrap_or(newest)))
    }

    /// What is not there is no failure.
    fn look_up(
        &mut self,
        operation: Operation,
        request: impl Into<wire::Request>,
    ) -> Result<Option<wire::Response>, Failure> {
        match self.ask(operation, request) {
            Err(failure) if failure.class == FailureClass::NotFound => Ok(None),
            answer => answer.map(Some),
        }
    }

    fn ask(&mut self, operation: Operation, request: impl Into<wire::Request>) -> Result<wire::Response, Failure> {
        self.model.apply(request, self.at).map_err(|error: ApiError| failure(operation, &error))
    }
}

/// A service that is going, or gone; `None`: it is up.
fn going(status: Option<&str>, presence: Presence) -> Option<Observed> {
    match status? {
        "DRAINING" => Some(Observed::Draining(presence)),
        "INACTIVE" => Some(Observed::Inactive(presence)),
        _ => None,
    }
}

fn described(place: &Place) -> wire::DescribeServicesRequest {
    wire::DescribeServicesRequest {
        cluster: Some(place.cluster.clone()),
        services: Some(vec![place.service_name.clone()]),
        include: Some(vec!["TAGS".to_owned()]),
    }
}

fn absent(account: Option<&str>, known: &Known) -> Observed {
    match account {
        Some(account) if known.account.as_deref().is_some_and(|known| known != account) => {
            Observed::InAnotherAccount(account.to_owned())
        }
        _ => Observed::Absent,
    }
}
