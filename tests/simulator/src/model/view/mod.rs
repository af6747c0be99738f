//! What is read back: the state as each operation shows it. Reading changes nothing.
mod deployments;
mod express;
mod managed;
mod revisions;
mod services;
mod tasks;

use std::hash::Hash;

use super::Model;
use super::error::{ApiError, ErrorKind, invalid};
use super::ids;
use crate::wire::Failure;

impl Model {
    /// The order in which a list without an order comes: another one at each moment.
    fn unordered<T>(&self, items: Vec<T>, what: impl Hash) -> Vec<T> {
        if self.config.switches.quirk_order_shuffled {
            ids::shuffled(items, (self.config.seed, self.now, what))
        } else {
            items
        }
    }
}

fn missing(arn: String) -> Failure {
    Failure { arn: Some(arn), reason: Some("MISSING".to_owned()), detail: None }
}

fn includes_tags(include: Option<&Vec<String>>) -> Result<bool, ApiError> {
    let include = include.map(Vec::as_slice).unwrap_or_default();
    match include.iter().find(|field| *field != "TAGS") {
        Some(other) => invalid(format!("include takes TAGS, not {other:?}.")),
        None => Ok(!include.is_empty()),
    }
}

fn at_most(names: Option<&[String]>, limit: usize, what: &str) -> Result<Vec<String>, ApiError> {
    match names {
        None | Some([]) => invalid(format!("{what} cannot be empty.")),
        Some(names) if names.len() > limit => invalid(format!("{what} cannot have more than {limit} elements.")),
        Some(names) => Ok(names.to_vec()),
    }
}

/// One page of a list, and the token for the next.
struct Page<'a> {
    token: Option<&'a str>,
    size: Option<i32>,
    default_size: usize,
}

impl Page<'_> {
    fn cut<T>(&self, items: Vec<T>) -> Result<(Vec<T>, Option<String>), ApiError> {
        let size = match self.size {
            None => self.default_size,
            Some(size @ 1..=100) => usize::try_from(size).unwrap_or(self.default_size),
            Some(size) => return invalid(format!("maxResults must be between 1 and 100, not {size}.")),
        };
        let start = match self.token {
            None => 0,
            Some(token) => read_token(token).ok_or_else(|| ErrorKind::InvalidParameter.with("Invalid token."))?,
        };
        let more = items.len() > start.saturating_add(size);
        let page = items.into_iter().skip(start).take(size).collect();
        Ok((page, more.then(|| format!("page-{:08x}", start + size))))
    }
}

fn read_token(token: &str) -> Option<usize> {
    usize::from_str_radix(token.strip_prefix("page-")?, 16).ok()
}

fn count(number: impl TryInto<i32>) -> Option<i32> {
    Some(number.try_into().unwrap_or(i32::MAX))
}
