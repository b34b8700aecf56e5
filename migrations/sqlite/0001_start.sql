-- Gatehouse's store. Times are microseconds since 1970 in UTC, identifiers are UUIDs as text,
-- flags are 0 or 1. Everything of a tenant carries organization_id first in its key.

create table instance (
    id              integer not null primary key check (id = 1),
    created_at      integer not null,
    root_key_id     text    not null,
    setup_hash      blob,                 -- the one-time set-up link, until it is used
    completed_at    integer               -- when the first account was made
) strict;

create table layer_key (
    owner           text    not null,     -- 'instance' or an organization's id
    version         integer not null,
    wrapped         blob    not null,
    checked         blob    not null,     -- a known text under this key, opened at every start
    root_key_id     text    not null,
    active          integer not null check (active in (0, 1)),
    encryptions     integer not null default 0,
    created_at      integer not null,
    primary key (owner, version)
) strict;
create unique index layer_key_active on layer_key (owner) where active = 1;

create table person (
    id              text    not null primary key,
    email           text    not null,
    email_canonical text    not null unique,
    email_verified_at integer,
    name            text    not null,
    name_key        text    not null,     -- how names are sorted and searched
    password        blob    not null,     -- an Argon2 string, sealed
    password_version integer not null,
    created_at      integer not null,
    disabled_at     integer
) strict;

create table session (
    id              text    not null primary key,
    person_id       text    not null references person (id) on delete cascade,
    token_hash      blob    not null unique,
    key_version     integer not null,     -- of the instance's key that hashed the token
    created_at      integer not null,
    seen_at         integer not null,
    proven_at       integer not null,     -- when the password was given last
    expires_at      integer not null,
    network         text    not null,
    user_agent      text    not null
) strict;
create index session_person on session (person_id);

create table throttle (
    kind            text    not null check (kind in ('account', 'network', 'comparison')),
    key             blob    not null,
    failures        integer not null,
    since           integer not null,
    blocked_until   integer not null,
    primary key (kind, key)
) strict;

create table organization (
    id              text    not null primary key,
    slug            text    not null unique,
    name            text    not null,
    name_key        text    not null unique,
    description     text    not null default '',
    website         text    not null default '',
    contact_emails  text    not null default '[]',
    plan            text    not null,
    retention_days  integer not null,
    owner_id        text    not null references person (id),
    created_at      integer not null,
    deleted_at      integer,                 -- locked since; destroyed seven days later
    version         integer not null default 1
) strict;

-- Slugs that stood for something once; old links are redirected. parent is '' for organizations.
create table former_slug (
    parent          text    not null,
    slug            text    not null,
    target_id       text    not null,
    primary key (parent, slug)
) strict;

-- Roles an organization defines. Only levels above the default have rows, so what is created later has the default.
create table custom_role (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    name            text    not null,
    name_key        text    not null,
    description     text    not null default '',
    created_at      integer not null,
    updated_at      integer not null,
    updated_by      text    not null,     -- the actor's name at the time
    version         integer not null default 1,
    primary key (organization_id, id),
    unique (organization_id, name_key)
) strict;

create table membership (
    organization_id text    not null references organization (id) on delete cascade,
    person_id       text    not null references person (id) on delete cascade,
    role            text    not null check (role in ('admin', 'devops', 'billing', 'viewer', 'custom')), -- the owner's is organization.owner_id
    role_id         text,                 -- which custom role
    joined_at       integer not null,
    last_active_at  integer,
    primary key (organization_id, person_id),
    check ((role = 'custom') = (role_id is not null)),
    foreign key (organization_id, role_id) references custom_role (organization_id, id)
) strict;
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
    days            integer not null default 7,
    token_hash      blob    not null unique,
    key_version     integer not null,     -- of the instance's key that hashed the token
    mailed          integer not null,     -- 1 when the link went to the address itself
    invited_by      text    not null references person (id) on delete cascade,
    sent_at         integer not null,
    expires_at      integer not null,
    accepted_at     integer,
    revoked_at      integer,
    declined_at     integer,
    primary key (organization_id, id),
    check ((role = 'custom') = (role_id is not null)),
    foreign key (organization_id, role_id) references custom_role (organization_id, id)
) strict;
create unique index invitation_open on invitation (organization_id, email_canonical) where accepted_at is null and revoked_at is null and declined_at is null;
create index invitation_inviter on invitation (invited_by);

-- What a person sent within a day, for the limit; older rows go with the next one.
create table invitation_sent (
    person_id       text    not null references person (id) on delete cascade,
    at              integer not null,
    sent            integer not null,
    primary key (person_id, at)
) strict;

-- Something only its creator may read, for a few minutes: links that no mail server delivers, permission to tell secrets apart.
create table handover (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null,
    person_id       text    not null references person (id) on delete cascade,
    content         blob    not null,     -- sealed
    expires_at      integer not null,
    primary key (organization_id, id)
) strict;

