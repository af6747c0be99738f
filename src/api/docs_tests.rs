//! `crds/README.md` says what the code says: no field, condition or reason is missing, and no row stands for none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, JSONSchemaPropsOrArray};
use kube::core::cel::Validator;
use strum::{EnumMessage, IntoEnumIterator};

use super::management::Management;
use super::{ConditionType, ExpressGatewayService, Reason, crd, names};

const README: &str = include_str!("../../crds/README.md");

#[test]
fn every_spec_field_has_its_row_with_its_bounds() {
    let documented = table("Spec").into_iter().map(|row| [&row[..3], &row[5..]].concat()).collect();
    let expected = fields("spec")
        .into_iter()
        .filter(|field| !is_ours(field))
        .map(|field| {
            let member = field.path.trim_start_matches("spec.");
            vec![format!("`{}`", field.path), field.kind, field.bounds, format!("`{member}`"), field.meaning]
        })
        .collect();
    same_rows(documented, expected);
}

/// AWS knows nothing of `spec.management`.
fn is_ours(field: &Field) -> bool {
    field.path.starts_with("spec.management")
}

#[test]
fn every_policy_has_its_row_with_its_default() {
    let documented = table("Management").into_iter().map(|row| [&row[..3], &row[4..]].concat()).collect();
    let expected = fields("spec")
        .into_iter()
        .filter(is_ours)
        .map(|field| vec![format!("`{}`", field.path), field.kind, field.bounds, field.meaning])
        .collect();
    same_rows(documented, expected);
}

#[test]
fn a_field_is_called_required_when_the_schema_requires_it() {
    let documented: Vec<String> =
        table("Spec").into_iter().filter(|row| row[3] == "required").map(|row| row[0].clone()).collect();
    let required: Vec<String> =
        fields("spec").into_iter().filter(|field| field.required).map(|field| format!("`{}`", field.path)).collect();
    assert_eq!(documented, required);
}

#[test]
fn every_status_field_has_its_row() {
    let expected = fields("status")
        .into_iter()
        .filter(|field| !field.path.starts_with("status.conditions[]"))
        .map(|field| vec![format!("`{}`", field.path), field.kind, field.meaning])
        .collect();
    same_rows(table("Status"), expected);
}

#[test]
fn every_condition_has_its_row() {
    let documented = table("Conditions").into_iter().map(|row| row[..2].to_vec()).collect();
    let expected = ConditionType::iter()
        .map(|kind| vec![format!("`{kind}`"), kind.get_documentation().unwrap().to_owned()])
        .collect();
    same_rows(documented, expected);
}

#[test]
fn every_reason_has_its_row_and_something_to_do() {
    let documented = table("Reasons");
    for row in &documented {
        assert!(!row[3].is_empty(), "{} has nothing to do", row[0]);
        for condition in row[1].split(", ") {
            let condition = condition.trim_matches('`');
            assert!(condition.parse::<ConditionType>().is_ok(), "{}: {condition}", row[0]);
        }
    }
    let documented = documented.into_iter().map(|row| vec![row[0].clone(), row[2].clone()]).collect();
    let expected = Reason::iter()
        .map(|reason| vec![format!("`{reason}`"), reason.get_documentation().unwrap().to_owned()])
        .collect();
    same_rows(documented, expected);
}

#[test]
fn every_column_has_its_row() {
    let columns = crd().spec.versions[0].additional_printer_columns.clone().unwrap();
    let expected = columns
        .into_iter()
        .map(|column| {
            let wide = if column.priority == Some(1) { "wide" } else { "always" };
            vec![column.name.to_uppercase(), wide.to_owned(), format!("`{}`", column.json_path)]
        })
        .collect();
    let documented = table("Columns").into_iter().map(|row| row[..3].to_vec()).collect();
    same_rows(documented, expected);
}

#[test]
fn every_selectable_field_has_its_row() {
    let selectable = crd().spec.versions[0].selectable_fields.clone().unwrap();
    let expected =
        selectable.into_iter().map(|field| vec![format!("`{}`", field.json_path.trim_start_matches('.'))]).collect();
    same_rows(first_cells("Field selectors"), expected);
}

#[test]
fn every_annotation_finalizer_and_tag_has_its_row() {
    let expected = names::OWN_TAGS
        .into_iter()
        .chain([
            names::FINALIZER,
            names::RETRY_REQUESTED_AT,
            names::ROLLBACK_REQUESTED_AT,
            names::APPROVED_PLAN,
            names::SUSPENDED,
        ])
        .chain([names::RECONCILE_REQUESTED_AT, names::FLUX_RECONCILE_REQUESTED_AT])
        .map(|name| vec![format!("`{name}`")])
        .collect();
    let mut documented = first_cells("Names");
    documented.retain(|row| row[0].starts_with('`'));
    same_rows(documented, expected);
}

fn first_cells(heading: &str) -> Vec<Vec<String>> {
    table(heading).into_iter().map(|row| row[..1].to_vec()).collect()
}

#[test]
fn the_example_is_accepted() {
    let yaml = README.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let service: ExpressGatewayService = serde_saphyr::from_str(yaml).unwrap();
    let object = serde_json::to_value(&service).unwrap();
    let as_written: serde_json::Value = serde_saphyr::from_str(yaml).unwrap();
    assert_eq!(object, as_written, "the example has members that the type does not know");

    let schema = serde_json::to_value(&crd().spec.versions[0].schema).unwrap();
    Validator::new().validate(&schema["openAPIV3Schema"], &object, None).unwrap();
}

