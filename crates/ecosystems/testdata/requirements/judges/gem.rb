# Reads a requirement and a version, parted by a tab, a line each; prints 1 where RubyGems says that the version satisfies
# it, 0 where not, ! where it refuses the requirement.
$stdin.each_line do |line|
  requirement, version = line.chomp.split("\t", -1)
  puts(begin
    Gem::Requirement.new(requirement.split(",")).satisfied_by?(Gem::Version.new(version)) ? 1 : 0
  rescue ArgumentError
    "!"
  end)
end
