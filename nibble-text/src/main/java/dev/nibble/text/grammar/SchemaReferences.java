package dev.nibble.text.grammar;

import dev.nibble.text.json.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Resolves the {@code $ref} of a schema document: relative URIs whose fragment is a JSON pointer or an anchor (RFC 3986, RFC 6901). Schemas
 * with an {@code $id} of their own are found by it.
 */
final class SchemaReferences {
    private static final Set<String> DATA = Set.of("enum", "const", "default", "example", "examples");
    private static final Pattern ESCAPE = Pattern.compile("((?:%[0-9A-Fa-f]{2})+)");

    private final Json document;
    private final Map<String, Json> resources = new HashMap<>(); // by URI
    private final Map<String, URI> bases = new HashMap<>(); // by pointer of a schema with a URI
    private final Map<String, Json> anchors = new HashMap<>(); // by URI#name

    SchemaReferences(Json document) {
        this.document = document;
        URI none = URI.create("");
        bases.put("", none);
        resources.put("", document);
        index(document, none);
    }

    private void index(Json at, URI outer) {
        if (at.isArray()) {
            at.elements().forEach(element -> index(element, outer));
        }
        if (!at.isObject()) {
            return;
        }
        URI base = outer;
        Optional<URI> own = text(at, "$id").or(() -> text(at, "id")).flatMap(SchemaReferences::uri);
        if (own.isPresent() && withoutFragment(own.get()).isEmpty()) {
            Optional.ofNullable(own.get().getFragment()).ifPresent(name -> anchors.putIfAbsent(outer + "#" + name, at));
        } else if (own.isPresent()) {
            base = URI.create(withoutFragment(outer.resolve(own.get())));
            bases.put(at.pointer(), base);
            resources.putIfAbsent(base.toString(), at);
        }
        for (String keyword : new String[]{"$anchor", "$dynamicAnchor"}) {
            URI resource = base;
            text(at, keyword).ifPresent(name -> anchors.putIfAbsent(resource + "#" + name, at));
        }
        for (Map.Entry<String, Json> member : at.members().entrySet()) {
            if (!DATA.contains(member.getKey())) {
                index(member.getValue(), base);
            }
        }
    }

    private static Optional<String> text(Json at, String keyword) {
        return at.get(keyword).filter(Json::isString).map(Json::string);
    }

    private static Optional<URI> uri(String text) {
        try {
            return Optional.of(new URI(text));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static String withoutFragment(URI uri) {
        String text = uri.toString();
        return text.contains("#") ? text.substring(0, text.indexOf('#')) : text;
    }

    /** The schema that a {@code $ref} names. */
    Json target(Json reference) {
        String text = reference.string();
        int hash = text.contains("#") ? text.indexOf('#') : text.length();
        URI base = base(reference.pointer());
        String resource = text.substring(0, hash);
        String address = resource.isEmpty() ? base.toString() : uri(resource).map(uri -> base.resolve(uri).toString()).orElse(resource);
        Json root = resources.get(address);
        if (root == null) {
            throw MergedSchema.unsupported(reference,
                    "$ref " + text + " leads out of the document; only #/…, #name and the document's own $id are supported");
        }
        String fragment = text.substring(Math.min(text.length(), hash + 1));
        // last: some writers leave percent signs as they are, and some give inner schemas an id without meaning it as a base
        return at(root, address, decoded(fragment)).or(() -> at(root, address, fragment))
                .or(() -> resource.isEmpty() ? at(document, bases.get("").toString(), decoded(fragment)) : Optional.empty())
                .orElseThrow(() -> reference.wrong("$ref " + text + " leads nowhere"));
    }

    /** The URI of the innermost schema around a place that has one. */
    private URI base(String pointer) {
        String around = pointer;
        while (!bases.containsKey(around)) {
            around = around.substring(0, around.lastIndexOf('/'));
        }
        return bases.get(around);
    }

    private static String decoded(String fragment) {
        return ESCAPE.matcher(fragment).replaceAll(escapes -> {
            byte[] bytes = HexFormat.of().parseHex(escapes.group(1).replace("%", ""));
            return Matcher.quoteReplacement(new String(bytes, StandardCharsets.UTF_8));
        });
    }

    private Optional<Json> at(Json root, String address, String fragment) {
        if (!fragment.isEmpty() && !fragment.startsWith("/")) {
            return Optional.ofNullable(anchors.get(address + "#" + fragment));
        }
        Optional<Json> at = Optional.of(root);
        for (String step : fragment.isEmpty() ? new String[0] : fragment.substring(1).split("/", -1)) {
            String key = step.replace("~1", "/").replace("~0", "~");
            at = at.flatMap(schema -> schema.isObject() ? schema.get(key) : schema.isArray() ? element(schema, key) : Optional.empty());
        }
        return at;
    }

    private static Optional<Json> element(Json array, String key) {
        return key.matches("\\d{1,6}") && Integer.parseInt(key) < array.elements().size()
                ? Optional.of(array.elements().get(Integer.parseInt(key)))
                : Optional.empty();
    }
}
