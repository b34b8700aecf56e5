//! Projects, environments and services: listing, creating, renaming, deleting.

use domain::{
    ApiError, ClusterId, EnvironmentId, EnvironmentName, EnvironmentType, EventType, Grants,
    Invalid, LevelRef, Lineage, OrganizationId, Permission, ProjectId, ProjectName, ServiceId,
    ServiceKind, ServiceName, Timestamp,
    audit::Change,
    can_see, decide, parse_description, upper_snake,
    view::{EnvironmentView, ProjectView, ServiceView},
    who_may,
};

use super::{console::rights, free_slug};
use crate::{
    Caller, EnvironmentTarget, Error, Level, ProjectTarget, Result, Service, ServiceTarget,
    audit::{EventTarget, NewEvent},
    authz::Placement,
    permits,
    store::{Chain, EnvironmentRow, NewService, ServiceRow, Tx, WriteTx},
};

/// A service as a form sends it.
#[derive(Clone, Debug)]
pub struct ServiceForm {
    /// The name.
    pub name: String,
    /// The code of its kind.
    pub kind: String,
    /// Free text.
    pub description: String,
}

/// What a deletion would take along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Environments.
    pub environments: u32,
    /// Services.
    pub services: u32,
    /// Variables and secrets, at every scope.
    pub variables: u32,
}

const MEANWHILE: &str = "Somebody changed this meanwhile. Reload the page to see what it is now.";
const NAME_DIFFERS: &str = "Type the name exactly as it is shown.";

fn taken(what: &str) -> Error {
    ApiError::field("name", format!("Another {what} here has this name.")).into()
}

impl Service {
    // Projects

    /// The projects in sight.
    ///
    /// # Errors
    /// `NotFound` for strangers.
    pub async fn projects(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Vec<ProjectView>> {
        let mut tx = self.store.read().await?;
        let held = self.held(&mut tx, caller, organization).await?;
        let rows = tx.all_projects(organization).await?;
        let seen = rows
            .into_iter()
            .filter(|row| can_see(&held, &Lineage::project(row.id)));
        Ok(seen
            .map(|row| ProjectView {
                rights: rights(&held, "", &Lineage::project(row.id)),
                id: row.id,
                slug: row.slug,
                name: row.name,
                description: row.description,
                created_at: row.created_at,
                version: row.version,
                variable_count: row.variable_count,
            })
            .collect())
    }

    /// One project.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight.
    pub async fn project(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        project: ProjectId,
    ) -> Result<ProjectView> {
        super::not_found(
            self.projects(caller, organization)
                .await?
                .into_iter()
                .find(|one| one.id == project),
        )
    }

    /// A new project. Its slug.
    ///
    /// # Errors
    /// `Forbidden`, or every field that needs attention.
    pub async fn create_project(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        name: &str,
        description: &str,
    ) -> Result<String> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::CreateProject>(caller, seen.target().clone())
            .await?;
        let mut invalid = Invalid::new();
        let name = invalid.check("name", ProjectName::parse(name));
        let description = invalid.check("description", parse_description(description));
        let (Some(name), Some(description)) = (name, description) else {
            return Err(invalid.into_error().into());
        };
        let id: ProjectId = self.id();
        let slug = self
            .slug(
                &mut tx,
                organization,
                &organization.to_string(),
                name.as_str(),
                "project",
                None,
            )
            .await?;
        match tx
            .insert_project(&proof, id, &slug, &name, &description, self.now())
            .await
        {
            Err(error) if error.is_duplicate() => return Err(taken("project")),
            other => other?,
        }
        let target = ProjectTarget {
            organization: proof.target().clone(),
            id,
            slug: slug.clone(),
            name: name.as_str().to_owned(),
        };
        let change = Change::none()
            .set("name", name.as_str())
            .set("description", description);
        self.record(tx, caller, organization, EventType::Create, &target, change)
            .await?;
        Ok(slug)
    }

