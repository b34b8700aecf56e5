-- Gatehouse's store. Times are microseconds since 1970 in UTC, identifiers are UUIDs as text,
-- flags are 0 or 1. Everything of a tenant carries organization_id first in its key.

create table instance (
    id              bigint not null primary key check (id = 1),
    created_at      bigint not null,
    root_key_id     text    not null,
    setup_hash      bytea,                 -- the one-time set-up link, until it is used
    completed_at    bigint               -- when the first account was made
);

create table layer_key (
    owner           text    not null,     -- 'instance' or an organization's id
    version         bigint not null,
    wrapped         bytea    not null,
    checked         bytea    not null,     -- a known text under this key, opened at every start
    root_key_id     text    not null,
    active          bigint not null check (active in (0, 1)),
    encryptions     bigint not null default 0,
    created_at      bigint not null,
    primary key (owner, version)
);
create unique index layer_key_active on layer_key (owner) where active = 1;

create table person (
    id              text    not null primary key,
    email           text    not null,
    email_canonical text    not null unique,
    email_verified_at bigint,
    name            text    not null,
    name_key        text    not null,     -- how names are sorted and searched
    password        bytea    not null,     -- an Argon2 string, sealed
    password_version bigint not null,
    created_at      bigint not null,
    disabled_at     bigint
);

create table session (
    id              text    not null primary key,
    person_id       text    not null references person (id) on delete cascade,
    token_hash      bytea    not null unique,
    key_version     bigint not null,     -- of the instance's key that hashed the token
    created_at      bigint not null,
    seen_at         bigint not null,
    proven_at       bigint not null,     -- when the password was given last
    expires_at      bigint not null,
    network         text    not null,
    user_agent      text    not null
);
create index session_person on session (person_id);

create table throttle (
    kind            text    not null check (kind in ('account', 'network', 'comparison')),
    key             bytea   not null,
    failures        bigint not null,
    since           bigint not null,
    blocked_until   bigint not null,
    primary key (kind, key)
);

create table organization (
    id              text    not null primary key,
    slug            text    not null unique,
    name            text    not null,
    name_key        text    not null unique,
    description     text    not null default '',
    website         text    not null default '',
    contact_emails  text    not null default '[]',
    plan            text    not null,
    retention_days  bigint not null,
    owner_id        text    not null references person (id),
    created_at      bigint not null,
    deleted_at      bigint,                 -- locked since; destroyed seven days later
    version         bigint not null default 1
);

-- Slugs that stood for something once; old links are redirected. parent is '' for organizations.
create table former_slug (
    parent          text    not null,
    slug            text    not null,
    target_id       text    not null,
    primary key (parent, slug)
);

-- Roles an organization defines. Only levels above the default have rows, so what is created later has the default.
create table custom_role (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    name            text    not null,
    name_key        text    not null,
    description     text    not null default '',
    created_at      bigint  not null,
    updated_at      bigint  not null,
    updated_by      text    not null,     -- the actor's name at the time
    version         bigint  not null default 1,
    primary key (organization_id, id),
    unique (organization_id, name_key)
);

create table membership (
    organization_id text    not null references organization (id) on delete cascade,
    person_id       text    not null references person (id) on delete cascade,
    role            text    not null check (role in ('admin', 'devops', 'billing', 'viewer', 'custom')), -- the owner's is organization.owner_id
    role_id         text,                 -- which custom role
    joined_at       bigint not null,
    last_active_at  bigint,
    primary key (organization_id, person_id),
    check ((role = 'custom') = (role_id is not null)),
    foreign key (organization_id, role_id) references custom_role (organization_id, id)
);
create index membership_person on membership (person_id);
create index membership_role on membership (organization_id, role_id);

