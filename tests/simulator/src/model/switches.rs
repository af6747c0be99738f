//! Named switches: one for each fact that is unknown or in dispute, and one for each read-back quirk.

/// A switch as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchInfo {
    /// The name to set it by.
    pub name: &'static str,
    /// What it does when on, or what its value means.
    pub meaning: &'static str,
    /// The value now.
    pub value: String,
    /// The value at the start.
    pub default: String,
    /// The values it takes; empty when any text will do.
    pub choices: &'static [&'static str],
}

/// A switch that does not exist, or a value that it does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SwitchError(pub String);

trait SwitchValue: Sized {
    const CHOICES: &'static [&'static str];
    fn read(text: &str) -> Option<Self>;
    fn write(&self) -> String;
}

impl SwitchValue for bool {
    const CHOICES: &'static [&'static str] = &["true", "false"];
    fn read(text: &str) -> Option<Self> {
        match text {
            "true" | "on" => Some(true),
            "false" | "off" => Some(false),
            _ => None,
        }
    }
    fn write(&self) -> String {
        self.to_string()
    }
}

impl SwitchValue for String {
    const CHOICES: &'static [&'static str] = &[];
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
    fn write(&self) -> String {
        self.clone()
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),* }
        impl SwitchValue for $name {
            const CHOICES: &'static [&'static str] = &[$($text),*];
            fn read(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
            fn write(&self) -> String {
                match self { $(Self::$variant => $text.to_owned()),* }
            }
        }
    };
}

choice! {
    /// How a first deployment ends that fails: there is nothing to roll back to.
    FirstDeploymentFailure {
        /// `STOPPED`, with a reason.
        Stopped = "STOPPED",
        /// It never ends.
        InProgress = "IN_PROGRESS",
        /// `ROLLBACK_FAILED`.
        RollbackFailed = "ROLLBACK_FAILED",
    }
}
choice! {
    /// How a deployment ends that a newer one overtakes.
    SupersededStatus {
        /// `STOPPED`.
        Stopped = "STOPPED",
        /// `ROLLBACK_SUCCESSFUL`.
        RollbackSuccessful = "ROLLBACK_SUCCESSFUL",
        /// `SUCCESSFUL`.
        Successful = "SUCCESSFUL",
    }
}

choice! {
    /// How the first deployment of a service takes a StopServiceDeployment: there is nothing to roll back to.
    FirstDeploymentStop {
        /// `STOP_REQUESTED`, then `STOPPED`.
        Stopped = "STOPPED",
        /// `ROLLBACK_REQUESTED`, `ROLLBACK_IN_PROGRESS`, then `ROLLBACK_FAILED`.
        RollbackFailed = "ROLLBACK_FAILED",
        /// The call is refused with a ConflictException.
        Refused = "REFUSED",
    }
}
choice! {
    /// What a managed resource says that the infrastructure role may not remove.
    RefusedRemovalStatus {
        /// `DEPROVISIONING`, with a reason.
        Deprovisioning = "DEPROVISIONING",
        /// `FAILED`, with a reason.
        Failed = "FAILED",
    }
}

impl RefusedRemovalStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Failed => "FAILED",
        }
    }
}

macro_rules! switches {
    ($($name:ident: $type:ty = $default:expr, $meaning:literal;)*) => {
        /// The switches of a model. `Switches::default()` is what is most probably true, with every quirk on.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct Switches { $(#[doc = $meaning] pub $name: $type),* }

        impl Default for Switches {
            fn default() -> Self { Self { $($name: $default),* } }
        }

        impl Switches {
            /// Every switch, in the order of the documentation.
            pub fn list(&self) -> Vec<SwitchInfo> {
                let default = Self::default();
                vec![$(SwitchInfo {
                    name: stringify!($name),
                    meaning: $meaning,
                    value: self.$name.write(),
                    default: default.$name.write(),
                    choices: <$type as SwitchValue>::CHOICES,
                }),*]
            }

            /// Sets one switch by name.
            ///
            /// # Errors
            /// When there is no such switch, or it does not take the value.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), SwitchError> {
                match name {
                    $(stringify!($name) => {
                        self.$name = <$type as SwitchValue>::read(value).ok_or_else(|| SwitchError(format!(
                            "switch {name} does not take {value:?}; it takes {}",
                            <$type as SwitchValue>::CHOICES.join(", ")
                        )))?;
                        Ok(())
                    })*
                    _ => Err(SwitchError(format!("there is no switch {name:?}; GET /_simulator/switches lists them"))),
                }
            }

            /// Every read-back quirk off: what was sent is read back as it was sent.
            pub fn without_quirks() -> Self {
                let mut switches = Self::default();
                switches.quirks_off();
                switches
            }
        }
    };
}

