//! What the pages of the gallery show.

use app::components::*;
use domain::{EnvironmentType, ServiceKind};

/// The rail of an organization in the middle of things; `here` is the address of the page.
pub fn rail(here: &str) -> RailModel {
    let link =
        |label: &str, href: &str, icon| RailLink::new(label, href, icon).current(href == here);
    RailModel {
        organization: "Acme".to_owned(),
        organization_note: "Owner: Olive Tran".to_owned(),
        organizations: vec![
            RailLink {
                label: "Acme".into(),
                href: "#acme".into(),
                current: true,
                ..RailLink::default()
            },
            RailLink {
                label: "Northwind Trading".into(),
                href: "#northwind".into(),
                ..RailLink::default()
            },
        ],
        new_organization: Some("#new-organization".to_owned()),
        top: vec![
            link("Overview", "#overview", IconName::Overview),
            link("Search", "#search", IconName::Search),
        ],
        projects: projects(here),
        new_project: Some("#new-project".to_owned()),
        settings: vec![
            link("General", "#general", IconName::Settings),
            link("Members", "#members", IconName::Members).count(41),
            link("Roles", "#roles", IconName::Shield).count(9),
            link("API tokens", "#tokens", IconName::Key),
            link("Clusters", "#clusters", IconName::Server),
            link("Webhooks", "#webhooks", IconName::Webhook),
            link("Audit logs", "#audit", IconName::Audit),
        ],
        account: RailAccount {
            name: "Olive Tran".to_owned(),
            note: "Owner".to_owned(),
            links: vec![
                RailLink {
                    label: "Profile".into(),
                    href: "#profile".into(),
                    ..RailLink::default()
                },
                RailLink {
                    label: "Security".into(),
                    href: "#security".into(),
                    ..RailLink::default()
                },
            ],
            theme: Theme::System,
            theme_action: "/rpc/account/theme".to_owned(),
            sign_out_action: "/rpc/account/sign-out".to_owned(),
        },
        inert: false,
    }
}

fn projects(here: &str) -> Vec<TreeProject> {
    let service = |name: &str, kind| TreeService {
        name: name.to_owned(),
        kind,
        href: format!("#{name}"),
        current: here == format!("#{name}"),
    };
    let environment = |name: &str, kind, count, services| TreeEnvironment {
        name: name.to_owned(),
        kind,
        href: format!("#{name}"),
        current: false,
        open: name == "production",
        count,
        services,
    };
    let services = vec![
        service("api", ServiceKind::Application),
        service("web", ServiceKind::Application),
        service("worker", ServiceKind::Job),
        service("orders-db", ServiceKind::Database),
    ];
    let shop = TreeProject {
        name: "shop".to_owned(),
        href: "#shop".to_owned(),
        open: true,
        environments: vec![
            environment(
                "production",
                EnvironmentType::Production,
                Some(24),
                services.clone(),
            ),
            environment(
                "staging",
                EnvironmentType::Staging,
                Some(22),
                services.clone(),
            ),
            environment("development", EnvironmentType::Development, None, services),
            environment("pr-1482", EnvironmentType::Preview, None, vec![]),
        ],
        ..TreeProject::default()
    };
    let closed = |name: &str| TreeProject {
        name: name.to_owned(),
        href: format!("#{name}"),
        environments: vec![environment(
            "production-eu",
            EnvironmentType::Production,
            None,
            vec![],
        )],
        ..TreeProject::default()
    };
    vec![shop, closed("billing"), closed("data-platform")]
}