    /// Renames a project, or changes its description. Its slug afterwards; the old address is redirected.
    ///
    /// # Errors
    /// `Forbidden`, a clash, or every field that needs attention.
    pub async fn edit_project(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        project: ProjectId,
        name: &str,
        description: &str,
        version: u64,
    ) -> Result<String> {
        let mut tx = self.store.write().await?;
        let target = tx.project_target(organization, project).await?;
        let proof = tx
            .authorize::<permits::EditProject>(caller, target.clone())
            .await?;
        let mut invalid = Invalid::new();
        let name = invalid.check("name", ProjectName::parse(name));
        let description = invalid.check("description", parse_description(description));
        let (Some(name), Some(description)) = (name, description) else {
            return Err(invalid.into_error().into());
        };
        let before = super::not_found(
            tx.all_projects(organization)
                .await?
                .into_iter()
                .find(|one| one.id == project),
        )?;
        let slug = self
            .slug(
                &mut tx,
                organization,
                &organization.to_string(),
                name.as_str(),
                "project",
                Some((target.id.to_string(), &target.slug)),
            )
            .await?;
        saved(
            tx.update_project(&proof, &slug, &name, &description, version)
                .await,
            "project",
        )?;
        let change = Change::none()
            .field("name", before.name, name.as_str())
            .field("description", before.description, description);
        let target = ProjectTarget {
            name: name.as_str().to_owned(),
            ..target
        };
        self.record(tx, caller, organization, EventType::Update, &target, change)
            .await?;
        Ok(slug)
    }

    /// Deletes a project and everything in it. `typed_name` is what the person typed to confirm.
    ///
    /// # Errors
    /// `Forbidden`, or the name typed differs.
    pub async fn delete_project(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        project: ProjectId,
        typed_name: &str,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let target = tx.project_target(organization, project).await?;
        let proof = tx
            .authorize::<permits::EditProject>(caller, target.clone())
            .await?;
        confirm(typed_name, &target.name)?;
        let change = self
            .gone(&mut tx, organization, &target.id.to_string(), &target.name)
            .await?;
        tx.delete_project(&proof).await?;
        self.record(tx, caller, organization, EventType::Delete, &target, change)
            .await
    }

    // Environments

    /// The environments of a project in sight, by type and name.
    ///
    /// # Errors
    /// `NotFound` when the project is not in sight.
    pub async fn environments(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        project: ProjectId,
    ) -> Result<Vec<EnvironmentView>> {
        let mut tx = self.store.read().await?;
        let target = tx.project_target(organization, project).await?;
        let _seen = tx.authorize::<permits::ReadProject>(caller, target).await?;
        let held = tx.grants(caller, organization).await?;
        let services = tx.all_services(organization).await?;
        let changes = tx.last_changes(organization).await?;
        let rows = tx.all_environments(organization).await?;
        let seen = rows.into_iter().filter(|row| {
            row.project_id == project && can_see(&held, &Lineage::environment(project, row.kind))
        });
        Ok(seen
            .map(|row| environment_view(row, &held, &services, &changes))
            .collect())
    }

    /// One environment.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight.
    pub async fn environment(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        environment: EnvironmentId,
    ) -> Result<EnvironmentView> {
        let project = self
            .store
            .read()
            .await?
            .environment_target(organization, environment)
            .await?
            .project
            .id;
        super::not_found(
            self.environments(caller, organization, project)
                .await?
                .into_iter()
                .find(|one| one.id == environment),
        )
    }

