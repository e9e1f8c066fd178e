use plimsoll_model::Package;
use proptest::prelude::*;

use super::*;
use crate::lang::tests::{analyze, names, packages};

fn read(path: &str, text: &str) -> Vec<Package> {
    packages(&*language(), path, text)
}

#[test]
fn gemspecs_that_rubygems_wrote_and_handwritten_ones() {
    let text = "# -*- encoding: utf-8 -*-\n# stub: rack 2.0.6 ruby lib\n\nGem::Specification.new do |s|\n  s.name = \"rack\".freeze\n  \
                s.version = \"2.0.6\"\n  s.licenses = [\"MIT\".freeze, \"BSD\".freeze]\n\n  if s.respond_to? :x then\n    \
                s.add_runtime_dependency(%q<racc>.freeze, [\">= 0\"])\n    s.add_development_dependency(%q<rake>, [\">= 0\"])\n  end\nend\n";
    let found = read("usr/lib/ruby/gems/2.5.0/specifications/rack-2.0.6.gemspec", text);
    assert_eq!(names(&found), ["rack 2.0.6"]);
    assert_eq!(found[0].licenses, ["MIT", "BSD"]);
    assert_eq!(found[0].depends, ["racc"]);
    let text = "Gem::Specification.new do |spec|\n  spec.name = 'io-console'\n  spec.version = IO_CONSOLE_VERSION\nend\n";
    let found =
        read("usr/lib/ruby/gems/3.1.0/specifications/default/io-console-0.5.11.gemspec", text);
    assert_eq!(names(&found), ["io-console 0.5.11"]);
    assert_eq!(read("usr/lib/ruby/gems/3.1.0/gems/rack-2.0.6/rack.gemspec", text), []);
}

#[test]
fn a_lock_file_names_platforms_and_wishes() {
    let text = "GIT\n  remote: https://example.org/a.git\n  revision: 0123\n  specs:\n    a (0.1)\n      rack (>= 2)\n\n\
                GEM\n  remote: https://example.org/\n  specs:\n    nokogiri (1.13.0-x86_64-linux)\n      racc (~> 1.4)\n    rack (2.0.6)\n    \
                racc (1.6.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  a!\n  nokogiri (~> 1.13)\n\nBUNDLED WITH\n   2.3.3\n";
    let found = read("app/Gemfile.lock", text);
    assert_eq!(names(&found), ["a 0.1", "nokogiri 1.13.0", "rack 2.0.6", "racc 1.6.0"]);
    let direct: Vec<_> = found.iter().map(|p| p.app.as_ref().unwrap().is_direct).collect();
    assert_eq!(direct, [Some(true), Some(true), Some(false), Some(false)]);
    assert_eq!(found[3].app.as_ref().unwrap().required_by, ["nokogiri@1.13.0"]);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z.=\"'<>%()\n -]{0,120}", which: bool) {
        let path = if which { "specifications/a-1.gemspec" } else { "Gemfile.lock" };
        let _ = analyze(&*language(), path, text.as_bytes());
    }
}
