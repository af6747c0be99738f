//! Every call to AWS goes through here: it is timed, counted by operation and outcome, and its error made ours.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Instant;

use aws_sdk_ecs::config::http::HttpResponse;
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::core::failure::{Failure, FailureClass, Operation};

use super::error::failure;

/// Upper bounds in seconds: from an answer off a warm connection to the time limit of an operation.
const DURATION_BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Counts and durations of AWS calls. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    total: Family<CallLabels, Counter>,
    durations: Family<DurationLabels, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    operation: OperationLabel,
    outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DurationLabels {
    operation: OperationLabel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct OperationLabel(Operation);

impl EncodeLabelValue for OperationLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.0.as_ref().encode(encoder)
    }
}

/// How a call ended: `ok`, or the name of the failure's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Outcome(Option<FailureClass>);

impl EncodeLabelValue for Outcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        match &self.0 {
            None => "ok".encode(encoder),
            Some(class) => class.as_ref().encode(encoder),
        }
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self { total: Family::default(), durations: Family::new_with_constructor(|| Histogram::new(DURATION_BUCKETS)) }
    }
}

impl Calls {
    /// Sends a call, and tells how it went. A call of several attempts counts once, with the time of all.
    ///
    /// The SDK's futures are large, and several are polled inside each other: each has a place of its own on the heap, or a
    /// debug build overflows its stack.
    pub(super) fn track<'c, O, E>(
        &'c self,
        operation: Operation,
        call: impl Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send + 'c,
    ) -> impl Future<Output = Result<O, Failure>> + Send + 'c
    where
        E: ProvideErrorMetadata + Error + 'static,
        O: 'c,
    {
        let call = Box::pin(call);
        async move {
            let started = Instant::now();
            let answer = call.await.map_err(|error| failure(operation, &error));
            let took = started.elapsed();
            let outcome = Outcome(answer.as_ref().err().map(|failure| failure.class));
            let operation = OperationLabel(operation);
            self.total.get_or_create(&CallLabels { operation, outcome }).inc();
            self.durations.get_or_create(&DurationLabels { operation }).observe(took.as_secs_f64());
            answer
        }
    }

    /// Puts both families into `registry`, which adds `_total` to the counter's name.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "expressway_aws_calls",
            "Calls to AWS by operation and outcome: ok, or the class of the failure",
            self.total.clone(),
        );
        registry.register(
            "expressway_aws_call_duration_seconds",
            "Time that calls to AWS took, with their retries",
            self.durations.clone(),
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::aws::canned::{Answer, Canned};
    use crate::core::observed::{Known, Place};

    #[tokio::test]
    async fn calls_are_counted_by_operation_and_outcome() {
        let aws = Canned::start();
        let mut registry = Registry::default();
        aws.ecs.register(&mut registry);
        let place = Place { cluster: "shop".to_owned(), service_name: "web".to_owned() };
        let missing = json!({"failures": [{"arn": "service/shop/web", "reason": "MISSING"}]});

        for answer in [Answer::ok(&missing), Answer::exception("AccessDeniedException", "no")] {
            aws.answers("DescribeServices", answer);
            let _ = aws.ecs.observe(&place, &Known::default(), Duration::ZERO).await;
        }

        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        for line in [
            r#"expressway_aws_calls_total{operation="DescribeServices",outcome="ok"} 1"#,
            r#"expressway_aws_calls_total{operation="DescribeServices",outcome="AccessDenied"} 1"#,
            r#"expressway_aws_call_duration_seconds_count{operation="DescribeServices"} 2"#,
        ] {
            assert!(text.contains(line), "{line} not in:\n{text}");
        }
    }
}
