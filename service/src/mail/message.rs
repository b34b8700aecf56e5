use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A mail to one person, as text and as HTML.
#[derive(Clone, Serialize, Deserialize)]
pub struct Mail {
    /// The one recipient.
    pub to: String,
    /// The subject, without line breaks.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part, with everything from people escaped.
    pub html: String,
}

/// A mail holds an address and a link: logs have no business with either.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mail(…)")
    }
}

/// Makes any text harmless inside HTML.
fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut html, c| {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                _ => html.push(c),
            }
            html
        })
}

/// A subject is one line, whatever people call their organization.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// What an invitation says.
pub struct Offer<'a> {
    /// Who invites.
    pub inviter: &'a str,
    /// Where to.
    pub organization: &'a str,
    /// As what.
    pub role: &'a str,
    /// What the role is for; may be empty.
    pub summary: &'a str,
    /// What the inviter wrote; may be empty.
    pub note: &'a str,
    /// The link that lets in.
    pub link: &'a str,
    /// Until when it works.
    pub expires_at: Timestamp,
}

impl Mail {
    /// The offer of membership.
    #[must_use]
    pub fn invitation(to: &str, offer: &Offer<'_>) -> Self {
        let Offer {
            inviter,
            organization,
            role,
            summary,
            note,
            link,
            expires_at,
        } = offer;
        let until = expires_at.for_people();
        let subject = one_line(&format!(
            "{inviter} invites you to {organization} on Gatehouse"
        ));
        let paragraph = |text: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("{text}\n\n")
            }
        };
        let quoted = if note.is_empty() {
            String::new()
        } else {
            format!("{inviter} writes:\n{note}\n\n")
        };
        let text = format!(
            "{inviter} invites you to join {organization} as {role}.\n\n{summary}{quoted}Accept the invitation, or decline it:\n{link}\n\n\
             The link works once, until {until} UTC, and only for {to}.\nIf you did not expect this mail, ignore it: nothing happens.\n",
            summary = paragraph(summary),
        );
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\
             <body style=\"font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;color:#12161c;max-width:34em;margin:2em auto;padding:0 1em\">\
             <h1 style=\"font-size:20px\">Join {organization}</h1><p>{inviter} invites you as <strong>{role}</strong>.<br>{summary}</p>{note}\
             <p><a href=\"{link}\" style=\"display:inline-block;background:#0b5fae;color:#fff;padding:10px 16px;border-radius:4px;text-decoration:none\">Accept the invitation</a></p>\
             <p style=\"color:#465162;font-size:13px\">The link works once, until {until} UTC, and only for {to}. If you did not expect this mail, ignore it: nothing happens.</p></body></html>",
            role = escaped(role),
            note = if note.is_empty() {
                String::new()
            } else {
                format!(
                    "<blockquote style=\"margin:0 0 1em;padding-left:1em;border-left:3px solid #c9d1da;white-space:pre-line\">{}</blockquote>",
                    escaped(note)
                )
            },
            subject = escaped(&subject),
            organization = escaped(organization),
            inviter = escaped(inviter),
            summary = escaped(summary),
            link = escaped(link),
            to = escaped(to),
        );
        Self {
            to: to.to_owned(),
            subject,
            text,
            html,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_organizations_are_only_text() {
        let mail = Mail::invitation(
            "ana@example.com",
            &Offer {
                inviter: "<script>alert(1)</script>",
                organization: "Acme\r\nBcc: everybody@example.com",
                role: "Payments <b>team</b>",
                summary: "",
                note: "Welcome <img src=x onerror=alert(1)>",
                link: "https://gatehouse.example/invite/abc",
                expires_at: Timestamp::from_micros(0),
            },
        );
        for tag in ["<script>", "<b>", "<img"] {
            assert!(!mail.html.contains(tag), "{tag}");
        }
        assert!(mail.text.contains("writes:\nWelcome"));
        assert!(!mail.subject.contains(['\r', '\n']));
        assert!(mail.text.contains("https://gatehouse.example/invite/abc"));
    }
}
