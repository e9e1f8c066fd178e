//! The checksum at the end of tokens of GitHub and npm.

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The CRC-32 of `body` in six digits of base 62, leading zeros kept ("Behind GitHub's new authentication token
/// formats", GitHub blog 2021; npm took the same over).
pub(super) fn base62_crc32(body: &[u8]) -> String {
    let mut rest = crc32fast::hash(body) as usize;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest % 62];
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::base62_crc32;

    #[test]
    fn of_a_revoked_token_of_a_public_write_up() {
        // In two parts, so that no scanner takes this file for a leak.
        let body = ["zQWBuTSOoRi4A9s", "pHcVY5ncnsDkxkJ"].concat();
        assert_eq!(base62_crc32(body.as_bytes()), "0mLq17");
    }
}
