//! The HTTP shell: a listener, the calls of ECS at `/`, and the controls under `/_simulator/`.
mod clock;
mod connection;
mod control;
mod controls;
mod faults;
mod journal;
mod record;
mod running;
mod shell;

pub use clock::{Clock, Speed};
pub use faults::{FaultKind, FaultRequest};
pub use journal::{Entry, Journal, Outcome};
pub use running::Running;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use tokio::sync::oneshot;

use crate::model::{Config, Model};
use connection::{Cut, Loopback};
use faults::Faults;
use record::Record;

/// How a server is started.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Where it listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// What the model is made with.
    pub config: Config,
    /// How fast simulated time runs.
    pub speed: Speed,
    /// Where all that comes over HTTP is written down. A file that is there already is gone on with: the account, the clock,
    /// the faults and the journal are as they were, and time has gone on.
    pub record: Option<PathBuf>,
}

impl Default for ServerOptions {
    /// A free loopback port, the default model, and a clock that is advanced by hand.
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, config: Config::default(), speed: Speed::Manual, record: None }
    }
}

/// Everything that the handlers share.
struct Simulator {
    model: Model,
    clock: Clock,
    journal: Journal,
    faults: Faults,
    record: Option<Record>,
}

type Shared = Arc<Mutex<Simulator>>;

/// The simulator, also after a holder of the lock has panicked: it never leaves a change half done.
fn lock(shared: &Shared) -> MutexGuard<'_, Simulator> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Simulator {
    /// The model, brought to the present.
    fn present(&mut self) -> &mut Model {
        self.model.tick(self.clock.now());
        &mut self.model
    }
}

/// Starts a server on the runtime of the caller. It ends when the answer is dropped.
///
/// # Errors
/// When the address cannot be listened on, or the record cannot be gone on with.
pub async fn start(options: ServerOptions) -> std::io::Result<Running> {
    let listener = tokio::net::TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let mut simulator = Simulator {
        model: Model::new(options.config),
        clock: Clock::start(options.speed),
        journal: Journal::default(),
        faults: Faults::default(),
        record: None,
    };
    if let Some(path) = &options.record {
        simulator.recall(path)?;
    }
    simulator.present();
    let shared: Shared = Arc::new(Mutex::new(simulator));
    let routes = Router::new()
        .route("/", axum::routing::post(shell::call))
        .nest("/_simulator", controls::routes())
        .with_state(Arc::clone(&shared))
        .into_make_service_with_connect_info::<Cut>();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(Loopback(listener), routes).with_graceful_shutdown(async {
        // Also when the sender is dropped.
        let _ = stopped.await;
    });
    let task = tokio::spawn(server.into_future());
    Ok(Running::new(format!("http://{address}"), shared, stop, task))
}