create table invitation (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    email           text    not null,
    email_canonical text    not null,
    role            text    not null check (role in ('admin', 'devops', 'billing', 'viewer', 'custom')),
    role_id         text,
    role_label      text    not null default '', -- the name of a role that was deleted since
    note            text    not null default '',
    days            bigint  not null default 7,
    token_hash      bytea    not null unique,
    key_version     bigint not null,     -- of the instance's key that hashed the token
    mailed          bigint not null,     -- 1 when the link went to the address itself
    invited_by      text    not null references person (id) on delete cascade,
    sent_at         bigint not null,
    expires_at      bigint not null,
    accepted_at     bigint,
    revoked_at      bigint,
    declined_at     bigint,
    primary key (organization_id, id),
    check ((role = 'custom') = (role_id is not null)),
    foreign key (organization_id, role_id) references custom_role (organization_id, id)
);
create unique index invitation_open on invitation (organization_id, email_canonical) where accepted_at is null and revoked_at is null and declined_at is null;
create index invitation_inviter on invitation (invited_by);

-- What a person sent within a day, for the limit; older rows go with the next one.
create table invitation_sent (
    person_id       text    not null references person (id) on delete cascade,
    at              bigint not null,
    sent            bigint not null,
    primary key (person_id, at)
);

-- Something only its creator may read, for a few minutes: links that no mail server delivers, permission to tell secrets apart.
create table handover (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null,
    person_id       text    not null references person (id) on delete cascade,
    content         bytea   not null,     -- sealed
    expires_at      bigint  not null,
    primary key (organization_id, id)
);

create table cluster (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    name            text    not null,
    name_key        text    not null,
    provider        text    not null,
    region          text    not null,
    description     text    not null default '',
    created_at      bigint not null,
    version         bigint not null default 1,
    primary key (organization_id, id),
    unique (organization_id, name_key)
);

create table container_registry (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    name            text    not null,
    kind            text    not null,
    url             text    not null,
    created_at      bigint not null,
    primary key (organization_id, id)
);

create table project (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    slug            text    not null,
    name            text    not null,
    name_key        text    not null,
    description     text    not null default '',
    created_at      bigint not null,
    version         bigint not null default 1,
    primary key (organization_id, id),
    unique (organization_id, slug),
    unique (organization_id, name_key)
);

create table custom_role_cluster (
    organization_id text    not null,
    role_id         text    not null,
    cluster_id      text    not null,
    level           text    not null check (level in ('ENV_CREATOR', 'ADMIN')),
    primary key (organization_id, role_id, cluster_id),
    foreign key (organization_id, role_id) references custom_role (organization_id, id) on delete cascade,
    foreign key (organization_id, cluster_id) references cluster (organization_id, id) on delete cascade
);

-- kind is an environment type, or ALL for Full access to the whole project.
create table custom_role_project (
    organization_id text    not null,
    role_id         text    not null,
    project_id      text    not null,
    kind            text    not null check (kind in ('PRODUCTION', 'STAGING', 'DEVELOPMENT', 'PREVIEW', 'ALL')),
    level           text    not null check (level in ('VIEWER', 'DEPLOYER', 'MANAGER', 'FULL')),
    primary key (organization_id, role_id, project_id, kind),
    check ((kind = 'ALL') = (level = 'FULL')),
    foreign key (organization_id, role_id) references custom_role (organization_id, id) on delete cascade,
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade
);

-- What a role was, once per save, for its history and for undoing.
create table custom_role_version (
    organization_id text    not null,
    role_id         text    not null,
    version         bigint  not null,
    name            text    not null,
    description     text    not null,
    matrix          text    not null,     -- JSON
    at              bigint  not null,
    by              text    not null,
    primary key (organization_id, role_id, version),
    foreign key (organization_id, role_id) references custom_role (organization_id, id) on delete cascade
);

-- An edit somebody is reviewing. It changes nothing until it is saved.
create table custom_role_draft (
    organization_id text    not null,
    role_id         text    not null,
    person_id       text    not null references person (id) on delete cascade,
    base_version    bigint  not null,
    name            text    not null,
    description     text    not null,
    matrix          text    not null,     -- JSON
    at              bigint  not null,
    primary key (organization_id, role_id, person_id),
    foreign key (organization_id, role_id) references custom_role (organization_id, id) on delete cascade
);