    /// A new environment on a cluster of the same organization. Its slug.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, or every field that needs attention.
    pub async fn create_environment(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        project: ProjectId,
        name: &str,
        kind: &str,
        cluster: &str,
    ) -> Result<String> {
        let mut tx = self.store.write().await?;
        let project = tx.project_target(organization, project).await?;
        let _seen = tx
            .authorize::<permits::ReadProject>(caller, project.clone())
            .await?;
        let mut invalid = Invalid::new();
        let name = invalid.check("name", EnvironmentName::parse(name));
        let kind = invalid.check("kind", kind.parse::<EnvironmentType>());
        let cluster = match cluster.parse::<ClusterId>() {
            Ok(id) if tx.cluster_name(organization, id).await?.is_some() => Some(id),
            _ => {
                invalid.add("cluster", "Choose a cluster from the list.");
                None
            }
        };
        let (Some(name), Some(kind), Some(cluster)) = (name, kind, cluster) else {
            // Rights come before forms: whoever could create none, however they fill it in, is told that.
            self.may_create_some_environment(&mut tx, caller, &project)
                .await?;
            return Err(invalid.into_error().into());
        };
        let proof = tx
            .authorize::<permits::CreateEnvironment>(
                caller,
                Placement {
                    project: project.clone(),
                    kind,
                    cluster,
                },
            )
            .await?;
        let id: EnvironmentId = self.id();
        let slug = self
            .slug(
                &mut tx,
                organization,
                &project.id.to_string(),
                name.as_str(),
                "environment",
                None,
            )
            .await?;
        match tx
            .insert_environment(&proof, id, &slug, &name, self.now())
            .await
        {
            Err(error) if error.is_duplicate() => return Err(taken("environment")),
            other => other?,
        }
        let on = tx.cluster_target(organization, cluster).await?;
        let target = EnvironmentTarget {
            project,
            id,
            slug: slug.clone(),
            name: name.as_str().to_owned(),
            kind,
        };
        let change = Change::none()
            .set("name", name.as_str())
            .set("type", kind.code())
            .set("cluster", on);
        self.record(tx, caller, organization, EventType::Create, &target, change)
            .await?;
        Ok(slug)
    }

    /// Refuses whoever may not create an environment of any type on any cluster.
    async fn may_create_some_environment(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        project: &ProjectTarget,
    ) -> Result<()> {
        let organization = project.organization.id;
        let held = tx.grants(caller, organization).await?;
        let seen = tx.belongs(caller, organization).await?;
        let clusters = tx.clusters(&seen).await?;
        // The last stands for a cluster that does not exist yet: there may be none at all.
        let mut clusters = clusters
            .into_iter()
            .map(|cluster| cluster.id)
            .chain([self.id()]);
        let possible = clusters.any(|cluster| {
            EnvironmentType::ALL.into_iter().any(|kind| {
                let place = Lineage::placement(project.id, kind, cluster);
                decide(&held, Permission::EnvironmentCreate, &place).is_allowed()
            })
        });
        if possible {
            return Ok(());
        }
        Err(ApiError::Forbidden {
            permission: Permission::EnvironmentCreate,
            who: Some(who_may(Permission::EnvironmentCreate)),
        }
        .into())
    }

    /// Renames an environment. Its slug afterwards.
    ///
    /// # Errors
    /// `Forbidden`, a clash, or the field that needs attention.
    pub async fn edit_environment(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        environment: EnvironmentId,
        name: &str,
        version: u64,
    ) -> Result<String> {
        let mut tx = self.store.write().await?;
        let target = tx.environment_target(organization, environment).await?;
        let proof = tx
            .authorize::<permits::EditEnvironment>(caller, target.clone())
            .await?;
        let name = EnvironmentName::parse(name)
            .map_err(|reason| ApiError::field("name", reason.to_string()))?;
        let slug = self
            .slug(
                &mut tx,
                organization,
                &target.project.id.to_string(),
                name.as_str(),
                "environment",
                Some((target.id.to_string(), &target.slug)),
            )
            .await?;
        saved(
            tx.update_environment(&proof, &slug, &name, version).await,
            "environment",
        )?;
        let change = Change::none().field("name", target.name.as_str(), name.as_str());
        let target = EnvironmentTarget {
            name: name.as_str().to_owned(),
            ..target
        };
        self.record(tx, caller, organization, EventType::Update, &target, change)
            .await?;
        Ok(slug)
    }

