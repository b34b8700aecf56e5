/// Digits, then capitals, then small letters.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Writes a big-endian number in base 62, most significant digit first, with leading zeros. The
/// number must fit; what does not is cut off.
pub(super) fn encode<const N: usize>(mut number: [u8; N], digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0;
        for byte in &mut number {
            let value = remainder * 256 + u32::from(*byte);
            *byte = (value / 62) as u8; // below 256, for the remainder is below 62
            remainder = value % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
}

/// Reads what [`encode`] wrote; `None` for other characters and for numbers that need more than `N`
/// bytes.
pub(super) fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut number = [0; N];
    for &digit in digits {
        let mut carry = value_of(digit)?;
        for byte in number.iter_mut().rev() {
            let value = u32::from(*byte) * 62 + carry;
            *byte = (value % 256) as u8;
            carry = value / 256;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

fn value_of(digit: u8) -> Option<u32> {
    match digit {
        b'0'..=b'9' => Some(u32::from(digit - b'0')),
        b'A'..=b'Z' => Some(u32::from(digit - b'A') + 10),
        b'a'..=b'z' => Some(u32::from(digit - b'a') + 36),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_numbers_are_written_as_expected() {
        let mut digits = [0; 3];
        for (number, text) in [(0_u16, b"000"), (61, b"00z"), (62, b"010"), (65535, b"H31")] {
            encode(number.to_be_bytes(), &mut digits);
            assert_eq!(&digits, text);
        }
    }

    #[test]
    fn a_number_too_large_is_refused() {
        assert_eq!(decode::<2>(b"H31"), Some([255, 255]));
        assert_eq!(decode::<2>(b"H32"), None);
        assert_eq!(decode::<32>(&[b'z'; 43]), None);
    }

    proptest! {
        #[test]
        fn every_number_comes_back(number: [u8; 32]) {
            let mut digits = [0; 43];
            encode(number, &mut digits);
            prop_assert_eq!(decode::<32>(&digits), Some(number));
        }
    }
}
