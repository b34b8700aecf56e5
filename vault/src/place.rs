use uuid::Uuid;

use crate::Purpose;

/// Where a sealed value belongs. It is authenticated with the ciphertext, so a value copied to
/// another row, column, table, version or organization does not open. Names and other text that may
/// change are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What the value is; picks the key.
    pub purpose: Purpose,
    /// The tenant, or `None` for what belongs to the whole instance.
    pub organization: Option<Uuid>,
    /// The table's name.
    pub table: &'static str,
    /// The row's id.
    pub row: Uuid,
    /// The column's name.
    pub column: &'static str,
    /// The row's value version: an older ciphertext of the same row does not pass for the current
    /// one.
    pub version: u64,
}

impl Place {
    /// Hands the encoded fields, in their fixed order, to `use_fields`.
    pub(crate) fn with_fields<T>(
        &self,
        key_version: u32,
        use_fields: impl FnOnce(&[&[u8]]) -> T,
    ) -> T {
        use_fields(&[
            self.purpose.name().as_bytes(),
            self.organization
                .as_ref()
                .map_or(&[], |id| id.as_bytes().as_slice()),
            self.table.as_bytes(),
            self.row.as_bytes(),
            self.column.as_bytes(),
            &self.version.to_be_bytes(),
            &key_version.to_be_bytes(),
        ])
    }
}
