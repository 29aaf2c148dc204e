//! Files that no other user may read, each there as a whole at any time.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Its owner alone.
    Owner,
    /// Who might read the one that was there before; else its owner alone.
    Former,
}

/// That of a file which its owner alone may read.
const OWNER: u32 = 0o600;

/// Where a file of this name is, or will be: links are followed, so that they stay.
///
/// # Errors
/// Where something else than a file is there, of which a reader or writer may wait for ever.
pub(super) fn place(path: &Path) -> anyhow::Result<PathBuf> {
    let place = match fs::canonicalize(path) {
        Ok(place) => place,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(std::path::absolute(path)?);
        }
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be written", path.display()));
        }
    };
    if fs::metadata(&place).is_ok_and(|there| there.is_file()) {
        return Ok(place);
    }
    bail!("{} is no plain file; -o - writes to standard output", path.display())
}

/// Writes `text` in place of `path`. A copy of what stood there before and was another text is kept beside
/// it: the answer is its name.
pub(super) fn write(path: &Path, text: &str, mode: Mode) -> anyhow::Result<Option<PathBuf>> {
    let failed = || format!("{} cannot be written", path.display());
    let former = match fs::read(path) {
        Ok(former) => Some(former),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(failed),
    };
    let mode = match mode {
        Mode::Former if former.is_some() => {
            fs::metadata(path).with_context(failed)?.permissions().mode() & 0o777
        }
        Mode::Owner | Mode::Former => OWNER,
    };
    let old = with_suffix(path, ".old");
    let former = former.filter(|former| former != text.as_bytes());
    if let Some(former) = &former {
        replace(&old, former, mode)
            .with_context(|| format!("{} cannot be written", old.display()))?;
    }
    replace(path, text.as_bytes(), mode).with_context(failed)?;
    Ok(former.map(|_| old))
}

/// Puts a new file in the place of one that may be there.
fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let new = with_suffix(path, &format!(".new{}", std::process::id()));
    let written = write_new(&new, content, mode).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // Half a file helps nobody.
        let _ = fs::remove_file(&new);
    }
    written
}

fn write_new(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER).open(path)?;
    file.write_all(content)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()
}

/// The same path with more at its end.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_its_owner_s_and_the_former_is_kept() {
        let folder = std::env::temp_dir().join(format!("drf-auth-output-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("x.toml");
        assert_eq!(place(&path).unwrap(), path);
        let old = folder.join("x.toml.old");
        assert_eq!(write(&path, "one", Mode::Former).unwrap(), None);
        assert_eq!(write(&path, "one", Mode::Former).unwrap(), None);
        assert_eq!(write(&path, "two", Mode::Former).unwrap(), Some(old.clone()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_to_string(&old).unwrap(), "one");
        assert_eq!((mode(&path), mode(&old)), (0o600, 0o600));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        write(&path, "three", Mode::Former).unwrap();
        assert_eq!((mode(&path), mode(&old)), (0o640, 0o640));
        write(&path, "four", Mode::Owner).unwrap();
        assert_eq!((mode(&path), mode(&old)), (0o600, 0o600));
        assert_eq!(fs::read_to_string(&old).unwrap(), "three");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        assert!(write(&folder.join("none/x"), "", Mode::Owner).is_err());
        // Where the former cannot be kept it stays.
        fs::remove_file(&old).unwrap();
        fs::create_dir(&old).unwrap();
        assert!(write(&path, "five", Mode::Former).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "four");
        let link = folder.join("link.toml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(place(&link).unwrap(), path);
        for wrong in [&folder, Path::new("/dev/null")] {
            let sentence = place(wrong).unwrap_err().to_string();
            assert!(sentence.contains("is no plain file; -o - writes"), "{sentence}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
