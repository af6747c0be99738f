//! Crash points: every boundary of every effect, in every workload, and every two of them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use express_simulator::wire::Operation;

use crate::run::{Beginning, Lived, live};
use crate::weather::Climate;
use crate::workload::Workload;
use crate::world::{Call, Fortune, Mishap, Moment, Point, World};

/// Where the controller is hit: at which of the calls that change something, and how.
pub type Plan = Vec<(usize, Point)>;

/// A run that did not come out as it has to.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The workload.
    pub workload: String,
    /// How long a controller that died was not there.
    pub is_down_for: Duration,
    /// Where the controller was hit.
    pub plan: Plan,
    /// What is wrong.
    pub what: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at: Vec<String> = self.plan.iter().map(|(place, point)| format!("{place}.{point}")).collect();
        write!(f, "prove crashes --workload {} --at {}", self.workload, at.join(","))?;
        if !self.is_down_for.is_zero() {
            write!(f, " --down {}", self.is_down_for.as_secs())?;
        }
        self.what.iter().try_for_each(|what| write!(f, "\n  {what}"))
    }
}

/// Lives through a workload, hit at these points.
#[must_use]
pub fn hit(workload: &Workload, plan: &[(usize, Point)]) -> Lived {
    go_on(workload, None, plan, false)
}

/// Lives through a workload from what a death has left, hit at these points.
pub(crate) fn go_on(workload: &Workload, left: Option<World>, plan: &[(usize, Point)], is_recorded: bool) -> Lived {
    let plan: BTreeMap<usize, Point> = plan.iter().copied().collect();
    let fortune: Fortune = Box::new(move |moment: &Moment| {
        let point = plan.get(&moment.nth).filter(|_| moment.call.is_effect())?;
        Some(Mishap::Crash(*point))
    });
    live(Beginning { workload, left, is_recorded, fortune, climate: Climate::default() })
}

/// What of this run is not as in the undisturbed one.
#[must_use]
pub fn differences(calm: &Lived, hit: &Lived) -> Vec<String> {
    differences_within(|_, undisturbed| undisturbed, calm, hit)
}

/// The same, where a write that is made so often undisturbed may be made so often.
pub(crate) fn differences_within(bound: impl Fn(Operation, usize) -> usize, calm: &Lived, hit: &Lived) -> Vec<String> {
    let mut what = hit.breaches.clone();
    if calm.end != hit.end {
        what.push(format!("another end: {}", first_difference("", &calm.end, &hit.end)));
    }
    let (most, made) = (writes(calm), writes(hit));
    for (operation, count) in made {
        let undisturbed = most.get(&operation).copied().unwrap_or_default();
        if count > bound(operation, undisturbed) {
            what.push(format!("{} took effect {count} times, undisturbed {undisturbed}", operation.name()));
        }
    }
    what
}

/// How often each write took effect in ECS.
fn writes(lived: &Lived) -> BTreeMap<Operation, usize> {
    let mut counts = BTreeMap::new();
    for passed in lived.passed.iter().filter(|passed| passed.took_effect) {
        if let Call::Ecs(operation) = passed.call {
            *counts.entry(operation).or_default() += 1;
        }
    }
    counts
}

fn first_difference(path: &str, one: &serde_json::Value, two: &serde_json::Value) -> String {
    use serde_json::Value::{Array, Object};
    match (one, two) {
        (Object(a), Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let differs = names.into_iter().find(|name| a.get(*name) != b.get(*name));
            let (Some(name), null) = (differs, serde_json::Value::Null) else { return path.to_owned() };
            first_difference(&format!("{path}.{name}"), a.get(name).unwrap_or(&null), b.get(name).unwrap_or(&null))
        }
        (Array(a), Array(b)) if a.len() == b.len() => {
            let differs = a.iter().zip(b).enumerate().find(|(_, (a, b))| a != b);
            differs.map_or(path.to_owned(), |(index, (a, b))| first_difference(&format!("{path}[{index}]"), a, b))
        }
        _ => format!("{path} is {two}, undisturbed {one}"),
    }
}
