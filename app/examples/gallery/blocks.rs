//! Every block in every state, one under the other.

use app::components::*;
use domain::{
    EnvironmentType, FieldError, Scope, Timestamp,
    view::{AccessPreview, EffectView, NamedPerson, PreviewGroup},
};
use leptos::prelude::*;

pub fn blocks() -> AnyView {
    view! {
        <main class="page">
            <PageHead title="Building blocks">"Everything the console is put together from, in every state."</PageHead>
            <div class="stack">
                {buttons()} {marks()} {fields()} {choices()} {notes()} {lists()} {changes()} {icons()}
            </div>
        </main>
    }
    .into_any()
}

fn buttons() -> impl IntoView {
    let why = "Needs Manage members & roles: Owner or Admin can do this";
    view! {
        <Card title="Buttons">
            <div class="stack">
                <div class="cluster">
                    <Button look=Look::Primary>"Primary"</Button>
                    <Button>"Secondary"</Button>
                    <Button look=Look::Quiet>"Quiet"</Button>
                    <Button look=Look::Danger icon=IconName::Trash>"Delete project"</Button>
                    <Button look=Look::DangerQuiet>"Delete…"</Button>
                    <ButtonLink href="#" icon=IconName::Download>"Link"</ButtonLink>
                    <IconButton icon=IconName::Refresh label="Try again" size=Size::Regular/>
                    <CopyButton text="DATABASE_URL" name="DATABASE_URL"/>
                </div>
                <div class="cluster">
                    <Button look=Look::Primary refused=why>"Refused"</Button>
                    <Button refused=why>"Refused"</Button>
                    <Button look=Look::Quiet refused=why>"Refused"</Button>
                    <SubmitButton busy=Signal::stored(true)>"Saving"</SubmitButton>
                    <SubmitButton busy=Signal::stored(true) look=Look::Secondary>"Saving"</SubmitButton>
                </div>
                <div class="cluster">
                    <Button size=Size::Small look=Look::Primary>"Small"</Button>
                    <Button size=Size::Small icon=IconName::Refresh>"Small"</Button>
                    <IconButton icon=IconName::More label="More"/>
                    <Menu id="m1" label="Actions" text="Menu" look=Look::Secondary>
                        <MenuHeading>"Add"</MenuHeading>
                        <MenuLink href="#" icon=IconName::Variable>"Variable"</MenuLink>
                        <MenuLink href="#" icon=IconName::Lock current=true>"Secret"</MenuLink>
                        <MenuLink href="#" icon=IconName::File refused="Needs Deploy on Production">"File"</MenuLink>
                        <MenuRule/>
                        <MenuLink href="#" icon=IconName::Trash danger=true>"Delete"</MenuLink>
                    </Menu>
                </div>
                <Button look=Look::Primary size=Size::Wide>"Wide"</Button>
            </div>
        </Card>
    }
}

fn marks() -> impl IntoView {
    let now = Timestamp::parse("2026-11-23T08:39:07Z").unwrap_or_default();
    view! {
        <Card title="Marks">
            <div class="stack">
                <div class="cluster">
                    <Badge>"Alias"</Badge>
                    <Badge tone=Tone::Accent>"Current"</Badge>
                    <Badge tone=Tone::Ok icon=IconName::Check>"Verified"</Badge>
                    <Badge tone=Tone::Warn>"Expires in 7 days"</Badge>
                    <Badge tone=Tone::Bad>"Expired"</Badge>
                    <ScopeBadge scope=Scope::BuiltIn/>
                    <ScopeBadge scope=Scope::Project/>
                    <ScopeBadge scope=Scope::Environment environment=Some(EnvironmentType::Production)/>
                    <ScopeBadge scope=Scope::Environment environment=Some(EnvironmentType::Preview)/>
                    <ScopeBadge scope=Scope::Service/>
                    <RoleBadge name="Admin"/>
                    <RoleBadge name="Payments team" custom=true/>
                </div>
                <div class="cluster">
                    {EnvironmentType::ALL.into_iter().map(|kind| view! { <EnvironmentChip kind/> }).collect_view()}
                </div>
                <div class="cluster">
                    <Avatar name="Olive Tran"/>
                    <Avatar name="ci" kind=AvatarKind::Token/>
                    <Avatar name="Gatehouse" kind=AvatarKind::System named=true/>
                    <Kbd>"Ctrl K"</Kbd>
                    <Code>"01J9Z4T0QX7M"</Code>
                    <Reference key="{{SHOP_HOST}}"/>
                    <Reference key="{{GONE}}" broken=true/>
                    <Mask hint=Some(domain::Hint { first: "sk_".into(), last: "9fQ".into() })/>
                    <Mask/>
                    <Time at=now/>
                    <Time at=now now=now.plus_seconds(300)/>
                </div>
            </div>
        </Card>
    }
}

