//! Sends forms without leaving the page, so that nothing typed is lost when something is wrong.

use domain::ApiError;
use leptos::ev;
use leptos::prelude::window;
use leptos::server_fn::error::FromServerFnError;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Element, FormData, Headers, HtmlElement, HtmlFormElement, RequestInit, Response,
    SubmitEvent, UrlSearchParams,
};

use super::browser::{all, all_in, first_in, hear, set, unset};
use super::{form_errors, guard};

const OURS: &str = "form[method=post][action^='/rpc/']";
/// Marks a form that is on its way.
const SENDING: &str = "data-sending";

/// Takes over every form that posts to a server function.
pub fn listen() {
    // The server knows the rules and says them all at once, in the page's own words.
    for form in all(OURS) {
        set(&form, "novalidate", "");
    }
    hear(ev::submit, |event| {
        let _ = submitted(&event);
    });
    // The browser may bring a page back as it was left: with a form that looks busy for ever.
    hear(ev::pageshow, |_| {
        all(&format!("form[{SENDING}]")).iter().for_each(rest)
    });
}

/// `None` leaves the form to the browser.
fn submitted(event: &SubmitEvent) -> Option<()> {
    let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
    if event.default_prevented() || !form.matches(OURS).unwrap_or(false) {
        return None;
    }
    let button = event.submitter();
    let action = button
        .as_ref()
        .and_then(|button| button.get_attribute("formaction"))
        .or_else(|| form.get_attribute("action"))?;
    let body = body_of(&form, button.as_ref())?;
    event.prevent_default();
    if !form.has_attribute(SENDING) {
        let button = button.or_else(|| first_in(&form, "button[type=submit]")?.dyn_into().ok());
        start(&form, button.as_ref());
        spawn_local(send(form, action, body));
    }
    Some(())
}

/// What the browser itself would send.
fn body_of(form: &HtmlFormElement, button: Option<&HtmlElement>) -> Option<UrlSearchParams> {
    let fields = FormData::new_with_form(form).ok()?;
    let body = UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()?;
    let name = button
        .and_then(|button| button.get_attribute("name"))
        .filter(|name| !name.is_empty());
    if let (Some(name), Some(button)) = (name, button) {
        body.append(&name, &button.get_attribute("value").unwrap_or_default());
    }
    Some(body)
}

async fn send(form: HtmlFormElement, action: String, body: UrlSearchParams) {
    form_errors::clear(&form);
    match post(&action, &body).await {
        Ok(next) => leave(&form, &next),
        // What was filled in would not survive the way to the sign-in page and back.
        Err(ApiError::Unauthenticated) if form_errors::has_fields(&form) => {
            rest(&form);
            form_errors::show_signed_out(&form);
        }
        Err(ApiError::Unauthenticated) => leave(&form, &sign_in()),
        Err(error) => {
            rest(&form);
            form_errors::show(&form, &error);
        }
    }
}

/// Where to go next, or what is wrong.
async fn post(action: &str, body: &UrlSearchParams) -> Result<String, ApiError> {
    let response = fetch(action, body).await.ok_or(ApiError::Unreachable)?;
    if response.ok() {
        return Ok(response
            .headers()
            .get("location")
            .ok()
            .flatten()
            .unwrap_or_default());
    }
    let kind = response
        .headers()
        .get("content-type")
        .ok()
        .flatten()
        .unwrap_or_default();
    if !kind.contains("json") {
        // Whoever answered was not Gatehouse: a proxy whose server is away.
        return Err(ApiError::Unreachable);
    }
    Err(text_of(&response)
        .await
        .map_or(ApiError::Unreachable, |text| ApiError::de(text.into())))
}

pub(super) async fn fetch(action: &str, body: &UrlSearchParams) -> Option<Response> {
    fetch_until(action, body, None).await
}

/// As [`fetch`], until nobody wants to know any more.
pub(super) async fn fetch_until(
    action: &str,
    body: &UrlSearchParams,
    signal: Option<&AbortSignal>,
) -> Option<Response> {
    let headers = Headers::new().ok()?;
    headers.set("Accept", "application/json").ok()?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(body);
    request.set_signal(signal);
    JsFuture::from(window().fetch_with_str_and_init(action, &request))
        .await
        .ok()?
        .dyn_into()
        .ok()
}

pub(super) async fn text_of(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?)
        .await
        .ok()?
        .as_string()
}

/// Goes on from a form that has arrived. Where another form holds something the browser asks first, and whoever stays
/// finds this one usable.
fn leave(form: &Element, next: &str) {
    if !guard::release(form) {
        rest(form);
    }
    go(next);
}

/// Shows the page a form leads to; the page one is on anew when it is that.
fn go(next: &str) {
    let location = window().location();
    let here = [location.pathname(), location.search()]
        .map(Result::unwrap_or_default)
        .concat();
    let shown = match next.split('#').next().unwrap_or_default() {
        "" => location.reload(),
        same if same == here => location.reload(),
        _ => location.assign(next),
    };
    if shown.is_err() {
        leptos::logging::error!("cannot open {next}");
    }
}

/// The sign-in page, which leads back to this one.
fn sign_in() -> String {
    let location = window().location();
    let here = [location.pathname(), location.search()]
        .map(Result::unwrap_or_default)
        .concat();
    UrlSearchParams::new().map_or("/sign-in".to_owned(), |query| {
        query.append("next", &here);
        format!("/sign-in?{}", String::from(query.to_string()))
    })
}

fn start(form: &Element, button: Option<&HtmlElement>) {
    set(form, SENDING, "");
    if let Some(button) = button {
        set(button, "aria-busy", "true");
        set(button, "aria-disabled", "true");
    }
}

fn rest(form: &Element) {
    unset(form, SENDING);
    for button in all_in(form, "[aria-busy=true]") {
        unset(&button, "aria-busy");
        unset(&button, "aria-disabled");
    }
}
