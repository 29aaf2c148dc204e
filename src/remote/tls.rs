//! Whose certificates are believed.

use std::{io, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::RemoteOptionsError;

/// The client's side of TLS. Where it is not needed, the system need not have any authorities.
pub(super) fn config(
    is_needed: bool,
    ca_file: Option<&Path>,
) -> Result<ClientConfig, RemoteOptionsError> {
    let roots = match ca_file {
        Some(file) => of_file(file),
        None if is_needed => of_system(),
        None => Ok(RootCertStore::empty()),
    };
    let roots = roots.map_err(RemoteOptionsError::Authorities)?;
    // Named, so that it does not matter which provider the process has chosen.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config =
        config.map_err(|error| RemoteOptionsError::Authorities(io::Error::other(error)))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn of_file(file: &Path) -> io::Result<RootCertStore> {
    let told = |error: String| io::Error::other(format!("{}: {error}", file.display()));
    let certificates =
        CertificateDer::pem_file_iter(file).map_err(|error| told(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| told(error.to_string()))?;
        roots.add(certificate).map_err(|error| told(error.to_string()))?;
    }
    if roots.is_empty() { Err(told("it holds no certificate".to_owned())) } else { Ok(roots) }
}

/// Those of them that can be read: systems have old ones.
fn of_system() -> io::Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let reason = found.errors.first().map_or("there are none".to_owned(), ToString::to_string);
        return Err(io::Error::other(reason));
    }
    Ok(roots)
}
