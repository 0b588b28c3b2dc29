package dev.nibble.text.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that use too much of any resource exceed the budget. */
class BombsTest {
    @ParameterizedTest
    @ValueSource(strings = {"{% for i in range(10**9) %}x{% endfor %}",
        "{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{{ 'a' * 10**9 }}", "{{ 'a' * 10**8 * 10**8 }}", "{{ [0] * 10**9 }}",
        "{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] | join %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "{% set ns = namespace(l=[]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}",
        "{% set ns = namespace(l=[]) %}{% for i in range(200) %}{% set ns.l = [ns.l] %}{% endfor %}",
        "{% set ns = namespace(l={}) %}{% for i in range(200) %}{% set ns.l = {'a': ns.l} %}{% endfor %}",
        "{% set ns = namespace() %}{% set ns.a = [ns, ns] %}{{ ns }}", "{{ 10**(10**10) }}", "{{ (2**4000) ** (2**4000) }}",
        "{{ (2**4095) * (2**4095) }}", "{{ '%1000000000d' % 1 }}", "{{ '%.1000000000f' % 1 }}", "{{ '%*d' % (1000000000, 1) }}",
        "{{ '{:999999999}'.format(1) }}", "{{ 'a' | center(10**9) }}", "{{ 'a'.ljust(10**9) }}", "{{ '1'.zfill(10**9) }}",
        "{{ ('a\\n' * 1000) | indent(10**9) }}", "{{ [1] | batch(10**9, 'x') | list }}", "{{ [1] | slice(10**9) | list }}",
        "{{ 'aaaa' | replace('', 'b' * 10**7) }}", "{% set s = 'a' * 10**6 %}{% for i in range(10**5) %}{% set x = s ~ i %}{% endfor %}",
        "{% set s = 'a' * 10**7 %}{% for i in range(10**5) %}{{ 'b' in s }}{% endfor %}",
        "{% set s = 'a' * 10**6 %}{% set l = [s] * 10**5 %}{{ l }}", "{% set s = 'a' * 10**6 %}{{ ([s] * 10**5) | tojson }}",
        "{% set l = range(10**5) | list %}{% for i in l %}{% if i in l | reverse | list %}{% endif %}{% endfor %}",
        "{% set l = range(10**5) | list %}{% set m = l + [] %}{% for i in range(10**4) %}{{ l == m }}{% endfor %}",
        "{% for i in range(10**5) %}{{ range(10**5) | sum }}{% endfor %}",
        "{% macro m(x) %}{{ caller(x) }}{% endmacro %}{% call(x) m(1) %}{% for i in range(10**5) %}{% for j in range(10**5) %}{% endfor %}"
                + "{% endfor %}{% endcall %}",
        "{% set x %}{% for i in range(10**5) %}{{ 'a' * 1000 }}{% endfor %}{% endset %}",
        "{{ (['a' * 10**6] * 100) | map('upper') | list | length }}", "{{ 'x' | truncate(10**9, leeway=10**12) * 10**9 }}",
        "{{ [[1] * 1000] * 1000 * 1000 }}", "{{ {'a': [0] * 10**5} | tojson(indent=10**6) }}",
        "{{ strftime_now('%c' * 100000) }}",
        "{% set s = 'ab' * 10**6 %}{% for i in range(10**5) %}{{ s.split('a') | length }}{% endfor %}"})
    void bombsMeetTheBudget(String source) {
        assertThatThrownBy(() -> Template.parse(source).render(Map.of(), RenderLimits.DEFAULT))
                .isInstanceOfSatisfying(TemplateException.class, e -> {
                    assertThat(e.kind()).as(e.getMessage()).isEqualTo(TemplateException.Kind.BUDGET);
                    assertThat(e.line()).isPositive();
                    assertThat(e.column()).isPositive();
                });
    }

    @Test
    void longNeedlesAreFoundInLinearTime() {
        String source = "{% set hay = 'a' * 4000000 %}{% set needle = 'a' * 2000000 ~ 'b' %}{{ needle in hay }}{{ hay.rfind(needle) }}"
                + "{{ hay.count(needle) }}{{ hay.split(needle) | length }}";
        assertThat(Template.parse(source).render(Map.of(), RenderLimits.DEFAULT)).isEqualTo("False-101");
    }

    @Test
    void deepSourcesAreRefused() {
        for (String[] parts : List.of(new String[]{"{{ ", "(", "1", ")", " }}"}, new String[]{"{{ ", "[", "1", "]", " }}"},
                new String[]{"{{ ", "{1:", "1", "}", " }}"}, new String[]{"{{ ", "not ", "1", "", " }}"},
                new String[]{"{{ ", "-", "1", "", " }}"}, new String[]{"{{ x", "|trim", "", "", " }}"},
                new String[]{"{{ x", ".a", "", "", " }}"}, new String[]{"{{ x", "()", "", "", " }}"},
                new String[]{"{{ x", "[0]", "", "", " }}"}, new String[]{"{{ ", "1 if 1 else ", "1", "", " }}"},
                new String[]{"{{ 1", " if 1", "", "", " }}"}, new String[]{"{{ ", "f(", "", ")", " }}"},
                new String[]{"{{ ", "x[", "0", "]", " }}"}, new String[]{"", "{% if 1 %}", "", "{% endif %}", ""},
                new String[]{"", "{% for x in y %}", "", "{% endfor %}", ""},
                new String[]{"{% for ", "(", "x", ",)", " in y %}{% endfor %}"},
                new String[]{"{% filter ", "trim|", "trim", "", " %}{% endfilter %}"}, new String[]{"{{ 1", " is odd", "", "", " }}"})) {
            String deep = parts[0] + parts[1].repeat(20_000) + parts[2] + parts[3].repeat(20_000) + parts[4];
            assertThatThrownBy(() -> Template.parse(deep)).as(parts[1]).isInstanceOfSatisfying(TemplateException.class,
                    e -> assertThat(e.line()).isEqualTo(1));
        }
    }

    @Test
    void longChainsAreNoDepth() {
        String sum = "{{ 0" + " + 1".repeat(5_000) + " }}{{ ''" + " ~ 'a'".repeat(5_000) + " }}{{ 1" + " and 1".repeat(5_000) + " }}";
        assertThat(Template.parse(sum).render(Map.of(), RenderLimits.DEFAULT)).isEqualTo("5000" + "a".repeat(5_000) + "1");
    }

    @Test
    void sizesOfTheSourceAreLimited() {
        assertThat(Template.parse("a".repeat(RenderLimits.SOURCE)).render(Map.of(), RenderLimits.DEFAULT)).hasSize(RenderLimits.SOURCE);
        assertThatThrownBy(() -> Template.parse("a".repeat(RenderLimits.SOURCE + 1))).isInstanceOf(TemplateException.class);
        assertThatThrownBy(() -> Template.parse("{{1}}".repeat(100_000))).isInstanceOf(TemplateException.class)
                .hasMessageContaining("nodes");
    }

    /** The deepest evaluation that the limits allow fits a stack of half a megabyte. */
    @Test
    void depthFitsASmallStack() throws Exception {
        String nested = "{% macro m(n) %}" + "{% if 1 %}".repeat(12) + "{{ " + "(".repeat(12) + "m(n + 1)" + ") ~ ''".repeat(12) + " }}"
                + "{% endif %}".repeat(12) + "{% endmacro %}{{ m(0) }}";
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread small = new Thread(null, () -> {
            try {
                Template.parse(nested).render(Map.of(), RenderLimits.DEFAULT);
            } catch (Throwable e) {
                thrown.set(e);
            }
        }, "small stack", 512 << 10);
        small.start();
        small.join();
        assertThat(thrown.get()).isInstanceOfSatisfying(TemplateException.class,
                e -> assertThat(e.kind()).isEqualTo(TemplateException.Kind.BUDGET));
    }

    @Test
    void limitsAreExact() {
        Template template = Template.parse("{{ 'abcde' }}");
        assertThat(template.render(Map.of(), RenderLimits.DEFAULT.withOutput(5))).isEqualTo("abcde");
        assertThatThrownBy(() -> template.render(Map.of(), RenderLimits.DEFAULT.withOutput(4))).isInstanceOf(TemplateException.class);
        assertThat(template.render(Map.of(), RenderLimits.DEFAULT.withSteps(2))).isEqualTo("abcde");
        assertThatThrownBy(() -> template.render(Map.of(), RenderLimits.DEFAULT.withSteps(1))).isInstanceOf(TemplateException.class);
    }

    @Test
    void clockIsLookedAtWhereACallerWantsIt() {
        Template template = Template.parse("{% for i in range(50000) %}x{% endfor %}");
        assertThat(template.render(Map.of(), RenderLimits.DEFAULT)).hasSize(50_000);
        assertThatThrownBy(() -> template.render(Map.of(), RenderLimits.DEFAULT.withTime(Duration.ZERO)))
                .isInstanceOfSatisfying(TemplateException.class, e -> assertThat(e.kind()).isEqualTo(TemplateException.Kind.BUDGET));
    }

    @Test
    void nothingOfTheMachineIsReachable() {
        Template template = Template.parse("{{ x.getClass }}|{{ x['class'] }}|{{ x|attr('getClass') }}|{{ m.class }}|{{ m.empty }}|"
                + "{{ ____int3rpr3t3r____ }}|{{ request }}|{{ self }}|{{ cycler.__init__ }}|{{ range.call }}|{{ l.size }}|{{ n.intValue }}");
        assertThat(template.render(Map.of("x", "text", "m", Map.of(), "l", List.of(), "n", 1), RenderLimits.DEFAULT))
                .isEqualTo("|".repeat(11));
        assertThatThrownBy(() -> Template.parse("{{ x.getClass() }}").render(Map.of("x", "text"), RenderLimits.DEFAULT))
                .isInstanceOf(TemplateException.class);
        Map<String, Object> host = new HashMap<>();
        host.put("x", List.of(Map.of("y", new Object())));
        assertThatThrownBy(() -> Template.parse("").render(host, RenderLimits.DEFAULT)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("x[0].y").hasMessageContaining("java.lang.Object");
    }
}
