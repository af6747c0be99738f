//! ARNs: made, and taken apart.
use super::config::Config;
use super::error::{ApiError, ErrorKind};

/// A service's place: the name is unique in its cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// The cluster's short name.
    pub cluster: String,
    /// The service's name.
    pub name: String,
}

impl ServiceKey {
    /// The place of service `name` in `cluster`.
    pub fn new(cluster: impl Into<String>, name: impl Into<String>) -> Self {
        Self { cluster: cluster.into(), name: name.into() }
    }

    /// The place that a person writes as `name` (in the cluster `default`) or as `cluster/name`.
    pub fn parse(written: &str) -> Self {
        let (cluster, name) = written.split_once('/').unwrap_or(("default", written));
        Self::new(cluster, name)
    }
}

/// What an ARN of ECS names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Cluster(String),
    Service(ServiceKey),
    Deployment(ServiceKey, String),
    Revision(ServiceKey, String),
    Task(String, String),
    TaskDefinition(String, u32),
}

impl Config {
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// The target group with this id.
    pub(crate) fn target_group_arn(&self, id: &str) -> String {
        let name = format!("ecs-gateway-tg-{}", id.get(..8).unwrap_or(id));
        self.arn("elasticloadbalancing", &format!("targetgroup/{name}/{id}"))
    }

    pub(crate) fn cluster_arn(&self, cluster: &str) -> String {
        self.arn("ecs", &format!("cluster/{cluster}"))
    }

    pub(crate) fn service_arn(&self, key: &ServiceKey) -> String {
        self.arn("ecs", &format!("service/{}/{}", key.cluster, key.name))
    }

    pub(crate) fn deployment_arn(&self, key: &ServiceKey, id: &str) -> String {
        self.arn("ecs", &format!("service-deployment/{}/{}/{id}", key.cluster, key.name))
    }

    pub(crate) fn revision_arn(&self, key: &ServiceKey, id: &str) -> String {
        self.arn("ecs", &format!("service-revision/{}/{}/{id}", key.cluster, key.name))
    }

    pub(crate) fn task_arn(&self, cluster: &str, id: &str) -> String {
        self.arn("ecs", &format!("task/{cluster}/{id}"))
    }

    pub(crate) fn task_definition_arn(&self, family: &str, revision: u32) -> String {
        self.arn("ecs", &format!("task-definition/{family}:{revision}"))
    }

    /// What `arn` names; `None` when it is of another account or region, or of no resource that ECS has.
    pub(crate) fn named(&self, arn: &str) -> Option<Named> {
        let resource = arn.strip_prefix(&self.arn("ecs", ""))?;
        let parts: Vec<&str> = resource.split('/').collect();
        match parts.as_slice() {
            ["cluster", cluster] => Some(Named::Cluster((*cluster).to_owned())),
            ["service", cluster, name] => Some(Named::Service(ServiceKey::new(*cluster, *name))),
            ["service-deployment", cluster, name, id] => {
                Some(Named::Deployment(ServiceKey::new(*cluster, *name), (*id).to_owned()))
            }
            ["service-revision", cluster, name, id] => {
                Some(Named::Revision(ServiceKey::new(*cluster, *name), (*id).to_owned()))
            }
            ["task", cluster, id] => Some(Named::Task((*cluster).to_owned(), (*id).to_owned())),
            ["task-definition", versioned] => {
                let (family, revision) = versioned.rsplit_once(':')?;
                Some(Named::TaskDefinition(family.to_owned(), revision.parse().ok()?))
            }
            _ => None,
        }
    }

    /// A cluster by short name or ARN; `default` when none is said.
    pub(crate) fn cluster_name(&self, cluster: Option<&str>) -> Result<String, ApiError> {
        match cluster {
            None | Some("") => Ok("default".to_owned()),
            Some(arn) if arn.starts_with("arn:") => match self.named(arn) {
                Some(Named::Cluster(name)) => Ok(name),
                _ => Err(ErrorKind::ClusterNotFound.with("Cluster not found.")),
            },
            Some(name) => Ok(name.to_owned()),
        }
    }

    /// A service by short name (in `cluster`) or by ARN.
    pub(crate) fn service_key(&self, cluster: &str, service: &str) -> Option<ServiceKey> {
        if service.starts_with("arn:") {
            match self.named(service) {
                Some(Named::Service(key)) if key.cluster == cluster => Some(key),
                _ => None,
            }
        } else {
            Some(ServiceKey::new(cluster, service))
        }
    }
}
