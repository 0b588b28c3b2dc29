package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** Options and commands named by errors exist. */
class OptionWordsTest {
    private static final Pattern NAMED = Pattern.compile("(?:nibble (\\w+) ?)?(--[a-z-]+)?");

    @ParameterizedTest
    @EnumSource
    void everySettingIsAnOptionOrACommand(Setting setting) {
        String words = OptionWords.of(setting.of("value"));
        Matcher named = NAMED.matcher(words.substring(Math.max(0, words.contains("nibble ") ? 0 : words.indexOf("--"))));
        assertThat(named.lookingAt()).as(words).isTrue();
        CommandLine program = Main.commandLine();
        if (named.group(1) != null) {
            program = program.getSubcommands().get(named.group(1));
            assertThat(program).as(words).isNotNull();
        }
        String option = named.group(2);
        assertThat(option).as(words).isNotNull();
        assertThat(has(program, option) || program.getSubcommands().values().stream().anyMatch(command -> has(command, option))).as(words)
                .isTrue();
    }

    private static boolean has(CommandLine command, String option) {
        return command.getCommandSpec().findOption(option) != null;
    }

    @ParameterizedTest
    @EnumSource
    void errorsAreWordedWithThem(Setting setting) {
        UnsupportedException error = new UnsupportedException(Advice.of("take %s", setting.of("value"))).in("x");
        assertThat(Failures.line(error)).isEqualTo("x: take " + OptionWords.of(setting.of("value"))).contains("--");
        assertThat(error.getMessage()).doesNotContain("--");
    }
}
