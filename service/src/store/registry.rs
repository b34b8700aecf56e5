//! Projects, environments and services: the registry Gatehouse keeps.

use domain::{
    EnvironmentId, EnvironmentName, EnvironmentType, OrganizationId, ProjectId, ProjectName,
    ServiceId, ServiceKind, ServiceName, Timestamp,
    builtin::{BuiltInEnvironment, BuiltInService},
    comparison_key,
};

use super::{Tx, WriteTx, at, id, word};
use crate::{
    EnvironmentTarget, Granted, OrganizationTarget, ProjectTarget, Result, ServiceTarget, permits,
};

/// A project, as stored.
#[derive(Clone, Debug)]
pub struct ProjectRow {
    /// Its id.
    pub id: ProjectId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Counts edits.
    pub version: u64,
    /// Variables at project scope.
    pub variable_count: u32,
}

/// An environment, as stored.
#[derive(Clone, Debug)]
pub struct EnvironmentRow {
    /// Its id.
    pub id: EnvironmentId,
    /// Of which project.
    pub project_id: ProjectId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: EnvironmentType,
    /// The cluster's name.
    pub cluster: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Counts edits.
    pub version: u64,
    /// Variables at environment scope.
    pub variable_count: u32,
}

/// A service, as stored.
#[derive(Clone, Debug)]
pub struct ServiceRow {
    /// Its id.
    pub id: ServiceId,
    /// Of which environment.
    pub environment_id: EnvironmentId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ServiceKind,
    /// Free text.
    pub description: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Counts edits.
    pub version: u64,
    /// Variables at service scope.
    pub variable_count: u32,
}

/// A service that does not exist yet.
pub struct NewService<'a> {
    pub(crate) id: ServiceId,
    pub(crate) slug: &'a str,
    pub(crate) name: &'a ServiceName,
    pub(crate) builtin_name: &'a str,
    pub(crate) kind: ServiceKind,
    pub(crate) description: &'a str,
    /// The password of a database, sealed.
    pub(crate) credential: Option<Vec<u8>>,
}

const PROJECT: &str = "select p.id, p.slug, p.name, p.description, p.created_at, p.version, \
    (select count(*) from variable v where v.organization_id = p.organization_id and v.level_id = p.id) from project p";
const ENVIRONMENT: &str = "select e.id, e.project_id, e.slug, e.name, e.kind, c.name, e.created_at, e.version, \
    (select count(*) from variable v where v.organization_id = e.organization_id and v.level_id = e.id) \
    from environment e join cluster c on c.organization_id = e.organization_id and c.id = e.cluster_id";
const SERVICE: &str = "select s.id, s.environment_id, s.slug, s.name, s.kind, s.description, s.created_at, s.version, \
    (select count(*) from variable v where v.organization_id = s.organization_id and v.level_id = s.id) from service s";

type ProjectColumns = (String, String, String, String, i64, i64, i64);
type EnvironmentColumns = (
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    i64,
    i64,
);
type ServiceColumns = (
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    i64,
    i64,
);

fn project_row(
    (project, slug, name, description, created, version, variables): ProjectColumns,
) -> Result<ProjectRow> {
    Ok(ProjectRow {
        id: id(&project)?,
        slug,
        name,
        description,
        created_at: at(created),
        version: super::count(version),
        variable_count: super::small(variables),
    })
}

fn environment_row(
    (environment, project, slug, name, kind, cluster, created, version, variables): EnvironmentColumns,
) -> Result<EnvironmentRow> {
    Ok(EnvironmentRow {
        id: id(&environment)?,
        project_id: id(&project)?,
        slug,
        name,
        kind: word(&kind)?,
        cluster,
        created_at: at(created),
        version: super::count(version),
        variable_count: super::small(variables),
    })
}

fn service_row(
    (service, environment, slug, name, kind, description, created, version, variables): ServiceColumns,
) -> Result<ServiceRow> {
    Ok(ServiceRow {
        id: id(&service)?,
        environment_id: id(&environment)?,
        slug,
        name,
        kind: word(&kind)?,
        description,
        created_at: at(created),
        version: super::count(version),
        variable_count: super::small(variables),
    })
}

