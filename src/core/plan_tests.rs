//! Stories of a service that is created: once, never over another's, and never blindly again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::conditions::{ConditionType, Reason};
use crate::api::drift::MissingService;
use crate::api::names;
use crate::api::status::Submission;
use crate::core::configuration::Configuration;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{
    SERVICE, a_spec, at, deployment_arn, live_service, owner, presence, revision, tag, with_image,
};
use crate::core::memory::Memory;
use crate::core::observed::{Observed, Presence, Tags};
use crate::core::ownership::Owner;
use crate::core::plan::{Requeue, Verdict, may_be_unseen, may_still_come, remembered_of};
use crate::core::rollout::DeploymentState::{InProgress, Pending, Successful};
use crate::core::situations_drift::contested;
use crate::core::step::Step;
use crate::core::story::{Aws, Story};

#[test]
fn a_new_object_gets_its_finalizer_before_anything_is_created() {
    let mut story = Story::new(a_spec());
    story.finalizer = false;

    let plan = story.plan();

    assert_eq!((plan.step, plan.requeue), (Step::AddFinalizer, Requeue::Now));
}

#[test]
fn an_invalid_spec_gets_no_finalizer_and_no_service() {
    let mut story = Story::new(with_image("two words"));
    story.finalizer = false;

    assert_eq!(story.plan().step, Step::Refuse);
}

#[test]
fn a_service_is_created_with_its_name_its_configuration_and_tags_that_prove_whose_it_is() {
    let mut spec = a_spec();
    spec.cluster = Some("arn:aws:ecs:eu-central-1:111122223333:cluster/shop".into());
    spec.tags = vec![tag("team", "shop")];
    let story = Story::new(spec.clone());

    let Step::Create(create) = story.plan().step else { panic!("not created") };

    assert_eq!((create.service_name.as_str(), create.cluster.as_str()), ("web", "shop"));
    assert_eq!(create.configuration, Configuration::of(&spec));
    assert_eq!(create.tags["team"], "shop");
    assert_eq!(create.tags[names::TAG_UID], "u-1");
    assert_eq!(create.tags.len(), 6);
}

#[test]
fn what_was_just_created_and_is_not_visible_yet_is_waited_for_and_after_the_grace_created_again() {
    let mut story = Story::new(a_spec());
    assert!(story.pass().wrote().is_some());

    story.later(30);
    assert_eq!(story.pass().step(), &Step::Wait);
    story.later(29);
    assert_eq!(story.pass().step(), &Step::Wait);
    story.later(1);

    assert!(matches!(story.pass().step(), Step::Create(_)));
}

#[test]
fn the_record_of_a_namesake_that_is_gone_does_not_hide_what_was_just_created() {
    let mut story = Story::new(a_spec());
    story.sees(Observed::Inactive(presence()));
    assert!(matches!(story.pass().step(), Step::Create(_)));

    story.later(5);
    assert_eq!(story.pass().step(), &Step::Wait);
}

#[test]
fn a_create_whose_answer_was_lost_leads_to_no_second_create() {
    for class in [FailureClass::Unavailable, FailureClass::NameTaken, FailureClass::Unexpected] {
        let mut story = Story::new(a_spec());
        story.aws = Aws::RefusesWrites(class);
        story.pass();
        story.aws = Aws::Answers;

        let seen = story.sees(live_service().in_flight("d1", "r1", InProgress)).pass();

        assert_eq!(seen.wrote(), None, "{class}");
        assert_eq!(seen.verdict() == &Verdict::RollingOut, class != FailureClass::NameTaken, "{class}");
    }
}

#[test]
fn a_controller_that_crashed_right_after_the_create_follows_what_it_created() {
    let mut story = Story::new(a_spec());
    let pending = story.sees(live_service().in_flight("d1", "r1", Pending)).pass();
    assert_eq!(pending.wrote(), None);

    let shown = live_service().serving("r1", &a_spec()).in_flight("d1", "r1", InProgress);
    assert_eq!(story.sees(shown).pass().verdict(), &Verdict::RollingOut);
}

