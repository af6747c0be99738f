//! Where a life has come to rest, and how two such places differ.

use std::collections::{BTreeMap, BTreeSet};

use expressway::core::configuration::Configuration;
use expressway::core::observed::{Observed, Tags};
use expressway::core::plan::Verdict;
use expressway::core::spec_hash::Leaf;
use expressway::core::target::Comparison;
use inputs::leaves::in_words;
use inputs::life::Life;
use serde_json::Value;

/// Where a life has come to rest.
#[derive(Clone, Debug)]
pub struct End {
    serves: Option<Configuration>,
    tags: Tags,
    ready: String,
    message: String,
    conditions: BTreeSet<String>,
    /// What ECS could not clear, as the code says it.
    uncleared: Vec<String>,
    /// Whether a policy holds writes back.
    pub is_held_back: bool,
}

impl End {
    pub fn of(life: &Life) -> Self {
        let look = life.last();
        let plan = look.plan.as_ref();
        let (serves, tags) = match &look.observed {
            Ok(Observed::Live(live)) => {
                let newest = live.configurations.iter().flatten().max_by_key(|shown| shown.created_at);
                (newest.map(|shown| shown.configuration.clone()), live.presence.tags.clone())
            }
            _ => (None, Tags::new()),
        };
        let conditions = life.status()["conditions"].as_array().cloned().unwrap_or_default();
        let in_words = |it: &Value| format!("{} {} {}", it["type"], it["status"], it["reason"]);
        let comparison: Option<&Comparison> = plan.and_then(|plan| plan.comparison.as_ref());
        Self {
            serves,
            tags,
            ready: life.ready(),
            message: life.message().to_owned(),
            conditions: conditions.iter().map(in_words).collect(),
            uncleared: comparison.map(|comparison| comparison.uncleared.clone()).unwrap_or_default(),
            is_held_back: plan.is_some_and(|plan| matches!(plan.verdict, Verdict::HeldBack { .. }))
                || !life.status()["plan"].is_null(),
        }
    }

    /// What keeps this from being the same end as `other`, but for what ECS cannot clear and the code says so.
    /// `said` is all that the specs say: other security groups and log groups are ECS's own, with names of chance.
    pub fn differs_from(&self, other: &Self, said: &str) -> Option<String> {
        if let Some(unsaid) = self.uncleared.iter().find(|path| !self.says_of(path)) {
            return Some(format!("Ready says nothing of {unsaid}: {}", self.message));
        }
        if self.ready != other.ready || self.conditions != other.conditions {
            return Some(format!("{:?} instead of {:?}: {}", self.conditions, other.conditions, self.message));
        }
        if self.tags != other.tags {
            return Some(format!("tags {:?} instead of {:?}", self.tags, other.tags));
        }
        let leaves =
            |end: &Self| end.serves.clone().map(|serves| without_chance(serves, said).leaves()).unwrap_or_default();
        let (own, others) = (leaves(self), leaves(other));
        let paths: BTreeSet<&String> = own.keys().chain(others.keys()).collect();
        let differs = |path: &&&String| own.get(**path) != others.get(**path);
        let unexplained: Vec<String> = paths
            .iter()
            .filter(differs)
            .filter(|path| !is_managed(path) && !self.uncleared.iter().any(|kept| is_kept_with(kept, path)))
            .map(|path| format!("{path} is {:?} instead of {:?}", own.get(*path), others.get(*path)))
            .collect();
        (!unexplained.is_empty()).then(|| unexplained.join(", "))
    }

    /// What ECS runs, by its paths.
    pub fn served(&self) -> BTreeMap<String, Leaf> {
        self.serves.as_ref().map(Configuration::leaves).unwrap_or_default()
    }

    /// By its path, or in words.
    fn says_of(&self, path: &str) -> bool {
        let name = path.rsplit('.').next().unwrap_or(path);
        self.message.contains(path) || self.message.contains(&in_words(name))
    }
}

fn without_chance(mut serves: Configuration, said: &str) -> Configuration {
    serves.security_groups.retain(|group| said.contains(group.as_str()));
    let logs = serves.container.as_mut().and_then(|container| container.logs.as_mut());
    if let Some(logs) = logs.filter(|logs| !said.contains(&logs.group) && logs.group.starts_with("/aws/ecs/")) {
        logs.group = "ECS's own".to_owned();
    }
    serves
}

/// The task definition that ECS makes by itself has a number of its own for each update.
fn is_managed(path: &str) -> bool {
    path == "spec.taskDefinitionArn"
}

/// Whether what is kept of one field is this one, too: ECS takes both values of the logs or none, and a task definition of the
/// user's own holds all that a task is.
fn is_kept_with(kept: &str, path: &str) -> bool {
    const TASK: [&str; 5] =
        ["spec.primaryContainer.", "spec.executionRoleArn", "spec.taskRoleArn", "spec.cpu", "spec.memory"];
    match kept {
        "spec.taskDefinitionArn" => TASK.iter().any(|start| path.starts_with(start)),
        "spec.primaryContainer.awsLogsConfiguration.logGroup" => path.starts_with("spec.primaryContainer.awsLogs"),
        kept => kept == path,
    }
}
