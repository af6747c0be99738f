//! CreateCluster and DescribeClusters.
use super::Model;
use super::account::Cluster;
use super::error::{ApiError, ErrorKind};
use super::service::Status;
use super::{tag, validate};
use crate::wire::{
    Cluster as ClusterView, CreateClusterRequest, CreateClusterResponse, DescribeClustersRequest,
    DescribeClustersResponse, Failure,
};

impl Model {
    pub(super) fn create_cluster(&mut self, input: &CreateClusterRequest) -> Result<CreateClusterResponse, ApiError> {
        let name = input.cluster_name.clone().unwrap_or_else(|| "default".to_owned());
        validate::cluster_name(&name)?;
        let tags = validate::tags(input.tags.as_deref().unwrap_or_default())?;
        // Creating what exists gives what exists.
        self.account.clusters.entry(name.clone()).or_insert(Cluster { tags });
        Ok(CreateClusterResponse { cluster: Some(self.view_cluster(&name, true)) })
    }

    pub(super) fn describe_clusters(
        &self,
        input: &DescribeClustersRequest,
    ) -> Result<DescribeClustersResponse, ApiError> {
        let asked = input.clusters.clone().unwrap_or_else(|| vec!["default".to_owned()]);
        let with_tags = input.include.as_ref().is_some_and(|include| include.iter().any(|field| field == "TAGS"));
        let mut response = DescribeClustersResponse { clusters: Some(Vec::new()), failures: Some(Vec::new()) };
        for cluster in &asked {
            let name = self.config.cluster_name(Some(cluster));
            match name.ok().filter(|name| self.account.clusters.contains_key(name)) {
                Some(name) => response.clusters.get_or_insert_default().push(self.view_cluster(&name, with_tags)),
                None => response.failures.get_or_insert_default().push(Failure {
                    arn: Some(if cluster.starts_with("arn:") {
                        cluster.clone()
                    } else {
                        self.config.cluster_arn(cluster)
                    }),
                    reason: Some("MISSING".to_owned()),
                    detail: None,
                }),
            }
        }
        Ok(response)
    }

    /// The short name of a cluster that exists.
    pub(super) fn existing_cluster(&self, cluster: Option<&str>) -> Result<String, ApiError> {
        let name = self.config.cluster_name(cluster)?;
        if self.account.clusters.contains_key(&name) {
            return Ok(name);
        }
        Err(ErrorKind::ClusterNotFound.with("Cluster not found."))
    }

    fn view_cluster(&self, name: &str, with_tags: bool) -> ClusterView {
        let (mut running, mut pending, mut active) = (0, 0, 0);
        for service in self.account.services(Some(name)) {
            active += i32::from(service.status == Status::Active);
            for task in service.tasks.iter().filter(|task| task.stopped.is_none()) {
                if task.runs(self.now) { running += 1 } else { pending += 1 }
            }
        }
        let tags = self.account.clusters.get(name).filter(|_| with_tags);
        ClusterView {
            cluster_arn: Some(self.config.cluster_arn(name)),
            cluster_name: Some(name.to_owned()),
            status: Some("ACTIVE".to_owned()),
            registered_container_instances_count: Some(0),
            running_tasks_count: Some(running),
            pending_tasks_count: Some(pending),
            active_services_count: Some(active),
            statistics: Some(Vec::new()),
            tags: Some(tags.map(|cluster| tag::list(&cluster.tags)).unwrap_or_default()),
            settings: Some(Vec::new()),
            capacity_providers: Some(vec!["FARGATE".to_owned(), "FARGATE_SPOT".to_owned()]),
            default_capacity_provider_strategy: Some(Vec::new()),
        }
    }
}
