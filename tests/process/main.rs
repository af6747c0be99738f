//! The program as a process: what it prints, how it ends, and that a signal ends it in order.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};

/// `expressway` with these words, and nothing of this process's environment.
fn expressway(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_expressway"));
    command.env_clear().env("HOME", "/nonexistent").env("AWS_EC2_METADATA_DISABLED", "true").args(words);
    command
}

/// The exit code, and the last line on stderr.
fn end(output: Output) -> (i32, String) {
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said.lines().last().unwrap_or_default().to_owned())
}

/// A kubeconfig for a server at this address.
fn kubeconfig(address: std::net::SocketAddr) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        "{{apiVersion: v1, kind: Config, current-context: a, contexts: [{{name: a, context: {{cluster: a, user: a}}}}], \
         clusters: [{{name: a, cluster: {{server: 'http://{address}'}}}}], users: [{{name: a, user: {{}}}}]}}"
    )
    .unwrap();
    file
}

/// A process that runs, and is killed if the test ends before it does.
struct Running {
    process: Child,
    log: BufReader<ChildStderr>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, which is what most tests want.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(process.stderr.take().unwrap());
        Self { process, log }
    }

    /// The first line of the log from here on that holds this text.
    fn line_with(&mut self, text: &str) -> String {
        let mut before = String::new();
        loop {
            let mut line = String::new();
            assert!(self.log.read_line(&mut line).unwrap() > 0, "no line with {text} in\n{before}");
            if line.contains(text) {
                return line;
            }
            before.push_str(&line);
        }
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    fn end(mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn wrong_arguments_are_one_line_and_exit_code_2() {
    let output = expressway(&["run", "--concurrency", "0"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
    let (code, line) = end(output);
    assert_eq!((code, line.starts_with("expressway: invalid value '0'")), (2, true), "{line}");
}

#[test]
fn no_cluster_no_region_and_no_port_are_one_line_and_exit_code_1() {
    let (code, line) = end(expressway(&["run", "--listen", "127.0.0.1:0"]).output().unwrap());
    assert_eq!((code, line.starts_with("expressway: no Kubernetes cluster")), (1, true), "{line}");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (code, line) = end(expressway(&["run", "--listen", &address.to_string()]).output().unwrap());
    let start = format!("expressway: cannot listen on {address}");
    assert_eq!((code, line.starts_with(&start)), (1, true), "{line}");

    let config = kubeconfig(address);
    let mut command = expressway(&["run", "--listen", "127.0.0.1:0"]);
    let (code, line) = end(command.env("KUBECONFIG", config.path()).output().unwrap());
    assert_eq!((code, line.contains("no AWS region is configured")), (1, true), "{line}");
}

#[test]
fn without_an_api_server_it_lives_says_what_it_waits_for_and_ends_on_a_signal() {
    // It takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = kubeconfig(silent.local_addr().unwrap());
    for signal in ["TERM", "INT"] {
        let words = ["run", "--listen", "127.0.0.1:0", "--region", "eu-central-1", "--reconcile-timeout", "100ms"];
        let mut command = expressway(&words);
        command.env("KUBECONFIG", config.path());
        let mut running = Running::start(command);
        let line = running.line_with("address=");
        let address = line.trim().rsplit_once("address=").unwrap().1;

        running.line_with("the Kubernetes API server has not answered for 100ms");
        assert!(get(address, "/livez").starts_with("HTTP/1.1 200"));
        let ready = get(address, "/readyz");
        assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("has not answered"), "{ready}");
        assert!(get(address, "/metrics").contains("expressway_build_info{version="));

        running.signal(signal);
        running.line_with(&format!("SIG{signal}: stopping"));
        assert_eq!(running.end().code(), Some(0));
    }
}

#[test]
fn the_crd_is_printed_whole_and_a_reader_may_leave_early() {
    let output = expressway(&["crd"]).output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, expressway::api::crd::crd_yaml());

    let mut process = expressway(&["crd"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(process.stdout.take());
    assert_eq!(end(process.wait_with_output().unwrap()), (0, String::new()));
}
