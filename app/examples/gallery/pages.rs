//! Whole pages, to be compared with the pictures of the look.

use app::components::*;
use domain::{EnvironmentType, Hint, Scope, Timestamp};
use leptos::prelude::*;

use crate::data::rail;

/// What lies over the variables page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Nothing,
    Panel,
    Dialog,
}

fn hint(first: &str, last: &str) -> Option<Hint> {
    Some(Hint {
        first: first.to_owned(),
        last: last.to_owned(),
    })
}

pub fn variables(over: Over) -> AnyView {
    let modal = over == Over::Dialog;
    let tabs = vec![
        Tab::new("Overview", "#o", false),
        Tab::new("Variables", "#v", true).count(24),
        Tab::new("History", "#h", false),
        Tab::new("Settings", "#s", false),
    ];
    let crumbs = vec![
        Crumb::new("shop", "#p"),
        Crumb::new("production", "#e"),
        Crumb::here("api"),
    ];
    view! {
        <AppShell
            rail=move || view! { <Rail model=RailModel { inert: modal, ..rail("#api") }/> }
            strip=|| {
                view! {
                    <ContextStrip crumbs environment=Some(EnvironmentType::Production) aside=|| "You are Owner here: everything is allowed"/>
                }
            }
            flash=move || (over == Over::Nothing).then(|| view! { <Flash message="LOG_LEVEL saved" action=|| view! { <a href="#event">"View event"</a> }/> })
            overlay=move || match over {
                Over::Nothing => ().into_any(),
                Over::Panel => add_panel(),
                Over::Dialog => delete_dialog(),
            }
            modal
        >
            <PageHead
                title="Variables"
                actions=|| {
                    view! {
                        <ButtonLink href="#h" look=Look::Quiet icon=IconName::History>"History"</ButtonLink>
                        <ButtonLink href="#i" icon=IconName::Upload>"Import"</ButtonLink>
                        <ButtonLink href="#new" look=Look::Primary icon=IconName::Plus>"Add variable"</ButtonLink>
                    }
                }
            >
                "What " <b>"api"</b> " gets when it runs in production: 24 variables, 9 of them secret."
            </PageHead>
            <Tabs label="Service api" tabs/>
            <Toolbar>
                <SearchForm action="#" label="Search variables" placeholder="Search keys, values, type:secret scope:project" shortcut="/"/>
                <SegmentedLinks
                    label="View"
                    parts=vec![Segment::new("#1", "Effective"), Segment::new("#2", "This scope"), Segment::new("#3", "Compare")]
                    current="#1"
                />
                <FilterChip id="f-type" name="Type" value="Secret" clear="#clear"/>
            </Toolbar>
            {variable_table()}
        </AppShell>
    }
    .into_any()
}

fn variable_table() -> impl IntoView {
    let columns = vec![
        Column::new("Select", CellKind::Select),
        Column::new("Key", CellKind::Lead).sorted("#key", Some(Sorted::Ascending)),
        Column::new("Value", CellKind::Wide),
        Column::new("Scope", CellKind::Plain),
        Column::new("Updated", CellKind::Spare).sorted("#updated", None),
        Column::new("Actions", CellKind::Actions),
    ];
    let production = Some(EnvironmentType::Production);
    view! {
        <DataTable
            caption="Variables of api"
            columns
            foot=|| view! { <Pager summary="Showing 7 of 24" next="#next"/> }
        >
            {variable("DATABASE_URL", Some("Alias"), None, view! { <Reference key="QOVERY_DATABASE_ORDERS_DB_URL"/> }, Scope::Service, None, "12 Nov, Ana")}
            {variable("LOG_LEVEL", Some("Override"), None, view! { <span class="value">"debug"</span> }, Scope::Service, None, "today, Sam")}
            <DetailRow span=6>
                <Ladder
                    rungs=vec![Rung::hidden("Project", "info"), Rung::hidden("Environment", "warn"), Rung::used("Service", "debug")]
                    aside_title="If you remove this override"
                >
                    <span class="value">"warn"</span>
                    <p class="faint">"from Environment, set by Ana on 3 Nov"</p>
                </Ladder>
            </DetailRow>
            {variable("PAYMENT_PROVIDER_KEY", None, Some("Live key of the payment provider"), view! { <Mask hint=hint("sk_", "9fQ")/> }, Scope::Environment, production, "91 days ago, Ana")}
            {variable("PUBLIC_URL", None, None, view! { <span class="value">"https://"<Reference key="{{SHOP_HOST}}"/>"/api"</span> }, Scope::Project, None, "3 Nov, Sam")}
            {variable("TLS_CLIENT_CERT", Some("File"), Some("/etc/api/tls/client.pem"), view! { <Mask/> }, Scope::Service, None, "28 Oct, Ian")}
            {variable("SENTRY_DSN", Some("Doppler"), None, view! { <Mask hint=hint("htt", "442")/> }, Scope::Environment, production, "synced 2 min ago")}
            {variable("QOVERY_DATABASE_ORDERS_DB_HOST", None, None, view! { <span class="value">"orders-db.production.internal"</span> }, Scope::BuiltIn, None, "orders-db")}
        </DataTable>
    }
}

