//! What is struck out, and what is left readable.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::api::status::{DeploymentStatus, ManagedResource};
use crate::core::failure::{FailureClass, Operation};
use crate::core::fixtures::{MARKER, a_spec, failure, live_service, presence, resource, rolled_back, shown_of};
use crate::core::managed::Kind;
use crate::core::observed::{Live, Observed, Presence};
use crate::core::redaction::{REDACTED, Redaction};

const SECRET: &str = "hunter2-planted";

#[test]
fn a_value_is_struck_out_wherever_it_stands() {
    let redaction = Redaction::new([SECRET]);
    assert_eq!(
        redaction.text("Value 'hunter2-planted' is bad: hunter2-planted"),
        "Value '<redacted>' is bad: <redacted>"
    );
    assert_eq!(redaction.text("nothing of it"), "nothing of it");
    assert_eq!(format!("{redaction:?}"), "Redaction of 1 values");
}

#[test]
fn a_short_value_hides_nothing_and_is_left() {
    let redaction = Redaction::new(["1", "true", "12345", "     \t     "]);
    let text = "1 of 12345 is true:            ";
    assert_eq!(redaction.text(text), text);
}

#[test]
fn one_value_that_is_part_of_another_leaves_nothing_of_it() {
    let redaction = Redaction::new(["hunter2", "hunter2-and-more", "and-more"]);
    assert_eq!(redaction.text("it is hunter2-and-more"), "it is <redacted>");
}

#[test]
fn a_value_is_found_however_it_is_quoted() {
    let key = "-----BEGIN KEY-----\nAbCd\"eFgH\\\n-----END KEY-----";
    let redaction = Redaction::new([key]);
    for said in [
        key.to_owned(),
        key.replace('\n', " "),
        serde_json::Value::from(key).to_string(),
        format!("{key:?}"),
        "line 2 is AbCd\"eFgH\\".to_owned(),
    ] {
        let text = redaction.text(&said);
        assert!(!text.contains("eFgH"), "{text}");
    }
}

#[test]
fn a_text_that_was_cut_does_not_end_in_the_beginning_of_a_value() {
    let redaction = Redaction::new([SECRET]);
    assert_eq!(redaction.text("Value 'hunter2-pl…"), "Value '<redacted>");
    assert_eq!(redaction.text("Value 'hunter2-pl..."), "Value '<redacted>");
    assert_eq!(redaction.text("Value 'hunt…"), "Value 'hunt…", "too short to tell anything");
    assert_eq!(Redaction::new(["päßwörter"]).text("Value 'päßwört…"), "Value '<redacted>");
}

/// What anybody can see in the object or its ARNs hides nothing either.
#[test]
fn what_is_no_secret_anyway_is_left() {
    let redaction = Redaction::new([SECRET, "eu-central-1", "checkout"]).but(["eu-central-1", "checkout"]);
    assert_eq!(redaction.text("checkout in eu-central-1: hunter2-planted"), "checkout in eu-central-1: <redacted>");
}

#[test]
fn a_failure_says_no_value() {
    let mut failed = failure(Operation::DescribeServices, FailureClass::AccessDenied);
    failed.message = format!("not {SECRET}");
    assert_eq!(Redaction::new([SECRET]).failure(failed).message, format!("not {REDACTED}"));
}

fn texts(observed: &Observed) -> String {
    let Observed::Live(live) = observed else { panic!("{observed:?}") };
    let Live { presence, last_ended, in_flight, .. } = live.as_ref();
    let of = |deployment: &Option<crate::core::rollout::Deployment>| {
        deployment.as_ref().map(|d| {
            format!(
                "{:?} {:?} {:?} {}",
                d.reason,
                d.rollback_reason,
                d.stopped_task,
                crate::core::cause::of(d, None, false)
            )
        })
    };
    format!("{:?} {:?} {:?}", presence.reason, of(last_ended), of(in_flight))
}

fn saying(text: &str) -> Live {
    let mut live = rolled_back();
    live.presence.reason = Some(text.to_owned());
    let ended = live.last_ended.as_mut().unwrap();
    ended.reason = Some(text.to_owned());
    ended.rollback_reason = Some(text.to_owned());
    ended.stopped_task = Some(text.to_owned());
    live.in_flight = Some(ended.clone());
    live
}

#[test]
fn a_reading_says_no_value_in_any_of_its_texts() {
    let live = Observed::from(saying(&format!("exited with {SECRET}")));
    assert!(texts(&live).contains(SECRET));

    let struck = Redaction::new([SECRET]).reading(live, None);

    assert!(!texts(&struck).contains(SECRET), "{}", texts(&struck));
    assert!(texts(&struck).contains("exited with <redacted>"));
    for gone in [Observed::Draining, Observed::Inactive, Observed::NotExpress] {
        let mut presence = presence();
        presence.reason = Some(SECRET.to_owned());
        let struck = Redaction::new([SECRET]).reading(gone(presence), None);
        assert!(!format!("{struck:?}").contains(SECRET), "{struck:?}");
    }
}

/// The spec before, or somebody else's: what ECS shows of the environment is struck out as well.
#[test]
fn values_that_only_ecs_shows_are_struck_out() {
    let mut spec = a_spec();
    let container = spec.primary_container.as_mut().unwrap();
    container.environment = vec![crate::api::spec::EnvironmentVariable {
        name: "PASSWORD".into(),
        value: crate::api::spec::EnvironmentValue(SECRET.into()),
    }];
    let live = Observed::from(live_service().showing("r1", shown_of(&spec)));

    assert_eq!(Redaction::default().and_of(&live).text(SECRET), REDACTED);
}

/// An edit takes the value out of the spec, and ECS goes on quoting it.
#[test]
fn what_was_struck_out_once_stays_struck_out() {
    let live = saying(&format!("exited with {SECRET}"));
    let arn = live.last_ended.as_ref().unwrap().arn.clone();
    let told = DeploymentStatus { arn, reason: Some(format!("exited with {REDACTED}")), ..DeploymentStatus::default() };

    let again = Redaction::default().reading(live.into(), Some(&told));

    let Observed::Live(live) = again else { panic!() };
    assert_eq!(live.last_ended.unwrap().rollback_reason, told.reason);
}

#[test]
fn the_environment_of_a_configuration_is_struck_out() {
    assert_eq!(Redaction::of(&shown_of(&a_spec())).text(MARKER), REDACTED);
}

#[test]
fn a_reading_keeps_all_that_is_no_text_of_a_value() {
    let redaction = Redaction::new([SECRET]);
    let saying = |text: &str| {
        let failed = ManagedResource { reason: Some(text.to_owned()), ..resource(Kind::Listener, "FAILED") };
        let gone = Presence { reason: Some(text.to_owned()), ..presence() };
        (Observed::from(live_service().managing(vec![failed])), Observed::Draining(gone))
    };
    let (live, gone) = saying(&format!("not {SECRET}"));
    let struck = (redaction.reading(live, None), redaction.reading(gone, None));
    assert_eq!(struck, saying(&format!("not {REDACTED}")));
}
