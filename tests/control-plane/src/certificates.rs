//! The certificates and keys of one control plane, made fresh and never reused.
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use std::net::{IpAddr, Ipv4Addr};

use crate::error::Error;

/// A certificate and its private key, as PEM.
#[derive(Debug)]
pub(crate) struct Identity {
    pub certificate: String,
    pub key: String,
}

/// Everything the programs and their callers prove themselves with, as PEM.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// The authority that signed `server` and `admin`.
    pub authority: String,
    /// The API server, for 127.0.0.1 and localhost.
    pub server: Identity,
    /// A client in `system:masters`, whom RBAC does not bind.
    pub admin: Identity,
    /// Signs the tokens of service accounts.
    pub token_key: String,
    /// Verifies them.
    pub token_public_key: String,
}

impl Certificates {
    /// Makes them. All are X.509 v3 with an extended key usage: rustls refuses older ones
    /// (`UnsupportedCertVersion`).
    pub fn generate() -> Result<Self, Error> {
        let mut params = named("control-plane-ca")?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let authority = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        let token_key = KeyPair::generate()?;
        Ok(Self {
            authority,
            server: server(&issuer)?,
            admin: admin(&issuer)?,
            token_public_key: token_key.public_key_pem(),
            token_key: token_key.serialize_pem(),
        })
    }
}

fn server(issuer: &Issuer<'_, KeyPair>) -> Result<Identity, Error> {
    let mut params = named("kube-apiserver")?;
    params.subject_alt_names =
        vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)), SanType::DnsName("localhost".try_into()?)];
    sign(params, ExtendedKeyUsagePurpose::ServerAuth, issuer)
}

fn admin(issuer: &Issuer<'_, KeyPair>) -> Result<Identity, Error> {
    let mut params = named("admin")?;
    params.distinguished_name.push(DnType::OrganizationName, "system:masters");
    sign(params, ExtendedKeyUsagePurpose::ClientAuth, issuer)
}

fn named(common_name: &str) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    Ok(params)
}

fn sign(
    mut params: CertificateParams,
    usage: ExtendedKeyUsagePurpose,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<Identity, Error> {
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?.pem();
    Ok(Identity { certificate, key: key.serialize_pem() })
}
