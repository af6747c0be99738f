//! Stories of tags: written without a rollout, and never somebody else's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::api::names::{self, USER_TAGS};
use crate::api::spec::ExpressGatewayServiceSpec;
use crate::core::failure::FailureClass;
use crate::core::fixtures::{a_spec, live_service, tag, with_image};
use crate::core::observed::{Live, Tags};
use crate::core::rollout::DeploymentState::Successful;
use crate::core::step::{Step, TagChange};
use crate::core::story::{Aws, Story};
use crate::core::tags::{TagDifference, change};

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// `r1` serves; the service carries our tags and these.
fn carrying(story: &Story, pairs: &[(&str, &str)]) -> Live {
    let mut all = story.owner.tags();
    all.extend(tags(pairs));
    live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful).with_tags(all)
}

/// An object that has the tag `team: shop` on its service, beside one of somebody else.
fn tagged() -> Story {
    let mut spec = a_spec();
    spec.tags = vec![tag("team", "shop")];
    let mut story = Story::settled(spec);
    story.sees(carrying(&story, &[("team", "shop"), ("cost", "42")]));
    assert_eq!(story.pass().step(), &Step::Nothing);
    story
}

#[test]
fn a_tag_is_added_changed_and_removed_without_a_rollout() {
    let mut story = tagged();
    story.edit(|spec| spec.tags.push(tag("stage", "prod")));
    assert_eq!(story.pass().retagged(), &TagChange::Set(tags(&[("stage", "prod")])));

    story.sees(carrying(&story, &[("team", "shop"), ("stage", "prod"), ("cost", "42")]));
    story.edit(|spec| spec.tags[0].value = "checkout".into());
    assert_eq!(story.pass().retagged(), &TagChange::Set(tags(&[("team", "checkout")])));

    story.sees(carrying(&story, &[("team", "checkout"), ("stage", "prod"), ("cost", "42")]));
    story.edit(|spec| spec.tags.clear());
    assert_eq!(story.pass().retagged(), &TagChange::Remove(vec!["stage".into(), "team".into()]));

    story.sees(carrying(&story, &[("cost", "42")]));
    assert_eq!(story.pass().step(), &Step::Nothing, "somebody else's stays");
}

#[test]
fn one_edit_that_adds_a_tag_and_removes_another_does_both() {
    let mut story = tagged();
    story.edit(|spec| spec.tags = vec![tag("stage", "prod")]);
    assert_eq!(story.pass().retagged(), &TagChange::Set(tags(&[("stage", "prod")])));

    story.sees(carrying(&story, &[("team", "shop"), ("stage", "prod"), ("cost", "42")]));

    assert_eq!(story.pass().retagged(), &TagChange::Remove(vec!["team".into()]));
}

/// AWS takes 50: those that leave make room.
#[test]
fn tags_that_find_no_room_beside_those_that_leave_are_written_after_these_are_gone() {
    let many = |letter: &str| (0..USER_TAGS).map(|n| tag(&format!("{letter}{n}"), "")).collect::<Vec<_>>();
    let keys = |letter: &str| (0..USER_TAGS).map(|n| (format!("{letter}{n}"), String::new())).collect::<Tags>();
    let mut spec = a_spec();
    spec.tags = many("a");
    let mut story = Story::settled(spec);
    let mut live = carrying(&story, &[]);
    live.presence.tags.extend(keys("a"));
    story.sees(live);
    story.edit(|spec| spec.tags = many("b"));

    let TagChange::Remove(mut removed) = story.pass().retagged().clone() else { panic!("they are written first") };
    removed.sort();
    assert_eq!(removed, keys("a").into_keys().collect::<Vec<_>>());

    story.sees(carrying(&story, &[]));
    assert_eq!(story.pass().retagged(), &TagChange::Set(keys("b")));
}

