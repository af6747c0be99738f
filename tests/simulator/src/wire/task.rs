//! The shapes of tasks.
use super::{Failure, Tag, shapes};
use crate::time::Time;

shapes! {
    ListTasksRequest {
        cluster: String,
        family: String,
        next_token: String,
        max_results: i32,
        started_by: String,
        service_name: String,
        desired_status: String,
        launch_type: String,
    }
    ListTasksResponse { task_arns: Vec<String>, next_token: String }
    DescribeTasksRequest { cluster: String, tasks: Vec<String>, include: Vec<String> }
    DescribeTasksResponse { tasks: Vec<Task>, failures: Vec<Failure> }
    Task {
        availability_zone: String,
        capacity_provider_name: String,
        cluster_arn: String,
        containers: Vec<Container>,
        cpu: String,
        created_at: Time,
        desired_status: String,
        group: String,
        health_status: String,
        last_status: String,
        launch_type: String,
        memory: String,
        platform_version: String,
        platform_family: String,
        started_at: Time,
        started_by: String,
        stop_code: String,
        stopped_at: Time,
        stopped_reason: String,
        stopping_at: Time,
        tags: Vec<Tag>,
        task_arn: String,
        task_definition_arn: String,
        version: i64,
    }
    Container {
        container_arn: String,
        task_arn: String,
        name: String,
        image: String,
        image_digest: String,
        last_status: String,
        exit_code: i32,
        reason: String,
        health_status: String,
    }
}
