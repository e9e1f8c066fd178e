use proptest::prelude::*;

use super::*;
use crate::lang::tests::{analyze, names, packages};

#[test]
fn cyclonedx_and_spdx() {
    let text = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
        {"type": "library", "name": "x", "purl": "pkg:npm/%40babel/core@7.0.0", "licenses": [{"license": {"id": "MIT"}}],
         "components": [{"purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar"}]},
        {"purl": "pkg:deb/debian/libc6@2.31"}, {"name": "no purl"}]}"#;
    let found = packages(&*language(), "app/sbom.cdx.json", text);
    assert_eq!(names(&found), ["@babel/core 7.0.0", "org.apache.logging.log4j:log4j-core 2.14.1"]);
    assert_eq!(found[0].licenses, ["MIT"]);
    assert_eq!(found[1].kind, PackageKind::Maven);
    let text = r#"{"spdxVersion": "SPDX-2.3", "packages": [{"name": "redis", "licenseConcluded": "NOASSERTION", "externalRefs": [
        {"referenceType": "cpe23Type", "referenceLocator": "x"},
        {"referenceType": "purl", "referenceLocator": "pkg:bitnami/redis@6.2.6-9?arch=amd64"}]}]}"#;
    let found = packages(&*language(), "opt/bitnami/redis/.spdx-redis.spdx", text);
    assert_eq!(
        (names(&found), found[0].kind),
        (vec!["redis 6.2.6-9".to_owned()], PackageKind::Bitnami)
    );
    assert_eq!(packages(&*language(), "a.spdx", "SPDXVersion: SPDX-2.3\n"), []);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = analyze(&*language(), "bom.json", &bytes);
    }
}
