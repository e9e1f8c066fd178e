use super::*;
use crate::sample::{self, show};

#[test]
fn versions_are_mended_and_epochs_kept() {
    let (all, stats) = sample::testdata(&AnolisOval);
    let expected = "\
CVE-2024-11187 =CVE-2024-11187 anolis:high
CVE-2024-12705 =CVE-2024-12705 anolis:high
ANSA-2025:0186 =CVE-2024-11187,CVE-2024-12705 anolis:high
  anolis:23 bin bind Fixed <32:9.18.34-1.an23
  anolis:23 bin bind-chroot Fixed <32:9.18.34-1.an23
  anolis:23 bin bind-dnssec-utils Fixed <32:9.18.34-1.an23";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.date, Some(jiff::civil::date(2025, 4, 30)));
    assert_eq!(stats.skipped.get("definition with criteria that are not understood"), Some(&1));
}
