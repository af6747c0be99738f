//! Stories of services that are not this object's: refused, or adopted with tags alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::{Adoption, Approval, Management};
use crate::api::names;
use crate::core::events::EventReason;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, live_service, owner, tag, with_image};
use crate::core::observed::{Live, Observed, Tags};
use crate::core::ownership::Owner;
use crate::core::plan::Verdict;
use crate::core::rollout::DeploymentState::InProgress;
use crate::core::step::{Step, TagChange};
use crate::core::story::{Aws, Pass, Story};

fn elsewhere() -> Owner {
    Owner { cluster_id: "c-2".into(), uid: "u-9".into(), ..owner() }
}

/// An object that may adopt, with `shop/web:1`.
fn may_adopt(adoption: Adoption) -> Story {
    let mut spec = a_spec();
    spec.management = Some(Management { adoption: Some(adoption), ..Management::default() });
    Story::new(spec)
}

/// A service with these tags that runs this image, at rest.
fn theirs(tags: Tags, image: &str) -> Live {
    live_service().serving("r9", &with_image(image)).with_tags(tags)
}

fn is_refused(pass: &Pass) {
    assert_eq!(pass.wrote(), None);
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::AlreadyExists));
}

/// The hash that the pass asks for.
fn asks_for_approval(pass: &Pass) -> String {
    assert_eq!(pass.wrote(), None);
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::AwaitingApproval));
    for kind in [ConditionType::Stalled, ConditionType::Reconciling] {
        assert_eq!(pass.says(kind), None);
    }
    let plan = pass.report.status.plan.clone().unwrap();
    assert!(pass.message().contains(&plan.hash), "{}", pass.message());
    plan.hash
}

#[test]
fn who_may_be_adopted_is_for_the_policy_to_say() {
    use Adoption::{Always, IfUnowned, Never};
    for (adoption, tags, may) in [
        (Never, Tags::new(), false),
        (Never, elsewhere().tags(), false),
        (IfUnowned, Tags::new(), true),
        (IfUnowned, elsewhere().tags(), false),
        (Always, Tags::new(), true),
        (Always, elsewhere().tags(), true),
    ] {
        let mut story = may_adopt(adoption);
        let pass = story.sees(theirs(tags, "shop/web:1")).pass();
        assert_eq!(matches!(pass.verdict(), Verdict::Adopting(_)), may, "{adoption:?}");
        if !may {
            is_refused(&pass);
        }
    }
}

#[test]
fn an_adoption_writes_our_tags_and_the_users_and_is_told_once() {
    let mut story = may_adopt(Adoption::IfUnowned);
    story.spec.as_mut().unwrap().tags = vec![tag("team", "shop"), tag("cost", "7")];
    let found = Tags::from([("team".to_owned(), "shop".to_owned()), ("theirs".to_owned(), "kept".to_owned())]);
    let pass = story.sees(theirs(found, "shop/web:1")).pass();

    let mut expected = owner().tags();
    expected.insert("cost".into(), "7".into());
    assert_eq!(pass.retagged(), &TagChange::Set(expected));
    assert_eq!(pass.events(), [EventReason::Adopted]);
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::Adopting));

    let late = story.later(5).pass();
    assert_eq!((late.wrote(), late.events()), (None, vec![]), "tags read back late");
    let settled = story.sees(theirs(story.own_tags(), "shop/web:1")).pass();
    assert_eq!(settled.verdict(), &Verdict::Settled);
    assert_eq!((settled.wrote(), settled.events()), (None, vec![]));
}

#[test]
fn tags_that_never_show_are_written_again_after_the_grace() {
    let mut story = may_adopt(Adoption::IfUnowned);
    story.sees(theirs(Tags::new(), "shop/web:1")).pass();

    assert_eq!(story.later(59).pass().wrote(), None);
    assert!(story.later(1).pass().wrote().is_some());
}

