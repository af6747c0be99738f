//! What the API server refused, without what it quotes: it repeats the values that it does not take.

use kube::Error;
use kube::core::Status;

/// An error in one line that may be logged.
pub fn said(error: &Error) -> String {
    match error {
        Error::Api(status) => of_status(status),
        Error::SerdeError(_) => "an answer that cannot be read".to_owned(),
        other => other.to_string(),
    }
}

fn of_status(status: &Status) -> String {
    let Status { code, reason, message, .. } = status;
    match code {
        401 | 403 | 404 | 409 | 410 | 429 | 503 | 504 => format!("{message} ({code} {reason})"),
        _ => {
            let about: Vec<String> =
                [format!("{code} {reason}").trim().to_owned()].into_iter().chain(fields(status)).collect();
            format!("refused: {}", about.join(", "))
        }
    }
}

/// Whether the API server does not take the object as it is: it was stored under another CRD, and a rule of this one stumbles
/// over it. Every write to it is refused until it is corrected. (A refused status would be a defect of ours.)
pub fn is_about_the_object(error: &Error) -> bool {
    let is_of_the_status = || fields_of(error).iter().any(|field| field.starts_with("status"));
    matches!(error, Error::Api(status) if status.code == 422) && !is_of_the_status()
}

/// The fields that a refusal names.
pub fn fields_of(error: &Error) -> Vec<String> {
    match error {
        Error::Api(status) => fields(status).collect(),
        _ => Vec::new(),
    }
}

fn fields(status: &Status) -> impl Iterator<Item = String> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let mut fields: Vec<String> =
        causes.map(|cause| cause.field.clone()).filter(|field| !field.is_empty() && field != "<nil>").collect();
    fields.dedup();
    fields.into_iter()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn refused(code: u16, message: &str, field: &str) -> Error {
        let status = json!({
            "status": "Failure", "code": code, "reason": "Invalid", "message": message,
            "details": {"causes": [{"field": field, "message": message, "reason": "FieldValueInvalid"}]},
        });
        Error::Api(Box::new(serde_json::from_value(status).unwrap()))
    }

    /// As of Kubernetes 1.37: `Invalid value: "…"`, and, of server-side apply, `expected map, got &{…}`.
    #[test]
    fn what_is_refused_is_named_by_its_field_and_never_quoted() {
        let text = said(&refused(422, "spec.cpu: Invalid value: \"hunter2\"", "spec.cpu"));
        assert_eq!(text, "refused: 422 Invalid, spec.cpu");
        assert_eq!(said(&refused(500, ".spec: expected map, got &{hunter2}", "<nil>")), "refused: 500 Invalid");
        let broken = serde_json::from_str::<bool>("\"hunter2\"").unwrap_err();
        assert!(!said(&Error::SerdeError(broken)).contains("hunter2"));
    }

    #[test]
    fn a_refusal_is_about_the_object_unless_it_names_the_status() {
        assert!(is_about_the_object(&refused(422, "no", "spec.cpu")));
        assert!(is_about_the_object(&refused(422, "no", "<nil>")));
        assert!(!is_about_the_object(&refused(422, "no", "status.revisions")));
        assert!(!is_about_the_object(&refused(409, "no", "spec.cpu")));
    }

    #[test]
    fn what_quotes_nothing_is_said_in_full() {
        let text = said(&refused(403, "cannot patch resource \"expressgatewayservices/status\"", ""));
        assert_eq!(text, "cannot patch resource \"expressgatewayservices/status\" (403 Invalid)");
    }
}
