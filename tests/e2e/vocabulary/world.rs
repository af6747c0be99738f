//! A world: a namespace, an ECS of its own and a controller between them; and what a person does in it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use express_simulator::model::{Config, QuotaConfig};
use express_simulator::server::{self, Running, ServerOptions};
use kube::Client;
use tempfile::TempDir;

use super::control_plane::{ANOTHER_CLUSTER, CLUSTER, Cluster, RUNTIME, Said, Turn};
use super::controller::{self, Controller};
use super::manifest::{ACCOUNT, Manifest};
use super::seen::Service;

/// How much of a log and of a journal is shown when a story fails.
const TAIL: usize = 30;

/// A namespace, a simulator and a controller, of one story alone.
pub struct World {
    /// The namespace: the story's name.
    pub namespace: String,
    /// ECS. Its clock stands still until it is moved.
    pub simulator: Arc<Running>,
    cluster: &'static Cluster,
    controller: Mutex<Option<Controller>>,
    command: Vec<String>,
    folder: TempDir,
    replicas: AtomicU32,
    _turn: Option<Turn>,
}

/// A world in which nothing has happened, and whose controller is ready.
pub fn given_a_world() -> World {
    World::new(Turn::shared(), &[], &[])
}

impl World {
    /// A world that no other story disturbs.
    pub fn alone() -> Self {
        Self::new(Turn::alone(), &[], &[])
    }

    /// Such a world, whose controller was given more flags.
    pub fn alone_with_flags(flags: &[&str]) -> Self {
        Self::new(Turn::alone(), flags, &[])
    }

    /// A world whose controller was given more flags.
    pub fn with_flags(flags: &[&str]) -> Self {
        Self::new(Turn::shared(), flags, &[])
    }

    /// A world whose controller has another environment: `AWS_SESSION_TOKEN=x` is set or replaced, `AWS_ACCESS_KEY_ID=` is
    /// taken away.
    pub fn with_environment(changes: &[&str], flags: &[&str]) -> Self {
        Self::new(Turn::shared(), flags, changes)
    }

    fn new(turn: Turn, flags: &[&str], environment: &[&str]) -> Self {
        let namespace = namespace_of_this_story();
        let config = Config {
            region: "eu-central-1".to_owned(),
            account: ACCOUNT.to_owned(),
            quotas: QuotaConfig { enabled: false, ..QuotaConfig::default() },
            ..Config::default()
        };
        let options = ServerOptions { config, ..ServerOptions::default() };
        let simulator = Arc::new(RUNTIME.block_on(server::start(options)).unwrap());
        Self::in_cluster(&CLUSTER, namespace, simulator, (environment, flags), Some(turn))
    }

    /// Another Kubernetes cluster, with a controller of its own, on the same AWS account: the namespace has the same name.
    pub fn another_cluster(&self, flags: &[&str]) -> Self {
        // Its turn is this world's.
        Self::in_cluster(&ANOTHER_CLUSTER, self.namespace.clone(), Arc::clone(&self.simulator), (&[], flags), None)
    }

    fn in_cluster(
        cluster: &'static Cluster,
        namespace: String,
        simulator: Arc<Running>,
        (environment, flags): (&[&str], &[&str]),
        turn: Option<Turn>,
    ) -> Self {
        cluster.kubectl(&["create", "namespace", &namespace], "").done();
        let command =
            controller::command_in(environment, &namespace, &simulator.endpoint, &cluster.shipped_kubeconfig, flags);
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let (controller, replicas) = (Mutex::default(), AtomicU32::new(1));
        let world = Self { namespace, simulator, cluster, controller, command, folder, replicas, _turn: turn };
        world.start_the_controller();
        world
    }

