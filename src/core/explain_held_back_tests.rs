//! What is held back, word by word: by whom, what would be done, and what lets it run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::Adoption;
use crate::api::names;
use crate::core::fixtures::{a_spec, live_service, tag, with_image};
use crate::core::observed::Tags;
use crate::core::rollout::DeploymentState::Successful;
use crate::core::situations_held_back::{approval_required, observe_only, observing, settled_then, suspended, under};
use crate::core::story::Story;

fn new_image(mut story: Story) -> Story {
    story.edit(|spec| spec.primary_container = with_image("shop/web:2").primary_container);
    story
}

fn said(mut story: Story) -> String {
    story.pass().message()
}

fn synced(mut story: Story) -> (Reason, String) {
    let said = story.pass().says(ConditionType::Synced).unwrap();
    (said.1, said.2)
}

fn changed(mut story: Story, change: impl FnOnce(&mut Story)) -> Story {
    change(&mut story);
    story
}

const UPDATE: &str = "update spec.primaryContainer.image, which starts a canary";
const WEB: &str = "the service \"web\" in cluster \"default\"";

#[test]
fn what_is_suspended_says_by_what_and_what_resuming_does() {
    let tags = changed(settled_then(suspended()), |story| {
        story.edit(|spec| spec.tags = vec![tag("team", "shop")]);
    });
    for (story, due) in [
        (new_image(settled_then(suspended())), UPDATE.to_owned()),
        (Story::new(under(suspended())), format!("create {WEB}")),
        (tags, "write spec.tags[team], without a rollout".to_owned()),
    ] {
        assert_eq!(said(story), format!("suspended by spec.management.suspend. Resuming will {due}"));
    }
    let by_annotation = new_image(changed(Story::settled(a_spec()), |story| {
        story.annotate(names::SUSPENDED, "true");
    }));
    let expected = format!("suspended by the annotation {}. Resuming will {UPDATE}", names::SUSPENDED);
    assert_eq!(said(by_annotation), expected);
}

#[test]
fn what_is_held_back_tells_in_synced_what_differs() {
    let differs = "live values differ from the spec: spec.primaryContainer.image".to_owned();
    assert_eq!(synced(new_image(settled_then(suspended()))), (Reason::Suspended, differs.clone()));
    assert_eq!(synced(new_image(settled_then(observe_only()))), (Reason::ObserveOnly, differs.clone()));
    assert_eq!(synced(new_image(settled_then(approval_required()))), (Reason::OutOfSync, differs));
    let deleted = changed(settled_then(suspended()), |story| {
        story.delete();
    });
    assert_eq!(synced(deleted.clone()), (Reason::Deleting, "the service is not what the spec asks for".to_owned()));
    assert!(said(deleted).ends_with(&format!("Resuming will delete {WEB}")));
}

#[test]
fn mode_observe_says_what_mode_manage_would_do_and_whose_the_service_is() {
    let update = said(new_image(settled_then(observe_only())));
    assert_eq!(update, format!("mode Observe writes nothing to AWS. Mode Manage would {UPDATE}"));

    let nobodys = |image: &str| {
        live_service().serving("r9", &with_image(image)).ended("d9", "r9", Successful).with_tags(Tags::new())
    };
    let nobody = "Mode Observe writes nothing to AWS. The service was not made by Expressway: it carries no owner tags";
    let adopts = said(observing(nobodys("else:1")));
    let differs = "live values differ from the spec: spec.primaryContainer.image";
    assert!(adopts.starts_with(&format!("{differs}. {nobody}; mode Manage would ")), "{adopts}");
    for (adoption, then) in [
        (Adoption::Never, "refuse it unless spec.management.adoption is IfUnowned"),
        (Adoption::IfUnowned, "adopt it"),
        (Adoption::Always, "adopt it"),
    ] {
        let story = changed(observing(nobodys("shop/web:1")), |story| {
            story.manage(|management| management.adoption = Some(adoption));
        });
        let said = said(story);
        assert!(said.ends_with(&format!("{nobody}; mode Manage would {then}")), "{said}");
    }
}

#[test]
fn a_plan_that_waits_for_approval_says_how_to_give_it_and_what_was_approved_instead() {
    let plain = said(new_image(settled_then(approval_required())));
    let waits = format!("waits for approval to {UPDATE}; status.plan has the values.");
    assert!(plain.starts_with(&format!("{waits} To approve: kubectl annotate -n shop egs/web --overwrite")), "{plain}");
    let another = said(changed(new_image(settled_then(approval_required())), |story| {
        story.annotate(names::APPROVED_PLAN, "another");
    }));
    assert!(another.starts_with(&format!("{waits} The annotation approves another plan, \"another\".")), "{another}");
}
