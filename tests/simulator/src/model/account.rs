//! Everything that ECS keeps for one account in one region, as one value.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::arn::ServiceKey;
use super::classic::ClassicService;
use super::fate::FateRule;
use super::ids::Ids;
use super::infrastructure::{LoadBalancer, LoadBalancerId};
use super::service::Service;
use super::task_definition::TaskDefinition;
use crate::time::Time;

/// The state of one account. Copying it shares the services until they change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    pub(crate) ids: Ids,
    pub(crate) clusters: BTreeMap<String, Cluster>,
    services: BTreeMap<ServiceKey, Arc<Service>>,
    /// Services that are not Express. A name is in one of the two at most.
    pub(crate) classic: BTreeMap<ServiceKey, ClassicService>,
    /// When which service has to be looked at.
    wakes: BTreeSet<(Time, ServiceKey)>,
    pub(crate) task_definitions: BTreeMap<String, Vec<Arc<TaskDefinition>>>,
    pub(crate) load_balancers: BTreeMap<LoadBalancerId, LoadBalancer>,
    /// Log groups outlive their services.
    pub(crate) log_groups: BTreeSet<String>,
    pub(crate) fates: Vec<FateRule>,
    /// Roles that cannot be assumed, and until when.
    pub(crate) denied_roles: BTreeMap<String, Time>,
    /// Roles that can be assumed and are allowed nothing.
    pub(crate) powerless_roles: BTreeSet<String>,
    staleness: Duration,
    /// As far back as stale reads reach.
    past: BTreeMap<ServiceKey, Past>,
}

/// What a service was (or that it was not) until the moment beside it, oldest first.
type Past = VecDeque<(Time, Option<Arc<Service>>)>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Cluster {
    pub tags: BTreeMap<String, String>,
}

impl Account {
    pub(crate) fn new(seed: u64, clusters: &[String]) -> Self {
        Self {
            ids: Ids::new(seed),
            clusters: clusters.iter().map(|name| (name.clone(), Cluster::default())).collect(),
            services: BTreeMap::new(),
            classic: BTreeMap::new(),
            wakes: BTreeSet::new(),
            task_definitions: BTreeMap::new(),
            load_balancers: BTreeMap::new(),
            log_groups: BTreeSet::new(),
            fates: Vec::new(),
            denied_roles: BTreeMap::new(),
            powerless_roles: BTreeSet::new(),
            staleness: Duration::ZERO,
            past: BTreeMap::new(),
        }
    }

    pub(crate) fn service(&self, key: &ServiceKey) -> Option<&Arc<Service>> {
        self.services.get(key)
    }

    /// The services of a cluster, or all.
    pub(crate) fn services<'a>(&'a self, cluster: Option<&'a str>) -> impl Iterator<Item = &'a Arc<Service>> {
        let start = ServiceKey::new(cluster.unwrap_or_default(), "");
        let within = move |key: &ServiceKey| cluster.is_none_or(|cluster| key.cluster == cluster);
        self.services.range(start..).take_while(move |(key, _)| within(key)).map(|(_, service)| service)
    }

    /// The service as a reader sees it at `now`: of some time ago when reads are stale.
    pub(crate) fn seen(&self, key: &ServiceKey, now: Time) -> Option<Arc<Service>> {
        let moment = now.before(self.staleness);
        let past = self.past.get(key).and_then(|past| past.iter().find(|(until, _)| *until > moment));
        match past {
            Some((_, service)) => service.clone(),
            None => self.services.get(key).cloned(),
        }
    }

    /// Makes reads show what was true `staleness` ago; zero makes them fresh.
    pub(crate) fn set_staleness(&mut self, staleness: Duration) {
        self.staleness = staleness;
        if staleness.is_zero() {
            self.past.clear();
        }
    }

    /// Takes a service out to change it; `check_in` puts it back.
    pub(crate) fn check_out(&mut self, key: &ServiceKey, at: Time) -> Option<Service> {
        self.remember(key, at);
        let service = self.services.remove(key)?;
        if let Some(wake) = service.wake {
            self.wakes.remove(&(wake, key.clone()));
        }
        Some(Arc::unwrap_or_clone(service))
    }

    pub(crate) fn check_in(&mut self, service: Service) {
        if let Some(wake) = service.wake {
            self.wakes.insert((wake, service.key.clone()));
        }
        self.services.insert(service.key.clone(), Arc::new(service));
    }

    fn remember(&mut self, key: &ServiceKey, at: Time) {
        if self.staleness.is_zero() {
            return;
        }
        let oldest = at.before(self.staleness);
        let past = self.past.entry(key.clone()).or_default();
        past.retain(|(until, _)| *until > oldest);
        past.push_back((at, self.services.get(key).cloned()));
    }

    /// The service that has to be looked at first, if that is due by `now`.
    pub(crate) fn due(&self, now: Time) -> Option<(Time, ServiceKey)> {
        self.wakes.first().filter(|(at, _)| *at <= now).cloned()
    }

    /// When something happens next by itself.
    pub(crate) fn next_wake(&self) -> Option<Time> {
        self.wakes.first().map(|(at, _)| *at)
    }
}
