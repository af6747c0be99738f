//! What ECS cannot change: shown with both values, and nothing is written, created or released.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::conditions::{ConditionType, Reason};
use crate::api::management::{Adoption, Management};
use crate::core::failure::FailureClass;
use crate::core::fixtures::{SERVICE, a_spec, live_service};
use crate::core::observed::{Live, Observed, Tags};
use crate::core::rollout::DeploymentState::Successful;
use crate::core::situations_held_back::{observing, under};
use crate::core::story::{Aws, Pass, Story};

const OLD: &str = "arn:aws:iam::111122223333:role/old";

fn with_the_old_role() -> Live {
    Live {
        infrastructure_role: Some(OLD.into()),
        ..live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful)
    }
}

#[track_caller]
fn is_refused(pass: &Pass, words: &[&str]) {
    assert_eq!((pass.wrote(), pass.ready()), (None, ("False".to_owned(), Reason::ImmutableDiffers)));
    assert_eq!(pass.says(ConditionType::Stalled).unwrap().1, Reason::ImmutableDiffers);
    for word in words {
        assert!(pass.message().contains(word), "{}", pass.message());
    }
}

#[test]
fn another_infrastructure_role_is_shown_and_nothing_is_written() {
    let mut ours = Story::new(a_spec());
    is_refused(&ours.sees(with_the_old_role()).pass(), &[OLD, "role/infrastructure", "deletion to Retain", "new URL"]);
    ours.edit(|spec| spec.health_check_path = Some("/health".into()));
    is_refused(&ours.pass(), &[OLD]);

    let adopting = Management { adoption: Some(Adoption::Always), ..Management::default() };
    is_refused(&Story::new(under(adopting)).sees(with_the_old_role().with_tags(Tags::new())).pass(), &[OLD]);
}

#[test]
fn another_infrastructure_role_is_a_difference_in_mode_observe() {
    let mut story = observing(with_the_old_role().with_tags(Tags::new()));

    let seen = story.pass();

    assert_eq!((seen.wrote(), seen.ready().1), (None, Reason::ObserveOnly));
    let plan = seen.report.status.plan.clone().unwrap();
    assert_eq!(
        (plan.changes[0].path.as_str(), plan.changes[0].live.as_deref()),
        ("spec.infrastructureRoleArn", Some(OLD))
    );
    assert!(seen.message().contains("spec.infrastructureRoleArn"), "{}", seen.message());
    let ours = observing(with_the_old_role()).pass().message();
    let words = "Mode Manage would refuse the service, as ECS cannot change spec.infrastructureRoleArn";
    assert!(ours.contains(words), "{ours}");
}

#[test]
fn a_service_in_another_region_is_neither_forgotten_nor_created_nor_released() {
    for deleting in [false, true] {
        let mut story = Story::settled(a_spec());
        story.region = "us-east-1".into();
        if deleting {
            story.delete();
        }
        for _ in 0..3 {
            let seen = story.sees(Observed::Absent).pass();
            is_refused(&seen, &["eu-central-1", "us-east-1", "--region=eu-central-1"]);
            assert_eq!(seen.report.status.service_arn.as_deref(), Some(SERVICE));
        }
        if !deleting {
            story.aws = Aws::CannotBeRead(FailureClass::ClusterNotFound);
            is_refused(&story.pass(), &["eu-central-1"]);
            story.aws = Aws::Answers;
        }
        story.region = "eu-central-1".into();
        let back = story.sees(live_service().serving("r1", &a_spec()).ended("d1", "r1", Successful)).pass();
        assert_ne!(back.ready().1, Reason::ImmutableDiffers);
    }
}

#[test]
fn a_service_in_another_account_is_neither_forgotten_nor_created_nor_released() {
    for deleting in [false, true] {
        let mut story = Story::settled(a_spec());
        if deleting {
            story.delete();
        }
        for _ in 0..3 {
            let seen = story.sees(Observed::InAnotherAccount("999999999999".into())).pass();
            is_refused(&seen, &["account 111122223333", "account 999999999999"]);
            assert_eq!(seen.report.status.service_arn.as_deref(), Some(SERVICE));
        }
    }
}

#[test]
fn a_service_with_another_role_can_be_looked_at() {
    let mut story = Story::new(a_spec());
    let seen = story.sees(with_the_old_role()).pass();
    assert_eq!(seen.report.status.service_arn.as_deref(), Some(SERVICE));
}
