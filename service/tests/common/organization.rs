//! Verbs: what people do in an organization, in as few words as a test needs.

use super::OneInvitation;
use domain::{
    BuiltInRole, ClusterId, EnvironmentId, LevelRef, OrganizationId, ProjectId, ServiceId,
    SubmittedValue, VariableId,
    view::{EventView, VariableView},
};
use service::{
    Caller,
    ops::{ConsolePath, EventQuery, Joining, NewVariable, ServiceForm, VariableEdit},
};

use super::{PUBLIC_URL, World, password, person};

/// An organization and its owner.
pub struct Organization<'w> {
    /// Where it exists.
    pub world: &'w World,
    /// Its id.
    pub id: OrganizationId,
    /// Its slug.
    pub slug: String,
    /// Its owner, signed in.
    pub owner: Caller,
}

/// One of everything: `Shop / Production / api` and a second service, `db`.
pub struct Shop {
    /// The project.
    pub project: ProjectId,
    /// The cluster everything is on.
    pub cluster: ClusterId,
    /// Its environment.
    pub environment: EnvironmentId,
    /// An application.
    pub api: ServiceId,
    /// A database.
    pub db: ServiceId,
}

impl<'w> Organization<'w> {
    pub(super) fn new(world: &'w World, id: OrganizationId, name: &str, owner: Caller) -> Self {
        Self {
            world,
            id,
            slug: domain::slug_of(name),
            owner,
        }
    }

    /// The address that a member of this role gets.
    pub fn address(&self, role: BuiltInRole) -> String {
        format!("{}@{}.example", role.code(), self.slug)
    }

    /// Somebody with this role, signed in. The owner for Owner; everybody else is invited and accepts.
    pub async fn member(&self, role: BuiltInRole) -> Caller {
        if role == BuiltInRole::Owner {
            self.owner.clone()
        } else {
            self.joins(&self.address(role), role).await
        }
    }

    /// Invites an address and accepts with a new account.
    pub async fn joins(&self, email: &str, role: BuiltInRole) -> Caller {
        let token = self.invites(email, role).await;
        self.accepts(
            &token,
            &format!("{} {}", role.label(), email.split('@').next().unwrap()),
        )
        .await
    }

    /// Invites an address. The token of the link.
    pub async fn invites(&self, email: &str, role: BuiltInRole) -> String {
        let invited = self
            .world
            .service
            .invite(
                &self.owner,
                self.id,
                &service::ops::InviteForm::one(email, role.code()),
            )
            .await
            .unwrap();
        token_of(&invited.link().expect("there is no mail server"))
    }

    /// Accepts with a new account.
    pub async fn accepts(&self, token: &str, name: &str) -> Caller {
        let visitor = self.world.visitor();
        let joining = Joining::NewAccount {
            name: name.to_owned(),
            password: password(),
        };
        let signed_in = self
            .world
            .service
            .accept_invitation(&visitor, token, joining)
            .await
            .unwrap();
        self.world.caller(&visitor, &signed_in).await
    }

    /// Gives somebody another role.
    pub async fn makes(&self, whom: &Caller, role: BuiltInRole) {
        self.world
            .service
            .change_roles(&self.owner, self.id, &[person(whom).id], role.code(), None)
            .await
            .unwrap();
    }

    /// Ends a membership.
    pub async fn removes(&self, whom: &Caller) {
        self.world
            .service
            .remove_members(&self.owner, self.id, &[person(whom).id], None)
            .await
            .unwrap();
    }

    /// A new project.
    pub async fn project(&self, name: &str) -> ProjectId {
        let slug = self
            .world
            .service
            .create_project(&self.owner, self.id, name, "")
            .await
            .unwrap();
        self.find(&slug, None, None).await.project.unwrap().id
    }

    /// A new cluster entry.
    pub async fn cluster(&self, name: &str) -> ClusterId {
        self.world
            .service
            .create_cluster(
                &self.owner,
                self.id,
                &service::ops::ClusterForm::new(name, "AWS", "eu-west-3"),
            )
            .await
            .unwrap()
    }

    /// A new environment.
    pub async fn environment(
        &self,
        project: ProjectId,
        cluster: ClusterId,
        name: &str,
        kind: &str,
    ) -> EnvironmentId {
        let service = &self.world.service;
        service
            .create_environment(
                &self.owner,
                self.id,
                project,
                name,
                kind,
                &cluster.to_string(),
            )
            .await
            .unwrap();
        let all = service
            .environments(&self.owner, self.id, project)
            .await
            .unwrap();
        all.into_iter().find(|one| one.name == name).unwrap().id
    }

    /// A new service.
    pub async fn service(&self, environment: EnvironmentId, name: &str, kind: &str) -> ServiceId {
        let service = &self.world.service;
        let form = ServiceForm {
            name: name.to_owned(),
            kind: kind.to_owned(),
            description: String::new(),
        };
        service
            .create_service(&self.owner, self.id, environment, &form)
            .await
            .unwrap();
        let all = service
            .services(&self.owner, self.id, environment)
            .await
            .unwrap();
        all.into_iter().find(|one| one.name == name).unwrap().id
    }

