//! An edit before it is saved: the rows it changes, whom it reaches, what they gain and lose, and what somebody else
//! saved meanwhile.

use domain::{ApiError, RoleId, RoleRef};
use leptos::prelude::*;
use service::ops::{RoleReview, RowChange};

use super::{Asked, SAVE, editor::discard_form, role_path};
use crate::{
    components::*,
    context::{answer, caller, redirect, service},
    pages::{Address, ConsoleContext, Page, form_error, hidden},
};

/// The page.
pub async fn page(context: &ConsoleContext, role: RoleId, asked: Asked) -> Result<Page, ApiError> {
    let organization = context.here.organization.id;
    let here = role_path(context, RoleRef::Custom(role));
    let detail = answer(service().role(&caller(), organization, role).await).await?;
    if detail.draft.is_none() && detail.editable {
        // Saved or discarded already, perhaps in another tab.
        redirect(&here.href());
        return Err(ApiError::NotFound);
    }
    let review = answer(service().review_role(&caller(), organization, role).await).await?;
    let title = format!("Review {}", review.detail.saved.name);
    let content = view! {
        <PageHead title=title.clone()>"Nothing counts before it is saved. What is saved counts from the next click."</PageHead>
        <div class="stack">
            {asked.moved.then(moved)}
            {form_error(&asked.saved)}
            {conflict(&review)}
            {changes(&review)}
            {effects(&review)}
            {foot(context, &review, &here)}
        </div>
    };
    Ok(Page::new(title, content))
}

fn moved() -> AnyView {
    view! {
        <div role="alert" tabindex="-1">
            <Note tone=Tone::Bad title="Not saved yet">
                "The role, its members or the projects changed while you looked. Below is how things stand now; look again, then save."
            </Note>
        </div>
    }
    .into_any()
}

fn all_rows(review: &RoleReview) -> Vec<(String, String, String)> {
    let (saved, draft) = (&review.detail.saved, &review.draft);
    let text = |what: &str, from: &str, to: &str| {
        (from != to).then(|| (what.to_owned(), from.to_owned(), to.to_owned()))
    };
    [
        text("Name", &saved.name, &draft.name),
        text("Description", &saved.description, &draft.description),
    ]
    .into_iter()
    .flatten()
    .chain(review.rows.iter().map(in_words))
    .collect()
}

fn in_words(row: &RowChange) -> (String, String, String) {
    (row.row.clone(), row.from.to_owned(), row.to.to_owned())
}

fn changes(review: &RoleReview) -> AnyView {
    let rows = all_rows(review);
    if rows.is_empty() {
        return view! { <Note>"This edit changes nothing: everything is as it is saved."</Note> }
            .into_any();
    }
    let title = counted(rows.len(), "change", "changes");
    view! {
        <section class="stack" aria-labelledby="review-changes">
            <h2 class="card-title" id="review-changes">{title}</h2>
            {row_table("What this edit changes", rows)}
        </section>
    }
    .into_any()
}

fn row_table(caption: &'static str, rows: Vec<(String, String, String)>) -> AnyView {
    let columns = vec![
        Column::new("Row", CellKind::Lead),
        Column::new("From", CellKind::Plain),
        Column::new("To", CellKind::Plain),
    ];
    let shown = |text: String| {
        if text.is_empty() {
            view! { <span class="faint">"empty"</span> }.into_any()
        } else {
            text.into_any()
        }
    };
    let rows = rows
        .into_iter()
        .map(|(row, from, to)| {
            view! {
                <Row>
                    <LeadCell>{row}</LeadCell>
                    <Cell label="From"><span class="faint">{shown(from)}</span></Cell>
                    <Cell label="To"><strong>{shown(to)}</strong></Cell>
                </Row>
            }
        })
        .collect_view();
    view! { <DataTable caption columns>{rows}</DataTable> }.into_any()
}

fn effects(review: &RoleReview) -> AnyView {
    let (count, people) = (all_rows(review).len(), review.detail.holders.len());
    let reach = if people == 0 {
        "Nobody has this role yet, so nobody gains or loses anything.".to_owned()
    } else {
        format!(
            "{} {} {}, from their next click on.",
            counted(count, "change", "changes"),
            if count == 1 { "reaches" } else { "reach" },
            counted(people, "person", "people")
        )
    };
    let (preview, now) = (review.preview.clone(), service().now());
    view! {
        <Card title="Before you save" note=reach>
            <AccessPreviewList preview now nobody="" />
        </Card>
    }
    .into_any()
}

/// Somebody saved since this edit began: their version, beside what saving this one makes of it.
fn conflict(review: &RoleReview) -> Option<AnyView> {
    let (who, theirs) = review.conflict.as_ref()?;
    let title = format!("{who} saved this role after you began");
    let rows: Vec<_> = theirs.iter().map(in_words).collect();
    let table = if rows.is_empty() {
        view! { <p class="faint">"They changed its name or description, but no row."</p> }
            .into_any()
    } else {
        row_table("What they changed", rows)
    };
    let heading = format!("What {who} changed");
    Some(
        view! {
            <Note tone=Tone::Warn title>
                "Both versions are below: what they changed, and what this edit makes of it. Saving replaces theirs where they differ."
            </Note>
            <section class="stack" aria-labelledby="review-theirs">
                <h2 class="card-title" id="review-theirs">{heading}</h2>
                {table}
            </section>
        }
        .into_any(),
    )
}

fn foot(context: &ConsoleContext, review: &RoleReview, here: &Address) -> AnyView {
    let role = review.detail.id;
    let edit = here.flag("edit").href();
    let empty = all_rows(review).is_empty();
    let word = if review.conflict.is_some() {
        "Save over their version"
    } else {
        "Save"
    };
    let save = view! {
        <form method="post" action=SAVE>
            {hidden("organization", context.here.organization.id)}
            {hidden("role", role)}
            {hidden("over", review.detail.saved.version)}
            {hidden("fingerprint", review.preview.fingerprint.clone())}
            {hidden("back", here.href())}
            <SubmitButton>{word}</SubmitButton>
        </form>
    };
    let button = view! { <SubmitButton look=Look::Quiet>"Discard"</SubmitButton> }.into_any();
    view! {
        <div class="form-foot">
            {discard_form(context, role, here, button)}
            <ButtonLink href=edit>"Back to editing"</ButtonLink>
            {(!empty).then_some(save)}
        </div>
    }
    .into_any()
}
