// Reads pairs of versions divided by a tab, and writes what NuGet's own client says of each: `<`, `=`, `>`, or `!` where
// it refuses one of them. Needs NuGet.exe itself, into which NuGet.Versioning is merged.
using System;
using System.Reflection;

static class NuGetOrder
{
    static int Main(string[] args)
    {
        var type = Assembly.LoadFrom(args[0]).GetType("NuGet.Versioning.NuGetVersion", true);
        var parse = type.GetMethod("TryParse", new[] { typeof(string), type.MakeByRefType() });
        var compare = type.GetMethod("CompareTo", new[] { type.BaseType });
        Func<string, object> version = text =>
        {
            var slots = new object[] { text, null };
            return (bool)parse.Invoke(null, slots) ? slots[1] : null;
        };
        string line;
        while ((line = Console.ReadLine()) != null)
        {
            var pair = line.Split('\t');
            object a = version(pair[0]), b = version(pair[1]);
            var order = a == null || b == null ? 2 : Math.Sign((int)compare.Invoke(a, new[] { b }));
            Console.WriteLine(order == 2 ? "!" : order < 0 ? "<" : order > 0 ? ">" : "=");
        }
        return 0;
    }
}
