//! What the palette lists, as markup: the browser puts it in place and adds nothing to it.

use super::*;

/// The most of each sort; the page has the others.
const PLACES: usize = 6;
const VARIABLES: usize = 8;

/// The list of the palette for what was typed.
#[must_use]
pub fn palette_options(found: &SearchView, text: &str) -> String {
    let search = Search::parse(text);
    let base = format!("/o/{}", found.organization);
    let mut groups = vec![
        ("Places", places(&base, &search, found)),
        ("Pages", pages_of(&base, &search, found)),
        ("Variables", variables(&base, &search, found)),
    ];
    if !search.is_empty() {
        groups.push(("Search", vec![whole_page(&base, text.trim())]));
    }
    let mut first = 0;
    let list = groups
        .into_iter()
        .filter(|(_, options)| !options.is_empty())
        .map(|(title, options)| {
            let number = first;
            first += options.len();
            view! { <PaletteGroup title first=number options /> }
        })
        .collect_view();
    list.to_html()
}

fn places(base: &str, search: &Search, found: &SearchView) -> Vec<PaletteOption> {
    let shown = found.places.iter().take(PLACES);
    shown
        .map(|place| PaletteOption {
            href: place_href(base, place),
            icon: place_icon(place),
            name: marked(&place.own().name, search, false),
            note: match place.names().count() {
                1 => "Project".to_owned(),
                _ => path_words(place),
            },
            aside: false,
        })
        .collect()
}

/// All pages in sight before anything is typed.
fn pages_of(base: &str, search: &Search, found: &SearchView) -> Vec<PaletteOption> {
    let shown = SETTINGS_PAGES.iter().filter(|page| {
        page.opens_to(&found.rights) && (search.is_empty() || search.finds_page(&page.words()))
    });
    shown
        .map(|page| PaletteOption {
            href: page.href(base),
            icon: view! { <Icon name=page.icon /> }.into_any(),
            name: marked(page.label, search, false),
            note: "Organization Settings".to_owned(),
            aside: false,
        })
        .collect()
}

fn variables(base: &str, search: &Search, found: &SearchView) -> Vec<PaletteOption> {
    let shown = found.variables.iter().take(VARIABLES);
    shown
        .map(|variable| PaletteOption {
            href: variable_href(base, variable),
            icon: view! { <Icon name=variable_icon(variable) /> }.into_any(),
            name: marked(&variable.key, search, true),
            note: path_words(&variable.place),
            aside: false,
        })
        .collect()
}

/// The way to everything that was found.
fn whole_page(base: &str, text: &str) -> PaletteOption {
    let address = Address::new(format!("{base}/search")).with("q", text);
    PaletteOption {
        href: address.href(),
        icon: view! { <Icon name=IconName::Search /> }.into_any(),
        name: "All results on their own page".into_any(),
        note: String::new(),
        aside: true,
    }
}

fn marked(text: &str, search: &Search, key: bool) -> AnyView {
    let (text, search) = (text.to_owned(), search.clone());
    view! { <Marked text search key /> }.into_any()
}