#[test]
fn a_difference_is_shown_first_and_then_the_update_comes_in_its_usual_way() {
    let mut story = may_adopt(Adoption::IfUnowned);
    let pass = story.sees(theirs(Tags::new(), "theirs:1")).pass();
    let hash = asks_for_approval(&pass);
    let synced = pass.says(ConditionType::Synced).unwrap().2;
    assert_eq!(synced, "live values differ from the spec: spec.primaryContainer.image");
    let words = "differs from the spec in spec.primaryContainer.image. Change the spec to match";
    assert!(pass.message().contains(words), "{}", pass.message());
    let plan = story.status.plan.clone().unwrap();
    assert_eq!((plan.action.as_str(), plan.starts_rollout, plan.needs_replacement), ("Adopt", true, false));
    assert_eq!(plan.changes[0].path, "spec.primaryContainer.image");
    assert_eq!(
        (plan.changes[0].wanted.as_deref(), plan.changes[0].live.as_deref()),
        (Some("shop/web:1"), Some("theirs:1"))
    );

    story.approved = Some("of-another-plan".into());
    assert_eq!(asks_for_approval(&story.later(60).pass()), hash);
    story.approved = Some(hash);
    let adopted = story.pass();
    assert!(matches!(adopted.retagged(), TagChange::Set(_)));
    assert_eq!(adopted.report.status.plan, None);

    let update = story.sees(theirs(story.own_tags(), "theirs:1")).pass();
    assert!(matches!(update.verdict(), Verdict::Updating { .. }), "{:?}", update.verdict());
}

#[test]
fn the_spec_may_be_changed_to_match_instead() {
    let mut story = may_adopt(Adoption::IfUnowned);
    asks_for_approval(&story.sees(theirs(Tags::new(), "theirs:1")).pass());
    story.edit(|spec| spec.primary_container.as_mut().unwrap().image = "theirs:1".into());

    assert!(matches!(story.pass().retagged(), TagChange::Set(_)));
}

/// A glance that shows the same revision costs one call, and says all that is needed.
#[test]
fn what_has_not_moved_is_not_compared_again() {
    let mut story = may_adopt(Adoption::IfUnowned);
    let hash = asks_for_approval(&story.sees(theirs(Tags::new(), "theirs:1")).pass());
    let before = story.status.clone();

    asks_for_approval(&story.sees(theirs(Tags::new(), "theirs:1").glanced()).pass());
    assert_eq!(story.status, before);
    story.approved = Some(hash);
    assert!(story.pass().wrote().is_some());
}

#[test]
fn with_approval_required_also_a_service_that_matches_is_shown_first() {
    let mut story = may_adopt(Adoption::IfUnowned);
    story.edit(|spec| spec.management.as_mut().unwrap().approval = Some(Approval::Required));
    // Tags start no rollout.
    story.edit(|spec| spec.tags = vec![tag("team", "shop")]);
    let pass = story.sees(theirs(Tags::new(), "shop/web:1")).pass();
    let hash = asks_for_approval(&pass);
    assert!(pass.message().contains("equals the spec"), "{}", pass.message());
    let synced = pass.says(ConditionType::Synced).unwrap().2;
    assert_eq!(synced, "the service carries no tags of this object yet");
    let plan = story.status.plan.clone().unwrap();
    assert!(!plan.starts_rollout);
    let changes: Vec<_> = plan.changes.iter().map(|it| (it.path.as_str(), it.wanted.as_deref())).collect();
    assert_eq!(changes, [("spec.tags[team]", Some("shop"))], "our own tags are nobody's to approve");

    story.approved = Some(hash);
    assert!(story.pass().wrote().is_some());
}

#[test]
fn a_service_in_flight_is_adopted_when_it_rests() {
    let mut story = may_adopt(Adoption::IfUnowned);
    let moving = theirs(Tags::new(), "shop/web:1").in_flight("d9", "r9", InProgress);
    let pass = story.sees(moving).pass();
    assert_eq!((pass.wrote(), pass.verdict()), (None, &Verdict::AdoptionWaits(None)));
    assert_eq!(pass.ready(), ("False".to_owned(), Reason::RollingOut));

    assert!(story.sees(theirs(Tags::new(), "shop/web:1")).pass().wrote().is_some());
}

#[test]
fn what_drains_is_never_adopted() {
    let mut story = may_adopt(Adoption::Always);
    let mut presence = crate::core::fixtures::presence();
    presence.tags = Tags::new();

    let pass = story.sees(Observed::Draining(presence)).pass();

    assert_eq!((pass.step(), pass.ready().1), (&Step::Wait, Reason::WaitingForDrain));
}

