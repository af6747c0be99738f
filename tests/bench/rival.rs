//! What the nearest rival, ACK's ecs-controller, was measured at: by us, elsewhere, on ordinary ECS services.

/// Resident memory with no service, in MB.
pub const MEMORY_EMPTY: f64 = 54.0;
/// Resident memory with 1,000 services, in MB.
pub const MEMORY_THOUSAND: f64 = 73.0;
/// From applying 1,000 objects to all created, in seconds.
pub const THOUSAND_CREATED: f64 = 150.0;
/// From the patch's return to the update call on the wire, in ms: the middle one of all edits.
pub const EDIT_P50: f64 = 5.3;
/// The same: the 99th of a hundred. It was between these in several runs.
pub const EDIT_P99: (f64, f64) = (10.0, 23.0);
/// AWS reads, and Kubernetes writes, for each object and unchanged pass.
pub const IDLE_PASS: f64 = 1.0;

/// `rival / ours`, for people.
pub fn ratio(rival: f64, ours: f64) -> String {
    match ours {
        ours if ours <= 0.0 => "none of ours".to_owned(),
        ours => format!("{:.1} times", rival / ours),
    }
}