    /// One of everything.
    pub async fn shop(&self) -> Shop {
        let (project, cluster) = (self.project("Shop").await, self.cluster("east").await);
        let environment = self
            .environment(project, cluster, "Production", "PRODUCTION")
            .await;
        let api = self.service(environment, "api", "APPLICATION").await;
        let db = self.service(environment, "db", "DATABASE").await;
        Shop {
            project,
            cluster,
            environment,
            api,
            db,
        }
    }

    /// Adds a plain variable where it is.
    pub async fn plain(&self, level: LevelRef, key: &str, value: &str) -> VariableId {
        self.adds(variable(level, key, value)).await
    }

    /// Adds a secret where it is.
    pub async fn secret(&self, level: LevelRef, key: &str, value: &str) -> VariableId {
        self.adds(NewVariable {
            kind: "secret".to_owned(),
            ..variable(level, key, value)
        })
        .await
    }

    /// Adds a file where it is.
    pub async fn file(&self, level: LevelRef, key: &str, path: &str, value: &str) -> VariableId {
        self.adds(file(level, key, path, value)).await
    }

    /// Adds an override where it is.
    pub async fn overrides(&self, level: LevelRef, key: &str, value: &str) -> VariableId {
        self.adds(NewVariable {
            overrides: true,
            ..variable(level, key, value)
        })
        .await
    }

    /// Adds a variable.
    pub async fn adds(&self, form: NewVariable) -> VariableId {
        self.world
            .service
            .add_variable(&self.owner, self.id, form)
            .await
            .unwrap()
    }

    /// A form made from the present state, changing nothing.
    pub async fn form(&self, variable: VariableId) -> VariableEdit {
        let view = self.sees(variable).await;
        VariableEdit {
            as_is: None,
            id: variable,
            version: view.version,
            value: view.value.map(SubmittedValue::from),
            set_empty: false,
            make_secret: false,
            mount_path: view.mount_path,
            description: view.description,
        }
    }

    /// Gives a variable another value.
    pub async fn sets(&self, variable: VariableId, value: &str) {
        let form = VariableEdit {
            value: Some(value.to_owned().into()),
            ..self.form(variable).await
        };
        self.world
            .service
            .edit_variable(&self.owner, self.id, form)
            .await
            .unwrap();
    }

    /// What the owner sees of a variable.
    pub async fn sees(&self, variable: VariableId) -> VariableView {
        self.world
            .service
            .variable(&self.owner, self.id, variable)
            .await
            .unwrap()
    }

    /// What the owner sees at a level: scope, key, and value or `secret`.
    pub async fn list(&self, level: LevelRef) -> Vec<String> {
        let view = self
            .world
            .service
            .variables(&self.owner, self.id, level)
            .await
            .unwrap();
        let line = |one: VariableView| {
            format!(
                "{} {}={}",
                one.scope.label().to_lowercase(),
                one.key,
                one.value.unwrap_or_else(|| "secret".to_owned())
            )
        };
        view.variables.into_iter().map(line).collect()
    }

    /// Where the slugs of a URL lead.
    pub async fn find(
        &self,
        project: &str,
        environment: Option<&str>,
        service: Option<&str>,
    ) -> service::ops::Crumbs {
        let path = ConsolePath {
            organization: self.slug.clone(),
            project: Some(project.to_owned()),
            environment: environment.map(str::to_owned),
            service: service.map(str::to_owned),
        };
        self.world
            .service
            .console(&self.owner, &path)
            .await
            .unwrap()
            .here
    }

    /// The log, newest first, at most one page.
    pub async fn log(&self) -> Vec<EventView> {
        self.filtered(EventQuery::default()).await
    }

    /// A page of the log.
    pub async fn filtered(&self, query: EventQuery) -> Vec<EventView> {
        self.world
            .service
            .events(&self.owner, self.id, &query)
            .await
            .unwrap()
            .events
    }

    /// The newest event.
    pub async fn last_event(&self) -> EventView {
        self.log().await.into_iter().next().unwrap()
    }
}

/// The token of an invitation link.
pub fn token_of(link: &str) -> String {
    link.strip_prefix(&format!("{PUBLIC_URL}/invite/"))
        .expect("a link of this instance")
        .to_owned()
}

/// The form of a plain variable.
pub fn variable(level: LevelRef, key: &str, value: &str) -> NewVariable {
    NewVariable {
        as_is: false,
        from: level,
        scope: level.scope().code().to_owned(),
        key: key.to_owned(),
        kind: "plain".to_owned(),
        secret_file: false,
        value: value.to_owned().into(),
        mount_path: String::new(),
        description: String::new(),
        overrides: false,
    }
}

/// The form of a file.
pub fn file(level: LevelRef, key: &str, path: &str, value: &str) -> NewVariable {
    NewVariable {
        kind: "file".to_owned(),
        mount_path: path.to_owned(),
        ..variable(level, key, value)
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