/// Two objects that may both take the service over: it does not go to and fro.
#[test]
fn what_another_took_over_is_not_taken_back_by_itself() {
    let adopted = || {
        let mut story = may_adopt(Adoption::Always);
        story.sees(theirs(Tags::new(), "shop/web:1")).pass();
        story
    };
    let settled = || {
        let mut story = adopted();
        story.sees(theirs(story.own_tags(), "shop/web:1")).pass();
        story
    };
    for (name, mut story) in [("just adopted", adopted()), ("settled", settled())] {
        story.later(100).sees(theirs(elsewhere().tags(), "shop/web:1"));
        for _ in 0..3 {
            let pass = story.later(60).pass();
            is_refused(&pass);
            for words in ["c-2", "was this object's before", "Delete this object, which leaves the service alone"] {
                assert!(pass.message().contains(words), "{name}: {}", pass.message());
            }
        }
        story.sees(theirs(Tags::new(), "shop/web:1"));
        assert!(story.pass().wrote().is_some(), "{name}: it has no owner again");
    }
}

#[test]
fn a_refusal_names_the_owner_and_the_way_on() {
    let object = Owner { name: "first".into(), ..owner() };
    for (tags, words) in [
        (Tags::new(), ["carries no owner tags", "spec.management.adoption to IfUnowned"]),
        (
            object.tags(),
            ["shop/first in this Kubernetes cluster", "Delete shop/first with spec.management.deletion: Retain"],
        ),
        (Owner { namespace: "other".into(), ..owner() }.tags(), ["other/web in this Kubernetes cluster", "Always"]),
        (elsewhere().tags(), ["another Kubernetes cluster (cluster id c-2)", "let go there"]),
    ] {
        let mut story = may_adopt(Adoption::Never);
        let pass = story.sees(theirs(tags, "shop/web:1")).pass();
        is_refused(&pass);
        for words in words.into_iter().chain(["spec.serviceName", "Nothing was changed"]) {
            assert!(pass.message().contains(words), "{words}: {}", pass.message());
        }
    }
}

#[test]
fn an_adoption_that_aws_refuses_is_said_and_tried_again() {
    let mut story = may_adopt(Adoption::IfUnowned);
    story.sees(theirs(Tags::new(), "shop/web:1"));
    story.aws = Aws::RefusesWrites(FailureClass::AccessDenied);
    let refused = story.pass();
    assert_eq!(refused.ready(), ("False".to_owned(), Reason::AccessDenied));
    assert!(refused.message().contains("TagResource"), "{}", refused.message());
    assert!(!refused.events().contains(&EventReason::Adopted));

    story.aws = Aws::Answers;
    assert_eq!(story.later(600).pass().events(), [EventReason::Adopted]);
}

/// The memory of another owner's failure is not ours.
#[test]
fn an_adopted_service_loses_the_tag_of_a_failed_spec() {
    let mut story = may_adopt(Adoption::Always);
    let failed = |tags: Tags| theirs(tags, "shop/web:1").tagged(names::TAG_FAILED_SPEC_HASH, "0123456789abcdef");
    story.sees(failed(elsewhere().tags())).pass();
    let pass = story.sees(failed(story.own_tags())).pass();

    assert_eq!(pass.ready().0, "True");
    assert_eq!(pass.retagged(), &TagChange::Remove(vec![names::TAG_FAILED_SPEC_HASH.to_owned()]));
}

#[test]
fn a_service_without_a_task_is_adopted_for_what_it_would_run() {
    let mut asleep = theirs(Tags::new(), "shop/web:1");
    asleep.revisions = Vec::new();
    let adopts = may_adopt(Adoption::IfUnowned).sees(asleep.clone()).pass();
    assert!(matches!(adopts.verdict(), Verdict::Adopting(None)), "{:?}", adopts.verdict());
    let torn = asleep.showing("r8", crate::core::fixtures::shown_of(&a_spec()));
    assert_eq!(may_adopt(Adoption::IfUnowned).sees(torn).pass().verdict(), &Verdict::AdoptionWaits(None));
}