    /// Deletes an environment and everything in it.
    ///
    /// # Errors
    /// `Forbidden`, or the name typed differs.
    pub async fn delete_environment(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        environment: EnvironmentId,
        typed_name: &str,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let target = tx.environment_target(organization, environment).await?;
        let proof = tx
            .authorize::<permits::EditEnvironment>(caller, target.clone())
            .await?;
        confirm(typed_name, &target.name)?;
        let change = self
            .gone(&mut tx, organization, &target.id.to_string(), &target.name)
            .await?;
        tx.delete_environment(&proof).await?;
        self.record(tx, caller, organization, EventType::Delete, &target, change)
            .await
    }

    // Services

    /// The services of an environment, by name.
    ///
    /// # Errors
    /// `NotFound` when the environment is not in sight.
    pub async fn services(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        environment: EnvironmentId,
    ) -> Result<Vec<ServiceView>> {
        let mut tx = self.store.read().await?;
        let target = tx.environment_target(organization, environment).await?;
        let proof = tx
            .authorize::<permits::ReadEnvironment>(caller, target)
            .await?;
        let held = tx.grants(caller, organization).await?;
        let lineage = Lineage::environment(proof.target().project.id, proof.target().kind);
        let rows = tx.all_services(organization).await?;
        Ok(rows
            .into_iter()
            .filter(|row| row.environment_id == environment)
            .map(|row| service_view(row, &held, &lineage))
            .collect())
    }

    /// One service.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight.
    pub async fn service(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        service: ServiceId,
    ) -> Result<ServiceView> {
        let environment = self
            .store
            .read()
            .await?
            .service_target(organization, service)
            .await?
            .environment
            .id;
        super::not_found(
            self.services(caller, organization, environment)
                .await?
                .into_iter()
                .find(|one| one.id == service),
        )
    }

    /// A new service entry. Its slug.
    ///
    /// # Errors
    /// `Forbidden`, or every field that needs attention.
    pub async fn create_service(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        environment: EnvironmentId,
        form: &ServiceForm,
    ) -> Result<String> {
        let mut tx = self.store.write().await?;
        let environment = tx.environment_target(organization, environment).await?;
        let proof = tx
            .authorize::<permits::CreateService>(caller, environment.clone())
            .await?;
        let mut invalid = Invalid::new();
        let name = invalid.check("name", ServiceName::parse(&form.name));
        let kind = invalid.check("kind", form.kind.parse::<ServiceKind>());
        let description = invalid.check("description", parse_description(&form.description));
        let (Some(name), Some(kind), Some(description)) = (name, kind, description) else {
            return Err(invalid.into_error().into());
        };
        let id: ServiceId = self.id();
        let slug = self
            .slug(
                &mut tx,
                organization,
                &environment.id.to_string(),
                name.as_str(),
                "service",
                None,
            )
            .await?;
        let builtin_name = builtin_name(&mut tx, &environment, &name, kind).await?;
        let new = NewService {
            id,
            slug: &slug,
            name: &name,
            builtin_name: &builtin_name,
            kind,
            description: &description,
            credential: self
                .database_credential(&mut tx, organization, id, kind)
                .await?,
        };
        match tx.insert_service(&proof, &new, self.now()).await {
            Err(error) if error.is_duplicate() => return Err(taken("service")),
            other => other?,
        }
        let target = ServiceTarget {
            environment,
            id,
            slug: slug.clone(),
            name: name.as_str().to_owned(),
            kind,
        };
        let change = Change::none()
            .set("name", name.as_str())
            .set("type", kind.code())
            .set("description", description);
        self.record(tx, caller, organization, EventType::Create, &target, change)
            .await?;
        Ok(slug)
    }

