use domain::{ApiError, FieldError};
use http::request::Parts;
use leptos::context::use_context;
use server_fn::error::ServerFnUrlError;

/// Why a form without a script failed: Leptos brings the error back in the URL of the form's page. After several tries
/// the last one counts.
#[derive(Clone, Debug, Default)]
pub struct Failure(Option<ApiError>);

impl Failure {
    /// The error of the form that posts to this server function (`/rpc/project/create`), if that is why we are here.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let query = use_context::<Parts>()
            .and_then(|parts| parts.uri.query().map(str::to_owned))
            .unwrap_or_default();
        let value = |name: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .rfind(|(found, _)| *found == name)
                .map(|(_, value)| decoded(value))
        };
        match (value("__path"), value("__err")) {
            (Some(from), Some(error)) if from == path => {
                Self(Some(ServerFnUrlError::<ApiError>::decode_err(&error)))
            }
            _ => Self(None),
        }
    }
    /// What to say beside the field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        self.0
            .as_ref()
            .and_then(|error| error.for_field(name))
            .map(str::to_owned)
    }
    /// Everything wrong with fields, in the order of the form.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldError> {
        match &self.0 {
            Some(ApiError::Invalid { fields }) => fields.clone(),
            _ => Vec::new(),
        }
    }
    /// True when the form comes back.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        self.0.is_some()
    }
    /// What to say above the form.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        self.0.as_ref().map(ToString::to_string)
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let code = std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                bytes.push(code.unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use leptos::context::provide_context;
    use leptos::prelude::Owner;

    use super::*;

    const CREATE: &str = "/rpc/project/create";

    /// What a page at `/o/acme` followed by these failures reads.
    fn failure(failures: &[(&str, ApiError)], of: &str) -> Failure {
        let mut url = "http://localhost/o/acme?new=project".to_owned();
        for (path, error) in failures {
            url = ServerFnUrlError::new(path, error.clone())
                .to_url(&url)
                .unwrap()
                .to_string();
        }
        let (parts, ()) = http::Request::get(url).body(()).unwrap().into_parts();
        Owner::new().with(|| {
            provide_context(parts);
            Failure::of(of)
        })
    }

    #[test]
    fn a_form_reads_its_own_failure() {
        let error = ApiError::field("name", "Another project here has this name; “ä&b=c”.");
        let failures = [(CREATE, error)];
        let own = failure(&failures, CREATE);
        assert_eq!(
            own.field("name").as_deref(),
            Some("Another project here has this name; “ä&b=c”.")
        );
        assert_eq!((own.field("description"), own.fields().len()), (None, 1));
        assert_eq!(failure(&failures, "/rpc/project/edit").summary(), None);
        assert_eq!(failure(&[], CREATE).summary(), None);
    }

    #[test]
    fn of_several_tries_the_last_counts() {
        let tries = [
            (CREATE, ApiError::field("name", "Enter a name.")),
            (CREATE, ApiError::Busy),
        ];
        assert_eq!(
            failure(&tries, CREATE).summary(),
            Some(ApiError::Busy.to_string())
        );
    }

    #[test]
    fn a_failure_that_somebody_made_up_is_not_shown_as_it_is() {
        let (parts, ()) =
            http::Request::get("http://localhost/?__path=/rpc/project/create&__err=PGI-%zz")
                .body(())
                .unwrap()
                .into_parts();
        let made_up = Owner::new().with(|| {
            provide_context(parts);
            Failure::of(CREATE)
        });
        assert_eq!(made_up.summary(), Some(ApiError::BadRequest.to_string()));
    }
}
