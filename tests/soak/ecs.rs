//! ECS: the simulator in a process of its own, with a record, so that it can be killed and forgets nothing.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use control_plane::Port;
use express_simulator::server::Entry;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::vocabulary::controller::PROGRAM;
use crate::vocabulary::manifest::ACCOUNT;
use crate::vocabulary::page;
use crate::vocabulary::patience::eventually;
use crate::vocabulary::watched::Watched;

/// A program that is stopped does not answer; one that runs does, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The simulator, also while it is down.
pub struct Ecs {
    port: Port,
    words: Vec<String>,
    log: PathBuf,
    process: Mutex<Option<Watched>>,
    journal: Mutex<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Answer {
    entries: Vec<Entry>,
}

impl Ecs {
    /// Starts it with what it writes in `folder`.
    pub fn start(folder: &Path, speed: u32) -> Self {
        let program = Path::new(PROGRAM).with_file_name("express-simulator");
        assert!(program.is_file(), "{} is missing: `make build`", program.display());
        let port = Port::claim().unwrap();
        let words = [
            program.display().to_string(),
            format!("--listen=127.0.0.1:{}", port.number),
            "--region=eu-central-1".to_owned(),
            format!("--account={ACCOUNT}"),
            format!("--speed={speed}"),
            format!("--record={}", folder.join("ecs.record").display()),
        ];
        let log = folder.join("ecs.log");
        let ecs = Self { port, words: words.to_vec(), log, process: Mutex::default(), journal: Mutex::default() };
        ecs.start_again();
        ecs
    }

    /// Starts it where it is down, and returns when it answers.
    pub fn start_again(&self) {
        *self.process() = Some(Watched::start(&self.words, &self.log));
        eventually("the simulator answers", || {
            let ended = self.process().as_mut().and_then(Watched::ended);
            assert!(ended.is_none(), "the simulator ended ({ended:?}): see {}", self.log.display());
            self.control("GET", "clock", &Value::Null)
        });
    }

    /// `kill -9`.
    pub fn kill(&self) {
        let process = self.process().take();
        drop(process);
    }

    /// A signal such as `STOP`.
    pub fn signal(&self, signal: &str) {
        if let Some(process) = self.process().as_ref() {
            process.signal(signal);
        }
    }

    /// Where it is.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address())
    }

    /// One of its controls.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!("{method} /_simulator/{path}");
        let page = page::send(self.address(), &request, "", &body, Some(PATIENCE))?;
        match page.status {
            200 => serde_json::from_str(&page.body).map_err(io::Error::other),
            204 => Ok(Value::Null),
            status => Err(io::Error::other(format!("{request}: {status} {}", page.body))),
        }
    }

    /// A call as somebody else makes it. The answer is the status and the body.
    pub fn call(&self, operation: &str, body: &Value) -> io::Result<(u16, Value)> {
        let target = format!("x-amz-target: AmazonEC2ContainerServiceV20141113.{operation}\r\n");
        let page = page::send(self.address(), "POST /", &target, &body.to_string(), Some(PATIENCE))?;
        Ok((page.status, serde_json::from_str(&page.body).map_err(io::Error::other)?))
    }

    /// All services, in small.
    pub fn services(&self) -> io::Result<Vec<Value>> {
        let state = self.control("GET", "state", &Value::Null)?;
        Ok(state["services"].as_array().cloned().unwrap_or_default())
    }

    /// What `DescribeExpressGatewayService` shows of a service of this name, with its tags. Null: there is none.
    pub fn describe(&self, name: &str) -> io::Result<Value> {
        let arn = format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:service/default/{name}");
        let (_, body) = self.call("DescribeExpressGatewayService", &json!({"serviceArn": arn, "include": ["TAGS"]}))?;
        Ok(body["service"].clone())
    }

    /// Lets `look` at every call there ever was. Those that cannot be fetched now are there next time.
    pub fn journal<T>(&self, look: impl FnOnce(&[Entry]) -> T) -> T {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let last = journal.last().map_or(0, |entry| entry.sequence);
        let answer = self.control("GET", &format!("journal?since={last}"), &Value::Null);
        let answer = answer.and_then(|answer| serde_json::from_value::<Answer>(answer).map_err(io::Error::other));
        journal.extend(answer.map(|answer| answer.entries).unwrap_or_default());
        look(&journal)
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port.number))
    }

    fn process(&self) -> MutexGuard<'_, Option<Watched>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