/// Finding things, only ever inside one organization. What a caller may learn is decided afterwards.
impl Tx {
    /// The project of this id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn find_project(
        &mut self,
        organization: OrganizationId,
        project: ProjectId,
    ) -> Result<Option<ProjectTarget>> {
        let Some(organization) = self.find_organization(organization).await? else {
            return Ok(None);
        };
        let row: Option<(String, String)> =
            sqlx::query_as("select slug, name from project where organization_id = $1 and id = $2")
                .bind(organization.id.to_string())
                .bind(project.to_string())
                .fetch_optional(self.connection())
                .await?;
        Ok(row.map(|(slug, name)| ProjectTarget {
            organization,
            id: project,
            slug,
            name,
        }))
    }

    /// The environment of this id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn find_environment(
        &mut self,
        organization: OrganizationId,
        environment: EnvironmentId,
    ) -> Result<Option<EnvironmentTarget>> {
        let row: Option<(String, String, String, String)> =
            sqlx::query_as("select project_id, slug, name, kind from environment where organization_id = $1 and id = $2")
                .bind(organization.to_string())
                .bind(environment.to_string())
                .fetch_optional(self.connection())
                .await?;
        let Some((project, slug, name, kind)) = row else {
            return Ok(None);
        };
        let Some(project) = self.find_project(organization, id(&project)?).await? else {
            return Ok(None);
        };
        Ok(Some(EnvironmentTarget {
            project,
            id: environment,
            slug,
            name,
            kind: word(&kind)?,
        }))
    }

    /// The service of this id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn find_service(
        &mut self,
        organization: OrganizationId,
        service: ServiceId,
    ) -> Result<Option<ServiceTarget>> {
        let row: Option<(String, String, String, String)> =
            sqlx::query_as("select environment_id, slug, name, kind from service where organization_id = $1 and id = $2")
                .bind(organization.to_string())
                .bind(service.to_string())
                .fetch_optional(self.connection())
                .await?;
        let Some((environment, slug, name, kind)) = row else {
            return Ok(None);
        };
        let Some(environment) = self
            .find_environment(organization, id(&environment)?)
            .await?
        else {
            return Ok(None);
        };
        Ok(Some(ServiceTarget {
            environment,
            id: service,
            slug,
            name,
            kind: word(&kind)?,
        }))
    }

    /// The id a slug stands for, or stood for once, below a parent.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn project_by_slug(
        &mut self,
        organization: &OrganizationTarget,
        slug: &str,
    ) -> Result<Option<ProjectTarget>> {
        let row: Option<(String, String, String)> = sqlx::query_as(
            "select id, slug, name from project where organization_id = $1 and (slug = $2 or id in (select target_id from former_slug where parent = $1 and slug = $2)) \
             order by case when slug = $2 then 0 else 1 end limit 1",
        )
        .bind(organization.id.to_string())
        .bind(slug)
        .fetch_optional(self.connection())
        .await?;
        row.map(|(project, slug, name)| {
            Ok(ProjectTarget {
                organization: organization.clone(),
                id: id(&project)?,
                slug,
                name,
            })
        })
        .transpose()
    }

    /// Like [`project_by_slug`](Self::project_by_slug).
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn environment_by_slug(
        &mut self,
        project: &ProjectTarget,
        slug: &str,
    ) -> Result<Option<EnvironmentTarget>> {
        let row: Option<(String, String, String, String)> = sqlx::query_as(
            "select id, slug, name, kind from environment where organization_id = $1 and project_id = $2 \
             and (slug = $3 or id in (select target_id from former_slug where parent = $2 and slug = $3)) order by case when slug = $3 then 0 else 1 end limit 1",
        )
        .bind(project.organization.id.to_string())
        .bind(project.id.to_string())
        .bind(slug)
        .fetch_optional(self.connection())
        .await?;
        row.map(|(environment, slug, name, kind)| {
            Ok(EnvironmentTarget {
                project: project.clone(),
                id: id(&environment)?,
                slug,
                name,
                kind: word(&kind)?,
            })
        })
        .transpose()
    }

    /// Like [`project_by_slug`](Self::project_by_slug).
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn service_by_slug(
        &mut self,
        environment: &EnvironmentTarget,
        slug: &str,
    ) -> Result<Option<ServiceTarget>> {
        let row: Option<(String, String, String, String)> = sqlx::query_as(
            "select id, slug, name, kind from service where organization_id = $1 and environment_id = $2 \
             and (slug = $3 or id in (select target_id from former_slug where parent = $2 and slug = $3)) order by case when slug = $3 then 0 else 1 end limit 1",
        )
        .bind(environment.project.organization.id.to_string())
        .bind(environment.id.to_string())
        .bind(slug)
        .fetch_optional(self.connection())
        .await?;
        row.map(|(service, slug, name, kind)| {
            Ok(ServiceTarget {
                environment: environment.clone(),
                id: id(&service)?,
                slug,
                name,
                kind: word(&kind)?,
            })
        })
        .transpose()
    }

    /// Every project of an organization, by name. Filter by sight before showing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn all_projects(&mut self, organization: OrganizationId) -> Result<Vec<ProjectRow>> {
        let sql = format!("{PROJECT} where p.organization_id = $1 order by p.name_key");
        let rows: Vec<ProjectColumns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(organization.to_string())
            .fetch_all(self.connection())
            .await?;
        rows.into_iter().map(project_row).collect()
    }

    /// Every environment of an organization, by type and name. Filter by sight before showing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn all_environments(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Vec<EnvironmentRow>> {
        let sql = format!("{ENVIRONMENT} where e.organization_id = $1 order by e.name_key");
        let rows: Vec<EnvironmentColumns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(organization.to_string())
            .fetch_all(self.connection())
            .await?;
        let mut rows = rows
            .into_iter()
            .map(environment_row)
            .collect::<Result<Vec<_>>>()?;
        rows.sort_by_key(|row| row.kind);
        Ok(rows)
    }

    /// Every service of an organization, by name. Filter by sight before showing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn all_services(&mut self, organization: OrganizationId) -> Result<Vec<ServiceRow>> {
        let sql = format!("{SERVICE} where s.organization_id = $1 order by s.name_key");
        let rows: Vec<ServiceColumns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(organization.to_string())
            .fetch_all(self.connection())
            .await?;
        rows.into_iter().map(service_row).collect()
    }

    /// The environments of a project with their services, as built-in variables tell of them. The caller has proved that
    /// it may read the project; filter by sight before showing.
    pub(crate) async fn built_in_environments(
        &mut self,
        project: &ProjectTarget,
    ) -> Result<Vec<BuiltInEnvironment>> {
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(
            "select id, name, slug, kind from environment where organization_id = $1 and project_id = $2 order by name_key",
        )
        .bind(project.organization.id.to_string())
        .bind(project.id.to_string())
        .fetch_all(self.connection())
        .await?;
        let mut environments = rows
            .into_iter()
            .map(|(environment, name, slug, kind)| {
                Ok(BuiltInEnvironment {
                    id: id(&environment)?,
                    name,
                    slug,
                    kind: word(&kind)?,
                    services: Vec::new(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
            "select id, environment_id, slug, builtin_name, kind from service where organization_id = $1 and project_id = $2 order by name_key",
        )
        .bind(project.organization.id.to_string())
        .bind(project.id.to_string())
        .fetch_all(self.connection())
        .await?;
        for (service, environment, slug, name, kind) in rows {
            let environment: EnvironmentId = id(&environment)?;
            let service = BuiltInService {
                id: id(&service)?,
                slug,
                word: name,
                kind: word(&kind)?,
            };
            if let Some(found) = environments.iter_mut().find(|one| one.id == environment) {
                found.services.push(service);
            }
        }
        Ok(environments)
    }

    /// Slugs in use below a parent, present and former, that start like this one. Those that `own` had before are its to take back.
    pub(crate) async fn slugs_like(
        &mut self,
        organization: OrganizationId,
        parent: &str,
        slug: &str,
        own: &str,
    ) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "select slug from project where organization_id = $1 and organization_id = $2 and slug like $3 \
             union select slug from environment where organization_id = $1 and project_id = $2 and slug like $3 \
             union select slug from service where organization_id = $1 and environment_id = $2 and slug like $3 \
             union select slug from former_slug where parent = $2 and slug like $3 and target_id <> $4",
        )
        .bind(organization.to_string())
        .bind(parent)
        .bind(format!("{slug}%"))
        .bind(own)
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|(slug,)| slug).collect())
    }

    /// The built-in names in use in an environment that start like this one.
    pub(crate) async fn builtin_names_like(
        &mut self,
        environment: EnvironmentId,
        name: &str,
    ) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "select builtin_name from service where environment_id = $1 and builtin_name like $2",
        )
        .bind(environment.to_string())
        .bind(format!("{name}%"))
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// How many environments, services and variables a deletion would take along.
    pub(crate) async fn contents(
        &mut self,
        organization: OrganizationId,
        level: &str,
    ) -> Result<(u32, u32, u32)> {
        let (environments, services, variables): (i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from environment where organization_id = $1 and project_id = $2), \
             (select count(*) from service where organization_id = $1 and (project_id = $2 or environment_id = $2)), \
             (select count(*) from variable where organization_id = $1 and (project_id = $2 or environment_id = $2 or service_id = $2))",
        )
        .bind(organization.to_string())
        .bind(level)
        .fetch_one(self.connection())
        .await?;
        Ok((
            super::small(environments),
            super::small(services),
            super::small(variables),
        ))
    }
}

