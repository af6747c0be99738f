//! When a program that was started is ready for use.
use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::flags::PortNumbers;
use crate::kubectl::Kubectl;
use crate::programs::Program;
use crate::watchdog::Watched;

/// Alone on two cores all is ready in seconds; beside a compiler that uses both, it has taken ten times
/// as long.
const LIMIT: Duration = Duration::from_secs(120);

/// Short beside what is waited for, long beside what one question costs.
const PAUSE: Duration = Duration::from_millis(50);

/// Blocks until `program` is ready, has ended, or has used up its time.
pub(crate) fn wait(
    program: Program,
    watched: &mut Watched,
    ports: PortNumbers,
    kubectl: &Kubectl,
) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        watched.check()?;
        match ask(program, ports, kubectl) {
            Ok(()) => return Ok(()),
            Err(answer) if started.elapsed() > LIMIT => {
                return Err(watched.not_ready(LIMIT, answer));
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// One question; the error is the answer.
fn ask(program: Program, ports: PortNumbers, kubectl: &Kubectl) -> Result<(), String> {
    match program {
        Program::Etcd => listens(ports.etcd),
        // kubectl costs more than a connection: it is not asked before something listens.
        Program::ApiServer => {
            listens(ports.api_server)?;
            get(kubectl, "/readyz")?;
            get(kubectl, "/api/v1/namespaces/default")
        }
        // Its controllers make this object, soon after a first start.
        Program::ControllerManager => get(kubectl, "/api/v1/namespaces/default/serviceaccounts/default"),
    }
}

fn listens(port: u16) -> Result<(), String> {
    let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    connected.map(drop).map_err(|error| error.to_string())
}

fn get(kubectl: &Kubectl, path: &str) -> Result<(), String> {
    kubectl.run(&["get", "--raw", path]).map(drop).map_err(|error| error.to_string())
}
