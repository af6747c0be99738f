//! The resources that ECS makes for a service: load balancer, certificate, rule, and when each is there.
use std::collections::BTreeSet;

use super::Model;
use super::arn::ServiceKey;
use super::fate::{Fate, UNPROPAGATED};
use super::service::{Service, Status};
use crate::time::Time;

/// How many services share one load balancer. Source: developer guide, `express-service-work`.
const SERVICES_PER_LOAD_BALANCER: usize = 25;

/// The resources of one service. Each is there from its moment on; `None` is never.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Infrastructure {
    pub private: bool,
    pub load_balancer: LoadBalancerId,
    pub started_at: Time,
    pub load_balancer_at: Option<Time>,
    pub certificate_at: Time,
    pub small_at: Time,
    /// The load balancer was refused: FAILED, not PROVISIONING.
    pub refused: bool,
    pub security_group: String,
    pub load_balancer_security_group: String,
    pub target_groups: [String; 2],
    pub certificate: String,
    pub listener: String,
    pub rule: String,
    pub policy: String,
    pub log_group: String,
    /// When the infrastructure role was first refused to remove all this.
    pub removal_refused_at: Option<Time>,
}

/// One shared load balancer, by kind and number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LoadBalancerId {
    pub private: bool,
    pub number: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LoadBalancer {
    pub name: String,
    pub id: String,
    pub ready_at: Option<Time>,
    pub services: BTreeSet<ServiceKey>,
}

impl Infrastructure {
    /// When traffic can reach the service; `None` when it never can.
    pub(crate) fn ready_at(&self) -> Option<Time> {
        self.load_balancer_at.map(|at| at.max(self.certificate_at).max(self.small_at))
    }
}

impl Model {
    /// Starts to make everything for a new service, on a load balancer that has room or on a new one.
    pub(crate) fn provision(
        &mut self,
        key: &ServiceKey,
        private: bool,
        log_group: String,
        fate: Fate,
        role: &str,
        at: Time,
    ) -> Infrastructure {
        let refused = role.contains(UNPROPAGATED) || self.is_powerless(role);
        let wedged = refused || matches!(fate, Fate::Wedge | Fate::WedgeSilent);
        let id = self.join_load_balancer(key, private, wedged, at);
        let load_balancer_at = self.account.load_balancers.get(&id).and_then(|balancer| balancer.ready_at);
        let timings = self.config.timings.clone();
        let ids = &mut self.account.ids;
        Infrastructure {
            private,
            load_balancer: id,
            started_at: at,
            load_balancer_at: if wedged { None } else { load_balancer_at },
            certificate_at: at + timings.certificate,
            small_at: at + timings.small_resource,
            refused: wedged && fate != Fate::WedgeSilent,
            security_group: format!("sg-0{}", ids.hex(16)),
            load_balancer_security_group: format!("sg-0{}", ids.hex(16)),
            target_groups: [ids.hex(16), ids.hex(16)],
            certificate: ids.uuid(),
            listener: ids.hex(16),
            rule: ids.hex(16),
            policy: ids.uuid(),
            log_group,
            removal_refused_at: None,
        }
    }

    fn join_load_balancer(&mut self, key: &ServiceKey, private: bool, wedged: bool, at: Time) -> LoadBalancerId {
        let with_room = self.account.load_balancers.iter_mut().find(|(id, balancer)| {
            id.private == private
                && balancer.services.len() < SERVICES_PER_LOAD_BALANCER
                && (wedged || balancer.ready_at.is_some())
        });
        if let Some((id, balancer)) = with_room {
            balancer.services.insert(key.clone());
            return id.clone();
        }
        let mut number = 0;
        while self.account.load_balancers.contains_key(&LoadBalancerId { private, number }) {
            number += 1;
        }
        let id = LoadBalancerId { private, number };
        let balancer = LoadBalancer {
            name: format!("ecs-express-gateway-alb-{}", self.account.ids.hex(8)),
            id: self.account.ids.hex(16),
            ready_at: (!wedged).then(|| at + self.config.timings.load_balancer),
            services: BTreeSet::from([key.clone()]),
        };
        self.account.load_balancers.insert(id.clone(), balancer);
        id
    }

    /// The load balancers that were refused are made after all, from now on, and their deployments go on.
    pub(super) fn make_what_was_refused(&mut self) {
        let at = self.now;
        let is_wedged =
            |service: &Service| service.status == Status::Active && service.infrastructure.load_balancer_at.is_none();
        let wedged: Vec<ServiceKey> = self
            .account
            .services(None)
            .filter(|service| is_wedged(service))
            .map(|service| service.key.clone())
            .collect();
        for key in wedged {
            let Some(mut service) = self.account.check_out(&key, at) else { continue };
            let ready_at = at + self.config.timings.load_balancer;
            if let Some(balancer) = self.account.load_balancers.get_mut(&service.infrastructure.load_balancer) {
                balancer.ready_at.get_or_insert(ready_at);
                service.infrastructure.load_balancer_at = balancer.ready_at;
            }
            service.infrastructure.refused = false;
            service.infrastructure.started_at = at;
            service.wake = self.due_after(&service, at);
            self.account.check_in(service);
        }
    }

    /// Leaves the load balancer; it goes with its last service.
    pub(crate) fn leave_load_balancer(&mut self, id: &LoadBalancerId, key: &ServiceKey) {
        if let Some(balancer) = self.account.load_balancers.get_mut(id) {
            balancer.services.remove(key);
            if balancer.services.is_empty() {
                self.account.load_balancers.remove(id);
            }
        }
    }
}
