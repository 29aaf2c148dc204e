//! Files that no other user may read, each there as a whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

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

/// Writes `text` in place of `path`, readable by its owner alone. What stood there before and was another
/// text is kept beside it: the answer is its name.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<Option<PathBuf>> {
    let failed = || format!("{} cannot be written", path.display());
    let former = match fs::metadata(path) {
        Ok(_) if fs::read(path).with_context(failed)? == text.as_bytes() => None,
        Ok(_) => Some(with_suffix(path, ".old")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(failed),
    };
    let new = with_suffix(path, &format!(".new{}", std::process::id()));
    let written = write_new(&new, text).and_then(|()| {
        if let Some(former) = &former {
            fs::rename(path, former)?;
        }
        fs::rename(&new, path)
    });
    if written.is_err() {
        // Half a file helps nobody.
        let _ = fs::remove_file(&new);
    }
    written.with_context(failed)?;
    Ok(former)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
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
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_its_owner_s_and_the_former_is_kept() {
        let folder = std::env::temp_dir().join(format!("drf-auth-output-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("x.toml");
        assert_eq!(place(&path).unwrap(), path);
        assert_eq!(write(&path, "one").unwrap(), None);
        assert_eq!(write(&path, "one").unwrap(), None);
        assert_eq!(write(&path, "two").unwrap(), Some(folder.join("x.toml.old")));
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_to_string(folder.join("x.toml.old")).unwrap(), "one");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        assert!(write(&folder.join("none/x"), "").is_err());
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
