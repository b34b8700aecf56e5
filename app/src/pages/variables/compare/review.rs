//! What copying would do, before it is done: what is added, what is replaced, and what is left as it is and why.

use domain::ApiError;
use leptos::prelude::*;
use service::ops::{PromotedRow, Promotion, PromotionStep};

use super::{Asked, Here, Review, table::cut_value};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Page, form_error, hidden, place_tabs},
};

/// Up to how many keys that are left as they are are shown unasked.
const SHOWN: usize = 12;
pub const ACTION: &str = "/rpc/variables/promote";

/// The page.
pub async fn page(here: &Here, wanted: &Review, asked: &Asked) -> Result<Page, ApiError> {
    let promotion = answer(
        service()
            .promotion(
                &caller(),
                here.project.organization.id,
                here.project.id,
                &wanted.from,
                &wanted.to,
                wanted.only.as_deref(),
            )
            .await,
    )
    .await?;
    let (from, to) = (&promotion.from.name, &promotion.to.name);
    let title = match &wanted.only {
        Some(key) => format!("Copy {key} from {from} to {to}"),
        None => format!("Promote {from} to {to}"),
    };
    let (skipped, done): (Vec<_>, Vec<_>) = promotion
        .rows
        .iter()
        .partition(|row| matches!(row.step, PromotionStep::Skip(_)));
    let content = view! {
        <PageHead title=title.clone()>
            "Nothing is copied before you say so. Services get it with their next deployment or fetch; values of secrets are copied without being shown."
        </PageHead>
        {place_tabs(&here.context, "variables")}
        <div class="stack compare-review">
            {asked.moved.then(moved)}
            {if done.is_empty() { nothing(here, &promotion) } else { form(here, wanted, asked, &promotion, &done) }}
            {(!skipped.is_empty()).then(|| left(&skipped))}
        </div>
    };
    Ok(Page::new(title, content).width(PageWidth::Wide))
}

fn moved() -> AnyView {
    view! {
        <div role="alert" tabindex="-1">
            <Note tone=Tone::Bad title="Not copied yet">
                "Somebody changed one of these variables while you looked. Below is how things stand now; look again, then copy."
            </Note>
        </div>
    }
    .into_any()
}

