//! The JSON of the ECS API: one shape for each of botocore's, member by member, and one list of the operations.
//!
//! Every member is optional here, as on the wire; what is required is checked by the model, which answers with ECS's own
//! errors. Source: botocore 1.44.5, `ecs/2014-11-13/service-2.json`.
#![allow(missing_docs, reason = "the shapes and their members are botocore's, one for one; they are documented there")]

mod cluster;
mod deployment;
mod express;
mod parse;
mod revision;
mod service;
mod tag;
mod task;
mod task_definition;

pub use cluster::*;
pub use deployment::*;
pub use express::*;
pub use parse::ParseError;
pub use revision::*;
pub use service::*;
pub use tag::*;
pub use task::*;
pub use task_definition::*;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Declares shapes: structures whose members are all optional and are written in camelCase.
macro_rules! shapes {
    ($($name:ident { $($(#[$attribute:meta])* $member:ident: $type:ty),* $(,)? })*) => { $(
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $($(#[$attribute])* pub $member: Option<$type>),* }
    )* };
}
pub(crate) use shapes;

macro_rules! operations {
    ($($name:ident($input:ident, $output:ident)),* $(,)?) => {
        /// The name of an operation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Operation { $($name),* }

        /// A call, parsed.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Request { $($name($input)),* }

        /// The answer to a call.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Response { $($name($output)),* }

        impl Operation {
            /// All operations that the simulator answers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name, as in `X-Amz-Target` after the dot.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }

        impl Request {
            /// The operation that this is a call of.
            pub fn operation(&self) -> Operation {
                match self { $(Self::$name(_) => Operation::$name),* }
            }

            /// Reads the body of a call of `operation`.
            ///
            /// # Errors
            /// When a member has the wrong type. Members that the operation does not have are ignored.
            pub fn from_json(operation: Operation, body: Value) -> Result<Self, ParseError> {
                parse::check_structure(&body)?;
                Ok(match operation { $(Operation::$name => Self::$name(parse::members(body)?)),* })
            }
        }

        $(impl From<$input> for Request {
            fn from(input: $input) -> Self { Self::$name(input) }
        })*
    };
}

operations! {
    CreateExpressGatewayService(CreateExpressGatewayServiceRequest, CreateExpressGatewayServiceResponse),
    UpdateExpressGatewayService(UpdateExpressGatewayServiceRequest, UpdateExpressGatewayServiceResponse),
    DescribeExpressGatewayService(DescribeExpressGatewayServiceRequest, DescribeExpressGatewayServiceResponse),
    DeleteExpressGatewayService(DeleteExpressGatewayServiceRequest, DeleteExpressGatewayServiceResponse),
    DescribeServices(DescribeServicesRequest, DescribeServicesResponse),
    ListServices(ListServicesRequest, ListServicesResponse),
    CreateService(CreateServiceRequest, CreateServiceResponse),
    UpdateService(UpdateServiceRequest, UpdateServiceResponse),
    DeleteService(DeleteServiceRequest, DeleteServiceResponse),
    ListServiceDeployments(ListServiceDeploymentsRequest, ListServiceDeploymentsResponse),
    DescribeServiceDeployments(DescribeServiceDeploymentsRequest, DescribeServiceDeploymentsResponse),
    StopServiceDeployment(StopServiceDeploymentRequest, StopServiceDeploymentResponse),
    ContinueServiceDeployment(ContinueServiceDeploymentRequest, ContinueServiceDeploymentResponse),
    DescribeServiceRevisions(DescribeServiceRevisionsRequest, DescribeServiceRevisionsResponse),
    TagResource(TagResourceRequest, TagResourceResponse),
    UntagResource(UntagResourceRequest, UntagResourceResponse),
    ListTagsForResource(ListTagsForResourceRequest, ListTagsForResourceResponse),
    RegisterTaskDefinition(RegisterTaskDefinitionRequest, RegisterTaskDefinitionResponse),
    DescribeTaskDefinition(DescribeTaskDefinitionRequest, DescribeTaskDefinitionResponse),
    CreateCluster(CreateClusterRequest, CreateClusterResponse),
    DescribeClusters(DescribeClustersRequest, DescribeClustersResponse),
    ListTasks(ListTasksRequest, ListTasksResponse),
    DescribeTasks(DescribeTasksRequest, DescribeTasksResponse),
}

impl Operation {
    /// The operation of this name, if the simulator answers it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }

    /// Whether it is more than a look.
    pub fn changes_something(self) -> bool {
        !self.name().starts_with("Describe") && !self.name().starts_with("List")
    }
}

impl Response {
    /// The body of the answer: absent members are left out, as ECS leaves them out.
    pub fn to_json(&self) -> Value {
        let mut body = serde_json::to_value(self).unwrap_or(Value::Null);
        strip_nulls(&mut body);
        if body.is_null() { Value::Object(serde_json::Map::new()) } else { body }
    }
}

fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        _ => {}
    }
}