#[test]
fn a_lost_cluster_is_rebuilt_by_applying_the_yaml_again_and_nothing_is_rolled_out() {
    let mut story = Story::new(a_spec());
    story.owner.uid = "u-2".into();

    let seen = story.sees(live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful)).pass();

    assert_eq!(seen.verdict(), &Verdict::Settled);
    let crate::core::step::TagChange::Set(tags) = seen.retagged() else { panic!("tags are removed") };
    assert_eq!(tags, &Tags::from([(names::TAG_UID.to_owned(), "u-2".to_owned())]));
    assert_eq!(seen.ready(), ("True".to_owned(), Reason::Available));
}

#[test]
fn a_name_that_still_drains_is_waited_for() {
    let seen = Story::new(a_spec()).sees(Observed::Draining(presence())).pass();

    assert!(matches!((seen.step(), seen.verdict()), (Step::Wait, Verdict::WaitingForDrain(_))));
    assert_eq!(seen.plan().requeue, Requeue::Drain);
    assert_eq!(seen.report.status.service_arn, None, "what drains is not this object's");
}

#[test]
fn a_service_that_is_not_express_is_left_alone() {
    let seen = Story::new(a_spec()).sees(Observed::NotExpress(presence())).pass();

    assert_eq!((seen.step(), seen.ready()), (&Step::Refuse, ("False".to_owned(), Reason::Conflict)));
}

#[test]
fn a_service_of_another_owner_or_of_nobody_is_left_alone_and_not_shown_as_ours() {
    let other = Owner { namespace: "billing".into(), ..owner() };
    let other_cluster = Owner { cluster_id: "c-2".into(), ..owner() };
    for (tags, says) in [
        (other.tags(), "belongs to billing/web in this Kubernetes cluster"),
        (other_cluster.tags(), "belongs to shop/web of another Kubernetes cluster (cluster id c-2)"),
        (Tags::new(), "was not made by Expressway"),
    ] {
        let live = live_service().serving("r9", &a_spec()).with_tags(tags);
        let seen = Story::new(a_spec()).sees(live).pass();

        assert_eq!((seen.step(), seen.ready()), (&Step::Refuse, ("False".to_owned(), Reason::AlreadyExists)));
        assert!(seen.message().contains(says), "{}", seen.message());
        assert_eq!((seen.report.status.service_arn.as_deref(), seen.report.status.url.as_deref()), (None, None));
    }
}

#[test]
fn an_invalid_spec_does_not_show_another_owners_service_as_its_own() {
    let foreign = live_service().serving("r9", &a_spec()).with_tags(Tags::new());

    let seen = Story::new(with_image("two words")).sees(foreign).pass();

    assert_eq!(seen.ready().1, Reason::InvalidSpec);
    assert_eq!((seen.report.status.service_arn, seen.report.status.url), (None, None));
}

#[test]
fn an_invalid_edit_leaves_what_serves_alone_and_goes_on_showing_it() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| spec.health_check_path = Some("health".into()));

    let seen = story.pass();

    assert_eq!((seen.step(), seen.ready()), (&Step::Refuse, ("False".to_owned(), Reason::InvalidSpec)));
    assert_eq!(seen.report.status.serving_revision, Some(revision("r1")));
}

#[test]
fn a_spec_that_cannot_be_read_is_said_even_while_ecs_cannot_be_read() {
    let mut story = Story::new(with_image("two words"));
    story.aws = Aws::CannotBeRead(FailureClass::Throttled);

    let seen = story.pass();

    assert_eq!(seen.ready(), ("False".to_owned(), Reason::InvalidSpec));
    assert!(seen.says(ConditionType::Stalled).is_some());
}

#[test]
fn the_default_cluster_that_is_not_there_yet_holds_no_service() {
    use crate::core::failure::Operation::DescribeServices;
    let missing = || crate::core::fixtures::failure(DescribeServices, FailureClass::ClusterNotFound);
    let mut story = Story::new(a_spec());
    assert_eq!(story.desired().read_of_a_missing_cluster(missing(), false), Ok(Observed::Absent));
    assert_eq!(story.desired().read_of_a_missing_cluster(missing(), true), Err(missing()), "it had a service");

    story.edit(|spec| spec.cluster = Some("shop".into()));
    assert_eq!(story.desired().read_of_a_missing_cluster(missing(), false), Err(missing()));

    story.delete();
    assert_eq!(story.desired().read_of_a_missing_cluster(missing(), true), Ok(Observed::Absent));
}

