//! The users: what they have declared so far, and what they do next.

use fastrand::Rng;
use serde_json::{Value, json};

use crate::vocabulary::manifest::{ACCOUNT, Manifest};

/// The service whose edits show that all is well again.
pub const PROBE: &str = "probe";

/// How many moves a deleted object stays away at least.
const AWAY: u64 = 20;

/// Tags that end badly, each in its own way.
const BAD: [&str; 4] = ["crash", "cannot-pull", "5xx", "unhealthy"];

/// What was declared of one service.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The name, of the object and of its service.
    pub name: String,
    /// What is declared; `None`: it was deleted.
    pub spec: Option<Spec>,
    /// When it was deleted, by the count of moves.
    deleted_at: u64,
    /// Whether somebody changed it in ECS since it was created.
    drifted: bool,
    /// How often it was declared anew, each time another spec.
    pub applied: usize,
    /// How often it was created.
    pub incarnations: usize,
    /// How often somebody changed it in ECS.
    pub drifts: usize,
}

/// What is declared.
#[derive(Clone, Debug)]
pub struct Spec {
    image: String,
    version: u64,
    min: u64,
    max: u64,
    tag: Option<u64>,
    is_large: bool,
    health: Option<u64>,
    /// Whether the image can only be rolled back.
    pub is_bad: bool,
}

/// What a user does.
#[derive(Clone, Debug)]
pub enum Move {
    /// `kubectl apply`.
    Apply(Manifest),
    /// `kubectl apply`, after the one that was deleted is gone.
    Recreate(Manifest),
    /// `kubectl delete`.
    Delete(String),
    /// Somebody calls ECS.
    Elsewhere(&'static str, Value),
}

/// All services, and the chance that moves them.
#[derive(Debug)]
pub struct Fleet {
    /// The services; the last is the probe.
    pub services: Vec<Declared>,
    rng: Rng,
    moves: u64,
}

impl Declared {
    fn new(name: String) -> Self {
        Self { name, spec: None, deleted_at: 0, drifted: false, applied: 0, incarnations: 0, drifts: 0 }
    }

    /// The manifest, if there is to be an object.
    pub fn manifest(&self) -> Option<Manifest> {
        Some(Manifest::of(&self.name, "").with_spec(&self.spec.as_ref()?.members()))
    }

    fn begin(&mut self, number: u64) -> Manifest {
        let image = format!("nginx:{number}");
        let (min, max) = (1, 20);
        self.spec =
            Some(Spec { image, version: number, min, max, tag: None, is_large: false, health: None, is_bad: false });
        self.drifted = false;
        self.incarnations += 1;
        self.again()
    }

    fn again(&mut self) -> Manifest {
        self.applied += 1;
        self.manifest().expect("it is declared")
    }
}

impl Spec {
    /// The members of `spec`, as ECS shows them too.
    pub fn members(&self) -> Value {
        let (cpu, memory) = if self.is_large { ("2048", "4096") } else { ("1024", "2048") };
        let mut members = json!({
            "primaryContainer": {
                "image": self.image,
                "environment": [{"name": "VERSION", "value": self.version.to_string()}],
            },
            "cpu": cpu,
            "memory": memory,
            "scalingTarget": {"minTaskCount": self.min, "maxTaskCount": self.max},
        });
        if let Some(tag) = self.tag {
            members["tags"] = json!([{"key": "team", "value": format!("team-{tag}")}]);
        }
        if let Some(health) = self.health {
            members["healthCheckPath"] = json!(format!("/health/{health}"));
        }
        members
    }
}

impl Fleet {
    /// So many services, none declared yet, and the probe.
    pub fn new(seed: u64, count: usize) -> Self {
        let names = (0..count).map(|number| format!("service-{number}")).chain([PROBE.to_owned()]);
        // Another stream than that of the schedule.
        Self { services: names.map(Declared::new).collect(), rng: Rng::with_seed(!seed), moves: 0 }
    }

