//! What looks like a secret. Only advice: people decide.

use crate::VariableKey;

/// Why a value should perhaps be a secret, if it looks like one.
#[must_use]
pub fn sounds_secret(key: &str, value: &str) -> Option<&'static str> {
    let value = value.trim();
    if value.contains("-----BEGIN ") && value.contains("PRIVATE KEY") {
        return Some("This is a private key.");
    }
    if has_credentials(value) {
        return Some("This address holds a password.");
    }
    if is_token(value) {
        return Some("This looks like a token.");
    }
    VariableKey::sounds_secret(key).then_some("The key sounds like a credential.")
}

/// `scheme://user:password@host`, the password not merely another variable.
fn has_credentials(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else {
        return false;
    };
    if scheme.is_empty()
        || !scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let password = authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .map(|(_, password)| password);
    password.is_some_and(|password| !password.is_empty() && !password.starts_with("{{"))
}

fn is_token(value: &str) -> bool {
    const KNOWN: [&str; 14] = [
        "sk_live_",
        "sk_test_",
        "rk_live_",
        "whsec_",
        "ghp_",
        "gho_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "AKIA",
        "AIza",
        "dp.st.",
        "npm_",
    ];
    if KNOWN
        .iter()
        .any(|start| value.len() > start.len() + 8 && value.starts_with(start))
    {
        return true;
    }
    let json_web_token = value.starts_with("eyJ") && value.split('.').count() == 3;
    json_web_token || is_random(value)
}

/// Long, without a space, and mixed as no word or address is: letters of both cases with digits, or hexadecimal.
fn is_random(value: &str) -> bool {
    let plausible = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=".contains(&byte));
    if !plausible || value.len() < 24 || value.starts_with('/') || value.contains("//") {
        return false;
    }
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let upper = value.bytes().filter(u8::is_ascii_uppercase).count();
    let lower = value.bytes().filter(u8::is_ascii_lowercase).count();
    let hexadecimal = value.len() >= 32
        && value.bytes().all(|byte| byte.is_ascii_hexdigit())
        && digits < value.len();
    hexadecimal || (digits >= 2 && upper >= 2 && lower >= 2 && digits + upper >= value.len() / 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_recognized_by_their_look() {
        for value in [
            "postgres://orders:hunter2@db:5432/orders",
            "sk_live_51H8xQ9fQabc",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            "x7Kp2Qm9Zr4Tn8Vb3Lw6Hs1D",
            "-----BEGIN RSA PRIVATE KEY-----\nMII",
        ] {
            assert!(sounds_secret("A", value).is_some(), "{value}");
        }
        for value in [
            "",
            "debug",
            "https://shop.example/api",
            "postgres://orders:{{PASSWORD}}@db/orders",
            "/etc/api/tls/client.pem",
            "123456789012345678901234",
            "2b6c1f0e-5f0a-4a53-9d53-0c7a7f3c9d11",
            "one-rather-long-name-of-something",
            "-----BEGIN CERTIFICATE-----",
            "eu-west-3,eu-central-1,us-east-1",
        ] {
            assert_eq!(sounds_secret("A", value), None, "{value}");
        }
        assert!(sounds_secret("DB_PASSWORD", "").is_some());
    }
}