fn variable(
    key: &'static str,
    mark: Option<&'static str>,
    note: Option<&'static str>,
    value: impl IntoView + 'static,
    scope: Scope,
    environment: Option<EnvironmentType>,
    updated: &'static str,
) -> impl IntoView {
    let built_in = (scope == Scope::BuiltIn).then_some("Built-in variables follow their service");
    view! {
        <Row id=format!("row-{key}")>
            <Cell kind=CellKind::Select><input type="checkbox" aria-label=format!("Select {key}")/></Cell>
            <LeadCell note=note>
                <KeyName key=key/>
                {mark.map(|mark| view! { <Badge>{mark}</Badge> })}
            </LeadCell>
            <Cell kind=CellKind::Wide>{value}</Cell>
            <Cell label="Scope"><ScopeBadge scope environment/></Cell>
            <Cell kind=CellKind::Spare label="Updated">{updated}</Cell>
            <Cell kind=CellKind::Actions>
                <div class="row-actions">
                    <CopyButton text=key name=key/>
                    <Menu id=format!("menu-{key}") label=format!("Actions for {key}") size=Size::Small>
                        <MenuLink href="#edit" icon=IconName::Edit refused=built_in>"Edit"</MenuLink>
                        <MenuLink href="#override" icon=IconName::Override>"Override here"</MenuLink>
                        <MenuLink href="#history" icon=IconName::History>"History"</MenuLink>
                        <MenuRule/>
                        <MenuLink href="#delete" icon=IconName::Trash danger=true>"Delete"</MenuLink>
                    </Menu>
                </div>
            </Cell>
        </Row>
    }
}

