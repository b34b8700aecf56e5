//! Figures of access control at the sizes an organization may reach: 1,000 grants, 2,000 members, 100 projects, 20
//! clusters. Part of `make bench`; passwords are hashed as cheaply as Argon2 allows, since 2,000 accounts are made first.

#![allow(
    clippy::unwrap_used,
    reason = "a measurement that fails shall say where"
)]
#![allow(clippy::print_stdout, reason = "figures are for whoever measures")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use domain::{
    EnvironmentType, Grant, Grants, Lineage, OrganizationId, Permission, ProjectId, ProjectLevel,
    SubmittedPassword, Timestamp, decide,
};
use server::config::PublicUrl;
use server::{Site, SiteOptions};
use service::mail::Transport;
use service::ops::{ClusterForm, InviteForm, Joining, RoleForm};
use service::store::Store;
use service::{Actor, Caller, Entropy, FixedClock, Options, Service};
use tower::ServiceExt as _;
use vault::RootKey;
use vault::password::PasswordParameters;

const MEMBERS: usize = 2_000;
const PROJECTS: usize = 100;
const CLUSTERS: usize = 20;
/// Invitations of one form.
const BATCH: usize = 50;
/// Forms before a day has to pass.
const BATCHES_A_DAY: usize = 4;
const PASSWORD: &str = "lantern-harbour-violet-42";
const URL: &str = "http://localhost:3000";

#[tokio::main]
async fn main() {
    decisions();
    let files = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock::at(Timestamp::from_micros(
        1_790_000_000_000_000,
    )));
    let service = open(files.path(), Arc::clone(&clock)).await;
    let nobody = Caller {
        actor: Actor::Nobody,
        ..Caller::system("bench", service.request_id())
    };
    let system = Caller::system("bench", service.request_id());
    let email = "olive@acme.example";
    let organization = service
        .create_owner(&system, "Olive Tran", email, password(), "Acme")
        .await
        .unwrap();
    let owner = service.sign_in(&nobody, email, password()).await.unwrap();
    let you = nobody.signed_in(owner.person.clone(), None);
    let begin = Instant::now();
    members(&service, &clock, &nobody, &you, organization).await;
    let role = registry(&service, &you, organization).await;
    println!(
        "       2,000 members, 100 projects and 20 clusters were made in {:.0} s",
        begin.elapsed().as_secs_f64()
    );
    // The clock moved over the days of the invitations; the session did not.
    let owner = service.sign_in(&nobody, email, password()).await.unwrap();

    let cookie = format!("gatehouse_session={}", owner.token.expose());
    let site = Site::new(SiteOptions {
        service: service.clone(),
        public_url: PublicUrl::parse(URL).unwrap(),
        listen: "127.0.0.1:3000".parse().unwrap(),
        trusted_proxies: Vec::new(),
        security_contact: None,
        deadline: SiteOptions::DEADLINE,
    });
    let app = server::app(&site).unwrap();
    for (what, path) in [
        (
            "members page, 2,000 members",
            "/o/acme/settings/members".to_owned(),
        ),
        (
            "members page, searched",
            "/o/acme/settings/members?q=member+19".to_owned(),
        ),
        (
            "members page, filtered by role",
            "/o/acme/settings/members?role_filter=viewer&activity=active".to_owned(),
        ),
        ("roles page", "/o/acme/settings/roles".to_owned()),
        (
            "role editor, 100 projects, 20 clusters",
            format!("/o/acme/settings/roles/{role}"),
        ),
    ] {
        page(&app, &cookie, what, &path).await;
    }
    service.close().await;
}

fn password() -> SubmittedPassword {
    SubmittedPassword::new(PASSWORD.to_owned())
}

async fn open(files: &std::path::Path, clock: Arc<FixedClock>) -> Service {
    let key = Entropy::from_system().with(|rng| RootKey::generate(rng));
    let options = Options {
        public_url: URL.to_owned(),
        transport: Transport::folder(files.to_owned(), "gatehouse@localhost").unwrap(),
        passwords: PasswordParameters::for_tests(),
    };
    let store = Store::connect(&Store::sqlite_url(&files.join("bench.db")))
        .await
        .unwrap();
    Service::open(store, key, clock, Entropy::from_system(), options)
        .await
        .unwrap()
}

