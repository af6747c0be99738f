//! The command line and the environment: what may be said, and what is wrong about what was said.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;

use super::election::{LONGEST_LEASE, Terms};
use super::logs;
use crate::controller::settings::Pace;

/// A Kubernetes controller for Amazon ECS Express Mode.
#[derive(Debug, Parser)]
#[command(name = "expressway", version, max_term_width = 120)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the controller until SIGTERM or SIGINT; a second signal ends it at once.
    #[command(after_help = RUN_NOTES)]
    Run(Box<RunArguments>),
    /// Print the CustomResourceDefinition as YAML.
    Crd,
}

const RUN_NOTES: &str = "\
Durations are numbers with units: 250ms, 30s, 10m, 1h 30m.

The cluster is found as kubectl finds it (KUBECONFIG), or as a pod does (service account). \
AWS credentials are found as every AWS SDK finds them: environment, profile, IRSA, EKS Pod Identity, instance metadata. \
AWS_ENDPOINT_URL_ECS names another ECS endpoint.

Exit codes: 0 stopped as asked, 1 cannot work (one line on stderr says why), 2 wrong arguments, 130 second signal.";

/// What `run` is told.
#[derive(Args, Clone, Debug)]
pub struct RunArguments {
    /// Watch only this namespace; then namespaced permissions are enough. Default: all namespaces.
    #[arg(long, value_name = "NAME", env = "EXPRESSWAY_NAMESPACE", value_parser = namespace, hide_env_values = true)]
    pub namespace: Option<String>,

    /// Identity of this Kubernetes cluster, written to AWS tags to prove who owns a service; never change it. Default: the
    /// uid of the namespace kube-system, which needs `get` on it.
    #[arg(long, value_name = "ID", env = "EXPRESSWAY_CLUSTER_ID", value_parser = cluster_id, hide_env_values = true)]
    pub cluster_id: Option<String>,

    /// AWS region of the services. Default: the region of the AWS profile or of the instance.
    #[arg(long, value_name = "REGION", env = "AWS_REGION", value_parser = region, hide_env_values = true)]
    pub region: Option<String>,

    /// Address of /livez, /readyz and /metrics; port 0 takes a free one, which the log names.
    #[arg(
        long,
        value_name = "IP:PORT",
        env = "EXPRESSWAY_LISTEN",
        default_value = "0.0.0.0:8080",
        hide_env_values = true
    )]
    pub listen: SocketAddr,

    /// How log lines look on stderr: json for machines, text for people.
    #[arg(long, value_name = "FORMAT", env = "EXPRESSWAY_LOG_FORMAT", default_value = "text", hide_env_values = true)]
    pub log_format: LogFormat,

    /// What is logged: a level, or filters such as `info,expressway=debug`. Libraries are at `warn` unless they are named.
    #[arg(long, value_name = "FILTER", env = "EXPRESSWAY_LOG_LEVEL", default_value = "info", value_parser = logs::filter, hide_env_values = true)]
    pub log_level: String,

    /// Objects reconciled at the same time, 1 to 65535; more need more of AWS's quota at once.
    #[arg(long, value_name = "N", env = "EXPRESSWAY_CONCURRENCY", default_value = "16", value_parser = clap::value_parser!(u16).range(1..), hide_env_values = true)]
    pub concurrency: u16,

    #[command(flatten)]
    pub waits: Waits,

    #[command(flatten)]
    pub election: ElectionArguments,
}

/// Which of several replicas does the work.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Leader election")]
pub struct ElectionArguments {
    /// Whether to share the work's Lease with other replicas, so that one of them acts at a time. Only a controller that is
    /// certainly alone can do without.
    #[arg(long, value_name = "BOOL", env = "EXPRESSWAY_LEADER_ELECTION", default_value = "true", action = ArgAction::Set, hide_env_values = true)]
    pub leader_election: bool,

    /// Namespace of the Lease, which is called `expressway`, or `expressway-NAME` with --namespace NAME. Default: the pod's own,
    /// or the one that kubectl would use.
    #[arg(long, value_name = "NAME", env = "EXPRESSWAY_LEASE_NAMESPACE", value_parser = namespace, hide_env_values = true)]
    pub lease_namespace: Option<String>,

    /// How long others wait for a leader that is silent before one of them takes over; 1s to 10m.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_LEASE_DURATION", default_value = "15s", value_parser = lease_duration, hide_env_values = true)]
    pub lease_duration: Duration,

