//! What the page lists: places, pages, variables.

use super::*;

pub fn places(asked: &Asked, found: &SearchView) -> Option<AnyView> {
    if found.places.is_empty() {
        return None;
    }
    let rows = found.places.iter().map(|place| place_row(asked, place));
    let rows = rows.collect_view();
    let note = found.more_places.then(|| {
        format!(
            "The first {} are listed. Narrow your search to see others.",
            found.places.len()
        )
    });
    Some(
        view! {
            <Card title="Places" note flush=true>
                <ul class="found" aria-label="Places">{rows}</ul>
            </Card>
        }
        .into_any(),
    )
}

fn place_row(asked: &Asked, place: &PlaceView) -> AnyView {
    let href = place_href(&asked.base, place);
    let own = place.own().name.clone();
    let kind = match (&place.environment, &place.service) {
        (_, Some((_, kind))) => kind.label(),
        (Some(_), None) => "Environment",
        (None, None) => "Project",
    };
    let above = (place.names().count() > 1).then(|| place_path(place, false));
    let (icon, search) = (place_icon(place), asked.search.clone());
    view! {
        <li class="found-row">
            <a class="found-link" href=href>{icon} <span><Marked text=own search /></span></a>
            <span class="found-kind">{kind}</span>
            {above}
        </li>
    }
    .into_any()
}

pub fn pages(asked: &Asked, pages: &[&'static SettingsPage]) -> Option<AnyView> {
    if pages.is_empty() {
        return None;
    }
    let rows = pages
        .iter()
        .map(|page| {
            let (href, search, icon) = (page.href(&asked.base), asked.search.clone(), page.icon);
            view! {
                <li class="found-row">
                    <a class="found-link" href=href><Icon name=icon /> <span><Marked text=page.label search /></span></a>
                    <span class="found-kind">"Organization Settings"</span>
                </li>
            }
        })
        .collect_view();
    Some(
        view! {
            <Card title="Pages" flush=true>
                <ul class="found" aria-label="Pages">{rows}</ul>
            </Card>
        }
        .into_any(),
    )
}

pub fn variables(asked: &Asked, found: &SearchView) -> Option<AnyView> {
    if found.variables.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new("Variable/Key", CellKind::Lead),
        Column::new("Where", CellKind::Wide),
        Column::new("Scope", CellKind::Plain),
        Column::new("Updated", CellKind::Spare),
    ];
    let rows = found
        .variables
        .iter()
        .map(|variable| variable_row(asked, variable));
    let rows = rows.collect_view();
    let note = found.more_variables.then(|| {
        format!("The first {VARIABLES_FOUND} are listed. Narrow your search to see others.")
    });
    Some(
        view! {
            <Card title="Variables" note flush=true>
                <DataTable caption="Variables that were found" columns>{rows}</DataTable>
            </Card>
        }
        .into_any(),
    )
}

fn variable_row(asked: &Asked, variable: &FoundVariable) -> AnyView {
    let href = variable_href(&asked.base, variable);
    let place = &variable.place;
    let (key, at, now) = (variable.key.clone(), variable.updated_at, asked.now);
    let (scope, kind) = (
        place.scope(),
        place.environment.as_ref().map(|(_, kind)| *kind),
    );
    let badges = badges(variable)
        .into_iter()
        .map(|badge| view! { <Badge>{badge}</Badge> })
        .collect_view();
    let (path, by) = (place_path(place, true), variable.updated_by.clone());
    let (search, icon) = (asked.search.clone(), variable_icon(variable));
    let notes = notes(asked, variable);
    view! {
        <Row>
            <th class="cell -lead" scope="row" role="rowheader">
                <span class="variable">
                    <span class="variable-icon" aria-hidden="true"><Icon name=icon /></span>
                    <span class="variable-name">
                        <span class="lead"><a href=href><Marked text=key search key=true /></a> " " {badges}</span>
                        {notes}
                    </span>
                </span>
            </th>
            <Cell kind=CellKind::Wide>{path}</Cell>
            <Cell label="Scope"><ScopeBadge scope environment=kind /></Cell>
            <Cell kind=CellKind::Spare label="Updated"><Time at now style=TimeStyle::Day /> {format!(", {by}")}</Cell>
        </Row>
    }
    .into_any()
}

/// Mount path and description under the key, as far as there are any.
fn notes(asked: &Asked, variable: &FoundVariable) -> AnyView {
    let path = variable.mount_path.clone().map(|text| {
        let search = asked.search.clone();
        view! { <span class="cell-note -code"><Marked text search /></span> }
    });
    let description = Some(variable.description.clone()).filter(|text| !text.is_empty());
    let description = description.map(|text| {
        let search = asked.search.clone();
        view! { <span class="cell-note"><Marked text search /></span> }
    });
    view! { {path} {description} }.into_any()
}

/// The way to a place, its environment with its type; `whole` says whether its own name ends it.
fn place_path(place: &PlaceView, whole: bool) -> AnyView {
    let count = place.names().count() - usize::from(!whole);
    let steps = place
        .names()
        .take(count)
        .enumerate()
        .map(|(step, named)| {
            let kind = place.environment.as_ref().map(|(_, kind)| *kind);
            let kind = kind.filter(|_| step == 1);
            let type_word = kind.map(|kind| view! { <EnvironmentShape kind /> });
            let spoken = kind.map(|kind| view! { <span class="sr">", " {kind.label()}</span> });
            let between = (step > 0).then(|| view! { <span class="found-between" aria-hidden="true">"›"</span> });
            view! { {between} <span class="found-step">{type_word} {named.name.clone()} {spoken}</span> }
        })
        .collect_view();
    view! { <span class="found-path">{steps}</span> }.into_any()
}
