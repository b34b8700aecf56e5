//! What restoring a place to a point in time would do, before it is done.

use domain::{ApiError, Timestamp, view::DiffRow};
use leptos::prelude::*;
use service::{
    Level,
    ops::{DELETED_KEPT_DAYS, RestoreReview, RestoreStep, RestoreWhat},
};

use super::{Asked, RESTORE, address};
use crate::{
    components::*,
    context::{answer, caller, service, set_status},
    pages::{Address, ConsoleContext, Page, form_error, hidden},
};

/// The page.
pub async fn page(
    context: &ConsoleContext,
    level: &Level,
    point: &str,
    asked: &Asked,
) -> Result<Page, ApiError> {
    let Ok(micros) = point.parse() else {
        set_status(404);
        return Err(ApiError::NotFound);
    };
    let point = Timestamp::from_micros(micros);
    let organization = context.here.organization.id;
    let found = service()
        .review_restore(&caller(), organization, level.reference(), point)
        .await;
    let review = answer(found).await?;
    let here = address(context);
    let title = format!("Restore {}", level.name());
    let when = point.for_people_exact();
    let scope = level.scope().label().to_lowercase();
    let content = view! {
        <PageHead title=title.clone()>
            {format!("To what its variables were on {when} UTC. Only those defined at the {scope} itself; nothing changes before you confirm.")}
        </PageHead>
        <div class="stack">
            {asked.moved.then(moved)}
            {form_error(&asked.failure)}
            {review.incomplete.then(incomplete)}
            {review.refused.clone().map(|reason| view! { <Note tone=Tone::Bad title="It cannot be restored">{reason}</Note> })}
            {changes(&review)}
            {impossible(&review)}
            {unchanged(&review)}
            {foot(context, level, &review, &here)}
        </div>
    };
    Ok(Page::new(title, content))
}

fn moved() -> AnyView {
    view! {
        <div role="alert" tabindex="-1">
            <Note tone=Tone::Bad title="Not restored">
                "Variables changed while you looked. Below is how things stand now; look again, then restore."
            </Note>
        </div>
    }
    .into_any()
}

fn incomplete() -> AnyView {
    view! {
        <Note tone=Tone::Warn>
            {format!("Variables that were deleted more than {DELETED_KEPT_DAYS} days ago are not kept. Those that were there at this point do not come back.")}
        </Note>
    }
    .into_any()
}

fn changes(review: &RestoreReview) -> AnyView {
    let steps: Vec<&RestoreStep> = review
        .steps
        .iter()
        .filter(|step| step.impossible.is_none())
        .collect();
    if steps.is_empty() {
        return view! { <Note>"There is nothing to restore: what can be as it was is so already."</Note> }
            .into_any();
    }
    let title = counted(steps.len(), "change", "changes");
    let columns = vec![
        Column::new("Variable/Key", CellKind::Lead),
        Column::new("Change", CellKind::Plain),
        Column::new("Now and then", CellKind::Wide),
    ];
    let rows = steps.into_iter().map(row).collect_view();
    view! {
        <section class="stack" aria-labelledby="restore-changes">
            <h2 class="card-title" id="restore-changes">{title}</h2>
            <DataTable caption="What restoring changes" columns>{rows}</DataTable>
        </section>
    }
    .into_any()
}

fn row(step: &RestoreStep) -> AnyView {
    let tone = match step.what {
        RestoreWhat::Added => Tone::Ok,
        RestoreWhat::Changed => Tone::Accent,
        RestoreWhat::Removed => Tone::Bad,
    };
    let (key, what, lines) = (step.key.clone(), step.what.label(), lines(&step.rows));
    let secret = step
        .secret
        .then(|| view! { <Badge icon=IconName::Lock>"Secret"</Badge> });
    let caption = format!("{key}, now and then");
    view! {
        <Row>
            <LeadCell><KeyName key /> {secret}</LeadCell>
            <Cell label="Change"><Badge tone>{what}</Badge></Cell>
            <Cell kind=CellKind::Wide>{(!lines.is_empty()).then(|| view! { <DiffView caption lines /> })}</Cell>
        </Row>
    }
    .into_any()
}

fn lines(rows: &[DiffRow]) -> Vec<DiffLine> {
    let side = |change: Change, row: &DiffRow, text: &Option<String>| {
        text.as_ref().map(|text| {
            let shown = match text.is_empty() {
                true => view! { <span class="faint">"empty"</span> }.into_any(),
                false => text.clone().into_any(),
            };
            DiffLine::new(change, row.field.clone(), shown)
        })
    };
    rows.iter()
        .flat_map(|row| {
            [
                side(Change::Removed, row, &row.before),
                side(Change::Added, row, &row.after),
            ]
        })
        .flatten()
        .collect()
}

/// What stays as it is although it was something else, and why.
fn impossible(review: &RestoreReview) -> Option<AnyView> {
    let steps: Vec<&RestoreStep> = review
        .steps
        .iter()
        .filter(|step| step.impossible.is_some())
        .collect();
    if steps.is_empty() {
        return None;
    }
    let title = format!(
        "{} as now",
        counted(steps.len(), "variable stays", "variables stay")
    );
    let entries = steps
        .into_iter()
        .map(|step| {
            let wish = match step.what {
                RestoreWhat::Added => "cannot come back.",
                RestoreWhat::Changed => "cannot become what it was.",
                RestoreWhat::Removed => "cannot go.",
            };
            let why = step.impossible.clone().unwrap_or_default();
            view! { <li><KeyName key=step.key.clone() /> {format!(" {wish} {why}")}</li> }
        })
        .collect_view();
    Some(view! { <Note tone=Tone::Warn title><ul>{entries}</ul></Note> }.into_any())
}

fn unchanged(review: &RestoreReview) -> AnyView {
    let text = match review.unchanged {
        0 => return ().into_any(),
        1 => "1 variable is as it was.".to_owned(),
        many => format!("{many} variables are as they were."),
    };
    view! { <p class="faint">{text}</p> }.into_any()
}

fn foot(
    context: &ConsoleContext,
    level: &Level,
    review: &RestoreReview,
    here: &Address,
) -> AnyView {
    let (count, back) = (review.count(), here.href());
    let label = match count {
        1 => "Restore 1 variable".to_owned(),
        many => format!("Restore {many} variables"),
    };
    let reference = level.reference();
    let form = (count > 0 && review.refused.is_none()).then(|| {
        view! {
            <form method="post" action=RESTORE>
                {hidden("organization", context.here.organization.id)}
                {hidden("level_scope", reference.scope().code())}
                {hidden("level_id", reference.id())}
                {hidden("point", review.point.micros())}
                {hidden("fingerprint", review.fingerprint.clone())}
                {hidden("back", here.href())}
                <SubmitButton>{label}</SubmitButton>
            </form>
        }
    });
    view! { <div class="form-foot"><ButtonLink href=back>"Back to the history"</ButtonLink> {form}</div> }
        .into_any()
}
