//! Changes of several variables, before they are made.

use domain::{ApiError, HandoverId, VariableId};
use leptos::prelude::*;
use service::ops::{ChangeReview, ChangeRow, ChangeWhat};

use super::Here;
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Failure, Page, form_error, hidden},
    rpc::variables::TICK,
};

pub const ACTION: &str = "/rpc/variables/make-changes";

const FORGOTTEN: &str = "Changes wait ten minutes for their review, and are forgotten once they are saved. Nothing else was changed.";

/// The page.
pub async fn page(
    here: &Here,
    changes: HandoverId,
    meanwhile: Option<VariableId>,
    failure: &Failure,
) -> Result<Page, ApiError> {
    let review = service()
        .review_changes(&caller(), here.organization, changes)
        .await;
    let review = match answer(review).await {
        Ok(review) => review,
        Err(ApiError::NotFound) => return Ok(gone(here, FORGOTTEN.to_owned())),
        Err(ApiError::Conflict { reason }) => return Ok(gone(here, reason)),
        Err(error) => return Err(error),
    };
    let title = format!("Review changes of {}", review.place);
    let purpose = view! { {summary(&review)} " Reaches " {review.reach.clone()} "." };
    let back = here.close();
    let theirs = match meanwhile {
        Some(variable) => theirs(here, variable, &review).await,
        None => None,
    };
    let table = table(&review);
    let nothing = !review.rows.iter().any(|row| row.what.can_be_done());
    let refused = review
        .refused
        .clone()
        .or_else(|| nothing.then(|| "There is nothing to change.".to_owned()));
    let note = review
        .refused
        .clone()
        .map(|reason| view! { <Note tone=Tone::Warn>{reason}</Note> });
    let taken = failure
        .field("take")
        .map(|message| view! { <FormError message /> });
    let fields = view! {
        {hidden("organization", here.organization)} {hidden("changes", changes)} {hidden("fingerprint", &review.fingerprint)}
        {hidden("back", here.address.path())}
        {form_error(failure)} {taken}
    };
    let content = view! {
        <PageHead title=title.clone()>{purpose}</PageHead>
        <form class="stack" method="post" action=ACTION>
            {fields} {theirs} {note} {table}
            <div class="form-foot">
                <ButtonLink href=back look=Look::Quiet>"Cancel"</ButtonLink>
                <SubmitButton refused>"Save changes"</SubmitButton>
            </div>
        </form>
    };
    Ok(Page::new(title, content))
}

/// What somebody else saved while this was entered, beside it.
async fn theirs(here: &Here, variable: VariableId, review: &ChangeReview) -> Option<AnyView> {
    let variable = service()
        .variable(&caller(), here.organization, variable)
        .await;
    let theirs = answer(variable).await.ok()?;
    let title = format!("{} changed {} while you did", theirs.updated_by, theirs.key);
    let entered = review.rows.first().and_then(|row| row.entered.clone());
    let both = theirs.value.clone().zip(entered).map(|(theirs, yours)| {
        let lines = vec![
            DiffLine::new(Change::Removed, "theirs", theirs),
            DiffLine::new(Change::Added, "yours", yours),
        ];
        view! { <DiffView caption="Their value and yours" lines /> }
    });
    let history = here.with("history", theirs.id);
    Some(
        view! {
            <Note tone=Tone::Warn title>
                "Saving puts what you entered in the place of theirs; cancelling keeps theirs. Both stay in its " <a href=history>"history"</a> "."
                {both}
            </Note>
        }
        .into_any(),
    )
}

/// Too late, somebody else's, or made from what is not there any more.
fn gone(here: &Here, reason: String) -> Page {
    let back = here.close();
    let content = view! {
        <PageHead title="Review changes" />
        <Card flush=true>
            <EmptyState
                kind=EmptyKind::NoMatch
                title="These changes cannot be made any more"
                actions=move || view! { <ButtonLink href=back>"To the variables"</ButtonLink> }
            >
                {reason}
            </EmptyState>
        </Card>
    };
    Page::new("Review changes", content)
}

