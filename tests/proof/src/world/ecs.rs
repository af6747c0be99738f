//! The way to ECS: the SDK's own HTTP client, which leads into this process.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use express_simulator::exchange::Answer;
use expressway::aws::{ConnectError, Ecs, EcsSettings};

use super::state::{Reply, Shared};

/// Region of every world.
pub const REGION: &str = "eu-central-1";

#[derive(Clone, Debug)]
struct Wire {
    world: Shared,
    life: u32,
}

/// ECS, as one life of the controller reaches it.
pub fn connect(world: &Shared, life: u32) -> Result<Ecs, ConnectError> {
    let wire = Wire { world: world.clone(), life };
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .endpoint_url("http://ecs.test")
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(SharedHttpClient::new(wire))
        .build();
    Ecs::over(&config, &EcsSettings::default())
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { world, life } = self.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let reply = world.ask_ecs(life, target, request.body().bytes().unwrap_or_default());
            match reply {
                Reply::Answer(answer) => http(answer),
                Reply::Late(delay, answer) => {
                    tokio::time::sleep(delay).await;
                    http(answer)
                }
                Reply::Cut => Err(ConnectorError::io("the connection was closed".into())),
                Reply::Never => std::future::pending().await,
            }
        })
    }
}

fn http(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.1");
    if let Some(exception) = answer.exception {
        response.headers_mut().insert("x-amzn-errortype", exception);
    }
    Ok(response)
}