switches! {
    noop_update_creates_deployment: bool = true, "An update that changes nothing still makes a revision and a deployment.";
    scaling_only_update_creates_deployment: bool = true, "An update of scalingTarget alone makes a deployment; off: it is applied in place.";
    update_response_has_revision_arn: bool = true, "targetConfiguration of the update's answer has serviceRevisionArn.";
    superseded_deployment_status: SupersededStatus = SupersededStatus::Stopped, "The final status of a deployment that a newer one overtakes.";
    first_deployment_failure: FirstDeploymentFailure = FirstDeploymentFailure::Stopped, "How the first deployment of a service ends when it fails.";
    wedge_heals: bool = false, "A load balancer that was refused is made after all, and its deployment goes on, once the faults are cleared; off: nothing tries again.";
    first_deployment_stop: FirstDeploymentStop = FirstDeploymentStop::Stopped, "How the first deployment of a service takes a StopServiceDeployment; REFUSED is a ConflictException.";
    refused_removal_status: RefusedRemovalStatus = RefusedRemovalStatus::Failed, "The status of managed resources that the infrastructure role may not remove.";
    create_on_active_error_text: String = "Creation of service was not idempotent.".to_owned(), "The message of the InvalidParameterException for creating over an ACTIVE name.";
    status_reason: String = String::new(), "The status.statusReason of every Express service; empty: there is none.";
    min_task_count_zero_allowed: bool = true, "minTaskCount 0 is accepted.";
    omitted_container_members_reset: bool = false, "Members left out of primaryContainer in an update go back to their defaults; off: they are kept.";
    empty_command_clears: bool = true, "command [] in an update clears the command; off: it is kept.";
    empty_task_role_clears: bool = false, "taskRoleArn \"\" in an update clears the role; off: it is refused.";
    cpu_without_memory_uses_stored: bool = true, "cpu sent alone is checked against the stored memory; off: memory goes back to its default.";
    stop_abort_allowed: bool = false, "StopServiceDeployment takes stopType ABORT (the enum has it, the documentation does not).";
    not_found_is_invalid_parameter: bool = false, "Describe, Update and Delete of what is not there answer InvalidParameterException \"Resource not found\".";
    express_update_drains_task_definition_bucket: bool = false, "An Express update also takes a token of the task definition bucket (1 per second).";
    architecture_is_detected: bool = true, "An image made for the other architecture runs there (ServiceRevision.overrides); off: it crashes with an exec format error.";
    detected_architecture_reads_back: bool = true, "cpuArchitecture reads back as what was detected, not as what was sent.";
    quirk_managed_security_group: bool = true, "Quirk: with one or no security group sent, a managed one is read back too.";
    quirk_order_shuffled: bool = true, "Quirk: environment, secrets, subnets, security groups, tags and activeConfigurations come in any order.";
    quirk_cluster_as_arn: bool = true, "Quirk: cluster reads back as an ARN; off: as it was sent.";
    quirk_empty_command: bool = true, "Quirk: command reads back [] when none was set.";
    quirk_defaults_populated: bool = true, "Quirk: scalingTarget, awsLogsConfiguration and networkConfiguration read back when they were never sent.";
    quirk_endpoint_without_scheme: bool = true, "Quirk: the endpoint has no https:// before it.";
    quirk_unknown_lifecycle_stage: bool = true, "Quirk: the stage PRE_PRODUCTION_TRAFFIC_SHIFT is reported, which the enum does not have.";
    quirk_missing_after_list: bool = true, "Quirk: for a moment, a deployment or revision that is listed is MISSING when described.";
    quirk_configuration_lag: bool = true, "Quirk: activeConfigurations, currentDeployment and the endpoint appear some seconds after the create.";
}

impl Switches {
    fn quirks_off(&mut self) {
        self.quirk_managed_security_group = false;
        self.quirk_order_shuffled = false;
        self.quirk_cluster_as_arn = false;
        self.quirk_empty_command = false;
        self.quirk_defaults_populated = false;
        self.quirk_endpoint_without_scheme = false;
        self.quirk_unknown_lifecycle_stage = false;
        self.quirk_missing_after_list = false;
        self.quirk_configuration_lag = false;
    }
}
