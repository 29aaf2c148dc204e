//! `uuid.uuid4()`.

use crate::accounts::store::{StoreError, StoreErrorKind};

/// A random UUID, in the three forms in which databases take one.
pub(super) struct Uuid {
    pub(super) bytes: [u8; 16],
    pub(super) hex: String,
    pub(super) hyphened: String,
}

impl Uuid {
    /// A new one, of version 4.
    pub(super) fn random() -> Result<Self, StoreError> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| StoreError::new(StoreErrorKind::Unavailable, error))?;
        let number = u128::from_be_bytes(bytes);
        let number = (number & !(0xF << 76) & !(0b11 << 62)) | (4 << 76) | (0b10 << 62);
        let hex = format!("{number:032x}");
        let mut hyphened = String::with_capacity(36);
        for (at, digit) in hex.chars().enumerate() {
            if matches!(at, 8 | 12 | 16 | 20) {
                hyphened.push('-');
            }
            hyphened.push(digit);
        }
        Ok(Self { bytes: number.to_be_bytes(), hex, hyphened })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_of_version_four() {
        let Uuid { hex, hyphened, .. } = Uuid::random().unwrap();
        assert_eq!((hex.len(), hyphened.len()), (32, 36));
        assert_eq!(&hex[12..13], "4");
        assert!("89ab".contains(&hex[16..17]), "{hex}");
        assert_eq!(hyphened.replace('-', ""), hex);
    }
}