fn add_panel() -> AnyView {
    let scopes = vec![
        RadioCard::new("project", "Project shop", "11 services in 4 environments"),
        RadioCard::new(
            "environment",
            "Environment production",
            "4 services: api, web, worker, orders-db",
        )
        .in_environment(EnvironmentType::Production),
        RadioCard::new("service", "Service api", "only here"),
    ];
    view! {
        <Panel title="Add variable" close="#close">
            <form class="panel-form" method="post" action="#">
                <PanelBody>
                    <TextField label="Key" name="key" value="STRIPE_SECRET_KEY" code=true autofocus=true hint="Free in all three scopes"/>
                    <Segmented
                        legend="Type"
                        name="kind"
                        parts=vec![Segment::new("plain", "Plain"), Segment::new("secret", "Secret").icon(IconName::Lock), Segment::new("file", "File").icon(IconName::File)]
                        value="secret"
                        hint="Encrypted, never shown again. Only its first and last three characters stay visible."
                    />
                    <TextArea label="Value" name="value" secret=true placeholder=" " value=" sk_live_51H8x" hint="32 characters."/>
                    <Note tone=Tone::Warn>"Starts with a space: kept as typed unless you " <a href="#trim">"trim it"</a> "."</Note>
                    <RadioCards legend="Scope" name="scope" cards=scopes value="environment"/>
                    <TextField label="Description" name="description" optional=true/>
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href="#close" look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Save"</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}

fn delete_dialog() -> AnyView {
    view! {
        <Dialog title="Delete environment production" close="#close">
            <form class="panel-form" method="post" action="#">
                <PanelBody>
                    <Consequences
                        message="This deletes the environment with everything in it. Its variables cannot be brought back."
                        list=vec!["4 services: api, web, worker, orders-db".into(), "24 variables, 9 of them secret".into(), "2 runtime tokens stop working at once".into()]
                    >
                        <TextField label="Type production to confirm" name="confirm" code=true required=true/>
                    </Consequences>
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href="#close" look=Look::Secondary attr:autofocus=true>"Cancel"</ButtonLink>
                    <SubmitButton look=Look::Danger>"Delete environment"</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

pub fn audit() -> AnyView {
    let crumbs = vec![
        Crumb::new("Acme", "#a"),
        Crumb::new("Organization Settings", "#s"),
        Crumb::here("Audit logs"),
    ];
    view! {
        <AppShell
            rail=|| view! { <Rail model=rail("#audit")/> }
            strip=|| {
                view! {
                    <ContextStrip crumbs aside=|| view! { <Badge tone=Tone::Ok icon=IconName::ShieldCheck>"Verified to 09:41"</Badge> "kept 30 days on Business" }/>
                }
            }
        >
            <PageHead
                title="Audit logs"
                actions=|| {
                    view! {
                        <Button look=Look::Quiet icon=IconName::ShieldCheck>"Verify"</Button>
                        <ButtonLink href="#export" icon=IconName::Download>"Export"</ButtonLink>
                    }
                }
            >
                "Who did what, when and how. Every change is here, in the order it happened."
            </PageHead>
            <Toolbar>
                <SearchForm action="#" label="Search events" value="payment actor:ana type:secret"/>
                <FilterChip id="f-time" name="Time range" value="last 7 days">
                    <MenuLink href="#1">"Last hour"</MenuLink>
                    <MenuLink href="#2" current=true>"Last 7 days"</MenuLink>
                    <MenuLink href="#3">"Last 30 days"</MenuLink>
                </FilterChip>
                <FilterChip id="f-target-type" name="Target type"><MenuLink href="#1">"Environment"</MenuLink></FilterChip>
                <FilterChip id="f-target" name="Target name"><MenuLink href="#1">"shop"</MenuLink></FilterChip>
                <FilterChip id="f-event" name="Event type" value="UPDATE" clear="#clear"><MenuLink href="#1">"CREATE"</MenuLink></FilterChip>
            </Toolbar>
            <Split side=event_details>
                {event_table()}
            </Split>
        </AppShell>
    }
    .into_any()
}

fn event_table() -> impl IntoView {
    let columns = vec![
        Column::new("Timestamp", CellKind::Corner),
        Column::new("Event type", CellKind::Lead),
        Column::new("Target", CellKind::Wide),
        Column::new("Change", CellKind::Wide),
        Column::new("User", CellKind::Plain),
        Column::new("Tool", CellKind::Plain),
    ];
    let counts = [
        4, 7, 3, 12, 8, 4, 2, 10, 18, 14, 9, 6, 5, 13, 8, 2, 0, 10, 11, 7,
    ];
    let bars = counts
        .iter()
        .enumerate()
        .map(|(hour, &count)| Bar {
            count,
            title: format!("23 Nov, {hour:02}:00: {count} events"),
            chosen: (8..11).contains(&hour),
            href: Some(format!("#h{hour}")),
        })
        .collect();
    view! {
        <DataTable
            caption="Audit events"
            columns
            top=|| view! { <Spark label="Events per hour, 153 in the last 20 hours" bars/> }
            foot=|| view! { <Pager summary="Showing 6 of about 1 240" previous="#p" next="#n"/> }
        >
            {event("09:41:07", "UPDATE", false, "PAYMENT_PROVIDER_KEY", "Secret · shop / production", "changed the value", "Ana Novak", "Console", true)}
            {event("09:40:12", "CREATE", false, "ian@acme.example", "Invitation", "invited as Viewer", "Olive Tran", "Console", false)}
            {event("09:38:55", "DENIED ×3", true, "billing / production", "Environment", "deploy needs Deploy", "Sam Adeyemi", "CLI", false)}
            {event("09:31:40", "UPDATE", false, "Payments team", "Role", "2 levels changed", "Olive Tran", "Console", false)}
            {event("09:22:03", "TRIGGER_DEPLOYMENT", false, "api", "Application · shop / staging", "deployment requested", "ci", "Terraform", false)}
            {event("09:20:00", "FETCH", false, "worker", "Application · shop / production", "9 secrets delivered", "worker-prod", "CLI", false)}
        </DataTable>
    }
}

#[expect(clippy::too_many_arguments, reason = "a row of a picture")]
fn event(
    time: &'static str,
    kind: &'static str,
    bad: bool,
    target: &'static str,
    target_note: &'static str,
    change: &'static str,
    who: &'static str,
    tool: &'static str,
    selected: bool,
) -> impl IntoView {
    let token = !who.contains(' ');
    let at = Timestamp::parse(&format!("2026-11-23T{time}Z")).unwrap_or_default();
    view! {
        <Row selected>
            <Cell kind=CellKind::Corner><Time at style=TimeStyle::Clock/></Cell>
            <LeadCell><a href="#event" class="event-type row-link" data-bad=bad.then_some("")>{breakable(kind)}</a></LeadCell>
            <Cell kind=CellKind::Wide>{target}<span class="cell-note">{target_note}</span></Cell>
            <Cell kind=CellKind::Wide>{change}</Cell>
            <Cell label="User">
                <Who name=who kind=if token { AvatarKind::Token } else { AvatarKind::Person }/>
            </Cell>
            <Cell label="Tool">{tool}</Cell>
        </Row>
    }
}

fn event_details() -> impl IntoView {
    let json = "{\n  \"event_type\": \"UPDATE\",\n  \"target_type\": \"ENVIRONMENT\",\n  \"sub_target_type\": \"SECRET\",\n  \"change\": { \"value\": \"changed\" }\n}";
    view! {
        <Card title="Ana Novak changed PAYMENT_PROVIDER_KEY" note="in shop / production, 23 Nov 2026, 09:41:07"
            actions=|| view! { <IconLink icon=IconName::Close label="Close event" href="#"/> }>
            <div class="stack">
                <DiffView
                    caption="Changed fields"
                    lines=vec![
                        DiffLine::new(Change::Removed, "value", view! { <Mask hint=hint("sk_", "2aB")/> }),
                        DiffLine::new(Change::Added, "value", view! { <Mask hint=hint("sk_", "9fQ")/> }),
                    ]
                />
                <Facts facts=vec![
                    Fact::new("Tool", "Console, Firefox on Linux"),
                    Fact::new("From", "198.51.100.24"),
                    Fact::new("Request", view! { <Code>"01J9Z4T0QX7M"</Code> }),
                    Fact::new("Sequence", "18 204, sealed by checkpoint 19"),
                ]/>
                <div class="cluster">
                    <ButtonLink href="#history">"History of this secret"</ButtonLink>
                    <ButtonLink href="#related" look=Look::Quiet>"Related"</ButtonLink>
                </div>
                <JsonView label="Event as JSON" json/>
            </div>
        </Card>
    }
}

pub fn members() -> AnyView {
    let crumbs = vec![
        Crumb::new("Acme", "#a"),
        Crumb::new("Organization Settings", "#s"),
        Crumb::here("Members"),
    ];
    let refused: &'static str = "Needs Manage members & roles: Owner or Admin can do this";
    let columns = vec![
        Column::new("Person", CellKind::Lead),
        Column::new("Role", CellKind::Plain),
        Column::new("Last active", CellKind::Meta),
        Column::new("Joined", CellKind::Spare),
        Column::new("Actions", CellKind::Actions),
    ];
    let person = move |name: &'static str, mail: &'static str, role: &'static str, custom: bool| {
        view! {
            <Row>
                <LeadCell>
                    <Who name note=mail/>
                </LeadCell>
                <Cell label="Role"><RoleBadge name=role custom/></Cell>
                <Cell kind=CellKind::Meta label="Last active">"5 min ago"</Cell>
                <Cell kind=CellKind::Spare label="Joined">"3 Nov 2026"</Cell>
                <Cell kind=CellKind::Actions>
                    <Menu id=format!("m-{mail}") label=format!("Actions for {name}") size=Size::Small>
                        <MenuLink href="#role" refused=refused>"Change role"</MenuLink>
                    </Menu>
                </Cell>
            </Row>
        }
    };
    view! {
        <AppShell
            rail=|| view! { <Rail model=rail("#members")/> }
            strip=|| view! { <ContextStrip crumbs aside=|| "You are DevOps here"/> }
        >
            <PageHead
                title="Members"
                view_only="View only: needs Manage members & roles. Owner or Admin can do this."
                actions=move || view! { <ButtonLink href="#invite" look=Look::Primary icon=IconName::UserAdd refused=refused>"Invite member"</ButtonLink> }
            >
                "Everybody who can sign in to Acme, and what they are here."
            </PageHead>
            <Tabs label="Members" tabs=vec![Tab::new("Members", "#", true).count(41), Tab::new("Invitations", "#", false).count(3)]/>
            <Toolbar><SearchForm action="#" label="Search members" placeholder="Search name or e-mail" shortcut="/"/></Toolbar>
            <DataTable caption="Members" columns foot=|| view! { <Pager summary="Showing 4 of 41" next="#n"/> }>
                {person("Olive Tran", "olive@acme.example", "Owner", false)}
                {person("Ana Novak", "ana@acme.example", "Admin", false)}
                {person("Sam Adeyemi", "sam@acme.example", "DevOps", false)}
                {person("Konstantin Bartholomew-Featherstone", "konstantin.bartholomew-featherstone@subsidiary.acme.example", "Payments team", true)}
            </DataTable>
        </AppShell>
    }
    .into_any()
}

pub fn roles() -> AnyView {
    let crumbs = vec![
        Crumb::new("Acme", "#a"),
        Crumb::new("Organization Settings", "#s"),
        Crumb::here("Roles"),
    ];
    let row = |permission: &str, marks: &str| PermissionRow {
        permission: permission.to_owned(),
        granted: marks.chars().map(|mark| mark == 'y').collect(),
    };
    let groups = vec![
        PermissionGroup {
            title: "Organization".into(),
            rows: vec![
                row("Read organization", "yyyyy"),
                row("Edit organization", "yy---"),
                row("Delete organization", "y----"),
                row("Manage billing", "yy-y-"),
                row("Manage members & roles", "yy---"),
                row("Manage cluster & container registry", "yyy--"),
                row("View audit logs", "yy---"),
            ],
        },
        PermissionGroup {
            title: "Projects and environments".into(),
            rows: vec![
                row("Read ANY project", "yyy-y"),
                row("Create project", "yy---"),
                row("Add/Edit/Delete environment variables and secrets", "yyy--"),
                row("Deploy/Stop ANY environment or service", "yyy--"),
            ],
        },
    ];
    let columns = ["Owner", "Admin", "DevOps", "Billing Manager", "Viewer"]
        .map(String::from)
        .to_vec();
    view! {
        <AppShell rail=|| view! { <Rail model=rail("#roles")/> } strip=|| view! { <ContextStrip crumbs/> }>
            <PageHead title="Roles">"What each role may do. Changes count from a person's next click."</PageHead>
            <div class="stack">
                <PermissionTable caption="Permissions of the built-in roles" columns groups current=2 note="Transferring ownership and deleting the organization are the owner's alone."/>
                <Card title="Before you save" note="Two changes reach 6 people and 1 token, from their next click on.">
                    <Effects effects=vec![
                        EffectLine::new(Change::Added, view! { "Ana, Ian, Sam and 3 more " <b>"can deploy"</b> " billing / staging " <span class="faint">"and change its variables"</span> }),
                        EffectLine::new(Change::Added, view! { "everyone " <b>"can manage"</b> " billing / development" }),
                        EffectLine::new(Change::Removed, view! { "token " <span class="key">"ci-billing"</span> " " <b>"can no longer"</b> " create services in billing / staging " <span class="faint">"last used for that 2 days ago"</span> }),
                    ]/>
                </Card>
                <UnsavedBar message="2 unsaved changes" note="effective at once, can be undone for 10 seconds">
                    <Button look=Look::Quiet>"Discard"</Button>
                    <Button>"Review"</Button>
                    <SubmitButton>"Save"</SubmitButton>
                </UnsavedBar>
            </div>
        </AppShell>
    }
    .into_any()
}

pub fn sign_in() -> AnyView {
    view! {
        <Gate title="Sign in to Gatehouse" foot=|| view! { <a href="#forgot">"Forgot your password?"</a> }>
            <form class="form" method="post" action="#">
                <FormError message="Email or password is not right."/>
                <TextField label="Email" name="email" kind=InputKind::Email value="olive@acme.example" autocomplete="username"/>
                <TextField
                    label="Password"
                    name="password"
                    kind=InputKind::Password
                    autocomplete="current-password"
                    autofocus=true
                    end=|| view! { <RevealButton control="password" name="password"/> }
                />
                <SubmitButton size=Size::Wide>"Sign in"</SubmitButton>
            </form>
        </Gate>
    }
    .into_any()
}

pub fn error() -> AnyView {
    let crumbs = vec![Crumb::new("Acme", "#a"), Crumb::here("Audit logs")];
    view! {
        <AppShell rail=|| view! { <Rail model=rail("#audit")/> } strip=|| view! { <ContextStrip crumbs/> }>
            <ErrorPage
                status=403
                title="No access to Audit logs"
                missing="View audit logs"
                role="DevOps"
                who_can="Owner and Admin hold it and can give it to you"
                request_id="01J9Z4T0QX7M"
                actions=|| view! { <ButtonLink href="#o" look=Look::Primary>"Go to the overview"</ButtonLink> }
            >
                "Your role in Acme does not include this page. Nothing is wrong with the link."
            </ErrorPage>
        </AppShell>
    }
    .into_any()
}

pub fn empty() -> AnyView {
    let crumbs = vec![Crumb::new("shop", "#p"), Crumb::here("staging")];
    view! {
        <AppShell
            rail=|| view! { <Rail model=rail("#staging")/> }
            strip=|| view! { <ContextStrip crumbs environment=Some(EnvironmentType::Staging)/> }
        >
            <PageHead title="staging">"Four services on eu-west-3, rehearsing what production gets."</PageHead>
            <div class="stack">
                <div class="figures">
                    <Figure label="Services" value="4" href="#s" note="2 applications, 1 job, 1 database"/>
                    <Figure label="Variables" value="22" href="#v" note="9 of them secret"/>
                    <Figure label="Last change" value="2 h" href="#h" note="Ana changed LOG_LEVEL"/>
                </div>
                <Card title="Services" flush=true actions=|| view! { <ButtonLink href="#n" icon=IconName::Plus>"Create service"</ButtonLink> }>
                    <EmptyState kind=EmptyKind::NoneYet title="No services yet" icon=IconName::Application
                        actions=|| view! { <ButtonLink href="#n" look=Look::Primary icon=IconName::Plus>"Create service"</ButtonLink> }>
                        "A service is an application, a container, a job or a database that runs in this environment."
                    </EmptyState>
                </Card>
            </div>
        </AppShell>
    }
    .into_any()
}
