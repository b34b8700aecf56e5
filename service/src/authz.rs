//! From "who asks" to a proof. A store write takes a [`Granted`] and reads the ids from it, so a missing
//! check does not compile, and a check of one object cannot be used for another.

use domain::{
    ApiError, Decision, EnvironmentId, EnvironmentType, Grants, LevelRef, Lineage, OrganizationId,
    Permission, ProjectId, Scope, ServiceId, ServiceKind, decide,
};

use crate::{Actor, Caller, Error, Result, store::Tx};

/// An organization, found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationTarget {
    /// Its id.
    pub id: OrganizationId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// A project, found inside the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectTarget {
    /// Whose.
    pub organization: OrganizationTarget,
    /// Its id.
    pub id: ProjectId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// An environment, found inside the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentTarget {
    /// Of which project.
    pub project: ProjectTarget,
    /// Its id.
    pub id: EnvironmentId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: EnvironmentType,
}

/// A service, found inside the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTarget {
    /// Of which environment.
    pub environment: EnvironmentTarget,
    /// Its id.
    pub id: ServiceId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ServiceKind,
}

/// A place where variables are defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// A project.
    Project(ProjectTarget),
    /// An environment.
    Environment(EnvironmentTarget),
    /// A service.
    Service(ServiceTarget),
}

impl Level {
    /// The scope of variables defined here.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        match self {
            Self::Project(_) => Scope::Project,
            Self::Environment(_) => Scope::Environment,
            Self::Service(_) => Scope::Service,
        }
    }
    /// The project it belongs to.
    #[must_use]
    pub const fn project(&self) -> &ProjectTarget {
        match self {
            Self::Project(project) => project,
            Self::Environment(environment) => &environment.project,
            Self::Service(service) => &service.environment.project,
        }
    }
    /// The environment it is or belongs to.
    #[must_use]
    pub const fn environment(&self) -> Option<&EnvironmentTarget> {
        match self {
            Self::Project(_) => None,
            Self::Environment(environment) => Some(environment),
            Self::Service(service) => Some(&service.environment),
        }
    }
    /// The service it is.
    #[must_use]
    pub const fn service(&self) -> Option<&ServiceTarget> {
        match self {
            Self::Service(service) => Some(service),
            Self::Project(_) | Self::Environment(_) => None,
        }
    }
    /// The same place by id.
    #[must_use]
    pub const fn reference(&self) -> LevelRef {
        match self {
            Self::Project(target) => LevelRef::Project(target.id),
            Self::Environment(target) => LevelRef::Environment(target.id),
            Self::Service(target) => LevelRef::Service(target.id),
        }
    }
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Project(target) => &target.name,
            Self::Environment(target) => &target.name,
            Self::Service(target) => &target.name,
        }
    }
    /// The id of the project, environment or service, as text.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Project(target) => target.id.to_string(),
            Self::Environment(target) => target.id.to_string(),
            Self::Service(target) => target.id.to_string(),
        }
    }
    /// The same place seen from the level above and above that, widest first, itself last.
    #[must_use]
    pub fn with_parents(&self) -> Vec<Self> {
        let mut chain = vec![Self::Project(self.project().clone())];
        chain.extend(self.environment().cloned().map(Self::Environment));
        chain.extend(self.service().cloned().map(Self::Service));
        chain
    }
}

/// Something that can be decided about.
pub trait Target: Send + Sync {
    /// The organization it belongs to.
    fn organization(&self) -> &OrganizationTarget;
    /// Where it stands.
    fn lineage(&self) -> Lineage;
}

impl Target for OrganizationTarget {
    fn organization(&self) -> &OrganizationTarget {
        self
    }
    fn lineage(&self) -> Lineage {
        Lineage::organization()
    }
}
impl Target for ProjectTarget {
    fn organization(&self) -> &OrganizationTarget {
        &self.organization
    }
    fn lineage(&self) -> Lineage {
        Lineage::project(self.id)
    }
}
impl Target for EnvironmentTarget {
    fn organization(&self) -> &OrganizationTarget {
        &self.project.organization
    }
    fn lineage(&self) -> Lineage {
        Lineage::environment(self.project.id, self.kind)
    }
}
impl Target for ServiceTarget {
    fn organization(&self) -> &OrganizationTarget {
        self.environment.organization()
    }
    fn lineage(&self) -> Lineage {
        self.environment.lineage()
    }
}
impl Target for Level {
    fn organization(&self) -> &OrganizationTarget {
        &self.project().organization
    }
    fn lineage(&self) -> Lineage {
        match self {
            Self::Project(target) => target.lineage(),
            Self::Environment(target) => target.lineage(),
            Self::Service(target) => target.lineage(),
        }
    }
}

/// A cluster entry, found inside the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterTarget {
    /// Whose.
    pub organization: OrganizationTarget,
    /// Its id.
    pub id: domain::ClusterId,
    /// Its name.
    pub name: String,
}

impl Target for ClusterTarget {
    fn organization(&self) -> &OrganizationTarget {
        &self.organization
    }
    fn lineage(&self) -> Lineage {
        Lineage::cluster(self.id)
    }
}

