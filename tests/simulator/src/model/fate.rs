//! What becomes of a rollout: read from the request, or set by hand.
use super::configuration::{Architecture, Configuration};

/// What becomes of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It succeeds.
    Healthy,
    /// It succeeds, ten minutes later than others.
    Slow,
    /// The image cannot be pulled: the circuit breaker rolls back.
    CannotPull,
    /// The container exits: the circuit breaker rolls back.
    Crash,
    /// The image is for another architecture: the circuit breaker rolls back.
    ExecFormat,
    /// A secret or the execution role is not there: the circuit breaker rolls back.
    CannotStart,
    /// Health checks fail: the circuit breaker rolls back.
    Unhealthy,
    /// Healthy, but answers 5xx under traffic: the alarm rolls back.
    #[serde(rename = "5xx")]
    Answers5xx,
    /// Healthy, but answers 4xx under traffic: the alarm rolls back.
    #[serde(rename = "4xx")]
    Answers4xx,
    /// The tasks never start, and nothing notices.
    Hang,
    /// The image cannot be pulled, and the rollback fails too.
    RollbackFails,
    /// The load balancer is refused once and never tried again (state FAILED).
    Wedge,
    /// As `wedge`, but the load balancer stays PROVISIONING.
    WedgeSilent,
}

/// The words that decide a fate when a tag has them, in this order.
const TAG_WORDS: &[(&str, Fate)] = &[
    ("cannot-pull", Fate::CannotPull),
    ("crash", Fate::Crash),
    ("unhealthy", Fate::Unhealthy),
    ("5xx", Fate::Answers5xx),
    ("4xx", Fate::Answers4xx),
    ("slow", Fate::Slow),
    ("hang", Fate::Hang),
    ("rollback-fails", Fate::RollbackFails),
];

/// The word in a role, a secret, a repository or a health path that says it is not there.
pub(crate) const MISSING: &str = "missing";

/// The word in an infrastructure role that says its permissions never arrive.
pub(crate) const UNPROPAGATED: &str = "unpropagated";

/// The fate that is visible in a configuration.
pub(crate) fn of(configuration: &Configuration, detects_architecture: bool) -> Fate {
    let image = Image::parse(&configuration.container.image);
    if image.repository.rsplit('/').next() == Some(MISSING) {
        return Fate::CannotPull;
    }
    if let Some((_, fate)) = TAG_WORDS.iter().find(|(word, _)| has_word(image.tag, word)) {
        return *fate;
    }
    if !detects_architecture && runs_on(configuration).is_some() {
        return Fate::ExecFormat;
    }
    let role = configuration.execution_role.as_deref().is_some_and(|role| role.contains(MISSING));
    let secret = configuration.container.secrets.iter().any(|(_, from)| from.contains(MISSING));
    if role || secret {
        return Fate::CannotStart;
    }
    if configuration.health_check_path.starts_with("/missing") {
        return Fate::Unhealthy;
    }
    Fate::Healthy
}

/// The architecture that the image's tag names, when it is not the one that is configured.
pub(crate) fn runs_on(configuration: &Configuration) -> Option<Architecture> {
    let image = Image::parse(&configuration.container.image);
    let built_for = match image.tag {
        tag if has_word(tag, "arm64") => Architecture::Arm64,
        tag if has_word(tag, "amd64") => Architecture::X86_64,
        _ => return None,
    };
    (configuration.architecture? != built_for).then_some(built_for)
}

/// Whether `tag` has `word` between its ends or separators: `v2-hang` has `hang`, `v2-change` has not.
fn has_word(tag: &str, word: &str) -> bool {
    tag.match_indices(word).any(|(start, _)| {
        let before = tag.get(..start).and_then(|text| text.chars().next_back());
        let after = tag.get(start + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

struct Image<'a> {
    repository: &'a str,
    tag: &'a str,
}

impl<'a> Image<'a> {
    /// `registry/repository:tag@digest`: a colon before the last slash belongs to the registry's port.
    fn parse(image: &'a str) -> Self {
        let named = image.split('@').next().unwrap_or(image);
        let tagged = named.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
        let (repository, tag) = tagged.unwrap_or((named, ""));
        Self { repository, tag }
    }
}

/// A fate set by hand, for one service or for all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FateRule {
    /// The service; `None` is every service.
    pub service: Option<String>,
    /// What becomes of its rollouts.
    pub fate: Fate,
    /// How many rollouts are left for this rule; `None` is all of them.
    pub left: Option<u32>,
}
