//! One replica of the controller, and the kubelet that keeps it running.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use control_plane::Port;

use crate::vocabulary::page;
use crate::vocabulary::watched::Watched;

/// A page that does not come in this time does not count.
const PATIENCE: Duration = Duration::from_secs(2);

/// A replica, also while it is down.
pub struct Replica {
    port: Port,
    words: Vec<String>,
    log: PathBuf,
    process: Mutex<Option<Watched>>,
    ends: Mutex<Vec<End>>,
}

/// How a replica ended by itself.
#[derive(Clone, Debug)]
pub struct End {
    /// Its status.
    pub status: ExitStatus,
    /// Its last line.
    pub said: String,
}

impl Replica {
    /// One that is down. What it writes comes into a file of this name in `folder`.
    pub fn new(name: &str, folder: &Path, command: impl FnOnce(&str) -> Vec<String>) -> Self {
        let port = Port::claim().unwrap();
        let words = command(&format!("--listen=127.0.0.1:{}", port.number));
        let log = folder.join(format!("{name}.log"));
        Self { port, words, log, process: Mutex::default(), ends: Mutex::default() }
    }

    /// Starts it where it is down.
    pub fn start(&self) {
        let mut process = self.process();
        if process.is_none() {
            *process = Some(Watched::start(&self.words, &self.log));
        }
    }

    /// `kill -9`.
    pub fn kill(&self) {
        let process = self.process().take();
        drop(process);
    }

    /// SIGTERM. Gives how it ended, if it ended within `limit`, and after how long; `None`: it was down.
    pub fn terminate(&self, limit: Duration) -> Option<(Option<ExitStatus>, Duration)> {
        let mut process = self.process().take()?;
        if process.ended().is_none() {
            process.signal("TERM");
        }
        let started = Instant::now();
        loop {
            match process.ended() {
                None if started.elapsed() < limit => std::thread::sleep(Duration::from_millis(10)),
                ended => return Some((ended, started.elapsed())),
            }
        }
    }

    /// A signal such as `STOP`.
    pub fn signal(&self, signal: &str) {
        if let Some(process) = self.process().as_mut()
            && process.ended().is_none()
        {
            process.signal(signal);
        }
    }

    /// What a kubelet does: starts it again when it has ended by itself, and remembers how it ended.
    pub fn keep_running(&self) {
        let mut process = self.process();
        if let Some(status) = process.as_mut().and_then(Watched::ended) {
            let said = self.log().lines().last().unwrap_or_default().to_owned();
            self.ends.lock().unwrap_or_else(PoisonError::into_inner).push(End { status, said });
            *process = Some(Watched::start(&self.words, &self.log));
        }
    }

    /// How it ended by itself, each time.
    pub fn ends(&self) -> Vec<End> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its process, while it is up.
    pub fn process_id(&self) -> Option<u32> {
        self.process().as_ref().map(Watched::process_id)
    }

    /// Its counters, if it answers.
    pub fn metrics(&self) -> Option<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port.number));
        let page = page::send(address, "GET /metrics", "", "", Some(PATIENCE)).ok()?;
        (page.status == 200).then_some(page.body)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn process(&self) -> MutexGuard<'_, Option<Watched>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
