/// What a purpose subkey is for. Each has its own key, derived from a layer-1 key, so that no key
/// is ever used for two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Values of variables.
    OrganizationSecret,
    /// Credentials of integrations and webhooks.
    OrganizationIntegration,
    /// Contents of file variables.
    OrganizationFile,
    /// Fingerprints by which equal values are found. They are made for one answer and stored nowhere.
    OrganizationFingerprint,
    /// What waits for its creator to read it, such as changes under review.
    OrganizationHandover,
    /// Seeds of time-based one-time passwords.
    InstanceTotp,
    /// Password hashes: a dump of the database alone cannot be attacked offline.
    InstancePassword,
    /// Look-up hashes of session, invitation, API and other tokens.
    InstanceTokenIndex,
    /// Anti-forgery tokens of forms.
    InstanceCsrf,
    /// Keys of throttling counters, so that they do not list e-mail addresses.
    InstanceThrottle,
    /// Private keys that sign audit checkpoints.
    InstanceAuditSignWrap,
    /// Mails waiting to be sent; they carry links that let people in.
    InstanceOutbox,
}

/// Most plaintext bytes of a sealed value.
pub const MAX_VALUE: usize = 64 * 1024;
/// Most plaintext bytes of a sealed file or waiting mail.
pub const MAX_FILE: usize = 1024 * 1024;
/// Most plaintext bytes of what waits for its creator: a file of variables as JSON, every character of it escaped.
pub const MAX_HANDOVER: usize = 8 * 1024 * 1024;

impl Purpose {
    /// Every purpose, in the order of the declaration.
    pub const ALL: [Self; 12] = [
        Self::OrganizationSecret,
        Self::OrganizationIntegration,
        Self::OrganizationFile,
        Self::OrganizationFingerprint,
        Self::OrganizationHandover,
        Self::InstanceTotp,
        Self::InstancePassword,
        Self::InstanceTokenIndex,
        Self::InstanceCsrf,
        Self::InstanceThrottle,
        Self::InstanceAuditSignWrap,
        Self::InstanceOutbox,
    ];

    /// The name that goes into key derivation and into every envelope. Changing one loses data.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrganizationSecret => "org:secret",
            Self::OrganizationIntegration => "org:integration",
            Self::OrganizationFile => "org:file",
            Self::OrganizationFingerprint => "org:fingerprint",
            Self::OrganizationHandover => "org:handover",
            Self::InstanceTotp => "instance:totp",
            Self::InstancePassword => "instance:password",
            Self::InstanceTokenIndex => "instance:token-index",
            Self::InstanceCsrf => "instance:csrf",
            Self::InstanceThrottle => "instance:throttle",
            Self::InstanceAuditSignWrap => "instance:audit-sign-wrap",
            Self::InstanceOutbox => "instance:outbox",
        }
    }

    /// Whether the key of this purpose comes from an organization's key, not from the instance's.
    pub const fn is_of_organization(self) -> bool {
        match self {
            Self::OrganizationSecret
            | Self::OrganizationIntegration
            | Self::OrganizationFile
            | Self::OrganizationFingerprint
            | Self::OrganizationHandover => true,
            Self::InstanceTotp
            | Self::InstancePassword
            | Self::InstanceTokenIndex
            | Self::InstanceCsrf
            | Self::InstanceThrottle
            | Self::InstanceAuditSignWrap
            | Self::InstanceOutbox => false,
        }
    }

    /// Whether values may be sealed for this purpose. The others only make look-up hashes.
    pub const fn is_for_sealing(self) -> bool {
        match self {
            Self::OrganizationSecret
            | Self::OrganizationIntegration
            | Self::OrganizationFile
            | Self::OrganizationHandover
            | Self::InstanceTotp
            | Self::InstancePassword
            | Self::InstanceAuditSignWrap
            | Self::InstanceOutbox => true,
            Self::OrganizationFingerprint
            | Self::InstanceTokenIndex
            | Self::InstanceCsrf
            | Self::InstanceThrottle => false,
        }
    }

    /// Most plaintext bytes sealed at once for this purpose.
    pub const fn max_plaintext(self) -> usize {
        match self {
            Self::OrganizationHandover => MAX_HANDOVER,
            Self::OrganizationFile | Self::InstanceOutbox => MAX_FILE,
            Self::OrganizationSecret
            | Self::OrganizationIntegration
            | Self::OrganizationFingerprint
            | Self::InstanceTotp
            | Self::InstancePassword
            | Self::InstanceTokenIndex
            | Self::InstanceCsrf
            | Self::InstanceThrottle
            | Self::InstanceAuditSignWrap => MAX_VALUE,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_differ_and_say_whose_key_they_use() {
        let names: HashSet<_> = Purpose::ALL.iter().map(|purpose| purpose.name()).collect();
        assert_eq!(names.len(), Purpose::ALL.len());
        for purpose in Purpose::ALL {
            let prefix = if purpose.is_of_organization() {
                "org:"
            } else {
                "instance:"
            };
            assert!(purpose.name().starts_with(prefix), "{purpose:?}");
        }
    }

    #[test]
    fn the_list_follows_the_declaration() {
        for (position, purpose) in Purpose::ALL.into_iter().enumerate() {
            assert_eq!(purpose as usize, position);
        }
    }
}