    /// Renames a service, or changes its description. Its slug afterwards; its built-in name stays.
    ///
    /// # Errors
    /// `Forbidden`, a clash, or every field that needs attention.
    pub async fn edit_service(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        service: ServiceId,
        name: &str,
        description: &str,
        version: u64,
    ) -> Result<String> {
        let mut tx = self.store.write().await?;
        let target = tx.service_target(organization, service).await?;
        let proof = tx
            .authorize::<permits::EditService>(caller, target.clone())
            .await?;
        let mut invalid = Invalid::new();
        let name = invalid.check("name", ServiceName::parse(name));
        let description = invalid.check("description", parse_description(description));
        let (Some(name), Some(description)) = (name, description) else {
            return Err(invalid.into_error().into());
        };
        let before = super::not_found(
            tx.all_services(organization)
                .await?
                .into_iter()
                .find(|one| one.id == service),
        )?;
        let slug = self
            .slug(
                &mut tx,
                organization,
                &target.environment.id.to_string(),
                name.as_str(),
                "service",
                Some((target.id.to_string(), &target.slug)),
            )
            .await?;
        saved(
            tx.update_service(&proof, &slug, &name, &description, version)
                .await,
            "service",
        )?;
        let change = Change::none()
            .field("name", before.name, name.as_str())
            .field("description", before.description, description);
        let target = ServiceTarget {
            name: name.as_str().to_owned(),
            ..target
        };
        self.record(tx, caller, organization, EventType::Update, &target, change)
            .await?;
        Ok(slug)
    }

    /// Deletes a service and its variables.
    ///
    /// # Errors
    /// `Forbidden`, or the name typed differs.
    pub async fn delete_service(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        service: ServiceId,
        typed_name: &str,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let target = tx.service_target(organization, service).await?;
        let proof = tx
            .authorize::<permits::EditService>(caller, target.clone())
            .await?;
        confirm(typed_name, &target.name)?;
        let change = self
            .gone(&mut tx, organization, &target.id.to_string(), &target.name)
            .await?;
        tx.delete_service(&proof).await?;
        self.record(tx, caller, organization, EventType::Delete, &target, change)
            .await
    }

    /// What deleting a project, environment or service would take along, as far as it is in sight.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight.
    pub async fn contents(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
    ) -> Result<Contents> {
        let mut tx = self.store.read().await?;
        let level = tx.level(organization, level).await?;
        tx.may_read_level(caller, &level).await?;
        if let Level::Project(project) = &level {
            let held = tx.grants(caller, organization).await?;
            return contents_in_sight(&mut tx, &held, project).await;
        }
        let (environments, services, variables) = tx.contents(organization, &level.id()).await?;
        Ok(Contents {
            environments,
            services,
            variables,
        })
    }

    // What they share.

    async fn held(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Grants> {
        let _seen = tx.belongs(caller, organization).await?;
        tx.grants(caller, organization).await
    }

    /// A free address for a name. `own`: the id and present slug of what is being renamed.
    async fn slug(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        parent: &str,
        name: &str,
        otherwise: &str,
        own: Option<(String, &str)>,
    ) -> Result<String> {
        let wished = domain::slug_of(name);
        let (id, present) = own.unzip();
        let taken = tx
            .slugs_like(
                organization,
                parent,
                if wished.is_empty() {
                    otherwise
                } else {
                    &wished
                },
                id.as_deref().unwrap_or_default(),
            )
            .await?;
        Ok(free_slug(name, otherwise, &taken, present))
    }

    async fn gone(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        level: &str,
        name: &str,
    ) -> Result<Change> {
        let (environments, services, variables) = tx.contents(organization, level).await?;
        let counted = |change: Change, what: &str, count: u32| {
            if count > 0 {
                change.gone(what, count)
            } else {
                change
            }
        };
        let change = Change::none().gone("name", name);
        Ok(counted(
            counted(
                counted(change, "environments", environments),
                "services",
                services,
            ),
            "variables",
            variables,
        ))
    }

    async fn record<'a, T>(
        &self,
        tx: WriteTx,
        caller: &Caller,
        organization: OrganizationId,
        event: EventType,
        target: &'a T,
        change: Change,
    ) -> Result<()>
    where
        EventTarget: From<&'a T>,
    {
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(event, target.into(), change),
        )
        .await
    }
}