    /// A service `web` that was created and serves.
    #[track_caller]
    pub fn given_a_running(&self, image: &str) -> Service<'_> {
        self.given_a_running_one(&Manifest::of("web", image))
    }

    /// A service that was created and serves.
    #[track_caller]
    pub fn given_a_running_one(&self, manifest: &Manifest) -> Service<'_> {
        let service = self.apply(manifest);
        service.has_deployments(1);
        service.rollout_ends();
        service.shows("Ready", "True", "Available");
        service
    }

    /// `kubectl apply -f`.
    #[track_caller]
    pub fn apply(&self, manifest: &Manifest) -> Service<'_> {
        self.kubectl_apply(&manifest.yaml()).done();
        Service { world: self, name: manifest.name().to_owned(), service_name: manifest.service_name().to_owned() }
    }

    /// `kubectl apply -f`, whatever comes of it.
    pub fn kubectl_apply(&self, yaml: &str) -> Said {
        self.cluster.kubectl(&["apply", "--namespace", &self.namespace, "-f", "-"], yaml)
    }

    /// `kubectl` in the namespace of this story.
    pub fn kubectl(&self, arguments: &[&str]) -> Said {
        self.cluster.kubectl(&[&["--namespace", &self.namespace], arguments].concat(), "")
    }

    /// A client of its admin.
    pub fn client(&self) -> Client {
        self.cluster.client.clone()
    }

    /// The object of this name, with a service of this name in ECS, whether or not they are there.
    pub fn service(&self, name: &str, service_name: &str) -> Service<'_> {
        Service { world: self, name: name.to_owned(), service_name: service_name.to_owned() }
    }

    /// `kill -9`.
    pub fn kill_the_controller(&self) {
        drop(self.lock().take());
    }

    /// Starts a controller where none runs.
    pub fn start_the_controller(&self) {
        let mut controller = self.lock();
        assert!(controller.is_none(), "a controller runs");
        *controller = Some(Controller::start(&self.command, &self.log_file()));
    }

    /// Starts a controller with another environment and other flags, where none runs.
    pub fn start_the_controller_with(&self, environment: &[&str], flags: &[&str]) {
        let (endpoint, kubeconfig) = (&self.simulator.endpoint, &self.cluster.shipped_kubeconfig);
        let command = controller::command_in(environment, &self.namespace, endpoint, kubeconfig, flags);
        let mut controller = self.lock();
        assert!(controller.is_none(), "a controller runs");
        *controller = Some(Controller::start(&command, &self.log_file()));
    }

    /// Starts another replica of the controller, which logs to a file of its own, and returns when it is ready.
    pub fn start_a_replica(&self, environment: &[&str], flags: &[&str]) -> Controller {
        self.start_a_replica_behind(&self.cluster.shipped_kubeconfig, environment, flags)
    }

    /// The same with another way to the API server.
    pub fn start_a_replica_behind(&self, kubeconfig: &Path, environment: &[&str], flags: &[&str]) -> Controller {
        let command = controller::command_in(environment, &self.namespace, &self.simulator.endpoint, kubeconfig, flags);
        Controller::start(&command, &self.log_file_of_a_replica())
    }

    /// Starts another replica, and returns when it listens.
    pub fn start_an_unready_replica(&self, flags: &[&str]) -> Controller {
        let (endpoint, kubeconfig) = (&self.simulator.endpoint, &self.cluster.shipped_kubeconfig);
        let command = controller::command(&self.namespace, endpoint, kubeconfig, flags);
        Controller::start_unready(&command, &self.log_file_of_a_replica())
    }

    fn log_file_of_a_replica(&self) -> PathBuf {
        self.folder.path().join(format!("replica-{}.log", self.replicas.fetch_add(1, Ordering::Relaxed)))
    }

    /// What the shipped service account may do.
    pub fn shipped_kubeconfig(&self) -> &Path {
        &self.cluster.shipped_kubeconfig
    }

    /// A folder for the files of this story.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Asks the controller that runs.
    pub fn controller<T>(&self, ask: impl FnOnce(&Controller) -> T) -> T {
        ask(self.lock().as_ref().expect("a controller runs"))
    }

    /// The file that the controller logs to.
    pub fn log_file(&self) -> PathBuf {
        self.folder.path().join("controller.log")
    }

    /// Hands the controller over, for a story that ends it.
    pub fn take_the_controller(&self) -> Controller {
        self.lock().take().expect("a controller runs")
    }

    fn lock(&self) -> MutexGuard<'_, Option<Controller>> {
        self.controller.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that helps to see why a story failed.
    fn diagnosis(&self) -> String {
        let mut text = format!("\n===== {} =====\n", self.namespace);
        let objects = self.kubectl(&["get", "egs", "-o", "yaml"]);
        let events = self.kubectl(&["get", "events.events.k8s.io", "--sort-by=.metadata.creationTimestamp"]);
        let _ = writeln!(text, "----- objects\n{}\n----- events\n{}\n----- AWS calls", objects.out, events.out);
        let journal = self.simulator.journal();
        for call in &journal[journal.len().saturating_sub(TAIL)..] {
            let _ = writeln!(text, "{} {} {:?} {}", call.sequence, call.operation, call.outcome, call.request);
        }
        let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let _ = writeln!(text, "----- the controller\n{}", lines[lines.len().saturating_sub(TAIL)..].join("\n"));
        text
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.diagnosis());
        }
    }
}

/// The name of the test that runs, as far as a namespace's name has room for it.
fn namespace_of_this_story() -> String {
    static WORLDS: AtomicU32 = AtomicU32::new(1);
    let thread = std::thread::current();
    let story = thread.name().unwrap_or("story").rsplit("::").next().unwrap_or("story").replace('_', "-");
    let short = story.get(..50).unwrap_or(&story).trim_end_matches('-');
    format!("{short}-{}", WORLDS.fetch_add(1, Ordering::Relaxed))
}
