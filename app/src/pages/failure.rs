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
        let query = use_context::<Parts>().and_then(|parts| parts.uri.query().map(str::to_owned)).unwrap_or_default();
        let value = |name: &str| {
            query.split('&').filter_map(|pair| pair.split_once('=')).rfind(|(found, _)| *found == name).map(|(_, value)| decoded(value))
        };
        match (value("__path"), value("__err")) {
            (Some(from), Some(error)) if from == path => Self(Some(ServerFnUrlError::<ApiError>::decode_err(&error))),
            _ => Self(None),
        }
    }
    /// What to say beside the field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> { self.0.as_ref().and_then(|error| error.for_field(name)).map(str::to_owned) }
    /// Everything wrong with fields, in the order of the form.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldError> {
        match &self.0 {
            Some(ApiError::Invalid { fields }) => fields.clone(),
            _ => Vec::new(),
        }
    }
    /// What to say above the form.
    #[must_use]
    pub fn summary(&self) -> Option<String> { self.0.as_ref().map(ToString::to_string) }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let code = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                bytes.push(code.unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