/// A place for an environment that does not exist yet.
#[derive(Clone, Debug)]
pub struct Placement {
    /// In which project.
    pub project: ProjectTarget,
    /// Of which type.
    pub kind: EnvironmentType,
    /// On which cluster.
    pub cluster: domain::ClusterId,
}

impl Target for Placement {
    fn organization(&self) -> &OrganizationTarget {
        &self.project.organization
    }
    fn lineage(&self) -> Lineage {
        Lineage::placement(self.project.id, self.kind, self.cluster)
    }
}

/// A permission together with the kind of thing it is used on.
pub trait Permit: Send + Sync {
    /// What it is used on.
    type Target: Target;
    /// What it takes.
    const PERMISSION: Permission;
}

/// The permits, one type each, so that a proof of one is not a proof of another.
pub mod permits {
    use domain::Permission as P;

    use super::{
        ClusterTarget, EnvironmentTarget, Level, OrganizationTarget, Permit, Placement,
        ProjectTarget, ServiceTarget,
    };

    macro_rules! permits {
        ($($(#[$doc:meta])* $name:ident on $target:ty = $permission:expr;)+) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;
            impl Permit for $name {
                type Target = $target;
                const PERMISSION: P = $permission;
            }
        )+};
    }

    permits! {
        /// See an organization, its clusters, members and roles.
        ReadOrganization on OrganizationTarget = P::OrganizationRead;
        /// Change its general settings.
        EditOrganization on OrganizationTarget = P::OrganizationEdit;
        /// Transfer ownership and delete the organization: the owner's alone.
        DeleteOrganization on OrganizationTarget = P::OrganizationDelete;
        /// Invite, change and remove members; define roles.
        ManageMembers on OrganizationTarget = P::MembersManage;
        /// Create and delete cluster entries.
        ManageClusters on OrganizationTarget = P::ClustersManage;
        /// Edit one cluster entry.
        EditCluster on ClusterTarget = P::ClustersManage;
        /// Create projects.
        CreateProject on OrganizationTarget = P::ProjectCreate;
        /// Read the audit log.
        ReadAudit on OrganizationTarget = P::AuditRead;
        /// See a project.
        ReadProject on ProjectTarget = P::ProjectRead;
        /// Edit and delete a project.
        EditProject on ProjectTarget = P::ProjectEdit;
        /// Put a new environment somewhere.
        CreateEnvironment on Placement = P::EnvironmentCreate;
        /// See an environment and its services.
        ReadEnvironment on EnvironmentTarget = P::EnvironmentRead;
        /// Edit and delete an environment.
        EditEnvironment on EnvironmentTarget = P::EnvironmentEdit;
        /// Create a service in an environment.
        CreateService on EnvironmentTarget = P::EnvironmentCreate;
        /// See a service.
        ReadService on ServiceTarget = P::EnvironmentRead;
        /// Edit and delete a service.
        EditService on ServiceTarget = P::EnvironmentEdit;
        /// Change variables at a level.
        EditVariables on Level = P::VariablesEdit;
    }
}

/// Proof that this caller may use `P` on exactly this target. Private fields: only [`Tx::authorize`] makes one.
#[must_use]
#[derive(Debug)]
pub struct Granted<P: Permit> {
    target: P::Target,
}

impl<P: Permit> Granted<P> {
    /// The target it was decided for.
    pub const fn target(&self) -> &P::Target {
        &self.target
    }
    /// The organization the target belongs to.
    pub fn organization(&self) -> &OrganizationTarget {
        self.target.organization()
    }
}

/// What the caller holds in an organization, read in the transaction that uses it.
impl Tx {
    /// Everything the caller has been given in this organization; nothing for strangers.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn grants(
        &mut self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Grants> {
        match &caller.actor {
            Actor::Nobody => Ok(Grants::none()),
            Actor::System(_) => Ok(Grants::built_in(domain::BuiltInRole::Owner)),
            Actor::Person(person) => self.grants_of(organization, person.id).await,
        }
    }

    /// Everything a person has been given in this organization; nothing for strangers.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn grants_of(
        &mut self,
        organization: OrganizationId,
        person: domain::PersonId,
    ) -> Result<Grants> {
        match self.role_of(organization, person).await? {
            Some(role) => self.grants_of_role(organization, role).await,
            None => Ok(Grants::none()),
        }
    }

    /// Decides, and hands out the proof.
    ///
    /// # Errors
    /// `NotFound` when the caller may not know of the target, `Forbidden` with the missing permission when they may.
    pub async fn authorize<P: Permit>(
        &mut self,
        caller: &Caller,
        target: P::Target,
    ) -> Result<Granted<P>> {
        let held = self.grants(caller, target.organization().id).await?;
        match decide(&held, P::PERMISSION, &target.lineage()) {
            Decision::Allow(_) => Ok(Granted { target }),
            Decision::Deny(refusal) if !refusal.in_sight => Err(Error::Api(ApiError::NotFound)),
            Decision::Deny(refusal) => Err(Error::Api(ApiError::Forbidden {
                permission: refusal.permission,
                who: Some(refusal.who()),
            })),
        }
    }
}