/// The decision over a thousand grants, of which the last one counts.
fn decisions() {
    let project = |n: u128| ProjectId::new(uuid::Uuid::from_u128(n));
    let grants: Grants = (0..1_000_u128)
        .map(|n| Grant::Project(project(n), EnvironmentType::Staging, ProjectLevel::Deploy))
        .collect();
    let place = Lineage::environment(project(999), EnvironmentType::Staging);
    let rounds = 20_000_u32;
    let begin = Instant::now();
    for _ in 0..rounds {
        let decision = decide(
            std::hint::black_box(&grants),
            Permission::VariablesEdit,
            std::hint::black_box(&place),
        );
        assert!(decision.is_allowed());
    }
    println!(
        "       decide over 1,000 grants: {:.1} µs",
        begin.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
    );
}

async fn members(
    service: &Service,
    clock: &FixedClock,
    nobody: &Caller,
    you: &Caller,
    organization: OrganizationId,
) {
    for (batch, start) in (0..MEMBERS).step_by(BATCH).enumerate() {
        if batch % BATCHES_A_DAY == 0 {
            clock.advance(25 * 60 * 60);
        }
        let emails: Vec<String> = (start..start + BATCH)
            .map(|n| format!("m{n}@acme.example"))
            .collect();
        let form = InviteForm::one(&emails.join(","), "viewer");
        let invited = service.invite(you, organization, &form).await.unwrap();
        for (n, result) in invited.results.iter().enumerate() {
            let link = result.link.clone().unwrap();
            let joining = Joining::NewAccount {
                name: format!("Member {}", start + n),
                password: password(),
            };
            service
                .accept_invitation(nobody, link.rsplit('/').next().unwrap(), joining)
                .await
                .unwrap();
        }
    }
}

/// Projects, clusters and a role with a level on most of them. The role's form value.
async fn registry(service: &Service, you: &Caller, organization: OrganizationId) -> String {
    for n in 0..CLUSTERS {
        let form = ClusterForm::new(&format!("cluster-{n}"), "AWS", "eu-west-3");
        service
            .create_cluster(you, organization, &form)
            .await
            .unwrap();
    }
    for n in 0..PROJECTS {
        service
            .create_project(you, organization, &format!("project-{n}"), "")
            .await
            .unwrap();
    }
    let role = service
        .create_role(you, organization, "Everything a little", "", "", password())
        .await
        .unwrap();
    let projects = service.projects(you, organization).await.unwrap();
    let levels = projects.iter().flat_map(|project| {
        EnvironmentType::ALL.map(|kind| (project.id, Some(kind), "DEPLOYER".to_owned()))
    });
    let form = RoleForm {
        name: "Everything a little".to_owned(),
        version: 1,
        projects: levels.skip(3).collect(),
        ..RoleForm::default()
    };
    service
        .draft_role(you, organization, role, &form)
        .await
        .unwrap();
    let review = service.review_role(you, organization, role).await.unwrap();
    service
        .save_role(you, organization, role, &review.preview.fingerprint, 1)
        .await
        .unwrap();
    role.to_string()
}

/// A page as the server renders it, one after the other: median and p95 of fifty.
async fn page(app: &Router, cookie: &str, what: &str, path: &str) {
    let mut times: Vec<Duration> = Vec::new();
    let mut bytes = 0;
    for _ in 0..53 {
        let request = Request::get(path)
            .header("host", "localhost:3000")
            .header("accept", "text/html")
            .header("cookie", cookie)
            .body(Body::empty())
            .unwrap();
        let begin = Instant::now();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        bytes = to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap()
            .len();
        times.push(begin.elapsed());
    }
    // The first ones fill caches.
    let mut times = times.split_off(3);
    times.sort();
    let milliseconds = |at: usize| times[at].as_secs_f64() * 1e3;
    println!(
        "       {what}: median {:.1} ms, p95 {:.1} ms, {} KB",
        milliseconds(times.len() / 2),
        milliseconds(times.len() * 95 / 100),
        bytes / 1024
    );
}
