//! Tags.
use crate::given::*;
use express_simulator::model::{ErrorKind, ServiceKey};
use express_simulator::wire::*;

fn tag_web(pairs: &[(&str, &str)]) -> TagResourceRequest {
    TagResourceRequest { resource_arn: Some(arn("web")), tags: Some(tags(pairs)) }
}

fn sorted(mut tags: Vec<Tag>) -> Vec<Tag> {
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    tags
}

/// Create takes tags; TagResource and UntagResource change them on the service's ARN.
/// [O] terraform-provider-aws, ecspresso
#[test]
fn tags_are_set_changed_and_removed() {
    let mut story = Story::begins();
    story
        .create(CreateExpressGatewayServiceRequest { tags: Some(tags(&[("a", "1"), ("b", "2")])), ..web("nginx:1") })
        .unwrap();
    story.tag(tag_web(&[("b", "3"), ("c", "4")])).unwrap();
    let keys = strings(&["a"]);
    story.untag(UntagResourceRequest { resource_arn: Some(arn("web")), tag_keys: keys }).unwrap();
    assert_eq!(sorted(story.web().tags.unwrap()), tags(&[("b", "3"), ("c", "4")]));
    let listed = story.list_tags(ListTagsForResourceRequest { resource_arn: Some(arn("web")) }).unwrap();
    assert_eq!(listed.tags.unwrap(), tags(&[("b", "3"), ("c", "4")]));
}

/// Tags are read only with include TAGS.
/// [M] botocore ECS model: DescribeExpressGatewayServiceRequest
#[test]
fn tags_are_read_only_when_asked_for() {
    let mut story = Story::begins();
    story.create(CreateExpressGatewayServiceRequest { tags: Some(tags(&[("a", "1")])), ..web("nginx:1") }).unwrap();
    let plain = DescribeExpressGatewayServiceRequest { service_arn: Some(arn("web")), include: None };
    assert_eq!(story.describe(plain).unwrap().service.unwrap().tags, None);
    assert_eq!(story.classic().tags, None);
    assert_eq!(story.web().tags.unwrap().len(), 1);
}

/// Tagging makes no deployment.
/// [I] nothing in a task changes
#[test]
fn tagging_makes_no_deployment() {
    let mut story = Story::begins().where_web_runs();
    let before = story.web();
    story.tag(tag_web(&[("a", "1")])).unwrap();
    assert_eq!(story.deployments().len(), 1);
    assert_eq!(story.web().updated_at, before.updated_at);
}

/// A tag that comes later is on new tasks only.
/// [D] GitHub Action amazon-ecs-deploy-express-service: README
#[test]
fn a_later_tag_is_on_new_tasks_only() {
    let mut story = Story::begins().where_web_runs();
    story.tag(tag_web(&[("a", "1")])).unwrap();
    let tags_of_the_task = |story: &mut Story| {
        let arns = story.list_tasks(ListTasksRequest::default()).unwrap().task_arns;
        let request = DescribeTasksRequest { tasks: arns, include: strings(&["TAGS"]), ..Default::default() };
        story.describe_tasks(request).unwrap().tasks.unwrap()[0].tags.clone().unwrap()
    };
    assert_eq!(tags_of_the_task(&mut story), []);
    story.image("nginx:2");
    story.settles();
    assert_eq!(tags_of_the_task(&mut story), tags(&[("a", "1")]));
}

/// A service has at most 50 tags.
/// [M] botocore ECS model: CreateExpressGatewayServiceRequest
#[test]
fn a_service_has_at_most_50_tags() {
    let names: Vec<String> = (0..51).map(|number| format!("k{number}")).collect();
    let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    let with =
        |count: usize| CreateExpressGatewayServiceRequest { tags: Some(tags(&pairs[..count])), ..web("nginx:1") };
    refused_about(Story::begins().create(with(51)), ErrorKind::InvalidParameter, "50");
    let mut story = Story::begins();
    story.create(with(50)).unwrap();
    refused_about(story.tag(tag_web(&[("one-more", "v")])), ErrorKind::LimitExceeded, "50");
}