create table environment (
    organization_id text    not null,
    id              text    not null unique,
    project_id      text    not null,
    slug            text    not null,
    name            text    not null,
    name_key        text    not null,
    kind            text    not null check (kind in ('PRODUCTION', 'STAGING', 'DEVELOPMENT', 'PREVIEW')),
    cluster_id      text    not null,
    created_at      bigint not null,
    version         bigint not null default 1,
    primary key (organization_id, id),
    unique (organization_id, project_id, slug),
    unique (organization_id, project_id, name_key),
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
    foreign key (organization_id, cluster_id) references cluster (organization_id, id)
);
create index environment_cluster on environment (organization_id, cluster_id);

create table service (
    organization_id text    not null,
    id              text    not null unique,
    project_id      text    not null,
    environment_id  text    not null,
    slug            text    not null,
    name            text    not null,
    name_key        text    not null,
    builtin_name    text    not null,     -- the <SERVICE_ID> of built-in variables, fixed at creation
    kind            text    not null check (kind in ('APPLICATION', 'CONTAINER', 'JOB', 'DATABASE')),
    description     text    not null default '',
    credential      bytea,                -- of a database, sealed
    created_at      bigint not null,
    version         bigint not null default 1,
    primary key (organization_id, id),
    unique (organization_id, environment_id, slug),
    unique (organization_id, environment_id, name_key),
    unique (organization_id, environment_id, builtin_name),
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
    foreign key (organization_id, environment_id) references environment (organization_id, id) on delete cascade
);
create index service_project on service (organization_id, project_id);

-- level_id is the id of the project, environment or service it is defined at.
create table variable (
    organization_id text    not null,
    id              text    not null unique,
    project_id      text    not null,
    environment_id  text,
    service_id      text,
    scope           text    not null check (scope in ('PROJECT', 'ENVIRONMENT', 'SERVICE')),
    level_id        text    not null,
    key             text    not null,
    kind            text    not null check (kind in ('VALUE', 'FILE', 'ALIAS', 'OVERRIDE')),
    secret          bigint not null check (secret in (0, 1)),
    mount_path      text,
    description     text    not null default '',
    interpolate     bigint not null default 1 check (interpolate in (0, 1)),
    mentions        text    not null default '', -- the keys in its value as {{KEY}}, apart by spaces
    version         bigint not null default 1,
    value           bytea    not null,     -- sealed under (id, version)
    hint            bytea,                 -- sealed; secrets of 16 characters or more
    created_at      bigint not null,
    updated_at      bigint not null,
    updated_by      text    not null,     -- the actor's name at the time
    primary key (organization_id, id),
    unique (organization_id, level_id, key),
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
    foreign key (organization_id, environment_id) references environment (organization_id, id) on delete cascade,
    foreign key (organization_id, service_id) references service (organization_id, id) on delete cascade
);
create index variable_project on variable (organization_id, project_id);
create index variable_environment on variable (organization_id, environment_id);
create index variable_service on variable (organization_id, service_id);

-- What a variable was, once per change, and at last that it was deleted. Values are sealed like the current one. The rows
-- outlive their variable, so that a place can be restored to a point in time, and go with the place.
create table variable_version (
    organization_id text    not null,
    variable_id     text    not null,
    version         bigint not null,
    project_id      text    not null,
    environment_id  text,
    service_id      text,
    scope           text    not null check (scope in ('PROJECT', 'ENVIRONMENT', 'SERVICE')),
    level_id        text    not null,
    key             text    not null,
    kind            text    not null check (kind in ('VALUE', 'FILE', 'ALIAS', 'OVERRIDE')),
    secret          bigint not null check (secret in (0, 1)), -- at the time, or made one since
    value           bytea,                -- sealed under (variable_id, version); null when it was deleted
    mount_path      text,
    description     text    not null,
    interpolate     bigint not null check (interpolate in (0, 1)),
    mentions        text    not null,
    at              bigint not null,
    by              text    not null,     -- the actor's name at the time
    what            text    not null check (what in ('CREATED', 'EDITED', 'RESTORED', 'DELETED')),
    new_value       bigint not null check (new_value in (0, 1)), -- was a value entered or brought back?
    made_secret     bigint not null check (made_secret in (0, 1)),
    restored_from   bigint,             -- the version that was brought back
    primary key (organization_id, variable_id, version),
    check ((value is null) = (what = 'DELETED')),
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
    foreign key (organization_id, environment_id) references environment (organization_id, id) on delete cascade,
    foreign key (organization_id, service_id) references service (organization_id, id) on delete cascade
);
create index variable_version_project on variable_version (organization_id, project_id);
create index variable_version_environment on variable_version (organization_id, environment_id);
create index variable_version_service on variable_version (organization_id, service_id);
create index variable_version_level on variable_version (organization_id, level_id, at);
create index variable_version_deleted on variable_version (at) where what = 'DELETED';