    /// The first manifests, of all services and of the probe.
    pub fn begin(&mut self) -> Vec<Manifest> {
        self.services.iter_mut().map(|service| service.begin(0)).collect()
    }

    /// An edit of the probe, and the value of its variable VERSION.
    pub fn edit_probe(&mut self) -> (Manifest, String) {
        self.moves += 1;
        let number = self.moves;
        let probe = self.services.last_mut().expect("the probe");
        if let Some(spec) = &mut probe.spec {
            spec.version = number;
        }
        (probe.again(), number.to_string())
    }

    /// What users do next.
    pub fn next(&mut self) -> Move {
        self.moves += 1;
        let number = self.moves;
        let count = self.services.len() - 1;
        let chosen = self.rng.usize(..count);
        let dice = self.rng.u32(..100);
        let away = |service: &&mut Declared| service.spec.is_none() && service.deleted_at + AWAY < number;
        if dice.is_multiple_of(2)
            && let Some(service) = self.services[..count].iter_mut().find(away)
        {
            return Move::Recreate(service.begin(number));
        }
        let chosen = (chosen..count).chain(0..chosen).find(|at| self.services[*at].spec.is_some());
        // One at least is left: where all are away, the probe is edited.
        let service = &mut self.services[chosen.unwrap_or(count)];
        change(service, &mut self.rng, dice, number)
    }
}

/// One thing that happens to a service.
fn change(service: &mut Declared, rng: &mut Rng, dice: u32, number: u64) -> Move {
    let Some(spec) = &mut service.spec else { return Move::Apply(service.begin(number)) };
    match dice {
        0..40 => (spec.image, spec.is_bad) = (format!("nginx:{number}"), false),
        40..52 => {
            let end = rng.choice(BAD).unwrap_or("crash");
            (spec.image, spec.is_bad) = (format!("nginx:{number}-{end}"), true);
        }
        52..64 => spec.version = number,
        64..72 => (spec.min, spec.max) = (rng.u64(1..3), 20 + number % 400),
        72..80 => spec.tag = if spec.tag.is_some() && rng.bool() { None } else { Some(number) },
        80..84 => spec.is_large = !spec.is_large,
        84..88 => spec.health = Some(number),
        88..94 if service.name != PROBE => {
            service.spec = None;
            service.deleted_at = number;
            return Move::Delete(service.name.clone());
        }
        94..100 if !spec.is_bad && !service.drifted => {
            service.drifted = true;
            service.drifts += 1;
            let arn = format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:service/default/{}", service.name);
            let body = json!({"serviceArn": arn, "primaryContainer": {"image": format!("theirs:{number}")}});
            return Move::Elsewhere("UpdateExpressGatewayService", body);
        }
        _ => spec.version = number,
    }
    Move::Apply(service.again())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(seed: u64, count: usize) -> Vec<Move> {
        let mut fleet = Fleet::new(seed, 5);
        fleet.begin();
        (0..count).map(|_| fleet.next()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_moves() {
        let told = |seed| format!("{:?}", moves(seed, 200));
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }

    #[test]
    fn users_do_everything() {
        let moves = moves(7, 500);
        let has = |fits: fn(&Move) -> bool| moves.iter().any(fits);
        assert!(has(|it| matches!(it, Move::Apply(_))));
        assert!(has(|it| matches!(it, Move::Recreate(_))));
        assert!(has(|it| matches!(it, Move::Delete(_))));
        assert!(has(|it| matches!(it, Move::Elsewhere(..))));
        assert!(has(|it| matches!(it, Move::Apply(manifest) if manifest.yaml().contains("-crash"))));
    }

    /// What makes two equal updates in a row a canary too many.
    #[test]
    fn no_two_applies_of_a_service_in_a_row_are_the_same() {
        let mut last = std::collections::BTreeMap::new();
        for it in moves(7, 1000) {
            if let Move::Apply(manifest) = it {
                let before = last.insert(manifest.name().to_owned(), manifest.yaml());
                assert_ne!(before, Some(manifest.yaml()));
            }
        }
    }
}
