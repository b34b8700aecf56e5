//! What every page of the console shows around its content: who you are, where you are, what there is.

use domain::{
    ApiError, EnvironmentType, Grants, Lineage, OrganizationId, Permission, PersonId, Timestamp,
    can_see, decide,
    view::{
        OrganizationSummary, PersonView, Rights, Tree, TreeEnvironment, TreeProject, TreeService,
    },
};

use sha2::{Digest, Sha256};

use super::{accounts::TOUCH_SECONDS, not_found, signed_in};
use crate::{
    Caller, EnvironmentTarget, Level, OrganizationTarget, ProjectTarget, Result, Service,
    ServiceTarget, store::Tx,
};

/// The slugs of a console URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsolePath {
    /// `/o/{organization}`
    pub organization: String,
    /// `/p/{project}`
    pub project: Option<String>,
    /// `/e/{environment}`
    pub environment: Option<String>,
    /// `/s/{service}`
    pub service: Option<String>,
}

/// Where a page is, as found.
#[derive(Clone, Debug)]
pub struct Crumbs {
    /// The organization.
    pub organization: OrganizationTarget,
    /// The project, on pages below one.
    pub project: Option<ProjectTarget>,
    /// The environment, on pages below one.
    pub environment: Option<EnvironmentTarget>,
    /// The service, on its pages.
    pub service: Option<ServiceTarget>,
}

/// Everything around the content of a console page.
#[derive(Clone, Debug)]
pub struct ConsoleView {
    /// Who is signed in.
    pub you: PersonView,
    /// The organizations they belong to, by name.
    pub organizations: Vec<OrganizationSummary>,
    /// Where this page is.
    pub here: Crumbs,
    /// What they may do at exactly this place.
    pub rights: Rights,
    /// What they may do organization-wide; decides which settings pages the rail shows.
    pub organization_rights: Rights,
    /// The rail's tree.
    pub tree: Tree,
    /// Of which types they may create environments in this project.
    pub creatable: Vec<EnvironmentType>,
    /// Stands for everything they hold here: another one means that their access changed.
    pub stamp: String,
    /// How many members there are.
    pub member_count: u32,
    /// True when a slug in the URL is an old one: the page redirects to [`Crumbs::path`].
    pub moved: bool,
}

impl Crumbs {
    /// The level this page is at, for pages below a project.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        let service = self.service.clone().map(Level::Service);
        let environment = self.environment.clone().map(Level::Environment);
        service
            .or(environment)
            .or_else(|| self.project.clone().map(Level::Project))
    }
    /// The path of the organization: `/o/acme`.
    #[must_use]
    pub fn organization_path(&self) -> String {
        format!("/o/{}", self.organization.slug)
    }
    /// The path of this place, without a tab: `/o/acme/p/shop/e/production/s/api`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = format!("/o/{}", self.organization.slug);
        if let Some(project) = &self.project {
            path += &format!("/p/{}", project.slug);
        }
        if let Some(environment) = &self.environment {
            path += &format!("/e/{}", environment.slug);
        }
        if let Some(service) = &self.service {
            path += &format!("/s/{}", service.slug);
        }
        path
    }
    fn lineage(&self) -> Lineage {
        match (&self.project, &self.environment) {
            (Some(project), Some(environment)) => {
                Lineage::environment(project.id, environment.kind)
            }
            (Some(project), None) => Lineage::project(project.id),
            (None, _) => Lineage::organization(),
        }
    }
}

/// What these grants allow at a place. `role` is what whoever holds them is called.
pub(super) fn rights(held: &Grants, role: &str, on: &Lineage) -> Rights {
    Rights {
        role: role.to_owned(),
        allowed: Permission::ALL
            .into_iter()
            .filter(|permission| decide(held, *permission, on).is_allowed())
            .collect(),
    }
}

/// Of which types somebody may create environments in a project, as far as the project goes; they also need a cluster.
fn creatable(held: &Grants, here: &Crumbs) -> Vec<EnvironmentType> {
    let Some(project) = &here.project else {
        return Vec::new();
    };
    EnvironmentType::ALL
        .into_iter()
        .filter(|kind| {
            let there = Lineage::environment(project.id, *kind);
            decide(held, Permission::EnvironmentCreate, &there).is_allowed()
        })
        .collect()
}

