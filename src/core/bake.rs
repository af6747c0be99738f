//! When a bake that is under way ends: ECS tells the stage and not since when, so the moment at which it was first seen counts.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::status::ExpressGatewayServiceStatus;

use super::facts::whole_seconds;
use super::rollout::{Deployment, DeploymentState, Stage};

/// For how long Express watches, twice (developer guide: express-service-update-full).
const THREE_MINUTES: SignedDuration = SignedDuration::from_mins(3);

/// For how long ECS watches a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bakes {
    /// While the target takes a small share of the traffic.
    pub canary: SignedDuration,
    /// When it takes all of it.
    pub whole: SignedDuration,
}

impl Default for Bakes {
    fn default() -> Self {
        Self { canary: THREE_MINUTES, whole: THREE_MINUTES }
    }
}

/// What is baked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bake {
    Canary,
    Whole,
}

/// Puts the end of the bake into the status. It stays what it was for as long as the same bake is seen.
pub(super) fn record(
    status: &mut ExpressGatewayServiceStatus,
    before: &ExpressGatewayServiceStatus,
    in_flight: Option<&Deployment>,
    now: Timestamp,
) {
    let bake = bake(status);
    let remembered = before.deployment.as_ref().filter(|_| bake.is_some() && bake_of(before) == bake_of(status));
    let known = remembered.and_then(|deployment| deployment.bake_ends_at.clone());
    if let Some(deployment) = &mut status.deployment {
        let bakes = in_flight.map(|deployment| deployment.bakes).unwrap_or_default();
        deployment.bake_ends_at = bake.map(|bake| known.unwrap_or_else(|| end(bake, bakes, now)));
    }
}

fn end(bake: Bake, bakes: Bakes, now: Timestamp) -> Time {
    let length = match bake {
        Bake::Canary => bakes.canary,
        Bake::Whole => bakes.whole,
    };
    whole_seconds(now.checked_add(length).unwrap_or(now))
}

fn bake_of(status: &ExpressGatewayServiceStatus) -> Option<(&str, Bake)> {
    let deployment = status.deployment.as_ref()?;
    Some((deployment.arn.as_str(), bake(status)?))
}

fn bake(status: &ExpressGatewayServiceStatus) -> Option<Bake> {
    let deployment = status.deployment.as_ref()?;
    if DeploymentState::of(deployment) != DeploymentState::InProgress {
        return None;
    }
    let weight = || {
        let target =
            status.revisions.iter().find(|revision| Some(&revision.arn) == deployment.target_revision.as_ref());
        target.map_or(0, |target| target.weight)
    };
    match deployment.stage.as_deref()?.parse() {
        Ok(Stage::ProductionTrafficShift) if (1..100).contains(&weight()) => Some(Bake::Canary),
        Ok(Stage::BakeTime) => Some(Bake::Whole),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::core::fixtures::{a_spec, live_service};
    use crate::core::observed::Live;
    use crate::core::story::Story;

    fn at_stage(stage: Stage, weight: i32) -> Live {
        live_service()
            .serving("r1", &a_spec())
            .in_flight("d2", "r2", DeploymentState::InProgress)
            .at_stage(stage, weight)
    }

    fn shown(story: &Story) -> Option<Timestamp> {
        story.status.deployment.as_ref().unwrap().bake_ends_at.as_ref().map(|time| time.0)
    }

    fn in_three_minutes(story: &Story) -> Option<Timestamp> {
        Some(story.now.checked_add(THREE_MINUTES).unwrap())
    }

    #[test]
    fn a_bake_ends_three_minutes_after_it_was_first_seen() {
        let mut story = Story::rolling_out_two();
        for stage in [Stage::ScaleUp, Stage::PostTestTrafficShift] {
            story.sees(at_stage(stage, 0)).pass();
            assert_eq!(shown(&story), None);
        }
        for (stage, weight) in [(Stage::ProductionTrafficShift, 5), (Stage::BakeTime, 100)] {
            story.sees(at_stage(stage.clone(), weight)).pass();
            let ends = shown(&story);
            assert_eq!(ends, in_three_minutes(&story), "{stage}");
            for _ in 0..20 {
                story.sees(at_stage(stage.clone(), weight)).pass();
                assert_eq!(shown(&story), ends, "it stays, also when it is over");
            }
            story.sees(at_stage(Stage::PostProductionTrafficShift, 100)).pass();
            assert_eq!(shown(&story), None);
        }
    }

    #[test]
    fn the_shift_of_all_traffic_is_no_bake_and_neither_is_a_way_back() {
        let mut story = Story::rolling_out_two();
        story.sees(at_stage(Stage::ProductionTrafficShift, 100)).pass();
        assert_eq!(shown(&story), None);
        let mut back = at_stage(Stage::BakeTime, 100);
        back.in_flight.as_mut().unwrap().state = DeploymentState::RollbackInProgress;
        story.sees(back).pass();
        assert_eq!(shown(&story), None);
    }

    #[test]
    fn what_others_take_of_the_traffic_is_no_bake_of_the_target() {
        let mut story = Story::rolling_out_two();
        let mut between = at_stage(Stage::ProductionTrafficShift, 0);
        between.in_flight.as_mut().unwrap().sources.iter_mut().for_each(|source| source.weight = Some(60));
        story.sees(between).pass();
        assert_eq!(shown(&story), None);
    }

    #[test]
    fn what_ecs_says_about_its_length_counts() {
        let mut story = Story::rolling_out_two();
        let mut longer = at_stage(Stage::ProductionTrafficShift, 5);
        longer.in_flight.as_mut().unwrap().bakes.canary = SignedDuration::from_mins(10);
        story.sees(longer).pass();
        assert_eq!(shown(&story), story.now.checked_add(SignedDuration::from_mins(10)).ok());
    }

    #[test]
    fn another_deployment_has_a_bake_of_its_own() {
        let mut story = Story::rolling_out_two();
        story.sees(at_stage(Stage::BakeTime, 100)).pass();
        let mut other = at_stage(Stage::BakeTime, 100);
        other.in_flight.as_mut().unwrap().arn = crate::core::fixtures::deployment_arn("d3");
        story.sees(other).pass();
        assert_eq!(shown(&story), in_three_minutes(&story));
    }
}
