//! The program `express-simulator`: ECS Express Mode on a port.
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use express_simulator::model::{Config, QuotaConfig};
use express_simulator::server::{self, ServerOptions, Speed};
use tokio::signal::unix::{SignalKind, signal};

/// Amazon ECS Express Mode as a program, for tests and demonstrations.
///
/// Answers the ECS API (awsJson1.1) at `POST /`: point AWS_ENDPOINT_URL_ECS at the address on its first line. Any
/// credentials will do. What becomes of a rollout follows from the request (an image tag with `cannot-pull`, `crash`, `5xx`, ...)
/// or is set under `/_simulator/`; tests/simulator/README.md has the tables. Nothing outlives the program, unless `--record` keeps it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on; port 0 picks a free one. The address is printed on the first line.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Region, as it stands in ARNs and endpoints.
    #[arg(long, default_value = "us-east-1")]
    region: String,

    /// Account, as it stands in ARNs: twelve digits.
    #[arg(long, default_value = "123456789012", value_parser = account)]
    account: String,

    /// All identifiers follow from this number and from the calls made.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// How many times faster than the clock simulated time runs; 0 is only by hand.
    #[arg(long, default_value = "1", value_parser = speed, conflicts_with = "manual_clock")]
    speed: f64,

    /// Simulated time moves only by hand (POST /_simulator/clock).
    #[arg(long)]
    manual_clock: bool,

    /// A cluster that exists from the start; can be given more than once. `default` is made when it is needed.
    #[arg(long = "cluster", value_name = "NAME")]
    clusters: Vec<String>,

    /// Write down all that comes, and go on from there at the next start: a simulator that is killed forgets nothing. The
    /// other options have to be the same; the clock has gone on.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Whether calls are throttled by ECS's token buckets.
    #[arg(long, value_enum, default_value_t = Quotas::On)]
    quotas: Quotas,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Quotas {
    On,
    Off,
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("an account is twelve digits".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|error| format!("{error}"))?;
    Speed::from_number(number).map(Speed::number)
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("express-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> std::io::Result<()> {
    let speed = if arguments.manual_clock { Ok(Speed::Manual) } else { Speed::from_number(arguments.speed) };
    let options = ServerOptions {
        listen: arguments.listen,
        speed: speed.map_err(std::io::Error::other)?,
        config: Config {
            region: arguments.region,
            account: arguments.account,
            seed: arguments.seed,
            clusters: arguments.clusters,
            quotas: QuotaConfig { enabled: arguments.quotas == Quotas::On, ..QuotaConfig::default() },
            ..Config::default()
        },
        record: arguments.record,
    };
    let listen = options.listen;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = server::start(options)
        .await
        .map_err(|error| std::io::Error::new(error.kind(), format!("cannot start on {listen}: {error}")))?;
    println!("{}", running.endpoint);
    std::io::stdout().flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // A client that keeps its connection busy does not keep the program alive.
    tokio::time::timeout(std::time::Duration::from_secs(2), running.shut_down()).await.unwrap_or(Ok(()))
}
