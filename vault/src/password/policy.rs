use thiserror::Error;
use zeroize::Zeroizing;
use zxcvbn::Score;

use super::normalized_text;

/// Fewest characters of a password that is the only factor (NIST SP 800-63B-4).
pub const MIN_CHARACTERS: usize = 15;
/// Most characters of a new password.
pub const MAX_CHARACTERS: usize = 128;
/// A name shorter than this is in too many words to mean anything.
const MIN_TERM: usize = 3;
/// How far the estimator looks. It tries spellings like `p4$$w0rd`, which takes ever longer: a
/// tenth of a second for the worst 48 characters, more than half a second for the worst 100.
const ESTIMATED_CHARACTERS: usize = 48;
/// What a password must have besides names of its owner and of this product.
const MIN_OWN_CHARACTERS: usize = 8;
const PRODUCT: &str = "gatehouse";

/// Why a new password is not good enough: a sentence for the person choosing it, never repeating
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasswordWeakness {
    /// Fewer than [`MIN_CHARACTERS`].
    #[error("Use at least {MIN_CHARACTERS} characters. A few words in a row are easy to remember.")]
    TooShort,
    /// More than [`MAX_CHARACTERS`].
    #[error("Use at most {MAX_CHARACTERS} characters.")]
    TooLong,
    /// One character over and over.
    #[error("Do not repeat one character. A few unrelated words make a good password.")]
    OneCharacter,
    /// The alphabet or the digits, up or down.
    #[error("Do not use a plain sequence of letters or digits.")]
    Sequence,
    /// Little more than the e-mail address, a name or the product's name.
    #[error(
        "Do not build the password from your name, your e-mail address or the name of this product."
    )]
    Personal,
    /// On the lists that attackers try first, or a simple variation.
    #[error(
        "This password is easy to guess. Add another word or two that have nothing to do with each other."
    )]
    Guessable,
}

/// Checks a password that somebody chooses. `context` is what others know about them: e-mail
/// address, name, organization. There are no rules about kinds of characters; they make passwords
/// worse.
///
/// Guessability is `zxcvbn`'s estimate of the first 48 characters, score 3 of 4 or better; for
/// dates it looks at the current year. It can cost as much as hashing the password, so bound it
/// together with that.
///
/// # Errors
/// The first [`PasswordWeakness`] found.
pub fn check_new_password(password: &str, context: &[&str]) -> Result<(), PasswordWeakness> {
    let text = normalized_text(password).ok_or(PasswordWeakness::TooLong)?;
    let count = text.chars().count();
    if count < MIN_CHARACTERS {
        return Err(PasswordWeakness::TooShort);
    }
    if count > MAX_CHARACTERS {
        return Err(PasswordWeakness::TooLong);
    }
    if has_constant_step(&text, &[0]) {
        return Err(PasswordWeakness::OneCharacter);
    }
    // Ten steps back from 9 to 0 and the other way, so that 8901 counts as going on.
    if has_constant_step(&text, &[1, -9]) || has_constant_step(&text, &[-1, 9]) {
        return Err(PasswordWeakness::Sequence);
    }
    let terms = terms(context);
    if is_mostly(&text, &terms) {
        return Err(PasswordWeakness::Personal);
    }
    if is_guessable(&text, &terms) {
        return Err(PasswordWeakness::Guessable);
    }
    Ok(())
}

fn is_guessable(text: &str, terms: &[String]) -> bool {
    let start = Zeroizing::new(text.chars().take(ESTIMATED_CHARACTERS).collect::<String>());
    let terms: Vec<_> = terms.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(&start, &terms).score() < Score::Three
}

/// Whether each character follows the one before by one of these steps.
fn has_constant_step(text: &str, steps: &[i64]) -> bool {
    let mut pairs = text.chars().zip(text.chars().skip(1));
    pairs.all(|(one, next)| {
        steps.contains(&(i64::from(u32::from(next)) - i64::from(u32::from(one))))
    })
}

/// What the password must not consist of: each context entry as a whole and its words, longest
/// first.
fn terms(context: &[&str]) -> Vec<String> {
    let mut terms = Vec::new();
    for entry in context.iter().chain(&[PRODUCT]) {
        let entry = entry.to_lowercase();
        let words = entry.split(|character: char| !character.is_alphanumeric());
        terms.extend(
            words
                .filter(|word| word.chars().count() >= MIN_TERM)
                .map(str::to_owned),
        );
        terms.push(entry);
    }
    terms.retain(|term| term.chars().count() >= MIN_TERM);
    terms.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    terms.dedup();
    terms
}

