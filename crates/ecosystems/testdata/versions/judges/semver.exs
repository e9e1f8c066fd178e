# Reads pairs of versions, parted by a tab, a line each; prints < = > or ! for each, by Elixir's Version, which is Hex's.
for line <- IO.stream(:stdio, :line) do
  [a, b] = line |> String.trim_trailing("\n") |> String.split("\t")

  case {Version.parse(a), Version.parse(b)} do
    {{:ok, a}, {:ok, b}} -> IO.puts(%{lt: "<", eq: "=", gt: ">"}[Version.compare(a, b)])
    _ -> IO.puts("!")
  end
end