fn nothing(here: &Here, promotion: &Promotion) -> AnyView {
    let back = here.address.href();
    let text = format!(
        "{} has nothing of its own that {} lacks or has with another value.",
        promotion.from.name, promotion.to.name
    );
    view! {
        <Card flush=true>
            <EmptyState
                kind=EmptyKind::NoneYet
                icon=IconName::CircleCheck
                title="There is nothing to copy"
                actions=move || view! { <ButtonLink href=back>"Back to the comparison"</ButtonLink> }
            >
                {text}
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn form(
    here: &Here,
    wanted: &Review,
    asked: &Asked,
    promotion: &Promotion,
    rows: &[&PromotedRow],
) -> AnyView {
    let columns = vec![
        Column::new("Copy", CellKind::Select),
        Column::new("Variable/Key", CellKind::Lead),
        Column::new(format!("Now in {}", promotion.to.name), CellKind::Plain),
        Column::new("Afterwards", CellKind::Plain),
        Column::new("What happens", CellKind::Plain),
    ];
    let fields = view! {
        {hidden("organization", here.project.organization.id)}
        {hidden("from", promotion.from.id)}
        {hidden("to", promotion.to.id)}
        {hidden("to_name", promotion.to.name.clone())}
        {hidden("only", wanted.only.clone().unwrap_or_default())}
        {hidden("fingerprint", promotion.fingerprint.clone())}
        {hidden("review", review_address(here, wanted))}
        {hidden("back", here.address.href())}
    };
    let caption = format!("What is copied to {}", promotion.to.name);
    let rows = rows
        .iter()
        .map(|found| row(found, &promotion.to.name))
        .collect_view();
    let back = here.address.href();
    view! {
        <form method="post" action=ACTION class="stack">
            {fields}
            {form_error(&asked.promoted)}
            <DataTable caption columns>{rows}</DataTable>
            <div class="form-foot">
                <ButtonLink href=back>"Back to the comparison"</ButtonLink>
                <SubmitButton>"Copy what is ticked"</SubmitButton>
            </div>
        </form>
    }
    .into_any()
}

/// This review again.
fn review_address(here: &Here, wanted: &Review) -> String {
    let page = match &wanted.only {
        Some(key) => here.address.with("copy", key.clone()),
        None => here.address.flag("promote"),
    };
    page.with("from", wanted.from.clone())
        .with("to", wanted.to.clone())
        .href()
}

fn row(found: &PromotedRow, to: &str) -> AnyView {
    let key = found.key.clone();
    let (name, label) = (format!("take[{key}]"), format!("Copy {key}"));
    let now = match &found.target {
        Some(target) => cut_value(target),
        None => view! { <span class="faint">"not defined"</span> }.into_any(),
    };
    let after = afterwards(found);
    let (word, tone, note) = in_words(&found.step);
    let now_label = format!("Now in {to}");
    view! {
        <Row>
            <Cell kind=CellKind::Select>
                <input class="check-box" type="checkbox" name=name value="true" checked=true aria-label=label />
            </Cell>
            <LeadCell><KeyName key /></LeadCell>
            <Cell label=now_label><div>{now}</div></Cell>
            <Cell label="Afterwards"><div>{after}</div></Cell>
            <Cell label="What happens">
                <div>
                    <Badge tone>{word}</Badge>
                    {note.map(|note| view! { <span class="cell-note">{note}</span> })}
                </div>
            </Cell>
        </Row>
    }
    .into_any()
}

/// The value as it is shown from then on: what turns into a secret is one.
fn afterwards(found: &PromotedRow) -> AnyView {
    let secret = match found.step {
        PromotionStep::Add { secret, .. } => secret,
        PromotionStep::Replace {
            becomes_secret,
            stays_secret,
        } => becomes_secret || stays_secret || found.source.secret,
        PromotionStep::Skip(_) => false,
    };
    if secret && found.source.alias_of.is_none() {
        let another = found.target.is_some();
        return view! {
            <Mask hint=None />
            {another.then(|| view! { <span class="cell-note">"a new value"</span> })}
        }
        .into_any();
    }
    cut_value(&found.source)
}

fn in_words(step: &PromotionStep) -> (&'static str, Tone, Option<&'static str>) {
    match step {
        PromotionStep::Add {
            hides_project: true,
            ..
        } => (
            "Added",
            Tone::Ok,
            Some("as an override of the project's value"),
        ),
        PromotionStep::Add { .. } => ("Added", Tone::Ok, None),
        PromotionStep::Replace {
            becomes_secret: true,
            ..
        } => (
            "Replaced",
            Tone::Warn,
            Some(
                "becomes a secret, with its former values and the overrides below it; there is no way back",
            ),
        ),
        PromotionStep::Replace {
            stays_secret: true, ..
        } => ("Replaced", Tone::Accent, Some("stays a secret")),
        PromotionStep::Replace { .. } => ("Replaced", Tone::Accent, None),
        PromotionStep::Skip(_) => ("Left as it is", Tone::Neutral, None),
    }
}

/// What is not copied, and why.
fn left(rows: &[&PromotedRow]) -> AnyView {
    let columns = vec![
        Column::new("Variable/Key", CellKind::Lead),
        Column::new("Why", CellKind::Plain),
    ];
    let count = match rows.len() {
        1 => "1\u{a0}key left as it is".to_owned(),
        many => format!("{many}\u{a0}keys left as they are"),
    };
    let few = rows.len() <= SHOWN;
    let rows = rows
        .iter()
        .map(|found| {
            let key = found.key.clone();
            let why = match &found.step {
                PromotionStep::Skip(reason) => reason.clone(),
                _ => String::new(),
            };
            view! {
                <Row>
                    <LeadCell><KeyName key /></LeadCell>
                    <Cell label="Why">{why}</Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <details class="more" open=few>
            <summary>{count}</summary>
            <DataTable caption="What is left as it is" columns>{rows}</DataTable>
        </details>
    }
    .into_any()
}
