//! The promises, on the real decisions and the simulator's model: what is declared is reached or refused by name, what was
//! corrected recovers, and S0→S1 ends where S1 from scratch ends.

use std::collections::BTreeMap;
use std::time::Duration;

use expressway::core::plan::Verdict;
use inputs::leaves::{LEAVES, Leaf};
use inputs::life::Life;
use inputs::operators::{Input, inputs};
use inputs::{admission, values};
use serde_json::Value;

use crate::ends::End;
use crate::share::{is_about, is_asked_for, is_of_the_share, none_is_broken, replay};

/// Long enough for a first rollout to be seen, and not to end.
const IN_A_ROLLOUT: Duration = Duration::from_secs(70);

/// An input that was stored, whoever took it, and where that led.
struct Led {
    input: Input,
    /// What is stored of it.
    spec: Value,
    /// While its first rollout is under way.
    begun: Life,
    /// Where it has come to rest.
    life: Life,
    end: End,
    is_taken: bool,
}

/// What broke a promise, in words.
type Kept = Result<(), String>;

fn hold(is_kept: bool, why: impl FnOnce() -> String) -> Kept {
    if is_kept { Ok(()) } else { Err(why()) }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, one: &T, other: &T) -> Kept {
    hold(one == other, || format!("{what}: {one:?} instead of {other:?}"))
}

impl Led {
    fn from_scratch(input: Input) -> Result<Self, String> {
        let is_taken = admission::takes(None, &input.spec);
        let spec = if is_taken { admission::stored(&input.spec) } else { input.spec.clone() };
        let begun = Life::begins(&spec).looked_at(IN_A_ROLLOUT).looked_at(IN_A_ROLLOUT);
        let life = Life::begins(&spec).at_rest().map_err(|why| format!("{input}: {why}"))?;
        let end = End::of(&life);
        Ok(Self { input, spec, begun, life, end, is_taken })
    }

    /// Refused by `desired`: with a path.
    fn is_refused_by_desired(&self) -> bool {
        self.life.last().plan.as_ref().is_some_and(|plan| matches!(plan.verdict, Verdict::Invalid(_)))
    }
}

#[test]
fn every_field_of_the_crd_has_values_and_no_other_has() {
    let mut fields: Vec<String> = LEAVES.iter().map(Leaf::to_string).collect();
    fields.sort();
    assert_eq!(fields, values::known());
}

/// How often what was seen, and every promise that was broken.
#[derive(Default)]
struct Sweep {
    counts: BTreeMap<&'static str, usize>,
    broken: Vec<String>,
}

