//! Every annotation, AWS tag, finalizer and field-manager name, each written down once.

/// API group of the custom resources, and prefix of every name below.
pub const GROUP: &str = "expressway.dev";

/// Finalizer on every object whose AWS service this controller may have created.
/// It goes only when ECS reports the service `INACTIVE` or absent.
pub const FINALIZER: &str = "expressway.dev/finalizer";

/// Field manager of every server-side apply.
pub const FIELD_MANAGER: &str = "expressway";

/// Annotation: any new value lets a spec that was rolled back be sent once more.
pub const RETRY_REQUESTED_AT: &str = "expressway.dev/retry-requested-at";

/// Annotation: any new value stops the deployment in flight, and ECS goes back to the revision before.
pub const ROLLBACK_REQUESTED_AT: &str = "expressway.dev/rollback-requested-at";

/// Annotation: any new value has ECS read now.
pub const RECONCILE_REQUESTED_AT: &str = "expressway.dev/reconcile-requested-at";

/// Annotation: the same, in the words of Flux's tools (`fluxcd/pkg/apis/meta`, `ReconcileRequestAnnotation`).
pub const FLUX_RECONCILE_REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// Annotation: the hash of the plan in `status.plan` that may run, where the policy asks for approval.
pub const APPROVED_PLAN: &str = "expressway.dev/approved-plan";

/// Annotation: `"true"` stops every write to AWS, as `spec.management.suspend` does; for emergencies.
pub const SUSPENDED: &str = "expressway.dev/suspended";

/// Prefix of the AWS tags that belong to this controller. A user's tag may not start with it.
pub const TAG_PREFIX: &str = "expressway.dev/";

/// AWS tag: the id of the Kubernetes cluster that owns the service.
pub const TAG_CLUSTER_ID: &str = "expressway.dev/cluster-id";

/// AWS tag: the namespace of the owning object.
pub const TAG_NAMESPACE: &str = "expressway.dev/namespace";

/// AWS tag: the name of the owning object.
pub const TAG_NAME: &str = "expressway.dev/name";

/// AWS tag: the uid of the owning object. It tells an object from a namesake that came before it.
pub const TAG_UID: &str = "expressway.dev/uid";

/// AWS tag: what wrote the tags; its value is [`MANAGED_BY`].
pub const TAG_MANAGED_BY: &str = "expressway.dev/managed-by";

/// Value of [`TAG_MANAGED_BY`].
pub const MANAGED_BY: &str = "expressway";

/// AWS tag: the hash of the spec whose rollout failed last. Written only after a failure, so that the memory of it
/// outlives the object's status.
pub const TAG_FAILED_SPEC_HASH: &str = "expressway.dev/failed-spec-hash";

/// Every AWS tag of this controller.
pub const OWN_TAGS: [&str; 6] =
    [TAG_CLUSTER_ID, TAG_NAMESPACE, TAG_NAME, TAG_UID, TAG_MANAGED_BY, TAG_FAILED_SPEC_HASH];

/// Most tags that AWS takes for a service (botocore ECS model: `TagResource`).
pub const SERVICE_TAGS: usize = 50;

/// Most tags that a spec may have: ours are among those that AWS takes.
pub const USER_TAGS: usize = SERVICE_TAGS - OWN_TAGS.len();