/// "3 new, 2 changed, 1 same."
fn summary(review: &ChangeReview) -> String {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for row in &review.rows {
        let word = row.what.label();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let words: Vec<String> = counts
        .into_iter()
        .map(|(word, count)| format!("{count} {}", word.to_lowercase()))
        .collect();
    format!("{}.", words.join(", "))
}

fn table(review: &ChangeReview) -> AnyView {
    let mut columns = vec![
        Column::new("Variable/Key", CellKind::Lead),
        Column::new("Change", CellKind::Plain),
        Column::new("New value", CellKind::Meta),
        Column::new("Secret", CellKind::Plain),
    ];
    if !review.whole {
        columns.insert(0, Column::new("Save", CellKind::Select));
    }
    let rows = review
        .rows
        .iter()
        .map(|row| self::row(review, row))
        .collect_view();
    view! { <DataTable caption="Changes" columns>{rows}</DataTable> }.into_any()
}

fn row(review: &ChangeReview, row: &ChangeRow) -> AnyView {
    let key = match row.key.is_empty() {
        true => "(no key)".to_owned(),
        false => row.key.clone(),
    };
    let line = review.has_lines.then(|| format!("Line {}", row.line));
    let tick = (!review.whole).then(|| tick(row));
    let lead_note = line.filter(|_| row.line > 0);
    let size = match row.characters {
        None => String::new(),
        Some(0) => "empty".to_owned(),
        Some(count) => counted(count, "character", "characters"),
    };
    let (what, secret) = (what(row), secret(row));
    view! {
        <Row>
            {tick}
            <LeadCell note=lead_note><KeyName key /></LeadCell>
            <Cell label="Change">{what}</Cell>
            <Cell kind=CellKind::Meta label="New value">{size}</Cell>
            <Cell label="Secret">{secret}</Cell>
        </Row>
    }
    .into_any()
}

fn tick(row: &ChangeRow) -> AnyView {
    let label = match row.line {
        0 => format!("Save {}", row.key),
        line => format!("Save {} of line {line}", row.key),
    };
    let checked = !matches!(row.what, ChangeWhat::Repeated(_));
    let name = format!("take[{TICK}{}]", row.place);
    let tick = row.what.can_be_done().then(|| {
        view! { <input class="check-box" type="checkbox" name=name value="true" checked=checked aria-label=label /> }
    });
    view! { <Cell kind=CellKind::Select>{tick}</Cell> }.into_any()
}

fn what(row: &ChangeRow) -> AnyView {
    let tone = match row.what {
        ChangeWhat::Added | ChangeWhat::Overrides => Tone::Ok,
        ChangeWhat::Changed | ChangeWhat::MadeSecret => Tone::Accent,
        ChangeWhat::Removed | ChangeWhat::Impossible(_) => Tone::Bad,
        ChangeWhat::Repeated(_) => Tone::Warn,
        ChangeWhat::Same => Tone::Neutral,
    };
    let note = match &row.what {
        ChangeWhat::Impossible(reason) => Some(reason.clone()),
        ChangeWhat::Repeated(line) => {
            Some(format!("Also on line {line}. Tick the one that counts."))
        }
        ChangeWhat::Overrides => Some("Hides the value of a wider scope.".to_owned()),
        ChangeWhat::MadeSecret => Some("With its former values. There is no way back.".to_owned()),
        _ => None,
    };
    let keep = (row.narrower > 0 && row.what.can_be_done()).then(|| {
        format!(
            "{} a value of {} own.",
            match row.narrower {
                1 => "One narrower place keeps".to_owned(),
                many => format!("{many} narrower places keep"),
            },
            if row.narrower == 1 { "its" } else { "their" }
        )
    });
    let notes: Vec<String> = note.into_iter().chain(keep).collect();
    let word = row.what.label();
    view! {
        <div>
            <Badge tone=tone>{word}</Badge>
            {notes.into_iter().map(|note| view! { <span class="cell-note">{note}</span> }).collect_view()}
        </div>
    }
    .into_any()
}

fn secret(row: &ChangeRow) -> AnyView {
    let Some(advice) = row.choose_secret else {
        return match row.secret {
            true => view! { <Badge icon=IconName::Lock>"Secret"</Badge> }.into_any(),
            false => ().into_any(),
        };
    };
    let (name, id) = (
        format!("secret[{TICK}{}]", row.place),
        format!("secret-{}", row.place),
    );
    let label = format!("Make {} a secret", row.key);
    view! {
        <div>
            <input class="check-box" type="checkbox" id=id name=name value="true" checked=advice.is_some() aria-label=label />
            {advice.map(|reason| view! { <span class="cell-note">{reason}</span> })}
        </div>
    }
    .into_any()
}
