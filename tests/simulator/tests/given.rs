//! The steps that the stories share: a model, its time, and the calls as methods.
use std::time::Duration;

use express_simulator::model::{ApiError, Config, ErrorKind, Model, QuotaConfig, Switches};
use express_simulator::time::Time;
use express_simulator::wire::*;

pub const INFRASTRUCTURE_ROLE: &str = "arn:aws:iam::123456789012:role/infrastructure";
pub const EXECUTION_ROLE: &str = "arn:aws:iam::123456789012:role/execution";

/// A model and its time.
#[derive(Clone)]
pub struct Story {
    pub model: Model,
    pub now: Time,
}

macro_rules! calls {
    ($($name:ident: $operation:ident($input:ident) -> $output:ident;)*) => {
        impl Story { $(
            pub fn $name(&mut self, input: $input) -> Result<$output, ApiError> {
                match self.model.apply(input, self.now)? {
                    Response::$operation(output) => Ok(output),
                    other => panic!("{} was answered with {other:?}", stringify!($operation)),
                }
            }
        )* }
    };
}

calls! {
    create: CreateExpressGatewayService(CreateExpressGatewayServiceRequest) -> CreateExpressGatewayServiceResponse;
    update: UpdateExpressGatewayService(UpdateExpressGatewayServiceRequest) -> UpdateExpressGatewayServiceResponse;
    describe: DescribeExpressGatewayService(DescribeExpressGatewayServiceRequest) -> DescribeExpressGatewayServiceResponse;
    delete: DeleteExpressGatewayService(DeleteExpressGatewayServiceRequest) -> DeleteExpressGatewayServiceResponse;
    describe_services: DescribeServices(DescribeServicesRequest) -> DescribeServicesResponse;
    list_services: ListServices(ListServicesRequest) -> ListServicesResponse;
    create_service: CreateService(CreateServiceRequest) -> CreateServiceResponse;
    update_service: UpdateService(UpdateServiceRequest) -> UpdateServiceResponse;
    delete_service: DeleteService(DeleteServiceRequest) -> DeleteServiceResponse;
    list_deployments: ListServiceDeployments(ListServiceDeploymentsRequest) -> ListServiceDeploymentsResponse;
    describe_deployments: DescribeServiceDeployments(DescribeServiceDeploymentsRequest) -> DescribeServiceDeploymentsResponse;
    stop: StopServiceDeployment(StopServiceDeploymentRequest) -> StopServiceDeploymentResponse;
    continue_deployment: ContinueServiceDeployment(ContinueServiceDeploymentRequest) -> ContinueServiceDeploymentResponse;
    describe_revisions: DescribeServiceRevisions(DescribeServiceRevisionsRequest) -> DescribeServiceRevisionsResponse;
    tag: TagResource(TagResourceRequest) -> TagResourceResponse;
    untag: UntagResource(UntagResourceRequest) -> UntagResourceResponse;
    list_tags: ListTagsForResource(ListTagsForResourceRequest) -> ListTagsForResourceResponse;
    register: RegisterTaskDefinition(RegisterTaskDefinitionRequest) -> RegisterTaskDefinitionResponse;
    describe_task_definition: DescribeTaskDefinition(DescribeTaskDefinitionRequest) -> DescribeTaskDefinitionResponse;
    create_cluster: CreateCluster(CreateClusterRequest) -> CreateClusterResponse;
    describe_clusters: DescribeClusters(DescribeClustersRequest) -> DescribeClustersResponse;
    list_tasks: ListTasks(ListTasksRequest) -> ListTasksResponse;
    describe_tasks: DescribeTasks(DescribeTasksRequest) -> DescribeTasksResponse;
}

impl Story {
    /// An empty account, every quirk on, no call throttled.
    pub fn begins() -> Self {
        let quotas = QuotaConfig { enabled: false, ..QuotaConfig::default() };
        Self::with(Config { quotas, ..Config::default() })
    }

    /// An empty account that reads back what was written.
    pub fn without_quirks() -> Self {
        let mut story = Self::begins();
        *story.model.switches_mut() = Switches::without_quirks();
        story
    }

    pub fn with(config: Config) -> Self {
        Self { model: Model::new(config), now: Time(1_800_000_000_000) }
    }

    /// With a switch set.
    pub fn where_switch(mut self, name: &str, value: &str) -> Self {
        self.model.switches_mut().set(name, value).unwrap();
        self
    }

    /// With a service `web` that has been rolled out.
    pub fn where_web_runs(mut self) -> Self {
        self.create(web("nginx:1")).unwrap();
        self.settles();
        assert_eq!(self.newest_deployment().status.as_deref(), Some("SUCCESSFUL"));
        self
    }

    pub fn after(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.model.tick(self.now);
    }

    /// Time passes until no deployment is in flight.
    pub fn settles(&mut self) {
        for _ in 0..1000 {
            if self.classic().current_service_deployment.is_none() {
                return;
            }
            self.next_event();
        }
        panic!("no end of {:?}", self.newest_deployment());
    }

    /// Time passes until the deployment in flight is in `stage`.
    pub fn reaches(&mut self, stage: &str) -> ServiceDeployment {
        self.until(|deployment| deployment.lifecycle_stage.as_deref() == Some(stage))
    }

    /// Time passes until the newest deployment has `status`.
    pub fn comes_to(&mut self, status: &str) -> ServiceDeployment {
        self.until(|deployment| deployment.status.as_deref() == Some(status))
    }

