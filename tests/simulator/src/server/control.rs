//! What the controls change, as values: each can be written down and done again.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Simulator;
use super::faults::FaultRequest;
use crate::model::{BucketSize, Category, Fate, FateRule, ServiceKey};
use crate::time::Time;

/// Something that a control changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Control {
    ClearJournal,
    Fate(FateRequest),
    ClearFates,
    Autoscale(AutoscaleRequest),
    Fault(FaultRequest),
    ClearFaults,
    Switches(BTreeMap<String, Value>),
    Quotas(QuotaRequest),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rollout {
    #[default]
    Next,
    Every,
    Current,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FateRequest {
    /// A name, `cluster/name`, or nothing for every service.
    service: Option<String>,
    fate: Fate,
    #[serde(default)]
    rollout: Rollout,
    count: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AutoscaleRequest {
    /// A name, or `cluster/name`.
    service: String,
    count: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuotaRequest {
    enabled: Option<bool>,
    #[serde(default)]
    buckets: BTreeMap<Category, BucketSize>,
}

impl Simulator {
    /// Does it now, and writes it down. The error says what makes no sense in it.
    pub(super) fn control(&mut self, control: Control) -> Result<(), String> {
        let now = self.clock.now();
        self.change(&control, now)?;
        if let Some(record) = &mut self.record {
            record.control(now, control);
        }
        Ok(())
    }

    /// Does it.
    pub(super) fn change(&mut self, control: &Control, now: Time) -> Result<(), String> {
        match control {
            Control::ClearJournal => self.journal.clear(),
            Control::Fate(request) => self.set_fate(request, now)?,
            Control::ClearFates => self.model.clear_fates(),
            Control::Autoscale(AutoscaleRequest { service, count }) => {
                if !self.model.autoscale(&ServiceKey::parse(service), *count, now) {
                    return Err(format!("there is no service {service}"));
                }
            }
            Control::Fault(request) => self.faults.add(request.clone(), &mut self.model, now),
            Control::ClearFaults => self.faults.clear(&mut self.model),
            Control::Switches(values) => self.set_switches(values)?,
            Control::Quotas(QuotaRequest { enabled, buckets }) => {
                let quotas = self.model.quotas_mut();
                quotas.enabled = enabled.unwrap_or(quotas.enabled);
                quotas.buckets.extend(buckets);
            }
        }
        Ok(())
    }

    fn set_fate(&mut self, request: &FateRequest, now: Time) -> Result<(), String> {
        let service = request.service.as_deref().map(|service| match service.split_once(":service/") {
            Some((_, full_name)) => full_name.to_owned(),
            None => service.to_owned(),
        });
        let left = match request.rollout {
            Rollout::Next => Some(request.count.unwrap_or(1)),
            Rollout::Every => None,
            Rollout::Current => {
                let name = service.ok_or("rollout \"current\" needs a service")?;
                return match self.model.set_current_fate(&ServiceKey::parse(&name), request.fate, now) {
                    true => Ok(()),
                    false => Err(format!("service {name} has no deployment in flight")),
                };
            }
        };
        self.model.set_fate(FateRule { service, fate: request.fate, left });
        Ok(())
    }

    fn set_switches(&mut self, values: &BTreeMap<String, Value>) -> Result<(), String> {
        let mut switches = self.model.config().switches.clone();
        for (name, value) in values {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            switches.set(name, &text).map_err(|error| error.to_string())?;
        }
        *self.model.switches_mut() = switches;
        Ok(())
    }
}
