use domain::{
    ApiError, EmailAddress, EventType, Invalid, OrganizationId, OrganizationName, PersonId,
    Timestamp, audit::Change, comparison_key, parse_description, parse_website,
    view::OrganizationView,
};
use vault::{KeyOwner, LayerKey};

use super::{accounts::FOUNDER, signed_in};
use crate::{
    Caller, Error, OrganizationTarget, Result, Service,
    audit::NewEvent,
    permits,
    store::{Chain, OrganizationEdit, WriteTx},
};

/// Most contact addresses of an organization.
const CONTACT_LIMIT: usize = 10;

/// The general settings as a form sends them.
#[derive(Clone, Debug)]
pub struct GeneralSettings {
    /// The name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// A link, or empty.
    pub website: String,
    /// Addresses, separated by commas, semicolons, spaces or lines.
    pub contact_emails: String,
    /// The version the form was made from.
    pub version: u64,
}

/// An organization being made; its key becomes usable once the transaction is committed.
pub(super) struct MadeOrganization {
    pub target: OrganizationTarget,
    pub key: LayerKey,
}

impl Service {
    /// A further organization, owned by the caller.
    ///
    /// # Errors
    /// The name needs attention or is taken.
    pub async fn create_organization(&self, caller: &Caller, name: &str) -> Result<String> {
        let (person, _) = signed_in(caller)?;
        let name = OrganizationName::parse(name)
            .map_err(|reason| ApiError::field("organization", reason.to_string()))?;
        let mut tx = self.store.write().await?;
        let made = self.insert_organization(&mut tx, &name, person).await?;
        let event = NewEvent::done(
            EventType::Create,
            (&made.target).into(),
            Change::none().set("name", name.as_str()),
        );
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(made.target.id),
            event,
        )
        .await?;
        self.keys.adopt(made.key);
        Ok(made.target.slug)
    }

    /// The general settings.
    ///
    /// # Errors
    /// `NotFound` for strangers.
    pub async fn organization(
        &self,
        caller: &Caller,
        id: OrganizationId,
    ) -> Result<OrganizationView> {
        let mut tx = self.store.read().await?;
        let proof = tx.belongs(caller, id).await?;
        let row = tx.organization_row(&proof).await?;
        Ok(OrganizationView {
            id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            website: row.website,
            contact_emails: serde_json::from_str(&row.contact_emails)
                .map_err(|_| Error::Malformed("contact e-mails"))?,
            plan: plan_label(&row.plan).to_owned(),
            retention_days: crate::store::small(row.retention_days),
            owner: row.owner_name,
            created_at: Timestamp::from_micros(row.created_at),
            version: crate::store::count(row.version),
        })
    }

    /// Saves the general settings.
    ///
    /// # Errors
    /// Every field that needs attention; a clash when somebody saved meanwhile or the name is taken.
    pub async fn edit_organization(
        &self,
        caller: &Caller,
        id: OrganizationId,
        form: &GeneralSettings,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, id).await?;
        let target = seen.target().clone();
        let proof = tx
            .authorize::<permits::EditOrganization>(caller, target.clone())
            .await?;
        let before = tx.organization_row(&seen).await?;

        let mut invalid = Invalid::new();
        let name = invalid.check("name", OrganizationName::parse(&form.name));
        let description = invalid.check("description", parse_description(&form.description));
        let website = invalid.check("website", parse_website(&form.website));
        let contacts = parse_contacts(&mut invalid, &form.contact_emails);
        let (Some(name), Some(description), Some(website)) = (name, description, website) else {
            return Err(invalid.into_error().into());
        };
        invalid.finish()?;

        let former: Vec<String> = serde_json::from_str(&before.contact_emails)
            .map_err(|_| Error::Malformed("contact e-mails"))?;
        let contact_emails =
            serde_json::to_string(&contacts).map_err(|_| Error::Malformed("contact e-mails"))?;
        let edit = OrganizationEdit {
            name: &name,
            description: &description,
            website: &website,
            contact_emails: &contact_emails,
            version: form.version,
        };
        match tx.update_organization(&proof, &edit).await {
            Err(error) if error.is_duplicate() => {
                return Err(ApiError::field("name", "Another organization has this name.").into());
            }
            Err(error) => return Err(error),
            Ok(false) => {
                return Err(Error::conflict(
                    "Somebody changed these settings meanwhile. Reload the page to see what they are now.",
                ));
            }
            Ok(true) => {}
        }
        let change = Change::none()
            .field("name", before.name.as_str(), name.as_str())
            .field(
                "description",
                before.description.as_str(),
                description.as_str(),
            )
            .field("website", before.website.as_str(), website.as_str())
            .field("contact_emails", former.join(", "), contacts.join(", "));
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(id),
            NewEvent::done(EventType::Update, (&target).into(), change),
        )
        .await
    }

    pub(super) async fn insert_organization(
        &self,
        tx: &mut WriteTx,
        name: &OrganizationName,
        owner: PersonId,
    ) -> Result<MadeOrganization> {
        let now = self.now();
        let id: OrganizationId = self.id();
        let mut slug = super::free_slug(name.as_str(), "organization", &[], None);
        if tx.organization_slug_is_taken(&slug).await? {
            // Names are unique, so this is rare: two names that differ only in signs, or an old address.
            slug = format!("{slug}-{}", &id.to_string()[30..]);
        }
        let target = OrganizationTarget {
            id,
            slug,
            name: name.as_str().to_owned(),
        };
        match tx
            .insert_organization(&target, &comparison_key(name.as_str()), owner, now)
            .await
        {
            Err(error) if error.is_duplicate() => {
                return Err(
                    ApiError::field("organization", "Another organization has this name.").into(),
                );
            }
            other => other?,
        }
        tx.insert_membership(id, owner, FOUNDER, now).await?;
        tx.insert_default_registry(id, self.entropy.id(now), now)
            .await?;
        let (key, row) = self
            .keys
            .generate(&self.entropy, KeyOwner::Organization(id.uuid()), 1);
        tx.insert_layer_key(Chain::Organization(id), &row, now)
            .await?;
        Ok(MadeOrganization { target, key })
    }
}

fn parse_contacts(invalid: &mut Invalid, text: &str) -> Vec<String> {
    let mut contacts = Vec::new();
    for part in text
        .split([',', ';', ' ', '\n', '\r', '\t'])
        .filter(|part| !part.is_empty())
    {
        match EmailAddress::parse(part) {
            Ok(email) if !contacts.contains(&email.as_str().to_owned()) => {
                contacts.push(email.as_str().to_owned())
            }
            Ok(_) => {}
            Err(reason) => {
                invalid.add("contact_emails", reason.to_string());
                return contacts;
            }
        }
    }
    if contacts.len() > CONTACT_LIMIT {
        invalid.add("contact_emails", "Use at most 10 addresses.");
    }
    contacts
}

fn plan_label(code: &str) -> &'static str {
    match code {
        "USER" => "User",
        "TEAM" => "Team",
        "BUSINESS" => "Business",
        _ => "Enterprise",
    }
}