create table cluster (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    name            text    not null,
    name_key        text    not null,
    provider        text    not null,
    region          text    not null,
    description     text    not null default '',
    created_at      integer not null,
    version         integer not null default 1,
    primary key (organization_id, id),
    unique (organization_id, name_key)
) strict;

create table container_registry (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    name            text    not null,
    kind            text    not null,
    url             text    not null,
    created_at      integer not null,
    primary key (organization_id, id)
) strict;

create table project (
    organization_id text    not null references organization (id) on delete cascade,
    id              text    not null unique,
    slug            text    not null,
    name            text    not null,
    name_key        text    not null,
    description     text    not null default '',
    created_at      integer not null,
    version         integer not null default 1,
    primary key (organization_id, id),
    unique (organization_id, slug),
    unique (organization_id, name_key)
) strict;

create table custom_role_cluster (
    organization_id text    not null,
    role_id         text    not null,
    cluster_id      text    not null,
    level           text    not null check (level in ('ENV_CREATOR', 'ADMIN')),
    primary key (organization_id, role_id, cluster_id),
    foreign key (organization_id, role_id) references custom_role (organization_id, id) on delete cascade,
    foreign key (organization_id, cluster_id) references cluster (organization_id, id) on delete cascade
) strict;

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
) strict;

-- What a role was, once per save, for its history and for undoing.
create table custom_role_version (
    organization_id text    not null,
    role_id         text    not null,
    version         integer not null,
    name            text    not null,
    description     text    not null,
    matrix          text    not null,     -- JSON
    at              integer not null,
    by              text    not null,
    primary key (organization_id, role_id, version),
    foreign key (organization_id, role_id) references custom_role (organization_id, id) on delete cascade
) strict;

-- An edit somebody is reviewing. It changes nothing until it is saved.
create table custom_role_draft (
    organization_id text    not null,
    role_id         text    not null,
    person_id       text    not null references person (id) on delete cascade,
    base_version    integer not null,
    name            text    not null,
    description     text    not null,
    matrix          text    not null,     -- JSON
    at              integer not null,
    primary key (organization_id, role_id, person_id),
    foreign key (organization_id, role_id) references custom_role (organization_id, id) on delete cascade
) strict;

create table environment (
    organization_id text    not null,
    id              text    not null unique,
    project_id      text    not null,
    slug            text    not null,
    name            text    not null,
    name_key        text    not null,
    kind            text    not null check (kind in ('PRODUCTION', 'STAGING', 'DEVELOPMENT', 'PREVIEW')),
    cluster_id      text    not null,
    created_at      integer not null,
    version         integer not null default 1,
    primary key (organization_id, id),
    unique (organization_id, project_id, slug),
    unique (organization_id, project_id, name_key),
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
    foreign key (organization_id, cluster_id) references cluster (organization_id, id)
) strict;
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
    credential      blob,                -- of a database, sealed
    created_at      integer not null,
    version         integer not null default 1,
    primary key (organization_id, id),
    unique (organization_id, environment_id, slug),
    unique (organization_id, environment_id, name_key),
    unique (organization_id, environment_id, builtin_name),
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
    foreign key (organization_id, environment_id) references environment (organization_id, id) on delete cascade
) strict;
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
    secret          integer not null check (secret in (0, 1)),
    mount_path      text,
    description     text    not null default '',
    interpolate     integer not null default 1 check (interpolate in (0, 1)),
    mentions        text    not null default '', -- the keys in its value as {{KEY}}, apart by spaces
    version         integer not null default 1,
    value           blob    not null,     -- sealed under (id, version)
    hint            blob,                 -- sealed; secrets of 16 characters or more
    created_at      integer not null,
    updated_at      integer not null,
    updated_by      text    not null,     -- the actor's name at the time
    primary key (organization_id, id),
    unique (organization_id, level_id, key),
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
    foreign key (organization_id, environment_id) references environment (organization_id, id) on delete cascade,
    foreign key (organization_id, service_id) references service (organization_id, id) on delete cascade
) strict;
create index variable_project on variable (organization_id, project_id);
create index variable_environment on variable (organization_id, environment_id);
create index variable_service on variable (organization_id, service_id);

