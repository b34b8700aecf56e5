//! Variables that the registry itself defines: who one is, and how to reach the others.
//!
//! Gatehouse runs nothing, so an address is the name a service has here, below its environment and project; whoever
//! runs the services makes it lead there.

use crate::{EnvironmentId, EnvironmentType, OrganizationId, ProjectId, ServiceId, ServiceKind};

/// A service, as far as built-in variables tell of it.
#[derive(Clone, Debug)]
pub struct BuiltInService {
    /// Its id.
    pub id: ServiceId,
    /// Its part of URLs.
    pub slug: String,
    /// The `<SERVICE_ID>` in keys, fixed when it was made: `MY_POSTGRES`.
    pub word: String,
    /// What it is.
    pub kind: ServiceKind,
}

/// An environment, as far as built-in variables tell of it.
#[derive(Clone, Debug)]
pub struct BuiltInEnvironment {
    /// Its id.
    pub id: EnvironmentId,
    /// Its name.
    pub name: String,
    /// Its part of URLs.
    pub slug: String,
    /// What it is for.
    pub kind: EnvironmentType,
    /// The services in it.
    pub services: Vec<BuiltInService>,
}

/// From where one looks.
#[derive(Clone, Debug)]
pub struct BuiltInPlace {
    /// The organization.
    pub organization: OrganizationId,
    /// The project.
    pub project: ProjectId,
    /// Its part of URLs.
    pub project_slug: String,
    /// The environment, below a project.
    pub environment: Option<BuiltInEnvironment>,
    /// The service that looks, below an environment.
    pub service: Option<ServiceId>,
}

/// What a built-in variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuiltInValue {
    /// Readable.
    Text(String),
    /// The password of a database: a secret, which the store keeps sealed.
    Password(ServiceId),
}

/// A built-in variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its key.
    pub key: String,
    /// What it holds.
    pub value: BuiltInValue,
    /// The service it tells of.
    pub service: Option<ServiceId>,
}

/// The words of a database's variables, besides its password.
fn database(service: &BuiltInService, host: String) -> [(&'static str, String); 4] {
    [
        ("HOST", host),
        ("PORT", default_port(&service.word).to_owned()),
        ("USERNAME", "app".to_owned()),
        ("DATABASE", service.word.to_lowercase()),
    ]
}

/// The port that the engine in a database's name listens on; PostgreSQL's where it names none.
fn default_port(word: &str) -> &'static str {
    const PORTS: [(&str, &str); 5] = [
        ("MYSQL", "3306"),
        ("MARIA", "3306"),
        ("MONGO", "27017"),
        ("REDIS", "6379"),
        ("VALKEY", "6379"),
    ];
    PORTS
        .iter()
        .find(|(engine, _)| word.contains(engine))
        .map_or("5432", |(_, port)| port)
}

