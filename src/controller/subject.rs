//! The object of one reconcile, and what is written about it: the intention, the step, the status, the events.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::{Resource, ResourceExt};

use crate::api::{ExpressGatewayService, ExpressGatewayServiceStatus};
use crate::core::events::Note;
use crate::core::failure::Failure;
use crate::core::intention::{intended, sent_at_the_latest};
use crate::core::plan::Plan;
use crate::core::redaction::Redaction;
use crate::core::report::{Report, Situation};
use crate::core::step::{Effect, Step};
use crate::core::unwritten;

use super::context::{Context, Error};
use super::deadline::{self, TooLate, too_late};
use super::gate::Write;
use super::metrics::WriteOutcome;
use super::object::LiveObject;
use super::recollection::Key;
use super::status::{self, Over};
use super::{announce, finalizer, refusal, transitions};

/// An object as it was read, and where it is written to.
pub struct Subject<'a> {
    pub api: &'a Api<DynamicObject>,
    pub object: &'a DynamicObject,
    pub context: &'a Context,
}

/// What was written down before AWS was written to, and the object with it.
pub struct Intended {
    status: ExpressGatewayServiceStatus,
    object: DynamicObject,
}

/// A write to AWS that may be sent.
pub struct Intention {
    /// Until when.
    until: Timestamp,
    /// What was written down of it, where that must not be forgotten.
    pub written: Option<Intended>,
}

/// What came of writing to the object.
pub enum Writing<T> {
    /// It is as it should be.
    Done(T),
    /// Somebody has written to it since it was read.
    Overtaken,
}

impl Subject<'_> {
    /// Writes down what is about to be sent, where that must not be forgotten.
    pub async fn intend(&self, situation: &Situation<'_>) -> Result<Writing<Intention>, Error> {
        let now = self.context.clock.now();
        let until = sent_at_the_latest(situation.desired, now);
        let Some(status) = intended(situation, now) else {
            return Ok(Writing::Done(Intention { until, written: None }));
        };
        match self.write(Write::Intention, self.object, &status, Over::WhatWasRead).await? {
            Writing::Done(object) => Ok(Writing::Done(Intention { until, written: Some(Intended { status, object }) })),
            Writing::Overtaken => Ok(Writing::Overtaken),
        }
    }

    /// Does what was decided. `None`: nothing is written to AWS.
    pub async fn act(
        &self,
        decided: Option<&Plan>,
        intention: &Intention,
        (redaction, repeated): (&Redaction, bool),
    ) -> Result<Option<Result<Effect, Failure>>, Error> {
        let Self { api, object, context } = self;
        let Some(decided) = decided else { return Ok(None) };
        tracing::Span::current().record("step", decided.step.as_ref());
        if decided.step == Step::Release {
            let written = context.write(Write::RemoveFinalizer, |pass| finalizer::remove(pass, api, object)).await;
            if let Err(Error::Kubernetes(error)) = &written {
                self.say_unwritten(error, &[]).await?;
            }
            return written.map(|()| None);
        }
        let Some(to_aws) = decided.step.aws_write() else { return Ok(None) };
        let write = Write::of(to_aws);
        let until = intention.until;
        let send = |_pass| deadline::before(until, &context.clock, context.ecs.act(to_aws));
        let done = context.gate.pass(write, send).await?;
        let done = done.unwrap_or_else(|TooLate| Err(too_late(to_aws.operation())));
        let done = done.map_err(|failure| redaction.failure(failure));
        context.metrics.wrote(write, WriteOutcome::of(&done));
        match &done {
            Ok(_) => tracing::info!("{} was accepted by ECS", to_aws.operation()),
            Err(failure) => log_failure(failure, repeated),
        }
        Ok(Some(done))
    }

    /// Writes the status if it is another than the one that stands, and publishes the events.
    pub async fn tell(
        &self,
        live: &LiveObject,
        told: &Report,
        intended: Option<&Intended>,
        over: Over,
    ) -> Result<Writing<()>, Error> {
        let (stands, object) = intended.map_or((&live.before, self.object), |it| (&it.status, &it.object));
        if told.status != *stands
            && let Writing::Overtaken = self.write(Write::Status, object, &told.status, over).await?
        {
            return Ok(Writing::Overtaken);
        }
        self.announce_all(live, told).await?;
        Ok(Writing::Done(()))
    }

    /// Counts what changed, and publishes the events.
    pub async fn announce_all(&self, live: &LiveObject, told: &Report) -> Result<(), Error> {
        transitions::count(
            &self.context.metrics,
            &live.desired.owner,
            &live.before,
            &told.status,
            self.context.clock.now(),
        );
        for note in &told.events {
            self.announce(note).await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        write: Write,
        object: &DynamicObject,
        status: &ExpressGatewayServiceStatus,
        over: Over,
    ) -> Result<Writing<DynamicObject>, Error> {
        let Self { api, context, .. } = self;
        match context.write(write, |pass| status::write(pass, api, object, status, over)).await {
            Err(Error::Kubernetes(error)) if status::is_overtaken(&error) => Ok(Writing::Overtaken),
            Err(Error::Kubernetes(error)) => {
                self.say_unwritten(&error, &status.conditions).await?;
                Err(error.into())
            }
            written => written.map(Writing::Done),
        }
    }

    fn about(&self) -> ObjectReference {
        self.object.object_ref(&ApiResource::erase::<ExpressGatewayService>(&()))
    }

    /// Says once of an object that it cannot be written to. Its status cannot say it.
    async fn say_unwritten(&self, error: &kube::Error, conditions: &[Condition]) -> Result<(), Error> {
        if !refusal::is_about_the_object(error) {
            return Ok(());
        }
        let note = unwritten::note(conditions, &refusal::fields_of(error));
        let key: Key = (self.object.namespace().unwrap_or_default(), self.object.name_any());
        let news = format!("{} {}", self.object.uid().unwrap_or_default(), note.text);
        if self.context.recollections.is_news(key, news) { self.announce(&note).await } else { Ok(()) }
    }

    /// Publishes an event. One that is lost is logged and no more.
    async fn announce(&self, note: &Note) -> Result<(), Error> {
        tracing::info!(event = %note.reason, "{}", note.text);
        let (client, about) = (&self.context.client, self.about());
        match self.context.write(Write::Event, |pass| announce::publish(pass, client, &about, note)).await {
            Err(Error::Kubernetes(error)) => tracing::warn!("an event was lost: {}", refusal::said(&error)),
            published => published?,
        }
        Ok(())
    }
}

/// The first failure in a row is a warning; the status tells of those that follow.
pub fn log_failure(failure: &Failure, repeated: bool) {
    let Failure { operation, code, message, request_id, .. } = failure;
    match repeated {
        false => tracing::warn!(%operation, code, request_id, "{message}"),
        true => tracing::debug!(%operation, code, request_id, "{message}"),
    }
}
