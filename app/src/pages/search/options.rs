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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use domain::{
        EnvironmentType,
        view::{Named, Rights},
    };
    use leptos::prelude::Owner;

    use super::*;

    fn named(name: &str) -> Named {
        Named {
            name: name.to_owned(),
            slug: domain::slug_of(name),
        }
    }

    fn listed(text: &str, variables: usize) -> String {
        let place = PlaceView {
            project: named("A <b> shop"),
            environment: Some((named("production"), EnvironmentType::Production)),
            service: None,
        };
        let variable = FoundVariable {
            id: "01234567-89ab-7def-8123-456789abcdef".parse().unwrap(),
            key: "STRIPE_KEY".to_owned(),
            kind: VariableKind::Value,
            secret: true,
            mount_path: None,
            description: String::new(),
            updated_at: Timestamp::default(),
            updated_by: String::new(),
            place,
        };
        let found = SearchView {
            organization: "acme".to_owned(),
            rights: Rights::default(),
            places: Vec::new(),
            more_places: false,
            variables: vec![variable; variables],
            more_variables: false,
        };
        Owner::new().with(|| palette_options(&found, text))
    }

    fn count(html: &str, part: &str) -> usize {
        html.matches(part).count()
    }

    #[test]
    fn options_are_numbered_through_all_groups_and_hold_no_markup_of_others() {
        let html = listed("<i> \"stripe\"", 3);
        for number in 0..4 {
            assert_eq!(
                count(&html, &format!("id=\"palette-{number}\"")),
                1,
                "{html}"
            );
        }
        assert_eq!(count(&html, "role=\"option\""), 4);
        assert_eq!(count(&html, "data-aside"), 1);
        assert_eq!(count(&html, "<mark>"), 3);
        assert!(!html.contains("<b>") && !html.contains("<i>"), "{html}");
        assert!(html.contains("/o/acme/search?q=%3Ci%3E%20%22stripe%22"));
        assert!(html.contains(
            "/o/acme/p/a-b-shop/e/production/variables?edit=01234567-89ab-7def-8123-456789abcdef"
        ));
    }

    #[test]
    fn few_are_listed_and_pages_in_sight_alone() {
        assert_eq!(
            count(&listed("stripe", 30), "role=\"option\""),
            VARIABLES + 1
        );
        let at_first = listed("", 0);
        assert!(at_first.contains("/o/acme/settings/members"));
        assert!(!at_first.contains("audit-logs") && !at_first.contains("data-aside"));
        assert_eq!(count(&listed("audit", 0), "role=\"option\""), 1);
    }
}