/// The memory has room for all tags of two specs.
#[test]
fn all_tags_that_leave_together_with_a_new_image_are_removed_after_the_rollout() {
    let many = |letter: &str| (0..USER_TAGS).map(|n| tag(&format!("{letter}{n}"), "")).collect::<Vec<_>>();
    let mut spec = a_spec();
    spec.tags = many("a");
    let mut story = Story::settled(spec);
    story.edit(|spec| *spec = ExpressGatewayServiceSpec { tags: many("b"), ..with_image("shop/web:2") });
    assert!(matches!(story.pass().step(), Step::Update(_)));

    let mut carried = story.owner.tags();
    carried.extend(many("a").into_iter().map(|tag| (tag.key, tag.value)));
    let live = live_service().serving("r2", &with_image("shop/web:2")).with_tags(carried);
    story.sees(live.ended("d2", "r2", Successful));

    let TagChange::Remove(removed) = story.pass().retagged().clone() else { panic!("they are written first") };
    assert_eq!(removed.len(), USER_TAGS);
}

#[test]
fn a_tag_that_leaves_the_yaml_together_with_a_new_image_is_removed_after_the_rollout() {
    let mut story = tagged();
    story.edit(|spec| *spec = with_image("shop/web:2"));
    assert!(matches!(story.pass().step(), Step::Update(_)));

    let carried = carrying(&story, &[("team", "shop"), ("cost", "42")]).presence.tags;
    let live = live_service().serving("r2", &with_image("shop/web:2")).with_tags(carried);
    story.sees(live.ended("d2", "r2", Successful));

    assert_eq!(story.pass().retagged(), &TagChange::Remove(vec!["team".into()]));
}

#[test]
fn tags_that_aws_does_not_take_leave_the_service_ready_and_are_tried_again() {
    let mut story = tagged();
    story.edit(|spec| spec.tags.push(tag("stage", "prod")));
    story.aws = Aws::RefusesWrites(FailureClass::InvalidParameter);

    let refused = story.pass();
    assert_eq!(refused.ready(), ("True".to_owned(), Reason::Available));
    assert_eq!(refused.says(ConditionType::Synced).unwrap().1, Reason::Error);
    assert_eq!(refused.says(ConditionType::Reconciling).unwrap().1, Reason::ProgressingWithRetry);

    story.aws = Aws::Answers;
    assert_eq!(story.pass().wrote(), None, "its time has not come");
    assert_eq!(story.later(300).pass().retagged(), &TagChange::Set(tags(&[("stage", "prod")])));
}

#[test]
fn a_removal_that_aws_refused_is_not_forgotten() {
    let mut story = tagged();
    story.edit(|spec| spec.tags.clear());
    story.aws = Aws::RefusesWrites(FailureClass::Throttled);
    story.pass();

    story.aws = Aws::Answers;

    assert_eq!(story.later(300).pass().retagged(), &TagChange::Remove(vec!["team".into()]));
}

#[test]
fn owner_tags_that_somebody_took_off_are_put_back() {
    let mut story = tagged();
    let mut live = carrying(&story, &[("team", "shop")]);
    live.presence.tags.remove(names::TAG_MANAGED_BY);

    let seen = story.sees(live).pass();

    assert_eq!(seen.retagged(), &TagChange::Set(tags(&[(names::TAG_MANAGED_BY, "expressway")])));
}

#[test]
fn a_tag_that_reads_back_late_is_not_written_in_a_tight_loop() {
    let mut story = tagged();
    story.edit(|spec| spec.tags.push(tag("stage", "prod")));

    assert_ne!(story.pass().plan().requeue, crate::core::plan::Requeue::Now);
}

#[test]
fn where_there_is_no_room_for_a_tag_another_goes_first() {
    let text = |text: &str| Some(text.to_owned());
    let differences = [
        TagDifference { key: "new".to_owned(), wanted: text("1"), live: None },
        TagDifference { key: "0".to_owned(), wanted: None, live: text("") },
    ];
    let carrying = |count: usize| (0..count).map(|n| (n.to_string(), String::new())).collect::<Tags>();
    let first = |count| change(differences.iter(), &carrying(count)).unwrap();
    assert!(matches!(first(names::SERVICE_TAGS - 1), TagChange::Set(_)));
    assert!(matches!(first(names::SERVICE_TAGS), TagChange::Remove(_)));
}
