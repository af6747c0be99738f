//! The shapes of clusters.
use super::{Failure, Tag, shapes};
use serde_json::Value;

shapes! {
    CreateClusterRequest { cluster_name: String, tags: Vec<Tag> }
    CreateClusterResponse { cluster: Cluster }
    DescribeClustersRequest { clusters: Vec<String>, include: Vec<String> }
    DescribeClustersResponse { clusters: Vec<Cluster>, failures: Vec<Failure> }
    Cluster {
        cluster_arn: String,
        cluster_name: String,
        status: String,
        registered_container_instances_count: i32,
        running_tasks_count: i32,
        pending_tasks_count: i32,
        active_services_count: i32,
        statistics: Vec<Value>,
        tags: Vec<Tag>,
        settings: Vec<Value>,
        capacity_providers: Vec<String>,
        default_capacity_provider_strategy: Vec<Value>,
    }
}
