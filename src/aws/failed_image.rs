//! `DescribeServiceRevisions`, for the image of a rollout that failed: what was rolled back is among the active configurations no
//! more, and whose it was may be remembered nowhere.
//!
//! What cannot be read is left out: the rollout is then judged by what is remembered of it.

use crate::core::failure::Operation;
use crate::core::rollout::Deployment;

use super::client::Ecs;
use super::convert_in::text;

/// Name of the container that serves the traffic (developer guide: express-service-work).
const MAIN: &str = "Main";

impl Ecs {
    /// The deployment with the image that it rolled out, if it failed.
    pub(super) async fn with_image(&self, ended: Deployment) -> Deployment {
        let target = ended.target.as_ref().filter(|_| ended.state.has_failed()).map(|target| target.arn.clone());
        let Some(arn) = target else { return ended };
        let call = self.reads.describe_service_revisions().service_revision_arns(&arn);
        let answer = match self.calls.track(Operation::DescribeServiceRevisions, call.send()).await {
            Ok(answer) => answer,
            Err(failure) => {
                tracing::debug!(operation = %failure.operation, code = failure.code, "{}", failure.message);
                return ended;
            }
        };
        let shown = answer.service_revisions.unwrap_or_default();
        let revision = shown.into_iter().find(|shown| shown.service_revision_arn.as_deref() == Some(&arn));
        let images = revision.and_then(|revision| revision.container_images).unwrap_or_default();
        let main = images.into_iter().find(|image| image.container_name.as_deref() == Some(MAIN));
        Deployment { image: main.and_then(|main| text(main.image)), ..ended }
    }
}