fn fields() -> impl IntoView {
    let roles = vec![
        Choice::new("viewer", "Viewer"),
        Choice::new("devops", "DevOps"),
    ];
    view! {
        <Card title="Fields">
            <form class="form">
                <FormError
                    message="Two fields need a look."
                    fields=vec![FieldError::new("name", "A project named shop exists"), FieldError::new("site", "Web addresses start with http")]
                />
                <div class="form-row">
                    <TextField label="Name" name="name" value="shop" error="A project named shop exists" required=true/>
                    <TextField label="Website" name="site" hint="Starts with https://" optional=true placeholder="https://"/>
                    <TextField label="Organization ID" name="org" value="0192f0c1-7e2a" readonly=true code=true
                        end=|| view! { <CopyButton text="0192f0c1-7e2a" name="organization ID"/> }/>
                </div>
                <div class="form-row">
                    <Select label="Role" name="role" choices=roles.clone() hint="The least that will do"/>
                    <Select label="Role" name="role2" choices=roles value="devops" error="You do not hold this role yourself"/>
                </div>
                <TextArea label="Value" name="value" code=true value="-----BEGIN CERTIFICATE-----\nMIIB" hint="32 characters"/>
                <TextArea label="Secret" name="secret" secret=true placeholder="Leave empty to keep" value="hunter2hunter2"/>
                <Field id="mails" label="Contact e-mails" hint="Enter, comma or space ends one">
                    <div class="chips">
                        <Chip text="olive@acme.example" remove=|| view! { <button type="button" aria-label="Remove olive@acme.example"><Icon name=IconName::Close/></button> }/>
                        <Chip text="ian@acme" problem="not an address"/>
                        <input class="chips-input" id="mails"/>
                    </div>
                </Field>
                <div class="form-foot"><Button look=Look::Quiet>"Cancel"</Button><SubmitButton>"Save"</SubmitButton></div>
            </form>
        </Card>
    }
}

fn choices() -> impl IntoView {
    view! {
        <Card title="Choices">
            <div class="form">
                <Checkbox label="No expiry" name="none" hint="Flagged in the list"/>
                <Checkbox label="I exported the audit log" name="exported" checked=true error="Tick to go on"/>
                <Segmented legend="Type" name="kind" value="b" parts=vec![Segment::new("a", "Plain"), Segment::new("b", "Secret").icon(IconName::Lock), Segment::new("c", "File")]/>
                <RadioCards
                    legend="Scope"
                    name="scope2"
                    value="environment"
                    cards=vec![
                        RadioCard::new("project", "Project shop", "").refused("Needs Full access on shop"),
                        RadioCard::new("environment", "Environment production", "4 services").in_environment(EnvironmentType::Production),
                        RadioCard::new("service", "Service api", "only here"),
                    ]
                />
                <ThemeForm action="#" theme=Theme::Dark/>
            </div>
        </Card>
    }
}

fn notes() -> impl IntoView {
    view! {
        <Card title="Notes">
            <div class="stack">
                <Note>"Changes count from the next request on."</Note>
                <Note tone=Tone::Ok title="Connected">"Last synced two minutes ago."</Note>
                <Note tone=Tone::Warn title="Mail is off" actions=|| view! { <Button size=Size::Small>"Copy link"</Button> }>"Hand the link to the person yourself. It works once, for 7 days."</Note>
                <Note tone=Tone::Bad>"The store does not answer. " <a href="#">"Try again"</a></Note>
                <Flash message="LOG_LEVEL saved" action=|| view! { <a href="#">"View event"</a> }/>
                <Flash tone=Tone::Bad message="LOG_LEVEL was changed by Ana meanwhile"/>
                <UnsavedBar message="2 unsaved changes"><Button look=Look::Quiet>"Discard"</Button><SubmitButton>"Save"</SubmitButton></UnsavedBar>
            </div>
        </Card>
        <Card title="Places that show nothing" flush=true>
            <EmptyState kind=EmptyKind::NoneYet title="No variables yet" actions=|| view! { <Button look=Look::Primary>"Add variable"</Button> }>"What api gets when it runs will stand here."</EmptyState>
            <EmptyState kind=EmptyKind::NoMatch title="No variable matches" actions=|| view! { <Button>"Clear filters"</Button> }>"24 variables are hidden by the filter."</EmptyState>
            <EmptyState kind=EmptyKind::NoPermission title="Invitations are not yours to see">"Needs Manage members & roles."</EmptyState>
            <EmptyState kind=EmptyKind::Failed title="The list could not be read" actions=|| view! { <Button>"Try again"</Button> }>"Request 01J9Z4T0QX7M."</EmptyState>
            <Skeleton rows=3/>
        </Card>
    }
}

