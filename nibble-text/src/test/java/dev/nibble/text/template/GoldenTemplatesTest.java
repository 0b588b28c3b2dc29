package dev.nibble.text.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.text.json.Json;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** About eight hundred small templates, each rendered or refused as Python's jinja2 does. */
class GoldenTemplatesTest {
    static final Clock CLOCK = Clock.fixed(Instant.parse("2025-03-07T14:05:09Z"), ZoneOffset.UTC);

    @Test
    void everyTemplateGivesWhatPythonGives() throws Exception {
        Json golden = PlainJson.resource("cases.json");
        Map<String, Object> context = PlainJson.map(golden.require("context"));
        List<String> wrong = new ArrayList<>();
        int count = 0;
        for (Json one : golden.require("cases").elements()) {
            String template = one.require("template").string();
            String expected = one.get("expected").map(Json::string).orElse("<refused>");
            String found = render(template, context);
            count++;
            if (!found.equals(expected)) {
                wrong.add(
                        template + "\n  expected: " + expected + one.get("error").map(Json::string).orElse("") + "\n  found:    " + found);
            }
        }
        assertThat(count).isGreaterThan(700);
        assertThat(wrong).as("%d of %d templates differ", wrong.size(), count).isEmpty();
    }

    static String render(String template, Map<String, Object> context) {
        try {
            return Template.parse(template).render(context, RenderLimits.DEFAULT, CLOCK);
        } catch (TemplateException e) {
            assertThat(e.line()).as("%s has a place", e.getMessage()).isPositive();
            return "<refused>";
        }
    }
}