#[test]
fn every_policy_has_an_example_that_is_accepted() {
    let mut object = serde_json::json!({
        "apiVersion": "expressway.dev/v1alpha1",
        "kind": "ExpressGatewayService",
        "metadata": {"name": "web"},
        "spec": {"infrastructureRoleArn": "arn:aws:iam::111122223333:role/i", "executionRoleArn": "arn:aws:iam::111122223333:role/e", "primaryContainer": {"image": "nginx:1"}},
    });
    let schema = serde_json::to_value(&crd().spec.versions[0].schema).unwrap();
    let section = README.split("\n## Management\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let examples: Vec<&str> =
        section.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let management = &schema["openAPIV3Schema"]["properties"]["spec"]["properties"]["management"]["properties"];
    let mut without: BTreeSet<&String> = management.as_object().unwrap().keys().collect();
    for example in examples {
        let written: serde_json::Value = serde_saphyr::from_str(example).unwrap();
        let management = &written["spec"]["management"];
        without.retain(|field| management.get(field.as_str()).is_none());
        let read: Management = serde_json::from_value(management.clone()).unwrap();
        assert_eq!(
            &serde_json::to_value(read).unwrap(),
            management,
            "{example} has members that the type does not know"
        );
        object["spec"]["management"] = management.clone();
        Validator::new().validate(&schema["openAPIV3Schema"], &object, None).unwrap();
    }
    assert!(without.is_empty(), "policies without an example: {without:?}");
}

/// One field of the schema, in the words of the README.
struct Field {
    path: String,
    kind: String,
    bounds: String,
    required: bool,
    meaning: String,
}

/// Every field below `part` of the object, by path.
fn fields(part: &str) -> Vec<Field> {
    let crd = crd();
    let root = crd.spec.versions[0].schema.as_ref().unwrap().open_api_v3_schema.as_ref().unwrap();
    let schema = &root.properties.as_ref().unwrap()[part];
    let mut found = Vec::new();
    collect(part, schema, &mut found);
    found
}

fn collect(path: &str, schema: &JSONSchemaProps, found: &mut Vec<Field>) {
    let required = schema.required.clone().unwrap_or_default();
    for (name, child) in schema.properties.iter().flatten() {
        let path = format!("{path}.{name}");
        found.push(Field {
            kind: kind(child),
            bounds: bounds(child),
            required: required.contains(name),
            meaning: child.description.clone().unwrap_or_default(),
            path: path.clone(),
        });
        collect(&path, child, found);
        if let Some(items) = items(child) {
            collect(&format!("{path}[]"), items, found);
        }
    }
}

fn items(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match &schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => Some(items),
        _ => None,
    }
}

fn kind(schema: &JSONSchemaProps) -> String {
    let plain = schema.type_.clone().unwrap_or_default();
    let Some(items) = items(schema) else {
        return if schema.format.as_deref() == Some("date-time") { "time".to_owned() } else { plain };
    };
    let of = items.type_.clone().unwrap_or_default();
    match (schema.x_kubernetes_list_type.as_deref(), &schema.x_kubernetes_list_map_keys) {
        (Some("map"), Some(keys)) => format!("list of {of}s by `{}`", keys.join("`, `")),
        (Some("set"), _) => format!("set of {of}s"),
        _ => format!("list of {of}s"),
    }
}

fn bounds(schema: &JSONSchemaProps) -> String {
    let words = schema.enum_.iter().flatten().map(|word| format!("`{}`", word.0.as_str().unwrap()));
    let parts: Vec<String> = [
        range(schema.minimum.map(|least| least as i64), schema.maximum.map(|most| most as i64), ""),
        range(schema.min_length, schema.max_length, " characters"),
        range(schema.min_items, schema.max_items, " items"),
        items(schema).and_then(|items| range(None, items.max_length, " characters each")),
    ]
    .into_iter()
    .flatten()
    .chain(words)
    .collect();
    parts.join(", ")
}

fn range(least: Option<i64>, most: Option<i64>, unit: &str) -> Option<String> {
    match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (None, None) => None,
    }
}

/// The cells of the table under the heading `## {heading}`.
fn table(heading: &str) -> Vec<Vec<String>> {
    let section = README.split(&format!("\n## {heading}\n")).nth(1).expect(heading);
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned());
        cells.collect()
    })
    .collect()
}

/// Both hold the same rows, in any order; what differs is named.
fn same_rows(documented: Vec<Vec<String>>, expected: Vec<Vec<String>>) {
    let line = |row: Vec<String>| format!("| {} |", row.join(" | "));
    let documented: BTreeSet<String> = documented.into_iter().map(line).collect();
    let expected: BTreeSet<String> = expected.into_iter().map(line).collect();
    let missing: Vec<&String> = expected.difference(&documented).collect();
    let extra: Vec<&String> = documented.difference(&expected).collect();
    assert!(missing.is_empty() && extra.is_empty(), "crds/README.md should say\n{missing:#?}\nand not\n{extra:#?}");
}
