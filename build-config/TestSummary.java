import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Prints how many tests each module ran, and which were skipped and why, from the reports that Surefire wrote since the build began. */
public final class TestSummary {
    /** How {@code SharedMaterial} begins its reason. */
    private static final String ABSENT = "reference material is absent";

    private record Suite(String name, int tests, int skipped, Set<String> reasons) {}

    /** @param arguments the root of the checkout, when the build began, and the tags whose tests were left out */
    public static void main(String... arguments) throws IOException, XMLStreamException {
        Path root = Path.of(arguments[0]);
        Instant start = Instant.parse(arguments[1]);
        Map<String, List<Suite>> modules = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(root, 4)) {
            for (Path file : files.filter(TestSummary::isReport).sorted().toList()) {
                if (!Files.getLastModifiedTime(file).toInstant().isBefore(start)) {
                    modules.computeIfAbsent(root.relativize(file).getName(0).toString(), module -> new ArrayList<>()).add(read(file));
                }
            }
        }
        StringBuilder text = new StringBuilder("\nTests of this build:\n");
        modules.forEach((module, suites) -> text.append(String.format("  %-20s %,6d tests in %3d classes, %,5d of them skipped%n", module,
                suites.stream().mapToInt(Suite::tests).sum(), suites.stream().map(Suite::name).distinct().count(),
                suites.stream().mapToInt(Suite::skipped).sum())));
        List<Suite> skipped = modules.values().stream().flatMap(List::stream).filter(suite -> suite.skipped > 0).toList();
        Set<String> absent = new TreeSet<>();
        Map<String, String> others = new TreeMap<>();
        for (Suite suite : skipped) {
            if (suite.reasons.stream().anyMatch(reason -> reason.startsWith(ABSENT))) {
                absent.add(suite.name);
            }
            String reasons = suite.reasons.stream().filter(reason -> !reason.startsWith(ABSENT)).limit(3).collect(Collectors.joining("; "));
            if (!reasons.isEmpty()) {
                others.put(suite.name, "  " + suite.name + ": " + suite.skipped + " of " + suite.tests + " skipped: " + reasons
                        + (suite.reasons.size() > 3 ? "; ..." : "") + "\n");
            }
        }
        if (!absent.isEmpty()) {
            text.append("  ").append(absent.size())
                    .append(" classes skipped, or parts of them: the reference material in ../shared is absent: ")
                    .append(String.join(", ", absent)).append("\n");
        }
        others.values().forEach(text::append);
        if (!arguments[2].equals("none")) {
            text.append("  Left out: tests tagged ").append(arguments[2]).append("; mvn verify -Pthorough runs them.\n");
        }
        System.out.println(text);
    }

    private static boolean isReport(Path path) {
        return path.getFileName().toString().matches("TEST-.*\\.xml")
                && path.getParent().getFileName().toString().startsWith("surefire-reports");
    }

    private static Suite read(Path file) throws IOException, XMLStreamException {
        try (InputStream in = Files.newInputStream(file)) {
            XMLStreamReader xml = XMLInputFactory.newInstance().createXMLStreamReader(in);
            Suite suite = null;
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("testsuite")) {
                    String name = xml.getAttributeValue(null, "name");
                    suite = new Suite(name.substring(name.lastIndexOf('.') + 1), Integer.parseInt(xml.getAttributeValue(null, "tests")),
                            Integer.parseInt(xml.getAttributeValue(null, "skipped")), new TreeSet<>());
                } else if (xml.isStartElement() && xml.getLocalName().equals("skipped")) {
                    String message = xml.getAttributeValue(null, "message");
                    String first = (message == null ? xml.getElementText() : message).lines().findFirst().orElse("no reason");
                    suite.reasons.add(first.replaceFirst("^[\\w.]*TestAbortedException: ", "").replaceFirst("^Assumption failed: ", ""));
                }
            }
            return suite;
        }
    }
}
