//! What the registry itself defines for a level: to be read, copied, mentioned and given other keys.

use domain::view::VariableView;
use leptos::prelude::*;
use service::ops::VariablesView;

use super::{
    Here, all_locked,
    value::{Known, copy_button, short},
};
use crate::components::*;

/// Folded away: they are many, and the same everywhere.
pub fn section(here: &Here, list: &VariablesView) -> AnyView {
    let known = Known::of(list);
    let locked = all_locked(list).is_some();
    let rows = list
        .built_ins
        .iter()
        .map(|one| row(here, one, &known, locked))
        .collect_view();
    let columns = vec![
        Column::new("Variable/Key", CellKind::Lead),
        Column::new("Value", CellKind::Wide),
        Column::new("Actions", CellKind::Actions),
    ];
    let count = counted(
        list.built_ins.len(),
        "built-in variable",
        "built-in variables",
    );
    view! {
        <details class="built-ins more">
            <summary>{count}</summary>
            <p class="faint">"Gatehouse defines these from the registry: they follow its names, and nobody changes them here. Mention them as {{KEY}}, or give them a key of your own."</p>
            <DataTable caption="Built-in variables" columns>{rows}</DataTable>
        </details>
    }
    .into_any()
}

fn row(here: &Here, one: &VariableView, known: &Known<'_>, locked: bool) -> AnyView {
    let key = one.key.clone();
    let alias = here.address.with("alias", key.clone()).href();
    let label = format!("Actions for {key}");
    let menu = (!locked).then(|| {
        view! {
            <Menu id=format!("menu-{}", one.id) label size=Size::Small>
                <MenuLink href=alias icon=IconName::Link>"Create alias"</MenuLink>
            </Menu>
        }
    });
    let (value, copy) = (short(one, known), copy_button(one));
    view! {
        <Row>
            <LeadCell><KeyName key /></LeadCell>
            <Cell kind=CellKind::Wide label="Value">{value}</Cell>
            <Cell kind=CellKind::Actions><div class="row-actions">{copy} {menu}</div></Cell>
        </Row>
    }
    .into_any()
}
