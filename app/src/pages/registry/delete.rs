//! The end of a project, environment or service: its name is typed, and what goes along is listed.

use leptos::prelude::*;

use super::settings::Subject;
use crate::components::*;
use crate::pages::{ConsoleContext, Failure, form_error};

pub(super) fn path(what: &str) -> String {
    format!("/rpc/{what}/delete")
}

/// Leads to the dialog.
pub(super) fn card(subject: &Subject, refused: Option<String>) -> impl IntoView + use<> {
    let title = format!("Delete {}", subject.what);
    let href = format!("{}?delete", subject.settings());
    let button = title.clone();
    view! {
        <Card
            title
            danger=true
            actions=move || view! { <ButtonLink href look=Look::DangerQuiet icon=IconName::Trash refused>{button}</ButtonLink> }
        >
            <p class="prose">"Takes everything in it along. It cannot be brought back; the audit log keeps what happened."</p>
        </Card>
    }
}

pub(super) fn dialog(context: &ConsoleContext, subject: &Subject, failure: &Failure) -> AnyView {
    let (what, name) = (subject.what, subject.name.clone());
    let close = subject.settings();
    let (head, above, wrong) = (
        subject.fields(context),
        form_error(failure),
        failure.field("confirm"),
    );
    let (message, list) = (
        format!("This deletes {name} and everything in it. It cannot be brought back."),
        gone(subject),
    );
    let title = format!("Delete {what} {name}");
    let label = format!("Type {name} to confirm");
    view! {
        <Dialog title close=close.clone()>
            <form class="panel-form" method="post" action=path(what)>
                {head}
                <PanelBody>
                    {above}
                    <Consequences message list>
                        <TextField
                            label
                            name="confirm"
                            error=wrong
                            autocomplete="off"
                            code=true
                            required=true
                            end={
                                move || view! { <CopyButton text=name.clone() name=format!("the name {name}") /> }
                            }
                        />
                    </Consequences>
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=close look=Look::Secondary attr:autofocus=true>"Cancel"</ButtonLink>
                    <SubmitButton look=Look::Danger>{format!("Delete {what}")}</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

/// What goes along, one line each.
fn gone(subject: &Subject) -> Vec<String> {
    let contents = &subject.contents;
    let line =
        |count: u32, one: &str, many: &str| (count > 0).then(|| counted(count as usize, one, many));
    let lines = [
        line(contents.environments, "environment", "environments")
            .filter(|_| subject.what == "project"),
        line(contents.services, "service", "services").filter(|_| subject.what != "service"),
        line(
            contents.variables,
            "variable or secret, with its history",
            "variables and secrets, with their history",
        ),
    ];
    let mut lines: Vec<String> = lines.into_iter().flatten().collect();
    lines.push(format!("The address {}", subject.path));
    lines
}
