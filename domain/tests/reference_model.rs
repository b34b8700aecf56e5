//! The access rules a second time, as plain tables and loops written from the product's description and not from the
//! code; then the code against them, on random roles and at every place of a small world.
#![allow(missing_docs, reason = "the names of tests are sentences")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use domain::{
    BuiltInRole, ClusterId, ClusterLevel, EnvironmentType, Grants, Lineage, Permission,
    ProjectAccess, ProjectId, ProjectLevel, RoleMatrix,
    access::{Place, World, difference, effects, explain},
    can_see, decide, includes, may_give,
};
use proptest::prelude::*;
use uuid::Uuid;

/// The published table: Owner, Admin, DevOps, Billing Manager, Viewer.
const TABLE: [(&str, &str); 18] = [
    ("organization.read", "yyyyy"),
    ("organization.edit", "yy..."),
    ("organization.delete", "y...."),
    ("billing.manage", "yy.y."),
    ("members.manage", "yy..."),
    ("clusters.manage", "yyy.."),
    ("setup.manage", "yyy.."),
    ("project.read", "yyy.y"),
    ("project.edit", "yy..."),
    ("project.create", "yy..."),
    ("environment.read", "yyy.y"),
    ("environment.edit", "yy..."),
    ("environment.create", "yy..."),
    ("variables.edit", "yyy.."),
    ("deploy", "yyy.."),
    ("shell", "yyy.."),
    ("audit.read", "yy..."),
    ("tokens.manage", "yy..."),
];
const COLUMNS: [&str; 5] = ["owner", "admin", "devops", "billing", "viewer"];

/// What each level on a cluster adds to the one before: Read-only, Create environment, Full access.
const CLUSTER_LEVELS: [&[&str]; 3] = [&[], &["environment.create"], &["clusters.manage"]];

/// What each level on an environment type adds: No access, Read-only, Deploy, Manage.
const TYPE_LEVELS: [&[&str]; 4] = [
    &[],
    &["environment.read"],
    &["deploy", "variables.edit"],
    &["shell", "environment.edit", "environment.create"],
];

/// How many clusters and projects a random role may name; one more of each exists, which no role has ever named.
const NAMED: usize = 2;
const EXISTING: usize = NAMED + 1;

/// A custom role: a level per cluster, and per project either full access or a level per type.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Custom {
    clusters: [usize; NAMED],
    projects: [Option<[usize; 4]>; NAMED],
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Role {
    /// A column of the table.
    BuiltIn(usize),
    Custom(Custom),
}

/// Where something is done. Numbers name clusters, projects and types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Organization,
    Cluster(usize),
    Project(usize),
    Type(usize, usize),
    /// A new environment: project, type, cluster.
    Placement(usize, usize, usize),
}

fn everywhere() -> Vec<At> {
    let mut all = vec![At::Organization];
    for cluster in 0..EXISTING {
        all.push(At::Cluster(cluster));
    }
    for project in 0..EXISTING {
        all.push(At::Project(project));
        for kind in 0..4 {
            all.push(At::Type(project, kind));
            for cluster in 0..EXISTING {
                all.push(At::Placement(project, kind, cluster));
            }
        }
    }
    all
}

/// What can be asked for at a place at all.
fn questions(at: At) -> &'static [&'static str] {
    match at {
        At::Organization => &[
            "organization.read",
            "organization.edit",
            "organization.delete",
            "billing.manage",
            "members.manage",
            "clusters.manage",
            "setup.manage",
            "project.create",
            "audit.read",
            "tokens.manage",
        ],
        At::Cluster(_) => &["organization.read", "environment.create", "clusters.manage"],
        At::Project(_) => &["project.read", "project.edit", "variables.edit"],
        At::Type(..) => &[
            "environment.read",
            "environment.edit",
            "environment.create",
            "variables.edit",
            "deploy",
            "shell",
        ],
        At::Placement(..) => &["environment.create"],
    }
}

/// No custom role gives these, wherever they are asked for.
const NEVER_CUSTOM: [&str; 8] = [
    "organization.edit",
    "organization.delete",
    "billing.manage",
    "members.manage",
    "setup.manage",
    "project.create",
    "audit.read",
    "tokens.manage",
];

fn table(column: usize, permission: &str) -> bool {
    for (row, cells) in TABLE {
        if row == permission {
            return cells.as_bytes()[column] == b'y';
        }
    }
    panic!("{permission} is not in the table")
}

fn up_to(levels: &[&[&str]], level: usize, permission: &str) -> bool {
    for adds in &levels[..=level] {
        if adds.contains(&permission) {
            return true;
        }
    }
    false
}