    /// How long a leader that cannot renew the Lease still acts before it ends itself; shorter than --lease-duration.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_LEASE_RENEW_DEADLINE", default_value = "10s", value_parser = duration, hide_env_values = true)]
    pub lease_renew_deadline: Duration,

    /// Between two renewals, and between two looks of those that stand by; shorter than --lease-renew-deadline.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_LEASE_RETRY", default_value = "2s", value_parser = duration, hide_env_values = true)]
    pub lease_retry: Duration,
}

impl ElectionArguments {
    /// The waits of the election.
    pub fn terms(&self) -> Terms {
        Terms { duration: self.lease_duration, renew_deadline: self.lease_renew_deadline, retry: self.lease_retry }
    }
}

/// How long is waited for what.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Waits")]
pub struct Waits {
    /// Between two looks at a settled service: how late an edit made in the AWS console is seen.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_OBSERVE_INTERVAL", default_value = "1m", value_parser = duration, hide_env_values = true)]
    pub observe_interval: Duration,

    /// Between two looks at a deployment in flight: how late a new stage is shown. Three times that in stages that take minutes.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_ROLLOUT_INTERVAL", default_value = "5s", value_parser = duration, hide_env_values = true)]
    pub rollout_interval: Duration,

    /// Between two looks at a service that drains: how late a deleted object goes.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_DRAIN_INTERVAL", default_value = "10s", value_parser = duration, hide_env_values = true)]
    pub drain_interval: Duration,

    /// Between two full readings of a settled service: for changes that make no new revision, which the cheap look misses.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_FULL_OBSERVE_INTERVAL", default_value = "10m", value_parser = duration, hide_env_values = true)]
    pub full_observe_interval: Duration,

    /// Most time for the first deployment of a service: then the resource that is in its way is named.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_CREATION_TIME_LIMIT", default_value = "30m", value_parser = duration, hide_env_values = true)]
    pub creation_time_limit: Duration,

    /// How long ECS is given to show an update that it was sent, when its answer was lost; then it is sent again.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_VISIBILITY_GRACE", default_value = "1m", value_parser = duration, hide_env_values = true)]
    pub visibility_grace: Duration,
    /// Settled services are looked at on a grid of this width: those due at the same mark share their calls, ten in one.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_BATCH_WINDOW", default_value = "1s", value_parser = duration, hide_env_values = true)]
    pub batch_window: Duration,

    /// First wait after a failed call; it doubles with every failure in a row.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_RETRY_BASE", default_value = "1s", value_parser = duration, hide_env_values = true)]
    pub retry_base: Duration,

    /// Longest wait after failed calls: how late a healed permission is noticed.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_RETRY_CAP", default_value = "5m", value_parser = duration, hide_env_values = true)]
    pub retry_cap: Duration,

    /// Longest time for one reconcile, all its calls included; then it is given up and tried again.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_RECONCILE_TIMEOUT", default_value = "60s", value_parser = duration, hide_env_values = true)]
    pub reconcile_timeout: Duration,

    /// Longest time for one AWS call, its retries included.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_AWS_TIMEOUT", default_value = "30s", value_parser = duration, hide_env_values = true)]
    pub aws_timeout: Duration,

    /// Time that reconciles in flight get to finish on shutdown; keep it below the pod's terminationGracePeriodSeconds.
    #[arg(long, value_name = "DURATION", env = "EXPRESSWAY_SHUTDOWN_GRACE", default_value = "20s", value_parser = duration, hide_env_values = true)]
    pub shutdown_grace: Duration,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// One readable line each.
    Text,
}

impl Waits {
    /// The waits that are the controller's own.
    pub fn pace(&self) -> Pace {
        Pace {
            observe: self.observe_interval,
            rollout: self.rollout_interval,
            drain: self.drain_interval,
            full_observe: self.full_observe_interval,
            creation_limit: self.creation_time_limit,
            visibility_grace: self.visibility_grace,
            retry_base: self.retry_base,
            retry_cap: self.retry_cap,
            reconcile_time_limit: self.reconcile_timeout,
            batch_window: self.batch_window,
        }
    }
}

/// What is said instead of doing anything: help, the version, or what is wrong about the arguments.
#[derive(Debug)]
pub enum Answer {
    /// To stdout, with exit code 0.
    Asked(clap::Error),
    /// To stderr, with exit code 2.
    Wrong(String),
}

impl Answer {
    /// Gives it, and the exit code.
    pub fn give(self) -> ExitCode {
        match self {
            Self::Asked(error) => {
                let code = error.exit_code();
                // A closed pipe (`expressway --help | head`) is the only thing that can go wrong here.
                let _ = error.print();
                ExitCode::from(u8::try_from(code).unwrap_or(2))
            }
            Self::Wrong(line) => {
                eprintln!("expressway: {line}");
                ExitCode::from(2)
            }
        }
    }
}

