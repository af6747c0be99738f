//! The record: all that came, in a file, so that a simulator that was killed goes on where it was.
//!
//! The model is a function of its calls and their moments, so the calls that had an effect are made again. A call is in
//! the file before it is answered: one that is not in it was never answered, and had no effect that anybody has seen.
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Simulator;
use super::clock::{Clock, Reading};
use super::control::Control;
use super::journal::{Entry, Outcome};
use crate::model::Config;
use crate::time::Time;
use crate::wire::{Operation, Request};

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    /// The first: what the model was made with. With another model the same calls would lead elsewhere.
    Model(String),
    /// The clock was started, set or advanced.
    Clock(Reading),
    Call(Entry),
    Control(Time, Control),
}

/// The open file. Lines are whole: what a kill left of the last one is cut off when it is opened.
#[derive(Debug)]
pub(super) struct Record(File);

impl Record {
    pub(super) fn call(&mut self, entry: &Entry) {
        self.write(&Line::Call(entry.clone()));
    }

    pub(super) fn control(&mut self, at: Time, control: Control) {
        self.write(&Line::Control(at, control));
    }

    pub(super) fn clock(&mut self, reading: Reading) {
        self.write(&Line::Clock(reading));
    }

    /// One call of the system for a line, so that it is whole, or there is none.
    ///
    /// # Panics
    /// When it cannot be written: then the call is not answered, as its effect could be forgotten.
    #[allow(clippy::panic, reason = "a simulator that forgets is worse than none")]
    fn write(&mut self, line: &Line) {
        let written = serde_json::to_string(line).map_err(io::Error::other);
        let written = written.and_then(|text| self.0.write_all(format!("{text}\n").as_bytes()));
        if let Err(error) = written {
            panic!("the record cannot be written: {error}");
        }
    }
}

impl Simulator {
    /// Does again what the file at `path` tells, and goes on writing there. A file that is not there is begun.
    pub(super) fn recall(&mut self, path: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole.try_into().unwrap_or(u64::MAX))?;
        let model = described(self.model.config());
        for (number, line) in text.get(..whole).unwrap_or_default().lines().enumerate() {
            let told = serde_json::from_str(line).map_err(|error| error.to_string());
            told.and_then(|line| self.again(line, &model))
                .map_err(|error| io::Error::other(format!("{}, line {}: {error}", path.display(), number + 1)))?;
        }
        let mut record = Record(file);
        if whole == 0 {
            record.write(&Line::Model(model));
            record.clock(self.clock.reading());
        }
        self.record = Some(record);
        Ok(())
    }

    fn again(&mut self, line: Line, model: &str) -> Result<(), String> {
        match line {
            Line::Model(recorded) if recorded == model => Ok(()),
            Line::Model(recorded) => Err(format!("it is of another model: {recorded}, not {model}")),
            Line::Clock(reading) => {
                self.clock = Clock::resumed(reading)?;
                Ok(())
            }
            Line::Control(at, control) => self.change(&control, at),
            Line::Call(entry) => self.call_again(entry),
        }
    }

    /// A read changes nothing, but uses up a fault as any call does.
    fn call_again(&mut self, entry: Entry) -> Result<(), String> {
        let request = Operation::from_name(&entry.operation)
            .and_then(|operation| Request::from_json(operation, entry.request.clone()).ok());
        if let Some(request) = request {
            drop(self.faults.take(request.operation()));
            let had_effect = matches!(entry.outcome, Outcome::Ok | Outcome::Fault { effect: true, .. });
            if had_effect && request.operation().changes_something() {
                let answer = self.model.apply(request, entry.simulated_at);
                answer.map_err(|error| format!("call {} is refused now: {}", entry.sequence, error.message))?;
            }
        }
        self.journal.keep(entry);
        Ok(())
    }
}

fn described(config: &Config) -> String {
    format!("{config:?}")
}
