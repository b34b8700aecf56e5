//! The bar that counts what is not saved, and the warning beside the matrix.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::rows::{FULL, show};
use crate::islands::browser::{all, first, first_in, set};

/// Brings both up to date.
pub fn refresh() {
    count();
    warn();
}

fn count() -> Option<()> {
    let form = first("#role-editor")?;
    let rows = all("#role-editor fieldset.levels[data-changed]").len();
    let changed = |field: &str, saved: &str| {
        let typed = first_in(&form, &format!("#{field}"))
            .and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
            .map(|input| input.value().trim().to_owned());
        usize::from(typed != form.get_attribute(saved))
    };
    let count = rows
        + changed("name", "data-saved-name")
        + changed("description", "data-saved-description");
    let bar = first(".role-bar")?;
    let message = first_in(&bar, ".unsaved-text strong")?;
    let text = if count == 1 {
        "1 unsaved change".to_owned()
    } else {
        format!("{count} unsaved changes")
    };
    if message.text_content().as_deref() != Some(&text) {
        message.set_text_content(Some(&text));
    }
    set(&bar, "data-count", &count.to_string());
    Some(())
}

/// Environments can be created somewhere, and placed nowhere.
fn warn() -> Option<()> {
    let note = first("#role-warning .note")?;
    let creates = format!(
        ".role-project input[value=MANAGER]:checked, .role-project input[value={FULL}]:checked"
    );
    let places =
        ".levels-table tr:not(.-head, .-type) input:is([value=ENV_CREATOR], [value=ADMIN]):checked";
    let missing = first(&creates).is_some() && first(places).is_none();
    let shown = !is_hidden(&note);
    if missing != shown {
        show(&note, missing);
    }
    Some(())
}

fn is_hidden(element: &Element) -> bool {
    element.has_attribute("hidden")
}