impl WriteTx {
    pub(crate) async fn insert_project(
        &mut self,
        proof: &Granted<permits::CreateProject>,
        project: ProjectId,
        slug: &str,
        name: &ProjectName,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query("insert into project (organization_id, id, slug, name, name_key, description, created_at) values ($1, $2, $3, $4, $5, $6, $7)")
            .bind(proof.target().id.to_string())
            .bind(project.to_string())
            .bind(slug)
            .bind(name.as_str())
            .bind(comparison_key(name.as_str()))
            .bind(description)
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub(crate) async fn update_project(
        &mut self,
        proof: &Granted<permits::EditProject>,
        slug: &str,
        name: &ProjectName,
        description: &str,
        version: u64,
    ) -> Result<bool> {
        let target = proof.target();
        let done = sqlx::query(
            "update project set slug = $4, name = $5, name_key = $6, description = $7, version = version + 1 where organization_id = $1 and id = $2 and version = $3",
        )
        .bind(target.organization.id.to_string())
        .bind(target.id.to_string())
        .bind(super::number(version))
        .bind(slug)
        .bind(name.as_str())
        .bind(comparison_key(name.as_str()))
        .bind(description)
        .execute(self.connection())
        .await?;
        self.remember_slug(
            &target.organization.id.to_string(),
            &target.slug,
            slug,
            &target.id.to_string(),
        )
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn delete_project(
        &mut self,
        proof: &Granted<permits::EditProject>,
    ) -> Result<()> {
        let target = proof.target();
        // Before the environments go, which say which services' former addresses these are.
        sqlx::query("delete from former_slug where parent in (select id from environment where project_id = $1)")
            .bind(target.id.to_string())
            .execute(self.connection())
            .await?;
        sqlx::query("delete from project where organization_id = $1 and id = $2")
            .bind(target.organization.id.to_string())
            .bind(target.id.to_string())
            .execute(self.connection())
            .await?;
        self.forget_slugs(&target.id.to_string()).await
    }

    pub(crate) async fn insert_environment(
        &mut self,
        proof: &Granted<permits::CreateEnvironment>,
        environment: EnvironmentId,
        slug: &str,
        name: &EnvironmentName,
        now: Timestamp,
    ) -> Result<()> {
        let place = proof.target();
        sqlx::query(
            "insert into environment (organization_id, id, project_id, slug, name, name_key, kind, cluster_id, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(place.project.organization.id.to_string())
        .bind(environment.to_string())
        .bind(place.project.id.to_string())
        .bind(slug)
        .bind(name.as_str())
        .bind(comparison_key(name.as_str()))
        .bind(place.kind.code())
        .bind(place.cluster.to_string())
        .bind(now.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    pub(crate) async fn update_environment(
        &mut self,
        proof: &Granted<permits::EditEnvironment>,
        slug: &str,
        name: &EnvironmentName,
        version: u64,
    ) -> Result<bool> {
        let target = proof.target();
        let done = sqlx::query("update environment set slug = $4, name = $5, name_key = $6, version = version + 1 where organization_id = $1 and id = $2 and version = $3")
            .bind(proof.organization().id.to_string())
            .bind(target.id.to_string())
            .bind(super::number(version))
            .bind(slug)
            .bind(name.as_str())
            .bind(comparison_key(name.as_str()))
            .execute(self.connection())
            .await?;
        self.remember_slug(
            &target.project.id.to_string(),
            &target.slug,
            slug,
            &target.id.to_string(),
        )
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn delete_environment(
        &mut self,
        proof: &Granted<permits::EditEnvironment>,
    ) -> Result<()> {
        sqlx::query("delete from environment where organization_id = $1 and id = $2")
            .bind(proof.organization().id.to_string())
            .bind(proof.target().id.to_string())
            .execute(self.connection())
            .await?;
        self.forget_slugs(&proof.target().id.to_string()).await
    }

    pub(crate) async fn insert_service(
        &mut self,
        proof: &Granted<permits::CreateService>,
        service: &NewService<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let environment = proof.target();
        sqlx::query(
            "insert into service (organization_id, id, project_id, environment_id, slug, name, name_key, builtin_name, kind, description, created_at, credential) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(proof.organization().id.to_string())
        .bind(service.id.to_string())
        .bind(environment.project.id.to_string())
        .bind(environment.id.to_string())
        .bind(service.slug)
        .bind(service.name.as_str())
        .bind(comparison_key(service.name.as_str()))
        .bind(service.builtin_name)
        .bind(service.kind.code())
        .bind(service.description)
        .bind(now.micros())
        .bind(&service.credential)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    pub(crate) async fn update_service(
        &mut self,
        proof: &Granted<permits::EditService>,
        slug: &str,
        name: &ServiceName,
        description: &str,
        version: u64,
    ) -> Result<bool> {
        let target = proof.target();
        let done = sqlx::query(
            "update service set slug = $4, name = $5, name_key = $6, description = $7, version = version + 1 where organization_id = $1 and id = $2 and version = $3",
        )
        .bind(proof.organization().id.to_string())
        .bind(target.id.to_string())
        .bind(super::number(version))
        .bind(slug)
        .bind(name.as_str())
        .bind(comparison_key(name.as_str()))
        .bind(description)
        .execute(self.connection())
        .await?;
        self.remember_slug(
            &target.environment.id.to_string(),
            &target.slug,
            slug,
            &target.id.to_string(),
        )
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn delete_service(
        &mut self,
        proof: &Granted<permits::EditService>,
    ) -> Result<()> {
        sqlx::query("delete from service where organization_id = $1 and id = $2")
            .bind(proof.organization().id.to_string())
            .bind(proof.target().id.to_string())
            .execute(self.connection())
            .await?;
        self.forget_slugs(&proof.target().id.to_string()).await
    }

    /// Keeps the old address of something that was renamed, and gives up an old address that is now somebody's own.
    async fn remember_slug(
        &mut self,
        parent: &str,
        before: &str,
        after: &str,
        target: &str,
    ) -> Result<()> {
        if before == after {
            return Ok(());
        }
        sqlx::query("delete from former_slug where parent = $1 and slug = $2")
            .bind(parent)
            .bind(after)
            .execute(self.connection())
            .await?;
        sqlx::query("insert into former_slug (parent, slug, target_id) values ($1, $2, $3) on conflict (parent, slug) do update set target_id = excluded.target_id")
            .bind(parent)
            .bind(before)
            .bind(target)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// What is deleted leaves no address behind: a later thing of the same name inherits nothing.
    async fn forget_slugs(&mut self, target: &str) -> Result<()> {
        sqlx::query("delete from former_slug where target_id = $1 or parent = $1")
            .bind(target)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