-- What a variable was, once per change, and at last that it was deleted. Values are sealed like the current one. The rows
-- outlive their variable, so that a place can be restored to a point in time, and go with the place.
create table variable_version (
    organization_id text    not null,
    variable_id     text    not null,
    version         integer not null,
    project_id      text    not null,
    environment_id  text,
    service_id      text,
    scope           text    not null check (scope in ('PROJECT', 'ENVIRONMENT', 'SERVICE')),
    level_id        text    not null,
    key             text    not null,
    kind            text    not null check (kind in ('VALUE', 'FILE', 'ALIAS', 'OVERRIDE')),
    secret          integer not null check (secret in (0, 1)), -- at the time, or made one since
    value           blob,                -- sealed under (variable_id, version); null when it was deleted
    mount_path      text,
    description     text    not null,
    interpolate     integer not null check (interpolate in (0, 1)),
    mentions        text    not null,
    at              integer not null,
    by              text    not null,     -- the actor's name at the time
    what            text    not null check (what in ('CREATED', 'EDITED', 'RESTORED', 'DELETED')),
    new_value       integer not null check (new_value in (0, 1)), -- was a value entered or brought back?
    made_secret     integer not null check (made_secret in (0, 1)),
    restored_from   integer,             -- the version that was brought back
    primary key (organization_id, variable_id, version),
    check ((value is null) = (what = 'DELETED')),
    foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
    foreign key (organization_id, environment_id) references environment (organization_id, id) on delete cascade,
    foreign key (organization_id, service_id) references service (organization_id, id) on delete cascade
) strict;
create index variable_version_project on variable_version (organization_id, project_id);
create index variable_version_environment on variable_version (organization_id, environment_id);
create index variable_version_service on variable_version (organization_id, service_id);
create index variable_version_level on variable_version (organization_id, level_id, at);
create index variable_version_deleted on variable_version (at) where what = 'DELETED';

-- Mails waiting to leave. The mail holds a usable link, so it is sealed, and erased once it is out.
create table outbox (
    id              text    not null primary key,
    kind            text    not null,
    mail            blob,
    created_at      integer not null,
    due_at          integer not null,
    attempts        integer not null default 0,
    sent_at         integer,
    failed_at       integer,
    last_error      text    not null default ''
) strict;
create index outbox_due on outbox (due_at) where sent_at is null and failed_at is null;

-- The audit log. Names are kept as they were at the time, once each, and events point at them.
create table audit_chain (
    id              integer not null primary key,
    owner           text    not null unique,   -- 'instance' or an organization's id
    head_sequence   integer not null,
    head_hash       blob    not null
) strict;

create table audit_actor (
    id              integer not null primary key,
    chain           integer not null references audit_chain (id),
    kind            text    not null,
    actor_id        text    not null,
    name            text    not null,
    unique (chain, kind, actor_id, name)
) strict;

create table audit_object (
    id              integer not null primary key,
    chain           integer not null references audit_chain (id),
    target_id       text    not null,
    target_name     text    not null,
    subject_id      text    not null,
    subject_name    text    not null,
    project_id      text    not null,
    project_name    text    not null,
    environment_id  text    not null,
    environment_name text   not null,
    unique (chain, target_id, subject_id, target_name, subject_name, project_name, environment_name, project_id, environment_id)
) strict;

create table audit_client (
    id              integer not null primary key,
    chain           integer not null references audit_chain (id),
    network         text    not null,
    user_agent      text    not null,
    unique (chain, network, user_agent)
) strict;

create table audit_event (
    chain           integer not null references audit_chain (id),
    sequence        integer not null,
    at              integer not null,
    event           integer not null,
    target_type     integer not null,
    sub_target_type integer not null,          -- 0: none
    object          integer not null references audit_object (id),
    actor           integer not null references audit_actor (id),
    client          integer not null references audit_client (id),
    tool            integer not null,
    outcome         integer not null,
    request         blob    not null,
    change          text    not null,
    hash            blob    not null,
    primary key (chain, sequence)
) strict, without rowid;
create index audit_event_at on audit_event (chain, at, sequence);
-- Each filter has an index in the order of pages that also holds what the other filters ask for.
create index audit_event_event on audit_event (chain, event, sequence, at, target_type, sub_target_type, object);
create index audit_event_target on audit_event (chain, target_type, sequence, at, event, object);
create index audit_event_part on audit_event (chain, sub_target_type, sequence, at, event, object);
create index audit_event_object on audit_event (chain, object, sequence, at, event, target_type, sub_target_type);
create index audit_event_actor on audit_event (chain, actor, sequence);

create trigger audit_event_is_not_changed before update on audit_event
begin select raise(abort, 'audit events are append-only'); end;
create trigger audit_event_is_not_deleted before delete on audit_event
begin select raise(abort, 'audit events are append-only'); end;
create trigger audit_object_is_not_changed before update of target_id, target_name, subject_id, subject_name, project_id, project_name, environment_id, environment_name on audit_object
begin select raise(abort, 'audit names are append-only'); end;
create trigger audit_object_is_not_deleted before delete on audit_object
begin select raise(abort, 'audit names are append-only'); end;
create trigger audit_actor_is_not_changed before update of kind, actor_id, name on audit_actor
begin select raise(abort, 'audit names are append-only'); end;
create trigger audit_actor_is_not_deleted before delete on audit_actor
begin select raise(abort, 'audit names are append-only'); end;
create trigger audit_client_is_not_changed before update of network, user_agent on audit_client
begin select raise(abort, 'audit names are append-only'); end;
create trigger audit_client_is_not_deleted before delete on audit_client
begin select raise(abort, 'audit names are append-only'); end;
