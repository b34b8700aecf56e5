use serde::{Deserialize, Serialize};

/// What stands for the hidden part of a secret. Its width is constant and says nothing about the length.
pub const MASK: &str = "••••••••••";

/// The trace of a secret that may be shown: its first and last three characters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The first three characters.
    pub first: String,
    /// The last three characters.
    pub last: String,
}

impl Hint {
    /// Fewest characters of a value that gets a hint, so that at least ten stay hidden.
    pub const SHORTEST: usize = 16;

    /// The hint of a value, or none when it is too short to give anything away.
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        let count = value.chars().count();
        (count >= Self::SHORTEST).then(|| Self {
            first: value.chars().take(3).collect(),
            last: value.chars().skip(count - 3).collect(),
        })
    }
}

/// A hint is derived from a secret: logs have no business with it.
impl std::fmt::Debug for Hint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hint(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_values_give_nothing_away() {
        assert_eq!(Hint::of("fifteen letters"), None);
        assert_eq!(
            Hint::of("sk_live_51H8x9fQ"),
            Some(Hint {
                first: "sk_".into(),
                last: "9fQ".into()
            })
        );
    }

    proptest! {
        #[test]
        fn at_least_ten_characters_stay_hidden(value in any::<String>()) {
            if let Some(hint) = Hint::of(&value) {
                prop_assert!(value.chars().count() - hint.first.chars().count() - hint.last.chars().count() >= 10);
                prop_assert!(value.starts_with(&hint.first) && value.ends_with(&hint.last));
            }
        }
    }
}