impl Service {
    /// The organizations the caller belongs to, by name.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub async fn organizations(&self, caller: &Caller) -> Result<Vec<OrganizationSummary>> {
        let (person, _) = signed_in(caller)?;
        self.store.read().await?.organizations_of(person).await
    }

    /// Finds the place of a URL and everything a page shows around its content, in one consistent view.
    ///
    /// # Errors
    /// `NotFound` for everything that is not there or not in sight.
    pub async fn console(&self, caller: &Caller, path: &ConsolePath) -> Result<ConsoleView> {
        let (person, you) = signed_in(caller)?;
        let mut tx = self.store.read().await?;
        let here = find(&mut tx, path).await?;
        let held = tx.grants(caller, here.organization.id).await?;
        // From the outside in: whoever may not see a parent may not learn whether the child exists.
        if !can_see(&held, &Lineage::organization()) || !can_see(&held, &here.lineage()) {
            return Err(ApiError::NotFound.into());
        }
        let membership = not_found(tx.membership(here.organization.id, person).await?)?;
        let role = membership.role_name;
        let slugs = [
            Some(&here.organization.slug) == Some(&path.organization),
            here.project.as_ref().map(|one| &one.slug) == path.project.as_ref(),
            here.environment.as_ref().map(|one| &one.slug) == path.environment.as_ref(),
            here.service.as_ref().map(|one| &one.slug) == path.service.as_ref(),
        ];
        let organization = here.organization.id;
        let view = ConsoleView {
            you: you.clone(),
            organizations: tx.organizations_of(person).await?,
            rights: rights(&held, &role, &here.lineage()),
            organization_rights: rights(&held, &role, &Lineage::organization()),
            creatable: creatable(&held, &here),
            stamp: stamp(&held, &role),
            tree: tree(&mut tx, &held, here.organization.id).await?,
            member_count: tx.member_count(here.organization.id).await?,
            moved: slugs.contains(&false),
            here,
        };
        drop(tx);
        self.note_presence(organization, person, membership.last_active_at)
            .await;
        Ok(view)
    }

    /// Whoever opens a page of an organization is active there, to the minute.
    async fn note_presence(
        &self,
        organization: OrganizationId,
        person: PersonId,
        noted: Option<Timestamp>,
    ) {
        let now = self.now();
        if noted.is_some_and(|at| now.seconds_since(at) < TOUCH_SECONDS) {
            return;
        }
        self.try_to_note("a visit", person, async || {
            let mut tx = self.store.write().await?;
            tx.note_presence(organization, person, now).await?;
            tx.commit_unaudited("last active").await
        })
        .await;
    }
}

/// Stands for a set of rights without saying what they are.
fn stamp(held: &Grants, role: &str) -> String {
    let text = serde_json::to_vec(&(held, role)).unwrap_or_default();
    let hash = Sha256::digest(text);
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Service {
    /// Stands for everything the caller holds in an organization right now.
    ///
    /// # Errors
    /// `NotFound` for whoever does not belong (any more).
    pub async fn access_stamp(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<String> {
        let (person, _) = signed_in(caller)?;
        let mut tx = self.store.read().await?;
        let _seen = tx.belongs(caller, organization).await?;
        let held = tx.grants(caller, organization).await?;
        let membership = not_found(tx.membership(organization, person).await?)?;
        Ok(stamp(&held, &membership.role_name))
    }
}

async fn find(tx: &mut Tx, path: &ConsolePath) -> Result<Crumbs> {
    let organization = not_found(tx.organization_by_slug(&path.organization).await?)?;
    let mut crumbs = Crumbs {
        organization,
        project: None,
        environment: None,
        service: None,
    };
    let Some(project) = &path.project else {
        return Ok(crumbs);
    };
    let project = not_found(tx.project_by_slug(&crumbs.organization, project).await?)?;
    crumbs.project = Some(project.clone());
    let Some(environment) = &path.environment else {
        return Ok(crumbs);
    };
    let environment = not_found(tx.environment_by_slug(&project, environment).await?)?;
    crumbs.environment = Some(environment.clone());
    let Some(service) = &path.service else {
        return Ok(crumbs);
    };
    crumbs.service = Some(not_found(tx.service_by_slug(&environment, service).await?)?);
    Ok(crumbs)
}

/// Three queries for the whole rail, whatever its size; what is not in sight is left out.
pub(super) async fn tree(tx: &mut Tx, held: &Grants, organization: OrganizationId) -> Result<Tree> {
    let mut services = tx.all_services(organization).await?;
    let environments = tx.all_environments(organization).await?;
    let mut projects: Vec<TreeProject> = tx
        .all_projects(organization)
        .await?
        .into_iter()
        .filter(|project| can_see(held, &Lineage::project(project.id)))
        .map(|project| TreeProject {
            id: project.id,
            slug: project.slug,
            name: project.name,
            environments: Vec::new(),
        })
        .collect();
    for environment in environments {
        let visible = |kind: EnvironmentType| {
            can_see(held, &Lineage::environment(environment.project_id, kind))
        };
        let Some(project) = projects
            .iter_mut()
            .find(|project| project.id == environment.project_id && visible(environment.kind))
        else {
            continue;
        };
        let mine;
        (mine, services) = services
            .into_iter()
            .partition(|service| service.environment_id == environment.id);
        project.environments.push(TreeEnvironment {
            id: environment.id,
            slug: environment.slug,
            name: environment.name,
            kind: environment.kind,
            services: mine
                .into_iter()
                .map(|service| TreeService {
                    id: service.id,
                    slug: service.slug,
                    name: service.name,
                    kind: service.kind,
                })
                .collect(),
        });
    }
    Ok(Tree { projects })
}
