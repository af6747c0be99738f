//! What others did to a service, in words: what differs, what is done about it, and each way on.

use crate::api::conditions::{ConditionType, Reason};
use crate::api::drift::DriftHandling;
use crate::api::management::Drift as DriftPolicy;
use crate::api::names;

use super::conditions::{Statement, Truth};
use super::deleted_outside::LeftMissing;
use super::drift::{Drift, MAX_CORRECTIONS};
use super::explain::{Told, list_of};
use super::plan::{Plan, Verdict};

impl Told<'_> {
    /// Somebody else's change serves, and is left as it is.
    pub(super) fn drifted(&self, plan: &Plan) -> Vec<Statement> {
        let Some(drift) = &plan.drift else { return Vec::new() };
        let paths = list_of(&drift.paths());
        let keep = "to keep it, write the live values into the spec";
        match drift.handling {
            DriftHandling::Contested => {
                let message = format!(
                    "somebody keeps changing {paths}: it was undone {MAX_CORRECTIONS} times within a day, and is not undone again by itself; status.drift has both values. Find out who changes it (CloudTrail: UpdateExpressGatewayService, UpdateService); {keep}; to have it undone once more, give the annotation {} a new value",
                    names::RETRY_REQUESTED_AT
                );
                self.stalled(Reason::DriftDetected, Reason::DriftDetected, &message)
            }
            DriftHandling::Pending | DriftHandling::Correcting => {
                let message = format!("somebody changed {paths}: it is about to be undone");
                self.progressing(Truth::False, Reason::DriftDetected, &message)
            }
            DriftHandling::Reported => {
                let message = format!(
                    "somebody changed {paths}; status.drift has both values. spec.management.drift: Report leaves it as it is: to undo it, set it to Correct; {keep}"
                );
                vec![Statement::new(ConditionType::Ready, Truth::False, Reason::DriftDetected, message)]
            }
        }
    }

    /// Somebody else's change is undone, or an edit is sent.
    pub(super) fn updating(&self, plan: &Plan, paths: &[String]) -> Vec<Statement> {
        let message = match &plan.drift {
            Some(_) => format!("somebody changed {}: it is being undone, in a rollout", list_of(paths)),
            None => format!("sent to ECS: {}", list_of(paths)),
        };
        self.progressing(Truth::False, Reason::RollingOut, &message)
    }

    /// A deployment is in flight that is not of this spec; `otherwise` is said when nothing is known of it.
    pub(super) fn other_of(&self, plan: &Plan, otherwise: &str) -> String {
        let Some(drift) = &plan.drift else { return otherwise.to_owned() };
        let then = match self.desired.policy.drift {
            DriftPolicy::Correct => "It is let end, and then undone",
            DriftPolicy::Report => "It is not undone (spec.management.drift: Report)",
        };
        let paths = list_of(&drift.paths());
        format!("a deployment of somebody else's is in flight ({}) that changes {paths}. {then}", self.stage_text())
    }

    /// What `Synced` says of somebody else's change, unless it says more of what is done about it.
    pub(super) fn synced_of_drift(&self, plan: &Plan) -> Option<Statement> {
        let drift = plan.drift.as_ref()?;
        let is_said = match plan.verdict {
            Verdict::Drifted | Verdict::RollingOutOther => true,
            Verdict::Settled => drift.is_left(),
            _ => false,
        };
        is_said.then(|| {
            let message = format!("somebody changed {}{}", list_of(&drift.paths()), left(drift));
            Statement::new(ConditionType::Synced, Truth::False, Reason::DriftDetected, message)
        })
    }

    /// Somebody deleted the service, and it is not created again.
    pub(super) fn missing(&self, left: LeftMissing) -> Vec<Statement> {
        let drains = if left.drains { ", and ECS still drains it" } else { "" };
        let why = match left.is_contested {
            true => format!(
                "It was created again {MAX_CORRECTIONS} times within a day, and is not again by itself. Find out who deletes it (CloudTrail: DeleteExpressGatewayService)"
            ),
            false => "spec.management.drift: Report does not create it again".to_owned(),
        };
        let correct = if left.is_contested { "" } else { "set spec.management.drift to Correct, or " };
        let message = format!(
            "somebody deleted the service {}{drains}. {why}. To have it created again, with a new URL, {correct}change the spec, or give the annotation {} a new value",
            self.name(),
            names::RETRY_REQUESTED_AT
        );
        self.stalled(Reason::Missing, Reason::Missing, &message)
    }

    /// What is said of a service that replaces one that somebody deleted.
    pub(super) fn replacing(&self, said: Vec<Statement>, plan: &Plan) -> Vec<Statement> {
        let waits = matches!(plan.verdict, Verdict::Creating | Verdict::WaitingForDrain(_) | Verdict::RollingOut);
        if self.status.missing.is_none() || !waits {
            return said;
        }
        let with_url = |statement: Statement| {
            let message = format!(
                "{}. Somebody deleted the service that this object had: it is created again, with a new URL",
                statement.message
            );
            Statement { message, ..statement }
        };
        said.into_iter().map(with_url).collect()
    }
}

fn left(drift: &Drift) -> &'static str {
    match drift.handling {
        DriftHandling::Reported => "; spec.management.drift: Report leaves it as it is. status.drift has both values",
        DriftHandling::Contested => {
            " again and again: it is not undone any more until the spec changes or a retry is asked for. status.drift has both values"
        }
        DriftHandling::Pending | DriftHandling::Correcting => "; status.drift has both values",
    }
}
