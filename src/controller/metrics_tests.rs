//! Tests of the metrics: what a scrape shows after something happened.

#![allow(clippy::unwrap_used)]

use super::*;

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry).unwrap();
    text
}

fn line(text: &str, start: &str) -> String {
    text.lines()
        .find(|line| line.starts_with(start))
        .unwrap_or_else(|| panic!("no line starts with {start} in\n{text}"))
        .to_owned()
}

#[test]
fn every_outcome_is_there_before_the_first_reconcile() {
    let mut registry = Registry::default();
    let _metrics = Metrics::new(&mut registry);
    let text = scrape(&registry);
    for outcome in ReconcileOutcome::iter() {
        let outcome: &str = outcome.into();
        let start = format!("expressway_reconciles_total{{outcome=\"{outcome}\"}}");
        assert_eq!(line(&text, &start), format!("{start} 0"));
    }
    line(&text, "expressway_aws_writes_total{kind=\"create\",outcome=\"failed\"} 0");
    line(&text, "expressway_kubernetes_writes_total{kind=\"finalizer\",outcome=\"succeeded\"} 0");
    line(&text, "expressway_rollout_duration_seconds_count{outcome=\"rolled_back\"} 0");
}

#[test]
fn a_reconcile_counts_once_and_as_abandoned_when_it_was_dropped() {
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    let settled = metrics.reconcile_started();
    let dropped = metrics.reconcile_started();
    line(&scrape(&registry), "expressway_reconciles_in_flight 2");

    settled.ended(ReconcileOutcome::Settled);
    drop(dropped);

    let text = scrape(&registry);
    line(&text, "expressway_reconciles_in_flight 0");
    line(&text, "expressway_reconciles_total{outcome=\"settled\"} 1");
    line(&text, "expressway_reconciles_total{outcome=\"abandoned\"} 1");
    line(&text, "expressway_reconcile_duration_seconds_count 2");
}

#[test]
fn objects_are_counted_by_what_they_show_now() {
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    metrics.object_shows("shop", "cart", Reason::Creating, false);
    metrics.object_shows("shop", "search", Reason::Available, false);
    metrics.object_shows("shop", "cart", Reason::Available, false);
    line(&scrape(&registry), "expressway_objects{namespace=\"shop\",reason=\"Available\"} 2");
    assert!(!scrape(&registry).contains("Creating"));

    metrics.object_gone("shop", "cart");
    metrics.object_gone("shop", "never-seen");
    line(&scrape(&registry), "expressway_objects{namespace=\"shop\",reason=\"Available\"} 1");
    metrics.object_gone("shop", "search");
    assert!(!scrape(&registry).contains("namespace="));
}

#[test]
fn suspended_objects_are_counted_whatever_else_they_show() {
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    metrics.object_shows("shop", "cart", Reason::Available, true);
    metrics.object_shows("shop", "search", Reason::Suspended, true);
    metrics.object_shows("shop", "orders", Reason::Available, false);
    line(&scrape(&registry), "expressway_suspended_objects{namespace=\"shop\"} 2");

    metrics.object_shows("shop", "cart", Reason::Available, false);
    metrics.object_gone("shop", "search");
    assert!(!scrape(&registry).contains("expressway_suspended_objects{"));
}

#[test]
fn rollouts_and_time_to_ready_are_histograms_that_reach_hours() {
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    metrics.rollout_ended(RolloutOutcome::RolledBack, Duration::from_secs(700));
    metrics.became_ready(Duration::from_secs(7000));
    metrics.wrote(Write::UpdateService, WriteOutcome::Succeeded);
    metrics.wrote(Write::Event, WriteOutcome::Failed);
    let text = scrape(&registry);
    line(&text, "expressway_rollout_duration_seconds_sum{outcome=\"rolled_back\"} 700.0");
    line(&text, "expressway_time_to_ready_seconds_bucket{le=\"10800.0\"} 1");
    line(&text, "expressway_aws_writes_total{kind=\"update\",outcome=\"succeeded\"} 1");
    line(&text, "expressway_kubernetes_writes_total{kind=\"event\",outcome=\"failed\"} 1");
}
