//! The YAML that a person writes.

use serde_json::{Value, json};

use super::fields::merge;

/// The account of every role below.
pub const ACCOUNT: &str = "111122223333";

/// An `ExpressGatewayService` as it is applied.
#[derive(Clone, Debug)]
pub struct Manifest(Value);

impl Manifest {
    /// The least there is: a name, an image, two roles.
    pub fn of(name: &str, image: &str) -> Self {
        Self(json!({
            "apiVersion": "expressway.dev/v1alpha1",
            "kind": "ExpressGatewayService",
            "metadata": { "name": name },
            "spec": {
                "infrastructureRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/infrastructure"),
                "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/execution"),
                "primaryContainer": { "image": image },
            },
        }))
    }

    /// The same with one more member, or another value: `path` is as in `spec.primaryContainer.image`.
    pub fn with(mut self, path: &str, value: impl Into<Value>) -> Self {
        let place = path.split('.').fold(&mut self.0, |place, member| &mut place[member]);
        *place = value.into();
        self
    }

    /// The same with these members of the spec besides.
    pub fn with_spec(mut self, members: &Value) -> Self {
        merge(&mut self.0["spec"], members);
        self
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        self.0["metadata"]["name"].as_str().unwrap()
    }

    /// The name of its service in ECS.
    pub fn service_name(&self) -> &str {
        self.0["spec"]["serviceName"].as_str().unwrap_or(self.name())
    }

    /// As YAML.
    pub fn yaml(&self) -> String {
        serde_saphyr::to_string(&self.0).unwrap()
    }
}