-- Mails waiting to leave. The mail holds a usable link, so it is sealed, and erased once it is out.
create table outbox (
    id              text    not null primary key,
    kind            text    not null,
    mail            bytea,
    created_at      bigint not null,
    due_at          bigint not null,
    attempts        bigint not null default 0,
    sent_at         bigint,
    failed_at       bigint,
    last_error      text    not null default ''
);
create index outbox_due on outbox (due_at) where sent_at is null and failed_at is null;

-- The audit log. Names are kept as they were at the time, once each, and events point at them.
create table audit_chain (
    id              bigint generated by default as identity primary key,
    owner           text    not null unique,   -- 'instance' or an organization's id
    head_sequence   bigint not null,
    head_hash       bytea    not null
);

create table audit_actor (
    id              bigint generated by default as identity primary key,
    chain           bigint not null references audit_chain (id),
    kind            text    not null,
    actor_id        text    not null,
    name            text    not null,
    unique (chain, kind, actor_id, name)
);

create table audit_object (
    id              bigint generated by default as identity primary key,
    chain           bigint not null references audit_chain (id),
    target_id       text    not null,
    target_name     text    not null,
    subject_id      text    not null,
    subject_name    text    not null,
    project_id      text    not null,
    project_name    text    not null,
    environment_id  text    not null,
    environment_name text   not null,
    unique (chain, target_id, subject_id, target_name, subject_name, project_name, environment_name, project_id, environment_id)
);

create table audit_client (
    id              bigint generated by default as identity primary key,
    chain           bigint not null references audit_chain (id),
    network         text    not null,
    user_agent      text    not null,
    unique (chain, network, user_agent)
);

create table audit_event (
    chain           bigint not null references audit_chain (id),
    sequence        bigint not null,
    at              bigint not null,
    event           bigint not null,
    target_type     bigint not null,
    sub_target_type bigint not null,          -- 0: none
    object          bigint not null references audit_object (id),
    actor           bigint not null references audit_actor (id),
    client          bigint not null references audit_client (id),
    tool            bigint not null,
    outcome         bigint not null,
    request         bytea    not null,
    change          text    not null,
    hash            bytea    not null,
    primary key (chain, sequence)
);
create index audit_event_at on audit_event (chain, at, sequence);
-- Each filter has an index in the order of pages that also holds what the other filters ask for.
create index audit_event_event on audit_event (chain, event, sequence, at, target_type, sub_target_type, object);
create index audit_event_target on audit_event (chain, target_type, sequence, at, event, object);
create index audit_event_part on audit_event (chain, sub_target_type, sequence, at, event, object);
create index audit_event_object on audit_event (chain, object, sequence, at, event, target_type, sub_target_type);
create index audit_event_actor on audit_event (chain, actor, sequence);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit events are append-only';
end $$;
create trigger audit_event_is_append_only before update or delete on audit_event
    for each row execute function audit_is_append_only();
create trigger audit_event_is_not_truncated before truncate on audit_event
    for each statement execute function audit_is_append_only();
create trigger audit_object_is_append_only before delete or update of target_id, target_name, subject_id, subject_name, project_id, project_name, environment_id, environment_name on audit_object
    for each row execute function audit_is_append_only();
create trigger audit_object_is_not_truncated before truncate on audit_object
    for each statement execute function audit_is_append_only();
create trigger audit_actor_is_append_only before delete or update of kind, actor_id, name on audit_actor
    for each row execute function audit_is_append_only();
create trigger audit_actor_is_not_truncated before truncate on audit_actor
    for each statement execute function audit_is_append_only();
create trigger audit_client_is_append_only before delete or update of network, user_agent on audit_client
    for each row execute function audit_is_append_only();
create trigger audit_client_is_not_truncated before truncate on audit_client
    for each statement execute function audit_is_append_only();
