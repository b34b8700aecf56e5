use domain::view::VariableView;
use leptos::prelude::*;
use service::ops::{Impact, VariablesView};

use super::{
    Here,
    details::facts,
    fields::{FormPanel, ValueField, description, form_error, hidden, value_field},
    list::ladder,
    value::{Known, kind_label},
};
use crate::{components::*, pages::Failure};

pub const ACTION: &str = "/rpc/variables/edit";

/// A variable where it is defined, to be changed.
pub fn panel(
    here: &Here,
    list: &VariablesView,
    variable: &VariableView,
    impact: &Impact,
    failure: &Failure,
) -> AnyView {
    let delete = here.with("delete", variable.id);
    // What has a field of its own is not told twice.
    let told = VariableView {
        mount_path: None,
        description: String::new(),
        ..variable.clone()
    };
    let mut fields = vec![
        hidden("organization", here.organization),
        hidden("variable", variable.id),
        hidden("version", variable.version),
        hidden("key", &variable.key),
        hidden("back", here.close()),
        form_error(failure),
        facts(here, list, &told, impact),
        match &variable.alias_of {
            Some(target) => stands_for(target),
            None => value(variable, failure),
        },
    ];
    fields.extend(
        variable
            .mount_path
            .clone()
            .map(|path| mount_path(path, failure)),
    );
    if variable.is_file {
        fields.push(interpolation(variable.interpolate));
    }
    fields.push(description(&variable.description, failure));
    if let Some(hides) = list.hidden.get(&variable.id) {
        fields.push(ladder(here, variable, hides, &Known::of(list)));
    }
    FormPanel {
        title: format!("Edit {}", variable.key),
        note: Some(kind_label(variable).to_owned()),
        close: here.close(),
        action: ACTION,
        secret: variable.secret,
        file: variable.is_file,
        fields,
        aside: Some(view! { <ButtonLink href=delete look=Look::DangerQuiet icon=IconName::Trash>"Delete"</ButtonLink> }.into_any()),
        ..FormPanel::default()
    }
    .view()
}

fn value(variable: &VariableView, failure: &Failure) -> AnyView {
    let error = failure.field("value");
    if !variable.secret {
        let field = ValueField {
            value: variable.value.clone().unwrap_or_default(),
            error,
            ..ValueField::default()
        };
        let what = if variable.is_file { "file" } else { "variable" };
        return view! {
            {value_field(field)}
            <Checkbox
                label="Turn into a secret"
                name="make_secret"
                hint=format!("The {what}, all its former values and its overrides become secrets and are never shown again. There is no way back.")
            />
        }
        .into_any();
    }
    let field = ValueField {
        hint: "Leave empty to keep the present value.".to_owned(),
        masked: true,
        reveal: true,
        error,
        ..ValueField::default()
    };
    view! {
        <div class="field">
            <p class="field-label">"Present value"</p>
            <p><Mask hint=variable.hint.clone() /></p>
        </div>
        {value_field(field)}
        <Checkbox label="Set to empty" name="set_empty" hint="The value becomes empty, whatever stands above." />
    }
    .into_any()
}

fn stands_for(target: &str) -> AnyView {
    let target = target.to_owned();
    view! {
        <div class="field">
            <p class="field-label">"Stands for"</p>
            <p><KeyName key=target /></p>
            <p class="field-hint">"It has the value of that variable, whatever that becomes."</p>
        </div>
    }
    .into_any()
}

fn interpolation(on: bool) -> AnyView {
    let parts = vec![
        Segment::new("on", "Put in values"),
        Segment::new("off", "Leave as it is"),
    ];
    let value = if on { "on" } else { "off" }.to_owned();
    view! { <Segmented legend="{{KEY}} in the content" name="interpolation" parts value /> }
        .into_any()
}

fn mount_path(path: String, failure: &Failure) -> AnyView {
    view! {
        <TextField label="Mount path" name="mount_path" value=path code=true required=true max_length=1024 autocomplete="off" error=failure.field("mount_path") />
    }
    .into_any()
}
