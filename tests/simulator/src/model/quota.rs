//! Token buckets per category of call. Source: developer guide, `request-throttling`.
use std::collections::BTreeMap;

use super::error::{ApiError, ErrorKind};
use crate::time::Time;
use crate::wire::Operation;

/// A category of calls that share a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Create, update, delete and stop.
    ServiceModify,
    /// Describe and list services.
    ServiceRead,
    /// Describe and list service deployments.
    ServiceDeployment,
    /// Describe service revisions.
    ServiceRevision,
    /// Tag and untag.
    TagModify,
    /// List tags.
    TagRead,
    /// Register task definitions.
    TaskDefinitionModify,
    /// Describe task definitions.
    TaskDefinitionRead,
    /// Create clusters.
    ClusterModify,
    /// Describe clusters.
    ClusterRead,
    /// Describe and list tasks.
    ClusterResourceRead,
}

/// The size of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct BucketSize {
    /// How many calls can come at once.
    pub burst: u32,
    /// How many tokens come back each second.
    pub refill_per_second: u32,
}

/// Whether calls are limited, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct QuotaConfig {
    /// Off: no call is ever throttled.
    pub enabled: bool,
    /// The buckets, for one account in one region.
    pub buckets: BTreeMap<Category, BucketSize>,
}

impl Default for QuotaConfig {
    fn default() -> Self {
        use Category::{
            ClusterModify, ClusterRead, ClusterResourceRead, ServiceDeployment, ServiceModify, ServiceRead,
            ServiceRevision, TagModify, TagRead, TaskDefinitionModify, TaskDefinitionRead,
        };
        let sizes = [
            (ServiceModify, 50, 5),
            (ServiceRead, 100, 20),
            (ServiceDeployment, 50, 20),
            (ServiceRevision, 50, 20),
            (TagModify, 20, 10),
            (TagRead, 50, 20),
            (TaskDefinitionModify, 20, 1),
            (TaskDefinitionRead, 50, 20),
            (ClusterModify, 20, 1),
            (ClusterRead, 50, 20),
            (ClusterResourceRead, 100, 20),
        ];
        let size = |(category, burst, refill_per_second)| (category, BucketSize { burst, refill_per_second });
        Self { enabled: true, buckets: sizes.into_iter().map(size).collect() }
    }
}

/// The category of an operation. The Express operations are in no published table; they are taken to share the buckets
/// of the classic ones.
pub fn category(operation: Operation) -> Category {
    use Operation as O;
    match operation {
        O::CreateExpressGatewayService
        | O::UpdateExpressGatewayService
        | O::DeleteExpressGatewayService
        | O::CreateService
        | O::UpdateService
        | O::DeleteService
        | O::StopServiceDeployment
        | O::ContinueServiceDeployment => Category::ServiceModify,
        O::DescribeExpressGatewayService | O::DescribeServices | O::ListServices => Category::ServiceRead,
        O::ListServiceDeployments | O::DescribeServiceDeployments => Category::ServiceDeployment,
        O::DescribeServiceRevisions => Category::ServiceRevision,
        O::TagResource | O::UntagResource => Category::TagModify,
        O::ListTagsForResource => Category::TagRead,
        O::RegisterTaskDefinition => Category::TaskDefinitionModify,
        O::DescribeTaskDefinition => Category::TaskDefinitionRead,
        O::CreateCluster => Category::ClusterModify,
        O::DescribeClusters => Category::ClusterRead,
        O::ListTasks | O::DescribeTasks => Category::ClusterResourceRead,
    }
}

/// The fill of the buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Buckets(BTreeMap<Category, Bucket>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Bucket {
    thousandths: u64,
    at: Time,
}

impl Buckets {
    /// Takes a token for each category, or none at all.
    pub(crate) fn take(&mut self, config: &QuotaConfig, wanted: &[Category], now: Time) -> Result<(), ApiError> {
        if !config.enabled {
            return Ok(());
        }
        let mut taken = Vec::with_capacity(wanted.len());
        for category in wanted {
            let Some(size) = config.buckets.get(category) else { continue };
            let left = self.fill(*category, *size, now).checked_sub(1000);
            let left = left.ok_or_else(|| ErrorKind::Throttling.with("Rate exceeded"))?;
            taken.push((*category, Bucket { thousandths: left, at: now }));
        }
        self.0.extend(taken);
        Ok(())
    }

    fn fill(&self, category: Category, size: BucketSize, now: Time) -> u64 {
        let full = u64::from(size.burst) * 1000;
        self.0.get(&category).map_or(full, |bucket| {
            let passed = u64::try_from(now.since(bucket.at).as_millis()).unwrap_or(u64::MAX);
            bucket.thousandths.saturating_add(passed.saturating_mul(u64::from(size.refill_per_second))).min(full)
        })
    }
}
