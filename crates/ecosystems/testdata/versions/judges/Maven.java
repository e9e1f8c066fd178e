// Reads pairs of versions, parted by a tab, a line each; prints < = > for each, by Maven's ComparableVersion. Run with
// `java -cp maven-artifact.jar Maven.java`.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.maven.artifact.versioning.ComparableVersion;

public class Maven {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] pair = line.split("\t", -1);
            int order = new ComparableVersion(pair[0]).compareTo(new ComparableVersion(pair[1]));
            out.append("<=>".charAt(Integer.signum(order) + 1)).append('\n');
        }
        System.out.print(out);
    }
}
