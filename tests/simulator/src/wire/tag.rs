//! The shapes of tags.
use super::shapes;

shapes! {
    Tag { key: String, value: String }
    TagResourceRequest { resource_arn: String, tags: Vec<Tag> }
    TagResourceResponse {}
    UntagResourceRequest { resource_arn: String, tag_keys: Vec<String> }
    UntagResourceResponse {}
    ListTagsForResourceRequest { resource_arn: String }
    ListTagsForResourceResponse { tags: Vec<Tag> }
}
