//! TagResource, UntagResource and ListTagsForResource, on services, clusters and task definitions.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Model;
use super::arn::Named;
use super::error::{ApiError, ErrorKind, invalid, required};
use super::service::Status;
use super::validate::{self, MAX_TAGS};
use crate::wire::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest, TagResourceResponse,
    UntagResourceRequest, UntagResourceResponse,
};

type Tags = BTreeMap<String, String>;

impl Model {
    pub(super) fn tag(&mut self, input: &TagResourceRequest) -> Result<TagResourceResponse, ApiError> {
        let named = self.taggable(input.resource_arn.as_deref())?;
        let new = validate::tags(required(input.tags.as_deref(), "tags")?)?;
        let mut tags = self.tags_of(&named, ErrorKind::ResourceNotFound)?.clone();
        tags.extend(new);
        if tags.len() > MAX_TAGS {
            return Err(ErrorKind::LimitExceeded.with("The maximum number of tags, 50, has been exceeded."));
        }
        self.set_tags(&named, tags);
        Ok(TagResourceResponse {})
    }

    pub(super) fn untag(&mut self, input: &UntagResourceRequest) -> Result<UntagResourceResponse, ApiError> {
        let named = self.taggable(input.resource_arn.as_deref())?;
        let keys = required(input.tag_keys.as_ref(), "tagKeys")?;
        let mut tags = self.tags_of(&named, ErrorKind::ResourceNotFound)?.clone();
        tags.retain(|key, _| !keys.contains(key));
        self.set_tags(&named, tags);
        Ok(UntagResourceResponse {})
    }

    pub(super) fn list_tags(
        &self,
        input: &ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse, ApiError> {
        let named = self.taggable(input.resource_arn.as_deref())?;
        let tags = self.tags_of(&named, ErrorKind::InvalidParameter)?;
        Ok(ListTagsForResourceResponse { tags: Some(list(tags)) })
    }

    fn taggable(&self, arn: Option<&str>) -> Result<Named, ApiError> {
        let arn = required(arn, "resourceArn")?;
        match self.config.named(arn) {
            Some(named @ (Named::Service(_) | Named::Cluster(_) | Named::TaskDefinition(..))) => Ok(named),
            _ => invalid(format!("Invalid resource ARN: {arn:?}.")),
        }
    }

    fn tags_of(&self, named: &Named, missing: ErrorKind) -> Result<&Tags, ApiError> {
        let not_found = |kind: &str| {
            missing.with(format!("The specified {kind} was not found. Specify a valid {kind} and try again."))
        };
        match named {
            Named::Service(key) => {
                let express = self.account.service(key).map(|service| (&service.tags, service.status));
                let classic = || self.classic(key).map(|(service, status)| (&service.tags, status));
                match express.or_else(classic).ok_or_else(|| not_found("service"))? {
                    (_, Status::Inactive) => {
                        invalid("The specified service is inactive. Specify an active service and try again.")
                    }
                    (tags, _) => Ok(tags),
                }
            }
            Named::Cluster(name) => {
                self.account.clusters.get(name).map(|cluster| &cluster.tags).ok_or_else(|| not_found("cluster"))
            }
            Named::TaskDefinition(family, revision) => {
                let found = self.registered(family, *revision);
                found.map(|definition| &definition.tags).ok_or_else(|| not_found("task definition"))
            }
            _ => invalid("Invalid resource ARN."),
        }
    }

    /// Tags change nothing else: no deployment, no `updatedAt`.
    fn set_tags(&mut self, named: &Named, tags: Tags) {
        match named {
            Named::Service(key) => {
                if let Some(mut service) = self.account.check_out(key, self.now) {
                    service.tags = tags;
                    self.account.check_in(service);
                } else if let Some(service) = self.account.classic.get_mut(key) {
                    service.tags = tags;
                }
            }
            Named::Cluster(name) => {
                if let Some(cluster) = self.account.clusters.get_mut(name) {
                    cluster.tags = tags;
                }
            }
            Named::TaskDefinition(family, revision) => {
                let index = usize::try_from(revision.saturating_sub(1)).unwrap_or(usize::MAX);
                let family = self.account.task_definitions.get_mut(family);
                if let Some(definition) = family.and_then(|family| family.get_mut(index)) {
                    Arc::make_mut(definition).tags = tags;
                }
            }
            _ => {}
        }
    }
}

/// Tags as a list, by key.
pub(super) fn list(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}
