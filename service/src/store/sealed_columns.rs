//! Where sealed values are. Re-encryption goes through this list and knows of no other table.

use super::Chain;

/// A column of sealed values. One that is missing here would lose its values with the key version they are under, so the
/// test below compares the list with the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SealedColumn {
    /// Present values of variables.
    Value,
    /// Hints of secrets.
    Hint,
    /// Former values of variables.
    FormerValue,
    /// Passwords of databases.
    Credential,
    /// What waits for its creator to read it.
    Handover,
    /// Password hashes.
    Password,
    /// Mails that wait to be sent.
    Mail,
}

/// How a sealed column is spelled: where it is, and the expressions that tell the place of a value. They ask its own row
/// only: a former value may be all that is left of a variable.
pub(super) struct Spelling {
    pub table: &'static str,
    pub column: &'static str,
    /// The condition that a row belongs to the owner, who is `$1`.
    pub owned: &'static str,
    pub id: &'static str,
    /// The version of the value.
    pub version: &'static str,
    pub secret: &'static str,
    pub is_file: &'static str,
}

const OF_ORGANIZATION: &str = "organization_id = $1";
/// Every row, and still a use of the parameter.
const OF_INSTANCE: &str = "$1 = 'instance'";
const NO: &str = "cast(0 as bigint)";
/// Of what is sealed once and never changed.
const FIRST: &str = "cast(1 as bigint)";

impl SealedColumn {
    /// The columns that are sealed under an owner's keys.
    pub const fn of(owner: Chain) -> &'static [Self] {
        match owner {
            Chain::Instance => &[Self::Password, Self::Mail],
            Chain::Organization(_) => &[
                Self::Value,
                Self::Hint,
                Self::FormerValue,
                Self::Credential,
                Self::Handover,
            ],
        }
    }

    /// The table it is in.
    pub const fn table(self) -> &'static str {
        self.spelling().table
    }

    pub(super) const fn spelling(self) -> Spelling {
        let variable = Spelling {
            table: "variable",
            column: "value",
            owned: OF_ORGANIZATION,
            id: "id",
            version: "version",
            secret: "secret",
            is_file: "cast(case when mount_path is null then 0 else 1 end as bigint)",
        };
        match self {
            Self::Value => variable,
            Self::Hint => Spelling {
                column: "hint",
                ..variable
            },
            Self::FormerValue => Spelling {
                table: "variable_version",
                id: "variable_id",
                ..variable
            },
            Self::Credential => Spelling {
                table: "service",
                column: "credential",
                version: FIRST,
                secret: NO,
                is_file: NO,
                ..variable
            },
            Self::Handover => Spelling {
                table: "handover",
                column: "content",
                version: FIRST,
                secret: NO,
                is_file: NO,
                ..variable
            },
            Self::Password => Spelling {
                table: "person",
                column: "password",
                owned: OF_INSTANCE,
                version: "password_version",
                secret: NO,
                is_file: NO,
                ..variable
            },
            Self::Mail => Spelling {
                table: "outbox",
                column: "mail",
                owned: OF_INSTANCE,
                version: FIRST,
                secret: NO,
                is_file: NO,
                ..variable
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use domain::OrganizationId;
    use uuid::Uuid;

    use super::*;
    use crate::store::Store;

    /// Columns of bytes that no re-encryption moves, and why they need none.
    const NOT_MOVED: [(&str, &str); 9] = [
        ("audit_chain.head_hash", "a hash without a key"),
        ("audit_event.hash", "a hash without a key"),
        ("audit_event.request", "the id of a request, in the clear"),
        ("instance.setup_hash", "ends; keeps the versions until then"),
        (
            "invitation.token_hash",
            "ends; keeps its key_version until then",
        ),
        ("layer_key.checked", "goes with the key it is under"),
        (
            "layer_key.wrapped",
            "is under the root key, which has a rotation of its own",
        ),
        (
            "session.token_hash",
            "ends; keeps its key_version until then",
        ),
        ("throttle.key", "a counter, which starts over"),
    ];

    /// Every column of bytes in the schema that the migrations make, as `table.column`. The other engine's has the same
    /// ones, which another test sees to.
    async fn columns_of_bytes() -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let url = Store::sqlite_url(&directory.path().join("schema.db"));
        let store = Store::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        let mut tx = store.read().await.unwrap();
        let rows: Vec<(String,)> = sqlx::query_as(
            "select t.name || '.' || c.name from sqlite_schema t join pragma_table_info(t.name) c \
             where t.type = 'table' and t.name <> '_sqlx_migrations' and lower(c.type) = 'blob' order by 1",
        )
        .fetch_all(tx.connection())
        .await
        .unwrap();
        drop(tx);
        store.close().await;
        rows.into_iter().map(|(column,)| column).collect()
    }

    fn moved() -> Vec<String> {
        [
            Chain::Instance,
            Chain::Organization(OrganizationId::new(Uuid::nil())),
        ]
        .into_iter()
        .flat_map(SealedColumn::of)
        .map(|column| format!("{}.{}", column.table(), column.spelling().column))
        .collect()
    }

    #[tokio::test]
    async fn every_column_of_bytes_is_moved_to_new_keys_or_says_why_not() {
        let mut named = moved();
        named.extend(NOT_MOVED.map(|(column, _)| column.to_owned()));
        named.sort();
        assert_eq!(
            columns_of_bytes().await,
            named,
            "a new column of sealed values goes into SealedColumn, or its values are lost with the key version they are under; \
             one that is not sealed goes into NOT_MOVED"
        );
    }
}
