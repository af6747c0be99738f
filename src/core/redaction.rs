//! Strikes environment values out of what AWS says. People put passwords there, and AWS quotes what it refuses.
//!
//! Every text of a reading or a failure goes through here before anything is decided, told or logged. The lists of fields
//! are exhaustive: a new one does not compile until somebody has decided whether it is a text of AWS's.

use crate::api::status::{DeploymentStatus, ManagedResource};

use super::configuration::Configuration;
use super::failure::Failure;
use super::managed::ManagedReading;
use super::observed::{Live, Observed, Presence};
use super::rollout::{Deployment, HealthAnswer};

/// Values of at least this many characters are struck out. A shorter one hides nothing, and striking `1` or `true` would
/// make the text unreadable.
const STRUCK_FROM: usize = 6;

/// What stands in the place of a value.
pub const REDACTED: &str = "<redacted>";

/// The values that are struck out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    /// Longest first: one may be part of another.
    values: Vec<String>,
}

impl std::fmt::Debug for Redaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redaction of {} values", self.values.len())
    }
}

impl Redaction {
    /// Strikes out these values, the lines of those that have several, and each as JSON quotes it.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::default().and(values)
    }

    /// Strikes out the environment of a configuration.
    #[must_use]
    pub fn of(configuration: &Configuration) -> Self {
        Self::new(environment(configuration))
    }

    /// Strikes out these too.
    #[must_use]
    pub fn and<'a>(mut self, values: impl IntoIterator<Item = &'a str>) -> Self {
        for value in values {
            self.values.extend(value.lines().chain([value]).flat_map(forms).filter(|form| is_worth_it(form)));
        }
        self.values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.values.dedup();
        self
    }

    /// Strikes out what a reading shows of the environment, too: it may be an earlier spec's, or somebody else's.
    #[must_use]
    pub fn and_of(self, observed: &Observed) -> Self {
        let Observed::Live(live) = observed else { return self };
        self.and(live.configurations.iter().flatten().flat_map(|shown| environment(&shown.configuration)))
    }

    /// Leaves these as they are: they are no secrets, as they stand elsewhere for everybody to read.
    #[must_use]
    pub fn but<'a>(mut self, open: impl IntoIterator<Item = &'a str>) -> Self {
        for open in open {
            self.values.retain(|value| value != open);
        }
        self
    }

    /// A text without the values.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), REDACTED);
            }
        }
        self.without_a_beginning_at_its_end(text)
    }

    /// A failure whose message is without the values.
    #[must_use]
    pub fn failure(&self, failure: Failure) -> Failure {
        let Failure { operation, class, code, message, request_id } = failure;
        Failure { operation, class, code: self.text(&code), message: self.text(&message), request_id }
    }

    /// A reading whose texts are without the values. `told` is the deployment that the status tells of.
    #[must_use]
    pub fn reading(&self, observed: Observed, told: Option<&DeploymentStatus>) -> Observed {
        match observed {
            Observed::Absent => Observed::Absent,
            Observed::InAnotherAccount(account) => Observed::InAnotherAccount(account),
            Observed::Draining(presence) => Observed::Draining(self.presence(presence)),
            Observed::Inactive(presence) => Observed::Inactive(self.presence(presence)),
            Observed::NotExpress(presence) => Observed::NotExpress(self.presence(presence)),
            Observed::Live(live) => {
                let Live { presence, revisions, configurations, in_flight, last_ended, managed, infrastructure_role } =
                    *live;
                Observed::Live(Box::new(Live {
                    presence: self.presence(presence),
                    revisions,
                    configurations,
                    in_flight: in_flight.map(|deployment| self.deployment(deployment, told)),
                    last_ended: last_ended.map(|deployment| self.deployment(deployment, told)),
                    managed: self.managed(managed),
                    infrastructure_role,
                }))
            }
        }
    }

    fn managed(&self, reading: ManagedReading) -> ManagedReading {
        let ManagedReading::Read(resources) = reading else { return reading };
        let told =
            |resource: ManagedResource| ManagedResource { reason: self.some(resource.reason.clone()), ..resource };
        ManagedReading::Read(resources.into_iter().map(told).collect())
    }

    fn presence(&self, presence: Presence) -> Presence {
        let Presence { arn, created_at, tags, reason } = presence;
        Presence { arn, created_at, tags, reason: self.some(reason) }
    }

    fn deployment(&self, deployment: Deployment, told: Option<&DeploymentStatus>) -> Deployment {
        let Deployment {
            arn,
            state,
            stage,
            target,
            sources,
            created_at,
            started_at,
            finished_at,
            reason,
            rollback_reason,
            triggered_alarms,
            circuit_breaker,
            bakes,
            stopped_task,
            image,
            unhealthy,
        } = deployment;
        // ECS goes on quoting a value that has left the spec since: what was told of the deployment then stands.
        let told = told.filter(|told| told.arn == arn).and_then(|told| told.reason.clone());
        let told = told.filter(|reason| reason.contains(REDACTED));
        Deployment {
            arn,
            state,
            stage,
            target,
            sources,
            created_at,
            started_at,
            finished_at,
            reason: self.some(reason),
            rollback_reason: told.or(self.some(rollback_reason)),
            triggered_alarms,
            circuit_breaker,
            bakes,
            stopped_task: self.some(stopped_task),
            image,
            unhealthy: unhealthy.map(|HealthAnswer(answer)| HealthAnswer(self.text(&answer))),
        }
    }

    fn some(&self, text: Option<String>) -> Option<String> {
        text.map(|text| self.text(&text))
    }

    /// A text that was cut may end in the beginning of a value.
    fn without_a_beginning_at_its_end(&self, text: String) -> String {
        let Some(whole) = text.strip_suffix('…').or_else(|| text.strip_suffix("...")) else { return text };
        let beginning = |value: &String| {
            let ends = value.char_indices().map(|(at, _)| at).skip(STRUCK_FROM);
            let parts = ends.filter_map(|end| value.get(..end)).filter(|part| whole.ends_with(part));
            parts.map(str::len).max()
        };
        match self.values.iter().filter_map(beginning).max() {
            Some(length) => format!("{}{REDACTED}", whole.get(..whole.len() - length).unwrap_or_default()),
            None => text,
        }
    }
}

fn environment(configuration: &Configuration) -> impl Iterator<Item = &str> {
    configuration.container.iter().flat_map(|container| container.environment.values()).map(|value| value.0.as_str())
}

fn is_worth_it(value: &str) -> bool {
    value.trim().chars().count() >= STRUCK_FROM
}

/// A value as it is, as it looks where control characters became spaces, and as JSON and debug output quote it.
fn forms(value: &str) -> impl Iterator<Item = String> {
    let tidy: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let json = serde_json::Value::from(value).to_string();
    let quoted = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
    [value.trim().to_owned(), tidy.trim().to_owned(), quoted].into_iter()
}

#[cfg(test)]
#[path = "redaction_tests.rs"]
mod tests;