impl Sweep {
    fn one(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn note(&mut self, about: &Input, kept: Kept) {
        if let Err(why) = kept {
            self.broken.push(format!("{why}\n    {}", replay(about, "promises")));
        }
    }

    /// (a) What the CRD takes is reached, or refused with a path; what it refuses does no harm where it was stored all the same.
    fn reached_or_refused(&mut self, led: &Led) -> Kept {
        let (input, life) = (&led.input, &led.life);
        let why = |what: &str| format!("{input}: {what}: {} {}, {:?}", life.ready(), life.message(), life.writes);
        self.one("inputs");
        if led.is_taken {
            self.one("inputs that the CRD takes");
        }
        hold(!(led.is_taken && led.is_refused_by_desired()), || why("the CRD takes what is refused later"))?;
        if let Some(Verdict::Invalid(problems)) = life.last().plan.as_ref().map(|plan| &plan.verdict) {
            self.one("inputs refused by desired");
            hold(life.writes.is_empty(), || why("writes"))?;
            let is_named = problems.iter().any(|it| input.leaf.is_named_by(&it.path, &it.message));
            hold(is_named, || why("not named"))?;
            hold(problems.iter().all(|it| life.message().contains(&it.path)), || why("not told"))?;
            return hold(life.ready() == "False InvalidSpec", || why("not refused"));
        }
        if life.is_refused_by_ecs() {
            self.one("inputs refused by ECS");
            hold(["False InvalidSpec", "False ClusterNotFound"].contains(&life.ready().as_str()), || why("not told"))?;
            return hold(input.leaf.is_named_by("", life.message()), || why("not named"));
        }
        if led.end.is_held_back {
            self.one("inputs held back by the policy that they declare");
            return hold(life.writes.is_empty(), || why("writes"));
        }
        self.one("inputs reached");
        hold(life.ready() == "True Available", || why("not reached"))
    }

    /// (c) The edit from one to the other ends where the other ends from scratch.
    fn ends_alike(&mut self, from: &Led, to: &Led) -> Kept {
        self.ends_alike_after(from, &from.life, to)?;
        self.one("edits in the midst of a rollout");
        self.ends_alike_after(from, &from.begun, to).map_err(|why| format!("in the midst of a rollout, {why}"))
    }

    fn ends_alike_after(&mut self, from: &Led, before: &Life, to: &Led) -> Kept {
        self.one("edits");
        let arrow = format!("{} → {}", from.input, to.input.operator);
        let life = before.clone().edited(&to.spec).at_rest().map_err(|why| format!("{arrow}: {why}"))?;
        if to.end.is_held_back {
            self.one("edits held back by the policy that they declare");
            return hold(life.writes.is_empty(), || format!("{arrow}: writes {:?}", life.writes));
        }
        if to.life.is_refused_by_ecs() {
            self.one("edits refused by ECS");
            let is_told = life.is_refused_by_ecs() && life.ready() == to.life.ready();
            hold(is_told && life.writes.is_empty(), || format!("{arrow}: {} {:?}", life.ready(), life.writes))?;
            return same(&arrow, &End::of(&life).served(), &from.end.served());
        }
        let said = format!("{}{}", from.input.spec, to.input.spec);
        if let Some(difference) = End::of(&life).differs_from(&to.end, &said) {
            return Err(format!("{arrow}: {difference}"));
        }
        let updates = life.writes.iter().filter(|write| *write == "UpdateExpressGatewayService").count();
        hold(updates <= 1, || format!("{arrow}: {updates} updates"))
    }

    /// (b) An edit that is refused touches nothing, and taken back it is as if it had never been.
    fn recovers(&mut self, from: &Led, bad: &Led) -> Kept {
        self.one("corrections");
        let arrow = format!("{} → {} → back", from.input, bad.input.operator);
        let broken = from.life.clone().edited(&bad.spec).at_rest().map_err(|why| format!("{arrow}: {why}"))?;
        hold(broken.writes.is_empty(), || format!("{arrow}: writes {:?}", broken.writes))?;
        let mended = broken.edited(&from.spec).at_rest().map_err(|why| format!("{arrow}: {why}"))?;
        if let Some(difference) = End::of(&mended).differs_from(&from.end, &from.input.spec.to_string()) {
            return Err(format!("{arrow}: {difference}"));
        }
        hold(mended.writes.is_empty(), || format!("{arrow}: writes {:?}", mended.writes))
    }

    fn field(&mut self, leaf: &'static Leaf) {
        self.one("fields");
        if leaf.is_leaf() {
            self.one("fields that are leaves");
        }
        let mut all: Vec<Led> = Vec::new();
        for input in inputs(leaf) {
            if all.iter().any(|led| led.input.spec == input.spec) {
                self.one("operators that say the same as another");
                continue;
            }
            match Led::from_scratch(input.clone()) {
                Ok(led) => all.push(led),
                Err(why) => self.note(&input, Err(why)),
            }
        }
        for led in &all {
            let kept = self.reached_or_refused(led);
            self.note(&led.input, kept);
        }
        for from in all.iter().filter(|from| is_asked_for(&from.input)) {
            for to in all.iter().filter(|to| is_of_the_share(&from.input, &to.input)) {
                let kept = self.edit(from, to);
                self.note(&from.input, kept);
            }
        }
    }

    fn edit(&mut self, from: &Led, to: &Led) -> Kept {
        if to.is_refused_by_desired() {
            return if from.is_taken { self.recovers(from, to) } else { Ok(()) };
        }
        if from.is_taken && to.is_taken && !admission::takes(Some(&from.input.spec), &to.input.spec) {
            self.one("edits that the CRD refuses");
            return Ok(());
        }
        if to.is_taken { self.ends_alike(from, to) } else { Ok(()) }
    }
}

#[test]
fn what_is_declared_is_reached_or_refused_and_every_edit_ends_where_a_new_object_ends() {
    let mut sweep = Sweep::default();
    for leaf in LEAVES.iter().filter(|leaf| is_about(leaf)) {
        sweep.field(leaf);
    }
    eprintln!("inputs: {:?}", sweep.counts);
    none_is_broken(&sweep.broken);
}
