//! Reading the addresses of an invitation form: many at once, in any of the ways people paste them.

use crate::EmailAddress;

/// One address of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitee {
    /// As it was written, without a name around it.
    pub written: String,
    /// The address; none when it is not one.
    pub email: Option<EmailAddress>,
    /// The role written behind it, if any.
    pub role: Option<String>,
    /// True when the same address stands further up.
    pub repeated: bool,
}

/// Reads addresses apart by commas, semicolons, line breaks or spaces. `Ana Lee <ana@acme.example>` counts as its
/// address, and `ana@acme.example: DevOps` gives a role of its own, up to the next comma, semicolon or line break.
///
/// ```
/// let read = domain::invitees::invitees("ana@acme.example, bo@acme.example: Billing Manager");
/// assert_eq!(read[1].role.as_deref(), Some("Billing Manager"));
/// ```
#[must_use]
pub fn invitees(text: &str) -> Vec<Invitee> {
    let mut all: Vec<Invitee> = Vec::new();
    for entry in text
        .split([',', ';', '\n', '\r'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
    {
        let (addresses, role) = match entry.split_once(':') {
            Some((addresses, role)) => (addresses, Some(role.trim().to_owned())),
            None => (entry, None),
        };
        let words = words(addresses);
        let last = words.len().saturating_sub(1);
        for (place, written) in words.into_iter().enumerate() {
            let email = EmailAddress::parse(written).ok();
            let repeated = email.as_ref().is_some_and(|email| {
                all.iter().any(|one| {
                    one.email
                        .as_ref()
                        .is_some_and(|other| other.canonical() == email.canonical())
                })
            });
            all.push(Invitee {
                written: written.to_owned(),
                email,
                role: role
                    .clone()
                    .filter(|role| place == last && !role.is_empty()),
                repeated,
            });
        }
    }
    all
}

/// The addresses of an entry: what is in angle brackets if anything is, else each word.
fn words(entry: &str) -> Vec<&str> {
    match (entry.find('<'), entry.rfind('>')) {
        (Some(from), Some(to)) if from < to => vec![entry[from + 1..to].trim()],
        _ => entry.split_whitespace().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>)> {
        invitees(text)
            .into_iter()
            .map(|one| (one.written, one.role))
            .collect()
    }

    #[test]
    fn addresses_come_in_every_way_people_paste_them() {
        let plain = |addresses: &[&str]| -> Vec<(String, Option<String>)> {
            addresses
                .iter()
                .map(|address| ((*address).to_owned(), None))
                .collect()
        };
        assert_eq!(read(""), []);
        assert_eq!(read(" , ;\n"), []);
        for text in [
            "a@x.example b@x.example",
            "a@x.example,b@x.example",
            "a@x.example; b@x.example;",
            "a@x.example\r\nb@x.example\n",
            "Ana <a@x.example>, \"B, not\nBob <b@x.example>",
        ] {
            let read = read(text);
            assert!(read.contains(&plain(&["a@x.example"])[0]), "{text}");
            assert!(read.contains(&plain(&["b@x.example"])[0]), "{text}");
        }
    }

    #[test]
    fn a_role_behind_an_address_is_for_that_one_alone() {
        assert_eq!(
            read("a@x.example: Billing Manager\nb@x.example"),
            [
                ("a@x.example".to_owned(), Some("Billing Manager".to_owned())),
                ("b@x.example".to_owned(), None)
            ]
        );
    }

    #[test]
    fn of_several_addresses_in_a_row_only_the_last_has_the_role_behind_it() {
        assert_eq!(
            read("a@x.example b@x.example: Admin"),
            [
                ("a@x.example".to_owned(), None),
                ("b@x.example".to_owned(), Some("Admin".to_owned()))
            ]
        );
    }

    #[test]
    fn what_is_no_address_and_what_comes_twice_is_marked() {
        let read = invitees("nonsense, A@x.example, a@X.example");
        assert_eq!(
            read.iter()
                .map(|one| (one.email.is_some(), one.repeated))
                .collect::<Vec<_>>(),
            [(false, false), (true, false), (true, true)]
        );
    }
}