#[test]
fn an_arn_is_no_identity_a_namesake_that_was_made_anew_inherits_no_memory() {
    let mut story = Story::held();
    let anew = Presence { created_at: Some(crate::core::fixtures::at(9000)), ..presence() };
    let live = crate::core::observed::Live { presence: anew, ..live_service() };

    let seen = story.sees(live.serving("r9", &with_image("shop/web:2")).ended("d9", "r9", Successful)).pass();

    assert_eq!(seen.verdict(), &Verdict::Settled);
    assert_eq!(seen.report.status.failed_attempt, None);
    assert_eq!(seen.report.status.deployment.unwrap().arn, deployment_arn("d9"));
}

#[test]
fn a_service_that_somebody_deleted_is_created_again() {
    let mut story = Story::settled(a_spec());
    assert!(matches!(story.sees(Observed::Draining(presence())).pass().verdict(), Verdict::WaitingForDrain(_)));

    let seen = story.sees(Observed::Inactive(presence())).pass();

    assert!(matches!(seen.step(), Step::Create(_)));
    assert_eq!(seen.ready(), ("False".to_owned(), Reason::Creating));
}

/// What was asked for and done about it is of the object, not of one of its services.
#[test]
fn of_a_namesake_that_came_before_only_what_the_object_has_done_is_remembered() {
    let text = |text: &str| Some(text.to_owned());
    let held = Memory::of(&Story::held().status);
    let memory = Memory {
        observed_generation: 7,
        retry: Some(Default::default()),
        handled_retry_token: text("retry"),
        handled_rollback_token: text("rollback"),
        answered: crate::api::requests::ReconcileRequests { expressway: text("now"), ..Default::default() },
        last_approved_plan: text("plan"),
        corrections: contested().status.drift_corrections,
        missing: Some(MissingService { since: Time(at(5)), spec_hash: String::new(), url: None }),
        recreation: Some(Default::default()),
        ..held
    };
    assert!(memory.was_ever_observed && memory.submitted.is_some() && memory.failed.is_some());
    assert_eq!(*remembered_of(&memory, &presence()), memory);
    let namesake = Presence { created_at: Some(at(99)), ..presence() };
    let kept = Memory {
        service_created_at: None,
        service_arn: None,
        submitted: None,
        latest_revision: None,
        deployment: None,
        failed: None,
        serving_revision: None,
        last_live: None,
        in_sync: false,
        ..memory.clone()
    };
    assert_eq!(*remembered_of(&memory, &namesake), kept);
}

#[test]
fn a_write_that_backs_off_waits_for_nothing_of_ecs() {
    let mut story = Story::settled(a_spec());
    story.edit(|spec| *spec = with_image("shop/web:2")).aws = Aws::RefusesWrites(FailureClass::InvalidParameter);
    assert_eq!(story.pass().plan().requeue, Requeue::Rollout);
    let waits = story.plan();
    assert_eq!((waits.verdict, waits.requeue), (Verdict::BackingOff, Requeue::Settled));
}

#[test]
fn a_service_may_be_unseen_for_as_long_as_ecs_takes_to_show_it() {
    let desired = Story::new(a_spec()).desired();
    let grace = desired.visibility_grace.as_secs();
    let may_be = |service_created_at, draining_since, now| {
        let memory = Memory { service_created_at, draining_since, ..Memory::default() };
        may_be_unseen(&desired, &memory, at(now))
    };
    let created = Some(at(100));
    assert!(may_be(created, None, 100 + grace - 1) && may_be(created, None, 100 - grace + 1), "a clock may be ahead");
    assert!(!may_be(created, None, 100 + grace) && !may_be(created, None, 100 - grace));
    assert!(!may_be(None, None, 100) && !may_be(created, Some(at(100)), 101));
}

#[test]
fn a_service_may_still_come_while_a_create_is_young_and_nothing_was_heard_of_it() {
    let desired = Story::new(a_spec()).desired();
    let may_come = |service_arn: Option<&str>, sent| {
        let submitted = Some(Submission { at: Some(Time(at(sent))), ..Submission::default() });
        let memory = Memory { submitted, service_arn: service_arn.map(str::to_owned), ..Memory::default() };
        may_still_come(&desired, &memory, at(100))
    };
    assert!(may_come(None, 90));
    assert!(!may_come(Some(SERVICE), 90) && !may_come(None, 0));
}
