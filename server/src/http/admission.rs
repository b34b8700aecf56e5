//! Who is asking, and whether this door is theirs.

use std::net::SocketAddr;
use std::sync::Arc;

use app::context::{cookie, percent_encoded, safe_next};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{LOCATION, REFERER, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::{ApiError, RequestId, Tool};
use service::{Actor, Caller};

use super::refusal::accepts_html;
use super::routes::{Audience, Door, Route, RouteTable};
use super::{Refusal, Site, observe};

/// Longest user agent that is kept, in characters.
const USER_AGENT_LIMIT: usize = 200;
const SIGN_IN: &str = "/sign-in";

/// The doors of a site.
#[derive(Clone)]
pub struct Doors {
    /// The site.
    pub site: Site,
    /// Who may come in where.
    pub table: Arc<RouteTable>,
}

/// Finds out who is asking and lets them in, or says where to sign in. From here on the request carries a [`Caller`].
pub async fn admit(State(doors): State<Doors>, mut request: Request, next: Next) -> Response {
    let entry = request
        .extensions()
        .get::<MatchedPath>()
        .and_then(|path| doors.table.find(path.as_str()));
    let Some(entry) = entry else {
        return Refusal::not_found().into_response();
    };
    if entry.door == Door::Asset {
        return next.run(request).await;
    }
    let Some(id) = request.extensions().get::<RequestId>().copied() else {
        return Refusal::internal().into_response();
    };
    let caller = match identify(
        &doors.site,
        entry,
        request.headers(),
        request.extensions().get(),
        id,
    )
    .await
    {
        Ok(caller) => caller,
        // Whoever cannot be recognized is nobody's guest: a failure never opens a door.
        Err(error) => return Refusal::of(error.for_wire(id)).into_response(),
    };
    observe::note_actor(&caller);
    if entry.audience != Audience::Public && caller.person().is_none() {
        return turn_away(&doors.site, entry, &request);
    }
    request.extensions_mut().insert(entry);
    request.extensions_mut().insert(caller);
    next.run(request).await
}

async fn identify(
    site: &Site,
    entry: Route,
    headers: &HeaderMap,
    peer: Option<&ConnectInfo<SocketAddr>>,
    id: RequestId,
) -> service::Result<Caller> {
    let found = match cookie(headers, site.cookies().session()) {
        Some(token) if entry.is_asked_by_pages() => site.service().recognize(token).await?,
        Some(token) => site.service().authenticate(token).await?,
        None => None,
    };
    let (actor, session) = match found {
        Some((person, session)) => (Actor::Person(person), Some(session)),
        None => (Actor::Nobody, None),
    };
    let network = site
        .client_address(peer, headers)
        .map(|address| address.to_string())
        .unwrap_or_default();
    Ok(Caller {
        actor,
        session,
        tool: Tool::Console,
        request: id,
        network,
        user_agent: user_agent(headers),
    })
}

fn user_agent(headers: &HeaderMap) -> String {
    let sent = headers
        .get(USER_AGENT)
        .map(|agent| String::from_utf8_lossy(agent.as_bytes()))
        .unwrap_or_default();
    sent.chars()
        .filter(|c| !c.is_control())
        .take(USER_AGENT_LIMIT)
        .collect()
}

/// Programs are told to sign in; people are shown where, and come back afterwards.
fn turn_away(site: &Site, entry: Route, request: &Request) -> Response {
    let headers = request.headers();
    let back = match entry.door {
        Door::Function | Door::Download if !accepts_html(headers) => {
            return Refusal::of(ApiError::Unauthenticated).into_response();
        }
        Door::Function | Door::Download => headers
            .get(REFERER)
            .and_then(|referer| local_path(site, referer)),
        Door::Page | Door::Fixed | Door::Asset => {
            request.uri().path_and_query().map(ToString::to_string)
        }
    };
    see_other(&sign_in(back.as_deref()))
}

/// The sign-in page, leading back to `path` afterwards when that is a path of this site.
#[must_use]
pub fn sign_in(path: Option<&str>) -> String {
    match path.and_then(safe_next) {
        Some(path) if path != "/" => format!("{SIGN_IN}?next={}", percent_encoded(path)),
        _ => SIGN_IN.to_owned(),
    }
}

/// Path and query of an address of this site, as in `Referer`; none for other sites.
pub fn local_path(site: &Site, address: &HeaderValue) -> Option<String> {
    let uri: Uri = address.to_str().ok()?.parse().ok()?;
    if !uri
        .authority()
        .is_none_or(|authority| site.is_called(authority.as_str()))
    {
        return None;
    }
    safe_next(uri.path_and_query()?.as_str()).map(str::to_owned)
}

/// Go there with GET.
pub fn see_other(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}
