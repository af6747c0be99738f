//! The control plane, and worlds in it: a namespace with an ECS of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use control_plane::{ControlPlane, Options};
use express_simulator::model::{Config, QuotaConfig};
use express_simulator::server::{self, Entry, Running, ServerOptions};
use expressway::api::ExpressGatewayService;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config as ClientConfig};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::controller::Controller;

/// The account of every role.
const ACCOUNT: &str = "111122223333";

/// Longer than any rollout.
pub const A_WHOLE_ROLLOUT: Duration = Duration::from_secs(40 * 60);

/// The control plane with `deploy/` applied, a client of the admin's, and the runtime for it and for the simulators.
pub struct Cluster {
    pub runtime: Runtime,
    pub client: Client,
    control_plane: ControlPlane,
    kubeconfig: PathBuf,
}

/// Starts the control plane.
pub fn start() -> Cluster {
    let deploy = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy"));
    let control_plane = ControlPlane::start(Options { deploy, ..Options::default() }).unwrap();
    let kubeconfig = control_plane.service_account_kubeconfig("expressway-system", "expressway").unwrap();
    let runtime = Runtime::new().unwrap();
    let admin = Kubeconfig::read_from(control_plane.admin_kubeconfig()).unwrap();
    let client = runtime.block_on(async {
        let config = ClientConfig::from_custom_kubeconfig(admin, &KubeConfigOptions::default()).await.unwrap();
        Client::try_from(config).unwrap()
    });
    Cluster { runtime, client, control_plane, kubeconfig }
}

impl Cluster {
    /// The API server's own metrics.
    pub fn metrics(&self) -> String {
        self.control_plane.run_kubectl(&["get", "--raw", "/metrics"]).unwrap()
    }

    /// A new namespace with an ECS of its own, whose clock stands still until it is moved.
    pub fn world(&self, namespace: &str) -> World<'_> {
        self.control_plane.run_kubectl(&["create", "namespace", namespace]).unwrap();
        let config = Config {
            region: "eu-central-1".to_owned(),
            account: ACCOUNT.to_owned(),
            quotas: QuotaConfig { enabled: false, ..QuotaConfig::default() },
            ..Config::default()
        };
        let options = ServerOptions { config, ..ServerOptions::default() };
        let simulator = self.runtime.block_on(server::start(options)).unwrap();
        World { cluster: self, namespace: namespace.to_owned(), simulator, last_call: AtomicU64::new(0) }
    }
}

/// A namespace with an ECS of its own.
pub struct World<'c> {
    pub cluster: &'c Cluster,
    pub namespace: String,
    pub simulator: Running,
    /// A number that was the newest once: what came before need not be read again.
    last_call: AtomicU64,
}

impl World<'_> {
    /// Starts the controller for this namespace and this ECS.
    pub fn controller(&self, flags: &[&str]) -> Controller {
        let environment = [
            format!("KUBECONFIG={}", self.cluster.kubeconfig.display()),
            format!("AWS_ENDPOINT_URL_ECS={}", self.simulator.endpoint),
            format!("EXPRESSWAY_NAMESPACE={}", self.namespace),
            "AWS_REGION=eu-central-1".to_owned(),
            "AWS_ACCESS_KEY_ID=AKIDEXAMPLE".to_owned(),
            "AWS_SECRET_ACCESS_KEY=example".to_owned(),
            "AWS_EC2_METADATA_DISABLED=true".to_owned(),
        ];
        let log = self.cluster.control_plane.dir().join(format!("controller.{}.log", self.namespace));
        Controller::start(&environment, flags, &log)
    }

    /// The objects of this namespace.
    pub fn api(&self) -> Api<ExpressGatewayService> {
        Api::namespaced(self.cluster.client.clone(), &self.namespace)
    }

    /// Applies a new object.
    pub fn create(&self, name: &str, image: &str) {
        self.cluster.runtime.block_on(create(self.api(), name, image));
    }

    /// What `kubectl patch --type=merge` does with the image, without the start of a process. Gives when it returned.
    pub fn patch_image(&self, name: &str, image: &str) -> (i64, u64) {
        let patch = json!({ "spec": { "primaryContainer": { "image": image } } });
        let parameters = PatchParams { field_manager: Some("kubectl-patch".to_owned()), ..PatchParams::default() };
        let patch = Patch::Merge(&patch);
        let api = self.api();
        let answer = self.cluster.runtime.block_on(async {
            let answer = api.patch(name, &parameters, &patch).await.unwrap();
            (answer.metadata.generation, now_micros())
        });
        (answer.0.unwrap_or_default(), answer.1)
    }

    /// The number of the newest call to ECS.
    pub fn last_call(&self) -> u64 {
        let known = self.last_call.load(Ordering::Relaxed);
        let last = self.simulator.journal_since(known).last().map_or(known, |call| call.sequence);
        self.last_call.store(last, Ordering::Relaxed);
        last
    }

    /// The calls to ECS of one operation, after the one with this number.
    pub fn calls_of(&self, operation: &str, since: u64) -> Vec<Entry> {
        let calls = self.simulator.journal_since(since);
        calls.into_iter().filter(|call| call.operation == operation).collect()
    }
}

/// Applies a new object.
pub async fn create(api: Api<ExpressGatewayService>, name: &str, image: &str) {
    let object: ExpressGatewayService = serde_json::from_value(manifest(name, image)).unwrap();
    api.create(&PostParams::default(), &object).await.unwrap();
}

/// The least there is, as deploy/samples/minimal.yaml.
pub fn manifest(name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "expressway.dev/v1alpha1",
        "kind": "ExpressGatewayService",
        "metadata": { "name": name },
        "spec": {
            "infrastructureRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/ecsInfrastructureRoleForExpressServices"),
            "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"),
            "primaryContainer": { "image": image },
        },
    })
}

/// The real clock, as the journal has it.
pub fn now_micros() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros().try_into().unwrap()
}