/// Reads the arguments; what they leave out comes from the environment.
pub fn read(given: impl IntoIterator<Item = OsString>) -> Result<Arguments, Answer> {
    let given: Vec<OsString> = given.into_iter().collect();
    let arguments = Arguments::try_parse_from(&given).map_err(|error| answer(error, &given))?;
    match &arguments.command {
        Command::Run(run) => out_of_order(run).map_or(Ok(arguments), |line| Err(Answer::Wrong(line))),
        Command::Crd => Ok(arguments),
    }
}

/// Two waits of which the shorter has to be the longer.
fn out_of_order(run: &RunArguments) -> Option<String> {
    let (waits, election) = (&run.waits, &run.election);
    let (base, cap) = (waits.retry_base, waits.retry_cap);
    let (duration, deadline, retry) = (election.lease_duration, election.lease_renew_deadline, election.lease_retry);
    if base > cap {
        return Some(format!("--retry-base ({base:?}) is longer than --retry-cap ({cap:?})"));
    }
    if deadline >= duration {
        let why = "a leader has to stop before another starts";
        return Some(format!(
            "--lease-renew-deadline ({deadline:?}) is not shorter than --lease-duration ({duration:?}): {why}"
        ));
    }
    let why = "one failed renewal would be the end";
    (retry >= deadline)
        .then(|| format!("--lease-retry ({retry:?}) is not shorter than --lease-renew-deadline ({deadline:?}): {why}"))
}

fn answer(error: clap::Error, given: &[OsString]) -> Answer {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        return Answer::Asked(error);
    }
    let text = error.to_string();
    let said = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("Usage:"))
        .filter(|line| !line.starts_with("For more information"))
        .collect::<Vec<_>>()
        .join(" ");
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    match variable_at_fault(&error, given) {
        Some(variable) => Answer::Wrong(format!("{said} (from the environment: {variable})")),
        None => Answer::Wrong(said.to_owned()),
    }
}

/// The environment variable that a refused value came from: clap names only the flag.
fn variable_at_fault(error: &clap::Error, given: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(invalid)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = invalid.split_whitespace().next()?;
    let is_given = given.iter().any(|word| word.to_string_lossy().starts_with(flag));
    let command = Arguments::command();
    let run = command.find_subcommand("run")?;
    let argument = run.get_arguments().find(|argument| Some(argument.get_id().as_str()) == id_of(flag).as_deref())?;
    let variable = argument.get_env()?.to_string_lossy().into_owned();
    (!is_given).then_some(variable)
}

fn id_of(flag: &str) -> Option<String> {
    Some(flag.strip_prefix("--")?.replace('-', "_"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number with its unit, such as 250ms, 30s or 10m".to_owned();
    let duration: SignedDuration = text.parse().map_err(|_| wrong())?;
    let duration = Duration::try_from(duration).map_err(|_| wrong())?;
    if duration.is_zero() {
        return Err("it has to be longer than 0s".to_owned());
    }
    if duration > LONGEST_WAIT {
        return Err("it has to be 24h at most".to_owned());
    }
    Ok(duration)
}

/// The API takes whole seconds.
fn lease_duration(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    let fits = (Duration::from_secs(1)..=LONGEST_LEASE).contains(&duration);
    fits.then_some(duration).ok_or_else(|| "it is 1s to 10m".to_owned())
}

/// A longer wait is a typing error, and far below what makes clocks overflow.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

fn namespace(text: &str) -> Result<String, String> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = (1..=63).contains(&text.len())
        && text.chars().all(|c| is_inner(c) || c == '-')
        && text.starts_with(is_inner)
        && text.ends_with(is_inner);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "a namespace is 1 to 63 lower-case letters, digits and inner hyphens".to_owned())
}

/// The characters are those that AWS takes in a tag's value.
fn cluster_id(text: &str) -> Result<String, String> {
    let fits =
        (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.:/=+-@".contains(c));
    fits.then(|| text.to_owned()).ok_or_else(|| "it is 1 to 128 letters, digits and _.:/=+-@".to_owned())
}

fn region(text: &str) -> Result<String, String> {
    let fits = text.contains('-') && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    fits.then(|| text.to_owned()).ok_or_else(|| "write a region such as eu-central-1".to_owned())
}

#[cfg(test)]
#[path = "arguments_tests.rs"]
mod tests;
