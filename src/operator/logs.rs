//! Log lines on stderr: their form, their filter, and what may never be in them.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::arguments::LogFormat;

/// Libraries that log every request; a filter that names them is stronger.
const QUIET: &str = "kube=warn,hyper=warn,h2=warn,aws=warn,rustls=warn,tower=warn,axum=warn,mio=warn";

/// Starts logging. `filter` has been through [`filter`].
pub fn start(format: LogFormat, filter: &str) {
    let is_terminal = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    subscriber(format, filter, is_terminal, std::io::stderr).init();
}

/// Takes an `--log-level` or says what is wrong about it.
pub fn filter(text: &str) -> Result<String, String> {
    let wrong = || "write error, warn, info, debug, trace, off, or filters such as info,expressway=debug";
    // On its own, a word that is no level names a target, and everything else falls silent: hardly ever what was meant.
    let is_strange = |part: &str| match part {
        "" => true,
        _ => !part.contains(['=', '[']) && part.parse::<LevelFilter>().is_err(),
    };
    if text.split(',').any(|part| is_strange(part.trim())) {
        return Err(wrong().to_owned());
    }
    EnvFilter::builder().parse(text).map_err(|error| format!("{error}; {}", wrong()))?;
    Ok(text.to_owned())
}

fn subscriber<W>(format: LogFormat, filter: &str, with_colours: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(with_colours).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
    };
    tracing_subscriber::registry()
        .with(EnvFilter::builder().parse_lossy(format!("{QUIET},{filter}")))
        .with(lines.with_filter(filter_fn(keeps_secrets)))
}

/// Some libraries log what they send and receive, and people put passwords into environment variables. Whatever the filter says:
///
/// - `kube_client::client` (this module, not those below it) logs, at `warn`, the whole text of an answer that it cannot parse;
/// - the AWS SDK logs requests and responses, bodies included, at `trace`;
/// - its search for an endpoint logs, at `debug`, the identity that is signed with.
fn keeps_secrets(metadata: &Metadata<'_>) -> bool {
    let logs_answers = metadata.is_event() && metadata.target() == "kube_client::client";
    let logs_bodies = metadata.target().starts_with("aws_") && *metadata.level() == Level::TRACE;
    let logs_identities = metadata.target() == "aws_smithy_runtime::client::orchestrator::endpoints";
    !logs_answers && !logs_bodies && !logs_identities
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str, log: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = subscriber(format, filter, false, move || writer.clone());
        tracing::subscriber::with_default(subscriber, log);
        let bytes = buffer.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_has_no_escape_codes_when_it_is_not_for_a_terminal() {
        let text = logged(LogFormat::Text, "info", || tracing::info!(object = "shop/cart", "settled"));
        assert!(text.contains("settled object=\"shop/cart\""), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn json_is_one_flat_object_with_its_span() {
        let text = logged(LogFormat::Json, "info", || {
            let span = tracing::info_span!("reconcile", object = "shop/cart");
            span.in_scope(|| tracing::info!(step = "update", "acted"));
        });
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(line["message"], "acted");
        assert_eq!(line["step"], "update");
        assert_eq!(line["span"]["object"], "shop/cart");
    }

    #[test]
    fn libraries_are_quiet_unless_they_are_named() {
        let chatter = || tracing::debug!(target: "hyper_util::client", "pooling");
        assert_eq!(logged(LogFormat::Text, "debug", chatter), "");
        assert!(logged(LogFormat::Text, "info,hyper=debug", chatter).contains("pooling"));
    }

    #[test]
    fn no_filter_shows_what_may_hold_secrets() {
        let text = logged(LogFormat::Text, "trace,kube=trace,aws=trace,kube_client=trace", || {
            tracing::warn!(target: "kube_client::client", "PASSWORD in an answer");
            tracing::trace!(target: "aws_smithy_runtime::client::orchestrator", "PASSWORD in a body");
            tracing::debug!(target: "aws_smithy_runtime::client::orchestrator::endpoints", "PASSWORD of an identity");
            tracing::debug!(target: "aws_smithy_runtime::client::orchestrator", "attempt");
            tracing::debug!(target: "kube_client::client::builder", "requesting");
        });
        assert!(!text.contains("PASSWORD"), "{text}");
        assert!(text.contains("attempt") && text.contains("requesting"), "{text}");
    }

    #[test]
    fn a_filter_with_a_typing_error_is_refused() {
        for good in ["info", "OFF", "warn,expressway=debug", "info,expressway[reconcile{name=cart}]=trace"] {
            assert_eq!(filter(good).as_deref(), Ok(good));
        }
        for bad in ["", "inof", "info,expressway", "expressway=loud", "info,"] {
            let message = filter(bad).unwrap_err();
            assert!(message.contains("write error, warn"), "{bad}: {message}");
        }
    }
}
