//! The parts whose mutants are run: each is a thin package, see thin.sh.

use clap::ValueEnum;

/// A thin package, and what is mutated in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// What is decided.
    Core,
    /// Of `src/aws`, what makes values out of values.
    Aws,
    /// The simulator's model.
    Simulator,
}

impl Part {
    /// The name of the package's directory.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Aws => "aws",
            Self::Simulator => "simulator",
        }
    }

    /// The files that are mutated.
    pub fn files(self) -> &'static [&'static str] {
        match self {
            Self::Core => &["src/core/**"],
            // The rest sends and waits: its mutants are a matter of the tests with processes.
            Self::Aws => &[
                "src/aws/convert_in.rs",
                "src/aws/convert_out.rs",
                "src/aws/error.rs",
                "src/aws/managed_resources.rs",
                "src/aws/queue.rs",
                "src/aws/service_events.rs",
                "src/aws/stopped_tasks.rs",
            ],
            Self::Simulator => &["src/model/**"],
        }
    }

    /// How many of a hundred viable mutants may be missed, those listed as equivalent aside.
    pub fn most_missed(self) -> usize {
        match self {
            Self::Core | Self::Aws => 0,
            Self::Simulator => 5,
        }
    }

    /// What the names of the tests of a file begin with.
    pub fn module(file: &str) -> String {
        let path = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        format!("{}::", path.replace('/', "::"))
    }
}