impl Custom {
    fn cluster(&self, cluster: usize) -> usize {
        if cluster < NAMED {
            self.clusters[cluster]
        } else {
            0
        }
    }
    fn is_full(&self, project: usize) -> bool {
        project < NAMED && self.projects[project].is_none()
    }
    fn level(&self, project: usize, kind: usize) -> usize {
        if project >= NAMED {
            return 0;
        }
        match self.projects[project] {
            Some(levels) => levels[kind],
            None => 3,
        }
    }
    fn may(&self, permission: &str, at: At) -> bool {
        if permission == "organization.read" {
            return true;
        }
        match at {
            At::Organization => false,
            At::Cluster(cluster) => up_to(&CLUSTER_LEVELS, self.cluster(cluster), permission),
            At::Project(project) => match permission {
                "project.read" => (0..4).any(|kind| self.level(project, kind) > 0),
                "project.edit" => self.is_full(project),
                "variables.edit" => {
                    (0..4).all(|kind| up_to(&TYPE_LEVELS, self.level(project, kind), permission))
                }
                _ => false,
            },
            At::Type(project, kind) => up_to(&TYPE_LEVELS, self.level(project, kind), permission),
            At::Placement(project, kind, cluster) => {
                self.may(permission, At::Type(project, kind))
                    && self.may(permission, At::Cluster(cluster))
            }
        }
    }
    fn sees(&self, at: At) -> bool {
        match at {
            At::Organization | At::Cluster(_) => true,
            At::Project(project) => (0..4).any(|kind| self.level(project, kind) > 0),
            At::Type(project, kind) | At::Placement(project, kind, _) => {
                self.level(project, kind) > 0
            }
        }
    }
}

impl Role {
    fn may(&self, permission: &str, at: At) -> bool {
        match self {
            Self::BuiltIn(column) => table(*column, permission),
            Self::Custom(custom) => custom.may(permission, at),
        }
    }
    fn sees(&self, at: At) -> bool {
        match (self, at) {
            (Self::BuiltIn(_), At::Organization | At::Cluster(_)) => true,
            (Self::BuiltIn(column), At::Project(_)) => table(*column, "project.read"),
            (Self::BuiltIn(column), At::Type(..) | At::Placement(..)) => {
                table(*column, "environment.read")
            }
            (Self::Custom(custom), at) => custom.sees(at),
        }
    }
    /// By asking everything everywhere.
    fn covers(&self, other: &Self) -> bool {
        for at in everywhere() {
            for permission in questions(at) {
                if other.may(permission, at) && !self.may(permission, at) {
                    return false;
                }
            }
        }
        true
    }
}

// From the model to the code under test.

fn cluster_id(number: usize) -> ClusterId {
    ClusterId::new(Uuid::from_u128(100 + number as u128))
}
fn project_id(number: usize) -> ProjectId {
    ProjectId::new(Uuid::from_u128(200 + number as u128))
}
fn permission(code: &str) -> Permission {
    let found = Permission::ALL.into_iter().find(|one| one.code() == code);
    found.unwrap_or_else(|| panic!("the code knows no {code}"))
}
fn lineage(at: At) -> Lineage {
    let kind = |kind: usize| EnvironmentType::ALL[kind];
    match at {
        At::Organization => Lineage::organization(),
        At::Cluster(cluster) => Lineage::cluster(cluster_id(cluster)),
        At::Project(project) => Lineage::project(project_id(project)),
        At::Type(project, of) => Lineage::environment(project_id(project), kind(of)),
        At::Placement(project, of, cluster) => {
            Lineage::placement(project_id(project), kind(of), cluster_id(cluster))
        }
    }
}
fn place(at: At) -> Option<Place> {
    Some(match at {
        At::Organization => Place::Organization,
        At::Cluster(cluster) => Place::Cluster(cluster_id(cluster)),
        At::Project(project) => Place::Project(project_id(project)),
        At::Type(project, kind) => {
            Place::Environments(project_id(project), EnvironmentType::ALL[kind])
        }
        At::Placement(..) => return None,
    })
}
fn matrix(custom: &Custom) -> RoleMatrix {
    let mut matrix = RoleMatrix::default();
    for (number, level) in custom.clusters.into_iter().enumerate() {
        matrix.set_cluster(cluster_id(number), ClusterLevel::ALL[level]);
    }
    for (number, levels) in custom.projects.into_iter().enumerate() {
        let access = levels.map_or(ProjectAccess::Full, |levels| {
            ProjectAccess::PerType(levels.map(|level| ProjectLevel::ALL[level]))
        });
        matrix.set_project(project_id(number), access);
    }
    matrix
}
fn grants(role: &Role) -> Grants {
    match role {
        Role::BuiltIn(column) => {
            let role = BuiltInRole::ALL
                .into_iter()
                .find(|role| role.code() == COLUMNS[*column]);
            Grants::built_in(role.unwrap_or_else(|| panic!("no {}", COLUMNS[*column])))
        }
        Role::Custom(custom) => matrix(custom).grants(),
    }
}
fn world() -> World {
    World {
        clusters: (0..EXISTING)
            .map(|number| (cluster_id(number), format!("cluster {number}")))
            .collect(),
        projects: (0..EXISTING)
            .map(|number| (project_id(number), format!("project {number}")))
            .collect(),
    }
}
fn allows(held: &Grants, code: &str, at: At) -> bool {
    decide(held, permission(code), &lineage(at)).is_allowed()
}