/// A type of environment without access counts for nothing in its project (AC-9). Whoever may delete the project sees all.
async fn contents_in_sight(
    tx: &mut Tx,
    held: &Grants,
    project: &ProjectTarget,
) -> Result<Contents> {
    let organization = project.organization.id;
    let mut environments = tx.all_environments(organization).await?;
    environments.retain(|one| {
        one.project_id == project.id && can_see(held, &Lineage::environment(project.id, one.kind))
    });
    let mut services = tx.all_services(organization).await?;
    services.retain(|one| {
        environments
            .iter()
            .any(|environment| environment.id == one.environment_id)
    });
    let projects = tx.all_projects(organization).await?;
    let at_project = projects.iter().find(|one| one.id == project.id);
    let variables = at_project
        .map(|one| one.variable_count)
        .into_iter()
        .chain(environments.iter().map(|one| one.variable_count))
        .chain(services.iter().map(|one| one.variable_count))
        .sum();
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    Ok(Contents {
        environments: count(environments.len()),
        services: count(services.len()),
        variables,
    })
}

fn saved(outcome: Result<bool>, what: &str) -> Result<()> {
    match outcome {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::conflict(MEANWHILE)),
        Err(error) if error.is_duplicate() => Err(taken(what)),
        Err(error) => Err(error),
    }
}

fn confirm(typed: &str, name: &str) -> Result<()> {
    if typed.trim() == name {
        Ok(())
    } else {
        Err(ApiError::field("confirm", NAME_DIFFERS).into())
    }
}

/// The `<SERVICE_ID>` of built-in variables: the name in upper snake case, unique in the environment, fixed for ever.
async fn builtin_name(
    tx: &mut Tx,
    environment: &EnvironmentTarget,
    name: &ServiceName,
    kind: ServiceKind,
) -> Result<String> {
    let wished = Some(upper_snake(name.as_str()))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| kind.code().to_owned());
    let taken = tx.builtin_names_like(environment.id, &wished).await?;
    let mut candidates =
        std::iter::once(wished.clone()).chain((2_u32..).map(|n| format!("{wished}_{n}")));
    Ok(candidates
        .find(|name| !taken.contains(name))
        .unwrap_or(wished))
}

fn environment_view(
    row: EnvironmentRow,
    held: &Grants,
    services: &[ServiceRow],
    changes: &[(String, i64, String)],
) -> EnvironmentView {
    let id = row.id.to_string();
    EnvironmentView {
        rights: rights(held, "", &Lineage::environment(row.project_id, row.kind)),
        service_count: u32::try_from(
            services
                .iter()
                .filter(|service| service.environment_id == row.id)
                .count(),
        )
        .unwrap_or(u32::MAX),
        last_change: changes
            .iter()
            .find(|(environment, ..)| *environment == id)
            .map(|(_, at, by)| (Timestamp::from_micros(*at), by.clone())),
        id: row.id,
        slug: row.slug,
        name: row.name,
        kind: row.kind,
        cluster: row.cluster,
        created_at: row.created_at,
        version: row.version,
        variable_count: row.variable_count,
    }
}

fn service_view(row: ServiceRow, held: &Grants, lineage: &Lineage) -> ServiceView {
    ServiceView {
        rights: rights(held, "", lineage),
        id: row.id,
        slug: row.slug,
        name: row.name,
        kind: row.kind,
        description: row.description,
        created_at: row.created_at,
        version: row.version,
        variable_count: row.variable_count,
    }
}
