//! The life of a service, as a person sees it.

use crate::vocabulary::Manifest;
use crate::vocabulary::world::given_a_world;

#[test]
fn a_service_comes_to_life_stage_by_stage() {
    let world = given_a_world();
    let web = world.apply(&Manifest::of("web", "nginx:1.27"));

    web.shows("Ready", "False", "Creating");
    web.has_deployments(1);
    web.reaches("BAKE_TIME");
    web.rollout_ends();

    web.shows("Ready", "True", "Available");
    web.told(&["Created", "RolloutSucceeded"]);
    assert_eq!(world.calls().writes(), ["CreateExpressGatewayService"]);
}
