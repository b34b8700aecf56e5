//! Every door that is not public, tried by everybody: a stranger, the owner of another organization, and each
//! built-in role. What they are told is `door_matrix.txt`, to be read beside the table of permissions. A new door
//! needs an address or a form here, and its row there.
//!
//! After a change that is meant: `UPDATE_EXPECT=1 cargo test -p gatehouse-server --test door_matrix`.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::StatusCode;
use common::*;
use domain::{
    EnvironmentType, LevelRef, OrganizationId, ProjectId, SubmittedPassword, SubmittedValue,
};
use expect_test::expect_file;
use server::{Audience, Door, Route, routes};
use service::Caller;
use service::ops::{Joining, NewVariable, RoleForm, ServiceForm, SignedIn};

const ROLES: [&str; 4] = ["viewer", "billing", "devops", "admin"];
const PASSWORD: &str = "violet-harbour-lantern-42";

/// An organization with one of each, and who can sign in to it.
#[derive(Clone)]
struct Sample {
    store: Arc<Furnished>,
    /// A name, and the cookie of somebody signed in.
    people: Vec<(&'static str, Option<String>)>,
    organization: String,
    project: String,
    environment: String,
    /// A second environment of the project.
    staging: String,
    service: String,
    cluster: String,
    unused_cluster: String,
    variable: String,
    invitation: String,
    viewer: String,
    /// A custom role that nobody has.
    role: String,
    /// Project, environment, service and role in addresses.
    slugs: [&'static str; 4],
}

fn password() -> SubmittedPassword {
    SubmittedPassword::new(PASSWORD.to_owned())
}

impl Sample {
    async fn make() -> Self {
        let house = House::new().await;
        let owner = house.owner().await;
        let you = house.nobody().signed_in(owner.person.clone(), None);
        let (service, organization) = (&house.service, the_organization(&house, &you).await);
        let outsider = outsider(&house).await;
        let mut members = Vec::new();
        for role in ROLES {
            members.push((role, join(&house, &you, organization, role, role).await));
        }
        service
            .create_cluster(
                &you,
                organization,
                &service::ops::ClusterForm::new("paris", "AWS", "eu-west-3"),
            )
            .await
            .unwrap();
        let cluster = service.clusters(&you, organization).await.unwrap()[0].id;
        let unused_cluster = service
            .create_cluster(
                &you,
                organization,
                &service::ops::ClusterForm::new("unused", "AWS", "eu-west-3"),
            )
            .await
            .unwrap();
        service
            .create_project(&you, organization, "shop", "")
            .await
            .unwrap();
        let project = service.projects(&you, organization).await.unwrap()[0].id;
        service
            .create_environment(
                &you,
                organization,
                project,
                "production",
                "PRODUCTION",
                &cluster.to_string(),
            )
            .await
            .unwrap();
        let environment = service
            .environments(&you, organization, project)
            .await
            .unwrap()[0]
            .id;
        let staging = service
            .create_environment(
                &you,
                organization,
                project,
                "staging",
                "STAGING",
                &cluster.to_string(),
            )
            .await
            .unwrap();
        let staging = environment_of(&house, &you, organization, project, &staging).await;
        let form = ServiceForm {
            name: "api".to_owned(),
            kind: "APPLICATION".to_owned(),
            description: String::new(),
        };
        service
            .create_service(&you, organization, environment, &form)
            .await
            .unwrap();
        let application = service
            .services(&you, organization, environment)
            .await
            .unwrap()[0]
            .id;
        let variable =
            add_variable(&house, &you, organization, LevelRef::Service(application)).await;
        let invited = service
            .invite(
                &you,
                organization,
                &service::ops::InviteForm::one("waiting@acme.example", "viewer"),
            )
            .await
            .unwrap();
        let viewer = members[0].1.person.id;
        let mut people = vec![("stranger", None), ("outsider", Some(cookie(&outsider)))];
        people.extend(
            members
                .iter()
                .map(|(role, member)| (*role, Some(cookie(member)))),
        );
        people.push(("owner", Some(cookie(&owner))));
        // Custom roles: one that manages shop, one that reads its staging alone, one that gives nothing. And somebody
        // who was removed.
        for (name, levels) in [
            ("manager", Some((None, "MANAGER"))),
            ("staging", Some((Some(EnvironmentType::Staging), "VIEWER"))),
            ("nothing", None),
        ] {
            let role = custom_role(&house, &you, organization, project, name, levels).await;
            let member = join(&house, &you, organization, name, &role).await;
            people.push((name, Some(cookie(&member))));
        }
        let unused_role = custom_role(&house, &you, organization, project, "unused", None).await;
        let removed = join(&house, &you, organization, "removed", "viewer").await;
        people.push(("removed", Some(cookie(&removed))));
        service
            .remove_members(&you, organization, &[removed.person.id], None)
            .await
            .unwrap();
        Self {
            people,
            organization: organization.to_string(),
            project: project.to_string(),
            environment: environment.to_string(),
            staging,
            service: application.to_string(),
            cluster: cluster.to_string(),
            unused_cluster: unused_cluster.to_string(),
            variable,
            invitation: invited.first().unwrap().id.unwrap().to_string(),
            viewer: viewer.to_string(),
            role: unused_role,
            slugs: ["shop", "production", "api", "viewer"],
            store: Arc::new(house.leave().await),
        }
    }

    /// The address of a page of the sample.
    fn address(&self, pattern: &str) -> String {
        pattern
            .replace("{organization}", "acme")
            .replace("{project}", self.slugs[0])
            .replace("{environment}", self.slugs[1])
            .replace("{service}", self.slugs[2])
            .replace("{role}", self.slugs[3])
            .replace("{person}", &self.viewer)
    }

    /// A form that only somebody's rights keep from being accepted.
    fn form(&self, pattern: &str) -> String {
        let Self {
            organization,
            project,
            environment,
            staging,
            service,
            cluster,
            variable,
            invitation,
            viewer,
            role,
            ..
        } = self;
        match pattern {
            "/rpc/account/sign-out" | "/rpc/account/theme" => String::new(),
            "/rpc/account/step-up" => format!("password={PASSWORD}"),
            "/rpc/organization/create" => "organization=Another".to_owned(),
            "/rpc/organization/edit" => {
                format!("organization={organization}&version=1&name=Acme&description=new")
            }
            "/rpc/members/invite" => {
                format!("organization={organization}&emails=new@acme.example&role=viewer")
            }
            "/rpc/members/change-role" => {
                format!("organization={organization}&people={viewer}&role=billing")
            }
            "/rpc/members/remove" => format!("organization={organization}&people={viewer}"),
            "/rpc/members/resend-invitation" | "/rpc/members/revoke-invitation" => {
                format!("organization={organization}&invitation={invitation}")
            }
            "/rpc/members/extend-invitation" => {
                format!("organization={organization}&invitation={invitation}&days=3")
            }
            "/rpc/members/change-invited-role" => {
                format!("organization={organization}&invitation={invitation}&role=billing")
            }
            "/rpc/members/leave"
            | "/rpc/account/access"
            | "/rpc/organization/restore"
            | "/download/members" => format!("organization={organization}"),
            "/rpc/organization/transfer" => format!(
                "organization={organization}&person={viewer}&confirm=A+viewer&password={PASSWORD}"
            ),
            "/rpc/organization/delete" => {
                format!(
                    "organization={organization}&confirm=Acme&exported=true&password={PASSWORD}"
                )
            }
            "/rpc/roles/create" => format!("organization={organization}&name=Team"),
            "/rpc/roles/draft" => format!(
                "organization={organization}&role={role}&version=1&name=unused&levels%5Bproject.{project}%5D=VIEWER"
            ),
            "/rpc/roles/discard" | "/rpc/roles/delete" => {
                format!("organization={organization}&role={role}")
            }
            "/rpc/roles/restore" => {
                format!("organization={organization}&role={role}&version=1")
            }
            // Only a review leads here, and each has edits of their own to review: who may save is told that there
            // is nothing to save.
            "/rpc/roles/save" => {
                format!("organization={organization}&role={role}&over=1&fingerprint=none")
            }
            "/rpc/cluster/edit" => format!(
                "organization={organization}&cluster={cluster}&version=1&name=paris&provider=AWS&region=eu-west-1"
            ),
            "/rpc/cluster/delete" => {
                format!(
                    "organization={organization}&cluster={}",
                    self.unused_cluster
                )
            }
            "/rpc/cluster/create" => {
                format!("organization={organization}&name=berlin&provider=AWS&region=eu-central-1")
            }
            "/rpc/project/create" => format!("organization={organization}&name=new"),
            "/rpc/project/edit" => format!(
                "organization={organization}&project={project}&version=1&name=shop&description=new"
            ),
            "/rpc/project/delete" => {
                format!("organization={organization}&project={project}&confirm=shop")
            }
            "/rpc/environment/create" => format!(
                "organization={organization}&project={project}&name=new&kind=STAGING&cluster={cluster}"
            ),
            "/rpc/environment/edit" => {
                format!("organization={organization}&environment={environment}&version=1&name=live")
            }
            "/rpc/environment/delete" => {
                format!("organization={organization}&environment={environment}&confirm=production")
            }
            "/rpc/service/create" => format!(
                "organization={organization}&environment={environment}&name=new&kind=APPLICATION"
            ),
            "/rpc/service/edit" => format!(
                "organization={organization}&service={service}&version=1&name=api&description=new"
            ),
            "/rpc/service/delete" => {
                format!("organization={organization}&service={service}&confirm=api")
            }
            "/rpc/search/find" => format!("organization={organization}&q=PORT"),
            "/rpc/variables/add" => {
                format!(
                    "organization={organization}&level_scope=SERVICE&level_id={service}&scope=SERVICE&key=NEW&kind=plain&value=x"
                )
            }
            "/rpc/variables/alias" => {
                format!(
                    "organization={organization}&level_scope=SERVICE&level_id={service}&scope=SERVICE&key=NEW&target=PORT"
                )
            }
            "/rpc/variables/edit" => format!(
                "organization={organization}&variable={variable}&version=1&value=new&key=PORT"
            ),
            "/rpc/variables/delete" => {
                format!("organization={organization}&variable={variable}&version=1&key=PORT")
            }
            "/rpc/variables/read-import" => format!(
                "organization={organization}&level_scope=SERVICE&level_id={service}&scope=SERVICE&text=NEW%3Dx"
            ),
            // Made from what somebody saw: who may edit is told that it is not what is there.
            "/rpc/variables/read-text" => format!(
                "organization={organization}&level_scope=SERVICE&level_id={service}&base=none&text=NEW%3Dx"
            ),
            "/rpc/variables/select" => format!(
                "organization={organization}&level_scope=SERVICE&level_id={service}&what=delete&ticked%5Brow.{variable}%5D=true"
            ),
            // Changes under review are their sender's alone, and nobody here sent any.
            "/rpc/variables/make-changes" => {
                format!("organization={organization}&changes={}", uuid::Uuid::nil())
            }
            "/download/variables" => format!(
                "organization={organization}&level_scope=SERVICE&level_id={service}&format=DOTENV"
            ),
            // There is one version only: who may restore is told that it is the present one.
            "/rpc/variables/restore" => {
                format!("organization={organization}&variable={variable}&version=1&restore=1")
            }
            // Only a review leads here, and has the fingerprint: who may restore is led back to it.
            "/rpc/variables/restore-place" => format!(
                "organization={organization}&level_scope=SERVICE&level_id={service}&point=1&fingerprint=none"
            ),
            "/rpc/variables/compare" => {
                format!("organization={organization}&environments={environment},{staging}")
            }
            // Only a review leads here: who may copy is shown it again, since this is not what it showed.
            "/rpc/variables/promote" => format!(
                "organization={organization}&from={staging}&to={environment}&take%5BPORT%5D=true&fingerprint=none"
            ),
            other => panic!("{other} needs a form here, and its row in door_matrix.txt"),
        }
    }

    /// What somebody is told at a door. Each tries on a store of their own.
    async fn try_door(&self, route: &Route, cookie: Option<&String>) -> StatusCode {
        let house = House::in_store(self.store.copy()).await;
        let mut request = match route.door {
            Door::Function | Door::Download => post(route.pattern, &self.form(route.pattern)),
            Door::Page | Door::Fixed | Door::Asset => get(&self.address(route.pattern)),
        };
        if let Some(cookie) = cookie {
            request = with(request, "cookie", cookie);
        }
        let answer = send(&house.app(), request).await;
        house.leave().await;
        answer.status
    }
}

async fn the_organization(house: &House, you: &Caller) -> OrganizationId {
    house.service.organizations(you).await.unwrap()[0].id
}

/// The id of the environment with this slug.
async fn environment_of(
    house: &House,
    you: &Caller,
    organization: OrganizationId,
    project: ProjectId,
    slug: &str,
) -> String {
    let all = house
        .service
        .environments(you, organization, project)
        .await
        .unwrap();
    let found = all.into_iter().find(|one| one.slug == slug).unwrap();
    found.id.to_string()
}

async fn outsider(house: &House) -> SignedIn {
    let operator = Caller::system("test", house.service.request_id());
    house
        .service
        .create_owner(
            &operator,
            "Una Braun",
            "una@umbra.example",
            password(),
            "Umbra",
        )
        .await
        .unwrap();
    house
        .service
        .sign_in(&house.nobody(), "una@umbra.example", password())
        .await
        .unwrap()
}

async fn join(
    house: &House,
    owner: &Caller,
    organization: OrganizationId,
    name: &str,
    role: &str,
) -> SignedIn {
    let invited = house
        .service
        .invite(
            owner,
            organization,
            &service::ops::InviteForm::one(&format!("{name}@acme.example"), role),
        )
        .await
        .unwrap();
    let link = invited.first().unwrap().link.clone().unwrap();
    let joining = Joining::NewAccount {
        name: format!("A {name}"),
        password: password(),
    };
    house
        .service
        .accept_invitation(&house.nobody(), link.rsplit('/').next().unwrap(), joining)
        .await
        .unwrap()
}

/// A role of the organization's own with levels on one project. Its form value.
async fn custom_role(
    house: &House,
    owner: &Caller,
    organization: OrganizationId,
    project: ProjectId,
    name: &str,
    levels: Option<(Option<EnvironmentType>, &str)>,
) -> String {
    let service = &house.service;
    let role = service
        .create_role(owner, organization, name, "", "", password())
        .await
        .unwrap();
    if let Some((kind, level)) = levels {
        let form = RoleForm {
            name: name.to_owned(),
            version: 1,
            projects: vec![(project, kind, level.to_owned())],
            ..RoleForm::default()
        };
        service
            .draft_role(owner, organization, role, &form)
            .await
            .unwrap();
        let review = service
            .review_role(owner, organization, role)
            .await
            .unwrap();
        service
            .save_role(owner, organization, role, &review.preview.fingerprint, 1)
            .await
            .unwrap();
    }
    role.to_string()
}

async fn add_variable(
    house: &House,
    owner: &Caller,
    organization: OrganizationId,
    level: LevelRef,
) -> String {
    let form = NewVariable {
        as_is: false,
        from: level,
        scope: "SERVICE".to_owned(),
        key: "PORT".to_owned(),
        kind: "plain".to_owned(),
        secret_file: false,
        value: SubmittedValue::new("8080".to_owned()),
        mount_path: String::new(),
        description: String::new(),
        overrides: false,
    };
    house
        .service
        .add_variable(owner, organization, form)
        .await
        .unwrap();
    let view = house
        .service
        .variables(owner, organization, level)
        .await
        .unwrap();
    view.variables
        .iter()
        .find(|variable| variable.key == "PORT")
        .unwrap()
        .id
        .to_string()
}

#[tokio::test]
async fn everybody_is_told_what_the_matrix_says() {
    let sample = Sample::make().await;
    let mut table = format!("{:<72}", "");
    for (name, _) in &sample.people {
        write!(table, "{name:<9}").unwrap();
    }
    table = format!("{}\n", table.trim_end());
    for route in routes()
        .iter()
        .filter(|route| route.audience != Audience::Public)
    {
        let mut row = format!("{:<5}{:<67}", route.method().as_str(), route.pattern);
        for (_, cookie) in &sample.people {
            write!(
                row,
                "{:<9}",
                sample.try_door(route, cookie.as_ref()).await.as_u16()
            )
            .unwrap();
        }
        writeln!(table, "{}", row.trim_end()).unwrap();
    }
    expect_file!["door_matrix.txt"].assert_eq(&table);
}

/// The objects of another organization, as its owner made them.
async fn objects_of_umbra(house: &House, umbra: &SignedIn, sample: &mut Sample) {
    let you = house.nobody().signed_in(umbra.person.clone(), None);
    let (service, organization) = (&house.service, the_organization(house, &you).await);
    let cluster = service
        .create_cluster(
            &you,
            organization,
            &service::ops::ClusterForm::new("oslo", "AWS", "eu-north-1"),
        )
        .await
        .unwrap();
    service
        .create_project(&you, organization, "lab", "")
        .await
        .unwrap();
    let project = service.projects(&you, organization).await.unwrap()[0].id;
    service
        .create_environment(
            &you,
            organization,
            project,
            "night",
            "PRODUCTION",
            &cluster.to_string(),
        )
        .await
        .unwrap();
    let environment = service
        .environments(&you, organization, project)
        .await
        .unwrap()[0]
        .id;
    let form = ServiceForm {
        name: "robot".to_owned(),
        kind: "APPLICATION".to_owned(),
        description: String::new(),
    };
    service
        .create_service(&you, organization, environment, &form)
        .await
        .unwrap();
    let robot = service
        .services(&you, organization, environment)
        .await
        .unwrap()[0]
        .id;
    let invited = service
        .invite(
            &you,
            organization,
            &service::ops::InviteForm::one("pending@umbra.example", "viewer"),
        )
        .await
        .unwrap();
    sample.variable = add_variable(house, &you, organization, LevelRef::Service(robot)).await;
    sample.project = project.to_string();
    sample.environment = environment.to_string();
    sample.staging = environment.to_string();
    sample.service = robot.to_string();
    sample.cluster = cluster.to_string();
    sample.unused_cluster = cluster.to_string();
    sample.invitation = invited.first().unwrap().id.unwrap().to_string();
    sample.viewer = umbra.person.id.to_string();
    sample.slugs = [
        "lab",
        "night",
        "robot",
        "00000000-0000-7000-8000-000000000001",
    ];
}

/// Doors that name an object inside the organization.
fn names_an_object(route: &Route) -> bool {
    let page = ["{project}", "{person}", "{role}"]
        .iter()
        .any(|part| route.pattern.contains(part));
    let form = [
        "/rpc/members/change-role",
        "/rpc/members/remove",
        "/rpc/members/resend-invitation",
        "/rpc/members/revoke-invitation",
        "/rpc/members/extend-invitation",
        "/rpc/members/change-invited-role",
        "/rpc/organization/transfer",
        "/rpc/cluster/edit",
        "/rpc/cluster/delete",
        "/rpc/project/edit",
        "/rpc/project/delete",
        "/rpc/environment/edit",
        "/rpc/environment/delete",
        "/rpc/service/edit",
        "/rpc/service/delete",
        "/rpc/service/create",
        "/rpc/environment/create",
        "/rpc/variables/add",
        "/rpc/variables/alias",
        "/rpc/variables/edit",
        "/rpc/variables/delete",
        "/rpc/variables/read-import",
        "/rpc/variables/read-text",
        "/rpc/variables/select",
        "/download/variables",
        "/rpc/variables/restore",
        "/rpc/variables/restore-place",
        "/rpc/variables/compare",
        "/rpc/variables/promote",
    ];
    page || form.contains(&route.pattern)
}

/// AC-9, AC-11: for everybody, the objects of another organization are exactly as unknown as deleted ones.
#[tokio::test]
async fn objects_of_others_and_deleted_ones_are_alike_to_everybody() {
    let sample = Sample::make().await;
    let house = House::in_store(sample.store.copy()).await;
    let umbra = house
        .service
        .sign_in(&house.nobody(), "una@umbra.example", password())
        .await
        .unwrap();
    let mut other = sample.clone();
    objects_of_umbra(&house, &umbra, &mut other).await;
    let gone = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001).to_string();
    let deleted = Sample {
        project: gone.clone(),
        environment: gone.clone(),
        staging: gone.clone(),
        service: gone.clone(),
        cluster: gone.clone(),
        unused_cluster: gone.clone(),
        variable: gone.clone(),
        invitation: gone.clone(),
        viewer: gone.clone(),
        role: gone,
        slugs: [
            "gone",
            "gone",
            "gone",
            "00000000-0000-7000-8000-000000000002",
        ],
        ..sample.clone()
    };
    let store = Arc::new(house.leave().await);
    let (mut other, mut deleted) = (other, deleted);
    (other.store, deleted.store) = (Arc::clone(&store), store);
    let mut cells = 0;
    for route in routes().iter().filter(|route| names_an_object(route)) {
        for (name, cookie) in &sample.people {
            let answers = [
                other.try_door(route, cookie.as_ref()).await,
                deleted.try_door(route, cookie.as_ref()).await,
            ];
            assert_eq!(answers[0], answers[1], "{} as {name}", route.pattern);
            assert!(
                [303, 401, 403, 404, 409].contains(&answers[0].as_u16())
                    || answers[0] == StatusCode::UNPROCESSABLE_ENTITY,
                "{} as {name}: {}",
                route.pattern,
                answers[0]
            );
            cells += 2;
        }
    }
    assert!(cells > 600, "{cells} cells");
}

#[tokio::test]
async fn an_organization_one_does_not_belong_to_is_like_none() {
    let sample = Sample::make().await;
    let house = House::in_store(sample.store.copy()).await;
    let app = house.app();
    let outsider = sample.people[1].1.clone().unwrap();
    let pages = routes()
        .iter()
        .filter(|route| route.audience == Audience::OrganizationMember && route.door == Door::Page);
    for route in pages {
        let real = sample.address(route.pattern);
        let invented = real.replace("/o/acme", "/o/none");
        let (real, invented) = (
            send(&app, with(get(&real), "cookie", &outsider)).await,
            send(&app, with(get(&invented), "cookie", &outsider)).await,
        );
        assert_eq!(real.status, StatusCode::NOT_FOUND, "{}", route.pattern);
        assert_eq!(invented.status, StatusCode::NOT_FOUND, "{}", route.pattern);
        assert_eq!(plain(&real), plain(&invented), "{}", route.pattern);
    }
}

/// A page without what differs from one request to the next.
fn plain(answer: &Answer) -> String {
    let nonce = answer
        .header("content-security-policy")
        .split('\'')
        .find_map(|part| part.strip_prefix("nonce-"))
        .unwrap_or("-")
        .to_owned();
    answer
        .text
        .replace(&nonce, "NONCE")
        .replace(answer.header("x-request-id"), "ID")
        .replace("/o/none", "/o/acme")
}
