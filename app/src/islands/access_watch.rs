//! Tells whoever has a page open that their access changed: what the page offers may not be so any more.

use leptos::prelude::*;

/// Asks now and then, and when the person comes back to the page, whether they still hold what the page was made for.
#[component]
pub fn AccessWatch(
    /// The organization's id.
    organization: String,
    /// What they held when the page was made.
    stamp: String,
) -> impl IntoView {
    view! {
        <template id="template-access">
            <div class="note -warn access-note" role="alert">
                <div class="note-body">
                    <p class="note-title">"Your access changed"</p>
                    <p>"What this page offers may be different now. What you typed is still here."</p>
                    <div class="note-actions"><a class="btn -small" href="">"Reload the page"</a></div>
                </div>
            </div>
        </template>
        <Watcher organization stamp />
    }
}

/// Renders nothing until there is something to say.
#[island]
fn Watcher(organization: String, stamp: String) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    watch::start(organization, stamp);
    #[cfg(not(feature = "hydrate"))]
    let _ = (organization, stamp);
}

#[cfg(feature = "hydrate")]
mod watch {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;

    use leptos::ev;
    use leptos::prelude::{document, set_interval, window};
    use leptos::task::spawn_local;
    use web_sys::UrlSearchParams;

    use crate::islands::browser::{first, from_template, hear, set};
    use crate::islands::forms;

    /// Often enough that nobody works for long on a page that is no longer true.
    const EVERY: Duration = Duration::from_secs(15);
    const ASK: &str = "/rpc/account/access";

    /// What is asked about, and whether the answer was given already.
    struct Watch {
        organization: String,
        stamp: String,
        told: Cell<bool>,
    }

    pub fn start(organization: String, stamp: String) {
        let watch = Rc::new(Watch {
            organization,
            stamp,
            told: Cell::new(false),
        });
        let (now_and_then, coming_back) = (Rc::clone(&watch), watch);
        set_interval(move || ask(&now_and_then), EVERY);
        hear(ev::visibilitychange, move |_| ask(&coming_back));
    }

    /// Asks, as long as the page is looked at and nothing was said yet.
    fn ask(watch: &Rc<Watch>) {
        if document().hidden() || watch.told.get() {
            return;
        }
        let watch = Rc::clone(watch);
        spawn_local(async move {
            if let Some(true) = changed(&watch).await {
                watch.told.set(true);
                tell();
            }
        });
    }

    /// Whether they hold something else now; none while the server is away.
    async fn changed(watch: &Watch) -> Option<bool> {
        let body = UrlSearchParams::new().ok()?;
        body.append("organization", &watch.organization);
        let response = forms::fetch(ASK, &body).await?;
        match response.status() {
            200 => {
                let text = forms::text_of(&response).await?;
                Some(text.trim_matches('"') != watch.stamp)
            }
            401 | 404 => Some(true),
            _ => None,
        }
    }

    fn tell() {
        let (Some(main), Some(note)) = (first("#main"), from_template("template-access")) else {
            return;
        };
        if let Some(link) = note.query_selector("a").ok().flatten() {
            set(
                &link,
                "href",
                &window().location().href().unwrap_or_default(),
            );
        }
        let _ = main.prepend_with_node_1(&note);
    }
}
