use domain::view::VariableView;
use leptos::prelude::*;
use service::ops::{ComparedCell, ComparedEnvironment, ComparedRow, Comparison, Standing};

use super::{
    super::value::{Known, parts, short},
    Here, nowhere_to_copy,
};
use crate::components::*;

/// Characters of a plain value that a cell shows: its beginning and its end, where most values differ.
const CUT: usize = 44;
const TAIL: usize = 14;

pub fn table(here: &Here, comparison: &Comparison, rows: &[&ComparedRow]) -> AnyView {
    let mut columns = vec![Column::new("Variable/Key", CellKind::Lead)];
    let names = comparison.environments.iter().map(|one| one.name.clone());
    columns.extend(names.map(|name| Column::new(name, CellKind::Plain)));
    columns.push(Column::new("Actions", CellKind::Actions));
    let locked = nowhere_to_copy(comparison);
    let rows = rows
        .iter()
        .map(|found| row(here, comparison, found, locked.as_ref()))
        .collect_view();
    let caption = format!("Variables of environments of {}", here.project.name);
    view! { <DataTable caption columns>{rows}</DataTable> }.into_any()
}

fn row(
    here: &Here,
    comparison: &Comparison,
    found: &ComparedRow,
    locked: Option<&String>,
) -> AnyView {
    let cells = comparison
        .environments
        .iter()
        .zip(&found.cells)
        .map(|(environment, cell)| {
            let label = environment.name.clone();
            let content = cell.as_ref().map_or_else(missing, value);
            view! { <Cell label>{content}</Cell> }
        })
        .collect_view();
    let (key, menu) = (found.key.clone(), menu(here, comparison, found, locked));
    view! {
        <Row>
            <LeadCell><KeyName key /></LeadCell>
            {cells}
            <Cell kind=CellKind::Actions><div class="row-actions">{menu}</div></Cell>
        </Row>
    }
    .into_any()
}

fn missing() -> AnyView {
    view! { <Badge tone=Tone::Warn icon=IconName::Minus>"Missing"</Badge> }.into_any()
}

fn value(cell: &ComparedCell) -> AnyView {
    let letter = cell.letter.map(|letter| {
        let other = (letter != 'A').then_some("");
        view! {
            <span class="compare-letter" data-other=other>
                <span class="sr">"value "</span>
                {letter.to_string()}
            </span>
        }
    });
    let (shown, standing) = (cut_value(&cell.variable), standing(cell.standing));
    view! {
        <span class="compare-cell">
            {letter}
            <span class="compare-value">{shown} <span class="cell-note">{standing}</span></span>
        </span>
    }
    .into_any()
}

pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Here => "Set here",
        Standing::Override => "Overrides the project",
        Standing::Inherited => "From the project",
    }
}

/// As lists show it, but both ends of a long value: environments often differ in the last characters.
pub fn cut_value(variable: &VariableView) -> AnyView {
    let known = Known::nothing();
    let plain = variable.value.as_deref().filter(|value| {
        let listed = variable.is_file || variable.damaged || variable.alias_of.is_some();
        !listed && !variable.secret && !value.is_empty()
    });
    match plain {
        Some(value) => {
            let cut = cut_in_the_middle(value);
            view! { <span class="value">{parts(&cut, &known)}</span> }.into_any()
        }
        None => short(variable, &known),
    }
}

/// A value that mentions others stays whole, so that no mention is cut in two.
fn cut_in_the_middle(value: &str) -> String {
    let count = value.chars().count();
    if count <= CUT || value.contains("{{") {
        return value.to_owned();
    }
    let (first, last): (String, String) = (
        value.chars().take(CUT - TAIL - 1).collect(),
        value.chars().skip(count - TAIL).collect(),
    );
    format!("{first}…{last}")
}

fn menu(
    here: &Here,
    comparison: &Comparison,
    found: &ComparedRow,
    locked: Option<&String>,
) -> AnyView {
    let key = &found.key;
    // What all have from their project is where it goes already.
    let own = |cell: &ComparedCell| cell.standing != Standing::Inherited;
    let inherited = !found.cells.iter().flatten().any(own);
    let refused = locked.cloned().or_else(|| {
        inherited.then(|| "It is the project's, and reaches all its environments.".to_owned())
    });
    let copy = here.address.with("copy", key.clone()).href();
    let shows = comparison
        .environments
        .iter()
        .map(|environment| show_link(here, environment, key))
        .collect_view();
    let (id, label) = (format!("menu-{key}"), format!("Actions for {key}"));
    view! {
        <Menu id label size=Size::Small>
            <MenuLink href=copy icon=IconName::Copy refused>"Copy to…"</MenuLink>
            {shows}
        </Menu>
    }
    .into_any()
}

fn show_link(here: &Here, environment: &ComparedEnvironment, key: &str) -> AnyView {
    let (href, label) = (
        here.variables_of(environment, key),
        format!("Show in {}", environment.name),
    );
    view! { <MenuLink href icon=IconName::Variable>{label}</MenuLink> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_shows_both_its_ends() {
        assert_eq!(
            cut_in_the_middle("https://shop.example"),
            "https://shop.example"
        );
        let long = format!("https://{}/production", "ü".repeat(80));
        let cut = cut_in_the_middle(&long);
        assert_eq!(cut.chars().count(), CUT);
        assert!(
            cut.starts_with("https://üü") && cut.ends_with("…üüü/production"),
            "{cut}"
        );
        let mentions = format!("{}{{{{KEY}}}}", "x".repeat(CUT));
        assert_eq!(cut_in_the_middle(&mentions), mentions);
    }
}