/// Keys have 1 to 128 and values 0 to 256 characters of a set; keys of aws: are reserved.
/// [M] botocore ECS model: TagKey, TagValue
#[test]
fn tags_have_their_characters_and_lengths() {
    let mut story = Story::begins().where_web_runs();
    let long = "x".repeat(257);
    for (key, value) in [("", "v"), (&long[..129], "v"), ("k", &long), ("k#", "v"), ("k", "a\nb"), ("aws:mine", "v")] {
        let refused = story.tag(tag_web(&[(key, value)])).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::InvalidParameter, "{key:?} {value:?}");
    }
    story.tag(tag_web(&[("expressway.dev/owner", "team a+b=c:d_e@f-g"), ("größe", "")])).unwrap();
}

/// Tags of what is not there: ResourceNotFoundException, but InvalidParameterException for listing them.
/// [M] botocore ECS model: errors of the tag operations
#[test]
fn tags_of_what_is_not_there() {
    let mut story = Story::begins();
    refused_about(story.tag(tag_web(&[("a", "1")])), ErrorKind::ResourceNotFound, "not found");
    let list = ListTagsForResourceRequest { resource_arn: Some(arn("web")) };
    refused_about(story.list_tags(list), ErrorKind::InvalidParameter, "not found");
}

/// AWS itself can tag a service, with keys that a caller cannot set.
/// [M] botocore ECS model: Tag
#[test]
fn aws_tags_a_service_itself() {
    let mut story = Story::begins().where_web_runs();
    let key = ServiceKey::new("default", "web");
    assert!(story.model.tag_as_aws(&key, "cloudformation:stack-name", "shop", story.now));
    assert_eq!(story.web().tags, Some(tags(&[("aws:cloudformation:stack-name", "shop")])));
    assert!(!story.model.tag_as_aws(&ServiceKey::new("default", "cart"), "a", "b", story.now), "there is none");
}

/// A service takes 50 tags and not one more.
/// [M] botocore ECS model: TagResourceRequest
#[test]
fn a_service_takes_fifty_tags() {
    let mut story = Story::begins().where_web_runs();
    let all: Vec<String> = (0..51).map(|n| n.to_string()).collect();
    let pairs: Vec<(&str, &str)> = all.iter().map(|key| (key.as_str(), "")).collect();
    story.tag(tag_web(&pairs[..50])).unwrap();
    refused_about(story.tag(tag_web(&pairs[50..])), ErrorKind::LimitExceeded, "50");
    assert_eq!(story.web().tags.unwrap().len(), 50);
}

/// Clusters and task definitions have tags, too.
/// [M] botocore ECS model: TagResourceRequest
#[test]
fn clusters_and_task_definitions_have_tags() {
    let mut story = Story::begins().where_web_runs();
    let cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/default".to_owned();
    let definition = story.configuration().task_definition_arn.unwrap();
    for resource in [cluster, definition.clone()] {
        let tagged = Some(tags(&[("team", "shop")]));
        story.tag(TagResourceRequest { resource_arn: Some(resource.clone()), tags: tagged.clone() }).unwrap();
        let listed = story.list_tags(ListTagsForResourceRequest { resource_arn: Some(resource) }).unwrap();
        assert_eq!(listed.tags, tagged);
    }
    for (include, expected) in [(None, None), (strings(&["TAGS"]), Some(tags(&[("team", "shop")])))] {
        let request = DescribeTaskDefinitionRequest { task_definition: Some(definition.clone()), include };
        assert_eq!(story.describe_task_definition(request).unwrap().tags, expected);
    }
}

/// A key has up to 128 characters and a value up to 256.
/// [M] botocore ECS model: Tag
#[test]
fn keys_and_values_have_their_lengths() {
    let mut story = Story::begins().where_web_runs();
    let text = |length: usize| "a".repeat(length);
    story.tag(tag_web(&[(&text(128), &text(256))])).unwrap();
    for (key, value) in [(129, 1), (1, 257)] {
        assert!(story.tag(tag_web(&[(&text(key), &text(value))])).is_err(), "{key}, {value}");
    }
}
