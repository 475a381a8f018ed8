//! TLS: what a server's certificate must be for anything to be sent to it.

use std::fs;

use partnerlog::config::Postgres;

use super::connect::{ask, connector, refused};
use crate::support::{
    authority::{Authority, authority},
    postgres::{Cluster, cluster},
};

fn server(authority: &Authority) -> Cluster {
    let prepare = |folder: &std::path::Path| {
        fs::write(folder.join("server.crt"), &authority.server_pem).unwrap();
        fs::write(folder.join("server.key"), &authority.key_pem).unwrap();
    };
    Cluster::prepared(prepare, &[("max_connections", "20")])
}

/// The server by another name, with a file of certificates to trust.
fn settings(cluster: &Cluster, host: &str, sslmode: &str, ca: Option<&str>) -> (Postgres, tempfile::TempDir) {
    let url = cluster.url_of("postgres").as_str().replace("127.0.0.1", host);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    if let Some(ca) = ca {
        fs::write(&file, ca).unwrap();
    }
    let settings = Postgres {
        ca_file: ca.map(|_| file),
        ..Postgres::at(&format!("{url}?sslmode={sslmode}")).unwrap()
    };
    (settings, folder)
}

#[test]
fn a_server_is_believed_by_its_certificate_and_its_name() {
    let (ours, another) = (authority("localhost"), authority("localhost"));
    let server = server(&ours);
    let encrypted = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";
    // The word `require` would do with any certificate; it is taken for what people mean by it.
    for sslmode in ["verify-full", "verify-ca", "require"] {
        let both = format!("{}{}", another.pem, ours.pem);
        let (settings, _folder) = settings(&server, "localhost", sslmode, Some(&both));
        let mut client = connector(&settings).connect().unwrap();
        assert_eq!(ask(&mut client, encrypted), "TLSv1.3");
    }
    for sslmode in ["verify-full", "require"] {
        for (host, ca) in [
            // A certificate for another name.
            ("127.0.0.1", Some(&*ours.pem)),
            // By somebody else's authority, and by one that the system does not know.
            ("localhost", Some(&*another.pem)),
            ("localhost", None),
        ] {
            let (settings, _folder) = settings(&server, host, sslmode, ca);
            let said = refused(connector(&settings).connect());
            assert!(
                said.contains("cannot be trusted") && said.contains("database.ca_file"),
                "{said}"
            );
        }
    }
    // Breaking off goes over TLS, too.
    let (settings, _folder) = settings(&server, "localhost", "verify-full", Some(&ours.pem));
    let connector = connector(&settings);
    let client = connector.connect().unwrap();
    connector.cancel(&client.cancel_token()).unwrap();
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_demanded() {
    let ours = authority("127.0.0.1");
    for sslmode in ["verify-full", "require"] {
        let (settings, _folder) = settings(cluster(), "127.0.0.1", sslmode, Some(&ours.pem));
        let said = refused(connector(&settings).connect());
        assert!(
            said.contains("does not speak TLS") && said.contains("sslmode=disable"),
            "{said}"
        );
    }
    let (settings, _folder) = settings(cluster(), "127.0.0.1", "disable", None);
    connector(&settings).connect().unwrap();
}

#[test]
fn a_file_without_usable_certificates_is_refused() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for ca in ["", "nothing", broken] {
        let (settings, _folder) = settings(cluster(), "127.0.0.1", "verify-full", Some(ca));
        let no_entra = |_: &_| panic!("no identity is set");
        let said = refused(partnerlog::store::postgres::Connector::new(&settings, no_entra));
        assert!(said.contains("database.ca_file"), "{said}");
    }
}