// Random roles.

fn project_levels() -> impl Strategy<Value = Option<[usize; 4]>> {
    prop_oneof![
        1 => Just(None),
        1 => (0_usize..4).prop_map(|level| Some([level; 4])),
        3 => prop::array::uniform4(0_usize..4).prop_map(Some),
    ]
}
fn custom() -> impl Strategy<Value = Custom> {
    (
        prop::array::uniform2(0_usize..3),
        prop::array::uniform2(project_levels()),
    )
        .prop_map(|(clusters, projects)| Custom { clusters, projects })
}
fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        1 => (0_usize..5).prop_map(Role::BuiltIn),
        4 => custom().prop_map(Role::Custom),
    ]
}
/// A custom role and one that differs from it in one cell, so that near misses are common.
fn neighbours() -> impl Strategy<Value = (Role, Role)> {
    (custom(), 0_usize..NAMED * 5, 0_usize..5).prop_map(|(one, cell, to)| {
        let mut other = one.clone();
        let (number, part) = (cell / 5, cell % 5);
        match (part, to) {
            (4, _) => other.clusters[number] = to % 3,
            (_, 4) => other.projects[number] = None,
            (kind, level) => {
                let mut levels = other.projects[number].unwrap_or([3; 4]);
                levels[kind] = level;
                other.projects[number] = Some(levels);
            }
        }
        (Role::Custom(one), Role::Custom(other))
    })
}
fn two_roles() -> impl Strategy<Value = (Role, Role)> {
    prop_oneof![neighbours(), (role(), role())]
}

#[test]
fn the_published_table_is_what_is_decided_everywhere() {
    assert_eq!(TABLE.len(), Permission::ALL.len());
    for (column, code) in COLUMNS.into_iter().enumerate() {
        let held = grants(&Role::BuiltIn(column));
        for (row, _) in TABLE {
            for at in everywhere() {
                assert_eq!(
                    allows(&held, row, at),
                    table(column, row),
                    "{code}: {row} at {at:?}"
                );
            }
        }
    }
}

#[test]
fn whoever_holds_nothing_is_allowed_nothing_and_sees_nothing() {
    for at in everywhere() {
        assert!(!can_see(&Grants::none(), &lineage(at)), "sees {at:?}");
        for (row, _) in TABLE {
            assert!(!allows(&Grants::none(), row, at), "{row} at {at:?}");
        }
    }
}