fn lists() -> impl IntoView {
    view! {
        <div class="stack">
            <DataTable
                caption="Tokens"
                columns=vec![Column::new("Name", CellKind::Lead), Column::new("Role", CellKind::Plain), Column::new("Last used", CellKind::Meta).sorted("#", Some(Sorted::Descending))]
                top=|| view! { <SelectionBar message="2 selected"><Button size=Size::Small look=Look::DangerQuiet>"Revoke 2 tokens"</Button></SelectionBar> }
                foot=|| view! { <Pager summary="Showing 2 of 2"/> }
            >
                <Row selected=true><LeadCell note="Deploys from the pipeline"><a href="#">"ci"</a></LeadCell><Cell label="Role"><RoleBadge name="DevOps"/></Cell><Cell kind=CellKind::Meta label="Last used">"2 min ago"</Cell></Row>
                <Row><LeadCell>"terraform"</LeadCell><Cell label="Role"><RoleBadge name="Admin"/></Cell><Cell kind=CellKind::Meta label="Last used">"never"</Cell></Row>
            </DataTable>
            <Card title="Delete organization" danger=true actions=|| view! { <ButtonLink href="#" look=Look::DangerQuiet>"Delete…"</ButtonLink> }>
                "Locked for 7 days, in which you can bring it back; shredded after."
            </Card>
        </div>
    }
}

fn changes() -> impl IntoView {
    view! {
        <Card title="Changes">
            <div class="stack">
                <DiffView caption="Changed fields" lines=vec![
                    DiffLine::new(Change::Same, "key", "LOG_LEVEL"),
                    DiffLine::new(Change::Removed, "value", "info"),
                    DiffLine::new(Change::Added, "value", "debug"),
                ]/>
                <Ladder rungs=vec![Rung::unset("Project"), Rung::hidden("Environment", "warn"), Rung::used("Service", "debug")]/>
                <AccessPreviewList preview=preview() now=Timestamp::from_micros(1_795_423_147_000_000)/>
            </div>
        </Card>
    }
}

/// Two kinds of people whom a change concerns.
fn preview() -> AccessPreview {
    let people = |names: &[&str]| {
        let id = "00000000-0000-0000-0000-000000000001";
        names
            .iter()
            .filter_map(|name| {
                Some(NamedPerson {
                    id: id.parse().ok()?,
                    name: (*name).to_owned(),
                })
            })
            .collect()
    };
    let effect = |gained, verbs: &[&str], places: &str| EffectView {
        gained,
        verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
        places: places.to_owned(),
        all_places: None,
        last_used: (!gained).then(|| Timestamp::from_micros(1_795_223_147_000_000)),
    };
    AccessPreview {
        groups: vec![
            PreviewGroup {
                people: people(&["Ana Novak", "Ian Walsh", "Sam Reed", "Ola Berg", "Kim Roth"]),
                from: "Viewer".to_owned(),
                to: Some("Payments team".to_owned()),
                effects: vec![
                    effect(
                        true,
                        &["deploy and stop", "change variables and secrets"],
                        "billing / Staging",
                    ),
                    effect(false, &["see the project"], "data-platform"),
                ],
            },
            PreviewGroup {
                people: people(&["Vera Kowalska"]),
                from: "Payments team".to_owned(),
                to: None,
                effects: Vec::new(),
            },
        ],
        fingerprint: String::new(),
    }
}

fn icons() -> impl IntoView {
    view! {
        <Card title="Icons">
            <div class="cluster">
                {IconName::ALL.iter().map(|&name| view! { <span title=format!("{name:?}")><Icon name/></span> }).collect_view()}
            </div>
        </Card>
    }
}