/// Whether the password mentions a term and little besides.
fn is_mostly(text: &str, terms: &[String]) -> bool {
    let mut rest = Zeroizing::new(text.to_lowercase());
    let before = rest.len();
    for term in terms {
        rest = Zeroizing::new(rest.replace(term.as_str(), ""));
    }
    let own = rest
        .chars()
        .filter(|character| character.is_alphanumeric())
        .count();
    rest.len() < before && own < MIN_OWN_CHARACTERS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADA: [&str; 3] = [
        "ada.lovelace@example.org",
        "Ada Lovelace",
        "Analytical Engines",
    ];

    fn check(password: &str) -> Result<(), PasswordWeakness> {
        check_new_password(password, &ADA)
    }

    #[test]
    fn good_passwords_are_taken_whatever_they_are_made_of() {
        for good in [
            "correct horse battery staple",
            "wolkig mit Aussicht auf Fleischbällchen",
            "seven purple otters juggling",
            "kf83hdkw02mbnz7qpx",
            "Ada likes 42 strange turtles",
            "звёзды падают в августе ночью",
            "数理逻辑与咖啡因过量的星期三下午茶时间",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_normalizing() {
        assert_eq!(check("wolkig mit Aus"), Err(PasswordWeakness::TooShort));
        assert_eq!(
            check("u\u{308}bermu\u{308}tigkei"),
            Err(PasswordWeakness::TooShort)
        );
        let long: String = "wolkig mit Aussicht auf Fleischklopse "
            .chars()
            .cycle()
            .take(128)
            .collect();
        assert_eq!(check(&long), Ok(()));
        assert_eq!(check(&format!("{long}x")), Err(PasswordWeakness::TooLong));
        assert_eq!(check(&"x".repeat(5000)), Err(PasswordWeakness::TooLong));
    }

    #[test]
    fn repetitions_and_sequences_are_refused() {
        assert_eq!(
            check("aaaaaaaaaaaaaaaa"),
            Err(PasswordWeakness::OneCharacter)
        );
        assert_eq!(
            check("················"),
            Err(PasswordWeakness::OneCharacter)
        );
        for sequence in [
            "abcdefghijklmnop",
            "ponmlkjihgfedcba",
            "123456789012345",
            "987654321098765",
            "5678901234567890",
        ] {
            assert_eq!(
                check(sequence),
                Err(PasswordWeakness::Sequence),
                "{sequence}"
            );
        }
    }

    #[test]
    fn names_alone_are_refused() {
        for personal in [
            "ada.lovelace@example.org",
            "AdaLovelaceAdaLovelace",
            "lovelace-gatehouse-1",
            "Gatehouse2026!!",
            "analyticalengines1843",
        ] {
            assert_eq!(
                check(personal),
                Err(PasswordWeakness::Personal),
                "{personal}"
            );
        }
    }

    #[test]
    fn common_and_simple_passwords_are_refused_though_long() {
        for common in [
            "passwordpassword",
            "password12345678",
            "P@ssw0rdP@ssw0rd",
            "qwertyuiopasdfgh",
            "abcabcabcabcabcabc",
            "1qaz2wsx3edc4rfv",
            "letmeinletmeinletmein",
            "111111111111112",
        ] {
            assert_eq!(check(common), Err(PasswordWeakness::Guessable), "{common}");
        }
    }

    #[test]
    fn sentences_are_for_people_and_never_repeat_the_password() {
        for weakness in [
            PasswordWeakness::TooShort,
            PasswordWeakness::TooLong,
            PasswordWeakness::OneCharacter,
            PasswordWeakness::Sequence,
            PasswordWeakness::Personal,
            PasswordWeakness::Guessable,
        ] {
            assert!(weakness.to_string().ends_with('.'), "{weakness:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_password_or_context_makes_the_check_panic(password in "\\PC{0,140}", context: Vec<String>) {
            let context: Vec<_> = context.iter().map(String::as_str).collect();
            let _ = check_new_password(&password, &context);
        }
    }
}
