use std::fmt;

use zeroize::Zeroizing;

use crate::constant_time_equal;

/// Secret bytes in the clear, owned by this process and wiped when dropped.
///
/// There is no `Clone`, `Display` or `Serialize`, so a secret cannot slip into a log line, an
/// answer or a second owner by accident; `Debug` prints a fixed word. Wiping is best effort: what
/// the operating system paged out or a library copied on its stack stays beyond our reach.
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// Takes the bytes over. Build them with their final capacity: a vector that grows leaves
    /// copies behind.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret itself. Every call is a place to look at in review.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text, or `None` when it is not UTF-8.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Length in bytes. Treat it as a secret too: masks and logs do not depend on it.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both hold the same bytes, in a time that does not tell where they differ.
    pub fn same_as(&self, other: &Self) -> bool {
        constant_time_equal(self.expose(), other.expose())
    }
}

impl From<String> for Plaintext {
    /// Takes the text's own allocation over, without a copy.
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_and_other_bytes_are_not_text() {
        assert_eq!(
            Plaintext::from("grüße".to_owned()).expose_str(),
            Some("grüße")
        );
        assert_eq!(Plaintext::new(vec![0xff, 0xfe]).expose_str(), None);
        assert_eq!(Plaintext::new(vec![0xff, 0xfe]).expose(), [0xff, 0xfe]);
    }

    #[test]
    fn length_and_equality_speak_of_the_bytes() {
        let text = Plaintext::from("canary".to_owned());
        assert_eq!(text.len(), 6);
        assert!(!text.is_empty() && Plaintext::new(Vec::new()).is_empty());
        assert!(text.same_as(&Plaintext::new(b"canary".to_vec())));
        assert!(!text.same_as(&Plaintext::new(b"canarz".to_vec())));
        assert!(!text.same_as(&Plaintext::new(b"canaryy".to_vec())));
    }

    #[test]
    fn debug_prints_a_fixed_word() {
        assert_eq!(
            format!("{:?}", Plaintext::from("canary".to_owned())),
            "Plaintext(redacted)"
        );
    }
}
