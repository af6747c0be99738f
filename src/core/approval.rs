//! What is remembered of an approval: it is for one run.

use crate::api::management::Approval;
use crate::api::status::ExpressGatewayServiceStatus;

use super::report::Situation;

/// Remembers which plan ran because it was approved. One whose answer nobody saw has run once ECS shows what was sent.
pub(super) fn remember(situation: &Situation<'_>, status: &mut ExpressGatewayServiceStatus) {
    let ran = match situation.outcome {
        Some(Ok(_)) => situation.plan.and_then(|plan| plan.approved.clone()),
        _ if is_shown(situation.before, status) => {
            let desired = situation.desired;
            desired.approved_plan.clone().filter(|_| desired.policy.approval == Approval::Required)
        }
        _ => None,
    };
    status.last_approved_plan = ran.or(status.last_approved_plan.take());
}

/// Whether what was sent, and of which nobody knew whether it had arrived, is seen for the first time.
fn is_shown(before: &ExpressGatewayServiceStatus, after: &ExpressGatewayServiceStatus) -> bool {
    let sent = before.submitted.as_ref().filter(|sent| sent.revision.is_none());
    sent.zip(after.submitted.as_ref())
        .is_some_and(|(sent, shown)| sent.spec_hash == shown.spec_hash && shown.revision.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::status::Submission;

    #[test]
    fn what_was_sent_is_shown_once_its_revision_is_known() {
        let status = |spec_hash: &str, revision: Option<&str>| {
            let (spec_hash, revision) = (spec_hash.to_owned(), revision.map(str::to_owned));
            let submitted = Some(Submission { spec_hash, revision, ..Submission::default() });
            ExpressGatewayServiceStatus { submitted, ..ExpressGatewayServiceStatus::default() }
        };
        assert!(is_shown(&status("a", None), &status("a", Some("r2"))));
        assert!(!is_shown(&status("a", None), &status("a", None)), "it is not there yet");
        assert!(!is_shown(&status("a", None), &status("b", Some("r2"))), "it is another");
        assert!(!is_shown(&status("a", Some("r2")), &status("a", Some("r2"))), "it was seen before");
    }
}
