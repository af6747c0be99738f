//! The machine that measures, and what a process takes of it.

use std::fs;

/// Cores, memory, processor and load.
pub fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = kilobytes(&read("/proc/meminfo"), "MemTotal").unwrap_or_default() / 1024;
    let processor = read("/proc/cpuinfo");
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, name)| name);
    let system = read("/proc/sys/kernel/osrelease");
    format!(
        "Machine: {cores} cores ({model}), {memory} MiB of memory, {} {}, load {} before the start.",
        std::env::consts::OS,
        system.trim(),
        load()
    )
}

/// Processes that ran or waited to run, on average over the last minute.
pub fn load() -> String {
    read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned()
}

/// What a process holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Resident memory now, in MB (10^6 bytes).
    pub now: f64,
    /// The most that it ever was.
    pub highest: f64,
    /// Threads.
    pub threads: u64,
}

/// Resident memory of a process; nothing where there is no /proc.
pub fn memory(process: u32) -> Memory {
    let status = read(&format!("/proc/{process}/status"));
    let megabytes = |member| kilobytes(&status, member).unwrap_or_default() as f64 * 1024.0 / 1e6;
    Memory {
        now: megabytes("VmRSS"),
        highest: megabytes("VmHWM"),
        threads: kilobytes(&status, "Threads").unwrap_or_default(),
    }
}

fn kilobytes(text: &str, member: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.split(':').next() == Some(member))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
