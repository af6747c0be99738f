//! Numbers out of a page of metrics.

use std::collections::BTreeMap;

/// Every sample of `metric`: its labels, and its value.
fn samples<'p>(page: &'p str, metric: &'p str) -> impl Iterator<Item = (BTreeMap<&'p str, &'p str>, u64)> + 'p {
    page.lines().filter_map(move |line| {
        let (name, value) = line.rsplit_once(' ')?;
        let (name, said) = name.split_once('{').unwrap_or((name, ""));
        let value: f64 = value.parse().ok()?;
        let pairs = said.trim_end_matches('}').split("\",").filter_map(|pair| pair.split_once("=\""));
        let labels = pairs.map(|(label, value)| (label, value.trim_end_matches('"'))).collect();
        (name == metric).then_some((labels, value as u64))
    })
}

/// The sum of all samples of `metric` that have these labels.
pub fn sum(page: &str, metric: &str, having: &[(&str, &str)]) -> u64 {
    let fitting = samples(page, metric)
        .filter(|(labels, _)| having.iter().all(|(label, value)| labels.get(label) == Some(value)));
    fitting.map(|(_, value)| value).sum()
}

/// Sums of all samples of `metric`, by what `name` makes of the labels; `None` leaves a sample out.
pub fn sums(page: &str, metric: &str, name: impl Fn(&BTreeMap<&str, &str>) -> Option<String>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (labels, value) in samples(page, metric) {
        if let Some(name) = name(&labels) {
            *sums.entry(name).or_default() += value;
        }
    }
    sums
}

/// What was added between two readings.
pub fn added(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let added = after.iter().map(|(name, value)| (name.clone(), value - before.get(name).unwrap_or(&0)));
    added.filter(|(_, value)| *value > 0).collect()
}
