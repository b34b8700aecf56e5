//! The palette: a search field over everything, in front of the page. It needs a script, which takes it out of its
//! template; without one the rail's link leads to the page of the same search.

use super::{Icon, IconName};
use domain::search::{SEARCH_LIMIT, Search};
use leptos::prelude::*;

/// The palette of a page, in a template until it is called for.
#[component]
pub fn Palette(
    /// The organization's id.
    #[prop(into)]
    organization: String,
    /// The page of the same search.
    #[prop(into)]
    action: String,
) -> impl IntoView {
    view! {
        <template id="template-palette">
            <dialog class="palette" id="palette" aria-label="Search everything" data-organization=organization>
                <form class="palette-head" method="get" action=action>
                    <Icon name=IconName::Search/>
                    <input
                        class="palette-field"
                        id="palette-field"
                        type="text"
                        name="q"
                        role="combobox"
                        aria-label="Search everything"
                        aria-autocomplete="list"
                        aria-controls="palette-list"
                        aria-expanded="true"
                        placeholder="Keys, projects, environments, services, settings"
                        maxlength=SEARCH_LIMIT.to_string()
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        enterkeyhint="search"
                    />
                    <button type="button" class="btn -icon -quiet" data-palette-close="" aria-label="Close" title="Close (Esc)">
                        <Icon name=IconName::Close/>
                    </button>
                </form>
                <div class="palette-list" id="palette-list" role="listbox" aria-label="Results"></div>
                <div class="palette-foot">
                    <p id="palette-said" role="status"></p>
                    <p class="palette-keys" aria-hidden="true">
                        <kbd class="kbd">"↑"</kbd> " " <kbd class="kbd">"↓"</kbd> " choose " <kbd class="kbd">"Enter"</kbd> " open "
                        <kbd class="kbd">"Esc"</kbd> " close"
                    </p>
                </div>
            </dialog>
        </template>
    }
    .into_any()
}

/// One entry of the palette's list.
pub struct PaletteOption {
    /// Where it leads.
    pub href: String,
    /// The picture in front.
    pub icon: AnyView,
    /// What it is called, with what was searched for marked.
    pub name: AnyView,
    /// Where it is, or what is on it.
    pub note: String,
    /// True for what is no finding itself: the way to all of them.
    pub aside: bool,
}

/// A group of the palette's list. `first` is the number of its first entry, which makes the ids of all of them.
#[component]
pub fn PaletteGroup(
    #[prop(into)] title: String,
    first: usize,
    options: Vec<PaletteOption>,
) -> impl IntoView {
    let label = title.clone();
    let entries = options
        .into_iter()
        .zip(first..)
        .map(|(option, number)| palette_option(option, number))
        .collect_view();
    view! {
        <div role="group" aria-label=label>
            <p class="palette-title" aria-hidden="true">{title}</p>
            {entries}
        </div>
    }
    .into_any()
}

fn palette_option(option: PaletteOption, number: usize) -> AnyView {
    let note = (!option.note.is_empty())
        .then(|| view! { <span class="palette-note">{option.note}</span> });
    view! {
        <a
            class="palette-option"
            role="option"
            id=format!("palette-{number}")
            href=option.href
            tabindex="-1"
            aria-selected="false"
            data-aside=option.aside.then_some("")
        >
            {option.icon}
            <span class="palette-name">{option.name}</span>
            {note}
        </a>
    }
    .into_any()
}

/// A text with what was searched for marked in it.
#[component]
pub fn Marked(
    #[prop(into)] text: String,
    search: Search,
    /// Whether a long one may go on in the next line after its underscores.
    #[prop(optional)]
    key: bool,
) -> impl IntoView {
    let pieces = search
        .marked(&text)
        .into_iter()
        .map(|(piece, found)| {
            let shown = if key {
                super::breakable(piece)
            } else {
                piece.to_owned().into_any()
            };
            if found {
                view! { <mark>{shown}</mark> }.into_any()
            } else {
                shown
            }
        })
        .collect_view();
    if key {
        view! { <span class="key">{pieces}</span> }.into_any()
    } else {
        pieces.into_any()
    }
}