/// Every built-in variable seen from a place, by key.
#[must_use]
pub fn built_ins(place: &BuiltInPlace) -> Vec<BuiltIn> {
    let mut all = Vec::new();
    let mut add = |key: String, value: String, service: Option<ServiceId>| {
        all.push(BuiltIn {
            key: format!("QOVERY_{key}"),
            value: BuiltInValue::Text(value),
            service,
        });
    };
    add(
        "ORGANIZATION_ID".to_owned(),
        place.organization.to_string(),
        None,
    );
    add("PROJECT_ID".to_owned(), place.project.to_string(), None);
    let mut passwords = Vec::new();
    if let Some(environment) = &place.environment {
        add(
            "ENVIRONMENT_ID".to_owned(),
            environment.id.to_string(),
            None,
        );
        add(
            "ENVIRONMENT_NAME".to_owned(),
            environment.name.clone(),
            None,
        );
        add(
            "ENVIRONMENT_TYPE".to_owned(),
            environment.kind.code().to_owned(),
            None,
        );
        for service in &environment.services {
            let host = format!(
                "{}.{}.{}.internal",
                service.slug, environment.slug, place.project_slug
            );
            let name = format!("{}_{}", service.kind.code(), service.word);
            match service.kind {
                ServiceKind::Database => {
                    for (word, value) in database(service, host) {
                        add(format!("{name}_{word}"), value, Some(service.id));
                    }
                    passwords.push(BuiltIn {
                        key: format!("QOVERY_{name}_PASSWORD"),
                        value: BuiltInValue::Password(service.id),
                        service: Some(service.id),
                    });
                }
                ServiceKind::Application | ServiceKind::Container => {
                    add(
                        format!("{name}_URL"),
                        format!("http://{host}"),
                        Some(service.id),
                    );
                    add(format!("{name}_HOST"), host, Some(service.id));
                }
                ServiceKind::Job => {}
            }
        }
        let own = place.service.and_then(|own| {
            environment
                .services
                .iter()
                .find(|service| service.id == own)
        });
        if let Some(own) = own {
            add(
                format!("{}_ID", own.kind.code()),
                own.id.to_string(),
                Some(own.id),
            );
        }
    }
    all.extend(passwords);
    all.sort_by(|one, other| one.key.cmp(&other.key));
    // A service called "id" would otherwise stand twice for one key.
    all.dedup_by(|one, other| one.key == other.key);
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn id<T: std::str::FromStr>(number: u8) -> T
    where
        T::Err: std::fmt::Debug,
    {
        format!("00000000-0000-7000-8000-0000000000{number:02}")
            .parse()
            .unwrap()
    }

    fn service(number: u8, slug: &str, word: &str, kind: ServiceKind) -> BuiltInService {
        BuiltInService {
            id: id(number),
            slug: slug.to_owned(),
            word: word.to_owned(),
            kind,
        }
    }

    fn place() -> BuiltInPlace {
        BuiltInPlace {
            organization: id(1),
            project: id(2),
            project_slug: "shop".to_owned(),
            environment: Some(BuiltInEnvironment {
                id: id(3),
                name: "Live".to_owned(),
                slug: "live".to_owned(),
                kind: EnvironmentType::Production,
                services: vec![
                    service(4, "my-postgres", "MY_POSTGRES", ServiceKind::Database),
                    service(5, "my-api", "MY_API", ServiceKind::Application),
                    service(6, "nightly", "NIGHTLY", ServiceKind::Job),
                ],
            }),
            service: Some(id(5)),
        }
    }

    fn keys(place: &BuiltInPlace) -> Vec<String> {
        built_ins(place).into_iter().map(|one| one.key).collect()
    }

    #[test]
    fn a_service_sees_itself_its_place_and_its_neighbours() {
        assert_eq!(
            keys(&place()),
            [
                "QOVERY_APPLICATION_ID",
                "QOVERY_APPLICATION_MY_API_HOST",
                "QOVERY_APPLICATION_MY_API_URL",
                "QOVERY_DATABASE_MY_POSTGRES_DATABASE",
                "QOVERY_DATABASE_MY_POSTGRES_HOST",
                "QOVERY_DATABASE_MY_POSTGRES_PASSWORD",
                "QOVERY_DATABASE_MY_POSTGRES_PORT",
                "QOVERY_DATABASE_MY_POSTGRES_USERNAME",
                "QOVERY_ENVIRONMENT_ID",
                "QOVERY_ENVIRONMENT_NAME",
                "QOVERY_ENVIRONMENT_TYPE",
                "QOVERY_ORGANIZATION_ID",
                "QOVERY_PROJECT_ID",
            ]
        );
    }

    #[test]
    fn wider_levels_see_less() {
        let environment = BuiltInPlace {
            service: None,
            ..place()
        };
        assert!(!keys(&environment).contains(&"QOVERY_APPLICATION_ID".to_owned()));
        let project = BuiltInPlace {
            environment: None,
            ..environment
        };
        assert_eq!(
            keys(&project),
            ["QOVERY_ORGANIZATION_ID", "QOVERY_PROJECT_ID"]
        );
    }

    #[test]
    fn addresses_are_names_and_passwords_are_left_to_the_store() {
        let all = built_ins(&place());
        let value = |key: &str| all.iter().find(|one| one.key == key).unwrap().value.clone();
        assert_eq!(
            value("QOVERY_APPLICATION_MY_API_URL"),
            BuiltInValue::Text("http://my-api.live.shop.internal".to_owned())
        );
        assert_eq!(
            value("QOVERY_DATABASE_MY_POSTGRES_PORT"),
            BuiltInValue::Text("5432".to_owned())
        );
        assert_eq!(
            value("QOVERY_DATABASE_MY_POSTGRES_PASSWORD"),
            BuiltInValue::Password(id(4))
        );
    }

    #[test]
    fn the_port_is_that_of_the_engine_in_the_name() {
        for (word, port) in [
            ("ORDERS_MYSQL", "3306"),
            ("CACHE_REDIS", "6379"),
            ("DB", "5432"),
        ] {
            assert_eq!(default_port(word), port, "{word}");
        }
    }
}