    fn until(&mut self, wanted: impl Fn(&ServiceDeployment) -> bool) -> ServiceDeployment {
        for _ in 0..1000 {
            let deployment = self.newest_deployment();
            if wanted(&deployment) {
                return deployment;
            }
            self.next_event();
        }
        panic!("never came: {:?}", self.newest_deployment());
    }

    fn next_event(&mut self) {
        let next = self.model.next_event().expect("something happens next");
        self.now = self.now.max(next);
        self.model.tick(self.now);
    }

    pub fn web(&mut self) -> ECSExpressGatewayService {
        let include = Some(vec!["TAGS".to_owned()]);
        let request = DescribeExpressGatewayServiceRequest { service_arn: Some(arn("web")), include };
        self.describe(request).unwrap().service.unwrap()
    }

    /// The only active configuration of `web`.
    pub fn configuration(&mut self) -> ExpressGatewayServiceConfiguration {
        let configurations = self.web().active_configurations.unwrap();
        assert_eq!(configurations.len(), 1);
        configurations[0].clone()
    }

    pub fn container(&mut self) -> ExpressGatewayContainer {
        self.configuration().primary_container.unwrap()
    }

    pub fn status(&mut self) -> String {
        self.web().status.unwrap().status_code.unwrap()
    }

    pub fn classic(&mut self) -> Service {
        let services = Some(vec!["web".to_owned()]);
        let request = DescribeServicesRequest { services, ..Default::default() };
        self.describe_services(request).unwrap().services.unwrap()[0].clone()
    }

    pub fn deployments(&mut self) -> Vec<ServiceDeploymentBrief> {
        let request = ListServiceDeploymentsRequest { service: Some("web".to_owned()), ..Default::default() };
        self.list_deployments(request).unwrap().service_deployments.unwrap()
    }

    /// The newest deployment, also in its first moment, when describing it still gives MISSING.
    pub fn newest_deployment(&mut self) -> ServiceDeployment {
        let arn = self.deployments()[0].service_deployment_arn.clone().unwrap();
        let mut fresh = self.clone();
        fresh.model.switches_mut().quirk_missing_after_list = false;
        fresh.deployment(&arn)
    }

    pub fn deployment(&mut self, arn: &str) -> ServiceDeployment {
        let service_deployment_arns = Some(vec![arn.to_owned()]);
        let response = self.describe_deployments(DescribeServiceDeploymentsRequest { service_deployment_arns });
        response.unwrap().service_deployments.unwrap()[0].clone()
    }

    /// An update of the image alone.
    pub fn image(&mut self, image: &str) -> UpdatedExpressGatewayService {
        self.update(change().image(image)).unwrap().service.unwrap()
    }
}

pub fn arn(name: &str) -> String {
    format!("arn:aws:ecs:us-east-1:123456789012:service/default/{name}")
}

/// The smallest create of the service `web`.
pub fn web(image: &str) -> CreateExpressGatewayServiceRequest {
    service("web", image)
}

pub fn service(name: &str, image: &str) -> CreateExpressGatewayServiceRequest {
    CreateExpressGatewayServiceRequest {
        service_name: Some(name.to_owned()),
        infrastructure_role_arn: Some(INFRASTRUCTURE_ROLE.to_owned()),
        execution_role_arn: Some(EXECUTION_ROLE.to_owned()),
        primary_container: Some(ExpressGatewayContainer { image: Some(image.to_owned()), ..Default::default() }),
        ..Default::default()
    }
}

/// An update of `web` that says nothing yet.
pub fn change() -> UpdateExpressGatewayServiceRequest {
    UpdateExpressGatewayServiceRequest { service_arn: Some(arn("web")), ..Default::default() }
}

/// The smallest create of a service `web` that is not Express.
pub fn classic_web() -> CreateServiceRequest {
    CreateServiceRequest { service_name: text("web"), task_definition: text("theirs:1"), ..Default::default() }
}

pub fn delete_web() -> DeleteExpressGatewayServiceRequest {
    DeleteExpressGatewayServiceRequest { service_arn: Some(arn("web")) }
}

pub trait Change {
    fn image(self, image: &str) -> Self;
}

impl Change for UpdateExpressGatewayServiceRequest {
    fn image(mut self, image: &str) -> Self {
        self.primary_container.get_or_insert_default().image = Some(image.to_owned());
        self
    }
}

pub fn variables(pairs: &[(&str, &str)]) -> Vec<KeyValuePair> {
    let pair = |(name, value): &(&str, &str)| KeyValuePair {
        name: Some((*name).to_owned()),
        value: Some((*value).to_owned()),
    };
    pairs.iter().map(pair).collect()
}

pub fn tags(pairs: &[(&str, &str)]) -> Vec<Tag> {
    let tag = |(key, value): &(&str, &str)| Tag { key: Some((*key).to_owned()), value: Some((*value).to_owned()) };
    pairs.iter().map(tag).collect()
}

pub fn strings(items: &[&str]) -> Option<Vec<String>> {
    Some(items.iter().map(|item| (*item).to_owned()).collect())
}

pub fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// That a call was refused so.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<T, ApiError>, kind: ErrorKind, message: &str) {
    let error = answer.expect_err("it is refused");
    assert_eq!((error.kind, error.message.as_str()), (kind, message));
}

/// That a call was refused so, with a message that has these words.
#[track_caller]
pub fn refused_about<T: std::fmt::Debug>(answer: Result<T, ApiError>, kind: ErrorKind, words: &str) {
    let error = answer.expect_err("it is refused");
    assert_eq!(error.kind, kind, "{error}");
    assert!(error.message.contains(words), "{error}");
}
