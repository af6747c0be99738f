//! Every input, and every edit from one to another, put to the real API server: it takes or refuses them as the schema says, names
//! the field, and agrees with what the rest of the sweep takes it to say. Nothing is stored but what is edited.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use control_plane::{ControlPlane, Options};
use expressway::api::{ExpressGatewayService, crd_yaml};
use futures::stream::{self, StreamExt};
use inputs::admission;
use inputs::leaves::{LEAVES, Leaf};
use inputs::operators::{Input, Verdict, inputs};
use kube::api::{Api, DynamicObject, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::ApiResource;
use kube::core::response::StatusCause;
use kube::{Client, Config, Error, ResourceExt};
use serde_json::{Value, json};

use crate::share::{is_asked_for, is_of_the_share, replay};

/// Requests under way at once.
const AT_ONCE: usize = 8;

/// The API server, with the CRD and nothing else. It ends with this process.
static SERVER: LazyLock<ControlPlane> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("crd.yaml"), crd_yaml()).unwrap();
    std::fs::write(folder.path().join("kustomization.yaml"), "resources: [crd.yaml]\n").unwrap();
    let deploy = Some(folder.path().to_owned());
    ControlPlane::start(Options { deploy, ..Options::default() }).unwrap_or_else(|error| panic!("{error}"))
});

async fn objects() -> Api<DynamicObject> {
    let kubeconfig = Kubeconfig::read_from(SERVER.admin_kubeconfig()).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    let client = Client::try_from(config).unwrap();
    Api::namespaced_with(client, "default", &ApiResource::erase::<ExpressGatewayService>(&()))
}

fn object(name: &str, spec: &Value) -> DynamicObject {
    let mut object = json!({
        "apiVersion": "expressway.dev/v1alpha1", "kind": "ExpressGatewayService", "metadata": {"name": name},
    });
    if !spec.is_null() {
        object["spec"] = spec.clone();
    }
    serde_json::from_value(object).unwrap()
}

/// What the server said; `Ok`: it takes it.
type Said = Result<(), Vec<StatusCause>>;

fn said(answer: Result<DynamicObject, Error>) -> Said {
    match answer {
        Ok(_) => Ok(()),
        Err(Error::Api(status)) => {
            // `details.causes` has the fields apart from the sentences; what cannot even be decoded has none.
            let causes = status.details.map(|details| details.causes).unwrap_or_default();
            let whole = StatusCause { reason: String::new(), message: status.message.clone(), field: String::new() };
            Err(if causes.is_empty() { vec![whole] } else { causes })
        }
        Err(error) => panic!("{error}"),
    }
}

#[derive(Default)]
struct Court {
    counts: BTreeMap<&'static str, usize>,
    broken: Vec<String>,
}

impl Court {
    fn one(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn judged(&mut self, input: &Input, about: &str, said: &Said, expected: Verdict, taken: bool) {
        let mut broken = |why: String| self.broken.push(format!("{about}: {why}\n    {}", replay(input, "served")));
        match (said, expected) {
            (Ok(()), Verdict::Refused) => broken(format!("it is taken: {}", input.spec)),
            (Err(causes), Verdict::Accepted) => broken(format!("it is refused: {causes:?}")),
            _ => {}
        }
        if said.is_ok() != taken {
            broken(format!("the schema and the rules say {taken}, the API server says {said:?}"));
        }
        if let Err(causes) = said {
            let is_named = causes.iter().any(|cause| input.leaf.is_named_by(&cause.field, &cause.message));
            if !is_named {
                broken(format!("the field is not named: {causes:?}"));
            }
        }
    }

    async fn field(&mut self, api: &Api<DynamicObject>, leaf: &'static Leaf) {
        self.one("fields");
        let mut all: Vec<Input> = inputs(leaf);
        all.dedup_by(|one, other| one.spec == other.spec);
        let asked = PostParams { dry_run: true, ..PostParams::default() };
        let judged = |input: Input| async {
            let answer = said(api.create(&asked, &object(admission::NAME, &input.spec)).await);
            (input, answer)
        };
        let judged: Vec<(Input, Said)> = stream::iter(all).map(judged).buffered(AT_ONCE).collect().await;
        for (input, said) in &judged {
            self.one(if said.is_ok() { "inputs taken" } else { "inputs refused" });
            self.judged(input, &input.to_string(), said, input.expected, admission::takes(None, &input.spec));
        }
        for (from, _) in judged.iter().filter(|(from, said)| said.is_ok() && is_asked_for(from)) {
            let to: Vec<&Input> = judged.iter().map(|(to, _)| to).filter(|to| is_of_the_share(from, to)).collect();
            self.edits(api, from, &to).await;
        }
    }

    async fn edits(&mut self, api: &Api<DynamicObject>, from: &Input, to: &[&Input]) {
        let kept = api.create(&PostParams::default(), &object(admission::NAME, &from.spec)).await.unwrap();
        let asked = PostParams { dry_run: true, ..PostParams::default() };
        let edited = |to: Input| {
            let (asked, version) = (&asked, kept.resource_version());
            async move {
                let mut edit = object(admission::NAME, &to.spec);
                edit.metadata.resource_version = version;
                let answer = said(api.replace(admission::NAME, asked, &edit).await);
                (to, answer)
            }
        };
        let to: Vec<Input> = to.iter().map(|to| (*to).clone()).collect();
        let judged: Vec<(Input, Said)> = stream::iter(to).map(edited).buffered(AT_ONCE).collect().await;
        for (to, said) in &judged {
            self.one(if said.is_ok() { "edits taken" } else { "edits refused" });
            // Whether an edit is taken is for the rules to say: some fields cannot be changed.
            let expected = if to.expected == Verdict::Accepted { Verdict::Either } else { to.expected };
            let taken = admission::takes(Some(&from.spec), &to.spec);
            self.judged(to, &format!("{from} → {}", to.operator), said, expected, taken);
        }
        api.delete(&kept.name_any(), &kube::api::DeleteParams::default()).await.unwrap();
    }
}

#[test]
fn the_api_server_takes_each_input_and_edit_or_names_the_field() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut court = Court::default();
    runtime.block_on(async {
        let api = objects().await;
        for leaf in LEAVES.iter().filter(|leaf| crate::share::is_about(leaf)) {
            court.field(&api, leaf).await;
        }
    });
    eprintln!("API server: {:?}", court.counts);
    crate::share::none_is_broken(&court.broken);
}