#[test]
fn what_is_created_later_has_the_stated_default() {
    let full = Custom {
        clusters: [2; NAMED],
        projects: [None; NAMED],
    };
    let held = matrix(&full).grants();
    let (cluster, project) = (At::Cluster(NAMED), At::Project(NAMED));
    assert!(can_see(&held, &lineage(cluster)));
    assert!(!allows(&held, "environment.create", cluster));
    assert!(!allows(&held, "clusters.manage", cluster));
    assert!(!can_see(&held, &lineage(project)));
    for kind in 0..4 {
        assert!(!can_see(&held, &lineage(At::Type(NAMED, kind))));
        assert_eq!(explain(&held, place(At::Type(NAMED, kind)).unwrap()), []);
    }
    let later = matrix(&full);
    assert_eq!(
        later.cluster(cluster_id(NAMED)),
        ClusterLevel::ReadOnly,
        "the level of a cluster that no role has named"
    );
    assert_eq!(
        later.project(project_id(NAMED)),
        ProjectAccess::uniform(ProjectLevel::NoAccess),
        "the access to a project that no role has named"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// AC-20 for custom roles: each cell of what the description says.
    #[test]
    fn every_decision_is_the_models(role in role()) {
        let held = grants(&role);
        for at in everywhere() {
            prop_assert_eq!(can_see(&held, &lineage(at)), role.sees(at), "sight of {:?}", at);
            for permission in questions(at) {
                prop_assert_eq!(
                    allows(&held, permission, at), role.may(permission, at), "{} at {:?}", permission, at
                );
            }
            if matches!(role, Role::Custom(_)) {
                for permission in NEVER_CUSTOM {
                    prop_assert!(!allows(&held, permission, at), "{} at {:?}", permission, at);
                }
            }
        }
    }

    /// What is refused is told as invisible exactly where it is, so that the answer is 404 or 403 by the same rule.
    #[test]
    fn a_refusal_says_whether_the_place_is_in_sight(role in role()) {
        let held = grants(&role);
        for at in everywhere() {
            for code in questions(at) {
                if let domain::Decision::Deny(refusal) = decide(&held, permission(code), &lineage(at)) {
                    prop_assert_eq!(refusal.in_sight, role.sees(at), "{} at {:?}", code, at);
                    prop_assert_eq!(refusal.permission, permission(code));
                } else {
                    prop_assert!(role.sees(at), "{} is allowed at {:?}, which is not in sight", code, at);
                }
            }
        }
    }

    /// AC-3, on levels: a higher level takes nothing away.
    #[test]
    fn a_higher_level_takes_nothing_away(low in custom(), cell in 0_usize..NAMED * 5) {
        let mut high = low.clone();
        let (number, part) = (cell / 5, cell % 5);
        if part == 4 {
            high.clusters[number] = (high.clusters[number] + 1).min(2);
        } else if let Some(levels) = &mut high.projects[number] {
            levels[part] = (levels[part] + 1).min(3);
        }
        let mut whole = low.clone();
        whole.projects[number] = None;
        for more in [high, whole] {
            let (before, after) = (matrix(&low).grants(), matrix(&more).grants());
            for at in everywhere() {
                prop_assert!(!can_see(&before, &lineage(at)) || can_see(&after, &lineage(at)), "sight of {:?}", at);
                for permission in questions(at) {
                    prop_assert!(
                        !allows(&before, permission, at) || allows(&after, permission, at),
                        "{} at {:?} went with {:?}", permission, at, more
                    );
                }
            }
        }
    }

    /// AC-3 and AC-4, on several roles together: at least what each gives, in any order and however often.
    #[test]
    fn roles_together_give_what_each_gives_in_any_order((one, other) in two_roles(), turn in 0_usize..12) {
        let (first, second) = (grants(&one), grants(&other));
        let together: Grants = first.as_slice().iter().chain(second.as_slice()).copied().collect();
        let mut turned = together.as_slice().to_vec();
        let by = turn % turned.len();
        turned.rotate_left(by);
        turned.reverse();
        let again: Grants = turned.iter().chain(together.as_slice()).copied().collect();
        for at in everywhere() {
            for permission in questions(at) {
                let given = allows(&together, permission, at);
                prop_assert_eq!(given, allows(&again, permission, at), "{} at {:?}", permission, at);
                prop_assert!(
                    given || !(one.may(permission, at) || other.may(permission, at)),
                    "{} at {:?} is lost", permission, at
                );
            }
        }
    }

    /// AC-5 and AC-13: the short way gives the answer of asking everything everywhere.
    #[test]
    fn inclusion_is_every_permission_at_every_place((held, given) in two_roles()) {
        let (mine, theirs) = (grants(&held), grants(&given));
        prop_assert_eq!(includes(&mine, &theirs), held.covers(&given));
        prop_assert_eq!(includes(&theirs, &mine), given.covers(&held));
        let owner = Role::BuiltIn(0);
        prop_assert_eq!(may_give(&mine, &theirs), given != owner && held.covers(&given));
        prop_assert!(includes(&mine, &mine));
        prop_assert!(includes(&mine, &Grants::none()));
        prop_assert!(!includes(&Grants::none(), &mine), "every role gives something");
    }

    #[test]
    fn an_explanation_is_what_the_model_allows_with_a_grant_that_is_held(role in role()) {
        let held = grants(&role);
        for at in everywhere() {
            let Some(place) = place(at) else { continue };
            let lines = explain(&held, place);
            let mut told: Vec<&str> = lines.iter().map(|line| line.permission.code()).collect();
            let mut expected: Vec<&str> = questions(at).iter().copied().filter(|one| role.may(one, at)).collect();
            told.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(told, expected, "at {:?}", at);
            for line in lines {
                prop_assert!(held.as_slice().contains(&line.because), "{:?} at {:?}", line, at);
                // A grant alone explains what it is named for, but for project variables, which take all four types.
                if line.permission != Permission::VariablesEdit || !matches!(at, At::Project(_)) {
                    let alone = Grants::none().with(line.because);
                    prop_assert!(decide(&alone, line.permission, &place.lineage()).is_allowed(), "{:?}", line);
                }
            }
        }
    }

    #[test]
    fn a_difference_is_what_the_models_differ_in((one, other) in two_roles()) {
        let told = difference(&grants(&one), &grants(&other), &world());
        for at in everywhere() {
            let Some(place) = place(at) else { continue };
            let here: Vec<_> = told.iter().filter(|line| line.place == place).collect();
            prop_assert!(here.len() <= 1, "{:?} is told twice", at);
            for code in questions(at) {
                let (was, is) = (one.may(code, at), other.may(code, at));
                let gained = here.iter().any(|line| line.gained.contains(&permission(code)));
                let lost = here.iter().any(|line| line.lost.contains(&permission(code)));
                prop_assert_eq!((gained, lost), (is && !was, was && !is), "{} at {:?}", code, at);
            }
        }
        for line in &told {
            prop_assert!(!line.gained.is_empty() || !line.lost.is_empty());
        }
        // And the lines of a preview say the same, each thing once.
        let mut from_lines = Vec::new();
        for line in effects(&told) {
            for place in &line.places {
                for permission in &line.permissions {
                    from_lines.push((*place, line.gained, *permission));
                }
            }
        }
        let mut from_differences = Vec::new();
        for line in &told {
            from_differences.extend(line.gained.iter().map(|one| (line.place, true, *one)));
            from_differences.extend(line.lost.iter().map(|one| (line.place, false, *one)));
        }
        from_lines.sort_unstable();
        from_differences.sort_unstable();
        prop_assert_eq!(from_lines, from_differences);
    }

    /// A role started from another: nothing beyond it, and no cell could be higher.
    #[test]
    fn a_role_started_from_another_is_the_highest_within_it(role in role()) {
        let world = world();
        let started = RoleMatrix::closest_to(&grants(&role), &world.cluster_ids(), &world.project_ids());
        prop_assert!(includes(&grants(&role), &started.grants()));
        for cluster in world.cluster_ids() {
            for level in ClusterLevel::ALL.into_iter().filter(|level| *level > started.cluster(cluster)) {
                let mut more = started.clone();
                more.set_cluster(cluster, level);
                prop_assert!(!includes(&grants(&role), &more.grants()), "{:?} would have fitted on {}", level, world.cluster_name(cluster));
            }
        }
        for project in world.project_ids() {
            let access = started.project(project);
            if access == ProjectAccess::Full { continue }
            let mut more = started.clone();
            more.set_project(project, ProjectAccess::Full);
            prop_assert!(!includes(&grants(&role), &more.grants()), "Full access would have fitted on {}", world.project_name(project));
            for kind in EnvironmentType::ALL {
                for level in ProjectLevel::ALL.into_iter().filter(|level| *level > access.level(kind)) {
                    let mut more = started.clone();
                    more.set_project(project, access.with_level(kind, level));
                    prop_assert!(!includes(&grants(&role), &more.grants()), "{:?} would have fitted", level);
                }
            }
        }
    }

    /// Rows of a matrix: as many as cells differ, and none when nothing does.
    #[test]
    fn the_rows_that_change_are_the_cells_that_differ(one in custom(), other in custom()) {
        let mut cells = 0;
        for number in 0..NAMED {
            cells += usize::from(one.clusters[number] != other.clusters[number]);
            cells += match (one.projects[number], other.projects[number]) {
                (Some(from), Some(to)) => (0..4).filter(|kind| from[*kind] != to[*kind]).count(),
                (from, to) => usize::from(from != to),
            };
        }
        prop_assert_eq!(matrix(&one).changes(&matrix(&other)).len(), cells);
        prop_assert_eq!(matrix(&other).changes(&matrix(&one)).len(), cells);
        prop_assert_eq!(matrix(&one).changes(&matrix(&one)), []);
    }

    /// What is stored as JSON for history and review reads back as the same role.
    #[test]
    fn a_matrix_reads_back_from_its_stored_text(role in custom()) {
        let matrix = matrix(&role);
        let text = serde_json::to_string(&matrix).unwrap();
        prop_assert_eq!(serde_json::from_str::<RoleMatrix>(&text).unwrap(), matrix);
    }
}
