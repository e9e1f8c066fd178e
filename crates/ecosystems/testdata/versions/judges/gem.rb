# Reads pairs of versions, parted by a tab, a line each; prints < = > or ! for each, by RubyGems.
$stdin.each_line do |line|
  a, b = line.chomp.split("\t", -1)
  puts(begin
    "<=>"[(Gem::Version.new(a) <=> Gem::Version.new(b)) + 1]
  rescue ArgumentError
    "!"
  end)
end
